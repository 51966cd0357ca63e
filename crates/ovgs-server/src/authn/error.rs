use std::error::Error;

use thiserror::Error;

/// Why nobody is known to be calling.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthnError {
    /// No credential, or none that is valid. The reason is for the log alone; a caller learns only that it is so.
    #[error("the credentials are missing or not valid: {reason}")]
    Unauthenticated {
        /// What is wrong, without any part of a token.
        reason: String,
    },
    /// Whoever could tell is out of reach.
    #[error("the authority that could verify the credentials is out of reach")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl AuthnError {
    /// A refusal with its reason for the log.
    #[must_use]
    pub fn unauthenticated(reason: impl Into<String>) -> AuthnError {
        AuthnError::Unauthenticated { reason: reason.into() }
    }
}
