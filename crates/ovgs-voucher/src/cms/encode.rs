//! The structures we write, around parts that are encoded already.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use der::{Encode as _, ErrorKind, asn1::ObjectIdentifier};

use super::backwards::Backwards;
use crate::{digits, oid};

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed: EXPLICIT around a content, IMPLICIT instead of the tag of a SET OF.
const CONTEXT_0: u8 = 0xa0;

/// What all vouchers of one signer have in common, in DER.
#[derive(Debug)]
pub(crate) struct Constants {
    /// The SignedData up to its content: version and digestAlgorithms.
    pub(crate) signed_data_head: Vec<u8>,
    /// An OBJECT IDENTIFIER.
    pub(crate) content_type: Vec<u8>,
    /// The signed attribute that names `content_type`.
    pub(crate) content_type_attribute: Vec<u8>,
    /// `[0]` IMPLICIT SET OF Certificate.
    pub(crate) certificates: Vec<u8>,
    /// The SignerInfo up to its signed attributes: version, sid and digestAlgorithm.
    pub(crate) signer_head: Vec<u8>,
    pub(crate) signature_algorithm: Vec<u8>,
}

/// One element of these parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> der::Result<Vec<u8>> {
    let mut out = Backwards::with_room(parts.iter().map(|part| part.len()).sum(), 1);
    let end = out.mark();
    for part in parts.iter().rev() {
        out.put(part)?;
    }
    out.wrap(tag, end)?;
    Ok(out.finish())
}

/// A small INTEGER, as versions are.
pub(crate) fn version(number: u8) -> der::Result<Vec<u8>> {
    element(INTEGER, &[&[number]])
}

/// The SET OF `certificates`, which it sorts and which must differ, under the tag that it has in SignedData.
pub(crate) fn certificate_set(mut certificates: Vec<&[u8]>) -> der::Result<Vec<u8>> {
    certificates.sort_unstable();
    element(CONTEXT_0, &certificates)
}

/// The attribute that names a content type.
pub(crate) fn content_type_attribute(content_type: &[u8]) -> der::Result<Vec<u8>> {
    element(SEQUENCE, &[&oid::CONTENT_TYPE.to_der()?, &element(SET, &[content_type])?])
}

/// The DER of the signed attributes under the universal SET tag: the octets to be signed (RFC 5652 §5.4).
///
/// The DER order of a SET OF goes by the encodings, which differ first in their length, and a content-type is
/// always shorter than a signing-time, and that than a message-digest.
pub(crate) fn signed_attributes(
    constants: &Constants,
    digest: &[u8],
    signing_time: DateTime<Utc>,
) -> der::Result<Vec<u8>> {
    let (tag, time) = time(signing_time)?;
    let mut out = Backwards::with_room(constants.content_type_attribute.len() + digest.len() + 48, 10);
    let set = out.mark();
    attribute(&mut out, oid::MESSAGE_DIGEST, OCTET_STRING, digest)?;
    attribute(&mut out, oid::SIGNING_TIME, tag, &time)?;
    out.put(&constants.content_type_attribute)?;
    out.wrap(SET, set)?;
    Ok(out.finish())
}

/// Puts an attribute with one value of this tag.
fn attribute(out: &mut Backwards, oid: ObjectIdentifier, tag: u8, value: &[u8]) -> der::Result<()> {
    let attribute = out.mark();
    out.put(value)?;
    out.wrap(tag, attribute)?;
    out.wrap(SET, attribute)?;
    let name = out.mark();
    out.put(oid.as_bytes())?;
    out.wrap(OBJECT_IDENTIFIER, name)?;
    out.wrap(SEQUENCE, attribute)
}

/// The finished ContentInfo.
pub(crate) fn content_info(
    constants: &Constants,
    content: &[u8],
    signed_attributes: &[u8],
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    let parts = [
        &constants.signed_data_head,
        &constants.content_type,
        content,
        &constants.certificates,
        &constants.signer_head,
        signed_attributes,
        &constants.signature_algorithm,
        signature,
    ];
    let mut out = Backwards::with_room(parts.iter().map(|part| part.len()).sum::<usize>() + 16, 10);
    let all = out.mark();
    signer_info(&mut out, constants, signed_attributes, signature)?;
    out.wrap(SET, all)?;
    out.put(&constants.certificates)?;
    let encapsulated = out.mark();
    out.put(content)?;
    out.wrap(OCTET_STRING, encapsulated)?;
    out.wrap(CONTEXT_0, encapsulated)?;
    out.put(&constants.content_type)?;
    out.wrap(SEQUENCE, encapsulated)?;
    out.put(&constants.signed_data_head)?;
    out.wrap(SEQUENCE, all)?;
    out.wrap(CONTEXT_0, all)?;
    let name = out.mark();
    out.put(oid::SIGNED_DATA.as_bytes())?;
    out.wrap(OBJECT_IDENTIFIER, name)?;
    out.wrap(SEQUENCE, all)?;
    Ok(out.finish())
}

fn signer_info(
    out: &mut Backwards,
    constants: &Constants,
    signed_attributes: &[u8],
    signature: &[u8],
) -> der::Result<()> {
    let signer_info = out.mark();
    out.put(signature)?;
    out.wrap(OCTET_STRING, signer_info)?;
    out.put(&constants.signature_algorithm)?;
    // What was signed under the tag of a SET stands here under `[0]` instead.
    out.put(signed_attributes.get(1..).unwrap_or_default())?;
    out.put(&[CONTEXT_0])?;
    out.put(&constants.signer_head)?;
    out.wrap(SEQUENCE, signer_info)
}

/// The tag and text of UTCTime through 2049 and of GeneralizedTime from 2050, without fraction (RFC 5652 §11.3).
fn time(at: DateTime<Utc>) -> der::Result<(u8, Vec<u8>)> {
    let at = at.naive_utc();
    let year = u32::try_from(at.year()).map_err(|_| ErrorKind::DateTime)?;
    let mut text = Vec::with_capacity(15);
    let tag = match year {
        1970..=2049 => {
            digits::push::<2>(&mut text, year);
            UTC_TIME
        }
        2050..=9999 => {
            digits::push::<4>(&mut text, year);
            GENERALIZED_TIME
        }
        _ => return Err(ErrorKind::DateTime.into()),
    };
    for part in [at.month(), at.day(), at.hour(), at.minute(), at.second()] {
        digits::push::<2>(&mut text, part);
    }
    text.push(b'Z');
    Ok((tag, text))
}
