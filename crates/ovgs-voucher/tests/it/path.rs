//! The signer's way to a trust anchor.

use ovgs_voucher::{
    Certificate, ChainFault, Note, Profile, TrustAnchors, VerifyError, VerifyOptions, verify,
};
use rcgen::{
    BasicConstraints, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, date_time_ymd,
};

use crate::{
    forge::{Forge, tlv},
    pki::{Authority, Kind, Pki, at, ca, leaf, now, voucher},
};

/// The verdict on an honest voucher of this signer.
fn judge(pki: &Pki) -> Result<Vec<Note>, VerifyError> {
    judge_at(pki, &pki.issue(Profile::Rfc8366, &voucher()), "2026-11-21T20:33:04Z")
}

fn judge_at(pki: &Pki, der: &[u8], moment: &str) -> Result<Vec<Note>, VerifyError> {
    verify(der, &pki.anchors(), &VerifyOptions::at(at(moment))).map(|verified| verified.notes)
}

#[test]
fn a_voucher_of_another_root_is_refused_even_under_the_same_name() {
    let (pki, stranger) = (Pki::new(Kind::P256, false), Pki::new(Kind::P256, false));
    let der = pki.issue(Profile::Rfc8366, &voucher());
    let verdict = judge_at(&stranger, &der, "2026-11-21T20:33:04Z");
    assert!(matches!(verdict, Err(VerifyError::Chain(ChainFault::Signature { .. }))), "{verdict:?}");
    let verdict = verify(&der, &TrustAnchors::default(), &VerifyOptions::at(now()));
    assert!(matches!(verdict, Err(VerifyError::Chain(ChainFault::NoAnchor { .. }))), "{verdict:?}");
}

#[test]
fn every_certificate_of_the_path_must_be_valid_at_the_moment() {
    let shortened = |which: usize| {
        let mut params = [leaf(), ca("Voucher Issuing CA"), ca("Voucher Root")];
        params[which].not_after = date_time_ymd(2026, 6, 1);
        let [leaf, intermediate, root] = params;
        judge(&Pki::of(Kind::P256, leaf, vec![intermediate], root))
    };
    for which in 0..3 {
        let verdict = shortened(which);
        assert!(matches!(verdict, Err(VerifyError::Chain(ChainFault::Expired { .. }))), "{verdict:?}");
    }
    let mut future = leaf();
    future.not_before = date_time_ymd(2027, 1, 1);
    let pki = Pki::with_leaf(future);
    let der = pki.issue(Profile::Rfc8366, &voucher());
    let verdict = judge_at(&pki, &der, "2026-12-01T00:00:00Z");
    assert!(matches!(verdict, Err(VerifyError::Chain(ChainFault::NotYetValid { .. }))), "{verdict:?}");
    assert_eq!(judge_at(&pki, &der, "2027-01-01T00:00:00Z").unwrap(), []);
}

#[test]
fn issuers_must_be_cas_that_may_sign_certificates() {
    let with_intermediate = |change: fn(&mut rcgen::CertificateParams)| {
        let mut intermediate = ca("Voucher Issuing CA");
        change(&mut intermediate);
        judge(&Pki::of(Kind::P256, leaf(), vec![intermediate], ca("Voucher Root"))).unwrap_err()
    };
    let chain = |error| if let VerifyError::Chain(fault) = error { fault } else { panic!("{error:?}") };
    assert!(matches!(
        chain(with_intermediate(|ca| ca.is_ca = IsCa::ExplicitNoCa)),
        ChainFault::NotACa { .. }
    ));
    assert!(matches!(
        chain(with_intermediate(|ca| ca.key_usages = vec![KeyUsagePurpose::DigitalSignature])),
        ChainFault::NotForCertificates { .. }
    ));
    let root = |most| {
        let mut root = ca("Voucher Root");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(most));
        judge(&Pki::of(Kind::P256, leaf(), vec![ca("Voucher Issuing CA")], root))
    };
    assert!(matches!(root(0), Err(VerifyError::Chain(ChainFault::PathLength { .. }))));
    assert_eq!(root(1).unwrap(), []);
}

/// `permitted;dirName:O=Other`, as RFC 5280 §4.2.1.10 has it, by hand because rcgen always calls it critical.
fn name_constraints(critical: bool) -> CustomExtension {
    let name = tlv(0x30, &[&tlv(0x31, &[&tlv(0x30, &[b"\x06\x03\x55\x04\x0a", &tlv(0x0c, &[b"Other"])])])]);
    let permitted = tlv(0xa0, &[&tlv(0x30, &[&tlv(0xa4, &[&name])])]);
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 30], tlv(0x30, &[&permitted]));
    extension.set_criticality(critical);
    extension
}

#[test]
fn name_constraints_are_never_passed_over() {
    for critical in [true, false] {
        let mut intermediate = ca("Voucher Issuing CA");
        intermediate.custom_extensions = vec![name_constraints(critical)];
        let verdict = judge(&Pki::of(Kind::P256, leaf(), vec![intermediate], ca("Voucher Root")));
        assert!(
            matches!(&verdict, Err(VerifyError::Chain(ChainFault::CriticalExtension { extension, .. })) if extension == "name constraints"),
            "{verdict:?}"
        );
    }
}

#[test]
fn extensions_without_end_are_not_looked_at() {
    let issuer = Authority::self_signed(ca("Voucher Root"), Kind::P256.key()).unwrap();
    let with = |extensions: u64| {
        let mut params = leaf();
        let extension = |n| CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32473, n], vec![5, 0]);
        // Basic constraints, key usage and two key ids come with it.
        params.custom_extensions = (0..extensions - 4).map(extension).collect();
        Certificate::from_der(params.signed_by(&Kind::P256.key(), &issuer).unwrap().der().to_vec())
    };
    with(64).unwrap();
    assert_eq!(
        with(65).unwrap_err().to_string(),
        "the certificate cannot be used: it has more than 64 extensions"
    );
}

#[test]
fn a_signer_that_may_not_sign_is_refused() {
    let with = |usages: Vec<KeyUsagePurpose>| {
        let mut params = leaf();
        params.key_usages = usages;
        judge(&Pki::with_leaf(params))
    };
    assert!(matches!(with(vec![KeyUsagePurpose::KeyAgreement]), Err(VerifyError::SignerKeyUsage { .. })));
    assert_eq!(with(vec![KeyUsagePurpose::ContentCommitment]).unwrap(), []);
    assert_eq!(with(vec![]).unwrap(), []);
}

#[test]
fn a_signers_extended_key_usage_is_noted() {
    let mut params = leaf();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    let notes = judge(&Pki::with_leaf(params)).unwrap();
    assert_eq!(notes, [Note::SignerExtendedKeyUsage { usages: vec!["emailProtection".into()] }]);
}

#[test]
fn an_embedded_certificate_off_the_path_is_refused() {
    let pki = Pki::new(Kind::P256, true);
    for stranger in [Pki::new(Kind::P256, true).signer, Pki::new(Kind::P256, true).root()] {
        let mut forge = Forge::new(&pki, &voucher());
        forge.certificates.push(stranger.der().to_vec());
        forge.certificates.sort();
        let verdict = judge_at(&pki, &forge.der(), "2026-11-21T20:33:04Z");
        assert!(matches!(verdict, Err(VerifyError::StrayCertificate { .. })), "{verdict:?}");
    }
}

#[test]
fn certificates_not_embedded_are_completed_by_the_anchors_and_noted() {
    let pki = Pki::new(Kind::P256, true);
    let [signer, intermediate, root]: [Certificate; 3] = pki.certificates().try_into().unwrap();
    let embedding = |certificates: &[&Certificate], anchors: &[&Certificate]| {
        let mut forge = Forge::new(&pki, &voucher());
        forge.certificates = certificates.iter().map(|c| c.der().to_vec()).collect();
        forge.certificates.sort();
        let anchors = TrustAnchors::new(anchors.iter().copied().cloned());
        verify(&forge.der(), &anchors, &VerifyOptions::at(now())).map(|verified| verified.notes.len())
    };
    assert_eq!(embedding(&[&signer, &intermediate], &[&root]).unwrap(), 1);
    assert_eq!(embedding(&[&signer], &[&root, &intermediate]).unwrap(), 1);
    assert_eq!(embedding(&[], &[&root, &intermediate, &signer]).unwrap(), 1);
    assert!(matches!(
        embedding(&[&signer], &[&root]),
        Err(VerifyError::Chain(ChainFault::NoAnchor { issuer })) if issuer == "O=Acme,CN=Voucher Issuing CA"
    ));
    assert!(matches!(embedding(&[], &[&root]), Err(VerifyError::NoSignerCertificate)));
}

#[test]
fn above_an_intermediate_anchor_the_rest_of_the_chain_must_still_hold() {
    let pki = Pki::new(Kind::P256, true);
    let anchors = TrustAnchors::new([pki.certificates().remove(1)]);
    let root = pki.root();
    for position in 0..root.der().len() {
        let mut forge = Forge::new(&pki, &voucher());
        let mut forged = root.der().to_vec();
        forged[position] ^= 1;
        forge.certificates.retain(|der| der != root.der());
        forge.certificates.push(forged);
        forge.certificates.sort();
        assert!(verify(&forge.der(), &anchors, &VerifyOptions::at(now())).is_err(), "{position}");
    }
}

#[test]
fn an_intermediate_of_an_unknown_root_does_not_help() {
    let pki = Pki::new(Kind::P256, true);
    let verdict = verify(
        &pki.issue(Profile::Rfc8366, &voucher()),
        &TrustAnchors::new([Pki::of(Kind::P256, leaf(), vec![], ca("Other Root")).root()]),
        &VerifyOptions::at(now()),
    );
    assert!(
        matches!(&verdict, Err(VerifyError::Chain(ChainFault::NoAnchor { issuer })) if issuer == "O=Acme,CN=Voucher Root"),
        "{verdict:?}"
    );
}
