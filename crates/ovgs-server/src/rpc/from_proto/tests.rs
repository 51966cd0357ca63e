//! What is wrong is named, all of it, in the order of the message, and shortly.

use std::fmt::Write as _;

use expect_test::expect;
use ovgs_domain::{Delegate, RequestId};
use ovgs_proto::v1 as pb;
use prost_types::Timestamp;

use super::{fields::Read, *};
use crate::{
    authn::{Authenticator, AuthnError, Credentials, Identity},
    rpc::fixtures::{self, NOW, domain_cert, ien, service},
    service::{Compat, Limits, Service, Settings},
};

fn report<T>(log: &mut String, call: &str, read: Read<T>) {
    let Err(violations) = read else {
        writeln!(log, "{call}: taken").expect("a string takes everything");
        return;
    };
    for violation in violations.iter() {
        writeln!(log, "{call}: {}: {}", violation.field, violation.error).expect("a string takes everything");
    }
}

fn part(ien: &str, serial: &str) -> pb::Component {
    pb::Component { ien: ien.into(), serial_number: serial.into() }
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

async fn caller() -> Caller {
    #[derive(Debug)]
    struct Anybody;
    #[async_trait::async_trait]
    impl Authenticator for Anybody {
        async fn authenticate(
            &self,
            _: &Credentials,
            _: chrono::DateTime<chrono::Utc>,
        ) -> Result<Option<Identity>, AuthnError> {
            Ok(Some(Identity { user: fixtures::user("ann") }))
        }
    }
    let chain: [std::sync::Arc<dyn Authenticator>; 1] = [std::sync::Arc::new(Anybody)];
    let id = RequestId::parse("1").expect("a request id");
    Caller::from_credentials(&chain, &Credentials::default(), id, fixtures::now()).await.expect("a caller")
}

/// All calls with requests that say nothing at all.
async fn said_of_empty_requests(service: &Service) -> String {
    let (terms, caller) = (service.terms(), caller().await);
    let log = &mut String::new();
    report(log, "GetComponents", get_components(&Default::default()));
    report(log, "CreateGroup", create_group(&Default::default()));
    report(log, "DeleteGroup", delete_group(&Default::default()));
    report(log, "GetGroup", get_group(&Default::default(), &terms, &caller));
    report(log, "AddGroupDelegatedOrg", add_group_delegated_org(&Default::default()));
    report(log, "RemoveGroupDelegatedOrg", remove_group_delegated_org(&Default::default()));
    report(log, "AddUserRole", add_user_role(&Default::default()));
    report(log, "RemoveUserRole", remove_user_role(&Default::default()));
    report(log, "GetUserRole", get_user_role(&Default::default()));
    report(log, "AddSerial", add_serial(Default::default(), &terms));
    report(log, "RemoveSerial", remove_serial(Default::default(), &terms));
    report(log, "GetSerial", get_serial(Default::default(), &terms));
    report(log, "GetSerials", get_serials(Default::default(), &terms));
    report(log, "CreateDomainCert", create_domain_cert(&Default::default(), &terms));
    report(log, "DeleteDomainCert", delete_domain_cert(&Default::default()));
    report(log, "GetDomainCert", get_domain_cert(&Default::default()));
    report(log, "GetOwnershipVoucher", get_ownership_voucher(Default::default(), &terms));
    report(log, "GetOwnershipVouchers", get_ownership_vouchers(Default::default(), &terms));
    std::mem::take(log)
}

#[tokio::test]
async fn of_an_empty_request_every_field_is_named() {
    let expected = expect![[r#"
        GetComponents: group_id: must not be empty
        CreateGroup: parent: must not be empty
        CreateGroup: description: must not be empty
        DeleteGroup: group_id: must not be empty
        GetGroup: group_id: must not be empty
        AddGroupDelegatedOrg: group_id: must not be empty
        AddGroupDelegatedOrg: org_id: must not be empty
        RemoveGroupDelegatedOrg: group_id: must not be empty
        RemoveGroupDelegatedOrg: org_id: must not be empty
        AddUserRole: username: must not be empty
        AddUserRole: user_type: 0 is not one of ACCOUNT_TYPE_USER (1), ACCOUNT_TYPE_SERVICE_ACCOUNT (2)
        AddUserRole: org_id: must not be empty
        AddUserRole: group_id: must not be empty
        AddUserRole: user_role: 0 is not one of USER_ROLE_SUPPORT (1), USER_ROLE_ADMIN (2), USER_ROLE_ASSIGNER (3), USER_ROLE_REQUESTOR (4)
        RemoveUserRole: username: must not be empty
        RemoveUserRole: user_type: 0 is not one of ACCOUNT_TYPE_USER (1), ACCOUNT_TYPE_SERVICE_ACCOUNT (2)
        RemoveUserRole: org_id: must not be empty
        RemoveUserRole: group_id: must not be empty
        GetUserRole: username: must not be empty
        GetUserRole: user_type: 0 is not one of ACCOUNT_TYPE_USER (1), ACCOUNT_TYPE_SERVICE_ACCOUNT (2)
        GetUserRole: org_id: must not be empty
        AddSerial: component: must be set
        AddSerial: group_id: must not be empty
        RemoveSerial: component: must be set
        RemoveSerial: group_id: must not be empty
        GetSerial: component: must be set
        GetSerials: components: must not be empty
        CreateDomainCert: group_id: must not be empty
        CreateDomainCert: certificate_der: must not be empty
        CreateDomainCert: expiry_time: must be set
        DeleteDomainCert: cert_id: must not be empty
        GetDomainCert: cert_id: must not be empty
        GetOwnershipVoucher: component: must be set
        GetOwnershipVoucher: cert_id: must not be empty
        GetOwnershipVoucher: lifetime: must be set
        GetOwnershipVouchers: component: must not be empty
        GetOwnershipVouchers: cert_id: must not be empty
        GetOwnershipVouchers: lifetime: must be set
    "#]];
    expected.assert_eq(&said_of_empty_requests(&service(Settings::default())).await);
}

#[test]
fn wrong_values_are_named_with_what_would_be_right() {
    let service = service(Settings::default());
    let terms = service.terms();
    let log = &mut String::new();
    let role = pb::AddUserRoleRequest {
        username: "a\u{202e}b".into(),
        user_type: 7,
        org_id: "acmeco".into(),
        group_id: "group-ä".into(),
        user_role: -1,
    };
    report(log, "AddUserRole", add_user_role(&role));
    let order = pb::GetOwnershipVoucherRequest {
        component: Some(part("030065", " ABC")),
        cert_id: "cert\n".into(),
        lifetime: at(NOW),
    };
    report(log, "GetOwnershipVoucher", get_ownership_voucher(order, &terms));
    let order = pb::GetOwnershipVoucherRequest {
        component: Some(part("4711", "ABC")),
        cert_id: "x".repeat(129),
        lifetime: Some(Timestamp { seconds: NOW, nanos: 1_000_000_000 }),
    };
    report(log, "GetOwnershipVoucher", get_ownership_voucher(order, &terms));
    let cert = pb::CreateDomainCertRequest {
        group_id: "g".into(),
        certificate_der: b"-----BEGIN CERTIFICATE-----".into(),
        revocation_checks: false,
        expiry_time: at(253_402_300_800),
    };
    report(log, "CreateDomainCert", create_domain_cert(&cert, &terms));
    let cert = pb::CreateDomainCertRequest {
        group_id: "g".into(),
        certificate_der: vec![0; 16 * 1024 + 1],
        revocation_checks: false,
        expiry_time: at(-62_135_596_801),
    };
    report(log, "CreateDomainCert", create_domain_cert(&cert, &terms));
    expect![[r#"
        AddUserRole: username: contains U+202E; control, format and line-separator characters are not allowed
        AddUserRole: user_type: 7 is not one of ACCOUNT_TYPE_USER (1), ACCOUNT_TYPE_SERVICE_ACCOUNT (2)
        AddUserRole: org_id: `acmeco` is not an organization id, which is `org-` and a name
        AddUserRole: group_id: `group-ä` has characters outside printable ASCII
        AddUserRole: user_role: -1 is not one of USER_ROLE_SUPPORT (1), USER_ROLE_ADMIN (2), USER_ROLE_ASSIGNER (3), USER_ROLE_REQUESTOR (4)
        GetOwnershipVoucher: component.ien: `030065` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295
        GetOwnershipVoucher: component.serial_number: ` ABC` begins or ends with a space
        GetOwnershipVoucher: cert_id: contains U+000A; control, format and line-separator characters are not allowed
        GetOwnershipVoucher: lifetime: 2026-11-21T20:33:03Z is not in the future
        GetOwnershipVoucher: component.ien: `4711` is not served here
        GetOwnershipVoucher: cert_id: has 129 characters, at most 128 are allowed
        GetOwnershipVoucher: lifetime: is not a timestamp between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z
        CreateDomainCert: certificate_der: is PEM; send the DER inside it (`openssl x509 -outform DER`)
        CreateDomainCert: expiry_time: is not a timestamp between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z
        CreateDomainCert: certificate_der: has 16385 bytes, at most 16384 are allowed
        CreateDomainCert: expiry_time: is not a timestamp between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z
    "#]].assert_eq(log);
}

#[test]
fn entries_of_a_batch_are_named_by_their_position() {
    let service = service(Settings::default());
    let log = &mut String::new();
    let components = vec![part("30065", "A"), part("", "B"), part("30065", "C"), part("30065", "")];
    report(log, "GetSerials", get_serials(pb::GetSerialsRequest { components }, &service.terms()));
    let order = pb::GetOwnershipVouchersRequest {
        component: vec![part("30065", "A"), part("x", "")],
        cert_id: "cert-1".into(),
        lifetime: None,
    };
    report(log, "GetOwnershipVouchers", get_ownership_vouchers(order, &service.terms()));
    expect![[r#"
        GetSerials: components[1].ien: must not be empty
        GetSerials: components[3].serial_number: must not be empty
        GetOwnershipVouchers: component[1].ien: `x` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295
        GetOwnershipVouchers: component[1].serial_number: must not be empty
        GetOwnershipVouchers: lifetime: must be set
    "#]].assert_eq(log);
}

#[test]
fn of_a_batch_of_the_wrong_size_only_the_size_is_said() {
    let limits = Limits { max_batch: 2, ..Limits::default() };
    let service = service(Settings { limits, ..Settings::default() });
    let log = &mut String::new();
    for count in [0, 2, 3, 10_000] {
        let components = vec![part("30065", if count == 2 { "A" } else { "" }); count];
        report(log, &count.to_string(), get_serials(pb::GetSerialsRequest { components }, &service.terms()));
    }
    expect![[r#"
        0: components: must not be empty
        2: taken
        3: components: has 3 entries, at most 2 are allowed in one call
        10000: components: has 10000 entries, at most 2 are allowed in one call
    "#]]
    .assert_eq(log);
}

#[test]
fn no_message_repeats_a_long_value() {
    let service = service(Settings::default());
    let long = "é".repeat(10_000);
    let log = &mut String::new();
    let order = pb::GetOwnershipVoucherRequest {
        component: Some(part(&long, &long)),
        cert_id: long.clone(),
        lifetime: None,
    };
    report(log, "GetOwnershipVoucher", get_ownership_voucher(order, &service.terms()));
    let role = pb::RemoveUserRoleRequest {
        username: long.clone(),
        user_type: i32::MIN,
        org_id: long.clone(),
        group_id: long.clone(),
    };
    report(log, "RemoveUserRole", remove_user_role(&role));
    assert_eq!(log.lines().count(), 8);
    for line in log.lines() {
        assert!(line.matches('é').count() <= 64, "{line}");
        assert!(line.len() <= 300, "{line}");
    }
}

#[test]
fn times_reach_from_the_first_to_the_last_year() {
    for (seconds, nanos, taken) in [
        (-62_135_596_800, 0, true),
        (-62_135_596_801, 999_999_999, false),
        (253_402_300_799, 999_999_999, true),
        (253_402_300_800, 0, false),
        (i64::MIN, 0, false),
        (i64::MAX, 0, false),
        (NOW, -1, false),
        (NOW, 999_999_999, true),
        (NOW, 1_000_000_000, false),
        (NOW, i32::MAX, false),
    ] {
        let read = time(Some(&Timestamp { seconds, nanos }));
        assert_eq!(read.is_ok(), taken, "{seconds} {nanos}");
    }
}

#[test]
fn good_requests_are_read_as_they_are_meant() {
    let service = service(Settings::default());
    let (terms, der) = (service.terms(), domain_cert());
    let new = pb::CreateDomainCertRequest {
        group_id: "group-1".into(),
        certificate_der: der.clone(),
        revocation_checks: true,
        expiry_time: Some(Timestamp { seconds: NOW + 1, nanos: 5000 }),
    };
    let new = create_domain_cert(&new, &terms).expect("a good request");
    assert_eq!(new.certificate.der().as_ref(), der);
    assert_eq!((new.expiry_time - fixtures::now()).num_microseconds(), Some(1_000_005));
    assert!(new.revocation_checks);

    let order = pb::GetOwnershipVoucherRequest {
        component: Some(part("30065", "a b")),
        cert_id: "cert-1".into(),
        lifetime: Some(Timestamp { seconds: NOW + 1, nanos: 999_999_999 }),
    };
    let order = get_ownership_voucher(order, &terms).expect("a good request");
    assert_eq!(order.component, fixtures::component("a b"));
    assert_eq!(order.lifetime.end().timestamp(), NOW + 1);

    let any = pb::AddGroupDelegatedOrgRequest { group_id: "g".into(), org_id: "*".into() };
    assert_eq!(add_group_delegated_org(&any).expect("a good request").1, Delegate::Any);
}

#[tokio::test]
async fn switches_give_empty_fields_a_meaning() {
    let compat = Compat { default_ien: Some(ien("30065")), empty_group_is_root: true, ..Compat::default() };
    let service = service(Settings { compat, ..Settings::default() });
    let (terms, caller) = (service.terms(), caller().await);
    let wanted = pb::GetSerialRequest { component: Some(part("", "ABC101")) };
    assert_eq!(get_serial(wanted, &terms), Ok(fixtures::component("ABC101")));
    let root = get_group(&pb::GetGroupRequest::default(), &terms, &caller);
    assert_eq!(root, Ok(fixtures::group("org-acmeco")));
    assert!(get_components(&pb::GetComponentsRequest::default()).is_err());
}
