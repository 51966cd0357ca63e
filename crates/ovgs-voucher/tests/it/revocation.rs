//! Revocation lists: what is read, what they prove, and what may be embedded.

use ovgs_voucher::{
    Certificate, ChainFault, Crl, Invalid, Note, Profile, RevocationChecks, TrustAnchors, Verified,
    VerifyError, VerifyOptions, inspect, verify,
};
use rcgen::{CrlDistributionPoint, CrlIssuingDistributionPoint, KeyUsagePurpose, date_time_ymd};

use crate::{
    forge::{Forge, tlv},
    pki::{Authority, Kind, Pki, at, ca, crl, crl_params, leaf, now, voucher},
};

/// The verdict on our usual voucher when these lists are at hand.
fn with(
    pki: &Pki,
    checks: RevocationChecks,
    lists: impl IntoIterator<Item = Crl>,
) -> Result<Verified, VerifyError> {
    let der = pki.issue(Profile::Rfc8366, &voucher());
    verify(&der, &pki.anchors(), &VerifyOptions::at(now()).revocation(checks).crls(lists))
}

fn embedding(pki: &Pki, lists: &[&Crl]) -> Result<Verified, VerifyError> {
    let mut forge = Forge::new(pki, &voucher());
    forge.crls = lists.iter().map(|list| list.der().to_vec()).collect();
    forge.crls.sort();
    verify(&forge.der(), &pki.anchors(), &VerifyOptions::at(now()))
}

/// Asserts that the verdict is this fault of the chain.
macro_rules! refused {
    ($verdict:expr, $fault:pat) => {{
        let verdict = $verdict;
        assert!(matches!(verdict, Err(VerifyError::Chain($fault))), "{verdict:?}");
    }};
}

#[test]
fn a_revoked_signer_or_intermediate_is_refused_unless_lists_are_skipped() {
    let pki = Pki::new(Kind::P256, true);
    let [signer, intermediate, _]: [Certificate; 3] = pki.certificates().try_into().unwrap();
    for (issuer, revoked) in [(&pki.issuers[0], &signer), (&pki.issuers[1], &intermediate)] {
        for checks in [RevocationChecks::Known, RevocationChecks::Required] {
            let verdict = with(&pki, checks, [crl(issuer, &[revoked])]);
            let Err(VerifyError::Chain(ChainFault::Revoked { subject, on })) = verdict else {
                panic!("{verdict:?}")
            };
            assert_eq!((subject.as_str(), on.as_str()), (revoked.subject(), "2026-06-01T00:00:00Z"));
        }
        with(&pki, RevocationChecks::Skipped, [crl(issuer, &[revoked])]).unwrap();
        refused!(embedding(&pki, &[&crl(issuer, &[revoked])]), ChainFault::Revoked { .. });
    }
}

#[test]
fn what_was_revoked_later_was_good_before() {
    let pki = Pki::new(Kind::P256, false);
    let der = pki.issue(Profile::Rfc8366, &voucher());
    let mut params = crl_params(&[&pki.signer]);
    params.revoked_certs[0].revocation_time = date_time_ymd(2026, 12, 1);
    let list = Crl::from_der(params.signed_by(&pki.issuers[0]).unwrap().der().to_vec()).unwrap();
    let on = |moment: &str| verify(&der, &pki.anchors(), &VerifyOptions::at(at(moment)).crls([list.clone()]));
    assert!(on("2026-11-30T23:59:59Z").is_ok());
    refused!(on("2026-12-01T00:00:00Z"), ChainFault::Revoked { .. });
    // Nothing comes back because a list grew old.
    refused!(on("2027-04-01T00:00:00Z"), ChainFault::Revoked { .. });
}

#[test]
fn where_lists_are_required_each_certificate_needs_a_fresh_one() {
    let pki = Pki::new(Kind::P256, true);
    let (of_issuer, of_root) = (crl(&pki.issuers[0], &[]), crl(&pki.issuers[1], &[]));
    let required = |lists: Vec<Crl>| with(&pki, RevocationChecks::Required, lists);
    assert!(required(vec![of_issuer.clone(), of_root.clone()]).is_ok());
    for lists in [vec![], vec![of_issuer.clone()], vec![of_root.clone()]] {
        refused!(required(lists.clone()), ChainFault::NoRevocationList { .. });
        assert!(with(&pki, RevocationChecks::Known, lists).is_ok());
    }
    let der = pki.issue(Profile::Rfc8366, &voucher());
    let lists = [of_issuer, of_root];
    let on = |moment: &str| {
        let options = VerifyOptions::at(at(moment)).revocation(RevocationChecks::Required);
        verify(&der, &pki.anchors(), &options.crls(lists.clone()))
    };
    assert!(on("2027-01-01T00:00:00Z").is_ok());
    refused!(on("2027-01-01T00:00:01Z"), ChainFault::StaleRevocationList { .. });
}

#[test]
fn lists_that_prove_nothing_do_not_clear() {
    let pki = Pki::new(Kind::P256, false);
    let stranger = Pki::new(Kind::P256, false);
    let required = |pki: &Pki, list: Crl| with(pki, RevocationChecks::Required, [list]);
    // By another key of the same name: it neither clears nor condemns.
    let forged = crl(&stranger.issuers[0], &[&pki.signer]);
    refused!(required(&pki, forged.clone()), ChainFault::UnusableRevocationList { .. });
    assert!(with(&pki, RevocationChecks::Known, [forged]).is_ok());
    // Of some certificates only, which a critical extension says.
    let mut partial = crl_params(&[]);
    partial.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
        distribution_point: CrlDistributionPoint { uris: vec!["http://crl.example.com/1".to_owned()] },
        scope: None,
    });
    let partial = Crl::from_der(partial.signed_by(&pki.issuers[0]).unwrap().der().to_vec()).unwrap();
    refused!(required(&pki, partial), ChainFault::UnusableRevocationList { .. });
    // By an issuer that may sign certificates, but no lists.
    let mut root = ca("Voucher Root");
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let pki = Pki::of(Kind::P256, leaf(), vec![], root);
    let mut may = ca("Voucher Root");
    may.key_usages = vec![KeyUsagePurpose::CrlSign];
    let key = rcgen::KeyPair::from_pem(&pki.issuers[0].key().serialize_pem()).unwrap();
    let list = crl(&Authority::self_signed(may, key).unwrap(), &[]);
    refused!(required(&pki, list), ChainFault::UnusableRevocationList { .. });
}

#[test]
fn embedded_lists_are_noted_and_count() {
    let pki = Pki::new(Kind::P256, true);
    let lists = [crl(&pki.issuers[0], &[]), crl(&pki.issuers[1], &[])];
    let mut forge = Forge::new(&pki, &voucher());
    forge.crls = lists.iter().map(|list| list.der().to_vec()).collect();
    forge.crls.sort();
    let der = forge.der();
    let on = |moment: &str| {
        let options = VerifyOptions::at(at(moment)).revocation(RevocationChecks::Required);
        verify(&der, &pki.anchors(), &options)
    };
    assert_eq!(on("2026-11-21T20:33:04Z").unwrap().notes, [Note::Crls]);
    refused!(on("2027-02-01T00:00:00Z"), ChainFault::StaleRevocationList { .. });
    let seen = inspect(&der).unwrap();
    assert_eq!((seen.crls, seen.revocation_lists.len(), &seen.notes[..]), (2, 2, &[Note::Crls][..]));
    let late = verify(&der, &pki.anchors(), &VerifyOptions::at(at("2027-02-01T00:00:00Z"))).unwrap();
    assert_eq!(late.notes.iter().filter(|note| matches!(note, Note::StaleCrl { .. })).count(), 2);
    let strict = VerifyOptions::at(now()).profile(Profile::Rfc8366);
    assert!(matches!(verify(&der, &pki.anchors(), &strict), Err(VerifyError::OldStyle(Note::Crls))));
}

#[test]
fn lists_from_above_an_intermediate_anchor_may_be_embedded() {
    let pki = Pki::new(Kind::P256, true);
    let mut forge = Forge::new(&pki, &voucher());
    forge.crls = vec![crl(&pki.issuers[1], &[]).der().to_vec()];
    let anchors = TrustAnchors::new([pki.certificates()[1].clone()]);
    assert_eq!(verify(&forge.der(), &anchors, &VerifyOptions::at(now())).unwrap().notes, [Note::Crls]);
}

#[test]
fn embedded_lists_in_disorder_unreadable_or_of_strangers_are_refused() {
    let pki = Pki::new(Kind::P256, true);
    let of = |lists: Vec<Vec<u8>>| {
        let mut forge = Forge::new(&pki, &voucher());
        forge.crls = lists;
        verify(&forge.der(), &pki.anchors(), &VerifyOptions::at(now()))
    };
    let mut lists: Vec<_> = pki.issuers.iter().map(|issuer| crl(issuer, &[]).der().to_vec()).collect();
    lists.sort();
    let reversed = lists.iter().rev().cloned().collect();
    assert!(matches!(of(reversed), Err(VerifyError::UnsortedCrls)));
    assert!(matches!(of(vec![lists[0].clone(), lists[0].clone()]), Err(VerifyError::UnsortedCrls)));
    assert!(matches!(of(vec![vec![0x30, 0]]), Err(VerifyError::Crl(Invalid::NotACrl(_)))));
    assert!(matches!(of(vec![vec![0x30, 0]; 11]), Err(VerifyError::TooManyCrls { lists: 11 })));
    // An OCSP response stands under a tag of its own.
    assert!(matches!(of(vec![tlv(0xa1, &[&lists[0]])]), Err(VerifyError::Crl(_))));
    let stranger = Pki::of(Kind::P256, leaf(), vec![], ca("Another Root"));
    let stray = crl(&stranger.issuers[0], &[]);
    assert!(matches!(of(vec![stray.der().to_vec()]), Err(VerifyError::StrayCrl { .. })));
    let namesake = Pki::new(Kind::P256, false);
    let forged = crl(&namesake.issuers[0], &[]).der().to_vec();
    refused!(of(vec![forged]), ChainFault::UnusableRevocationList { .. });
}

#[test]
fn no_embedded_list_with_one_octet_changed_verifies() {
    let pki = Pki::new(Kind::P256, false);
    let honest = crl(&pki.issuers[0], &[&pki.root()]);
    embedding(&pki, &[&honest]).unwrap();
    let mut forge = Forge::new(&pki, &voucher());
    for position in 0..honest.der().len() {
        let mut changed = honest.der().to_vec();
        changed[position] ^= 1 << (position % 8);
        forge.crls = vec![changed];
        let verdict = verify(&forge.der(), &pki.anchors(), &VerifyOptions::at(now()));
        assert!(verdict.is_err(), "octet {position}");
    }
}

#[test]
fn lists_are_read_from_der_and_pem_and_nothing_else() {
    let pki = Pki::new(Kind::P256, true);
    let signed = crl_params(&[&pki.signer]).signed_by(&pki.issuers[0]).unwrap();
    let list = Crl::from_der(signed.der().to_vec()).unwrap();
    assert_eq!((list.len(), list.is_empty(), list.issuer()), (1, false, pki.certificates()[1].subject()));
    assert_eq!(list.this_update(), at("2026-11-01T00:00:00Z"));
    assert_eq!(list.next_update(), Some(at("2027-01-01T00:00:00Z")));
    let two = signed.pem().unwrap().repeat(2);
    assert_eq!(Crl::all_from_pem(two.as_bytes()).unwrap(), [list.clone(), list.clone()]);
    assert!(matches!(Crl::all_from_pem(b""), Err(Invalid::NoCrl)));
    for wrong in [&b""[..], &[0x30, 0], &list.der()[1..], &[list.der(), b"\0"].concat(), pki.signer.der()] {
        assert!(matches!(Crl::from_der(wrong), Err(Invalid::NotACrl(_))), "{wrong:02x?}");
    }
}
