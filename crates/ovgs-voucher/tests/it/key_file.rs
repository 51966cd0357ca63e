//! Key files of all kinds.

use std::{fs, path::PathBuf, process::Command, sync::mpsc, thread, time::Duration};

use ovgs_voucher::{LocalSigner as _, Passphrase, SetupError, SignatureAlgorithm, VoucherSigner as _};
use tempfile::TempDir;

use crate::pki::{FileSigner, Kind};

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

#[cfg(unix)]
#[test]
fn a_key_file_is_a_file_and_a_link_to_it_will_do() {
    let folder = TempDir::new().unwrap();
    let key = file(&folder, Kind::P256.key().serialize_pem().as_bytes(), 0o600);
    let [link, pipe] = ["link", "pipe"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink(&key, &link).unwrap();
    FileSigner::load(&link).unwrap();
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    for path in [pipe, folder.path().to_owned()] {
        let (told, verdict) = mpsc::channel();
        // Who opened the pipe would wait for ever, so somebody else does.
        thread::spawn(move || told.send(FileSigner::load(&path)));
        let refused = verdict.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(
            matches!(&refused, Err(SetupError::KeyFile { source, .. }) if source.to_string() == "it is not a regular file"),
            "{refused:?}"
        );
    }
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

/// Our key as PKCS#8 encrypted by OpenSSL with these arguments, under the passphrase `secret`.
fn encrypted(folder: &TempDir, kind: Kind, arguments: &str) -> Vec<u8> {
    fs::write(folder.path().join("k.pem"), kind.key().serialize_pem()).unwrap();
    openssl(folder, &format!("pkcs8 -topk8 -in k.pem -passout pass:secret {arguments}"))
}

fn secret() -> Passphrase {
    Passphrase::new("secret").unwrap()
}

#[test]
fn encrypted_keys_are_opened_with_their_passphrase_and_refused_without() {
    let folder = TempDir::new().unwrap();
    for (kind, arguments) in [
        (Kind::P256, "-v2 aes-256-cbc"),
        (Kind::P384, "-v2 aes-128-cbc -v2prf hmacWithSHA512 -outform DER"),
        (Kind::Rsa, "-v2 aes-256-cbc -outform DER"),
        (Kind::P256, "-scrypt -scrypt_N 1024"),
    ] {
        let octets = encrypted(&folder, kind, arguments);
        let signer = FileSigner::from_encrypted_bytes(&octets, &secret()).unwrap();
        assert!(!signer.sign_now(b"message").unwrap().is_empty());
        assert!(matches!(FileSigner::from_bytes(&octets), Err(SetupError::EncryptedKey)), "{arguments}");
        let wrong = FileSigner::from_encrypted_bytes(&octets, &Passphrase::new("Secret").unwrap());
        assert!(matches!(wrong, Err(SetupError::WrongPassphrase)), "{arguments}");
    }
}

#[test]
fn other_ways_to_encrypt_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let old = {
        fs::write(folder.path().join("k.pem"), Kind::P256.key().serialize_pem()).unwrap();
        openssl(&folder, "ec -in k.pem -aes256 -passout pass:secret")
    };
    for octets in [
        old,
        encrypted(&folder, Kind::P256, "-v1 PBE-SHA1-3DES"),
        encrypted(&folder, Kind::P256, "-v2 camellia-256-cbc"),
    ] {
        let refused = FileSigner::from_encrypted_bytes(&octets, &secret());
        assert!(matches!(refused, Err(SetupError::EncryptedKeyForm)), "{refused:?}");
    }
}

#[test]
fn a_passphrase_without_an_encrypted_key_is_refused() {
    let plain = Kind::P256.key().serialize_pem();
    let refused = FileSigner::from_encrypted_bytes(plain.as_bytes(), &secret());
    assert!(matches!(refused, Err(SetupError::KeyNotEncrypted)));
}

#[cfg(unix)]
#[test]
fn a_passphrase_comes_from_the_first_line_of_a_file_of_its_owners() {
    let folder = TempDir::new().unwrap();
    let octets = encrypted(&folder, Kind::P256, "-v2 aes-256-cbc");
    for content in ["secret", "secret\n", "secret\r\n", "secret\nwritten by the installer\n"] {
        let passphrase = Passphrase::from_file(&file(&folder, content.as_bytes(), 0o400)).unwrap();
        FileSigner::from_encrypted_bytes(&octets, &passphrase).unwrap();
        fs::remove_file(folder.path().join("key.pem")).unwrap();
    }
    let path = file(&folder, b"secret", 0o644);
    assert!(matches!(Passphrase::from_file(&path), Err(SetupError::PassphraseFileOpen { mode: 0o644, .. })));
    let key = file(&folder, &octets, 0o600);
    assert!(FileSigner::load_encrypted(&key, &secret()).is_ok());
    assert!(matches!(
        Passphrase::from_file(&file(&folder, b"\nsecret", 0o600)),
        Err(SetupError::EmptyPassphrase)
    ));
    let missing = Passphrase::from_file(&folder.path().join("none"));
    assert!(matches!(missing, Err(SetupError::PassphraseFile { .. })));
}

#[test]
fn a_passphrase_comes_from_the_environment() {
    // This one is always set, and the other never: to change the environment would be unsafe.
    assert!(Passphrase::from_env("PATH").is_ok());
    let missing = Passphrase::from_env("OVGS_NO_SUCH_PASSPHRASE").unwrap_err().to_string();
    assert_eq!(
        missing,
        "environment variable `OVGS_NO_SUCH_PASSPHRASE` holds no passphrase; set it, in UTF-8"
    );
    assert!(matches!(Passphrase::new(""), Err(SetupError::EmptyPassphrase)));
    assert_eq!(format!("{:?}", secret()), "Passphrase(..)");
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
fn cm32_a_key_for_pss_alone_is_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let octets = openssl(&folder, "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048");
    let refused = FileSigner::from_bytes(&octets).unwrap_err().to_string();
    let sentence = "the RSA key is for RSASSA-PSS alone, which devices in use cannot verify; \
                    make one without that restriction";
    assert_eq!(refused, sentence);
}

#[test]
fn the_key_does_not_show() {
    let key = Kind::P256.key();
    let signer = FileSigner::from_bytes(key.serialize_pem().as_bytes()).unwrap();
    assert!(format!("{signer:?}").ends_with("Signer { algorithm: EcdsaP256Sha256, .. }"));
}
