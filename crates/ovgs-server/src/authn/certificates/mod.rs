//! Client certificates.

mod names;
mod read;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use self::names::{BadCertificateName, CertificateName, CertificateNames};
pub(super) use self::read::ClientCertificate;
use super::{Authenticator, AuthnError, Credentials, Identity};

/// Knows callers by the client certificate of their connection, if they send no token.
///
/// That its chain leads to the CA configured for clients is seen to in the TLS handshake. Here, at each call, it must be
/// valid at that time, be made for client authentication, and name exactly one user (RFC 8705 §2.1.2: whole names that
/// are equal, never parts of one).
#[derive(Debug)]
pub struct ClientCertificateAuthenticator {
    names: CertificateNames,
}

impl ClientCertificateAuthenticator {
    /// Takes certificates for the users that they name.
    #[must_use]
    pub fn new(names: CertificateNames) -> ClientCertificateAuthenticator {
        ClientCertificateAuthenticator { names }
    }
}

#[async_trait]
impl Authenticator for ClientCertificateAuthenticator {
    fn name(&self) -> &'static str {
        "client_certificates"
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        // Beside a token a certificate serves only to bind it.
        let (None, Some(der)) = (&credentials.bearer, &credentials.client_certificate) else {
            return Ok(None);
        };
        let certificate = ClientCertificate::read(der)?;
        certificate.is_valid_at(now)?;
        certificate.is_for_clients()?;
        Ok(Some(Identity { user: self.names.user(&certificate)? }))
    }
}
