//! Domain certificates as bytes (`standards.md`, DC03 and DC04).

use std::time::Duration;

use der::{Decode, Encode, asn1::BitString};
use ovgs_domain::{DomainCertificate, Fingerprint, Invalid};
use proptest::prelude::*;
use rcgen::{BasicConstraints, CrlDistributionPoint, CustomExtension, IsCa};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::{Certificate, Version};

use crate::generators::certificate;

fn parse(der: &[u8]) -> Result<DomainCertificate, Invalid> {
    DomainCertificate::parse(der)
}

/// The certificate after an intervention. Its signature no longer fits, which nobody here looks at.
fn altered(der: &[u8], alter: impl FnOnce(&mut Certificate)) -> Vec<u8> {
    let mut certificate = Certificate::from_der(der).unwrap();
    alter(&mut certificate);
    certificate.to_der().unwrap()
}

fn older(version: Version) -> Vec<u8> {
    altered(&certificate(|_| {}), |certificate| {
        certificate.tbs_certificate.version = version;
        certificate.tbs_certificate.extensions = None;
    })
}

#[test]
fn a_certificate_is_kept_byte_for_byte() {
    let der = certificate(|params| {
        params.not_before = rcgen::date_time_ymd(2020, 2, 29) + Duration::from_millis(1900);
        params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    });
    let parsed = parse(&der).unwrap();
    assert_eq!(**parsed.der(), der);
    assert_eq!(parsed.fingerprint(), Fingerprint::of(&der));
    assert_eq!(parsed.not_before().to_rfc3339(), "2020-02-29T00:00:01+00:00");
    assert_eq!(parsed.not_after().to_rfc3339(), "2049-12-31T00:00:00+00:00");
}

#[test]
fn a_fingerprint_is_the_sha_256() {
    let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let fingerprint = Fingerprint::of(b"abc");
    assert_eq!(fingerprint.to_string(), of_abc);
    assert_eq!(Fingerprint::from_bytes(*fingerprint.as_bytes()), fingerprint);
}

#[test]
fn both_encodings_of_time_are_read() {
    let never = certificate(|params| {
        params.not_after = rcgen::date_time_ymd(9999, 12, 31) + Duration::from_secs(86_399);
    });
    assert_eq!(parse(&never).unwrap().not_after(), ovgs_domain::NEVER);
    let past = certificate(|params| params.not_after = rcgen::date_time_ymd(1999, 1, 1));
    assert_eq!(parse(&past).unwrap().not_after().to_rfc3339(), "1999-01-01T00:00:00+00:00");
}

#[test]
fn structure_is_checked_and_policy_is_not() {
    let ca = certificate(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert!(parse(&ca).is_ok());
    for algorithm in [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let params = rcgen::CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
        assert!(parse(params.self_signed(&key).unwrap().der()).is_ok());
    }
    let of_an_unknown_kind = altered(&ca, |certificate| {
        certificate.tbs_certificate.subject_public_key_info = SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid: ObjectIdentifier::new_unwrap("1.3.6.1.4.1.30065.99"),
                parameters: None,
            },
            subject_public_key: BitString::from_bytes(b"a key").unwrap(),
        };
    });
    assert!(parse(&of_an_unknown_kind).is_ok());
}

#[test]
fn dc03_anything_but_exactly_one_certificate_in_der_is_refused() {
    let der = certificate(|_| {});
    for length in 1..der.len() {
        assert_eq!(parse(&der[..length]), Err(Invalid::NotCertificate), "the first {length} bytes");
    }
    let key = Certificate::from_der(&der).unwrap().tbs_certificate.subject_public_key_info.to_der().unwrap();
    let with_more = |more: &[u8]| [der.as_slice(), more].concat();
    for bad in [with_more(b"\0"), with_more(b"\n"), with_more(&der), key, b"hello".to_vec(), vec![0x30, 0]] {
        assert_eq!(parse(&bad), Err(Invalid::NotCertificate));
    }
    assert_eq!(parse(b""), Err(Invalid::Empty));
}

#[test]
fn dc03_lengths_that_der_would_write_shorter_are_refused() {
    let der = certificate(|_| {});
    assert_eq!(der[..2], [0x30, 0x82], "an outer length of two bytes");
    let padded = [&[0x30, 0x83, 0x00], &der[2..]].concat();
    assert_eq!(parse(&padded), Err(Invalid::NotCertificate));
    let indefinite = [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    assert_eq!(parse(&indefinite), Err(Invalid::NotCertificate));
}

#[test]
fn dc03_pem_is_told_from_other_nonsense() {
    let pem = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert_eq!(parse(pem), Err(Invalid::Pem));
    assert_eq!(parse(&pem[1..]), Err(Invalid::NotCertificate));
}

#[test]
fn dc04_older_versions_are_refused() {
    for version in [Version::V1, Version::V2] {
        assert_eq!(parse(&older(version)), Err(Invalid::NotVersion3));
    }
    let without_extensions = altered(&certificate(|_| {}), |certificate| {
        certificate.tbs_certificate.extensions = None;
    });
    assert!(parse(&without_extensions).is_ok(), "version 3 needs no extension");
}

/// A certificate of exactly so many bytes.
fn sized(size: usize) -> Vec<u8> {
    let padded = |padding| {
        let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 30065, 99], vec![7; padding]);
        altered(&certificate(|params| params.custom_extensions = vec![extension]), |certificate| {
            // Signatures differ in length from one to the next.
            certificate.signature = BitString::from_bytes(&[7; 70]).unwrap();
            certificate.tbs_certificate.serial_number =
                x509_cert::serial_number::SerialNumber::new(&[7; 8]).unwrap();
        })
    };
    let padding = size - 1024;
    padded(padding + size - padded(padding).len())
}

#[test]
fn certificates_have_up_to_16_kib() {
    let largest = sized(DomainCertificate::MAX);
    assert_eq!(largest.len(), 16 * 1024);
    assert!(parse(&largest).is_ok());
    let too_large = Invalid::TooManyBytes { length: 16 * 1024 + 1, max: 16 * 1024 };
    assert_eq!(parse(&sized(DomainCertificate::MAX + 1)), Err(too_large));
}

#[test]
fn dc08_a_crl_or_ocsp_address_is_a_revocation_source() {
    /// An AuthorityInfoAccess with one entry: its method (1 for OCSP, 2 for the issuer's certificate) at `http://a`.
    fn access(method: u8) -> CustomExtension {
        let oid = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, method];
        let entry = [&[0x30, 0x14][..], &oid, &[0x86, 0x08], b"http://a"].concat();
        CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 1],
            [&[0x30, 0x16], entry.as_slice()].concat(),
        )
    }
    let names_one = |der: Vec<u8>| parse(&der).unwrap().names_revocation_source();
    assert!(!names_one(certificate(|_| {})));
    assert!(!names_one(certificate(|params| params.custom_extensions = vec![access(2)])));
    assert!(names_one(certificate(|params| params.custom_extensions = vec![access(1)])));
    assert!(names_one(certificate(|params| {
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec!["http://a/crl".into()] }];
    })));
}

proptest! {
    #[test]
    fn one_wrong_byte_is_refused_or_kept(at: prop::sample::Index, octet: u8) {
        let mut der = certificate(|_| {});
        let index = at.index(der.len());
        der[index] = octet;
        if let Ok(parsed) = parse(&der) {
            prop_assert_eq!(&**parsed.der(), &der);
        }
    }

    #[test]
    fn bytes_of_chance_are_no_certificate(bytes in prop::collection::vec(any::<u8>(), 1..200)) {
        prop_assert!(parse(&bytes).is_err());
    }
}
