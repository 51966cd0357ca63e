//! Reading a voucher as files and mails hold it.

use std::borrow::Cow;

use crate::{Invalid, pem};

/// The DER of a voucher given as DER, as PEM labelled `CMS` or `PKCS7`, or as bare base64.
///
/// DER is passed on as it is, whether or not it is a voucher.
///
/// # Errors
/// [`Invalid::Pem`] or [`Invalid::NotAVoucherFile`] if it is none of the three, [`Invalid::SeveralVouchers`] for a PEM
/// text with more than one.
pub fn voucher_der(input: &[u8]) -> Result<Cow<'_, [u8]>, Invalid> {
    // A SEQUENCE, and so every DER voucher, begins with 0x30, which is also the digit `0`: base64 of a
    // voucher begins with `M`, and PEM with a dash or text, so the first octet tells.
    if input.first() == Some(&0x30) {
        return Ok(Cow::Borrowed(input));
    }
    let text = std::str::from_utf8(input).map_err(|_| Invalid::NotAVoucherFile)?;
    let sections = pem::sections(text)?;
    let mut vouchers = sections.iter().filter(|section| matches!(section.label, "CMS" | "PKCS7"));
    match (vouchers.next(), vouchers.next(), pem::base64_text(text)) {
        (Some(section), None, _) => section.octets().map(Cow::Owned),
        // A verdict on the first would be taken for one on all.
        (Some(_), Some(_), _) => Err(Invalid::SeveralVouchers),
        (None, _, Some(octets)) if sections.is_empty() && octets.first() == Some(&0x30) => {
            Ok(Cow::Owned(octets))
        }
        _ => Err(Invalid::NotAVoucherFile),
    }
}
