//! A generator of CMS objects that may break any rule, signed with real keys.

use der::{Decode, Encode};
use ovgs_voucher::{LocalSigner as _, SignatureAlgorithm, Voucher, VoucherSigner as _};
use sha2::{Digest as _, Sha256, Sha384};

use crate::pki::Pki;

pub(crate) const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
pub(crate) const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
pub(crate) const VOUCHER: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x28";
/// id-ct-sztpConveyedInfoJSON.
pub(crate) const CONVEYED: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2b";
pub(crate) const CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
pub(crate) const MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
pub(crate) const SIGNING_TIME: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
pub(crate) const SHA256: &[u8] = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
pub(crate) const SHA1: &[u8] = b"\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a";
pub(crate) const ECDSA_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const SHA384: &[u8] = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02";
const ECDSA_SHA384: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
const TIME: &[u8] = b"\x17\x0d261121203303Z";

/// One element.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let head = match value.len() {
        0 => vec![tag, 0],
        1..128 => [vec![tag], significant].concat(),
        _ => [vec![tag, 0x80 | u8::try_from(significant.len()).unwrap()], significant].concat(),
    };
    [head, value].concat()
}

pub(crate) fn attribute(oid: &[u8], values: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &[oid, &tlv(0x31, values)])
}

/// What goes into the object, piece by piece, everything honest to begin with.
pub(crate) struct Forge<'a> {
    pki: &'a Pki,
    pub(crate) version: u8,
    pub(crate) digest_algorithms: Vec<Vec<u8>>,
    pub(crate) label: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    /// As they go onto the wire and under the signature, in this order.
    pub(crate) attributes: Option<Vec<Vec<u8>>>,
    pub(crate) signer_version: u8,
    pub(crate) signer_id: Vec<u8>,
    pub(crate) digest_algorithm: Vec<u8>,
    pub(crate) signature_algorithm: Vec<u8>,
    pub(crate) unsigned_attributes: Vec<Vec<u8>>,
    pub(crate) signers: usize,
    /// Instead of a genuine one.
    pub(crate) signature: Option<Vec<u8>>,
}

impl<'a> Forge<'a> {
    /// An honest voucher of the profile `rfc8366`.
    pub(crate) fn new(pki: &'a Pki, voucher: &Voucher) -> Self {
        Self::of(pki, voucher.to_json(), VOUCHER)
    }

    pub(crate) fn of(pki: &'a Pki, content: Vec<u8>, content_type: &[u8]) -> Self {
        let signer = x509_cert::Certificate::from_der(pki.signer.der()).unwrap().tbs_certificate;
        let mut certificates: Vec<Vec<u8>> = pki.certificates().iter().map(|c| c.der().to_vec()).collect();
        certificates.sort();
        certificates.dedup();
        let (digest_algorithm, signature_algorithm, digest) = match pki.file_signer().algorithm() {
            SignatureAlgorithm::EcdsaP384Sha384 => (SHA384, ECDSA_SHA384, Sha384::digest(&content).to_vec()),
            SignatureAlgorithm::RsaPkcs1Sha256 => (SHA256, RSA, Sha256::digest(&content).to_vec()),
            _ => (SHA256, ECDSA_SHA256, Sha256::digest(&content).to_vec()),
        };
        Self {
            pki,
            version: 3,
            digest_algorithms: vec![digest_algorithm.to_vec()],
            label: content_type.to_vec(),
            attributes: Some(attributes_of(content_type, &tlv(4, &[&digest]))),
            content: Some(content),
            certificates,
            crls: vec![],
            signer_version: 1,
            signer_id: tlv(
                0x30,
                &[&signer.issuer.to_der().unwrap(), &signer.serial_number.to_der().unwrap()],
            ),
            digest_algorithm: digest_algorithm.to_vec(),
            signature_algorithm: signature_algorithm.to_vec(),
            unsigned_attributes: vec![],
            signers: 1,
            signature: None,
        }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let all = |parts: &[Vec<u8>]| parts.concat();
        let optional =
            |tag: u8, parts: &[Vec<u8>]| if parts.is_empty() { vec![] } else { tlv(tag, &[&all(parts)]) };
        let signed = match &self.attributes {
            Some(attributes) => tlv(0x31, &[&all(attributes)]),
            None => self.content.clone().unwrap(),
        };
        let sign = || self.pki.file_signer().sign_now(&signed).unwrap();
        let signature = self.signature.clone().unwrap_or_else(sign);
        let signer_info = tlv(
            0x30,
            &[
                &[2, 1, self.signer_version],
                &self.signer_id,
                &self.digest_algorithm,
                &self
                    .attributes
                    .as_ref()
                    .map(|attributes| tlv(0xa0, &[&all(attributes)]))
                    .unwrap_or_default(),
                &self.signature_algorithm,
                &tlv(4, &[&signature]),
                &optional(0xa1, &self.unsigned_attributes),
            ],
        );
        let content =
            self.content.as_ref().map(|content| tlv(0xa0, &[&tlv(4, &[content])])).unwrap_or_default();
        let signed_data = tlv(
            0x30,
            &[
                &[2, 1, self.version],
                &tlv(0x31, &[&all(&self.digest_algorithms)]),
                &tlv(0x30, &[&self.label, &content]),
                &optional(0xa0, &self.certificates),
                &optional(0xa1, &self.crls),
                &tlv(0x31, &[&signer_info.repeat(self.signers)]),
            ],
        );
        tlv(0x30, &[SIGNED_DATA, &tlv(0xa0, &[&signed_data])])
    }
}

/// content-type, signing-time and message-digest with SHA-256, in DER order.
pub(crate) fn attributes(content_type: &[u8], content: &[u8]) -> Vec<Vec<u8>> {
    attributes_of(content_type, &digest(content))
}

fn attributes_of(content_type: &[u8], digest: &[u8]) -> Vec<Vec<u8>> {
    vec![
        attribute(CONTENT_TYPE, &[content_type]),
        attribute(SIGNING_TIME, &[TIME]),
        attribute(MESSAGE_DIGEST, &[digest]),
    ]
}

/// The SHA-256 of `content` as an OCTET STRING.
pub(crate) fn digest(content: &[u8]) -> Vec<u8> {
    tlv(4, &[&Sha256::digest(content)])
}
