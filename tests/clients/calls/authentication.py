"""Who calls: the ways to present a token, and what is answered to everybody else."""

import grpc

from calls.client import SERVICE, Caller, refused


def run(world):
    check, channel = world.check, world.channel
    nobody = Caller(channel)
    check.equal("the service has 18 calls", len(SERVICE.methods), 18)
    for method in SERVICE.methods:
        refused(check, f"{method.name} by nobody", "UNAUTHENTICATED", getattr(nobody, method.name))

    admin, srv_admin = world.dev.tokens["admin"], world.dev.tokens["srv-admin"]
    for what, metadata in {
        "authorization: Bearer TOKEN": [("authorization", f"Bearer {admin}")],
        "the bare token in authorization": [("authorization", admin)],
        "cookie: access_token=TOKEN": [("cookie", f"access_token={admin}")],
        "a cookie among others": [("cookie", f"theme=dark; access_token={admin}; lang=en")],
        "the same token twice": [("authorization", f"Bearer {admin}"), ("cookie", f"access_token={admin}")],
    }.items():
        group = Caller(channel, *metadata).GetGroup(group_id=world.org)
        check.equal(what, group.group_id, world.org)

    for what, metadata in {
        "two tokens": [("authorization", f"Bearer {admin}"), ("cookie", f"access_token={srv_admin}")],
        "a valid token beside an invalid one": [("authorization", f"Bearer {admin}"), ("cookie", "access_token=x")],
        "another scheme": [("authorization", "Basic YWRtaW46YWRtaW4=")],
        "a token with another signature": [("authorization", f"Bearer {tampered(admin)}")],
    }.items():
        refused(check, what, "UNAUTHENTICATED", Caller(channel, *metadata).GetGroup, group_id=world.org)

    transport(world, admin)


def transport(world, token):
    """What stock clients see below the messages."""
    check = world.check
    metadata = [("authorization", f"Bearer {token}")]

    raw = world.channel.unary_unary("/ovgs.v1.OwnershipVoucherService/GetGroup")
    refused(check, "a request that is not protobuf", "INVALID_ARGUMENT", lambda: raw(b"\xff\xff\xff", metadata=metadata))
    refused(check, "the same by nobody", "UNAUTHENTICATED", lambda: raw(b"\xff\xff\xff"))
    huge = b"\x0a\x84\x80\xc0\x02" + b"x" * 5_242_884
    refused(check, "a request of 5 MiB", "RESOURCE_EXHAUSTED", lambda: raw(huge, metadata=metadata))

    health = world.channel.unary_unary("/grpc.health.v1.Health/Check")
    check.equal("health needs no token and says SERVING", health(b""), b"\x08\x01")

    _, call = raw.with_call(request_for(world.org), metadata=[*metadata, ("x-request-id", "journey-1")])
    trailers = dict(call.trailing_metadata())
    check.equal("x-request-id comes back in the trailers", trailers.get("x-request-id"), "journey-1")


def request_for(group_id):
    """A GetGroupRequest by hand: field 1, length-delimited."""
    return b"\x0a" + bytes([len(group_id)]) + group_id.encode()


def tampered(token):
    """The token with the first character of its signature changed."""
    head, signature = token.rsplit(".", 1)
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
