//! One issuer: a signer with its chain, and what its vouchers say.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{Component, DomainCert, Excerpt, Fingerprint, Ien};
use ovgs_voucher::{
    Assertion, Certificate, IdevidIssuer, Invalid, IssueError, KeyKind, PinnedCert, Prepared, Profile,
    SignerError, SigningChain, Template, Voucher, VoucherSigner,
};
use thiserror::Error;

/// Whether an issuer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerState {
    /// It signs.
    Active,
    /// It signs no more, but its vouchers are still about and its root stays in the trust bundle.
    Retired,
}

/// What an issuer is made of.
#[derive(Clone, Debug)]
pub struct IssuerParts {
    /// Its name in configuration and journal.
    pub name: String,
    /// The manufacturer's name, for people.
    pub manufacturer: String,
    /// The manufacturers' numbers it serves.
    pub iens: BTreeSet<Ien>,
    /// Whether it signs.
    pub state: IssuerState,
    /// What signs.
    pub signer: Arc<dyn VoucherSigner>,
    /// The signer's certificate and its issuers up to the root.
    pub chain: SigningChain,
    /// The form of the CMS object.
    pub profile: Profile,
    /// How ownership is asserted.
    pub assertion: Assertion,
    /// How far `created-on` lies before now, for devices whose clocks are slow.
    pub created_on_backdate: TimeDelta,
    /// Whether `last-renewal-date` is given, equal to `expires-on`.
    pub last_renewal_date: bool,
}

/// A voucher could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IssuingError {
    /// It cannot be written.
    #[error("the voucher cannot be written")]
    Invalid(#[from] Invalid),
    /// It was not signed.
    #[error("the voucher was not signed")]
    Issue(#[from] IssueError),
}

/// A voucher, signed.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) cms: Vec<u8>,
    pub(crate) content: Fingerprint,
}

/// One issuer, ready to sign. A clone gives out the same `created-on` times, each of them once.
#[derive(Clone)]
pub struct Issuer {
    parts: IssuerParts,
    template: Template,
    signer_cert: Fingerprint,
    /// What a voucher is larger than its content, at most.
    overhead: usize,
    /// The last `created-on` given out, in microseconds since 1970. It is the one in the voucher, backdating included,
    /// because a reload may change by how much times are backdated.
    last_created_on: Arc<AtomicI64>,
}

impl Issuer {
    /// Makes an issuer of its parts. That key and chain fit each other is asked before, by `ovgs_voucher::check`.
    ///
    /// # Errors
    /// [`IssuingError`] if a voucher of this chain cannot be encoded.
    pub fn new(parts: IssuerParts) -> Result<Issuer, IssuingError> {
        let template = Template::new(&parts.chain, parts.profile, parts.signer.algorithm())?;
        let overhead = overhead(&template, parts.chain.signer().key_kind())?;
        let signer_cert = Fingerprint::of(parts.chain.signer().der());
        Ok(Issuer {
            parts,
            template,
            signer_cert,
            overhead,
            last_created_on: Arc::new(AtomicI64::new(i64::MIN)),
        })
    }

    /// The same issuer, which from now on shares the times it gives out with `before`: vouchers that are still being
    /// made by that one have none that this one's have.
    #[must_use]
    pub(super) fn going_on_from(self, before: &Issuer) -> Issuer {
        Issuer { last_created_on: before.last_created_on.clone(), ..self }
    }

    /// Its name in configuration and journal.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// The manufacturer's name, for people.
    #[must_use]
    pub fn manufacturer(&self) -> &str {
        &self.parts.manufacturer
    }

    /// The manufacturers' numbers it serves.
    #[must_use]
    pub fn iens(&self) -> &BTreeSet<Ien> {
        &self.parts.iens
    }

    /// Whether it signs.
    #[must_use]
    pub fn state(&self) -> IssuerState {
        self.parts.state
    }

    /// Whether it signs.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.parts.state == IssuerState::Active
    }

    /// Whether it signs, and its chain ends before a voucher would that is made `at` this time for as long as can be,
    /// and with it the voucher.
    #[must_use]
    pub fn ends_early(&self, longest: Option<TimeDelta>, at: DateTime<Utc>) -> bool {
        let end = longest.and_then(|longest| at.checked_add_signed(longest));
        self.is_active() && end.is_some_and(|end| end > self.chain().not_after())
    }

    /// The signer's certificate and its issuers up to the root.
    #[must_use]
    pub fn chain(&self) -> &SigningChain {
        &self.parts.chain
    }

    /// SHA-256 of the signer's certificate.
    #[must_use]
    pub fn signer_cert(&self) -> Fingerprint {
        self.signer_cert
    }

    /// Writes a voucher of now, with a `created-on` that no other voucher of this issuer has.
    ///
    /// # Errors
    /// [`IssuingError::Invalid`] if the parts do not make a voucher.
    pub fn write(
        &self,
        component: &Component,
        cert: &DomainCert,
        pinned: PinnedCert,
        expires_on: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Voucher, IssuingError> {
        let serial = component.id.serial_number.as_str();
        let mut voucher = Voucher::builder(self.created_on(now), self.parts.assertion, serial, pinned)
            .revocation_checks(cert.revocation_checks);
        if let Some(end) = expires_on {
            voucher = voucher.expires_on(end);
        }
        if let Some(end) = expires_on.filter(|_| self.parts.last_renewal_date) {
            voucher = voucher.last_renewal_date(end);
        }
        if let Some(issuer) = &component.facts.idevid_issuer {
            voucher = voucher.idevid_issuer(IdevidIssuer::from_der(issuer.der())?);
        }
        Ok(voucher.build()?)
    }

    /// Signs a voucher, waiting for the signer where it is elsewhere.
    ///
    /// What comes from elsewhere is looked at before it becomes a voucher: a signer that sends anything but a signature by
    /// the key in our certificate counts as out of reach.
    pub(crate) async fn sign(&self, voucher: &Voucher) -> Result<Signed, IssuingError> {
        let prepared = self.prepare(voucher)?;
        let signature = self.parts.signer.sign(prepared.to_sign()).await.map_err(IssueError::from)?;
        if !self.is_local() && !self.chain().signer().has_signed(prepared.to_sign(), &signature) {
            return Err(IssueError::Signer(not_by(self.chain().signer())).into());
        }
        Signed::assemble(&prepared, &signature)
    }

    /// Signs a voucher on this thread. `None` if the signer is not in this process.
    pub(crate) fn sign_now(&self, voucher: &Voucher) -> Option<Result<Signed, IssuingError>> {
        let signer = self.parts.signer.local()?;
        let sign = || {
            let prepared = self.prepare(voucher)?;
            let signature = signer.sign_now(prepared.to_sign()).map_err(IssueError::from)?;
            Signed::assemble(&prepared, &signature)
        };
        Some(sign())
    }

    /// The half before the signature; the signing-time is the second of `created-on`.
    fn prepare(&self, voucher: &Voucher) -> Result<Prepared, IssuingError> {
        Ok(self.template.prepare(voucher.to_json(), voucher.created_on())?)
    }

    /// Whether the signer is in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.parts.signer.local().is_some()
    }

    /// How large a voucher is at most, before it is signed.
    pub(crate) fn largest(&self, component: &Component, pinned: &PinnedCert) -> usize {
        /// The JSON without the values whose length varies.
        const FRAME: usize = 352;
        let idevid =
            component.facts.idevid_issuer.as_ref().map_or(0, |issuer| issuer.der().len() * 4 / 3 + 32);
        // In JSON, a character of a serial number takes two at most.
        let serial = component.id.serial_number.as_str().len() * 2;
        self.overhead + FRAME + serial + idevid + pinned.base64().len()
    }

    /// Now, backdated and floored to the microsecond, or the microsecond after the last one given out if that one is used.
    fn created_on(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let wanted = (now - self.parts.created_on_backdate).timestamp_micros();
        let after = |last: i64| wanted.max(last.saturating_add(1));
        let last =
            self.last_created_on.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
        let micros = after(last.unwrap_or_else(|last| last));
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }
}

impl Signed {
    fn assemble(prepared: &Prepared, signature: &[u8]) -> Result<Signed, IssuingError> {
        let content = Fingerprint::from_bytes(prepared.content_sha256());
        Ok(Signed { content, cms: prepared.assemble(signature)? })
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("name", &self.parts.name)
            .field("iens", &self.parts.iens)
            .field("state", &self.parts.state)
            .finish_non_exhaustive()
    }
}

fn not_by(certificate: &Certificate) -> SignerError {
    let subject = Excerpt::of(certificate.subject());
    SignerError::OutOfReach {
        cause: format!("what the signer sent is no signature by the key of `{subject}`"),
        source: None,
    }
}

/// Assembles a voucher with a signature of the greatest length and sees what is added to the content.
fn overhead(template: &Template, key: KeyKind) -> Result<usize, IssuingError> {
    /// What the lengths in front of a larger content take.
    const LENGTHS: usize = 16;
    const CONTENT: usize = 1024;
    let signature = match key {
        // SEQUENCE { r, s } with a sign octet each.
        KeyKind::P256 => 72,
        KeyKind::P384 => 104,
        KeyKind::Rsa { bits } => bits.div_ceil(8),
        _ => 512,
    };
    let prepared = template.prepare(vec![b' '; CONTENT], DateTime::UNIX_EPOCH)?;
    Ok(prepared.assemble(&vec![0; signature])?.len() - CONTENT + LENGTHS)
}
