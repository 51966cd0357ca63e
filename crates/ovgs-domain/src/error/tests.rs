//! What the messages say, word for word.

use chrono::DateTime;
use expect_test::expect;

use super::{Invalid, Violation};
use crate::{
    CertId, Excerpt, KeyForm, NEVER, Role,
    fixtures::{component_id, delegate, group_id, org_id, user},
};

/// One of each. Whoever adds a variant finds the match below broken and adds it here too.
fn invalids(value: &str) -> Vec<Invalid> {
    let value = Excerpt::of(value);
    let all = vec![
        Invalid::Empty,
        Invalid::Missing,
        Invalid::UnknownNumber { number: -7, known: "USER, SERVICE_ACCOUNT" },
        Invalid::NotTimestamp,
        Invalid::Past { time: DateTime::UNIX_EPOCH },
        Invalid::TooFar { time: NEVER, latest: DateTime::UNIX_EPOCH },
        Invalid::TooMany { count: 501, max: 500 },
        Invalid::NotServed { ien: component_id("ABC101").ien },
        Invalid::Expired { not_after: DateTime::UNIX_EPOCH },
        Invalid::TooLong { length: 65, max: 64 },
        Invalid::TooManyBytes { length: 16385, max: 16384 },
        Invalid::Unprintable { code: 0x0a },
        Invalid::Unprintable { code: 0xe0001 },
        Invalid::NotAscii(value.clone()),
        Invalid::OuterSpace(value.clone()),
        Invalid::NoOrgPrefix(value.clone()),
        Invalid::UnknownName { value: value.clone(), known: "user, service-account" },
        Invalid::NotIen(value.clone()),
        Invalid::NotUser(value.clone()),
        Invalid::TokenTtl { min: 60, max: 31_536_000 },
        Invalid::NotSeconds,
        Invalid::NotMac(value),
        Invalid::NotIdevidIssuer,
        Invalid::NotPublicKey,
        Invalid::OtherKeyForm { form: KeyForm::Pem },
        Invalid::OtherKeyForm { form: KeyForm::Pkcs1 },
        Invalid::OtherKeyForm { form: KeyForm::Tpm2bPublic },
        Invalid::OtherKeyForm { form: KeyForm::TpmtPublic },
        Invalid::OtherKeyForm { form: KeyForm::TpmPubkey },
        Invalid::OtherKeyForm { form: KeyForm::Certificate },
        Invalid::UnusableKey { reason: "it is not a point of its curve" },
        Invalid::PrivateKey,
        Invalid::CaCertificate,
        Invalid::NotCertificate,
        Invalid::Pem,
        Invalid::Unpinnable { reason: "an extension cannot be read".into() },
        Invalid::NotVersion3,
    ];
    for one in &all {
        match one {
            Invalid::Missing | Invalid::UnknownNumber { .. } | Invalid::NotTimestamp => {}
            Invalid::Past { .. } | Invalid::TooFar { .. } | Invalid::TooMany { .. } => {}
            Invalid::NotServed { .. } | Invalid::Expired { .. } => {}
            Invalid::Empty | Invalid::TooLong { .. } | Invalid::TooManyBytes { .. } => {}
            Invalid::Unprintable { .. } | Invalid::NotAscii(_) | Invalid::OuterSpace(_) => {}
            Invalid::NoOrgPrefix(_) | Invalid::UnknownName { .. } | Invalid::NotIen(_) => {}
            Invalid::NotUser(_) | Invalid::TokenTtl { .. } | Invalid::NotSeconds => {}
            Invalid::NotMac(_) | Invalid::NotIdevidIssuer | Invalid::NotPublicKey => {}
            Invalid::OtherKeyForm { .. } | Invalid::UnusableKey { .. } | Invalid::PrivateKey => {}
            Invalid::CaCertificate => {}
            Invalid::NotCertificate | Invalid::Pem | Invalid::NotVersion3 | Invalid::Unpinnable { .. } => {}
        }
    }
    all
}

/// One of each, about things whose ids end in `tail`. Whoever adds a variant finds the match below broken and adds it
/// here too.
fn violations(tail: &str) -> Vec<Violation> {
    let (group, org) = (group_id(&format!("group-{tail}")), org_id(&format!("org-{tail}")));
    let (root, delegate) = (org.root(), delegate(org.as_str()));
    let (component, other) = (component_id("ABC101"), component_id("ABC102"));
    let cert = CertId::parse(&format!("cert-{tail}")).unwrap();
    let user = user(org.as_str(), &format!("ann-{tail}"));
    let not_empty = |certificates, users, others, components, children| Violation::NotEmpty {
        certificates,
        users,
        others,
        components,
        children,
    };
    let all = vec![
        Violation::GroupExists { existing: group.clone() },
        Violation::TooDeep { depth: 33, max: 32 },
        Violation::RootGroup { group: root.clone() },
        not_empty(1, 1, 1, 1, 1),
        not_empty(2, 0, 3, 0, 40),
        Violation::OwnOrganization { org: org.clone() },
        Violation::AlreadyDelegated { delegate: delegate.clone() },
        Violation::NotDelegated { delegate: delegate.clone() },
        Violation::DelegationInUse { delegate: delegate.clone(), users: 1 },
        Violation::DelegationInUse { delegate, users: 2 },
        Violation::SupportOutsideRoot { group: group.clone() },
        Violation::NotSupportOrg { org: org.clone() },
        Violation::RoleExists { role: Role::Assigner },
        Violation::NoSuchRole { user },
        Violation::NoDelegation { org },
        Violation::ForeignComponent { component: component.clone(), group: group.clone() },
        Violation::AlreadyPlaced { component: component.clone(), group: group.clone() },
        Violation::AlwaysInRoot { root: root.clone() },
        Violation::NeverOutOfRoot { root },
        Violation::NotPlaced { component: component.clone(), group },
        Violation::CertExists { existing: cert.clone() },
        Violation::ForeignCert { cert, component: component.clone() },
        Violation::LifetimeOver { end: DateTime::UNIX_EPOCH },
        Violation::LifetimeTooLong { latest: NEVER },
        Violation::LifetimeTooLong { latest: DateTime::UNIX_EPOCH },
        Violation::AmbiguousSerial { component: component.clone(), other: Some(other) },
        Violation::AmbiguousSerial { component, other: None },
    ];
    for one in &all {
        match one {
            Violation::GroupExists { .. } | Violation::TooDeep { .. } | Violation::RootGroup { .. } => {}
            Violation::NotEmpty { .. } | Violation::OwnOrganization { .. } => {}
            Violation::AlreadyDelegated { .. } | Violation::NotDelegated { .. } => {}
            Violation::DelegationInUse { .. } | Violation::SupportOutsideRoot { .. } => {}
            Violation::NotSupportOrg { .. } | Violation::RoleExists { .. } | Violation::NoSuchRole { .. } => {
            }
            Violation::NoDelegation { .. } | Violation::ForeignComponent { .. } => {}
            Violation::AlreadyPlaced { .. } | Violation::AlwaysInRoot { .. } => {}
            Violation::NeverOutOfRoot { .. } | Violation::NotPlaced { .. } | Violation::CertExists { .. } => {
            }
            Violation::ForeignCert { .. } | Violation::LifetimeTooLong { .. } => {}
            Violation::AmbiguousSerial { .. } | Violation::LifetimeOver { .. } => {}
        }
    }
    all
}

fn lines(messages: impl IntoIterator<Item = impl ToString>) -> String {
    messages.into_iter().map(|message| format!("{}\n", message.to_string())).collect()
}

#[test]
fn invalid_values() {
    expect![[r#"
        must not be empty
        must be set
        -7 is not one of USER, SERVICE_ACCOUNT
        is not a timestamp between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z
        1970-01-01T00:00:00Z is not in the future
        9999-12-31T23:59:59Z is too far away, 1970-01-01T00:00:00Z is the latest allowed now
        has 501 entries, at most 500 are allowed in one call
        `30065` is not served here
        the certificate expired at 1970-01-01T00:00:00Z
        has 65 characters, at most 64 are allowed
        has 16385 bytes, at most 16384 are allowed
        contains U+000A; control, format and line-separator characters are not allowed
        contains U+E0001; control, format and line-separator characters are not allowed
        `a value` has characters outside printable ASCII
        `a value` begins or ends with a space
        `a value` is not an organization id, which is `org-` and a name
        `a value` is not one of user, service-account
        `a value` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295
        `a value` is not a user such as `org-vendor/user/ann` or `org-vendor/service-account/erp`
        must be between 60 s and 31536000 s
        is not a positive whole number of seconds
        `a value` is not a MAC address: six octets in hexadecimal, such as `00:1c:73:ab:cd:01`
        is neither a 20-byte key id nor a DER AuthorityKeyIdentifier with a key id
        is not one DER SubjectPublicKeyInfo
        is PEM, where a DER SubjectPublicKeyInfo is expected; send the DER inside it (`openssl pkey -pubin -outform DER`)
        is a PKCS #1 RSAPublicKey, where a DER SubjectPublicKeyInfo is expected; convert it (`openssl rsa -RSAPublicKey_in -pubout -outform DER`)
        is a TPM2B_PUBLIC, where a DER SubjectPublicKeyInfo is expected; `component import` converts it when it is imported from a file
        is a TPMT_PUBLIC, where a DER SubjectPublicKeyInfo is expected; `component import` converts it when it is imported from a file
        is a TPM_PUBKEY of TPM 1.2, where a DER SubjectPublicKeyInfo is expected; `component import` converts it when it is imported from a file
        is an X.509 certificate, where a DER SubjectPublicKeyInfo is expected; a certificate of an endorsement key goes into `ek_certificate`
        is a public key that cannot be used: it is not a point of its curve
        is a private key, which nobody but its device may have; take it out of this data, treat it as disclosed, and give the public key
        is the certificate of a CA; give the one that the CA issued for the TPM's endorsement key
        is not exactly one X.509 certificate in DER
        is PEM; send the DER inside it (`openssl x509 -outform DER`)
        is a certificate that cannot be pinned: an extension cannot be read
        is an X.509 certificate of an older version; version 3 is required
    "#]].assert_eq(&lines(invalids("a value")));
}

#[test]
fn violated_rules() {
    expect![[r#"
        a group with this parent and description exists already: `group-acmeco`
        the group would lie at depth 33, at most 32 is allowed
        `org-acmeco` is a root group; only the vendor deletes organizations
        the group is not empty: 1 certificate, 1 user, 1 other user, 1 component, 1 child group left
        the group is not empty: 2 certificates, 3 other users, 40 child groups left
        `org-acmeco` owns the group; delegate to another organization or to `*`
        the group is delegated to `org-acmeco` already
        the group itself is not delegated to `org-acmeco`
        the delegation to `org-acmeco` is in use by 1 role here or below, to be removed first
        the delegation to `org-acmeco` is in use by 2 roles here or below, to be removed first
        SUPPORT may be held in root groups only, and `group-acmeco` is not one
        SUPPORT may be held only by users of the vendor's support organizations, and `org-acmeco` is not one
        the user has the role ASSIGNER in this group already; to change it, remove it, then add the other
        `org-acmeco/user/ann-acmeco` has no role in this group
        the group is not delegated to `org-acmeco`; an ADMIN of the owner's root group can delegate it
        `30065/ABC101` belongs to another organization than `group-acmeco`
        `30065/ABC101` is in `group-acmeco` already
        every component is in its root group `org-acmeco` always; RemoveSerial takes it out of its other group
        only the vendor takes components out of the root group `org-acmeco`
        `30065/ABC101` is not in `group-acmeco`
        the group has this certificate with the same checks and expiry already: `cert-acmeco`
        certificate `cert-acmeco` and component `30065/ABC101` belong to different organizations
        the lifetime 1970-01-01T00:00:00Z ended while the call was under way
        the lifetime may end at 9999-12-31T23:59:59Z at the latest, the earlier one of the certificate's `expiry_time` and `notAfter`
        the lifetime may end at 1970-01-01T00:00:00Z at the latest, the earlier one of the certificate's `expiry_time` and `notAfter`
        `30065/ABC101` and `30065/ABC102` share a serial number under one trust anchor and no IDevID issuer tells them apart, so a voucher could capture the other device
        `30065/ABC101` and another component share a serial number under one trust anchor and no IDevID issuer tells them apart, so a voucher could capture the other device
    "#]].assert_eq(&lines(violations("acmeco")));
}

#[test]
fn messages_are_lower_case_without_full_stop() {
    let messages = lines(invalids("a value")) + &lines(violations("acmeco"));
    for message in messages.lines() {
        let first: String = message.chars().take_while(|c| c.is_alphabetic()).collect();
        // Names of roles and formats are written in capitals as a whole.
        assert!(first.chars().all(char::is_lowercase) || first.chars().all(char::is_uppercase), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[test]
fn messages_show_at_most_64_characters_of_any_one_value() {
    let messages = lines(invalids(&"x".repeat(1000))) + &lines(violations(&"x".repeat(122)));
    for message in messages.lines() {
        let longest = message.split(|c| c != 'x').map(str::len).max();
        assert!(longest <= Some(64), "{message}");
        assert!(message.chars().count() < 300, "{message}");
    }
    assert!(messages.contains('…'));
}
