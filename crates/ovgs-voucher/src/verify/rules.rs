//! The rules a voucher's CMS object must keep, whoever signed it.

use chrono::{DateTime, Utc};
use der::{Decode, asn1::ObjectIdentifier};
use x509_cert::{spki::AlgorithmIdentifierRef, time::Time};

use super::Note;
use crate::{
    Certificate, Crl, Profile, VerifyError,
    algorithm::{Scheme, Unreadable},
    cms::decode::{self, SignedAttributes, SignedData, SignerId, SignerInfo},
    crypto::{self, Hash},
    oid,
};

/// The most certificates that are looked at, and the most revocation lists.
pub(crate) const MOST: usize = 10;

/// The most signed attributes; real vouchers have three to five.
const MOST_ATTRIBUTES: usize = 32;

/// A rule says what is wrong, and notes what is merely old style.
pub(crate) type Rule = fn(&SignedData<'_>, &mut Vec<Note>) -> Result<(), VerifyError>;

/// All rules, in the order in which their refusals tell most about what was done to a voucher.
pub(super) const RULES: [Rule; 11] = [
    attached,
    signer_named,
    digest_algorithms,
    attributes_present,
    attributes_in_form,
    content_as_signed,
    profile_known,
    signing_time,
    certificates_in_form,
    lists_in_form,
    extras,
];

/// Those of them that any signed content has to keep, not vouchers alone, whatever is embedded.
pub(crate) const OF_ANY_CONTENT: [Rule; 7] = [
    attached,
    signer_named,
    digest_algorithms,
    attributes_present,
    attributes_in_form,
    content_as_signed,
    signing_time,
];

fn attached(data: &SignedData<'_>, _: &mut Vec<Note>) -> Result<(), VerifyError> {
    content(data).map(drop)
}

fn signer_named(data: &SignedData<'_>, _: &mut Vec<Note>) -> Result<(), VerifyError> {
    let signer = only_signer(data)?;
    match signer.signer {
        SignerId::KeyId(_) => Err(VerifyError::SignerByKeyId),
        SignerId::IssuerAndSerial { .. } if signer.version != 1 => {
            Err(VerifyError::SignerVersion { version: signer.version })
        }
        SignerId::IssuerAndSerial { .. } => Ok(()),
    }
}

fn digest_algorithms(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let signer = only_signer(data)?;
    let hash = hash(signer)?;
    scheme(signer)?;
    let listed = match data.digest_algorithms.0.as_slice() {
        [only] => AlgorithmIdentifierRef::from_der(only).map_err(VerifyError::NotSignedData)?,
        _ => return Err(VerifyError::DigestAlgorithms),
    };
    if Hash::read(listed) != Ok(hash) {
        return Err(VerifyError::DigestAlgorithms);
    }
    if listed.parameters.is_some() || signer.digest_algorithm.parameters.is_some() {
        notes.push(Note::NullDigestParameters);
    }
    Ok(())
}

fn attributes_present(data: &SignedData<'_>, _: &mut Vec<Note>) -> Result<(), VerifyError> {
    match (&only_signer(data)?.signed_attributes, data.content) {
        (Some(_), _) => Ok(()),
        (None, Some(content)) if decode::is_attributes(content) => Err(VerifyError::ReplayedAttributes),
        (None, _) => Err(VerifyError::NoSignedAttributes),
    }
}

fn attributes_in_form(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let signed = signed_attributes(data)?;
    let attributes = signed.attributes.len();
    if attributes > MOST_ATTRIBUTES {
        return Err(VerifyError::TooManyAttributes { attributes });
    }
    for (index, attribute) in signed.attributes.iter().enumerate() {
        let name = || oid::name(&attribute.oid);
        if signed.attributes.iter().take(index).any(|earlier| earlier.oid == attribute.oid) {
            return Err(VerifyError::DoubledAttribute { attribute: name() });
        }
        if attribute.values.0.len() != 1 {
            return Err(VerifyError::AttributeValues { attribute: name(), values: attribute.values.0.len() });
        }
        if ![oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_TIME].contains(&attribute.oid) {
            notes.push(Note::FurtherAttribute { attribute: name() });
        }
    }
    if signed.set.ascends() { Ok(()) } else { Err(VerifyError::UnsortedAttributes) }
}

fn content_as_signed(data: &SignedData<'_>, _: &mut Vec<Note>) -> Result<(), VerifyError> {
    let signed = signed_attributes(data)?;
    let label: ObjectIdentifier = value(signed, oid::CONTENT_TYPE)?;
    if label != data.content_type {
        return Err(VerifyError::Relabelled {
            label: oid::name(&data.content_type),
            signed: oid::name(&label),
        });
    }
    let digest: der::asn1::OctetStringRef<'_> = value(signed, oid::MESSAGE_DIGEST)?;
    let hash = hash(only_signer(data)?)?;
    if crypto::digest(hash, content(data)?).as_ref() == digest.as_bytes() {
        Ok(())
    } else {
        Err(VerifyError::Digest)
    }
}

fn profile_known(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let profile = profile(data)?;
    if data.version != profile.version() {
        return Err(VerifyError::Version { version: data.version });
    }
    if profile == Profile::Pkcs7 {
        notes.push(Note::IdData);
    }
    Ok(())
}

fn signing_time(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    if signed_at(signed_attributes(data)?)?.is_none() {
        notes.push(Note::NoSigningTime);
    }
    Ok(())
}

fn certificates_in_form(data: &SignedData<'_>, _: &mut Vec<Note>) -> Result<(), VerifyError> {
    let certificates = data.certificates.0.len();
    if certificates > MOST {
        return Err(VerifyError::TooManyCertificates { certificates });
    }
    if !data.certificates.ascends() {
        return Err(VerifyError::UnsortedCertificates);
    }
    embedded(data).map(drop)
}

fn lists_in_form(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let lists = data.crls.0.len();
    if lists > MOST {
        return Err(VerifyError::TooManyCrls { lists });
    }
    if !data.crls.ascends() {
        return Err(VerifyError::UnsortedCrls);
    }
    if lists > 0 {
        notes.push(Note::Crls);
    }
    self::lists(data).map(drop)
}

fn extras(data: &SignedData<'_>, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    if only_signer(data)?.unsigned_attributes {
        notes.push(Note::UnsignedAttributes);
    }
    Ok(())
}

pub(crate) fn content<'a>(data: &SignedData<'a>) -> Result<&'a [u8], VerifyError> {
    data.content.ok_or(VerifyError::Detached)
}

pub(crate) fn only_signer<'s, 'a>(data: &'s SignedData<'a>) -> Result<&'s SignerInfo<'a>, VerifyError> {
    match data.signers.as_slice() {
        [only] => Ok(only),
        signers => Err(VerifyError::Signers { signers: signers.len() }),
    }
}

pub(crate) fn signed_attributes<'s, 'a>(
    data: &'s SignedData<'a>,
) -> Result<&'s SignedAttributes<'a>, VerifyError> {
    only_signer(data)?.signed_attributes.as_ref().ok_or(VerifyError::NoSignedAttributes)
}

pub(super) fn profile(data: &SignedData<'_>) -> Result<Profile, VerifyError> {
    Profile::of(data.content_type)
        .ok_or_else(|| VerifyError::ContentType { content_type: oid::name(&data.content_type) })
}

pub(crate) fn embedded(data: &SignedData<'_>) -> Result<Vec<Certificate>, VerifyError> {
    data.certificates
        .0
        .iter()
        .map(|der| Certificate::from_der(*der).map_err(VerifyError::Certificate))
        .collect()
}

/// The embedded revocation lists. Other evidence of revocation than lists is none of them, nor does it go with
/// the versions of SignedData that are taken (RFC 5652 §5.1).
pub(crate) fn lists(data: &SignedData<'_>) -> Result<Vec<Crl>, VerifyError> {
    data.crls.0.iter().map(|der| Crl::from_der(*der).map_err(VerifyError::Crl)).collect()
}

/// The signer's certificate among `certificates`.
pub(crate) fn certificate_of<'c>(
    signer: &SignerInfo<'_>,
    certificates: &'c [Certificate],
) -> Option<&'c Certificate> {
    let SignerId::IssuerAndSerial { issuer, serial } = signer.signer else { return None };
    certificates
        .iter()
        .find(|certificate| certificate.issuer_der() == issuer && certificate.serial_der() == serial)
}

/// The signing-time, if there is one: UTCTime through 2049 and GeneralizedTime after, to the second (RFC 5652
/// §11.3).
pub(super) fn signed_at(signed: &SignedAttributes<'_>) -> Result<Option<DateTime<Utc>>, VerifyError> {
    let malformed = || VerifyError::AttributeForm { attribute: oid::name(&oid::SIGNING_TIME) };
    if !signed.attributes.iter().any(|attribute| attribute.oid == oid::SIGNING_TIME) {
        return Ok(None);
    }
    let time: Time = value(signed, oid::SIGNING_TIME)?;
    if matches!(time, Time::GeneralTime(time) if time.to_date_time().year() < 2050) {
        return Err(malformed());
    }
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| malformed())?;
    DateTime::from_timestamp(seconds, 0).map(Some).ok_or_else(malformed)
}

pub(super) fn hash(signer: &SignerInfo<'_>) -> Result<Hash, VerifyError> {
    let id = signer.digest_algorithm;
    Hash::read(id).map_err(|unreadable| match unreadable {
        Unreadable::Sha1 => VerifyError::Sha1,
        Unreadable::Other => VerifyError::DigestAlgorithm { algorithm: oid::name(&id.oid) },
    })
}

/// How the signature is to be checked; its hash must be the digest's (RFC 8933).
pub(crate) fn scheme(signer: &SignerInfo<'_>) -> Result<Scheme, VerifyError> {
    let id = signer.signature_algorithm;
    let unsupported = || VerifyError::SignatureAlgorithm { algorithm: oid::name(&id.oid) };
    let hash = hash(signer)?;
    let scheme = Scheme::read(id, Some(hash)).map_err(|unreadable| match unreadable {
        Unreadable::Sha1 => VerifyError::Sha1,
        Unreadable::Other => unsupported(),
    })?;
    if scheme.hash() == hash { Ok(scheme) } else { Err(unsupported()) }
}

/// The one value of the attribute `oid`.
fn value<'a, T: Decode<'a>>(signed: &SignedAttributes<'a>, oid: ObjectIdentifier) -> Result<T, VerifyError> {
    let attribute = signed.attributes.iter().find(|attribute| attribute.oid == oid);
    let attribute = attribute.ok_or_else(|| VerifyError::AttributeMissing { attribute: oid::name(&oid) })?;
    let value = attribute.values.0.first().and_then(|value| T::from_der(value).ok());
    value.ok_or_else(|| VerifyError::AttributeForm { attribute: oid::name(&oid) })
}
