"""AddUserRole, GetUserRole, RemoveUserRole."""

from ovgs.v1 import ovgs_pb2 as pb

from calls.client import refused
from calls.world import NO_GROUP, SUPPORT_ORG, person


def run(world):
    check, admin = world.check, world.admin
    add, get, remove = admin.AddUserRole, admin.GetUserRole, admin.RemoveUserRole
    group = world.new_group("Roles")
    viewer = person("viewer", world.org)
    in_group = {**viewer, "group_id": group}

    add(**in_group, user_role=pb.USER_ROLE_REQUESTOR)
    check.equal("GetUserRole", dict(get(**viewer).groups), {group: pb.USER_ROLE_REQUESTOR})
    check.equal("one's own roles", dict(world.viewer.GetUserRole(**viewer).groups), {group: pb.USER_ROLE_REQUESTOR})
    users = [(user.username, user.user_type, user.org_id, user.user_role) for user in admin.GetGroup(group_id=group).users]
    expected = ("viewer", pb.ACCOUNT_TYPE_USER, world.org, pb.USER_ROLE_REQUESTOR)
    check.equal("GetGroup: users", users, [expected])
    check.equal("a role lets one in", world.viewer.GetGroup(group_id=group).group_id, group)

    too_low = {"parent": group, "description": "x"}
    denied = refused(check, "a role too low", "PERMISSION_DENIED", world.viewer.CreateGroup, **too_low)
    check.that("the refusal says which role is missing", "ADMIN" in denied.message.upper(), denied.message)

    role = {"user_role": pb.USER_ROLE_ADMIN}
    refused(check, "a second role", "ALREADY_EXISTS", add, **in_group, **role)
    refused(check, "an unknown group", "NOT_FOUND", add, **viewer, group_id=NO_GROUP, **role)
    elsewhere = person("viewer", "org-nowhere")
    refused(check, "an unknown organization", "NOT_FOUND", add, **elsewhere, group_id=group, **role)
    guest = person("guest", SUPPORT_ORG)
    refused(check, "no delegation", "FAILED_PRECONDITION", add, **guest, group_id=group, **role)
    support = {**guest, "group_id": world.org, "user_role": pb.USER_ROLE_SUPPORT}
    refused(check, "SUPPORT given by ADMIN", "PERMISSION_DENIED", add, **support)
    every_field = ["username", "user_type", "org_id", "group_id", "user_role"]
    refused(check, "an empty request", "INVALID_ARGUMENT", add, fields=every_field)
    refused(check, "an unknown role", "INVALID_ARGUMENT", add, fields=["user_role"], **in_group, user_role=77)
    stranger = person("stranger", world.org)
    refused(check, "GetUserRole of a stranger", "NOT_FOUND", get, **stranger)
    check.equal("GetUserRole of another organization's", dict(get(**guest).groups), {})

    remove(**in_group)
    refused(check, "RemoveUserRole twice", "NOT_FOUND", remove, **in_group)
    refused(check, "the role is gone at once", "PERMISSION_DENIED", world.viewer.GetGroup, group_id=group)
    admin.DeleteGroup(group_id=group)
