use std::{borrow::Cow, error::Error};

use thiserror::Error;

/// Why nobody is known to be calling.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthnError {
    /// No credential, or none that is valid. All of this is for log and metrics alone; a caller learns only that it is
    /// so.
    #[error("the credentials are missing or not valid: {reason}")]
    Unauthenticated {
        /// Who refused them, by [`Authenticator::name`](super::Authenticator::name); `None` if nobody knew them.
        by: Option<&'static str>,
        /// The kind of reason.
        rejection: Rejection,
        /// What is wrong, without any part of a token.
        reason: Cow<'static, str>,
    },
    /// Whoever could tell is out of reach.
    #[error("the authority that could verify the credentials is out of reach")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl AuthnError {
    /// A refusal with its reason for the log.
    #[must_use]
    pub fn unauthenticated(reason: impl Into<Cow<'static, str>>) -> AuthnError {
        AuthnError::rejected(Rejection::Other, reason)
    }

    /// A refusal of a known kind.
    #[must_use]
    pub fn rejected(rejection: Rejection, reason: impl Into<Cow<'static, str>>) -> AuthnError {
        AuthnError::Unauthenticated { by: None, rejection, reason: reason.into() }
    }

    /// The same, said by this authenticator, unless another one has said it.
    #[must_use]
    pub fn by(self, name: &'static str) -> AuthnError {
        match self {
            AuthnError::Unauthenticated { by: None, rejection, reason } => {
                AuthnError::Unauthenticated { by: Some(name), rejection, reason }
            }
            other => other,
        }
    }
}

/// A kind of reason to refuse credentials: few, so that they can be counted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// There are none, or none that anybody knows.
    Unknown,
    /// They have no form that is known, or too many.
    Form,
    /// A token that is meant for something else: no access token, or with parameters that must be understood.
    Kind,
    /// A token's algorithm.
    Algorithm,
    /// No such key.
    Key,
    /// The signature.
    Signature,
    /// The audience.
    Audience,
    /// They were good once.
    Expired,
    /// They are not good yet.
    Early,
    /// They are bound to a client certificate that is not there.
    Binding,
    /// They were revoked.
    Revoked,
    /// They name nobody, or somebody whom their issuer may not name.
    Claims,
    /// The client certificate is good for something else, or names nobody.
    Certificate,
    /// The user directory does not know whom they name.
    Directory,
    /// Anything else.
    Other,
}

impl Rejection {
    /// Its name in metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Rejection::Unknown => "unknown",
            Rejection::Form => "form",
            Rejection::Kind => "kind",
            Rejection::Algorithm => "algorithm",
            Rejection::Key => "key",
            Rejection::Signature => "signature",
            Rejection::Audience => "audience",
            Rejection::Expired => "expired",
            Rejection::Early => "early",
            Rejection::Binding => "binding",
            Rejection::Revoked => "revoked",
            Rejection::Claims => "claims",
            Rejection::Certificate => "certificate",
            Rejection::Directory => "directory",
            Rejection::Other => "other",
        }
    }
}
