//! What must be true of a signer before its first voucher.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use x509_cert::ext::pkix::KeyUsages;

use super::{SigningChain, Template, VoucherSigner};
use crate::{
    Assertion, Certificate, IssueError, PinnedCert, Profile, SetupError, TrustAnchors, VerifyError,
    VerifyOptions, Voucher, echo::echo, oid, path, verify,
};

/// The device that the trial voucher is for.
const TRIAL: &str = "none: a trial of the signer";

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
/// In this order: every certificate is within its dates, has no key under 2048
/// bits and no critical extension nobody knows; each is signed by the next, the root by itself, none with
/// SHA-1, all issuers being CAs; the signing certificate is no CA and may sign; no extended key usage keeps
/// `openssl cms -verify` from accepting it; and a trial voucher, which the signer signs, verifies. It is for no
/// device and over after a second.
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
    trial(chain, signer, at).await?;
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

/// Issues a voucher and verifies it as a device would.
///
/// It is for no device, pins the manufacturer's own root and is over after a second, so that it does no harm
/// wherever a signer may keep what it signed.
async fn trial(
    chain: &SigningChain,
    signer: &dyn VoucherSigner,
    at: DateTime<Utc>,
) -> Result<(), SetupError> {
    let template =
        Template::new(chain, Profile::Rfc8366, signer.algorithm()).map_err(SetupError::TrialVoucher)?;
    let voucher = PinnedCert::from_der(chain.root().der())
        .and_then(|root| {
            Voucher::builder(at, Assertion::Verified, TRIAL, root)
                .expires_on(at + TimeDelta::seconds(1))
                .build()
        })
        .map_err(SetupError::TrialVoucher)?;
    let der = template.issue(&voucher, signer).await.map_err(|error| match error {
        IssueError::Invalid(invalid) => SetupError::TrialVoucher(invalid),
        IssueError::Signer(error) => SetupError::Trial(error),
    })?;
    match verify(&der, &TrustAnchors::new([chain.root().clone()]), &VerifyOptions::at(at)) {
        Ok(_) => Ok(()),
        Err(VerifyError::Signature) => {
            Err(SetupError::KeyMismatch { subject: echo(chain.signer().subject()) })
        }
        Err(refusal) => Err(SetupError::TrialRefused(refusal)),
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
