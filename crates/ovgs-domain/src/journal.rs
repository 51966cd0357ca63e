//! What the journal tells: who did what, and which vouchers left the service.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    CertId, Change, ComponentId, Description, Excerpt, Fingerprint, GroupId, Invalid, OrgId, Revision, User,
    Username,
};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// A caller of the service.
    User(User),
    /// Somebody at the vendor's command line, by the name of their account on that machine.
    Cli(Username),
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Author::User(user) => user.fmt(f),
            Author::Cli(name) => write!(f, "cli:{name}"),
        }
    }
}

/// The id of one request, which ties an answer to its log lines and journal records: 1..=64 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Reads a request id.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1..=64 characters of printable ASCII.
    pub fn parse(value: &str) -> Result<RequestId, Invalid> {
        match value.chars().count() {
            0 => Err(Invalid::Empty),
            length if length > 64 => Err(Invalid::TooLong { length, max: 64 }),
            _ if !value.bytes().all(|b| (b' '..=b'~').contains(&b)) => {
                Err(Invalid::NotAscii(Excerpt::of(value)))
            }
            _ => Ok(RequestId(value.into())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that happened, as the journal keeps it, beside its time and author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The vendor created an organization.
    OrgCreated {
        /// Which.
        org: OrgId,
        /// What people call it.
        description: Description,
    },
    /// The vendor deleted an organization.
    OrgDeleted {
        /// Which.
        org: OrgId,
    },
    /// A tree moved.
    TreeChanged {
        /// Whose.
        org: OrgId,
        /// The revision it reached.
        revision: Revision,
        /// The step.
        change: Change,
    },
    /// A component moved between groups of its organization.
    ComponentPlaced {
        /// Which.
        component: ComponentId,
        /// Whose.
        org: OrgId,
        /// Where it was; `None`: in the root alone.
        from: Option<GroupId>,
        /// Where it is; `None`: in the root alone.
        to: Option<GroupId>,
    },
    /// The vendor entered a component.
    ComponentAdded {
        /// Which.
        component: ComponentId,
        /// Whose.
        org: OrgId,
    },
    /// The vendor corrected facts of a component.
    ComponentUpdated {
        /// Which.
        component: ComponentId,
        /// Whose.
        org: OrgId,
    },
    /// The vendor took a component out of its organization.
    ComponentRetired {
        /// Which.
        component: ComponentId,
        /// Whose it was.
        org: OrgId,
    },
    /// The vendor moved a component into another organization.
    ComponentTransferred {
        /// Which.
        component: ComponentId,
        /// Whose it was.
        from: OrgId,
        /// Whose it is.
        to: OrgId,
    },
    /// A user was registered.
    UserAdded {
        /// Who.
        user: User,
    },
    /// A user was removed, its tokens with it.
    UserRemoved {
        /// Who.
        user: User,
    },
    /// A token of the server's own was issued.
    TokenIssued {
        /// Its id (`jti`).
        jti: String,
        /// Whose.
        user: User,
        /// Until when it is good.
        expires_at: DateTime<Utc>,
    },
    /// A token was revoked.
    TokenRevoked {
        /// Its id (`jti`).
        jti: String,
        /// Whose it was.
        user: User,
    },
}

/// The journal's record of a voucher that left the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedVoucher {
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// For whom.
    pub caller: User,
    /// In which request.
    pub request_id: RequestId,
    /// Whose component.
    pub org: OrgId,
    /// Which component.
    pub component: ComponentId,
    /// Which domain certificate.
    pub cert: CertId,
    /// SHA-256 of the pinned certificate.
    pub pinned_cert: Fingerprint,
    /// SHA-256 of the signed JSON.
    pub content: Fingerprint,
    /// SHA-256 of the whole CMS object.
    pub voucher: Fingerprint,
    /// The voucher's `created-on`.
    pub created_on: DateTime<Utc>,
    /// The voucher's `expires-on`; `None` if it has none.
    pub expires_on: Option<DateTime<Utc>>,
    /// The name of the issuer that signed it.
    pub issuer: String,
    /// SHA-256 of the signer's certificate.
    pub signer_cert: Fingerprint,
}
