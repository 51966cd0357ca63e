//! What is known of a component's keys, as bytes (`standards.md`, TP01, TP02 and TP06; the others are in `tpm.rs`).

use der::{Decode, Encode, asn1::OctetString};
use ovgs_domain::{EkCertificate, Endorsement, IdevidIssuer, Invalid, PublicKey};
use proptest::prelude::*;
use x509_cert::{Certificate, Version, ext::pkix::AuthorityKeyIdentifier, serial_number::SerialNumber};

use crate::generators::certificate;

/// A TLV with its length in two bytes.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    [&[tag, 0x82], &length.to_be_bytes()[..], content].concat()
}

/// An RSAPublicKey of PKCS #1 with a modulus of so many bytes, and the exponent 65537.
pub(crate) fn rsa_public_key(modulus: usize) -> Vec<u8> {
    let modulus = tlv(0x02, &[&[0x00], vec![0xc1; modulus].as_slice()].concat());
    tlv(0x30, &[modulus.as_slice(), &[0x02, 0x03, 0x01, 0x00, 0x01]].concat())
}

/// The SubjectPublicKeyInfo around it: rsaEncryption with NULL.
pub(crate) fn rsa_spki(modulus: usize) -> Vec<u8> {
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let key = tlv(0x03, &[&[0x00], rsa_public_key(modulus).as_slice()].concat());
    tlv(0x30, &[algorithm, key.as_slice()].concat())
}

#[test]
fn tp01_a_key_is_kept_byte_for_byte() {
    for modulus in [256, 384, 512] {
        let spki = rsa_spki(modulus);
        let key = PublicKey::parse(&spki).unwrap();
        assert_eq!(key.der(), spki);
        assert_eq!(Endorsement::Key(key).public_key_der(), spki);
    }
}

#[test]
fn tp02_what_is_no_key_in_any_form_is_refused() {
    let spki = rsa_spki(256);
    let bad = [
        [spki.as_slice(), &[0]].concat(),
        spki[..spki.len() - 1].to_vec(),
        [spki.as_slice(), &spki].concat(),
    ];
    for bad in bad {
        assert_eq!(PublicKey::parse(&bad), Err(Invalid::NotPublicKey));
    }
    assert_eq!(PublicKey::parse(b""), Err(Invalid::Empty));
}

#[test]
fn keys_have_up_to_4_kib() {
    let overhead = rsa_spki(3000).len() - 3000;
    assert!(PublicKey::parse(&rsa_spki(4096 - overhead)).is_ok());
    let too_large = Invalid::TooManyBytes { length: 4097, max: 4096 };
    assert_eq!(PublicKey::parse(&rsa_spki(4097 - overhead)), Err(too_large));
}

#[test]
fn an_endorsement_certificate_hands_out_its_key_as_it_stands_there() {
    let der = certificate(|params| params.not_after = rcgen::date_time_ymd(2001, 1, 1));
    let endorsement = EkCertificate::parse(&der).unwrap();
    let spki = Certificate::from_der(&der).unwrap().tbs_certificate.subject_public_key_info.to_der().unwrap();
    assert_eq!((endorsement.der(), endorsement.public_key_der()), (der.as_slice(), spki.as_slice()));
    assert_eq!(Endorsement::Certificate(endorsement).public_key_der(), spki);
}

#[test]
fn tp06_an_endorsement_certificate_stands_alone() {
    let der = certificate(|_| {});
    let dumped = [&[0x10, 0x01, 0x00, 0x02, 0x00][..], &der].concat();
    let padded = [der.as_slice(), &[0xff; 16]].concat();
    for bad in [dumped, padded, der[..der.len() - 1].to_vec(), rsa_spki(256), vec![0xff; 1600]] {
        assert_eq!(EkCertificate::parse(&bad), Err(Invalid::NotCertificate));
    }
    assert_eq!(EkCertificate::parse(b""), Err(Invalid::Empty));
    let too_large = Invalid::TooManyBytes { length: 16 * 1024 + 1, max: 16 * 1024 };
    assert_eq!(EkCertificate::parse(&[0; 16 * 1024 + 1]), Err(too_large));
    assert_eq!(EkCertificate::parse(&[0; 16 * 1024]), Err(Invalid::NotCertificate));
}

#[test]
fn an_endorsement_certificate_may_be_of_any_version() {
    let mut old = Certificate::from_der(&certificate(|_| {})).unwrap();
    old.tbs_certificate.version = Version::V1;
    old.tbs_certificate.extensions = None;
    assert!(EkCertificate::parse(&old.to_der().unwrap()).is_ok());
}

fn identifier(key_id: Option<&[u8]>) -> Vec<u8> {
    let identifier = AuthorityKeyIdentifier {
        key_identifier: key_id.map(|key_id| OctetString::new(key_id).unwrap()),
        authority_cert_issuer: None,
        authority_cert_serial_number: Some(SerialNumber::new(&[5]).unwrap()),
    };
    identifier.to_der().unwrap()
}

#[test]
fn a_bare_key_id_is_wrapped() {
    let key_id: Vec<u8> = (1..=20).collect();
    let issuer = IdevidIssuer::parse(&key_id).unwrap();
    let wrapped = [&[0x30, 0x16, 0x80, 0x14][..], &key_id].concat();
    assert_eq!((issuer.der(), issuer.key_id()), (wrapped.as_slice(), key_id.as_slice()));
    assert_eq!(IdevidIssuer::parse(&wrapped), Ok(issuer));
}

#[test]
fn an_authority_key_identifier_is_kept_byte_for_byte() {
    for key_id in [&[9; 20][..], &[9; 1], &[9; 32]] {
        let der = identifier(Some(key_id));
        let issuer = IdevidIssuer::parse(&der).unwrap();
        assert_eq!((issuer.der(), issuer.key_id()), (der.as_slice(), key_id));
    }
}

#[test]
fn twenty_bytes_are_a_key_id_whatever_they_look_like() {
    let looks_like_der = [&[0x30, 0x12, 0x80, 0x10][..], &[9; 16]].concat();
    assert_eq!(IdevidIssuer::parse(&looks_like_der).unwrap().key_id(), looks_like_der);
}

#[test]
fn an_issuer_without_a_key_id_is_refused() {
    let whole = identifier(Some(&[9; 20]));
    let bad = [
        identifier(None),
        identifier(Some(&[])),
        vec![9; 19],
        vec![9; 21],
        [whole.as_slice(), &[0]].concat(),
        whole[..whole.len() - 1].to_vec(),
        certificate(|_| {}),
    ];
    for bad in bad {
        assert_eq!(IdevidIssuer::parse(&bad), Err(Invalid::NotIdevidIssuer), "{bad:02x?}");
    }
    assert_eq!(IdevidIssuer::parse(&[]), Err(Invalid::Empty));
}

#[test]
fn issuers_have_up_to_1_kib() {
    let overhead = identifier(Some(&[9; 900])).len() - 900;
    assert!(IdevidIssuer::parse(&identifier(Some(&vec![9; 1024 - overhead]))).is_ok());
    let too_large = Invalid::TooManyBytes { length: 1025, max: 1024 };
    assert_eq!(IdevidIssuer::parse(&identifier(Some(&vec![9; 1025 - overhead]))), Err(too_large));
}

proptest! {
    #[test]
    fn bytes_of_chance_are_no_key(bytes in prop::collection::vec(any::<u8>(), 1..100)) {
        prop_assert!(PublicKey::parse(&bytes).is_err());
        prop_assert!(EkCertificate::parse(&bytes).is_err());
        prop_assert_eq!(IdevidIssuer::parse(&bytes).is_ok(), bytes.len() == 20);
    }
}
