"""CreateGroup, GetGroup, DeleteGroup."""

from calls.client import refused
from calls.world import NO_GROUP


def run(world):
    check, admin = world.check, world.admin

    group = admin.CreateGroup(parent=world.org, description="Groups").group_id
    check.that("the service chooses the id", group.startswith("group-"), group)
    again = refused(
        check, "the same group again", "ALREADY_EXISTS", admin.CreateGroup, parent=world.org, description="Groups"
    )
    info = again.info
    check.that(
        "the refusal carries the existing id",
        info is not None
        and (info.reason, info.domain, dict(info.metadata)) == ("ALREADY_EXISTS", "ovgs.v1", {"group_id": group}),
        f"found {info}",
    )
    child = world.new_group("Child", parent=group)

    shown = admin.GetGroup(group_id=group)
    check.equal("GetGroup: id and description", (shown.group_id, shown.description), (group, "Groups"))
    check.equal("GetGroup: children", list(shown.child_group_ids), [child])
    root = admin.GetGroup(group_id=world.org)
    check.that("the root lists its child", group in root.child_group_ids, root)
    serials = [part.serial_number for part in root.components]
    check.equal("the root holds all components, in order", serials, ["ABC101", "ABC102"])
    check.equal("the root's users, in order", [user.username for user in root.users], ["admin", "srv-admin"])

    create, get, delete = admin.CreateGroup, admin.GetGroup, admin.DeleteGroup
    refused(check, "an unknown parent", "NOT_FOUND", create, parent=NO_GROUP, description="x")
    refused(check, "an empty request", "INVALID_ARGUMENT", create, fields=["parent", "description"])
    too_long = {"parent": group, "description": "x" * 257}
    refused(check, "a description of 257", "INVALID_ARGUMENT", create, fields=["description"], **too_long)
    control = {"parent": group, "description": "a\u0000b"}
    refused(check, "a description with a NUL", "INVALID_ARGUMENT", create, fields=["description"], **control)
    refused(check, "GetGroup of none", "INVALID_ARGUMENT", get, fields=["group_id"])
    refused(check, "GetGroup of an unknown one", "NOT_FOUND", get, group_id=NO_GROUP)
    refused(check, "GetGroup without a role", "PERMISSION_DENIED", world.viewer.GetGroup, group_id=group)
    refused(check, "DeleteGroup of a root", "INVALID_ARGUMENT", delete, group_id=world.org)
    refused(check, "DeleteGroup with a child", "FAILED_PRECONDITION", delete, group_id=group)

    delete(group_id=child)
    delete(group_id=group)
    refused(check, "DeleteGroup twice", "NOT_FOUND", delete, group_id=group)
