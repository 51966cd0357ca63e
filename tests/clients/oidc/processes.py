"""The processes of this test: the provider, and the server that believes it."""

import base64
import json
import pathlib
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

START_SECONDS = 120
DEV_CONFIG = pathlib.Path(__file__).parents[3] / "crates/ovgs-server/src/cli/dev/ovgs.toml"
# Whatever proxy there is has nothing to do with this machine.
WEB = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(command):
    """Starts a program and waits until it says `ready`."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("ready"):
            return process
    raise RuntimeError(f"{command[0]} ended with {process.wait()} before it was ready")


def stopped(process):
    process.terminate()
    try:
        return process.wait(START_SECONDS)
    finally:
        process.stdout.close()


class Provider:
    """panva's oidc-provider; it keeps its keys while it is down."""

    def __init__(self, node_modules, folder):
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        script = pathlib.Path(__file__).with_name("provider.mjs")
        self._command = ["node", str(script), "--modules", str(node_modules), "--port", str(self.port)]
        self._command += ["--keys", str(folder / "keys.json")]
        self._process = None

    def start(self, *options):
        self._process = started([*self._command, *options])

    def stop(self):
        if self._process:
            stopped(self._process)
            self._process = None

    def token(self, client, resource=None):
        """A token of the client's own, by the client credentials grant."""
        with WEB.open(f"{self.issuer}/.well-known/openid-configuration") as answer:
            endpoint = json.load(answer)["token_endpoint"]
        form = {"grant_type": "client_credentials"}
        if resource:
            form |= {"resource": resource, "scope": "read"}
        credentials = base64.b64encode(f"{client}:{client}-secret".encode()).decode()
        request = urllib.request.Request(endpoint, urllib.parse.urlencode(form).encode())
        request.add_header("authorization", f"Basic {credentials}")
        with WEB.open(request) as answer:
            return json.load(answer)["access_token"]


class Server:
    """`ovgs-server dev`, told to believe a provider."""

    def __init__(self, program, folder, provider, audience):
        self._command = [program, "dev", "--data-dir", str(folder), "--listen", f"127.0.0.1:{free_port()}"]
        folder.mkdir(mode=0o700)
        identity = IDENTITY.format(issuer=provider.issuer, audience=audience)
        (folder / "ovgs.toml").write_text(DEV_CONFIG.read_text(encoding="utf-8") + identity, encoding="utf-8")
        self.dev_json = folder / "dev.json"
        self._process = None

    def start(self):
        self._process = started(self._command)

    def stop(self):
        if self._process and stopped(self._process) != 0:
            sys.exit("the server did not end as it should")


# What the configuration says beside what `dev` itself would write.
IDENTITY = """
[[identity.oidc]]
issuer = "{issuer}"
allow_http = true
audiences = ["{audience}"]
organization_claim = "tenant"
[identity.oidc.organization_names]
acme = "org-acmeco"
"""
