"""GetOwnershipVoucher, GetOwnershipVouchers, and what OpenSSL thinks of the result."""

import base64
import json
import re
from datetime import datetime, timezone

from ovgs.v1 import ovgs_pb2 as pb

from calls.client import refused
from calls.world import IEN, NO_CERT, NO_PART, OTHER_PART, PART, in_days
from shared import openssl

ONE_SECOND = 1


def run(world):
    check, admin = world.check, world.admin
    group = world.new_group("Vouchers")
    der = openssl.domain_certificate("vouchers.example")
    expiry, lifetime = in_days(20), in_days(10)
    cert = world.new_cert(group, der, expiry)

    answer = admin.GetOwnershipVoucher(component=PART, cert_id=cert, lifetime=lifetime)
    content(world, answer.voucher_cms, der, lifetime)
    check.equal("tpm_info as in GetSerial", answer.tpm_info, admin.GetSerial(component=PART).tpm_info)
    check.equal("the deprecated field repeats the key", answer.public_key_der, answer.tpm_info.endorsement_key)
    other = admin.GetOwnershipVoucher(component=PART, cert_id=cert, lifetime=lifetime)
    check.that("no two vouchers are the same", other.voucher_cms != answer.voucher_cms)
    longest = admin.GetOwnershipVoucher(component=PART, cert_id=cert, lifetime=expiry)
    check.that("a lifetime up to the expiry itself", longest.voucher_cms != b"")

    batch(world, cert, lifetime)
    refusals(world, cert, expiry, lifetime)

    admin.DeleteDomainCert(cert_id=cert)
    admin.DeleteGroup(group_id=group)
    still = openssl.verified_content(answer.voucher_cms, world.dev.voucher_trust_anchor)
    check.that("an issued voucher outlives its certificate", still is not None)


def content(world, voucher, der, lifetime):
    """The voucher as a device would see it."""
    check = world.check
    signed = openssl.verified_content(voucher, world.dev.voucher_trust_anchor)
    if not check.that("openssl cms -verify accepts the voucher", signed is not None):
        return
    check.that("but not under another root", openssl.verified_content(voucher, world.dev.ca) is None)
    document = json.loads(signed)
    check.equal("the content is one ietf-voucher:voucher", list(document), ["ietf-voucher:voucher"])
    leaves = document["ietf-voucher:voucher"]
    created_on = leaves.pop("created-on", "")
    check.that("created-on in UTC with six digits", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", created_on), created_on)
    expires_on = datetime.fromtimestamp(lifetime.seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    expected = {
        "expires-on": expires_on,
        "assertion": "verified",
        "serial-number": PART.serial_number,
        "pinned-domain-cert": base64.b64encode(der).decode(),
        "domain-cert-revocation-checks": True,
    }
    check.equal("the other leaves", leaves, expected)


def batch(world, cert, lifetime):
    check, admin = world.check, world.admin
    asked = [OTHER_PART, PART, OTHER_PART]
    answers = admin.GetOwnershipVouchers(component=asked, cert_id=cert, lifetime=lifetime).ownership_vouchers
    vouchers = [answer.voucher_cms for answer in answers]
    contents = [openssl.verified_content(voucher, world.dev.voucher_trust_anchor) for voucher in vouchers]
    serials = [json.loads(signed or "{}").get("ietf-voucher:voucher", {}).get("serial-number") for signed in contents]
    check.equal("GetOwnershipVouchers: in the order asked", serials, [part.serial_number for part in asked])
    check.equal("a voucher of its own for each", len(set(vouchers)), len(asked))


def refusals(world, cert, expiry, lifetime):
    check, admin = world.check, world.admin
    good = {"component": PART, "cert_id": cert, "lifetime": lifetime}

    def one(what, code, by=admin, fields=None, **changed):
        refused(check, what, code, by.GetOwnershipVoucher, fields=fields, **{**good, **changed})

    one("no lifetime", "INVALID_ARGUMENT", fields=["lifetime"], lifetime=None)
    one("a lifetime in the past", "INVALID_ARGUMENT", fields=["lifetime"], lifetime=in_days(-1))
    beyond = type(expiry)(seconds=expiry.seconds + ONE_SECOND)
    one("a lifetime beyond the expiry", "INVALID_ARGUMENT", fields=["lifetime"], lifetime=beyond)
    one("no certificate", "INVALID_ARGUMENT", fields=["cert_id"], cert_id="")
    one("an unknown certificate", "FAILED_PRECONDITION", cert_id=NO_CERT)
    one("an unknown part", "FAILED_PRECONDITION", component=NO_PART)
    one("without a role", "PERMISSION_DENIED", by=world.viewer)
    one("by another organization", "PERMISSION_DENIED", by=world.guest)

    def many(what, code, fields=None, mentions=None, **changed):
        arguments = {"component": [PART], "cert_id": cert, "lifetime": lifetime, **changed}
        refused(check, what, code, admin.GetOwnershipVouchers, fields=fields, mentions=mentions, **arguments)

    nameless = [PART, pb.Component(ien=IEN)]
    many("a batch names the position", "INVALID_ARGUMENT", fields=["component[1].serial_number"], component=nameless)
    many("an empty batch", "INVALID_ARGUMENT", fields=["component"], component=[])
    many("an unknown part in a batch", "FAILED_PRECONDITION", mentions="NEVER-MADE", component=[PART, NO_PART])
