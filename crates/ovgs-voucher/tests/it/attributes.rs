//! What a signer is asked to sign, read back.

use ovgs_voucher::{LocalSigner as _, Profile, SignatureAlgorithm, SignedAttributes, VoucherSigner as _};
use sha2::{Digest as _, Sha256};

use crate::pki::{Kind, Pki, at, now, voucher};

const ALGORITHMS: [SignatureAlgorithm; 2] =
    [SignatureAlgorithm::EcdsaP256Sha256, SignatureAlgorithm::EcdsaP384Sha384];

#[test]
fn what_is_prepared_is_read_back() {
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        let pki = Pki::new(kind, false);
        let algorithm = pki.file_signer().algorithm();
        for profile in [Profile::Rfc8366, Profile::Pkcs7] {
            for moment in ["2026-11-21T20:33:03Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"] {
                let prepared = pki.template(profile).prepare(voucher().to_json(), at(moment)).unwrap();
                let read = SignedAttributes::read(prepared.to_sign(), algorithm).unwrap();
                assert_eq!((read.profile, read.signing_time), (profile, at(moment)));
            }
        }
    }
}

#[test]
fn a_record_of_the_content_is_by_sha256_whatever_is_signed() {
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        let template = Pki::new(kind, false).template(Profile::Rfc8366);
        let prepared = template.prepare(voucher().to_json(), now()).unwrap();
        assert_eq!(prepared.content_sha256(), *Sha256::digest(prepared.content()));
    }
}

#[test]
fn the_digest_is_by_the_hash_of_the_algorithm() {
    let pki = Pki::new(Kind::P256, false);
    let prepared = pki.template(Profile::Rfc8366).prepare(voucher().to_json(), now()).unwrap();
    let [right, wrong] = ALGORITHMS;
    assert_eq!(SignedAttributes::read(prepared.to_sign(), right).unwrap().digest.len(), 32);
    let refused = SignedAttributes::read(prepared.to_sign(), wrong).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "not the signed attributes of a voucher: the digest is not by the hash of the algorithm"
    );
}

#[test]
fn a_certificate_tells_signatures_by_its_key_from_others() {
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        let (pki, message) = (Pki::new(kind, false), b"message");
        let signature = pki.file_signer().sign_now(message).unwrap();
        assert!(pki.signer.has_signed(message, &signature), "{kind:?}");
        assert!(!pki.signer.has_signed(b"another", &signature), "{kind:?}");
        for wrong in [&b""[..], b"garbage", &signature[1..], &[&signature[..], &[0]].concat(), &[0; 5000]] {
            assert!(!pki.signer.has_signed(message, wrong), "{kind:?}");
        }
    }
    let pki = Pki::new(Kind::P256, false);
    let other = Pki::new(Kind::P256, false).file_signer().sign_now(b"message").unwrap();
    assert!(!pki.signer.has_signed(b"message", &other));
}

#[test]
fn whatever_else_might_be_signed_is_refused() {
    let pki = Pki::new(Kind::P256, false);
    let good = pki.template(Profile::Rfc8366).prepare(voucher().to_json(), now()).unwrap();
    let good = good.to_sign();
    let certificate = pki.chain().signer().der().to_vec();
    let with_more = [good, b"\x00"].concat();
    // The same attributes, the first and shortest of them last.
    let (head, attributes) = good.split_at(2);
    let (first, others) = attributes.split_at(2 + usize::from(attributes[1]));
    let unsorted = [head, others, first].concat();
    let fewer = [&[0x31, u8::try_from(others.len()).unwrap()], others].concat();
    for octets in
        [&certificate[..], &with_more, &unsorted, &fewer, b"", b"{}", voucher().to_json().as_slice()]
    {
        assert!(SignedAttributes::read(octets, ALGORITHMS[0]).is_err(), "{octets:02x?}");
    }
    // Whatever octet before the digest is another one, it is refused, or counts.
    for at in 0..good.len() - 32 {
        let mut changed = good.to_vec();
        changed[at] ^= 1;
        if let Ok(read) = SignedAttributes::read(&changed, ALGORITHMS[0]) {
            assert_ne!(read.signing_time, now(), "octet {at} counts for nothing");
        }
    }
    assert!(SignedAttributes::read(&good[..good.len() - 1], ALGORITHMS[0]).is_err());
}
