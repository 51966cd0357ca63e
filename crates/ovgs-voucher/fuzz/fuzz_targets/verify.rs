//! The verifier: nobody here has the key, so whatever is accepted says what was signed.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use ovgs_voucher::{VerifyOptions, inspect, verify};
use ovgs_voucher_fuzz::{Scene, contents, mutate, now};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_target!(|der: &[u8]| {
    let Ok(verified) = verify(der, &Scene::get().anchors, &VerifyOptions::at(now())) else { return };
    assert!(contents().contains(&verified.content), "nobody signed this");
    let seen = inspect(der).expect("what is accepted can be looked at");
    assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    assert_eq!(seen.content.as_ref(), Some(&verified.content));
});
