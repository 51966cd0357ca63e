"""Tokens of an identity provider by others, through rotation and outage: see README.md."""

import argparse
import pathlib
import sys
import tempfile
import time

import grpc
from calls.client import Caller, open_channel, refused
from oidc.processes import Provider, Server
from ovgs.v1 import ovgs_pb2 as pb
from shared.checks import Checks
from shared.dev import Dev

AUDIENCE = "https://ovgs.example"
PATIENCE_SECONDS = 120


class Journey:
    def __init__(self, check, provider, channel, dev):
        self.check, self.provider, self.channel, self.dev = check, provider, channel, dev
        self.early = None

    def get_group(self, token):
        return Caller.with_token(self.channel, token).GetGroup(group_id=self.dev.org)

    def taken(self, what, token):
        self.check.equal(what, self.get_group(token).group_id, self.dev.org)

    def refused(self, what, token, code="UNAUTHENTICATED"):
        refused(self.check, what, code, lambda: self.get_group(token))

    def never_seen(self):
        """The provider was never up while the server was."""
        self.refused("keys that were never fetched", self.early, "UNAVAILABLE")
        self.provider.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.code(self.early) == "UNAVAILABLE":
            time.sleep(0.5)
        self.check.equal("known once the keys are there, without a role", self.code(self.early), "PERMISSION_DENIED")

    def code(self, token):
        try:
            self.get_group(token)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    def client_credentials(self):
        admin = Caller.with_token(self.channel, self.dev.tokens["admin"])
        service = {"username": "erp", "user_type": pb.ACCOUNT_TYPE_SERVICE_ACCOUNT, "org_id": self.dev.org}
        admin.AddUserRole(**service, group_id=self.dev.org, user_role=pb.USER_ROLE_REQUESTOR)
        erp = self.provider.token("erp", AUDIENCE)
        self.taken("a client's own token is its service account's", erp)
        self.refused("another client has no role", self.provider.token("guest", AUDIENCE), "PERMISSION_DENIED")
        self.refused("for another service", self.provider.token("erp", "https://other.example"))
        self.refused("a token that is no JWT", self.provider.token("erp"))
        head, signature = erp.rsplit(".", 1)
        self.refused("tampered with", f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}")

    def rotation_and_outage(self):
        before = self.provider.token("erp", AUDIENCE)
        self.provider.stop()
        self.taken("while the provider is down", before)
        self.provider.start("--rotate")
        after = self.provider.token("erp", AUDIENCE)
        self.taken("signed with a new key", after)
        self.taken("signed with the old one", before)
        self.provider.stop()
        self.taken("the new key is kept while the provider is down", after)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True, help="the ovgs-server program")
    arguments.add_argument("--node-modules", required=True, help="where oidc-provider is installed")
    arguments = arguments.parse_args()

    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        provider = Provider(arguments.node_modules, folder)
        server = Server(arguments.server, folder / "data", provider, AUDIENCE)
        try:
            provider.start()
            early = provider.token("erp", AUDIENCE)
            provider.stop()
            server.start()
            dev = Dev(server.dev_json)
            with open_channel(dev) as channel:
                journey = Journey(check, provider, channel, dev)
                journey.early = early
                for chapter in (journey.never_seen, journey.client_credentials, journey.rotation_and_outage):
                    check.chapter(chapter.__name__.replace("_", " "), chapter)
        finally:
            provider.stop()
            server.stop()
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
