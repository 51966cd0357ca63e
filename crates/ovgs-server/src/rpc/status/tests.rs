//! Every refusal has its status, and no status is too large for its way.

use std::fmt::Write as _;

use expect_test::expect;
use ovgs_authz::{Denied, Place};
use ovgs_domain::{CertId, ComponentId, Delegate, GroupId, OrgId, Role, User};
use ovgs_proto::v1 as pb;
use ovgs_store::StoreError;
use tonic_types::ErrorDetails;

use super::*;
use crate::{
    provisioning::{Column, ColumnName, ImportError, ProvisioningError, Remains, Tally},
    rpc::{
        fixtures::{component, group, ien, now, org, service, user},
        from_proto,
    },
    service::{Limits, NoIssuer, NotFound, Settings},
};

/// One line: code, what the details say, message.
fn line(status: &Status) -> String {
    let details = status.get_error_details();
    let fields = details.bad_request().map(|b| b.field_violations.iter().map(|v| v.field.as_str()));
    let fields = fields.map(|fields| fields.collect::<Vec<_>>().join(", "));
    let retry = details.retry_info().and_then(|r| r.retry_delay).map(|wait| format!("retry in {wait:?}"));
    let info = details.error_info().map(|i| format!("{} {} {:?}", i.domain, i.reason, i.metadata));
    let details: Vec<String> = [fields, retry, info].into_iter().flatten().collect();
    format!("{:?} [{}] {}", status.code(), details.join("; "), status.message())
}

fn table(errors: Vec<ServiceError>) -> String {
    let mut table = String::new();
    for error in errors {
        writeln!(table, "{}", line(&status(error))).expect("a string takes everything");
    }
    table
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("connection refused by 10.0.0.1".into())
}

/// What errors speak of.
struct Named {
    root: GroupId,
    group: GroupId,
    org: OrgId,
    cert: CertId,
    part: ComponentId,
    user: User,
    issuer: String,
}

impl Named {
    fn plainly() -> Named {
        Named {
            root: group("org-acmeco"),
            group: group("group-1"),
            org: org("org-betaco"),
            cert: CertId::parse("cert-1").expect("an id"),
            part: component("A"),
            user: user("ann"),
            issuer: "acme".into(),
        }
    }

    /// As long as each may be, in one character each.
    fn at_length() -> Named {
        let org = org(&format!("org-{}", "o".repeat(124)));
        Named {
            root: org.root(),
            group: group(&"g".repeat(128)),
            cert: CertId::parse(&"c".repeat(128)).expect("an id"),
            part: component(&"s".repeat(64)),
            user: User { org: org.clone(), ..user(&"u".repeat(256)) },
            org,
            issuer: "i".repeat(256),
        }
    }
}

fn errors(named: &Named) -> Vec<ServiceError> {
    let Named { group, org, cert, part, user, issuer, .. } = named;
    let missing = |role, place| ServiceError::Denied(Denied::MissingRole { role, place });
    vec![
        ServiceError::NotFound(NotFound::Group(group.clone())),
        ServiceError::NotFound(NotFound::Component(part.clone())),
        ServiceError::NotFound(NotFound::Cert(cert.clone())),
        ServiceError::NotFound(NotFound::Org(org.clone())),
        ServiceError::NotFound(NotFound::User(user.clone())),
        ServiceError::NothingToVouchFor(NotFound::Cert(cert.clone())),
        missing(Role::Admin, Place::Parent),
        ServiceError::Denied(Denied::SupportOnly),
        ServiceError::Denied(Denied::OwnUsersOnly),
        ServiceError::NoIssuer(NoIssuer::NoneActive { ien: ien("30065") }),
        ServiceError::NoIssuer(NoIssuer::Expired { issuer: issuer.clone() }),
        ServiceError::NotFound(NotFound::Component(part.clone())).at("components", 3, part),
        ServiceError::TooLarge { limit: 65536, way_out: "ask for 20 at most".into() },
        ServiceError::NotFound(NotFound::Token("token-1".into())),
        ServiceError::Denied(Denied::VendorOnly),
        ServiceError::Registered(user.clone()),
        ServiceError::NoTokens,
        ServiceError::Contended,
        ServiceError::SignerUnavailable("the token is locked".into()),
        ServiceError::StoreUnavailable(unavailable()),
        ServiceError::internal("row 17 is corrupt"),
        ServiceError::internal("row 17 is corrupt").at("component", 0, part),
    ]
}

fn violations(named: &Named) -> Vec<Violation> {
    let Named { root, group, org, cert, part, user, .. } = named;
    let delegate = || Delegate::Org(org.clone());
    let other = ComponentId { ien: ien("2636"), ..part.clone() };
    vec![
        Violation::GroupExists { existing: group.clone() },
        Violation::TooDeep { depth: 33, max: 32 },
        Violation::RootGroup { group: root.clone() },
        Violation::NotEmpty { certificates: 1, users: 2, others: 0, components: 3, children: 0 },
        Violation::OwnOrganization { org: org.clone() },
        Violation::AlreadyDelegated { delegate: delegate() },
        Violation::NotDelegated { delegate: delegate() },
        Violation::DelegationInUse { delegate: delegate(), users: 1 },
        Violation::SupportOutsideRoot { group: group.clone() },
        Violation::NotSupportOrg { org: org.clone() },
        Violation::RoleExists { role: Role::Admin },
        Violation::NoSuchRole { user: user.clone() },
        Violation::NoDelegation { org: org.clone() },
        Violation::ForeignComponent { component: part.clone(), group: group.clone() },
        Violation::AlreadyPlaced { component: part.clone(), group: group.clone() },
        Violation::AlwaysInRoot { root: root.clone() },
        Violation::NeverOutOfRoot { root: root.clone() },
        Violation::NotPlaced { component: part.clone(), group: group.clone() },
        Violation::CertExists { existing: cert.clone() },
        Violation::ForeignCert { cert: cert.clone(), component: part.clone() },
        Violation::LifetimeOver { end: chrono::DateTime::UNIX_EPOCH },
        Violation::LifetimeTooLong { latest: now() },
        Violation::AmbiguousSerial { component: part.clone(), other: Some(other) },
    ]
}

#[test]
fn no_message_shows_more_than_64_characters_of_a_value() {
    let named = Named::at_length();
    let violations = violations(&named).into_iter().map(ServiceError::from);
    let batched = violations.map(|violation| violation.at("component", 0, &named.part));
    let refused = Refusal::NoSuchMethod { name: "m".repeat(200) };
    let statuses = errors(&named).into_iter().chain(batched).map(status).chain([refused.into()]);
    for status in statuses {
        let described = status.get_details_bad_request().into_iter().flat_map(|b| b.field_violations);
        for text in described.map(|v| v.description).chain([status.message().to_owned()]) {
            let characters: Vec<char> = text.chars().collect();
            let longest = characters.chunk_by(|one, next| one == next).map(<[char]>::len).max();
            assert!(longest <= Some(64), "{text}");
            assert!(!text.contains(&"o".repeat(61)), "with its `org-` this is longer: {text}");
        }
    }
}

#[test]
fn errors_of_the_service() {
    let errors = errors(&Named::plainly());
    expect![[r#"
        NotFound [] group `group-1` does not exist
        NotFound [] component `30065/A` does not exist
        NotFound [] certificate `cert-1` does not exist
        NotFound [] organization `org-betaco` does not exist
        NotFound [] user `ann` of `org-acmeco` is not known here
        FailedPrecondition [] certificate `cert-1` does not exist
        PermissionDenied [] the role ADMIN or higher is needed in the parent group
        PermissionDenied [] the role SUPPORT is needed to give or take SUPPORT
        PermissionDenied [] in a delegated group, roles can be given to and taken from users of your own organization only
        FailedPrecondition [] no active issuer serves the manufacturer 30065
        FailedPrecondition [] the certificate of the issuer `acme` has expired
        NotFound [] components[3] (`30065/A`): component `30065/A` does not exist
        ResourceExhausted [] the answer would be larger than 65536 bytes; ask for 20 at most
        NotFound [] token `token-1` does not exist
        PermissionDenied [] the account holds SUPPORT or acts for the vendor, so only the vendor removes it or issues its tokens
        AlreadyExists [] user `ann` of `org-acmeco` is registered already
        FailedPrecondition [] this server issues no tokens of its own
        Aborted [retry in 100ms] the organization is being changed by others; try again
        Unavailable [retry in 1s] the signer is out of reach; try again
        Unavailable [retry in 1s] the store is out of reach; try again
        Internal [] internal error
        Internal [] component[0] (`30065/A`): internal error
    "#]].assert_eq(&table(errors));
}

#[test]
fn rules_not_met() {
    let violations = violations(&Named::plainly());
    expect![[r#"
        AlreadyExists [ovgs.v1 ALREADY_EXISTS {"group_id": "group-1"}] a group with this parent and description exists already: `group-1`
        FailedPrecondition [] the group would lie at depth 33, at most 32 is allowed
        InvalidArgument [group_id] `group_id`: `org-acmeco` is a root group; only the vendor deletes organizations
        FailedPrecondition [] the group is not empty: 1 certificate, 2 users, 3 components left
        InvalidArgument [org_id] `org_id`: `org-betaco` owns the group; delegate to another organization or to `*`
        AlreadyExists [] the group is delegated to `org-betaco` already
        NotFound [] the group itself is not delegated to `org-betaco`
        FailedPrecondition [] the delegation to `org-betaco` is in use by 1 role here or below, to be removed first
        InvalidArgument [user_role] `user_role`: SUPPORT may be held in root groups only, and `group-1` is not one
        InvalidArgument [user_role] `user_role`: SUPPORT may be held only by users of the vendor's support organizations, and `org-betaco` is not one
        AlreadyExists [] the user has the role ADMIN in this group already; to change it, remove it, then add the other
        NotFound [] `org-acmeco/user/ann` has no role in this group
        FailedPrecondition [] the group is not delegated to `org-betaco`; an ADMIN of the owner's root group can delegate it
        InvalidArgument [group_id] `group_id`: `30065/A` belongs to another organization than `group-1`
        AlreadyExists [] `30065/A` is in `group-1` already
        AlreadyExists [] every component is in its root group `org-acmeco` always; RemoveSerial takes it out of its other group
        InvalidArgument [group_id] `group_id`: only the vendor takes components out of the root group `org-acmeco`
        NotFound [] `30065/A` is not in `group-1`
        AlreadyExists [ovgs.v1 ALREADY_EXISTS {"cert_id": "cert-1"}] the group has this certificate with the same checks and expiry already: `cert-1`
        InvalidArgument [cert_id] `cert_id`: certificate `cert-1` and component `30065/A` belong to different organizations
        InvalidArgument [lifetime] `lifetime`: the lifetime 1970-01-01T00:00:00Z ended while the call was under way
        InvalidArgument [lifetime] `lifetime`: the lifetime may end at 2026-11-21T20:33:03Z at the latest, the earlier one of the certificate's `expiry_time` and `notAfter`
        FailedPrecondition [] `30065/A` and `2636/A` share a serial number under one trust anchor and no IDevID issuer tells them apart, so a voucher could capture the other device
    "#]].assert_eq(&table(violations.into_iter().map(ServiceError::from).collect()));
}

#[test]
fn a_field_wrong_in_a_batch_is_named_with_its_position() {
    let cert = CertId::parse("cert-1").expect("an id");
    let violation = Violation::ForeignCert { cert, component: component("A") };
    let status = status(ServiceError::from(violation).at("component", 3, &component("A")));
    expect!["InvalidArgument [cert_id] `cert_id`: component[3] (`30065/A`): certificate `cert-1` and component `30065/A` belong to different organizations"].assert_eq(&line(&status));
}

#[test]
fn refusals_on_the_way() {
    let refusals = vec![
        Refusal::Authn(AuthnError::unauthenticated("the token has expired")),
        Refusal::Authn(AuthnError::Unavailable("no route to idp.internal".into())),
        Refusal::Busy,
        Refusal::Overloaded,
        Refusal::TooOften { per_second: 5, wait: Duration::from_millis(200) },
        Refusal::DeadlineExceeded,
        Refusal::NotRead,
        Refusal::Stopping,
        Refusal::NoGate,
    ];
    let mut table = String::new();
    for refusal in refusals {
        writeln!(table, "{}", line(&Status::from(refusal))).expect("a string takes everything");
    }
    expect![[r#"
        Unauthenticated [] no valid credential; send `authorization: Bearer TOKEN`
        Unavailable [retry in 1s] the authority that could verify the credentials is out of reach
        ResourceExhausted [retry in 1s] too many calls are in progress; try again
        ResourceExhausted [retry in 1s] there is more to do than can be done now; try again
        ResourceExhausted [retry in 200ms] more than 5 calls a second; try again later
        DeadlineExceeded [] the deadline has passed
        Unavailable [retry in 1s] the answer was not read in time; try again
        Unavailable [retry in 1s] the server is stopping; try again
        Internal [] the call did not come through the gate
    "#]]
    .assert_eq(&table);
}

#[test]
fn what_is_our_fault_is_not_explained() {
    for error in [
        ServiceError::internal("row 17 is corrupt"),
        ServiceError::StoreUnavailable(unavailable()),
        ServiceError::SignerUnavailable("slot 3".into()).at("component", 0, &component("A")),
    ] {
        let status = status(error);
        let said = format!("{} {:?}", status.message(), status.get_error_details());
        for secret in ["17", "10.0.0.1", "slot"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn details_fit_into_trailers_whatever_is_wrong() {
    let limits = Limits { max_batch: 10_000, ..Limits::default() };
    let service = service(Settings { limits, ..Settings::default() });
    let bad = pb::Component { ien: "\u{1F600}".repeat(1000), serial_number: "\u{202e}".repeat(1000) };
    let components = vec![bad; 10_000];
    let violations = from_proto::get_serials(pb::GetSerialsRequest { components }, &service.terms());
    let status = Status::from(violations.expect_err("all of it is wrong"));
    assert!(status.details().len() <= 4096, "{} bytes", status.details().len());
    assert!(status.message().len() <= 512);
    let details = status.get_error_details();
    let said = &details.bad_request().expect("fields").field_violations;
    assert!(said.len() > 5, "only {} fields", said.len());
    assert_eq!(said.first().map(|v| v.field.as_str()), Some("components[0].ien"));
    assert!(status.message().starts_with("`components[0].ien`: "));
}

#[test]
fn a_message_is_cut_between_characters() {
    let way_out = "ä".repeat(1000);
    let status = status(ServiceError::TooLarge { limit: 1, way_out });
    assert!((500..=512).contains(&status.message().len()));
    assert!(status.message().ends_with('…'));
}

#[test]
fn what_tonic_says_is_said_as_the_contract_has_it() {
    let path = format!("/ovgs.v1.OwnershipVoucherService/Steal{}", "R".repeat(100));
    let translated = |status: Status| translate(&status, &path, 4096).map(|status| line(&status));
    let mut table = String::new();
    for status in [
        Status::out_of_range("Error, decoded message length too large"),
        Status::internal("failed to decode Protobuf message: User.username: invalid string value"),
        Status::internal("Missing request message."),
        Status::internal(""),
        Status::unimplemented("Content is compressed with `gzip` which isn't supported"),
        Status::unimplemented(""),
        Status::cancelled("gone"),
    ] {
        writeln!(table, "{:?}", translated(status)).expect("a string takes everything");
    }
    expect![[r#"
        Some("ResourceExhausted [] the request is larger than 4096 bytes")
        Some("InvalidArgument [] failed to decode Protobuf message: User.username: invalid string value")
        Some("InvalidArgument [] missing request message")
        Some("InvalidArgument [] ")
        Some("Unimplemented [] the request is compressed; send it as it is")
        Some("Unimplemented [] there is no method `StealRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR…`")
        None
    "#]]
    .assert_eq(&table);
    assert_eq!(translated(status(ServiceError::internal("ours"))), None);
    assert_eq!(translated(Status::from(Refusal::NoGate)), None);
}

#[test]
fn statuses_have_their_canonical_names() {
    for (number, expected) in [(0, "OK"), (4, "DEADLINE_EXCEEDED"), (16, "UNAUTHENTICATED"), (99, "UNKNOWN")]
    {
        let mut headers = http::HeaderMap::new();
        headers.insert("grpc-status", number.into());
        assert_eq!(name(&headers), Some(expected));
    }
    assert_eq!(name(&http::HeaderMap::new()), None);
}

#[test]
fn an_existing_id_comes_with_its_key() {
    let details: ErrorDetails =
        status(Violation::GroupExists { existing: group("group-1") }.into()).get_error_details();
    let info = details.error_info().expect("an ErrorInfo");
    assert_eq!((info.domain.as_str(), info.reason.as_str()), ("ovgs.v1", "ALREADY_EXISTS"));
    assert_eq!(info.metadata.get("group_id").map(String::as_str), Some("group-1"));
}

/// Every way in which a task of the vendor's is not done.
fn of_provisioning(named: &Named) -> Vec<ProvisioningError> {
    let Named { org, part, user, .. } = named;
    let remains = Remains {
        groups: 1,
        components: 2,
        certificates: 3,
        roles: 4,
        users: 5,
        employers: vec![org.clone()],
        delegators: vec![org.clone()],
    };
    let column = || ColumnName::from(Column::MacAddr);
    vec![
        ProvisioningError::NotFound(NotFound::Component(part.clone())),
        ProvisioningError::Violation(Violation::RoleExists { role: Role::Admin }),
        ProvisioningError::AnotherDescription { org: Excerpt::of(org.as_str()), existing: None },
        ProvisioningError::OrgInUse { org: Excerpt::of(org.as_str()), remains },
        ProvisioningError::NotRegistered { user: Box::new(user.clone()) },
        ProvisioningError::TokenTooLong,
        ProvisioningError::UnknownToken { jti: Excerpt::of("token-1") },
        ProvisioningError::NoTokens,
        ProvisioningError::BadFact { column: column(), reason: "`x` is not a MAC address".into() },
        ProvisioningError::Unsigned("the key is 7".into()),
        ProvisioningError::Import(ImportError::Empty),
        ProvisioningError::BrokenOff { tally: Tally::default(), why: Box::new(ProvisioningError::Contended) },
        ProvisioningError::Contended,
        ProvisioningError::Store(unavailable()),
        ProvisioningError::Store(StoreError::corrupt("row 17", "not a role")),
    ]
}

#[test]
fn errors_of_provisioning() {
    let mut table = line(&denied(Denied::NotPrincipal)) + "\n";
    for error in of_provisioning(&Named::plainly()) {
        writeln!(table, "{}", line(&provisioning_status(error))).expect("a string takes everything");
    }
    // The metadata of an ErrorInfo has no order.
    let table = table.lines().map(|line| line.split(" {").next().unwrap_or(line).to_owned() + "\n");
    expect![[r#"
        PermissionDenied [] only the principals that the server's configuration names may provision
        NotFound [] component `30065/A` does not exist
        AlreadyExists [] the user has the role ADMIN in this group already; to change it, remove it, then add the other
        AlreadyExists [] `org-betaco` exists without a description; leave it out
        FailedPrecondition [ovgs.provisioning.v1 ORG_IN_USE
        FailedPrecondition [] `org-acmeco/user/ann` is not registered; register it first
        InvalidArgument [ttl] `ttl`: the token would be good beyond the year 9999; give it a shorter time
        NotFound [] there is no token `token-1`; list the tokens to see those there are
        FailedPrecondition [] this server issues no tokens of its own; set `tokens.signing_key`
        InvalidArgument [row.mac_addr] `row.mac_addr`: `x` is not a MAC address
        Internal [] internal error
        InvalidArgument [] the input is empty; begin it with a header line such as `ien,serial_number,model`
        Aborted [retry in 100ms] others are changing the same thing; try again
        Aborted [retry in 100ms] others are changing the same thing; try again
        Unavailable [retry in 1s] the store is out of reach; try again
        Internal [] internal error
    "#]].assert_eq(&table.collect::<String>());
}
