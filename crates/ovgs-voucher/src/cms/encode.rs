//! The structures we write, over parts that are encoded already.

use chrono::{DateTime, Datelike, Utc};
use der::{
    Any, AnyRef, DateTime as DerDateTime, Decode as _, Encode, EncodeValue, FixedTag, Length, Reader as _,
    Sequence, SliceReader, Tag, TagNumber, Tagged as _, ValueOrd, Writer,
    asn1::{GeneralizedTime, ObjectIdentifier, OctetStringRef, SetOf, UtcTime},
};
use x509_cert::time::Time;

use crate::{oid, signed::moment};

/// `[0]` around a SET OF whose own tag it replaces: `certificates` and `signedAttrs`.
const IMPLICIT_0: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber::N0 };

/// What all vouchers of one signer have in common, encoded.
#[derive(Debug)]
pub(crate) struct Constants {
    pub(crate) version: u8,
    pub(crate) content_type: ObjectIdentifier,
    /// The signed attribute that names `content_type`.
    pub(crate) content_type_attribute: Any,
    /// SET OF AlgorithmIdentifier.
    pub(crate) digest_algorithms: Any,
    /// `[0]` IMPLICIT SET OF Certificate.
    pub(crate) certificates: Any,
    /// IssuerAndSerialNumber.
    pub(crate) signer: Any,
    pub(crate) digest_algorithm: Any,
    pub(crate) signature_algorithm: Any,
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData<'a>,
}

#[derive(Sequence)]
struct SignedData<'a> {
    version: u8,
    digest_algorithms: AnyRef<'a>,
    encapsulated: EncapsulatedContent<'a>,
    certificates: AnyRef<'a>,
    signer_infos: SetOf<SignerInfo<'a>, 1>,
}

#[derive(Sequence)]
struct EncapsulatedContent<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: OctetStringRef<'a>,
}

#[derive(Sequence, ValueOrd)]
struct SignerInfo<'a> {
    version: u8,
    signer: AnyRef<'a>,
    digest_algorithm: AnyRef<'a>,
    signed_attributes: AnyRef<'a>,
    signature_algorithm: AnyRef<'a>,
    signature: OctetStringRef<'a>,
}

#[derive(Sequence, ValueOrd)]
struct Attribute<'a> {
    oid: ObjectIdentifier,
    values: SetOf<AnyRef<'a>, 1>,
}

impl<'a> Attribute<'a> {
    fn new(oid: ObjectIdentifier, value: AnyRef<'a>) -> der::Result<Self> {
        let mut values = SetOf::new();
        values.insert(value)?;
        Ok(Self { oid, values })
    }
}

/// The SET OF `elements`, which it sorts and which must differ, under the tag that `certificates` has.
pub(crate) fn certificate_set(mut elements: Vec<&[u8]>) -> der::Result<Any> {
    elements.sort_unstable();
    Any::new(IMPLICIT_0, elements.concat())
}

/// The signed attributes as a SET, in DER order: it goes by the encodings, which differ first in their
/// length, and a content-type is always shorter than a signing-time, and that than a message-digest.
struct SignedAttributes<'a> {
    content_type: AnyRef<'a>,
    signing_time: Attribute<'a>,
    message_digest: Attribute<'a>,
}

impl FixedTag for SignedAttributes<'_> {
    const TAG: Tag = Tag::Set;
}

impl EncodeValue for SignedAttributes<'_> {
    fn value_len(&self) -> der::Result<Length> {
        self.content_type.encoded_len()?
            + self.signing_time.encoded_len()?
            + self.message_digest.encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.content_type.encode(writer)?;
        self.signing_time.encode(writer)?;
        self.message_digest.encode(writer)
    }
}

/// The attribute that names a content type.
pub(crate) fn content_type_attribute(content_type: ObjectIdentifier) -> der::Result<Any> {
    let encoded = content_type.to_der()?;
    Any::encode_from(&Attribute::new(oid::CONTENT_TYPE, AnyRef::try_from(encoded.as_slice())?)?)
}

/// The DER of the signed attributes under the universal SET tag: the octets to be signed (RFC 5652 §5.4).
pub(crate) fn signed_attributes(
    content_type_attribute: &Any,
    digest: &[u8],
    signing_time: DateTime<Utc>,
) -> der::Result<Vec<u8>> {
    let time = time_der(signing_time)?;
    let attributes = SignedAttributes {
        content_type: content_type_attribute.into(),
        signing_time: Attribute::new(oid::SIGNING_TIME, AnyRef::try_from(time.as_slice())?)?,
        message_digest: Attribute::new(oid::MESSAGE_DIGEST, AnyRef::new(Tag::OctetString, digest)?)?,
    };
    attributes.to_der()
}

/// What [`signed_attributes`] writes, in its order and each once: content type, time and digest.
pub(crate) fn read_signed_attributes(octets: &[u8]) -> der::Result<(ObjectIdentifier, DateTime<Utc>, &[u8])> {
    let set = AnyRef::from_der(octets)?;
    set.tag().assert_eq(Tag::Set)?;
    let mut reader = SliceReader::new(set.value())?;
    let mut value_of = |oid| {
        let attribute: Attribute<'_> = reader.decode()?;
        let value = attribute.values.get(0).filter(|_| attribute.oid == oid);
        value.copied().ok_or(der::Error::from(der::ErrorKind::OidUnknown { oid: attribute.oid }))
    };
    let content_type = value_of(oid::CONTENT_TYPE)?.decode_as()?;
    let time = Time::from_der(&value_of(oid::SIGNING_TIME)?.to_der()?)?;
    let digest: OctetStringRef<'_> = value_of(oid::MESSAGE_DIGEST)?.decode_as()?;
    let time = moment(time).ok_or(der::ErrorKind::DateTime)?;
    reader.finish((content_type, time, digest.as_bytes()))
}

/// The finished ContentInfo.
pub(crate) fn content_info(
    constants: &Constants,
    content: &[u8],
    signed_attributes: &[u8],
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    let attributes = AnyRef::try_from(signed_attributes)?;
    let mut signer_infos = SetOf::new();
    signer_infos.insert(SignerInfo {
        version: 1, // RFC 5652 §5.3: the signer is named by issuer and serial number
        signer: (&constants.signer).into(),
        digest_algorithm: (&constants.digest_algorithm).into(),
        signed_attributes: AnyRef::new(IMPLICIT_0, attributes.value())?,
        signature_algorithm: (&constants.signature_algorithm).into(),
        signature: OctetStringRef::new(signature)?,
    })?;
    let signed_data = SignedData {
        version: constants.version,
        digest_algorithms: (&constants.digest_algorithms).into(),
        encapsulated: EncapsulatedContent {
            content_type: constants.content_type,
            content: OctetStringRef::new(content)?,
        },
        certificates: (&constants.certificates).into(),
        signer_infos,
    };
    ContentInfo { content_type: oid::SIGNED_DATA, content: signed_data }.to_der()
}

/// UTCTime through 2049 and GeneralizedTime from 2050, without fraction (RFC 5652 §11.3).
fn time_der(at: DateTime<Utc>) -> der::Result<Vec<u8>> {
    let out_of_range = || der::Error::from(der::ErrorKind::DateTime);
    let seconds = u64::try_from(at.timestamp()).map_err(|_| out_of_range())?;
    let time = DerDateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    match at.year() {
        1970..=2049 => UtcTime::from_date_time(time)?.to_der(),
        _ => GeneralizedTime::from_date_time(time).to_der(),
    }
}
