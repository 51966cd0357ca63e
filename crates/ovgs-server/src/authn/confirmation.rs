//! Tokens that are bound to a client certificate (RFC 8705 §3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuthnError, Rejection, certificates::ClientCertificate, sha256};

/// What a token is bound to: its `cnf` (RFC 8705 §3.1). One with any other member is bound to something that cannot be
/// checked here, such as a DPoP key (RFC 9449 §6.1), and is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    #[serde(rename = "x5t#S256")]
    certificate_sha256: String,
}

impl Confirmation {
    /// Binds to a certificate in DER.
    pub(super) fn of(certificate: &[u8]) -> Confirmation {
        Confirmation { certificate_sha256: URL_SAFE_NO_PAD.encode(sha256(certificate)) }
    }

    /// Holds against the connection's certificate, which must be valid now: the connection may be older than its end.
    pub(super) fn check(&self, certificate: Option<&[u8]>, now: DateTime<Utc>) -> Result<(), AuthnError> {
        match certificate {
            Some(der) if Confirmation::of(der) == *self => ClientCertificate::read(der)?.is_valid_at(now),
            _ => {
                let text = "the token is bound to another client certificate";
                Err(AuthnError::rejected(Rejection::Binding, text))
            }
        }
    }
}
