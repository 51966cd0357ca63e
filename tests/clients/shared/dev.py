"""The running `ovgs-server dev`, as its `dev.json` tells."""

import json
import subprocess


class Dev:
    def __init__(self, dev_json, server=None):
        with open(dev_json, encoding="utf-8") as file:
            described = json.load(file)
        self.endpoint = described["endpoint"]
        self.ca = described["ca"]
        self.voucher_trust_anchor = described["voucher_trust_anchor"]
        self.config = described["config"]
        self.org = described["org"]
        self.tokens = described["tokens"]
        self._server = server

    @property
    def target(self):
        """Host and port alone."""
        return self.endpoint.removeprefix("https://")

    def cli(self, *arguments):
        """What the vendor's staff would type beside the running server; returns its output."""
        command = [self._server, *arguments, "--config", self.config]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
        return done.stdout.strip()

    def new_user(self, org, name):
        """Registers a person and returns a token for them."""
        self.cli("user", "add", "--org", org, "--type", "user", name)
        return self.cli("token", "issue", "--org", org, "--type", "user", name)
