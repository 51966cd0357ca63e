//! Looking at a voucher without judging its signer.

use chrono::{DateTime, Utc};

use super::{Note, rules};
use crate::{
    Certificate, Crl, Invalid, Profile, VerifyError, Voucher,
    cms::decode::{SignedData, SignerId, SignerInfo},
    oid,
};

/// Everything in a voucher file, and what is odd or wrong about it as far as it can be seen without knowing
/// whom to trust.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// How it stands in CMS; none if its content type is neither of the two.
    pub profile: Option<Profile>,
    /// The content type's name or object identifier.
    pub content_type: String,
    /// The version of the SignedData.
    pub version: u8,
    /// The content, if it is not detached.
    pub content: Option<Vec<u8>>,
    /// The voucher in the content, or why there is none.
    pub voucher: Option<Result<Voucher, Invalid>>,
    /// The signers; a good voucher has one.
    pub signers: Vec<SignerSummary>,
    /// The embedded certificates that can be read, in their order.
    pub certificates: Vec<Certificate>,
    /// Those of them that lead from the first signer upwards, as they name each other. Whether each signed the one
    /// before it was not looked at; more than ten are not followed.
    pub chain: Vec<Certificate>,
    /// How many revocation lists are embedded.
    pub crls: usize,
    /// Those of them that can be read, in their order.
    pub revocation_lists: Vec<Crl>,
    /// What is old style about it.
    pub notes: Vec<Note>,
    /// What `verify` would refuse it for; empty if that depends on the signer and the moment alone.
    pub faults: Vec<VerifyError>,
}

/// One signer as the voucher names it. Nothing here was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignerSummary {
    /// The signer's certificate, if it is embedded.
    pub certificate: Option<Certificate>,
    /// The key id, where the signer is named by it, in lower-case hexadecimal.
    pub key_id: Option<String>,
    /// The digest algorithm's name or object identifier.
    pub digest_algorithm: String,
    /// The signature algorithm's name or object identifier.
    pub signature_algorithm: String,
    /// When it says it signed.
    pub signing_time: Option<DateTime<Utc>>,
    /// The names or object identifiers of the signed attributes, in their order.
    pub signed_attributes: Vec<String>,
}

/// Reads a voucher in DER and reports what is there. **Nothing is verified.**
///
/// # Errors
/// [`VerifyError::NotDer`] or [`VerifyError::NotSignedData`] if it cannot be read at all.
pub fn inspect(der: &[u8]) -> Result<Inspection, VerifyError> {
    let (data, trailing) = SignedData::read(der)?;
    let certificates: Vec<_> =
        data.certificates.0.iter().filter_map(|der| Certificate::from_der(*der).ok()).collect();
    let mut notes = Vec::new();
    let mut faults = faults(&data, &mut notes);
    if trailing > 0 {
        faults.insert(0, VerifyError::TrailingOctets { octets: trailing });
    }
    let voucher = data.content.map(|content| read_voucher(content, &mut notes));
    let signers: Vec<_> = data.signers.iter().map(|signer| summary(signer, &certificates)).collect();
    Ok(Inspection {
        profile: Profile::of(data.content_type),
        content_type: oid::name(&data.content_type),
        version: data.version,
        content: data.content.map(<[u8]>::to_vec),
        voucher,
        chain: chain(signers.first().and_then(|signer| signer.certificate.as_ref()), &certificates),
        signers,
        certificates,
        crls: data.crls.0.len(),
        revocation_lists: data.crls.0.iter().filter_map(|der| Crl::from_der(*der).ok()).collect(),
        notes,
        faults,
    })
}

/// What each rule refuses, each refusal once: rules that build on others repeat them.
fn faults(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Vec<VerifyError> {
    let mut faults: Vec<VerifyError> = Vec::new();
    for rule in rules::RULES {
        if let Err(fault) = rule(data, notes)
            && !faults.iter().any(|known| known.to_string() == fault.to_string())
        {
            faults.push(fault);
        }
    }
    // A replay is one reason; that there are no attributes either is the same.
    if faults.iter().any(|fault| matches!(fault, VerifyError::ReplayedAttributes)) {
        faults.retain(|fault| !matches!(fault, VerifyError::NoSignedAttributes));
    }
    faults
}

fn chain(signer: Option<&Certificate>, certificates: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = signer.into_iter().cloned().collect();
    while let Some(last) = chain.last().filter(|_| chain.len() < rules::MOST) {
        let is_next = |other: &&Certificate| last.names_as_issuer(other) && !chain.contains(other);
        match certificates.iter().find(is_next).cloned() {
            Some(next) => chain.push(next),
            None => break,
        }
    }
    chain
}

fn read_voucher(content: &[u8], notes: &mut Vec<Note>) -> Result<Voucher, Invalid> {
    let (voucher, leniencies) = Voucher::from_json_lenient(content)?;
    if voucher.revocation_checks().is_none() {
        notes.push(Note::NoRevocationFlag);
    }
    notes.extend(leniencies.into_iter().map(Note::Content));
    Ok(voucher)
}

fn summary(signer: &SignerInfo<'_>, certificates: &[Certificate]) -> SignerSummary {
    let signed = signer.signed_attributes.as_ref();
    let attributes = signed.map(|signed| signed.attributes.iter().map(|a| oid::name(&a.oid)).collect());
    SignerSummary {
        certificate: rules::certificate_of(signer, certificates).cloned(),
        key_id: match signer.signer {
            SignerId::KeyId(id) => Some(id.iter().map(|octet| format!("{octet:02x}")).collect()),
            SignerId::IssuerAndSerial { .. } => None,
        },
        digest_algorithm: oid::name(&signer.digest_algorithm.oid),
        signature_algorithm: oid::name(&signer.signature_algorithm.oid),
        signing_time: signed.and_then(|signed| rules::signed_at(signed).ok().flatten()),
        signed_attributes: attributes.unwrap_or_default(),
    }
}
