//! One X.509 certificate, read strictly and kept as it came.

use std::{fmt, fmt::Write as _, sync::Arc};

use chrono::{DateTime, Utc};
use der::{
    AnyRef, Decode, Encode, Reader, Tag, TagNumber, Tagged as _,
    asn1::{BitStringRef, ObjectIdentifier},
    pem::LineEnding,
};
use x509_cert::{
    ext::{
        Extension,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage},
    },
    name::Name,
    spki::SubjectPublicKeyInfoRef,
    time::{Time, Validity},
};

use crate::{
    Invalid,
    algorithm::{KeyKind, key_kind},
    oid, pem,
    signed::{Frame, Signed, moment},
};
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
use crate::{SignatureAlgorithm, crypto};

/// The label of certificates in PEM (RFC 7468 §5.1).
const LABEL: &str = "CERTIFICATE";

/// The most extensions that a certificate may have; real ones have some ten.
const MOST_EXTENSIONS: usize = 64;

/// An X.509 certificate.
///
/// Its octets are kept as they came and never encoded again: not every certificate would come out the same.
/// Cloning is cheap.
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    signed: Signed,
    version: u8,
    /// The DER of the INTEGER.
    serial: Vec<u8>,
    /// The DER of the Name.
    issuer: Vec<u8>,
    /// The DER of the Name.
    subject: Vec<u8>,
    issuer_text: String,
    subject_text: String,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    key_kind: KeyKind,
    /// The DER of the SubjectPublicKeyInfo.
    key_info: Vec<u8>,
    /// The bits of the SubjectPublicKeyInfo.
    key: Vec<u8>,
    extensions: Extensions,
}

/// Those extensions that a path needs.
#[derive(Default)]
pub(crate) struct Extensions {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    /// The DER of the AuthorityKeyIdentifier.
    pub(crate) authority_key_id: Option<Vec<u8>>,
    /// One that must be processed and is not: critical, or name constraints, which bind whatever they say of
    /// themselves (RFC 5280 §4.2.1.10).
    pub(crate) unprocessed: Option<ObjectIdentifier>,
}

impl Certificate {
    /// Reads exactly one certificate in DER.
    ///
    /// # Errors
    /// [`Invalid::NotACertificate`] for anything else or a byte after it, [`Invalid::Certificate`] if its
    /// parts contradict each other.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, Invalid> {
        let der = der.into();
        let parts = Parts::read(&der)?;
        Ok(Self(Arc::new(Parts { der, ..parts })))
    }

    /// All `CERTIFICATE` sections of a PEM text, in order.
    ///
    /// # Errors
    /// [`Invalid`] if there is none, or one is broken.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, Invalid> {
        pem::all_of(pem, LABEL, Invalid::NoCertificate, Self::from_der)
    }

    /// The certificate as a PEM section of its own, ending its last line.
    pub fn pem(&self) -> String {
        // Only a text of more than `isize::MAX` octets cannot be written.
        der::pem::encode_string(LABEL, LineEnding::LF, self.der()).unwrap_or_default()
    }

    /// Whether `signature` over `message` is by the key of this certificate, in the algorithm that such a key signs
    /// vouchers with. Who has signatures made elsewhere asks this before a voucher leaves.
    #[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        SignatureAlgorithm::of_key(self.key_kind()).is_some_and(|algorithm| {
            crypto::is_signed(algorithm.scheme(), self.key_kind(), self.key(), message, signature)
        })
    }

    pub(crate) fn require_version_3(&self) -> Result<(), Invalid> {
        if self.0.version == 3 { Ok(()) } else { Err(Invalid::Certificate("it is not of version 3")) }
    }

    /// The certificate in DER, byte for byte as given.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The subject for people, as RFC 4514 writes names.
    pub fn subject(&self) -> &str {
        &self.0.subject_text
    }

    /// The issuer for people, as RFC 4514 writes names.
    pub fn issuer(&self) -> &str {
        &self.0.issuer_text
    }

    /// The serial number in lower-case hexadecimal, two digits an octet.
    pub fn serial(&self) -> String {
        let octets = AnyRef::from_der(&self.0.serial).map_or(&[][..], AnyRef::value);
        octets.iter().fold(String::new(), |mut text, octet| {
            let _ = write!(text, "{octet:02x}"); // writing into a string cannot fail
            text
        })
    }

    /// The first moment it is valid.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.0.not_before
    }

    /// The last second it is valid.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.0.not_after
    }

    /// The kind of its public key.
    pub fn key_kind(&self) -> KeyKind {
        self.0.key_kind
    }

    /// Its public key: the DER of the SubjectPublicKeyInfo.
    pub fn public_key_info(&self) -> &[u8] {
        &self.0.key_info
    }

    /// Whether it names itself as its issuer; whether it also signed itself is not looked at.
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject
    }

    /// Whether the names say that `issuer` issued it.
    pub(crate) fn names_as_issuer(&self, issuer: &Self) -> bool {
        self.0.issuer == issuer.0.subject
    }

    /// The DER of the issuer's Name, as it came.
    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.0.issuer
    }

    /// The DER of the subject's Name, as it came.
    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.0.subject
    }

    /// The DER of the serial number's INTEGER, as it came.
    pub(crate) fn serial_der(&self) -> &[u8] {
        &self.0.serial
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The bits of the SubjectPublicKeyInfo.
    pub(crate) fn key(&self) -> &[u8] {
        &self.0.key
    }

    /// What the issuer signed.
    pub(crate) fn signed(&self) -> &Signed {
        &self.0.signed
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("serial", &self.serial())
            .finish_non_exhaustive()
    }
}

/// TBSCertificate, RFC 5280 §4.1.
struct Tbs<'a> {
    version: u8,
    serial: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    key: SubjectPublicKeyInfoRef<'a>,
    extensions: Vec<Extension>,
}

impl<'a> Tbs<'a> {
    fn read<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        let version = reader.context_specific::<u8>(TagNumber::N0, der::TagMode::Explicit)?;
        let tbs = Self {
            version: version.map_or(1, |zero_based| zero_based.saturating_add(1)),
            serial: reader.decode()?,
            algorithm: reader.decode()?,
            issuer: reader.decode()?,
            validity: reader.decode()?,
            subject: reader.decode()?,
            key: reader.decode()?,
            extensions: {
                let _issuer_id =
                    reader.context_specific::<BitStringRef<'_>>(TagNumber::N1, der::TagMode::Implicit)?;
                let _subject_id =
                    reader.context_specific::<BitStringRef<'_>>(TagNumber::N2, der::TagMode::Implicit)?;
                reader.context_specific(TagNumber::N3, der::TagMode::Explicit)?.unwrap_or_default()
            },
        };
        tbs.serial.tag().assert_eq(Tag::Integer)?;
        Ok(tbs)
    }
}

impl Parts {
    /// Everything but the octets themselves, which the caller has.
    fn read(der: &[u8]) -> Result<Self, Invalid> {
        let frame = Frame::from_der(der).map_err(Invalid::NotACertificate)?;
        let tbs = frame.body.sequence(Tbs::read).map_err(Invalid::NotACertificate)?;
        if frame.algorithm != tbs.algorithm {
            return Err(Invalid::Certificate("it names two signature algorithms"));
        }
        // RFC 5280 §4.1.2.1, §4.1.2.9.
        if tbs.version > 3 || (tbs.version < 3 && !tbs.extensions.is_empty()) {
            return Err(Invalid::Certificate("its version does not go with what is in it"));
        }
        let signed = Signed::of(&frame).map_err(Invalid::NotACertificate)?;
        let (signed, key) = signed
            .zip(tbs.key.subject_public_key.as_bytes().map(<[u8]>::to_vec))
            .ok_or(Invalid::Certificate("its key or signature is not whole octets"))?;
        let encoded = |any: AnyRef<'_>| any.to_der().map_err(Invalid::NotACertificate);
        let text = |name: AnyRef<'_>| {
            name.decode_as::<Name>().map(|name| name.to_string()).map_err(Invalid::NotACertificate)
        };
        Ok(Self {
            der: Vec::new(),
            signed,
            version: tbs.version,
            serial: encoded(tbs.serial)?,
            issuer: encoded(tbs.issuer)?,
            subject: encoded(tbs.subject)?,
            issuer_text: text(tbs.issuer)?,
            subject_text: text(tbs.subject)?,
            not_before: date(tbs.validity.not_before)?,
            not_after: date(tbs.validity.not_after)?,
            key_kind: key_kind(tbs.key.algorithm, &key),
            key_info: tbs.key.to_der().map_err(Invalid::NotACertificate)?,
            key,
            extensions: Extensions::read(&tbs.extensions)?,
        })
    }
}

impl Extensions {
    fn read(extensions: &[Extension]) -> Result<Self, Invalid> {
        if extensions.len() > MOST_EXTENSIONS {
            return Err(Invalid::Certificate("it has more than 64 extensions"));
        }
        let mut read = Self::default();
        for (index, extension) in extensions.iter().enumerate() {
            if extensions.iter().take(index).any(|earlier| earlier.extn_id == extension.extn_id) {
                return Err(Invalid::Certificate("an extension stands in it twice"));
            }
            let value = extension.extn_value.as_bytes();
            match extension.extn_id {
                oid::BASIC_CONSTRAINTS => read.basic_constraints = Some(value_of(value)?),
                oid::KEY_USAGE => read.key_usage = Some(value_of(value)?),
                oid::EXTENDED_KEY_USAGE => {
                    read.extended_key_usage = Some(value_of::<ExtendedKeyUsage>(value)?.0)
                }
                oid::AUTHORITY_KEY_ID => read.authority_key_id = Some(value.to_vec()),
                oid::SUBJECT_KEY_ID
                | oid::SUBJECT_ALT_NAME
                | oid::ISSUER_ALT_NAME
                | oid::CERTIFICATE_POLICIES => {}
                oid::NAME_CONSTRAINTS => read.unprocessed = Some(oid::NAME_CONSTRAINTS),
                unknown if extension.critical => read.unprocessed = Some(unknown),
                _ => {}
            }
        }
        Ok(read)
    }
}

fn value_of<'a, T: Decode<'a>>(value: &'a [u8]) -> Result<T, Invalid> {
    T::from_der(value).map_err(Invalid::NotACertificate)
}

fn date(time: Time) -> Result<DateTime<Utc>, Invalid> {
    moment(time).ok_or(Invalid::Certificate("its dates are out of range"))
}
