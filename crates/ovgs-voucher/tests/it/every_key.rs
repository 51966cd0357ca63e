//! What no verifier may accept, made with every kind of key and of both profiles.

use ovgs_voucher::{Profile, Verified, VerifyError, VerifyOptions, verify};

use crate::{
    forge::{CONTENT_TYPE, CONVEYED, DATA, Forge, VOUCHER, attribute, tlv},
    pki::{Kind, Pki, now, voucher},
};

const PROFILES: [(Profile, &[u8], u8); 2] = [(Profile::Rfc8366, VOUCHER, 3), (Profile::Pkcs7, DATA, 1)];

/// Runs `test` with each kind of key and profile, and with an honest forge of them.
fn with_every_key(test: impl Fn(&Pki, Profile, Forge<'_>)) {
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        let pki = Pki::new(kind, false);
        for (profile, content_type, version) in PROFILES {
            let mut forge = Forge::of(&pki, voucher().to_json(), content_type);
            forge.version = version;
            test(&pki, profile, forge);
        }
    }
}

fn judge(pki: &Pki, der: &[u8]) -> Result<Verified, VerifyError> {
    verify(der, &pki.anchors(), &VerifyOptions::at(now()))
}

/// A forgery that `openssl cms -verify` accepts, and whether it was refused for the reason it should be.
type Forgery = (&'static str, fn(&mut Forge<'_>), fn(&VerifyError) -> bool);

const FORGERIES: [Forgery; 5] = [
    (
        "relabelled after it was signed",
        |forge| forge.label = CONVEYED.to_vec(),
        |refused| matches!(refused, VerifyError::Relabelled { .. }),
    ),
    (
        "of a version that does not go with its content type",
        |forge| forge.version = 4 - forge.version,
        |refused| matches!(refused, VerifyError::Version { .. }),
    ),
    (
        "without signed attributes",
        |forge| forge.attributes = None,
        |refused| matches!(refused, VerifyError::NoSignedAttributes),
    ),
    (
        "with attributes signed out of order",
        |forge| forge.attributes.as_mut().unwrap().swap(1, 2),
        |refused| matches!(refused, VerifyError::UnsortedAttributes),
    ),
    (
        "with the signed attributes of another object as its content",
        |forge| {
            let attributes = forge.attributes.take().unwrap();
            forge.content = Some(tlv(0x31, &[&attributes.concat()]));
        },
        |refused| matches!(refused, VerifyError::ReplayedAttributes),
    ),
];

#[test]
fn the_forge_makes_octet_for_octet_what_the_crate_makes() {
    with_every_key(|pki, profile, mut forge| {
        let prepared = pki.template(profile).prepare(voucher().to_json(), now()).unwrap();
        assert_eq!(prepared.to_sign(), tlv(0x31, &[&forge.attributes.as_ref().unwrap().concat()]));
        forge.signature = Some(vec![7; 71]);
        assert_eq!(prepared.assemble(&[7; 71]).unwrap(), forge.der());
    });
}

#[test]
fn each_forgery_that_openssl_accepts_is_refused_for_its_own_reason() {
    with_every_key(|pki, profile, forge| {
        judge(pki, &forge.der()).unwrap();
        let longer = [forge.der(), vec![0]].concat();
        let refused = judge(pki, &longer);
        assert!(matches!(refused, Err(VerifyError::TrailingOctets { octets: 1 })), "{refused:?}");
        for (what, make, is_the_reason) in FORGERIES {
            let mut forged = Forge::of(pki, voucher().to_json(), &forge.label);
            forged.version = forge.version;
            make(&mut forged);
            let refused = judge(pki, &forged.der()).unwrap_err();
            assert!(is_the_reason(&refused), "{profile:?}, {what}: {refused:?}");
        }
    });
}

#[test]
fn cm26_a_doubled_content_type_is_refused_with_every_key() {
    with_every_key(|pki, _, mut forge| {
        forge.attributes.as_mut().unwrap().insert(0, attribute(CONTENT_TYPE, &[CONVEYED]));
        assert!(matches!(judge(pki, &forge.der()), Err(VerifyError::DoubledAttribute { .. })));
    });
}

#[test]
fn cm21_no_voucher_with_one_octet_changed_verifies() {
    with_every_key(|pki, profile, _| {
        let honest = pki.issue(profile, &voucher());
        judge(pki, &honest).unwrap();
        for position in 0..honest.len() {
            for change in [1 << (position % 8), 0xff] {
                let mut forged = honest.clone();
                forged[position] ^= change;
                assert!(
                    judge(pki, &forged).is_err(),
                    "{profile:?}: octet {position} changed by {change:#04x}"
                );
            }
        }
    });
}
