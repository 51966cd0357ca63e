"""CreateDomainCert, GetDomainCert, DeleteDomainCert."""

from google.protobuf.timestamp_pb2 import Timestamp

from calls.client import refused
from calls.world import NO_CERT, NO_GROUP, in_days
from shared import openssl


def run(world):
    check, admin = world.check, world.admin
    group = world.new_group("Certificates")
    der = openssl.domain_certificate("certificates.example")
    expiry = in_days(20)
    good = {"group_id": group, "certificate_der": der, "revocation_checks": True, "expiry_time": expiry}

    cert = admin.CreateDomainCert(**good).cert_id
    check.that("the service chooses the id", cert.startswith("cert-"), cert)
    shown = admin.GetDomainCert(cert_id=cert)
    check.equal("GetDomainCert: id and group", (shown.cert_id, shown.group_id), (cert, group))
    check.equal("GetDomainCert: the very bytes", shown.certificate_der, der)
    check.equal("GetDomainCert: checks and expiry", (shown.revocation_checks, shown.expiry_time), (True, expiry))
    check.equal("GetGroup: certificates", list(admin.GetGroup(group_id=group).cert_ids), [cert])
    other = world.new_cert(group, der, expiry, revocation_checks=False)
    check.that("other revocation checks make another certificate", other != cert, other)

    again = refused(check, "the same again", "ALREADY_EXISTS", admin.CreateDomainCert, **good)
    metadata = dict(again.info.metadata) if again.info else None
    check.equal("the refusal carries the existing id", metadata, {"cert_id": cert})

    def bad(what, field, value):
        refused(check, what, "INVALID_ARGUMENT", admin.CreateDomainCert, fields=[field], **{**good, field: value})

    bad("no certificate", "certificate_der", b"")
    bad("PEM for DER", "certificate_der", openssl.to_pem(der))
    bad("a truncated certificate", "certificate_der", der[:-1])
    bad("two certificates", "certificate_der", der + der)
    bad("no expiry", "expiry_time", None)
    bad("an expiry in the past", "expiry_time", in_days(-1))
    bad("an impossible time", "expiry_time", Timestamp(seconds=expiry.seconds, nanos=1_000_000_000))
    refused(check, "an unknown group", "NOT_FOUND", admin.CreateDomainCert, **{**good, "group_id": NO_GROUP})
    refused(check, "without a role", "PERMISSION_DENIED", world.viewer.CreateDomainCert, **good)
    refused(check, "GetDomainCert of an unknown one", "NOT_FOUND", admin.GetDomainCert, cert_id=NO_CERT)
    refused(check, "GetDomainCert without a role", "PERMISSION_DENIED", world.viewer.GetDomainCert, cert_id=cert)
    refused(check, "DeleteGroup with certificates", "FAILED_PRECONDITION", admin.DeleteGroup, group_id=group)

    for deposited in (cert, other):
        admin.DeleteDomainCert(cert_id=deposited)
    refused(check, "DeleteDomainCert twice", "NOT_FOUND", admin.DeleteDomainCert, cert_id=cert)
    admin.DeleteGroup(group_id=group)
