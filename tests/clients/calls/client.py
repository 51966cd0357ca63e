"""A caller of the service, and what it finds out when it is refused."""

from dataclasses import dataclass, field

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from ovgs.v1 import ovgs_pb2 as pb
from ovgs.v1 import ovgs_pb2_grpc

SERVICE = pb.DESCRIPTOR.services_by_name["OwnershipVoucherService"]
DEADLINE_SECONDS = 60


def open_channel(dev):
    with open(dev.ca, "rb") as file:
        return grpc.secure_channel(dev.target, grpc.ssl_channel_credentials(file.read()))


@dataclass
class Refusal:
    """A status other than OK, with its details taken apart."""

    code: str
    message: str
    fields: list = field(default_factory=list)
    info: error_details_pb2.ErrorInfo | None = None

    @classmethod
    def of(cls, error):
        refusal = cls(error.code().name, error.details())
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad_request = error_details_pb2.BadRequest()
                detail.Unpack(bad_request)
                refusal.fields += [violation.field for violation in bad_request.field_violations]
            elif detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                refusal.info = error_details_pb2.ErrorInfo()
                detail.Unpack(refusal.info)
        return refusal


class Caller:
    """Calls with certain metadata: `caller.GetGroup(group_id="…")`.

    Streams come back as lists. Names of calls that succeeded are kept in `answered`, over all callers.
    """

    answered = set()

    def __init__(self, channel, *metadata):
        self._stub = ovgs_pb2_grpc.OwnershipVoucherServiceStub(channel)
        self._metadata = metadata

    @classmethod
    def with_token(cls, channel, token):
        return cls(channel, ("authorization", f"Bearer {token}"))

    def __getattr__(self, name):
        method = SERVICE.methods_by_name[name]

        def call(**fields):
            request = getattr(pb, method.input_type.name)(**fields)
            answer = getattr(self._stub, name)(request, metadata=self._metadata, timeout=DEADLINE_SECONDS)
            answer = list(answer) if name == "GetComponents" else answer
            self.answered.add(name)
            return answer

        return call


def refused(check, what, code, call, *, fields=None, mentions=None, **arguments):
    """Checks that a call is refused with this code, and which fields the details name."""
    try:
        answer = call(**arguments)
    except grpc.RpcError as error:
        refusal = Refusal.of(error)
        as_expected = (
            refusal.code == code
            and (fields is None or refusal.fields == fields)
            and (mentions is None or mentions in refusal.message)
        )
        expected = " ".join(str(part) for part in (code, fields, mentions) if part)
        check.that(f"{what}: {expected}", as_expected, f"found {refusal}")
        return refusal
    check.that(f"{what}: {code}", False, f"answered {answer!r}")
    return Refusal("OK", "")
