//! The certificates that go with a signing key.

use chrono::{DateTime, Utc};

use crate::{Certificate, SetupError, echo::echo};

/// The signing certificate and its issuers up to a self-issued root, in this order.
///
/// Invariant: each certificate names the next one as its issuer, only the last one names itself, none stands
/// twice. That each also *signed* the one before it is what `check` finds out.
#[derive(Clone, Debug)]
pub struct SigningChain {
    certificates: Vec<Certificate>,
}

impl SigningChain {
    /// Takes the signing certificate first and all its issuers after it, in any order, some perhaps twice.
    ///
    /// # Errors
    /// [`SetupError::NoCertificate`] for none at all, [`SetupError::IncompleteChain`] if an issuer is
    /// missing, [`SetupError::StrayCertificate`] for one that is nobody's issuer here.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Result<Self, SetupError> {
        let mut rest: Vec<Certificate> = Vec::new();
        for certificate in certificates {
            if !rest.contains(&certificate) {
                rest.push(certificate);
            }
        }
        if rest.is_empty() {
            return Err(SetupError::NoCertificate);
        }
        let mut last = rest.remove(0);
        let mut chain = vec![last.clone()];
        while !last.is_self_issued() {
            let Some(position) = rest.iter().position(|other| last.names_as_issuer(other)) else {
                return Err(SetupError::IncompleteChain {
                    subject: echo(last.subject()),
                    issuer: echo(last.issuer()),
                });
            };
            last = rest.remove(position);
            chain.push(last.clone());
        }
        match rest.first() {
            Some(stray) => Err(SetupError::StrayCertificate { subject: echo(stray.subject()) }),
            None => Ok(Self { certificates: chain }),
        }
    }

    /// Takes the `CERTIFICATE` sections of a PEM text, the signing certificate first.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`SetupError::Certificates`] for what is no PEM of certificates.
    pub fn from_pem(pem: &[u8]) -> Result<Self, SetupError> {
        Self::new(Certificate::all_from_pem(pem).map_err(SetupError::Certificates)?)
    }

    /// The certificate of the signing key.
    pub fn signer(&self) -> &Certificate {
        // Invariant: there is at least one.
        #[expect(clippy::expect_used, reason = "`new` refuses an empty chain")]
        self.certificates.first().expect("a chain is never empty")
    }

    /// The self-issued root: the trust anchor to give to devices and auditors.
    pub fn root(&self) -> &Certificate {
        #[expect(clippy::expect_used, reason = "`new` refuses an empty chain")]
        self.certificates.last().expect("a chain is never empty")
    }

    /// All certificates, signer first, root last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The last second in which every certificate of the chain is valid.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.certificates.iter().map(Certificate::not_after).min().unwrap_or(DateTime::UNIX_EPOCH)
    }
}
