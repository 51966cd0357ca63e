//! Voucher files of all kinds.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ovgs_voucher::{Invalid, Profile, voucher_der};

use crate::pki::{Kind, Pki, voucher};

#[test]
fn der_pem_and_base64_are_the_same_voucher() {
    let der = Pki::new(Kind::P256, false).issue(Profile::Rfc8366, &voucher());
    let base64 = STANDARD.encode(&der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let text = lines.join("\r\n");
    for form in [
        base64.clone(),
        format!("{text}\n"),
        format!("Subject: a voucher\n\n-----BEGIN CMS-----\n{text}\n-----END CMS-----\n"),
        format!("-----BEGIN PKCS7-----\r\n{text}\r\n-----END PKCS7-----"),
    ] {
        assert_eq!(voucher_der(form.as_bytes()).unwrap(), der, "{form}");
    }
    assert_eq!(voucher_der(&der).unwrap(), der);
}

#[test]
fn one_file_holds_one_voucher() {
    let section = |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
    let beside = [section("CERTIFICATE"), section("CMS")].concat();
    assert_eq!(voucher_der(beside.as_bytes()).unwrap(), vec![0x30, 0]);
    let two = [section("CMS"), section("PKCS7")].concat();
    assert!(matches!(voucher_der(two.as_bytes()), Err(Invalid::SeveralVouchers)));
}

#[test]
fn anything_else_is_refused() {
    for text in ["", "hello", "aGVsbG8=", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(voucher_der(text.as_bytes()), Err(Invalid::NotAVoucherFile)), "{text}");
    }
    for broken in ["", "-----END CMS", "-----END PKCS7-----"] {
        let text = format!("-----BEGIN CMS-----\nMAA=\n{broken}");
        assert!(matches!(voucher_der(text.as_bytes()), Err(Invalid::Pem)), "{broken}");
    }
    assert!(matches!(voucher_der(b"\xff\xfe"), Err(Invalid::NotAVoucherFile)));
}
