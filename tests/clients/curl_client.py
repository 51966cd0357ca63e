"""The operator's workflow, typed as into a shell, by clients that know the service by reflection: see README.md."""

import argparse
import base64
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone

from shared import openssl
from shared.checks import Checks
from shared.dev import Dev

SERVICE = "ovgs.v1.OwnershipVoucherService"


class Curl:
    """Calls with JSON in and JSON out, under the field names of the `.proto`."""

    def __init__(self, dev, token, buf=None, grpcurl=None):
        header = f"Cookie: access_token={token}"
        if buf:
            self._command = [buf, "curl", "--protocol", "grpc", "--cacert", dev.ca, "--header", header, "--data"]
            self._address = [f"{dev.endpoint}/{SERVICE}/"]
        else:
            self._command = [grpcurl, "-cacert", dev.ca, "-H", header, "-d"]
            self._address = [dev.target, f"{SERVICE}/"]

    def __call__(self, method, **request):
        """Returns the answer, or raises RuntimeError with what the client printed."""
        *host, path = self._address
        command = [*self._command, json.dumps(request), *host, path + method]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return json.loads(done.stdout or "{}")


def workflow(check, call, dev):
    """A group, its people, its certificate, a part, a voucher, and everything put away again."""
    group = call("CreateGroup", parent=dev.org, description="Campus network")["groupId"]
    shown = call("GetGroup", group_id=group)
    check.equal("CreateGroup, GetGroup", (shown["groupId"], shown["description"]), (group, "Campus network"))

    robot = {"username": "srv-onboarding", "user_type": "ACCOUNT_TYPE_SERVICE_ACCOUNT", "org_id": dev.org}
    call("AddUserRole", **robot, group_id=group, user_role="USER_ROLE_REQUESTOR")
    roles = call("GetUserRole", **robot)
    check.equal("AddUserRole, GetUserRole", roles, {"groups": {group: "USER_ROLE_REQUESTOR"}})

    der = openssl.domain_certificate("campus.example")
    pinned = base64.b64encode(der).decode()
    deposit = {"group_id": group, "certificate_der": pinned, "revocation_checks": False, "expiry_time": in_days(20)}
    cert = call("CreateDomainCert", **deposit)["certId"]
    check.equal("CreateDomainCert, GetDomainCert", call("GetDomainCert", cert_id=cert)["certificateDer"], pinned)

    part = {"ien": "30065", "serial_number": "ABC101"}
    call("AddSerial", component=part, group_id=group)
    check.equal("AddSerial, GetSerial", call("GetSerial", component=part)["groupIds"], [group, dev.org])
    listed = call("GetComponents", group_id=group)
    check.equal("GetComponents", listed["component"], {"ien": "30065", "serialNumber": "ABC101"})

    answer = call("GetOwnershipVoucher", component=part, cert_id=cert, lifetime=in_days(10))
    signed = openssl.verified_content(base64.b64decode(answer["voucherCms"]), dev.voucher_trust_anchor)
    leaves = json.loads(signed or "{}").get("ietf-voucher:voucher", {})
    check.equal("GetOwnershipVoucher: serial number", leaves.get("serial-number"), "ABC101")
    check.equal("GetOwnershipVoucher: pinned certificate", leaves.get("pinned-domain-cert"), pinned)

    for method, request in {
        "RemoveSerial": {"component": part, "group_id": group},
        "DeleteDomainCert": {"cert_id": cert},
        "RemoveUserRole": {**robot, "group_id": group},
        "DeleteGroup": {"group_id": group},
    }.items():
        check.equal(method, call(method, **request), {})
    check.equal("the part is back in the root", call("GetSerial", component=part)["groupIds"], [dev.org])


def refusal(check, call, nobody):
    """Errors as a person at a terminal would read them."""
    for what, by, word in (("an unknown group", call, "NotFound"), ("no token", nobody, "Unauthenticated")):
        try:
            answer = by("GetGroup", group_id="group-none")
            check.that(what, False, f"answered {answer}")
        except RuntimeError as error:
            read = str(error).replace("_", "").lower()
            check.that(f"{what}: {word}", word.lower() in read, str(error))


def in_days(days):
    return (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dev-json", required=True, help="the dev.json of a fresh `ovgs-server dev`")
    tool = arguments.add_mutually_exclusive_group(required=True)
    tool.add_argument("--buf", help="the buf program")
    tool.add_argument("--grpcurl", help="the grpcurl program")
    arguments = arguments.parse_args()

    check = Checks()
    dev = Dev(arguments.dev_json)
    tools = {"buf": arguments.buf, "grpcurl": arguments.grpcurl}
    call = Curl(dev, dev.tokens["admin"], **tools)
    nobody = Curl(dev, "", **tools)
    check.chapter("workflow", lambda: workflow(check, call, dev))
    check.chapter("refusals", lambda: refusal(check, call, nobody))
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
