//! What may be wrong: a bad value, or a rule not met.

#[cfg(test)]
mod tests;

use std::borrow::Borrow;

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;

use crate::{CertId, ComponentId, Delegate, Excerpt, GroupId, Ien, KeyForm, OrgId, Role, User};

/// A value that breaks its rule. Says what is wrong and what is expected; the field is named by whoever read it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Invalid {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// A required message is absent.
    #[error("must be set")]
    Missing,
    /// An enum number that has no name, or the unspecified one.
    #[error("{number} is not one of {known}")]
    UnknownNumber {
        /// What was given.
        number: i32,
        /// The names there are.
        known: &'static str,
    },
    /// A timestamp outside the years 0001 to 9999, or with nanoseconds outside 0 to 999999999.
    #[error("is not a timestamp between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z")]
    NotTimestamp,
    /// A time that is not in the future.
    #[error("{} is not in the future", rfc3339(time))]
    Past {
        /// What was given.
        time: DateTime<Utc>,
    },
    /// A time too far in the future.
    #[error("{} is too far away, {} is the latest allowed now", rfc3339(time), rfc3339(latest))]
    TooFar {
        /// What was given.
        time: DateTime<Utc>,
        /// The latest allowed.
        latest: DateTime<Utc>,
    },
    /// A list with too many entries.
    #[error("has {count} entries, at most {max} are allowed in one call")]
    TooMany {
        /// Entries given.
        count: usize,
        /// Entries allowed.
        max: usize,
    },
    /// A manufacturer that this service has no issuer for.
    #[error("`{ien}` is not served here")]
    NotServed {
        /// The manufacturer.
        ien: Ien,
    },
    /// A certificate whose time is over.
    #[error("the certificate expired at {}", rfc3339(not_after))]
    Expired {
        /// Its `notAfter`.
        not_after: DateTime<Utc>,
    },
    /// A text is too long.
    #[error("has {length} characters, at most {max} are allowed")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        max: usize,
    },
    /// Bytes are too many.
    #[error("has {length} bytes, at most {max} are allowed")]
    TooManyBytes {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A text holds a control, format or line-separator character.
    #[error("contains U+{code:04X}; control, format and line-separator characters are not allowed")]
    Unprintable {
        /// The first such character.
        code: u32,
    },
    /// A text that must be ASCII is not.
    #[error("`{0}` has characters outside printable ASCII")]
    NotAscii(Excerpt),
    /// A text begins or ends with a space.
    #[error("`{0}` begins or ends with a space")]
    OuterSpace(Excerpt),
    /// An organization's id lacks its prefix or its name.
    #[error("`{0}` is not an organization id, which is `org-` and a name")]
    NoOrgPrefix(Excerpt),
    /// Not one of the names there are.
    #[error("`{value}` is not one of {known}")]
    UnknownName {
        /// What was given.
        value: Excerpt,
        /// What there is.
        known: &'static str,
    },
    /// Not a user with its organization and type.
    #[error("`{0}` is not a user such as `org-vendor/user/ann` or `org-vendor/service-account/erp`")]
    NotUser(Excerpt),
    /// A time that a token may not be good for.
    #[error("must be between {min} s and {max} s")]
    TokenTtl {
        /// The shortest allowed, in seconds.
        min: i64,
        /// The longest allowed, in seconds.
        max: i64,
    },
    /// Not a whole number of seconds.
    #[error("is not a positive whole number of seconds")]
    NotSeconds,
    /// Not an IANA enterprise number.
    #[error(
        "`{0}` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295"
    )]
    NotIen(Excerpt),
    /// Not a MAC address.
    #[error("`{0}` is not a MAC address: six octets in hexadecimal, such as `00:1c:73:ab:cd:01`")]
    NotMac(Excerpt),
    /// Neither a key id nor an AuthorityKeyIdentifier.
    #[error("is neither a 20-byte key id nor a DER AuthorityKeyIdentifier with a key id")]
    NotIdevidIssuer,
    /// Not a SubjectPublicKeyInfo.
    #[error("is not one DER SubjectPublicKeyInfo")]
    NotPublicKey,
    /// A public key in another form.
    #[error("is {form}, where a DER SubjectPublicKeyInfo is expected{}", instead(*form))]
    OtherKeyForm {
        /// In which.
        form: KeyForm,
    },
    /// A public key with which nothing can be encrypted.
    #[error("is a public key that cannot be used: {reason}")]
    UnusableKey {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A private key. It is never shown, and it never gets anywhere.
    #[error(
        "is a private key, which nobody but its device may have; take it out of this data, treat it as disclosed, and give \
         the public key"
    )]
    PrivateKey,
    /// The certificate of a CA where that of a device's key is expected.
    #[error("is the certificate of a CA; give the one that the CA issued for the TPM's endorsement key")]
    CaCertificate,
    /// Not a certificate.
    #[error("is not exactly one X.509 certificate in DER")]
    NotCertificate,
    /// PEM where DER is expected.
    #[error("is PEM; send the DER inside it (`openssl x509 -outform DER`)")]
    Pem,
    /// A certificate that is one in form, but that devices could not read.
    #[error("is a certificate that cannot be pinned: {reason}")]
    Unpinnable {
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate of version 1 or 2.
    #[error("is an X.509 certificate of an older version; version 3 is required")]
    NotVersion3,
}

/// A rule of the tree or of a component that is not met. Its message shows at most 64 characters of any one value.
///
/// Exhaustive on purpose: a new rule must break the mapping to gRPC statuses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// The parent has such a group already.
    #[error("a group with this parent and description exists already: `{}`", short(existing))]
    GroupExists {
        /// That group.
        existing: GroupId,
    },
    /// The tree would get too deep.
    #[error("the group would lie at depth {depth}, at most {max} is allowed")]
    TooDeep {
        /// Depth of the new group; a root has 0.
        depth: usize,
        /// The greatest depth.
        max: usize,
    },
    /// A root group cannot be deleted.
    #[error("`{}` is a root group; only the vendor deletes organizations", short(group))]
    RootGroup {
        /// The root.
        group: GroupId,
    },
    /// The group is not empty.
    #[error("the group is not empty: {}", left(*certificates, *users, *others, *components, *children))]
    NotEmpty {
        /// Domain certificates left.
        certificates: usize,
        /// Users left that the caller may see.
        users: usize,
        /// Users left that the caller may not see.
        others: usize,
        /// Components left.
        components: u64,
        /// Child groups left.
        children: usize,
    },
    /// An organization cannot delegate to itself.
    #[error("`{}` owns the group; delegate to another organization or to `*`", short(org))]
    OwnOrganization {
        /// The owner.
        org: OrgId,
    },
    /// The group lists the organization already.
    #[error("the group is delegated to `{}` already", Excerpt::of(delegate.as_str()))]
    AlreadyDelegated {
        /// Whom it lists.
        delegate: Delegate,
    },
    /// The group does not list the organization.
    #[error("the group itself is not delegated to `{}`", Excerpt::of(delegate.as_str()))]
    NotDelegated {
        /// Whom it does not list.
        delegate: Delegate,
    },
    /// Users hold roles that rest on the delegation.
    #[error(
        "the delegation to `{}` is in use by {} here or below, to be removed first",
        Excerpt::of(delegate.as_str()), counted(*users as u64, "role", "roles")
    )]
    DelegationInUse {
        /// Whose delegation.
        delegate: Delegate,
        /// How many roles rest on it.
        users: usize,
    },
    /// SUPPORT outside a root group.
    #[error("SUPPORT may be held in root groups only, and `{}` is not one", short(group))]
    SupportOutsideRoot {
        /// Where it was to be held.
        group: GroupId,
    },
    /// SUPPORT for a user of an organization that gives no support.
    #[error(
        "SUPPORT may be held only by users of the vendor's support organizations, and `{}` is not one",
        short(org)
    )]
    NotSupportOrg {
        /// The user's organization.
        org: OrgId,
    },
    /// The user has a role in the group.
    #[error(
        "the user has the role {role} in this group already; to change it, remove it, then add the other"
    )]
    RoleExists {
        /// Which.
        role: Role,
    },
    /// The user has no role in the group.
    #[error("`{}` has no role in this group", shown(user))]
    NoSuchRole {
        /// Who.
        user: User,
    },
    /// A stranger's organization has no source here.
    #[error(
        "the group is not delegated to `{}`; an ADMIN of the owner's root group can delegate it",
        short(org)
    )]
    NoDelegation {
        /// The user's organization.
        org: OrgId,
    },
    /// The component belongs to another organization than the group.
    #[error("`{component}` belongs to another organization than `{}`", short(group))]
    ForeignComponent {
        /// Which component.
        component: ComponentId,
        /// Which group.
        group: GroupId,
    },
    /// The component is in the group.
    #[error("`{component}` is in `{}` already", short(group))]
    AlreadyPlaced {
        /// Which component.
        component: ComponentId,
        /// Which group.
        group: GroupId,
    },
    /// Every component is in the root group.
    #[error(
        "every component is in its root group `{}` always; RemoveSerial takes it out of its other group",
        short(root)
    )]
    AlwaysInRoot {
        /// The root.
        root: GroupId,
    },
    /// A component cannot leave its root group.
    #[error("only the vendor takes components out of the root group `{}`", short(root))]
    NeverOutOfRoot {
        /// The root.
        root: GroupId,
    },
    /// The component is not in the group.
    #[error("`{component}` is not in `{}`", short(group))]
    NotPlaced {
        /// Which component.
        component: ComponentId,
        /// Which group.
        group: GroupId,
    },
    /// The group has such a certificate.
    #[error("the group has this certificate with the same checks and expiry already: `{}`", short(existing))]
    CertExists {
        /// Its id.
        existing: CertId,
    },
    /// Component and certificate belong to two organizations.
    #[error("certificate `{}` and component `{component}` belong to different organizations", short(cert))]
    ForeignCert {
        /// Which certificate.
        cert: CertId,
        /// Which component.
        component: ComponentId,
    },
    /// The voucher would end before it begins.
    #[error("the lifetime {} ended while the call was under way", rfc3339(end))]
    LifetimeOver {
        /// When it ended.
        end: DateTime<Utc>,
    },
    /// The voucher would outlive its certificate.
    #[error(
        "the lifetime may end at {} at the latest, the earlier one of the certificate's `expiry_time` and `notAfter`",
        rfc3339(latest)
    )]
    LifetimeTooLong {
        /// The smaller of `expiry_time` and the certificate's `notAfter`, to the second.
        latest: DateTime<Utc>,
    },
    /// Another device could take the voucher for its own (RFC 8366 §5.3).
    #[error(
        "`{component}` and {} share a serial number under one trust anchor and no IDevID issuer tells them apart, so a voucher could capture the other device",
        named(other.as_ref())
    )]
    AmbiguousSerial {
        /// The component asked for.
        component: ComponentId,
        /// The other one; `None` if the caller may not know which.
        other: Option<ComponentId>,
    },
}

/// An id as a message may show it.
fn short(id: &impl Borrow<str>) -> Excerpt {
    Excerpt::of(id.borrow())
}

fn shown(user: &User) -> String {
    format!("{}/{}/{}", short(&user.org), user.user_type, short(&user.username))
}

/// The way out for a key in another form.
fn instead(form: KeyForm) -> &'static str {
    match form {
        KeyForm::Certificate => "; a certificate of an endorsement key goes into `ek_certificate`",
        KeyForm::Pem => "; send the DER inside it (`openssl pkey -pubin -outform DER`)",
        KeyForm::Pkcs1 => "; convert it (`openssl rsa -RSAPublicKey_in -pubout -outform DER`)",
        KeyForm::Tpm2bPublic | KeyForm::TpmtPublic | KeyForm::TpmPubkey => {
            "; `component import` converts it when it is imported from a file"
        }
    }
}

fn rfc3339(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn named(component: Option<&ComponentId>) -> String {
    component.map_or_else(|| "another component".into(), |component| format!("`{component}`"))
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn left(certificates: usize, users: usize, others: usize, components: u64, children: usize) -> String {
    let parts = [
        (certificates as u64, "certificate", "certificates"),
        (users as u64, "user", "users"),
        (others as u64, "other user", "other users"),
        (components, "component", "components"),
        (children as u64, "child group", "child groups"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    format!("{} left", said.join(", "))
}
