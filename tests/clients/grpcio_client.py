"""All 18 calls by Python's grpcio, with stubs generated from our `.proto`: see README.md."""

import argparse
import sys

from calls import authentication, certificates, delegation, groups, roles, serials, vouchers
from calls.client import SERVICE, Caller, open_channel
from calls.world import World
from shared.checks import Checks
from shared.dev import Dev


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dev-json", required=True, help="the dev.json of a fresh `ovgs-server dev`")
    arguments.add_argument("--server", required=True, help="the ovgs-server program, to register users with")
    arguments = arguments.parse_args()

    check = Checks()
    dev = Dev(arguments.dev_json, arguments.server)
    with open_channel(dev) as channel:
        world = World(check, dev, channel)
        for chapter in (authentication, groups, roles, delegation, certificates, serials, vouchers):
            name = chapter.__name__.removeprefix("calls.")
            check.chapter(name, lambda chapter=chapter: chapter.run(world))
    never = sorted(set(SERVICE.methods_by_name) - Caller.answered)
    check.equal("calls that never succeeded", never, [])
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
