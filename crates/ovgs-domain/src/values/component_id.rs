//! What names a component: the manufacturer and its serial number.

use std::{cmp::Ordering, fmt};

use super::{
    Excerpt,
    text::{text, trimmed_ascii},
};
use crate::Invalid;

/// An IANA enterprise number (RFC 9371), which names the manufacturer: `1..=4294967295`.
///
/// Ordered as its decimal text is, byte for byte, because that is the order of components on the wire:
///
/// ```
/// use ovgs_domain::Ien;
/// assert!(Ien::parse("10")? < Ien::parse("9")?);
/// # Ok::<(), ovgs_domain::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ien(u32);

impl Ien {
    /// Reads the canonical decimal form, `^[1-9][0-9]{0,9}$`.
    ///
    /// # Errors
    /// [`Invalid::NotIen`] for signs, leading zeros, blanks, dots and numbers out of range.
    pub fn parse(value: &str) -> Result<Ien, Invalid> {
        let canonical = value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
        match value.parse::<u32>() {
            _ if value.is_empty() => Err(Invalid::Empty),
            Ok(number) if canonical => Ok(Ien(number)),
            _ => Err(Invalid::NotIen(Excerpt::of(value))),
        }
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The number shifted left to ten decimal digits, which orders as the text does up to equal beginnings.
    fn left_aligned(self) -> u64 {
        u64::from(self.0) * 10_u64.pow(9 - self.0.checked_ilog10().unwrap_or(0))
    }
}

impl Ord for Ien {
    fn cmp(&self, other: &Ien) -> Ordering {
        // With equal aligned numbers (1, 10, 100) the shorter text, and so the smaller number, comes first.
        self.left_aligned().cmp(&other.left_aligned()).then(self.0.cmp(&other.0))
    }
}

impl PartialOrd for Ien {
    fn partial_cmp(&self, other: &Ien) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Ien {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text! {
    /// A serial number as its manufacturer writes it: 1..=64 characters of printable ASCII, no space at either
    /// end; compared byte for byte, never trimmed or folded (RFC 8366 §5.3: the device compares it exactly).
    SerialNumber
}

impl SerialNumber {
    /// Reads a serial number.
    ///
    /// # Errors
    /// [`Invalid`] if it breaks the rule above.
    pub fn parse(value: &str) -> Result<SerialNumber, Invalid> {
        trimmed_ascii(value, 64).map(|v| SerialNumber(v.into()))
    }
}

/// The id of a component, unique over the whole service. Ordered by `(ien, serial_number)` as bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId {
    /// The manufacturer.
    pub ien: Ien,
    /// The manufacturer's serial number.
    pub serial_number: SerialNumber,
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ien, self.serial_number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Ien;

    #[test]
    fn tp11_only_the_canonical_decimal_is_an_ien() {
        assert!(Ien::parse("30065").is_ok());
        assert!(Ien::parse("4294967295").is_ok());
        for bad in ["", "0", "030065", "+30065", " 30065", "4294967296", "300YY", "0x7571", "٣"] {
            assert!(Ien::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    proptest! {
        #[test]
        fn iens_order_as_their_text(a in 1..=u32::MAX, b in 1..=u32::MAX, shift in 0..9_u32) {
            for (a, b) in [(a, b), (a / 10_u32.pow(shift) + 1, b), (b / 10_u32.pow(shift) + 1, b)] {
                prop_assert_eq!(Ien(a).cmp(&Ien(b)), a.to_string().cmp(&b.to_string()));
            }
        }
    }
}
