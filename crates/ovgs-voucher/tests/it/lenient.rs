//! The voucher's JSON as others write it.

use ovgs_voucher::{Invalid, Leniency, Voucher};

use crate::pki::{at, pinned, voucher};

/// Our usual voucher with one thing changed.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let json = String::from_utf8(voucher().to_json()).unwrap();
    assert!(json.contains(from), "{from}");
    json.replacen(from, to, 1).into_bytes()
}

/// Asserts that strict reading refuses it, and what lenient reading says.
fn overlooked(json: &[u8]) -> (Voucher, Vec<Leniency>) {
    assert!(matches!(Voucher::from_json(json), Err(Invalid::OldStyle(_))));
    Voucher::from_json_lenient(json).unwrap()
}

#[test]
fn any_rfc_3339_date_is_read() {
    for (written, meant) in [
        ("2027-05-01T00:00:00Z", "2027-05-01T00:00:00Z"),
        ("2027-05-01T02:00:00+02:00", "2027-05-01T00:00:00Z"),
        ("2027-05-01T00:00:00.5-00:00", "2027-05-01T00:00:00.5Z"),
        ("2027-05-01t00:00:00.123456z", "2027-05-01T00:00:00.123456Z"),
        ("2027-05-01T00:00:00.1234567891Z", "2027-05-01T00:00:00.123456Z"),
    ] {
        let (voucher, leniencies) = overlooked(&changed("2027-05-01T00:00:00.000000Z", written));
        assert_eq!(voucher.expires_on(), Some(at(meant)), "{written}");
        assert_eq!(leniencies, [Leniency::Date { member: "expires-on" }]);
    }
}

#[test]
fn ve24_what_is_no_date_is_refused() {
    for wrong in [
        "2023302-11T13:45:31Z",
        "2027-05-01 00:00:00Z",
        "2027-05-01T00:00:00",
        "2027-05-01T00:00:00.Z",
        "2027-02-30T00:00:00Z",
        "2027-05-01T00:00:00\u{2212}01:00",
        "2027-05-01T00:00:00+0100",
        "2027-05-01",
        "",
    ] {
        let refused = Voucher::from_json_lenient(&changed("2027-05-01T00:00:00.000000Z", wrong));
        assert!(matches!(refused, Err(Invalid::Date { member: "expires-on", .. })), "{wrong}");
    }
}

#[test]
fn ve21_unknown_members_are_read_over() {
    let (read, leniencies) =
        overlooked(&changed(r#"{"created-on""#, r#"{"XMLName":{"a":[1,null]},"created-on""#));
    assert_eq!(read, voucher());
    assert_eq!(leniencies, [Leniency::UnknownMember { name: "XMLName".into() }]);
    let (_, beside) = overlooked(&changed(r#"{"ietf-"#, r#"{"XMLName":"","ietf-"#));
    assert_eq!(beside, [Leniency::UnknownMember { name: "XMLName".into() }]);
}

#[test]
fn ve22_a_flag_in_quotes_is_refused_strictly_and_noted_otherwise() {
    let (read, leniencies) = overlooked(&changed(":true", r#":"true""#));
    assert_eq!((read.revocation_checks(), leniencies), (Some(true), vec![Leniency::TextFlag]));
    assert!(Voucher::from_json_lenient(&changed(":true", ":1")).is_err());
    assert!(Voucher::from_json_lenient(&changed(":true", ":null")).is_err());
}

#[test]
fn an_empty_assertion_is_noted_and_another_one_refused() {
    let (read, leniencies) = overlooked(&changed(r#""verified""#, r#""""#));
    assert_eq!((read.assertion(), leniencies), (None, vec![Leniency::EmptyAssertion]));
    let refused = Voucher::from_json_lenient(&changed("verified", "Verified"));
    assert!(matches!(refused, Err(Invalid::Assertion { .. })));
}

#[test]
fn base64_of_other_kinds_is_noted() {
    let ours = pinned().base64().to_owned();
    let broken = format!("{}\\n{}\\n", &ours[..64], &ours[64..]);
    let bare = ours.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
    for (form, differs) in [(broken, true), (bare.clone(), bare != ours)] {
        let json = changed(&ours, &form);
        let (read, leniencies) = Voucher::from_json_lenient(&json).unwrap();
        assert_eq!(read, voucher());
        assert_eq!(leniencies == [Leniency::Base64 { member: "pinned-domain-cert" }], differs);
    }
    assert!(matches!(Voucher::from_json_lenient(&changed(&ours, "M*==")), Err(Invalid::Base64 { .. })));
}

#[test]
fn the_key_identifier_alone_is_taken_for_the_issuer() {
    let issuer = ovgs_voucher::IdevidIssuer::from_key_id(&[7; 20]).unwrap();
    for form in ["BwcHBwcHBwcHBwcHBwcHBwcHBwc=", "BBgwFoAUBwcHBwcHBwcHBwcHBwcHBwcHBwc="] {
        let json = changed(r#""pinned"#, &format!(r#""idevid-issuer":"{form}","pinned"#));
        let (read, leniencies) = overlooked(&json);
        assert_eq!((read.idevid_issuer(), leniencies), (Some(&issuer), vec![Leniency::IdevidIssuerForm]));
    }
}

#[test]
fn ve23_the_container_is_named_with_its_module() {
    let refused = Voucher::from_json_lenient(&changed("ietf-voucher:voucher", "voucher"));
    assert!(matches!(refused, Err(Invalid::NoContainer)));
}

#[test]
fn doubled_members_are_refused_wherever_they_stand() {
    for json in [
        changed(r#"{"created-on""#, r#"{"serial-number":"XYZ999","created-on""#),
        changed(r#"{"created-on""#, r#"{"x":[{"a":1,"a":2}],"created-on""#),
        changed(r#"{"ietf-"#, r#"{"ietf-voucher:voucher":{},"ietf-"#),
    ] {
        assert!(matches!(Voucher::from_json_lenient(&json), Err(Invalid::DoubledMember { .. })));
    }
}

#[test]
fn a_missing_leaf_is_named() {
    for leaf in ["created-on", "assertion", "serial-number", "pinned-domain-cert"] {
        let refused = Voucher::from_json_lenient(&changed(&format!("\"{leaf}\""), "\"x\""));
        assert!(matches!(refused, Err(Invalid::MemberMissing { member }) if member == leaf), "{leaf}");
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    let bom = [b"\xef\xbb\xbf", voucher().to_json().as_slice()].concat();
    let more = [voucher().to_json(), b"{}".to_vec()].concat();
    for json in [b"".to_vec(), b"{".to_vec(), b"\xff".to_vec(), bom, more] {
        assert!(matches!(Voucher::from_json_lenient(&json), Err(Invalid::Json(_))));
    }
    assert!(matches!(Voucher::from_json_lenient(b"[]"), Err(Invalid::MemberType { .. })));
    assert!(matches!(
        Voucher::from_json_lenient(&changed(r#""ABC101""#, "7")),
        Err(Invalid::MemberType { .. })
    ));
}

/// As the verifier of OpenConfig Bootz reads a voucher: named members of these types, others ignored.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Bootz {
    created_on: String,
    expires_on: String,
    assertion: String,
    serial_number: String,
    pinned_domain_cert: String,
    domain_cert_revocation_checks: bool,
}

#[test]
fn ve20_bootz_reads_what_we_write() {
    let json: std::collections::HashMap<String, Bootz> =
        serde_json::from_slice(&voucher().to_json()).unwrap();
    let [(name, read)] = <[_; 1]>::try_from(json.into_iter().collect::<Vec<_>>()).ok().unwrap();
    assert_eq!(name, "ietf-voucher:voucher");
    assert_eq!((read.serial_number.as_str(), read.assertion.as_str()), ("ABC101", "verified"));
    assert_eq!(read.created_on.parse(), Ok(voucher().created_on()));
    assert_eq!(read.expires_on.parse().ok(), voucher().expires_on());
    assert!(read.domain_cert_revocation_checks);
    let decoded = {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        STANDARD.decode(read.pinned_domain_cert)
    };
    assert_eq!(decoded.as_deref(), Ok(pinned().der()));
}
