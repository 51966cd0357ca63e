//! The CMS object we make, against RFC 5652 and RFC 8366 §5.4.

use ovgs_voucher::{
    Certificate, Invalid, KeyKind, Profile, SigningChain, Template, VerifyOptions, VoucherSigner as _, verify,
};

use crate::{
    forge::{CONTENT_TYPE, ECDSA_SHA256, MESSAGE_DIGEST, SIGNING_TIME},
    pki::{Kind, Pki, at, now, voucher},
};

const KINDS: [Kind; 3] = [Kind::P256, Kind::P384, Kind::Rsa];

#[test]
fn every_kind_and_profile_verifies() {
    for kind in KINDS {
        for with_intermediate in [false, true] {
            let pki = Pki::new(kind, with_intermediate);
            for profile in [Profile::Rfc8366, Profile::Pkcs7] {
                let options = VerifyOptions::at(now()).serial("ABC101").profile(profile);
                let verified = verify(&pki.issue(profile, &voucher()), &pki.anchors(), &options).unwrap();
                assert_eq!(verified.voucher, voucher());
                assert_eq!(verified.content, voucher().to_json());
                assert_eq!(verified.chain, pki.certificates());
                assert_eq!(verified.signer(), Some(&pki.signer));
                assert_eq!((verified.profile, verified.notes), (profile, vec![]));
            }
        }
    }
}

#[test]
fn cm07_the_attributes_are_signed_in_der_order() {
    let prepared =
        Pki::new(Kind::P256, false).template(Profile::Rfc8366).prepare(voucher().to_json(), now()).unwrap();
    let position =
        |oid: &[u8]| prepared.to_sign().windows(oid.len()).position(|octets| octets == oid).unwrap();
    assert_eq!(prepared.to_sign()[0], 0x31);
    assert!(
        position(CONTENT_TYPE) < position(SIGNING_TIME) && position(SIGNING_TIME) < position(MESSAGE_DIGEST)
    );
    assert_eq!(prepared.to_sign().len(), 109);
}

#[test]
fn cm14_signing_time_is_utc_time_until_2049() {
    let template = Pki::new(Kind::P256, false).template(Profile::Rfc8366);
    for (moment, written) in [
        ("2026-11-21T20:33:03.9Z", &b"\x17\x0d261121203303Z"[..]),
        ("2049-12-31T23:59:59Z", b"\x17\x0d491231235959Z"),
        ("2050-01-01T00:00:00.5Z", b"\x18\x0f20500101000000Z"),
        ("9999-12-31T23:59:59Z", b"\x18\x0f99991231235959Z"),
    ] {
        let prepared = template.prepare(b"{}".to_vec(), at(moment)).unwrap();
        assert!(prepared.to_sign().windows(written.len()).any(|octets| octets == written), "{moment}");
    }
    assert!(template.prepare(b"{}".to_vec(), at("1969-12-31T23:59:59Z")).is_err());
}

#[test]
fn cm15_cm31_a_certificate_given_twice_is_embedded_once() {
    let pki = Pki::new(Kind::P256, true);
    let mut doubled = [pki.certificates(), pki.certificates()].concat();
    doubled[1..].reverse();
    let chain = SigningChain::new(doubled).unwrap();
    assert_eq!(chain.certificates(), pki.certificates());
    let template = Template::new(&chain, Profile::Rfc8366, pki.file_signer().algorithm()).unwrap();
    let der = template.issue_now(&voucher(), &pki.file_signer()).unwrap();
    verify(&der, &pki.anchors(), &VerifyOptions::at(now())).unwrap();
}

#[tokio::test]
async fn waiting_and_not_waiting_give_vouchers_of_one_kind() {
    let pki = Pki::new(Kind::Rsa, false);
    let (template, signer) = (pki.template(Profile::Rfc8366), pki.file_signer());
    let waited = template.issue(&voucher(), &signer).await.unwrap();
    // RSA PKCS#1 v1.5 is deterministic.
    assert_eq!(waited, template.issue_now(&voucher(), signer.local().unwrap()).unwrap());
}

#[test]
fn ve16_vouchers_of_one_second_differ_by_their_microseconds() {
    let pki = Pki::new(Kind::Rsa, false);
    let made = |created: &str| {
        let voucher = ovgs_voucher::Voucher::builder(
            at(created),
            ovgs_voucher::Assertion::Verified,
            "ABC101",
            crate::pki::pinned(),
        );
        pki.issue(Profile::Rfc8366, &voucher.build().unwrap())
    };
    let (one, other) = (made("2026-11-21T20:33:03.000001Z"), made("2026-11-21T20:33:03.000002Z"));
    assert_ne!(one, other);
    for der in [one, other] {
        verify(&der, &pki.anchors(), &VerifyOptions::at(now())).unwrap();
    }
}

#[test]
fn a_certificate_shows_what_is_in_it() {
    let pki = Pki::new(Kind::P384, false);
    let [signer, root] = &pki.certificates()[..] else { panic!("two certificates") };
    assert_eq!((signer.subject(), signer.issuer()), ("O=Acme,CN=Voucher Signer", "O=Acme,CN=Voucher Root"));
    assert_eq!(
        (signer.not_before(), signer.not_after()),
        (at("2020-01-01T00:00:00Z"), at("2040-01-01T00:00:00Z"))
    );
    assert_eq!(signer.key_kind(), KeyKind::P384);
    assert!(root.is_self_issued() && !signer.is_self_issued());
    assert_eq!(Certificate::all_from_pem(pki.root_pem().as_bytes()).unwrap(), std::slice::from_ref(root));
    assert!(signer.serial().len() >= 2 && signer.serial().bytes().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(pki.chain().not_after(), at("2040-01-01T00:00:00Z"));
}

#[test]
fn a_certificate_that_contradicts_itself_is_refused() {
    let der = Pki::new(Kind::P256, false).signer.der().to_vec();
    let ecdsa_sha256 = &ECDSA_SHA256[2..];
    let outer = der.windows(ecdsa_sha256.len()).rposition(|octets| octets == ecdsa_sha256).unwrap();
    let mut two_algorithms = der;
    two_algorithms[outer + ecdsa_sha256.len() - 1] += 1;
    assert!(matches!(Certificate::from_der(two_algorithms), Err(Invalid::Certificate(_))));

    let extension = || rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32473, 1], vec![5, 0]);
    let mut params = crate::pki::leaf();
    params.custom_extensions = vec![extension(), extension()];
    let doubled = params.self_signed(&Kind::P256.key()).unwrap().der().to_vec();
    assert!(matches!(Certificate::from_der(doubled), Err(Invalid::Certificate(_))));
}

#[test]
fn cm33_a_thousand_concurrent_vouchers_all_verify() {
    let pki = Pki::new(Kind::P256, false);
    let (template, signer, anchors) = (pki.template(Profile::Rfc8366), pki.file_signer(), pki.anchors());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (template, signer, anchors) = (&template, &signer, &anchors);
            scope.spawn(move || {
                for number in 0..125 {
                    let serial = format!("{thread}-{number}");
                    let voucher = ovgs_voucher::Voucher::builder(
                        now(),
                        ovgs_voucher::Assertion::Verified,
                        serial.as_str(),
                        crate::pki::pinned(),
                    );
                    let der = template.issue_now(&voucher.build().unwrap(), signer).unwrap();
                    verify(&der, anchors, &VerifyOptions::at(now()).serial(serial)).unwrap();
                }
            });
        }
    });
}
