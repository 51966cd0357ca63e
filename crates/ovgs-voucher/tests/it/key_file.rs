//! Key files of all kinds.

use std::{fs, path::PathBuf, process::Command};

use ovgs_voucher::{FileSigner, LocalSigner as _, SetupError, SignatureAlgorithm, VoucherSigner as _};
use tempfile::TempDir;

use crate::pki::Kind;

/// Writes `octets` into a file of this mode.
#[cfg(unix)]
fn file(folder: &TempDir, octets: &[u8], mode: u32) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;

    let path = folder.path().join("key.pem");
    fs::write(&path, octets).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn a_key_file_open_to_others_is_refused_with_the_way_out() {
    let folder = TempDir::new().unwrap();
    let pem = Kind::P256.key().serialize_pem();
    for mode in [0o640, 0o604, 0o660, 0o777, 0o620] {
        let path = file(&folder, pem.as_bytes(), mode);
        let refused = FileSigner::load(&path).unwrap_err().to_string();
        let path = path.display();
        let sentence = format!(
            "key file `{path}` is open to others than its owner (mode {mode:04o}); run `chmod 600 {path}`"
        );
        assert_eq!(refused, sentence);
    }
    for mode in [0o600, 0o400] {
        FileSigner::load(&file(&folder, pem.as_bytes(), mode)).unwrap();
    }
    let missing = FileSigner::load(&folder.path().join("none.pem"));
    assert!(matches!(missing, Err(SetupError::KeyFile { .. })));
}

fn openssl(folder: &TempDir, arguments: &str) -> Vec<u8> {
    let output =
        Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn every_form_of_every_kind_is_read() {
    let folder = TempDir::new().unwrap();
    for (kind, algorithm) in [
        (Kind::P256, SignatureAlgorithm::EcdsaP256Sha256),
        (Kind::P384, SignatureAlgorithm::EcdsaP384Sha384),
        (Kind::Rsa, SignatureAlgorithm::RsaPkcs1Sha256),
    ] {
        fs::write(folder.path().join("k.pem"), kind.key().serialize_pem()).unwrap();
        for form in ["-outform PEM", "-outform DER", "-traditional -outform PEM", "-traditional -outform DER"]
        {
            let octets = openssl(&folder, &format!("pkey -in k.pem {form}"));
            let signer = FileSigner::from_bytes(&octets).unwrap();
            assert_eq!(signer.algorithm(), algorithm, "{form}");
            assert!(!signer.sign_now(b"message").unwrap().is_empty());
        }
    }
}

#[test]
fn text_around_the_key_does_not_matter() {
    let folder = TempDir::new().unwrap();
    // With the `EC PARAMETERS` section before the key, as this command makes it.
    let pem = openssl(&folder, "ecparam -name prime256v1 -genkey");
    assert!(pem.starts_with(b"-----BEGIN EC PARAMETERS"));
    FileSigner::from_bytes(&pem).unwrap();
}

#[test]
fn encrypted_keys_are_told_apart() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("k.pem"), Kind::P256.key().serialize_pem()).unwrap();
    for form in ["pkey -in k.pem -aes256 -passout pass:secret", "ec -in k.pem -aes256 -passout pass:secret"] {
        let octets = openssl(&folder, form);
        assert!(matches!(FileSigner::from_bytes(&octets), Err(SetupError::EncryptedKey)), "{form}");
    }
}

#[test]
fn keys_of_other_sizes_and_kinds_are_refused() {
    let folder = TempDir::new().unwrap();
    for form in ["-outform PEM", "-traditional -outform DER"] {
        openssl(&folder, "genrsa -out k.pem 1024");
        let octets = openssl(&folder, &format!("rsa -in k.pem {form}"));
        assert!(matches!(FileSigner::from_bytes(&octets), Err(SetupError::KeySize)), "{form}");
    }
    for make in ["genpkey -algorithm ED25519", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521"] {
        assert!(matches!(FileSigner::from_bytes(&openssl(&folder, make)), Err(SetupError::Key)), "{make}");
    }
    for octets in [&b""[..], b"hello", b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----"] {
        assert!(matches!(FileSigner::from_bytes(octets), Err(SetupError::Key)));
    }
}

#[test]
fn the_key_does_not_show() {
    let key = Kind::P256.key();
    let signer = FileSigner::from_bytes(key.serialize_pem().as_bytes()).unwrap();
    assert_eq!(format!("{signer:?}"), "FileSigner { algorithm: EcdsaP256Sha256, .. }");
}
