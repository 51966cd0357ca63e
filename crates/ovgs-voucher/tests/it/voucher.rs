//! The voucher's JSON as we write it, and as we read it strictly.

use expect_test::expect;
use ovgs_voucher::{Assertion, IdevidIssuer, Invalid, PinnedCert, Voucher, VoucherBuilder};
use proptest::prelude::*;

use crate::pki::{at, now, pinned, voucher};

fn begin(serial: &str) -> VoucherBuilder {
    Voucher::builder(now(), Assertion::Verified, serial, pinned())
}

/// The JSON with the certificate, which differs from run to run, cut out.
fn shown(voucher: &Voucher) -> String {
    String::from_utf8(voucher.to_json()).unwrap().replace(pinned().base64(), "PINNED")
}

#[test]
fn ve01_ve02_ve03_ve07_ve09_the_usual_voucher_is_one_line_of_known_members() {
    expect![[r#"{"ietf-voucher:voucher":{"created-on":"2026-11-21T20:33:03.123456Z","expires-on":"2027-05-01T00:00:00.000000Z","assertion":"verified","serial-number":"ABC101","pinned-domain-cert":"PINNED","domain-cert-revocation-checks":true}}"#]]
        .assert_eq(&shown(&voucher()));
}

#[test]
fn all_other_leaves_have_their_place() {
    let issuer = IdevidIssuer::from_key_id(&[7; 20]).unwrap();
    let with_renewal = begin("ABC101")
        .expires_on(at("2027-05-01T00:00:00Z"))
        .last_renewal_date(at("2028-05-01T00:00:00Z"))
        .idevid_issuer(issuer)
        .build()
        .unwrap();
    expect![[r#"{"ietf-voucher:voucher":{"created-on":"2026-11-21T20:33:03.123456Z","expires-on":"2027-05-01T00:00:00.000000Z","assertion":"verified","serial-number":"ABC101","idevid-issuer":"MBaAFAcHBwcHBwcHBwcHBwcHBwcHBwcH","pinned-domain-cert":"PINNED","last-renewal-date":"2028-05-01T00:00:00.000000Z"}}"#]]
        .assert_eq(&shown(&with_renewal));
    let with_nonce = Voucher::builder(now(), Assertion::Logged, "ABC101", pinned())
        .nonce(*b"12345678")
        .revocation_checks(false)
        .build()
        .unwrap();
    expect![[r#"{"ietf-voucher:voucher":{"created-on":"2026-11-21T20:33:03.123456Z","assertion":"logged","serial-number":"ABC101","pinned-domain-cert":"PINNED","domain-cert-revocation-checks":false,"nonce":"MTIzNDU2Nzg="}}"#]]
        .assert_eq(&shown(&with_nonce));
}

#[test]
fn ve04_ve14_years_are_written_with_four_digits_or_refused() {
    for (given, written) in [
        ("2050-01-01T00:00:00Z", "2050-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ] {
        let voucher = begin("A").expires_on(at(given)).build().unwrap();
        assert!(shown(&voucher).contains(&format!(r#""expires-on":"{written}""#)), "{given}");
    }
    let refused = begin("A").expires_on(chrono::DateTime::<chrono::Utc>::MAX_UTC).build();
    assert!(matches!(refused, Err(Invalid::DateRange { member: "expires-on" })));
}

#[test]
fn ve05_the_revocation_flag_is_a_boolean_of_three_states() {
    let with = |flag| shown(&begin("A").revocation_checks(flag).build().unwrap());
    assert!(with(true).contains(r#""domain-cert-revocation-checks":true"#));
    assert!(with(false).contains(r#""domain-cert-revocation-checks":false"#));
    assert!(!shown(&begin("A").build().unwrap()).contains("domain-cert-revocation-checks"));
}

#[test]
fn ve06_the_certificate_comes_back_octet_for_octet() {
    let read = Voucher::from_json(&voucher().to_json()).unwrap();
    assert_eq!(read.pinned_domain_cert().der(), pinned().der());
}

#[test]
fn ve08_ve17_any_serial_number_round_trips() {
    let json = begin("JPE-1234/ä\"\\").build().unwrap().to_json();
    assert_eq!(Voucher::from_json(&json).unwrap().serial_number(), "JPE-1234/ä\"\\");
}

#[test]
fn ve10_a_nonce_and_an_end_exclude_each_other() {
    let both = begin("A").nonce([0; 16]).expires_on(at("2027-01-01T00:00:00Z")).build();
    assert!(matches!(both, Err(Invalid::NonceWithExpiry)));
}

#[test]
fn ve11_a_renewal_date_needs_an_end() {
    let alone = begin("A").last_renewal_date(at("2027-01-01T00:00:00Z")).build();
    assert!(matches!(alone, Err(Invalid::RenewalWithoutExpiry)));
}

#[test]
fn ve12_a_nonce_has_8_to_32_octets() {
    let of = |octets: usize| begin("A").nonce(vec![1; octets]).build();
    assert!(matches!(of(7), Err(Invalid::NonceLength { octets: 7 })));
    assert!(of(8).is_ok() && of(32).is_ok());
    assert!(matches!(of(33), Err(Invalid::NonceLength { octets: 33 })));
}

#[test]
fn ve13_ve15_times_are_floored_never_rounded_up() {
    let late = at("2030-01-01T00:00:00.999999999Z");
    let voucher =
        Voucher::builder(late, Assertion::Verified, "A", pinned()).expires_on(late).build().unwrap();
    assert_eq!(voucher.created_on(), at("2030-01-01T00:00:00.999999Z"));
    assert_eq!(voucher.expires_on(), Some(at("2030-01-01T00:00:00.999999Z")));
    let leap =
        Voucher::builder(at("2016-12-31T23:59:60.5Z"), Assertion::Verified, "A", pinned()).build().unwrap();
    assert!(shown(&leap).contains("2016-12-31T23:59:59.999999Z"));
}

#[test]
fn ve18_the_idevid_issuer_is_a_sequence_with_a_key_identifier() {
    let issuer = IdevidIssuer::from_key_id(&[9; 20]).unwrap();
    assert_eq!(issuer.der()[..4], [0x30, 0x16, 0x80, 0x14]);
    assert_eq!(IdevidIssuer::from_der(issuer.der()).unwrap(), issuer);
    for wrong in
        [&b""[..], &[9; 20], &[0x30, 0x00], &[0x30, 0x02, 0x80, 0x00], &[issuer.der(), b"\0"].concat()]
    {
        assert!(matches!(IdevidIssuer::from_der(wrong), Err(Invalid::IdevidIssuer)), "{wrong:?}");
    }
    assert!(IdevidIssuer::from_key_id(&[9; 19]).is_err());
    let voucher = begin("A").idevid_issuer(issuer.clone()).build().unwrap();
    assert_eq!(Voucher::from_json(&voucher.to_json()).unwrap().idevid_issuer(), Some(&issuer));
}

#[test]
fn an_empty_serial_number_is_refused() {
    assert!(matches!(begin("").build(), Err(Invalid::EmptySerial)));
}

#[test]
fn only_one_certificate_of_version_3_can_be_pinned() {
    let der = pinned().der().to_vec();
    for wrong in
        [vec![], der[..der.len() - 1].to_vec(), [&der[..], b"\0"].concat(), [&der[..], &der[..]].concat()]
    {
        assert!(matches!(PinnedCert::from_der(wrong), Err(Invalid::NotACertificate(_))));
    }
    // The version is a `[0] { INTEGER 2 }` before the serial number.
    let position = der.windows(5).position(|octets| octets == [0xa0, 3, 2, 1, 2]).unwrap();
    let mut version_1 = der;
    version_1[position + 4] = 0;
    assert!(matches!(PinnedCert::from_der(version_1), Err(Invalid::Certificate(_))));
}

#[test]
fn members_may_come_in_any_order() {
    let json = String::from_utf8(voucher().to_json()).unwrap();
    let moved = json
        .replace(r#""serial-number":"ABC101","#, "")
        .replace("true}}", r#"true,"serial-number":"ABC101"}}"#);
    assert_ne!(moved, json);
    assert_eq!(Voucher::from_json(moved.as_bytes()).unwrap(), voucher());
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        serial in "\\PC{1,64}",
        seconds in 0i64..253_402_300_799,
        micros in 0u32..1_000_000,
        life in proptest::option::of(0i64..200_000_000_000),
        checks in proptest::option::of(any::<bool>()),
        nonce in proptest::option::of(proptest::collection::vec(any::<u8>(), 8..=32)),
    ) {
        let created = chrono::DateTime::from_timestamp(seconds, micros * 1000).unwrap();
        let mut builder = Voucher::builder(created, Assertion::Proximity, serial, pinned());
        if let Some(end) = life.and_then(|life| chrono::DateTime::from_timestamp((seconds + life).min(253_402_300_799), 0)) {
            builder = builder.expires_on(end).last_renewal_date(end);
        } else if let Some(nonce) = nonce {
            builder = builder.nonce(nonce);
        }
        if let Some(checks) = checks {
            builder = builder.revocation_checks(checks);
        }
        let voucher = builder.build().unwrap();
        prop_assert_eq!(Voucher::from_json(&voucher.to_json()).unwrap(), voucher);
    }

    #[test]
    fn no_json_makes_reading_panic(text in "\\PC*") {
        let _ = Voucher::from_json_lenient(text.as_bytes());
    }
}
