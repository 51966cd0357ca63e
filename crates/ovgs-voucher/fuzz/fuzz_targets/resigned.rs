//! The verifier behind the signature: whatever comes in is signed by the manufacturer's own key, and what is then
//! accepted without a note must be, octet for octet, what we would have written.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use ovgs_voucher::{Template, TrustAnchors, Verified, VerifyOptions, VoucherSigner as _, inspect, verify};
use ovgs_voucher_fuzz::{Resigned, Scene, mutate, now, resign};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_target!(|der: &[u8]| {
    let scene = Scene::get();
    let Some(resigned) = resign(der, &scene.signer) else { return };
    let options = VerifyOptions::at(now());
    let Ok(verified) = verify(&resigned.der, &scene.anchors, &options) else { return };
    let voucher = &verified.voucher;
    assert!(voucher.created_on() <= now() && voucher.expires_on().is_none_or(|end| now() < end));
    let seen = inspect(&resigned.der).expect("what is accepted can be looked at");
    assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    assert_eq!(seen.voucher.and_then(Result::ok).as_ref(), Some(voucher));
    if let Ok(plain) = verify(&resigned.der, &scene.anchors, &options.profile(verified.profile))
        && plain.notes.is_empty()
    {
        assert_eq!(as_we_write(&plain, &resigned), resigned.der);
    }
    assert!(verify(&resigned.der, &TrustAnchors::default(), &VerifyOptions::at(now())).is_err());
});

fn as_we_write(verified: &Verified, resigned: &Resigned) -> Vec<u8> {
    let scene = Scene::get();
    let template = Template::new(&scene.chain, verified.profile, scene.signer.algorithm()).unwrap();
    let signing_time = verified.signing_time.expect("it is noted where there is none");
    let prepared = template.prepare(verified.content.clone(), signing_time).unwrap();
    prepared.assemble(&resigned.signature).unwrap()
}
