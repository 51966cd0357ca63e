"""AddGroupDelegatedOrg, RemoveGroupDelegatedOrg, and what a delegated caller sees."""

from ovgs.v1 import ovgs_pb2 as pb

from calls.client import refused
from calls.world import SUPPORT_ORG, person


def run(world):
    check, admin = world.check, world.admin
    add, remove = admin.AddGroupDelegatedOrg, admin.RemoveGroupDelegatedOrg
    group = world.new_group("Delegation")
    entry = {"group_id": group, "org_id": SUPPORT_ORG}

    add(**entry)
    add(group_id=world.org, org_id="*")
    delegated = admin.GetGroup(group_id=group).delegated_orgs
    lists = {org: list(sources.group_ids) for org, sources in delegated.items()}
    check.equal("GetGroup for the owner", lists, {SUPPORT_ORG: [group], "*": [world.org]})

    guest = {**person("guest", SUPPORT_ORG), "group_id": group}
    admin.AddUserRole(**guest, user_role=pb.USER_ROLE_REQUESTOR)
    admin.AddUserRole(**person("viewer", world.org), group_id=group, user_role=pb.USER_ROLE_REQUESTOR)
    shown = world.guest.GetGroup(group_id=group)
    check.equal("the guest sees its own users", [user.username for user in shown.users], ["guest"])
    lists = {org: list(sources.group_ids) for org, sources in shown.delegated_orgs.items()}
    check.equal("the guest sees its own sources", lists, {SUPPORT_ORG: sorted([group, world.org])})

    refused(check, "the same again", "ALREADY_EXISTS", add, **entry)
    refused(check, "the own organization", "INVALID_ARGUMENT", add, group_id=group, org_id=world.org)
    refused(check, "an unknown organization", "NOT_FOUND", add, group_id=group, org_id="org-nowhere")
    refused(check, "by a caller without a role in the root", "PERMISSION_DENIED", world.viewer.AddGroupDelegatedOrg, **entry)
    remove(group_id=world.org, org_id="*")
    refused(check, "RemoveGroupDelegatedOrg of none", "NOT_FOUND", remove, group_id=group, org_id="*")
    refused(check, "while a user needs it", "FAILED_PRECONDITION", remove, **entry)

    admin.RemoveUserRole(**guest)
    remove(**entry)
    refused(check, "RemoveGroupDelegatedOrg twice", "NOT_FOUND", remove, **entry)
    admin.RemoveUserRole(**person("viewer", world.org), group_id=group)
    admin.DeleteGroup(group_id=group)
