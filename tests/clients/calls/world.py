"""What all chapters share: the callers, the groups they work in, and names for common values."""

from datetime import datetime, timedelta, timezone

from google.protobuf.timestamp_pb2 import Timestamp
from ovgs.v1 import ovgs_pb2 as pb

from calls.client import Caller

IEN = "30065"
SUPPORT_ORG = "org-vendor"
NO_GROUP = "group-00000000-0000-4000-8000-000000000000"
NO_CERT = "cert-00000000-0000-4000-8000-000000000000"

PART = pb.Component(ien=IEN, serial_number="ABC101")
OTHER_PART = pb.Component(ien=IEN, serial_number="ABC102")
NO_PART = pb.Component(ien=IEN, serial_number="NEVER-MADE")


class World:
    """`admin` is ADMIN of the root group, `viewer` a person without any role, `guest` one of another organization."""

    def __init__(self, check, dev, channel):
        self.check = check
        self.dev = dev
        self.channel = channel
        self.org = dev.org
        self.admin = Caller.with_token(channel, dev.tokens["admin"])
        self.srv_admin = Caller.with_token(channel, dev.tokens["srv-admin"])
        self.viewer = Caller.with_token(channel, dev.new_user(dev.org, "viewer"))
        self.guest = Caller.with_token(channel, dev.new_user(SUPPORT_ORG, "guest"))

    def new_group(self, description, parent=None):
        return self.admin.CreateGroup(parent=parent or self.org, description=description).group_id

    def new_cert(self, group, der, expiry_time, revocation_checks=True):
        answer = self.admin.CreateDomainCert(
            group_id=group, certificate_der=der, revocation_checks=revocation_checks, expiry_time=expiry_time
        )
        return answer.cert_id


def in_days(days):
    """A whole second, so many days from now."""
    moment = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=days)
    return Timestamp(seconds=int(moment.timestamp()))


def person(name, org):
    return {"username": name, "user_type": pb.ACCOUNT_TYPE_USER, "org_id": org}
