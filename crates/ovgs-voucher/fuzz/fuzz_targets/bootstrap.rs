//! The device's side: voucher, owner certificate and conveyed information together, RFC 8572 §5.4.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use ovgs_voucher::{BootstrappingData, bootstrap};
use ovgs_voucher_fuzz::{Artifacts, INFORMATION, Scene, contents, mutate, resign};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_target!(|input: &[u8]| {
    let all = Artifacts { flags: 0, voucher: input, owner_certificate: input, conveyed_information: input };
    let artifacts = Artifacts::read(input).unwrap_or(all);
    let scene = Scene::get();
    let signed = |der: &[u8], flag: u8, key| {
        let again = (artifacts.flags & flag > 0).then(|| resign(der, key)).flatten();
        (again.is_some(), again.map_or_else(|| der.to_vec(), |resigned| resigned.der))
    };
    let (new_voucher, voucher) = signed(artifacts.voucher, Artifacts::RESIGN_VOUCHER, &scene.signer);
    let (new_conveyed, conveyed) =
        signed(artifacts.conveyed_information, Artifacts::RESIGN_CONVEYED, &scene.owner_key);
    let data = BootstrappingData {
        voucher: &voucher,
        owner_certificate: artifacts.owner_certificate,
        conveyed_information: &conveyed,
    };
    let device = scene.device(artifacts.flags & Artifacts::CLOCK > 0);
    let Ok(accepted) = bootstrap(&data, &device) else { return };
    let _: Vec<String> = accepted.notes.iter().map(ToString::to_string).collect();
    assert!(
        new_voucher || contents().contains(&accepted.voucher.content),
        "the manufacturer did not say this"
    );
    assert_eq!(accepted.voucher.voucher.serial_number(), "ABC101");
    // A voucher signed again may pin any certificate, whose key somebody else may have.
    if !new_voucher && !new_conveyed {
        assert_eq!(accepted.conveyed.content, INFORMATION, "the owner did not convey this");
    }
    let pinned = accepted.voucher.voucher.pinned_domain_cert().der();
    assert_eq!(accepted.owner.last().map(ovgs_voucher::Certificate::der), Some(pinned));
});
