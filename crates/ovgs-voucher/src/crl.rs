//! One certificate revocation list, read strictly and kept as it came.

use std::{collections::HashMap, fmt, sync::Arc};

use chrono::{DateTime, Utc};
use der::{
    AnyRef, Decode as _, Encode as _, Reader, Tag, TagMode, TagNumber, Tagged as _, asn1::ObjectIdentifier,
};
use x509_cert::{ext::Extension, name::Name, time::Time};

use crate::{
    Certificate, Invalid, pem,
    signed::{Frame, Signed, moment},
};

/// A certificate revocation list (RFC 5280 §5).
///
/// Only complete lists are of use: one with a critical extension, as those have that cover a part of their
/// issuer's certificates, changes since another list, or somebody else's certificates, is read and shown, but
/// proves nothing. Cloning is cheap.
#[derive(Clone)]
pub struct Crl(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    signed: Signed,
    /// The DER of the Name.
    issuer: Vec<u8>,
    issuer_text: String,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    /// When each certificate was revoked, by the DER of its serial number.
    revoked: HashMap<Vec<u8>, DateTime<Utc>>,
    critical: Option<ObjectIdentifier>,
}

impl Crl {
    /// Reads exactly one list in DER.
    ///
    /// # Errors
    /// [`Invalid::NotACrl`] for anything else or a byte after it, [`Invalid::Crl`] if its parts contradict
    /// each other.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, Invalid> {
        let der = der.into();
        let parts = Parts::read(&der)?;
        Ok(Self(Arc::new(Parts { der, ..parts })))
    }

    /// All `X509 CRL` sections of a PEM text, in order.
    ///
    /// # Errors
    /// [`Invalid`] if there is none, or one is broken.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, Invalid> {
        pem::all_of(pem, "X509 CRL", Invalid::NoCrl, Self::from_der)
    }

    /// Reads a file of lists: one in DER, or any number in PEM.
    ///
    /// # Errors
    /// Those of [`from_der`](Self::from_der) or [`all_from_pem`](Self::all_from_pem).
    pub fn all_from_file(octets: &[u8]) -> Result<Vec<Self>, Invalid> {
        // A SEQUENCE, and so every list in DER, begins with 0x30, which text before PEM hardly does.
        match octets.first() {
            Some(0x30) => Self::from_der(octets).map(|list| vec![list]),
            _ => Self::all_from_pem(octets),
        }
    }

    /// The list in DER, byte for byte as given.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer for people, as RFC 4514 writes names.
    pub fn issuer(&self) -> &str {
        &self.0.issuer_text
    }

    /// When the list was made.
    pub fn this_update(&self) -> DateTime<Utc> {
        self.0.this_update
    }

    /// When the next list is due, and this one no longer fresh. Without it a list is never fresh.
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        self.0.next_update
    }

    /// How many certificates are listed.
    pub fn len(&self) -> usize {
        self.0.revoked.len()
    }

    /// Whether no certificate is listed.
    pub fn is_empty(&self) -> bool {
        self.0.revoked.is_empty()
    }

    /// When `certificate` was revoked, if the list has its serial number. Whether both are of one issuer is
    /// not looked at.
    pub(crate) fn revoked_on(&self, certificate: &Certificate) -> Option<DateTime<Utc>> {
        self.0.revoked.get(certificate.serial_der()).copied()
    }

    /// Whether its name says that `issuer` issued it.
    pub(crate) fn names_as_issuer(&self, issuer: &Certificate) -> bool {
        self.0.issuer == issuer.subject_der()
    }

    /// What the issuer signed.
    pub(crate) fn signed(&self) -> &Signed {
        &self.0.signed
    }

    /// A critical extension of the list or of an entry. This crate knows none, and so must not use the list
    /// (RFC 5280 §5.2, §5.3).
    pub(crate) fn critical(&self) -> Option<ObjectIdentifier> {
        self.0.critical
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.issuer())
            .field("this_update", &self.this_update())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// TBSCertList, RFC 5280 §5.1.
struct Tbs<'a> {
    algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    this_update: Time,
    next_update: Option<Time>,
    revoked: Vec<Entry>,
    extensions: Vec<Extension>,
}

struct Entry {
    /// The DER of the INTEGER.
    serial: Vec<u8>,
    on: Time,
    critical: Option<ObjectIdentifier>,
}

impl<'a> Tbs<'a> {
    fn read<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        // Version 2 is written as 1; a list of version 1 has no such field, and no extensions.
        let version_2 = reader.peek_tag()? == Tag::Integer;
        if version_2 && reader.decode::<u8>()? != 1 {
            return Err(Tag::Integer.value_error());
        }
        let read = Self {
            algorithm: reader.decode()?,
            issuer: reader.decode()?,
            this_update: reader.decode()?,
            next_update: optional(reader, &[Tag::UtcTime, Tag::GeneralizedTime])?,
            revoked: optional::<_, AnyRef<'_>>(reader, &[Tag::Sequence])?
                .map_or(Ok(Vec::new()), |entries| entries.sequence(entries_of))?,
            extensions: reader.context_specific(TagNumber::N0, TagMode::Explicit)?.unwrap_or_default(),
        };
        let plain = read.extensions.is_empty() && read.revoked.iter().all(|entry| entry.critical.is_none());
        if version_2 || plain { Ok(read) } else { Err(Tag::Integer.value_error()) }
    }
}

/// The next element, if it has one of these tags.
fn optional<'a, R: Reader<'a>, T: der::Decode<'a>>(reader: &mut R, tags: &[Tag]) -> der::Result<Option<T>> {
    if reader.is_finished() || !tags.contains(&reader.peek_tag()?) {
        return Ok(None);
    }
    reader.decode().map(Some)
}

fn entries_of<'a, R: Reader<'a>>(reader: &mut R) -> der::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    while !reader.is_finished() {
        entries.push(reader.sequence(|reader| {
            let serial: AnyRef<'_> = reader.decode()?;
            serial.tag().assert_eq(Tag::Integer)?;
            let on = reader.decode()?;
            let extensions: Vec<Extension> =
                if reader.is_finished() { Vec::new() } else { reader.decode()? };
            Ok(Entry { serial: serial.to_der()?, on, critical: first_critical(&extensions) })
        })?);
    }
    Ok(entries)
}

fn first_critical(extensions: &[Extension]) -> Option<ObjectIdentifier> {
    extensions.iter().find(|extension| extension.critical).map(|extension| extension.extn_id)
}

impl Parts {
    /// Everything but the octets themselves, which the caller has.
    fn read(der: &[u8]) -> Result<Self, Invalid> {
        let frame = Frame::from_der(der).map_err(Invalid::NotACrl)?;
        let tbs = frame.body.sequence(Tbs::read).map_err(Invalid::NotACrl)?;
        if frame.algorithm != tbs.algorithm {
            return Err(Invalid::Crl("it names two signature algorithms"));
        }
        let signed = Signed::of(&frame).map_err(Invalid::NotACrl)?;
        let date = |time| moment(time).ok_or(Invalid::Crl("its dates are out of range"));
        let critical = tbs.revoked.iter().find_map(|entry| entry.critical);
        let mut revoked = HashMap::with_capacity(tbs.revoked.len());
        for entry in tbs.revoked {
            if revoked.insert(entry.serial, date(entry.on)?).is_some() {
                return Err(Invalid::Crl("a certificate stands in it twice"));
            }
        }
        Ok(Self {
            der: Vec::new(),
            signed: signed.ok_or(Invalid::Crl("its signature is not whole octets"))?,
            issuer: tbs.issuer.to_der().map_err(Invalid::NotACrl)?,
            issuer_text: tbs.issuer.decode_as::<Name>().map_err(Invalid::NotACrl)?.to_string(),
            this_update: date(tbs.this_update)?,
            next_update: tbs.next_update.map(date).transpose()?,
            revoked,
            critical: first_critical(&tbs.extensions).or(critical),
        })
    }
}
