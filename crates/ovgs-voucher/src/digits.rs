//! Numbers with leading zeros, for dates.

/// Appends the last `N` decimal digits of `number`.
pub(crate) fn push<const N: usize>(out: &mut Vec<u8>, mut number: u32) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8; // less than ten
        number /= 10;
    }
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use super::push;

    #[test]
    fn zeros_lead_and_what_does_not_fit_is_cut() {
        let mut out = Vec::new();
        push::<4>(&mut out, 26);
        push::<2>(&mut out, 2026);
        push::<6>(&mut out, 123_456);
        assert_eq!(out, b"002626123456");
    }
}
