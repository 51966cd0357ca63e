//! The voucher's JSON, strict and lenient.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ovgs_voucher::Voucher;

fuzz_target!(|json: &[u8]| {
    let lenient = Voucher::from_json_lenient(json);
    match Voucher::from_json(json) {
        Ok(strict) => {
            let (read, overlooked) = lenient.expect("what is strictly right is right");
            assert_eq!((&read, overlooked), (&strict, vec![]));
            assert_eq!(Voucher::from_json(&strict.to_json()).as_ref().ok(), Some(&strict));
        }
        Err(_) => {
            let Ok((read, overlooked)) = lenient else { return };
            assert!(!overlooked.is_empty(), "what is strictly wrong has to be said");
            let written = read.to_json();
            let (again, _) = Voucher::from_json_lenient(&written).expect("what we write can be read");
            assert_eq!(again, read);
            assert_eq!(Voucher::from_json(&written).is_ok(), read.assertion().is_some());
        }
    }
});
