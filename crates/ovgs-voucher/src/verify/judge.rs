//! The verdict on one voucher.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Note, TrustAnchors, rules, signer};
use crate::{
    Certificate, Crl, Profile, RevocationChecks, VerifyError, Voucher, cms::decode::SignedData, echo::echo,
};

/// What a voucher has to be, beyond genuine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// The moment for which everything is judged: the chain and the voucher's own dates.
    pub at: DateTime<Utc>,
    /// The device it has to be for, compared byte for byte; none takes any.
    pub serial: Option<String>,
    /// The profile it has to have; none takes both, and notes what is old style. [`Profile::Rfc8366`] also
    /// turns every note into a refusal.
    pub profile: Option<Profile>,
    /// Revocation lists of the signer's issuers, beside those embedded in the voucher.
    pub crls: Vec<Crl>,
    /// How much has to be known about the revocation of the signer and its issuers.
    pub revocation: RevocationChecks,
}

impl VerifyOptions {
    /// Takes a voucher of any profile for any device, judged at this moment, unless its signer is known to
    /// be revoked.
    pub fn at(at: DateTime<Utc>) -> Self {
        Self { at, serial: None, profile: None, crls: Vec::new(), revocation: RevocationChecks::Known }
    }

    /// Takes only vouchers for this device.
    #[must_use]
    pub fn serial(mut self, serial: impl Into<String>) -> Self {
        self.serial = Some(serial.into());
        self
    }

    /// Takes only vouchers of this profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Knows these revocation lists, too.
    #[must_use]
    pub fn crls(mut self, crls: impl IntoIterator<Item = Crl>) -> Self {
        self.crls.extend(crls);
        self
    }

    /// Looks at revocation as much as this.
    #[must_use]
    pub fn revocation(mut self, checks: RevocationChecks) -> Self {
        self.revocation = checks;
        self
    }
}

/// A voucher that was found good, and what was found on the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The voucher.
    pub voucher: Voucher,
    /// Its JSON, as it was signed.
    pub content: Vec<u8>,
    /// How it stands in CMS.
    pub profile: Profile,
    /// The signer's claim when it signed, if it made one.
    pub signing_time: Option<DateTime<Utc>>,
    /// The way from the signer's certificate to the trust anchor, both included.
    pub chain: Vec<Certificate>,
    /// What is old style about it.
    pub notes: Vec<Note>,
}

impl Verified {
    /// The signer's certificate.
    pub fn signer(&self) -> Option<&Certificate> {
        self.chain.first()
    }
}

/// Judges a voucher in DER.
///
/// It must be one strict DER SignedData with its content, of one signer named by issuer and serial number,
/// with signed attributes in DER order, each once and with one value, that name the content's type and
/// digest; signed without SHA-1, by a key whose chain reaches `anchors` and of which nothing is revoked; with
/// no certificate and no revocation list embedded that is not of that chain; a voucher of RFC 8366 for the
/// wanted device; and everything valid at the wanted moment, `created-on <= at < expires-on`.
///
/// # Errors
/// The first rule not kept, as its own [`VerifyError`].
pub fn verify(der: &[u8], anchors: &TrustAnchors, options: &VerifyOptions) -> Result<Verified, VerifyError> {
    judge(
        der,
        anchors,
        &Demands {
            at: Some(options.at),
            serial: options.serial.as_deref(),
            profile: options.profile,
            crls: &options.crls,
            revocation: options.revocation,
        },
    )
}

/// [`VerifyOptions`] for whoever may have no clock: without a moment, dates are not looked at.
#[derive(Clone, Copy)]
pub(crate) struct Demands<'a> {
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) serial: Option<&'a str>,
    pub(crate) profile: Option<Profile>,
    pub(crate) crls: &'a [Crl],
    pub(crate) revocation: RevocationChecks,
}

/// As [`verify`].
pub(crate) fn judge(
    der: &[u8],
    anchors: &TrustAnchors,
    demands: &Demands<'_>,
) -> Result<Verified, VerifyError> {
    let (data, trailing) = SignedData::read(der)?;
    if trailing > 0 {
        return Err(VerifyError::TrailingOctets { octets: trailing });
    }
    let mut notes = Vec::new();
    rules::RULES.iter().try_for_each(|rule| rule(&data, &mut notes))?;
    let chain = signer::chain(&data, anchors, demands, &mut notes)?;
    let content = rules::content(&data)?;
    let voucher = voucher(content, demands, &mut notes)?;
    let profile = rules::profile(&data)?;
    as_demanded(profile, demands.profile, &mut notes)?;
    let signing_time = rules::signed_at(rules::signed_attributes(&data)?)?;
    Ok(Verified { voucher, content: content.to_vec(), profile, signing_time, chain, notes })
}

/// Reads the content and judges it as RFC 8366 §5.3 has a device do.
fn voucher(content: &[u8], demands: &Demands<'_>, notes: &mut Vec<Note>) -> Result<Voucher, VerifyError> {
    let (voucher, leniencies) = Voucher::from_json_lenient(content).map_err(VerifyError::Content)?;
    if voucher.revocation_checks().is_none() {
        notes.push(Note::NoRevocationFlag);
    }
    notes.extend(leniencies.into_iter().map(Note::Content));
    if let Some(wanted) = demands.serial.filter(|wanted| *wanted != voucher.serial_number()) {
        return Err(VerifyError::Serial { found: echo(voucher.serial_number()), wanted: echo(wanted) });
    }
    let Some(at) = demands.at else { return Ok(voucher) };
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    if at < voucher.created_on() {
        return Err(VerifyError::NotYetValid { created_on: written(voucher.created_on()) });
    }
    match voucher.expires_on() {
        Some(end) if at >= end => Err(VerifyError::Expired { expires_on: written(end) }),
        _ => Ok(voucher),
    }
}

fn as_demanded(profile: Profile, wanted: Option<Profile>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let Some(wanted) = wanted else { return Ok(()) };
    if profile != wanted {
        return Err(VerifyError::Profile { wanted: wanted.as_str() });
    }
    match wanted {
        Profile::Rfc8366 if !notes.is_empty() => Err(VerifyError::OldStyle(notes.swap_remove(0))),
        Profile::Rfc8366 => Ok(()),
        Profile::Pkcs7 => {
            notes.retain(|note| *note != Note::IdData); // what was asked for is not odd
            Ok(())
        }
    }
}
