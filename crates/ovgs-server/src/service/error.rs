//! Why a use case did not succeed.

use std::error::Error;

use ovgs_authz::Denied;
use ovgs_domain::{CertId, ComponentId, Excerpt, GroupId, Ien, OrgId, User, Violation};
use ovgs_store::StoreError;
use thiserror::Error;

/// The way out where an answer has no parts that could be asked for one by one.
pub(super) const RAISE_THE_LIMIT: &str = "have the vendor raise `limits.max_response_bytes`";

/// Something named in a call that is not there. Its message shows at most 64 characters of any one value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotFound {
    /// No such group.
    #[error("group `{}` does not exist", Excerpt::of(.0.as_str()))]
    Group(GroupId),
    /// No such component.
    #[error("component `{0}` does not exist")]
    Component(ComponentId),
    /// No such certificate.
    #[error("certificate `{}` does not exist", Excerpt::of(.0.as_str()))]
    Cert(CertId),
    /// No such organization.
    #[error("organization `{}` does not exist", Excerpt::of(.0.as_str()))]
    Org(OrgId),
    /// No such user.
    #[error(
        "{} `{}` of `{}` is not known here",
        .0.user_type, Excerpt::of(.0.username.as_str()), Excerpt::of(.0.org.as_str())
    )]
    User(User),
    /// No such token, or nobody's that the caller may know of.
    #[error("token `{}` does not exist", Excerpt::of(.0))]
    Token(String),
}

/// Why no issuer can sign.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoIssuer {
    /// Nobody signs for the manufacturer any more.
    #[error("no active issuer serves the manufacturer {ien}")]
    NoneActive {
        /// Which manufacturer.
        ien: Ien,
    },
    /// The signer's certificate, or its chain, has expired.
    #[error("the certificate of the issuer `{}` has expired", Excerpt::of(.issuer))]
    Expired {
        /// Which issuer.
        issuer: String,
    },
}

/// Why a use case did not succeed.
///
/// Exhaustive on purpose: a new reason must break the mapping to gRPC statuses.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// What is acted on is not there.
    #[error("{0}")]
    NotFound(NotFound),
    /// In the voucher calls: the component or the certificate is not there.
    #[error("{0}")]
    NothingToVouchFor(NotFound),
    /// The caller may not.
    #[error("{0}")]
    Denied(Denied),
    /// A rule stands against it.
    #[error("{0}")]
    Violation(Violation),
    /// No issuer can sign.
    #[error("{0}")]
    NoIssuer(NoIssuer),
    /// One component of a batch, at a position counting from 0.
    #[error("{list}[{position}] (`{component}`): {error}")]
    At {
        /// The name of the list in the call.
        list: &'static str,
        /// Where it stands.
        position: usize,
        /// Which it is.
        component: ComponentId,
        /// What is wrong with it.
        error: Box<ServiceError>,
    },
    /// The account is registered.
    #[error(
        "{} `{}` of `{}` is registered already",
        .0.user_type, Excerpt::of(.0.username.as_str()), Excerpt::of(.0.org.as_str())
    )]
    Registered(User),
    /// There is no key for tokens here.
    #[error("this server issues no tokens of its own")]
    NoTokens,
    /// The answer would be larger than the limit.
    #[error("the answer would be larger than {limit} bytes; {way_out}")]
    TooLarge {
        /// The limit, `limits.max_response_bytes`.
        limit: usize,
        /// What to do instead.
        way_out: String,
    },
    /// Others wrote first, again and again.
    #[error("the organization is being changed by others; try again")]
    Contended,
    /// The signer is out of reach.
    #[error("the signer is out of reach; try again")]
    SignerUnavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The store is out of reach.
    #[error("the store is out of reach; try again")]
    StoreUnavailable(#[source] StoreError),
    /// Our fault; the log has the chain.
    #[error("internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl ServiceError {
    /// A fault of ours.
    pub(crate) fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> ServiceError {
        ServiceError::Internal(source.into())
    }

    /// The same without its position in a batch.
    pub(crate) fn without_position(self) -> ServiceError {
        match self {
            ServiceError::At { error, .. } => *error,
            error => error,
        }
    }

    /// The same in a voucher call, where what is missing is a failed precondition.
    pub(crate) fn in_voucher_call(self) -> ServiceError {
        match self {
            ServiceError::NotFound(missing) => ServiceError::NothingToVouchFor(missing),
            ServiceError::At { list, position, component, error } => {
                ServiceError::At { list, position, component, error: Box::new(error.in_voucher_call()) }
            }
            error => error,
        }
    }

    /// The same, said of one component of a batch.
    pub(crate) fn at(self, list: &'static str, position: usize, component: &ComponentId) -> ServiceError {
        ServiceError::At { list, position, component: component.clone(), error: Box::new(self) }
    }
}

impl From<Denied> for ServiceError {
    fn from(denied: Denied) -> ServiceError {
        ServiceError::Denied(denied)
    }
}

impl From<Violation> for ServiceError {
    fn from(violation: Violation) -> ServiceError {
        ServiceError::Violation(violation)
    }
}

impl From<NotFound> for ServiceError {
    fn from(missing: NotFound) -> ServiceError {
        ServiceError::NotFound(missing)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> ServiceError {
        match error {
            StoreError::Conflict => ServiceError::Contended,
            StoreError::Unavailable(_) => ServiceError::StoreUnavailable(error),
            error => ServiceError::internal(error),
        }
    }
}
