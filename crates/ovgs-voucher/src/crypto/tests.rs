//! The two backends hold each other to account.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly too")]

use std::process::Command;

use tempfile::TempDir;

use super::{Hash, aws_lc, portable, rust_crypto};
use crate::{
    Certificate, FileSigner, LocalSigner as _, RustCryptoSigner,
    algorithm::{KeyKind, Scheme},
};

const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
const MESSAGE: &[u8] = b"message";

#[test]
fn digests_are_the_same() {
    for hash in HASHES {
        for message in [&b""[..], MESSAGE, &[7; 1000]] {
            let (a, b) = (aws_lc::digest(hash, message), portable::digest(hash, message));
            assert_eq!(a.as_ref(), b.as_ref());
        }
    }
}

fn openssl(folder: &TempDir, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A fresh certificate over a key made with these arguments; the key is `k.pem`.
fn certificate(folder: &TempDir, key: &str) -> Certificate {
    openssl(
        folder,
        &format!("req -x509 -newkey {key} -nodes -keyout k.pem -subj /CN=S -outform DER -out c.der"),
    );
    Certificate::from_der(std::fs::read(folder.path().join("c.der")).unwrap()).unwrap()
}

/// What both say, which must be the same.
fn verdict(scheme: Scheme, certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    let (kind, key) = (certificate.key_kind(), certificate.key());
    let verdicts = [
        aws_lc::is_signed(scheme, kind, key, message, signature),
        rust_crypto::is_signed(scheme, kind, key, message, signature),
    ];
    assert_eq!(verdicts[0], verdicts[1], "{scheme:?} {kind}");
    verdicts[0]
}

#[test]
fn every_scheme_and_kind_of_key_is_judged_alike() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("m"), MESSAGE).unwrap();
    let ecdsa: fn(Hash) -> Scheme = Scheme::Ecdsa;
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    for (key, options, scheme) in [
        ("ec -pkeyopt ec_paramgen_curve:P-256", "", ecdsa),
        ("ec -pkeyopt ec_paramgen_curve:P-384", "", ecdsa),
        ("ec -pkeyopt ec_paramgen_curve:P-521", "", ecdsa),
        ("rsa:2048", "", Scheme::RsaPkcs1),
        ("rsa:2048", pss, Scheme::RsaPss),
        ("rsa:1024", "", Scheme::RsaPkcs1),
    ] {
        let certificate = certificate(&folder, key);
        let strong = certificate.key_kind() != KeyKind::Rsa { bits: 1024 };
        for (hash, name) in HASHES.into_iter().zip(["sha256", "sha384", "sha512"]) {
            let sign = format!("dgst -{name} -sign k.pem {options} m").replace("  ", " ");
            let mut signature = openssl(&folder, &sign);
            assert_eq!(verdict(scheme(hash), &certificate, MESSAGE, &signature), strong, "{key} {name}");
            assert!(!verdict(scheme(hash), &certificate, b"another", &signature));
            for other in HASHES.into_iter().filter(|other| *other != hash) {
                assert!(!verdict(scheme(other), &certificate, MESSAGE, &signature));
            }
            assert!(!verdict(scheme(hash), &certificate, MESSAGE, &signature[1..]));
            *signature.last_mut().unwrap() ^= 1;
            assert!(!verdict(scheme(hash), &certificate, MESSAGE, &signature));
            assert!(!verdict(scheme(hash), &certificate, MESSAGE, &[]));
        }
    }
}

#[test]
fn each_verifies_what_the_other_signs() {
    let folder = TempDir::new().unwrap();
    for (key, scheme) in [
        ("ec -pkeyopt ec_paramgen_curve:P-256", Scheme::Ecdsa(Hash::Sha256)),
        ("ec -pkeyopt ec_paramgen_curve:P-384", Scheme::Ecdsa(Hash::Sha384)),
        ("rsa:2048", Scheme::RsaPkcs1(Hash::Sha256)),
    ] {
        let certificate = certificate(&folder, key);
        let pem = std::fs::read(folder.path().join("k.pem")).unwrap();
        let signatures = [
            FileSigner::from_bytes(&pem).unwrap().sign_now(MESSAGE).unwrap(),
            RustCryptoSigner::from_bytes(&pem).unwrap().sign_now(MESSAGE).unwrap(),
        ];
        for signature in signatures {
            assert!(verdict(scheme, &certificate, MESSAGE, &signature), "{key}");
        }
    }
}
