//! Vouchers that no verifier may accept.

/// Each way to tamper, and what comes of it.
pub(crate) fn all(voucher: &[u8], content: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let changed = |position: usize, change: u8| {
        let mut forged = voucher.to_vec();
        if let Some(octet) = forged.get_mut(position) {
            *octet ^= change;
        }
        forged
    };
    let content_starts = voucher.windows(content.len()).position(|part| part == content);
    let serial = content.windows(3).position(|part| part == b"ABC" || part == b"JPE");
    let in_content = content_starts.zip(serial).map(|(start, serial)| changed(start + serial, 0x20));
    // The voucher ends with the signature.
    let in_signature = changed(voucher.len().saturating_sub(1), 1);
    [in_content.map(|der| ("content", der)), Some(("signature", in_signature))]
        .into_iter()
        .flatten()
        .collect()
}
