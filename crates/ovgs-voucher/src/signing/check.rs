//! What must be true of a signer before its first voucher.

use std::fmt;

use chrono::{DateTime, Utc};
use x509_cert::ext::pkix::KeyUsages;

use super::{SigningChain, VoucherSigner};
use crate::{Certificate, SetupError, algorithm::Scheme, crypto, echo::echo, oid, path};

/// What the trial signature signs: nothing that could be taken for a voucher's signed attributes, which are a
/// SET.
const TRIAL: &[u8] = b"trial signature of ovgs-voucher";

/// Something about a signer that works, but should be known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An issuer ends before the signing certificate does: vouchers die with the first of the chain.
    IssuerEndsFirst {
        /// The issuer.
        subject: String,
    },
    /// A certificate restricts its use; OpenSSL accepts this one, other verifiers may not.
    ExtendedKeyUsage {
        /// Whose.
        subject: String,
    },
    /// The signing certificate does not say what its key is for.
    NoKeyUsage,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuerEndsFirst { subject } => {
                write!(f, "`{subject}` expires before the signing certificate that it issued")
            }
            Self::ExtendedKeyUsage { subject } => {
                write!(f, "`{subject}` has an extended key usage, which some verifiers refuse")
            }
            Self::NoKeyUsage => {
                f.write_str("the signing certificate has no key usage; it should say digitalSignature")
            }
        }
    }
}

/// Checks that devices will accept, `at` this time, what `signer` signs under `chain`.
///
/// One trial signature is made. In this order: every certificate is within its dates, has no key under 2048
/// bits and no critical extension nobody knows; each is signed by the next, the root by itself, none with
/// SHA-1, all issuers being CAs; the signing certificate is no CA and may sign; no extended key usage keeps
/// `openssl cms -verify` from accepting it; and the signer's key is the certificate's.
///
/// # Errors
/// [`SetupError`], with the way out in its message.
pub async fn check(
    chain: &SigningChain,
    signer: &dyn VoucherSigner,
    at: DateTime<Utc>,
) -> Result<Vec<Warning>, SetupError> {
    links(chain.certificates(), Some(at))?;
    purposes(chain)?;
    key_fits(chain.signer(), signer).await?;
    Ok(warnings(chain))
}

fn links(chain: &[Certificate], at: Option<DateTime<Utc>>) -> Result<(), SetupError> {
    for certificate in chain {
        path::usable(certificate, at)?;
    }
    for (depth, pair) in chain.array_windows().enumerate() {
        let [subject, issuer] = pair;
        let below = path::intermediates(chain.get(..=depth).unwrap_or_default());
        path::link(subject, issuer, below, at)?;
    }
    if let Some(root) = chain.last() {
        path::signed_by(root, root)?;
    }
    Ok(())
}

fn purposes(chain: &SigningChain) -> Result<(), SetupError> {
    let signer = chain.signer().extensions();
    let subject = || echo(chain.signer().subject());
    if signer.basic_constraints.as_ref().is_some_and(|constraints| constraints.ca) {
        return Err(SetupError::SignerIsCa { subject: subject() });
    }
    if signer.key_usage.is_some_and(|usage| !usage.0.contains(KeyUsages::DigitalSignature)) {
        return Err(SetupError::NoDigitalSignature { subject: subject() });
    }
    let refused = |certificate: &&Certificate| {
        certificate
            .extensions()
            .extended_key_usage
            .as_ref()
            .is_some_and(|usages| !usages.contains(&oid::EMAIL_PROTECTION))
    };
    match chain.certificates().iter().find(refused) {
        Some(certificate) => Err(SetupError::ExtendedKeyUsage { subject: echo(certificate.subject()) }),
        None => Ok(()),
    }
}

async fn key_fits(certificate: &Certificate, signer: &dyn VoucherSigner) -> Result<(), SetupError> {
    let algorithm = signer.algorithm();
    let misfit = || SetupError::KeyMismatch { subject: echo(certificate.subject()) };
    let signature = signer.sign(TRIAL).await.map_err(SetupError::Trial)?;
    let scheme = Scheme::read(algorithm.identifier(), Some(algorithm.hash())).map_err(|_| misfit())?;
    if crypto::is_signed(scheme, certificate.key_kind(), certificate.key(), TRIAL, &signature) {
        Ok(())
    } else {
        Err(misfit())
    }
}

fn warnings(chain: &SigningChain) -> Vec<Warning> {
    let signer = chain.signer();
    let mut warnings = Vec::new();
    if signer.extensions().key_usage.is_none() {
        warnings.push(Warning::NoKeyUsage);
    }
    for certificate in chain.certificates() {
        let subject = || echo(certificate.subject());
        if certificate.extensions().extended_key_usage.is_some() {
            warnings.push(Warning::ExtendedKeyUsage { subject: subject() });
        }
        if certificate.not_after() < signer.not_after() {
            warnings.push(Warning::IssuerEndsFirst { subject: subject() });
        }
    }
    warnings
}
