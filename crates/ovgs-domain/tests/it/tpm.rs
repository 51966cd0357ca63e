//! TPM identities at the boundary (`standards.md`, TP01 to TP08): what is taken, what is refused, and how it is kept.

use der::{
    Decode, Encode, Tag,
    asn1::{AnyRef, BitString, ObjectIdentifier},
};
use ovgs_domain::{EkCertificate, EkPurpose, Endorsement, Invalid, KeyForm, PublicKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa};
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;

use crate::{
    generators::certificate,
    keys::{rsa_public_key, rsa_spki, tlv},
};

const EC: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";

/// A SubjectPublicKeyInfo of a curve, whatever the octets are.
fn ec_spki(curve: &str, point: &[u8]) -> Vec<u8> {
    let curve = ObjectIdentifier::new(curve).unwrap();
    let algorithm = AlgorithmIdentifier {
        oid: ObjectIdentifier::new(EC).unwrap(),
        parameters: Some(AnyRef::from(&curve)),
    };
    let subject_public_key = BitString::from_bytes(point).unwrap();
    SubjectPublicKeyInfo { algorithm, subject_public_key }.to_der().unwrap()
}

/// The base points of the curves, uncompressed and compressed.
fn points() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    macro_rules! base_point {
        ($curve:ident, $oid:expr) => {{
            let octets =
                |compress| $curve::AffinePoint::GENERATOR.to_encoded_point(compress).as_bytes().to_vec();
            ($oid, octets(false), octets(true))
        }};
    }
    vec![base_point!(p256, P256), base_point!(p384, P384), base_point!(p521, P521)]
}

fn tag(tag: Tag, content: &[u8]) -> Vec<u8> {
    AnyRef::new(tag, content).unwrap().to_der().unwrap()
}

/// Why a key is of no use; nothing for one that is.
fn unusable(der: &[u8]) -> &'static str {
    match PublicKey::parse(der) {
        Err(Invalid::UnusableKey { reason }) => reason,
        _ => "",
    }
}

#[test]
fn tp01_keys_of_all_kinds_are_kept_byte_for_byte() {
    let mut keys = vec![rsa_spki(256), rsa_spki(384), rsa_spki(512)];
    keys.extend(points().into_iter().map(|(curve, point, _)| ec_spki(curve, &point)));
    for spki in keys {
        let key = PublicKey::parse(&spki).unwrap();
        assert_eq!(
            (key.der(), Endorsement::Key(key.clone()).public_key_der()),
            (spki.as_slice(), spki.as_slice())
        );
    }
}

#[test]
fn tp02_each_other_form_of_a_public_key_is_named() {
    let area = [&[0x00, 0x01, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2][..], &[7; 270]].concat();
    let sized = [&u16::try_from(area.len()).unwrap().to_be_bytes()[..], &area].concat();
    let forms = [
        (rsa_public_key(256), KeyForm::Pkcs1),
        (sized, KeyForm::Tpm2bPublic),
        (area, KeyForm::TpmtPublic),
        ([&[0, 0, 0, 1, 0, 3, 0, 1][..], &[9; 280]].concat(), KeyForm::TpmPubkey),
        (b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n".to_vec(), KeyForm::Pem),
        (certificate(|_| {}), KeyForm::Certificate),
    ];
    for (bytes, form) in forms {
        assert_eq!(PublicKey::parse(&bytes), Err(Invalid::OtherKeyForm { form }), "{form}");
    }
}

#[test]
fn tp02_private_keys_are_refused_as_what_they_are() {
    let pkcs8 = rcgen::KeyPair::generate().unwrap().serialize_der();
    let sequence = |parts: &[Vec<u8>]| tag(Tag::Sequence, &parts.concat());
    let sec1 = sequence(&[tag(Tag::Integer, &[1]), tag(Tag::OctetString, &[7; 32])]);
    let number = tag(Tag::Integer, &[0x41; 256]);
    let pkcs1 = sequence(&[tag(Tag::Integer, &[0]), number, tag(Tag::Integer, &[1, 0, 1])]);
    let pbes2 = tag(Tag::Sequence, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30\x00");
    let encrypted = sequence(&[pbes2, tag(Tag::OctetString, &[7; 64])]);
    let labels =
        ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"];
    let pem =
        labels.map(|label| format!("-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n").into_bytes());
    for bytes in [pkcs8, sec1, pkcs1, encrypted].into_iter().chain(pem) {
        for bytes in [&bytes[..], &[&bytes[..], b"\n"].concat(), &bytes[..bytes.len() - 1]] {
            assert_eq!(PublicKey::parse(bytes), Err(Invalid::PrivateKey), "{bytes:02x?}");
            assert_eq!(EkCertificate::parse(bytes), Err(Invalid::PrivateKey), "{bytes:02x?}");
        }
    }
}

#[test]
fn tp04_a_point_off_its_curve_is_refused() {
    for (curve, mut point, _) in points() {
        *point.last_mut().unwrap() ^= 1;
        let off = "it is not a point of its curve";
        assert_eq!(unusable(&ec_spki(curve, &point)), off);
        for bad in [&[0][..], &[], &point[..point.len() - 1], &[&point[..], &[0]].concat(), &[4; 65]] {
            assert_eq!(unusable(&ec_spki(curve, bad)), off, "infinity, too short, too long, or no point");
        }
    }
}

#[test]
fn tp04_rsa_keys_that_nothing_can_be_encrypted_for_are_refused() {
    let with = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut spki = rsa_spki(256);
        edit(&mut spki);
        unusable(&spki)
    };
    let length = rsa_spki(256).len();
    assert_eq!(unusable(&rsa_spki(255)), "its modulus has fewer than 2048 bits");
    assert_eq!(with(&|spki| spki[length - 6] = 0x02), "its modulus is even");
    assert_eq!(with(&|spki| spki[length - 1] = 0x00), "its exponent is not an odd number above 2");
    assert_eq!(with(&|spki| spki[25] = 0x31), "its RSAPublicKey cannot be read");
}

#[test]
fn tp05_a_compressed_point_is_kept_uncompressed() {
    for (curve, point, compressed) in points() {
        let key = PublicKey::parse(&ec_spki(curve, &compressed)).unwrap();
        assert_eq!(key.der(), ec_spki(curve, &point));
        assert_eq!(PublicKey::parse(key.der()), Ok(key.clone()), "what is kept is kept again");
    }
}

#[test]
fn keys_of_other_algorithms_are_kept_as_they_are() {
    let secp256k1 = ec_spki("1.3.132.0.10", &[4; 65]);
    let ed25519 = [&b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"[..], &[7; 32]].concat();
    for spki in [secp256k1, ed25519] {
        assert_eq!(PublicKey::parse(&spki).unwrap().der(), spki);
    }
    let unnamed =
        tlv(0x30, &[tlv(0x30, b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x30\x00"), tlv(0x03, &[0, 4])].concat());
    assert!(PublicKey::parse(&unnamed).is_err(), "lengths are not minimal");
}

/// A certificate whose key is another one. Nobody checks its signature.
fn certificate_of(spki: &[u8]) -> Vec<u8> {
    let mut certificate = Certificate::from_der(&certificate(|_| {})).unwrap();
    certificate.tbs_certificate.subject_public_key_info = SubjectPublicKeyInfoOwned::from_der(spki).unwrap();
    certificate.to_der().unwrap()
}

/// An RSA key as certificates of TPM 1.2 have it: id-RSAES-OAEP with `TCPA` as the source of P.
fn oaep_spki() -> Vec<u8> {
    let rsa = SubjectPublicKeyInfoOwned::from_der(&rsa_spki(256)).unwrap();
    let parameters = b"\x30\x15\xa2\x13\x30\x11\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09\x04\x04TCPA";
    let parameters = der::Any::from_der(parameters).unwrap();
    let oid = ObjectIdentifier::new("1.2.840.113549.1.1.7").unwrap();
    let algorithm = AlgorithmIdentifier { oid, parameters: Some(parameters) };
    SubjectPublicKeyInfo { algorithm, ..rsa }.to_der().unwrap()
}

#[test]
fn tp07_rsaes_oaep_is_handed_out_as_rsa_encryption() {
    let der = certificate_of(&oaep_spki());
    let endorsement = EkCertificate::parse(&der).unwrap();
    assert_eq!((endorsement.der(), endorsement.public_key_der()), (der.as_slice(), rsa_spki(256).as_slice()));
    assert_eq!(PublicKey::parse(&oaep_spki()).unwrap().der(), rsa_spki(256));
}

#[test]
fn tp08_the_certificate_of_a_ca_is_refused() {
    let ca = certificate(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(EkCertificate::parse(&ca), Err(Invalid::CaCertificate));
    let end_entity = certificate(|params| params.is_ca = IsCa::ExplicitNoCa);
    assert!(EkCertificate::parse(&end_entity).is_ok());
}

#[test]
fn tp08_a_certificate_says_what_it_is_for() {
    let purpose = |usages: &[ExtendedKeyUsagePurpose]| {
        let der = certificate(|params: &mut CertificateParams| params.extended_key_usages = usages.to_vec());
        EkCertificate::parse(&der).unwrap().purpose()
    };
    let tcg = |last| ExtendedKeyUsagePurpose::Other(vec![2, 23, 133, 8, last]);
    assert_eq!(purpose(&[]), EkPurpose::Endorsement);
    assert_eq!(purpose(&[tcg(1)]), EkPurpose::Endorsement);
    assert_eq!(purpose(&[tcg(2)]), EkPurpose::Platform);
    assert_eq!(purpose(&[tcg(3)]), EkPurpose::Attestation);
    assert_eq!(purpose(&[tcg(3), tcg(1)]), EkPurpose::Endorsement);
    assert_eq!(purpose(&[ExtendedKeyUsagePurpose::ServerAuth]), EkPurpose::Other);
}

#[test]
fn tp04_a_certificate_is_as_good_as_its_key() {
    let (curve, mut point, _) = points().remove(0);
    *point.last_mut().unwrap() ^= 1;
    let der = certificate_of(&ec_spki(curve, &point));
    assert!(matches!(EkCertificate::parse(&der), Err(Invalid::UnusableKey { .. })));
}

proptest! {
    /// What is taken once is taken again, and stays what it is: stored rows go through the same door.
    #[test]
    fn what_is_kept_is_kept_again(
        x in prop::collection::vec(any::<u8>(), 66),
        sign in 2_u8..4,
        (curve, length) in prop::sample::select(vec![(P256, 32), (P384, 48), (P521, 66)]),
    ) {
        let point = [&[sign], x.split_at(length).0].concat();
        if let Ok(key) = PublicKey::parse(&ec_spki(curve, &point)) {
            prop_assert_eq!(PublicKey::parse(key.der()), Ok(key));
        }
    }
}
