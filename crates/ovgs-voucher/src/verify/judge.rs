//! The verdict on one voucher.

use chrono::{DateTime, SecondsFormat, Utc};
use x509_cert::ext::pkix::KeyUsages;

use super::{Note, TrustAnchors, rules};
use crate::{
    Certificate, Profile, VerifyError, Voucher, cms::decode::SignedData, crypto, echo::echo, oid, path,
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
}

impl VerifyOptions {
    /// Takes a voucher of any profile for any device, judged at this moment.
    pub fn at(at: DateTime<Utc>) -> Self {
        Self { at, serial: None, profile: None }
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
/// digest; signed without SHA-1, by a key whose chain reaches `anchors`; with no certificate embedded that is
/// not on that chain; a voucher of RFC 8366 for the wanted device; and everything valid at the wanted moment,
/// `created-on <= at < expires-on`.
///
/// # Errors
/// The first rule not kept, as its own [`VerifyError`].
pub fn verify(der: &[u8], anchors: &TrustAnchors, options: &VerifyOptions) -> Result<Verified, VerifyError> {
    let (data, trailing) = SignedData::read(der)?;
    if trailing > 0 {
        return Err(VerifyError::TrailingOctets { octets: trailing });
    }
    let mut notes = Vec::new();
    rules::RULES.iter().try_for_each(|rule| rule(&data, &mut notes))?;
    let chain = chain(&data, anchors, options.at, &mut notes)?;
    let content = rules::content(&data)?;
    let voucher = voucher(content, options, &mut notes)?;
    let profile = rules::profile(&data)?;
    as_demanded(profile, options.profile, &mut notes)?;
    let signing_time = rules::signed_at(rules::signed_attributes(&data)?)?;
    Ok(Verified { voucher, content: content.to_vec(), profile, signing_time, chain, notes })
}

/// Checks the signature and finds the signer's way to an anchor.
fn chain(
    data: &SignedData<'_>,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Certificate>, VerifyError> {
    let signer_info = rules::only_signer(data)?;
    let embedded = rules::embedded(data)?;
    let signer = rules::certificate_of(signer_info, &embedded)
        .or_else(|| rules::certificate_of(signer_info, anchors.certificates()))
        .ok_or(VerifyError::NoSignerCertificate)?;
    let signed = rules::signed_attributes(data)?.to_verify();
    let scheme = rules::scheme(signer_info)?;
    path::strong(signer)?; // says more than that no signature fits a weak key
    if !crypto::is_signed(scheme, signer.key_kind(), signer.key(), &signed, signer_info.signature) {
        return Err(VerifyError::Signature);
    }
    may_sign(signer, notes)?;
    let chain = path::find(signer, &embedded, anchors.certificates(), at)?;
    let missing = chain.iter().filter(|certificate| !embedded.contains(certificate));
    notes.extend(missing.map(|certificate| Note::NotEmbedded { subject: echo(certificate.subject()) }));
    match stray(&embedded, &chain) {
        Some(stray) => Err(VerifyError::StrayCertificate { subject: echo(stray.subject()) }),
        None => Ok(chain),
    }
}

fn may_sign(signer: &Certificate, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let extensions = signer.extensions();
    let signs = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
    if extensions.key_usage.is_some_and(|usage| (usage.0 & signs).is_empty()) {
        return Err(VerifyError::SignerKeyUsage { subject: echo(signer.subject()) });
    }
    if let Some(usages) = &extensions.extended_key_usage {
        notes.push(Note::SignerExtendedKeyUsage { usages: usages.iter().map(oid::name).collect() });
    }
    Ok(())
}

/// An embedded certificate that is not on the signer's path.
///
/// The path goes on above an anchor that is itself an intermediate, up to a root that signed itself: RFC 8366
/// §5.4 has vouchers carry the whole chain, however little of it a verifier needs. An octet changed in any of
/// these still shows, since each is vouched for by the next one and the last by itself.
fn stray<'c>(embedded: &'c [Certificate], chain: &[Certificate]) -> Option<&'c Certificate> {
    let mut above: Vec<&Certificate> = Vec::new();
    while let Some(top) = above.last().copied().or(chain.last()).filter(|top| !top.is_self_issued()) {
        let issued = |issuer: &&Certificate| !above.contains(issuer) && path::signed_by(top, issuer).is_ok();
        match embedded.iter().filter(|issuer| top.names_as_issuer(issuer)).find(issued) {
            Some(issuer) => above.push(issuer),
            None => break,
        }
    }
    let complete =
        above.last().is_some_and(|root| root.is_self_issued() && path::signed_by(root, root).is_ok());
    embedded
        .iter()
        .find(|certificate| !(chain.contains(certificate) || complete && above.contains(certificate)))
}

/// Reads the content and judges it as RFC 8366 §5.3 has a device do.
fn voucher(content: &[u8], options: &VerifyOptions, notes: &mut Vec<Note>) -> Result<Voucher, VerifyError> {
    let (voucher, leniencies) = Voucher::from_json_lenient(content).map_err(VerifyError::Content)?;
    if voucher.revocation_checks().is_none() {
        notes.push(Note::NoRevocationFlag);
    }
    notes.extend(leniencies.into_iter().map(Note::Content));
    if let Some(wanted) = options.serial.as_deref().filter(|wanted| *wanted != voucher.serial_number()) {
        return Err(VerifyError::Serial { found: echo(voucher.serial_number()), wanted: echo(wanted) });
    }
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    if options.at < voucher.created_on() {
        return Err(VerifyError::NotYetValid { created_on: written(voucher.created_on()) });
    }
    match voucher.expires_on() {
        Some(end) if options.at >= end => Err(VerifyError::Expired { expires_on: written(end) }),
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
