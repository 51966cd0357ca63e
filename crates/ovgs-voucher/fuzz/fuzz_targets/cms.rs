//! Everything that reads files: vouchers in DER, PEM and base64, certificates, revocation lists.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use ovgs_voucher::{Certificate, Crl, IdevidIssuer, SigningChain, inspect, voucher_der};
use ovgs_voucher_fuzz::mutate;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_target!(|octets: &[u8]| {
    if let Ok(der) = voucher_der(octets)
        && let Ok(inspection) = inspect(&der)
    {
        // People are shown all of it.
        let _ = format!("{inspection:?}");
        let _: Vec<String> = inspection.notes.iter().map(ToString::to_string).collect();
        let _: Vec<String> = inspection.faults.iter().map(ToString::to_string).collect();
    }
    if let Ok(certificate) = Certificate::from_der(octets) {
        assert_eq!(certificate.der(), octets);
        let _ =
            (format!("{certificate:?}"), certificate.serial(), IdevidIssuer::of_certificate(&certificate));
        let _ = SigningChain::new(vec![certificate]);
    }
    let _ = (Crl::from_der(octets), IdevidIssuer::from_der(octets));
    let _ = (Crl::all_from_pem(octets), Certificate::all_from_pem(octets), SigningChain::from_pem(octets));
});
