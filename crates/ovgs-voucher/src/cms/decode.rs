//! Reading SignedData without deciding anything: strict about DER, patient about contents.

use der::{
    AnyRef, Decode, Reader, SliceReader, Tag, TagNumber, Tagged as _,
    asn1::{ContextSpecific, ObjectIdentifier, OctetStringRef},
};
use x509_cert::spki::AlgorithmIdentifierRef;

use crate::{VerifyError, oid};

/// The deepest nesting followed.
const DEEPEST: usize = 32;

/// A SignedData with its parts as they came.
#[derive(Debug)]
pub(crate) struct SignedData<'a> {
    pub(crate) version: u8,
    pub(crate) digest_algorithms: Set<'a>,
    pub(crate) content_type: ObjectIdentifier,
    /// None if the content is detached.
    pub(crate) content: Option<&'a [u8]>,
    pub(crate) certificates: Set<'a>,
    pub(crate) crls: Set<'a>,
    pub(crate) signers: Vec<SignerInfo<'a>>,
}

/// The elements of a SET OF, each with tag and length, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Set<'a>(pub(crate) Vec<&'a [u8]>);

#[derive(Debug)]
pub(crate) struct SignerInfo<'a> {
    pub(crate) version: u8,
    pub(crate) signer: SignerId<'a>,
    pub(crate) digest_algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) signed_attributes: Option<SignedAttributes<'a>>,
    pub(crate) signature_algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) signature: &'a [u8],
    pub(crate) unsigned_attributes: bool,
}

#[derive(Debug)]
pub(crate) enum SignerId<'a> {
    IssuerAndSerial {
        /// The DER of the Name.
        issuer: &'a [u8],
        /// The DER of the INTEGER.
        serial: &'a [u8],
    },
    KeyId(&'a [u8]),
}

#[derive(Debug)]
pub(crate) struct SignedAttributes<'a> {
    /// With the `[0]` tag they have on the wire.
    encoded: &'a [u8],
    pub(crate) set: Set<'a>,
    pub(crate) attributes: Vec<Attribute<'a>>,
}

#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) values: Set<'a>,
}

impl<'a> SignedData<'a> {
    /// Reads the ContentInfo at the start of `input`, and says how many octets follow it.
    pub(crate) fn read(input: &'a [u8]) -> Result<(Self, usize), VerifyError> {
        let mut reader = SliceReader::new(input).map_err(VerifyError::NotDer)?;
        let outer = reader.tlv_bytes().map_err(VerifyError::NotDer)?;
        walk(outer, 0).map_err(VerifyError::NotDer)?;
        let trailing = input.len() - outer.len();
        let (content_type, content) =
            AnyRef::from_der(outer).and_then(content_info).map_err(VerifyError::NotSignedData)?;
        if content_type != oid::SIGNED_DATA {
            return Err(VerifyError::NotSignedData(der::ErrorKind::OidUnknown { oid: content_type }.into()));
        }
        let read = content.sequence(Self::fields).map_err(VerifyError::NotSignedData)?;
        Ok((read, trailing))
    }

    /// What the ContentInfo at the start of `input` holds, whatever that is; none if there is no ContentInfo.
    pub(crate) fn content_type_of(input: &[u8]) -> Option<ObjectIdentifier> {
        let outer = SliceReader::new(input).ok()?.tlv_bytes().ok()?;
        AnyRef::from_der(outer).and_then(content_info).ok().map(|(content_type, _)| content_type)
    }

    fn fields(reader: &mut SliceReader<'a>) -> der::Result<Self> {
        let version = reader.decode()?;
        let digest_algorithms = Set::of(reader.decode()?)?;
        let (content_type, content) = reader.decode::<AnyRef<'a>>()?.sequence(|reader| {
            let content_type = reader.decode()?;
            let content =
                reader.context_specific::<OctetStringRef<'a>>(TagNumber::N0, der::TagMode::Explicit)?;
            Ok((content_type, content.map(|content| content.as_bytes())))
        })?;
        let certificates = optional_set(reader, TagNumber::N0)?;
        let crls = optional_set(reader, TagNumber::N1)?;
        let signers = Set::of(reader.decode()?)?;
        let signers = signers.0.into_iter().map(SignerInfo::read).collect::<der::Result<_>>()?;
        Ok(Self { version, digest_algorithms, content_type, content, certificates, crls, signers })
    }
}

impl<'a> SignerInfo<'a> {
    fn read(encoded: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(encoded)?.sequence(|reader| {
            Ok(Self {
                version: reader.decode()?,
                signer: SignerId::read(reader.decode()?)?,
                digest_algorithm: reader.decode()?,
                signed_attributes: optional(reader, TagNumber::N0)?
                    .map(SignedAttributes::read)
                    .transpose()?,
                signature_algorithm: reader.decode()?,
                signature: reader.decode::<OctetStringRef<'a>>()?.as_bytes(),
                unsigned_attributes: optional(reader, TagNumber::N1)?.is_some(),
            })
        })
    }
}

impl<'a> SignerId<'a> {
    fn read(any: AnyRef<'a>) -> der::Result<Self> {
        if any.tag() == (Tag::ContextSpecific { constructed: false, number: TagNumber::N0 }) {
            return Ok(Self::KeyId(any.value()));
        }
        any.sequence(|reader| {
            Ok(Self::IssuerAndSerial { issuer: reader.tlv_bytes()?, serial: reader.tlv_bytes()? })
        })
    }
}

impl<'a> SignedAttributes<'a> {
    fn read(encoded: &'a [u8]) -> der::Result<Self> {
        let set = Set(elements(AnyRef::from_der(encoded)?.value())?);
        let attributes = set.0.iter().copied().map(Attribute::read).collect::<der::Result<_>>()?;
        Ok(Self { encoded, set, attributes })
    }

    /// The octets that were signed: under the universal SET tag instead of `[0]` (RFC 5652 §5.4).
    pub(crate) fn to_verify(&self) -> Vec<u8> {
        let mut octets = self.encoded.to_vec();
        if let Some(tag) = octets.first_mut() {
            *tag = 0x31;
        }
        octets
    }
}

impl<'a> Attribute<'a> {
    fn read(encoded: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(encoded)?
            .sequence(|reader| Ok(Self { oid: reader.decode()?, values: Set::of(reader.decode()?)? }))
    }
}

impl<'a> Set<'a> {
    fn of(any: AnyRef<'a>) -> der::Result<Self> {
        any.tag().assert_eq(Tag::Set)?;
        Ok(Self(elements(any.value())?))
    }

    /// Whether the elements ascend strictly by their encoding, as DER demands of a SET OF whose elements
    /// differ (X.690 §11.6).
    pub(crate) fn ascends(&self) -> bool {
        self.0.is_sorted_by(|a, b| a < b)
    }
}

/// Whether `content` is itself the DER of attributes: a signature over them, replayed as one over a content.
pub(crate) fn is_attributes(content: &[u8]) -> bool {
    let Ok(any) = AnyRef::from_der(content) else { return false };
    Set::of(any).is_ok_and(|set| !set.0.is_empty() && set.0.iter().all(|e| Attribute::read(e).is_ok()))
}

fn content_info(any: AnyRef<'_>) -> der::Result<(ObjectIdentifier, AnyRef<'_>)> {
    any.sequence(|reader| {
        let content_type = reader.decode()?;
        let content = ContextSpecific::<AnyRef<'_>>::decode_explicit(reader, TagNumber::N0)?;
        Ok((content_type, content.ok_or(der::ErrorKind::Failed)?.value))
    })
}

/// The element tagged `[number]`, constructed, if it comes next; with tag and length.
fn optional<'a>(reader: &mut SliceReader<'a>, number: TagNumber) -> der::Result<Option<&'a [u8]>> {
    if reader.is_finished() || reader.peek_tag()? != (Tag::ContextSpecific { constructed: true, number }) {
        return Ok(None);
    }
    reader.tlv_bytes().map(Some)
}

fn optional_set<'a>(reader: &mut SliceReader<'a>, number: TagNumber) -> der::Result<Set<'a>> {
    match optional(reader, number)? {
        Some(encoded) => Ok(Set(elements(AnyRef::from_der(encoded)?.value())?)),
        None => Ok(Set::default()),
    }
}

/// The elements one after the other in `value`, each with tag and length.
fn elements(value: &[u8]) -> der::Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(value)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes()?);
    }
    Ok(elements)
}

/// Follows every constructed element down: definite, minimal lengths and nothing left over anywhere.
fn walk(encoded: &[u8], depth: usize) -> der::Result<()> {
    let any = AnyRef::from_der(encoded)?;
    let constructed = matches!(
        any.tag(),
        Tag::Sequence
            | Tag::Set
            | Tag::ContextSpecific { constructed: true, .. }
            | Tag::Application { constructed: true, .. }
            | Tag::Private { constructed: true, .. }
    );
    if !constructed {
        return primitive(any);
    }
    if depth == DEEPEST {
        return Err(der::ErrorKind::Overlength.into());
    }
    elements(any.value())?.into_iter().try_for_each(|element| walk(element, depth + 1))
}

/// Those primitive types that BER can write in more than one way.
fn primitive(any: AnyRef<'_>) -> der::Result<()> {
    match any.tag() {
        Tag::Boolean => any.decode_as::<bool>().map(drop),
        Tag::Null => any.decode_as::<der::asn1::Null>().map(drop),
        Tag::ObjectIdentifier => any.decode_as::<ObjectIdentifier>().map(drop),
        Tag::Integer => minimal_integer(any.value()),
        _ => Ok(()),
    }
}

/// X.690 §8.3.2: the first nine bits are neither all zero nor all one.
fn minimal_integer(value: &[u8]) -> der::Result<()> {
    match value {
        [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(Tag::Integer.value_error()),
        _ => Ok(()),
    }
}
