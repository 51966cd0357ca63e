//! Missing and malformed fields, call by call.

use ovgs_proto::v1 as pb;
use tonic::Code;

use super::{World, component, fields_of, in_seconds, refuses};

/// Every call with an empty message names all of its required fields, in the order of the message.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_message_names_every_required_field() {
    let world = World::new().await;
    macro_rules! row {
        ($method:ident, $message:ident, $($field:literal)*) => {{
            let answer = world.client.clone().$method(world.admin(pb::$message::default())).await;
            let status = answer.map(drop).expect_err(stringify!($method));
            assert_eq!(status.code(), Code::InvalidArgument, stringify!($method));
            assert_eq!(fields_of(&status), [$($field),*], stringify!($method));
            let first = [$($field),*][0];
            assert!(status.message().contains(first), "{}: {}", stringify!($method), status.message());
        }};
    }
    row!(get_components, GetComponentsRequest, "group_id");
    row!(create_group, CreateGroupRequest, "parent" "description");
    row!(delete_group, DeleteGroupRequest, "group_id");
    row!(get_group, GetGroupRequest, "group_id");
    row!(add_group_delegated_org, AddGroupDelegatedOrgRequest, "group_id" "org_id");
    row!(remove_group_delegated_org, RemoveGroupDelegatedOrgRequest, "group_id" "org_id");
    row!(add_user_role, AddUserRoleRequest, "username" "user_type" "org_id" "group_id" "user_role");
    row!(remove_user_role, RemoveUserRoleRequest, "username" "user_type" "org_id" "group_id");
    row!(get_user_role, GetUserRoleRequest, "username" "user_type" "org_id");
    row!(add_serial, AddSerialRequest, "component" "group_id");
    row!(remove_serial, RemoveSerialRequest, "component" "group_id");
    row!(get_serial, GetSerialRequest, "component");
    row!(get_serials, GetSerialsRequest, "components");
    row!(create_domain_cert, CreateDomainCertRequest, "group_id" "certificate_der" "expiry_time");
    row!(delete_domain_cert, DeleteDomainCertRequest, "cert_id");
    row!(get_domain_cert, GetDomainCertRequest, "cert_id");
    row!(get_ownership_voucher, GetOwnershipVoucherRequest, "component" "cert_id" "lifetime");
    row!(get_ownership_vouchers, GetOwnershipVouchersRequest, "component" "cert_id" "lifetime");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_group_ids_and_descriptions_are_refused() {
    let world = World::new().await;
    let long = "g".repeat(10_000);
    for bad in ["group\0a", "gruppe-ä", "tab\there", &long, &"g".repeat(129)] {
        let group_id = bad.to_owned();
        let status = refuses(
            bad,
            world.client.clone().get_group(world.admin(pb::GetGroupRequest { group_id })).await,
            "group_id",
        );
        assert!(status.message().len() < 400, "the message echoes too much: {}", status.message());
    }
    for bad in ["", "a\u{7}b", "zero\u{200b}width", "line\u{2028}end", &"d".repeat(257)] {
        let message = pb::CreateGroupRequest { parent: "org-acmeco".into(), description: bad.into() };
        refuses(bad, world.client.clone().create_group(world.admin(message)).await, "description");
    }
    let longest = pb::CreateGroupRequest { parent: "org-acmeco".into(), description: "ü".repeat(256) };
    world.client.clone().create_group(world.admin(longest)).await.expect("256 characters are allowed");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tp11_and_tp12_malformed_components_are_refused() {
    let world = World::new().await;
    for bad in ["", "0", "030065", "+30065", " 30065", "4294967296", "300YY", "0x7571", "99"] {
        let message = pb::GetSerialRequest { component: component(bad, "ROOT") };
        refuses(bad, world.client.clone().get_serial(world.admin(message)).await, "component.ien");
    }
    for bad in ["", " ROOT", "ROOT ", "RO\0OT", "SÉRIE", &"S".repeat(65), &"S".repeat(10_000)] {
        let message = pb::GetSerialRequest { component: component("30065", bad) };
        let field = "component.serial_number";
        refuses(bad, world.client.clone().get_serial(world.admin(message)).await, field);
    }
    let components = vec![component("30065", "ROOT").unwrap(), component("x", "").unwrap()];
    let message = pb::GetSerialsRequest { components: components.clone() };
    let status =
        refuses("a batch", world.client.clone().get_serials(world.admin(message)).await, "components[1].ien");
    assert_eq!(fields_of(&status), ["components[1].ien", "components[1].serial_number"]);
    let message = pb::GetOwnershipVouchersRequest {
        component: components,
        cert_id: "cert-a".into(),
        lifetime: in_seconds(9),
    };
    let answer = world.client.clone().get_ownership_vouchers(world.admin(message)).await;
    refuses("a batch of vouchers", answer, "component[1].ien");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_users_are_refused() {
    let world = World::new().await;
    let good = pb::AddUserRoleRequest {
        username: "new".into(),
        user_type: pb::AccountType::User.into(),
        org_id: "org-acmeco".into(),
        group_id: "group-a".into(),
        user_role: pb::UserRole::Requestor.into(),
    };
    let long = "u".repeat(257);
    let bad = [
        ("username", pb::AddUserRoleRequest { username: long, ..good.clone() }),
        ("username", pb::AddUserRoleRequest { username: "a\nb".into(), ..good.clone() }),
        ("user_type", pb::AddUserRoleRequest { user_type: 99, ..good.clone() }),
        ("user_type", pb::AddUserRoleRequest { user_type: -1, ..good.clone() }),
        ("org_id", pb::AddUserRoleRequest { org_id: "acmeco".into(), ..good.clone() }),
        ("org_id", pb::AddUserRoleRequest { org_id: "org-".into(), ..good.clone() }),
        ("org_id", pb::AddUserRoleRequest { org_id: "org- a".into(), ..good.clone() }),
        ("org_id", pb::AddUserRoleRequest { org_id: "*".into(), ..good.clone() }),
        ("user_role", pb::AddUserRoleRequest { user_role: 5, ..good.clone() }),
        ("user_role", pb::AddUserRoleRequest { user_role: 0, ..good }),
    ];
    for (field, message) in bad {
        refuses(field, world.client.clone().add_user_role(world.admin(message)).await, field);
    }
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_are_refused_at_both_ends() {
    let world = World::new().await;
    let ends = [
        (i64::MAX, 0),
        (i64::MIN, 0),
        (253_402_300_800, 0),
        (-62_135_596_801, 0),
        (4_000_000_000, -1),
        (4_000_000_000, 1_000_000_000),
        (0, 0),
    ];
    for (seconds, nanos) in ends {
        let lifetime = Some(prost_types::Timestamp { seconds, nanos });
        let row = format!("{seconds}.{nanos}");
        let message = pb::GetOwnershipVoucherRequest {
            component: component("30065", "ROOT"),
            cert_id: "cert-a".into(),
            lifetime,
        };
        let answer = world.client.clone().get_ownership_voucher(world.admin(message)).await;
        refuses(&row, answer, "lifetime");
        let message = pb::CreateDomainCertRequest {
            group_id: "group-a".into(),
            certificate_der: crate::support::pki::domain_cert(),
            revocation_checks: true,
            expiry_time: lifetime,
        };
        refuses(&row, world.client.clone().create_domain_cert(world.admin(message)).await, "expiry_time");
    }
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn details_stay_small_however_much_is_wrong() {
    let world = World::new().await;
    let components = vec![component(&"9".repeat(5000), &"\u{1}".repeat(5000)).unwrap(); 200];
    let message = pb::GetSerialsRequest { components };
    let answer = world.client.clone().get_serials(world.admin(message)).await;
    let status = refuses("many", answer, "components[0].ien");
    assert!(status.details().len() <= 4096, "{} bytes of details", status.details().len());
    assert!(fields_of(&status).len() > 3);
    let components = vec![component("x", "").unwrap(); 501];
    let message = pb::GetSerialsRequest { components };
    let answer = world.client.clone().get_serials(world.admin(message)).await;
    let status = refuses("too many", answer, "components");
    assert!(status.message().contains("500"), "{}", status.message());
    world.goes_on().await;
}
