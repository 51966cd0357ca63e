"""AddSerial, RemoveSerial, GetSerial, GetSerials, GetComponents."""

from ovgs.v1 import ovgs_pb2 as pb

from calls.client import refused
from calls.world import IEN, NO_GROUP, NO_PART, OTHER_PART, PART, person


def run(world):
    check, admin = world.check, world.admin
    group = world.new_group("Serials")
    placement = {"component": PART, "group_id": group}

    before = admin.GetSerial(component=PART)
    check.equal("a new part is in the root alone", list(before.group_ids), [world.org])
    key = before.tpm_info.endorsement_key
    check.that("it has an endorsement key", key != b"", before)
    check.equal("the deprecated field repeats the key", before.public_key_der, key)
    check.that("a part without TPM facts has no tpm_info", not admin.GetSerial(component=OTHER_PART).HasField("tpm_info"))

    admin.AddSerial(**placement)
    check.equal("AddSerial: group, then root", list(admin.GetSerial(component=PART).group_ids), [group, world.org])
    check.equal("GetGroup: components", list(admin.GetGroup(group_id=group).components), [PART])
    admin.AddUserRole(**person("viewer", world.org), group_id=group, user_role=pb.USER_ROLE_REQUESTOR)
    seen = list(world.viewer.GetSerial(component=PART).group_ids)
    check.that("REQUESTOR of one group sees the part", group in seen, seen)
    refused(check, "and no other part", "PERMISSION_DENIED", world.viewer.GetSerial, component=OTHER_PART)

    many(world, group)
    refusals(world, placement)

    admin.RemoveUserRole(**person("viewer", world.org), group_id=group)
    admin.RemoveSerial(**placement)
    check.equal("RemoveSerial: root alone", list(admin.GetSerial(component=PART).group_ids), [world.org])
    refused(check, "RemoveSerial twice", "NOT_FOUND", admin.RemoveSerial, **placement)
    admin.DeleteGroup(group_id=group)


def many(world, group):
    """Several parts in one call, or in one stream."""
    check, admin = world.check, world.admin
    asked = [OTHER_PART, PART, OTHER_PART]
    found = [list(serial.group_ids) for serial in admin.GetSerials(components=asked).serials]
    check.equal("GetSerials: in the order asked, twice for twice", found, [[world.org], [group, world.org], [world.org]])

    streamed = admin.GetComponents(group_id=world.org)
    check.equal("GetComponents of the root", [one.component for one in streamed], [PART, OTHER_PART])
    singly = [admin.GetSerial(component=one.component) for one in streamed]
    check.equal("with what GetSerial says", [one.serial for one in streamed], singly)
    streamed = admin.GetComponents(group_id=group)
    check.equal("GetComponents of the group", [one.component for one in streamed], [PART])


def refusals(world, placement):
    check, admin = world.check, world.admin
    refused(check, "AddSerial twice", "ALREADY_EXISTS", admin.AddSerial, **placement)
    to_root = {**placement, "group_id": world.org}
    refused(check, "AddSerial to the root", "ALREADY_EXISTS", admin.AddSerial, mentions="RemoveSerial", **to_root)
    refused(check, "RemoveSerial from the root", "INVALID_ARGUMENT", admin.RemoveSerial, **to_root)
    unknown = {**placement, "component": NO_PART}
    refused(check, "AddSerial of an unknown part", "NOT_FOUND", admin.AddSerial, **unknown)
    refused(check, "AddSerial to an unknown group", "NOT_FOUND", admin.AddSerial, component=PART, group_id=NO_GROUP)
    refused(check, "GetSerial of an unknown part", "NOT_FOUND", admin.GetSerial, component=NO_PART)
    for what, ien, serial, field in [
        ("a zero in front", f"0{IEN}", "ABC101", "component.ien"),
        ("an IEN nobody serves", "4294967295", "ABC101", "component.ien"),
        ("no serial number", IEN, "", "component.serial_number"),
        ("a space at the end", IEN, "ABC101 ", "component.serial_number"),
        ("a long serial number", IEN, "A" * 10_000, "component.serial_number"),
    ]:
        part = pb.Component(ien=ien, serial_number=serial)
        refused(check, what, "INVALID_ARGUMENT", admin.GetSerial, fields=[field], component=part)
    nameless = [PART, pb.Component(ien=IEN)]
    position = ["components[1].serial_number"]
    refused(check, "GetSerials names the position", "INVALID_ARGUMENT", admin.GetSerials, fields=position, components=nameless)
    refused(check, "GetSerials of none", "INVALID_ARGUMENT", admin.GetSerials, fields=["components"])
    refused(check, "GetSerials of 501", "INVALID_ARGUMENT", admin.GetSerials, components=[PART] * 501)
    batch = [PART, NO_PART]
    refused(check, "GetSerials with an unknown part", "NOT_FOUND", admin.GetSerials, mentions="NEVER-MADE", components=batch)
    refused(check, "GetComponents of an unknown group", "NOT_FOUND", admin.GetComponents, group_id=NO_GROUP)
    refused(check, "GetComponents without a role", "PERMISSION_DENIED", world.viewer.GetComponents, group_id=world.org)
