//! Looking without judging the signer.

use ovgs_voucher::{Note, Profile, VerifyError, inspect};

use crate::{
    forge::{Forge, tlv},
    pki::{Kind, Pki, ca, leaf, pinned, voucher},
};

#[test]
fn a_good_voucher_shows_everything_and_no_fault() {
    let pki = Pki::new(Kind::P256, true);
    let seen = inspect(&pki.issue(Profile::Pkcs7, &voucher())).unwrap();
    assert_eq!(seen.profile, Some(Profile::Pkcs7));
    assert_eq!(seen.voucher.unwrap().unwrap(), voucher());
    assert_eq!(seen.certificates.len(), 3);
    assert_eq!(seen.chain, pki.certificates());
    assert_eq!(seen.notes, [Note::IdData]);
    assert!(seen.faults.is_empty());
}

#[test]
fn a_bad_one_shows_each_fault_once_and_everything_else() {
    let pki = Pki::new(Kind::P256, false);
    let mut forge = Forge::new(&pki, &voucher());
    forge.version = 1;
    forge.certificates.reverse();
    forge.attributes.as_mut().unwrap().reverse();
    let seen = inspect(&[forge.der(), vec![0]].concat()).unwrap();
    let faults: Vec<String> = seen.faults.iter().map(ToString::to_string).collect();
    expect_test::expect![[r#"
        [
            "1 octets follow the voucher",
            "the signed attributes are not in DER order",
            "SignedData of version 1 does not go with its content type",
            "the certificates are not in DER order, or one stands twice",
        ]
    "#]]
    .assert_debug_eq(&faults);
    assert_eq!(seen.voucher.unwrap().unwrap(), voucher());
}

#[test]
fn no_more_of_a_chain_is_followed_than_any_has() {
    let intermediates = (0..12).map(|n| ca(&format!("CA {n}"))).collect();
    let pki = Pki::of(Kind::P256, leaf(), intermediates, ca("Voucher Root"));
    let seen = inspect(&Forge::new(&pki, &voucher()).der()).unwrap();
    assert_eq!((seen.chain.as_slice(), seen.certificates.len()), (&pki.certificates()[..10], 14));
}

#[test]
fn a_signer_named_by_key_id_is_shown() {
    let pki = Pki::new(Kind::P256, false);
    let mut forge = Forge::new(&pki, &voucher());
    forge.signer_id = tlv(0x80, &[&[0xab; 4]]);
    let seen = inspect(&forge.der()).unwrap();
    assert_eq!(seen.signers[0].key_id.as_deref(), Some("abababab"));
    assert!(matches!(seen.faults[..], [VerifyError::SignerByKeyId]));
}

#[test]
fn a_detached_one_has_no_voucher() {
    let pki = Pki::new(Kind::P256, false);
    let mut forge = Forge::new(&pki, &voucher());
    forge.content = None;
    let seen = inspect(&forge.der()).unwrap();
    assert!(seen.voucher.is_none() && seen.content.is_none());
    assert!(matches!(seen.faults[..], [VerifyError::Detached]));
}

#[test]
fn what_is_no_signed_data_is_refused() {
    assert!(matches!(inspect(b""), Err(VerifyError::NotDer(_))));
    assert!(matches!(inspect(pinned().der()), Err(VerifyError::NotSignedData(_))));
    assert!(matches!(
        inspect(&voucher().to_json()),
        Err(VerifyError::NotDer(_) | VerifyError::NotSignedData(_))
    ));
}
