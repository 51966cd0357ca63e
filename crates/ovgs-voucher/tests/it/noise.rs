//! Whatever comes in, nothing panics, and what was damaged is not taken for whole.

use std::sync::OnceLock;

use ovgs_voucher::{
    BootstrappingData, Certificate, Crl, Device, Profile, TrustAnchors, VerifyOptions, bootstrap, inspect,
    verify, voucher_der,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::pki::{Kind, Pki, crl, now, voucher};

struct Honest {
    voucher: Vec<u8>,
    list: Vec<u8>,
    certificate: Vec<u8>,
    anchors: TrustAnchors,
}

fn honest() -> &'static Honest {
    static HONEST: OnceLock<Honest> = OnceLock::new();
    HONEST.get_or_init(|| {
        let pki = Pki::new(Kind::P256, true);
        Honest {
            voucher: pki.issue(Profile::Rfc8366, &voucher()),
            list: crl(&pki.issuers[0], &[&pki.signer]).der().to_vec(),
            certificate: pki.signer.der().to_vec(),
            anchors: pki.anchors(),
        }
    })
}

/// Pieces of `honest` put over other pieces of it, and octets replaced.
fn damaged(honest: &[u8], moves: &[(Index, Index, u8)], octets: &[(Index, u8)]) -> Vec<u8> {
    let mut damaged = honest.to_vec();
    for (from, to, length) in moves {
        let piece = &honest[from.index(honest.len())..];
        let piece = &piece[..piece.len().min(usize::from(*length))];
        let at = to.index(damaged.len());
        damaged.splice(at..(at + usize::from(*length / 2)).min(damaged.len()), piece.iter().copied());
    }
    for (at, octet) in octets {
        let at = at.index(damaged.len());
        damaged[at] = *octet;
    }
    damaged
}

fn read_by_everything(octets: &[u8]) {
    let device = Device::new("ABC101", honest().anchors.clone()).clock(now());
    let data = BootstrappingData { voucher: octets, owner_certificate: octets, conveyed_information: octets };
    let _ = bootstrap(&data, &device);
    let data = BootstrappingData { voucher: &honest().voucher, ..data };
    let _ = bootstrap(&data, &device);
    let _ = (inspect(octets), voucher_der(octets), Crl::from_der(octets), Certificate::from_der(octets));
    let _ = (Crl::all_from_pem(octets), Certificate::all_from_pem(octets));
}

proptest! {
    #[test]
    fn noise_is_read_without_panic(octets in vec(any::<u8>(), 0..512)) {
        read_by_everything(&octets);
    }

    #[test]
    fn damaged_artifacts_are_read_without_panic_and_refused(
        moves in vec((any::<Index>(), any::<Index>(), any::<u8>()), 0..3),
        octets in vec((any::<Index>(), any::<u8>()), 0..4),
    ) {
        let honest = honest();
        let voucher = damaged(&honest.voucher, &moves, &octets);
        let verdict = verify(&voucher, &honest.anchors, &VerifyOptions::at(now()));
        prop_assert_eq!(verdict.is_ok(), voucher == honest.voucher);
        read_by_everything(&voucher);
        read_by_everything(&damaged(&honest.list, &moves, &octets));
        read_by_everything(&damaged(&honest.certificate, &moves, &octets));
    }
}
