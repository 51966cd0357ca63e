//! What every text of the service has in common.

use std::fmt;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::Invalid;

/// The beginning of a caller's value, fit to be shown: at most 64 characters, control characters escaped.
///
/// ```
/// use ovgs_domain::Excerpt;
/// assert_eq!(Excerpt::of("a\0b").to_string(), r"a\0b");
/// assert_eq!(Excerpt::of(&"x".repeat(100)).to_string().chars().count(), 64);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// How many characters of one value a message may show.
    const MAX: usize = 64;

    /// Takes the beginning of `value`.
    #[must_use]
    pub fn of(value: &str) -> Excerpt {
        let escaped: String = value.chars().take(Self::MAX).flat_map(escape).collect();
        if escaped.chars().count() <= Self::MAX && value.chars().count() <= Self::MAX {
            return Excerpt(escaped);
        }
        Excerpt(escaped.chars().take(Self::MAX - 1).chain(['…']).collect())
    }
}

/// All of a text that strangers wrote, fit for a terminal: control, format and line-separator characters are escaped, so
/// that nothing in it can move the cursor, begin a line or turn the writing around.
///
/// ```
/// use ovgs_domain::legible;
/// assert_eq!(legible("ABC101 ß"), "ABC101 ß");
/// assert_eq!(legible("ABC\nvalid\u{202e}"), r"ABC\nvalid\u{202e}");
/// ```
#[must_use]
pub fn legible(text: &str) -> String {
    text.chars().flat_map(escape).collect()
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let plain = is_printable(c).then_some(c);
    let escaped = plain.is_none().then(|| c.escape_default()).into_iter().flatten();
    // `escape_default` writes NUL as `\u{0}`; the short form reads better.
    plain.into_iter().chain(if c == '\0' { "\\0".chars().collect::<Vec<_>>() } else { escaped.collect() })
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Neither a control, format nor line-separator character (Unicode Cc, Cf, Zl, Zp).
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

/// Text of `1..=max` characters without control, format and line-separator characters.
pub(super) fn printable(value: &str, max: usize) -> Result<&str, Invalid> {
    // Most texts are plain, and an octet of them is a character.
    if (1..=max).contains(&value.len()) && value.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Ok(value);
    }
    bounded(value, max)?;
    match value.chars().find(|c| !is_printable(*c)) {
        Some(character) => Err(Invalid::Unprintable { code: u32::from(character) }),
        None => Ok(value),
    }
}

/// Printable ASCII (0x20..=0x7e) of `1..=max` characters.
pub(super) fn ascii(value: &str, max: usize) -> Result<&str, Invalid> {
    printable(value, max)?;
    if value.is_ascii() { Ok(value) } else { Err(Invalid::NotAscii(Excerpt::of(value))) }
}

/// Printable ASCII with no space at either end.
pub(super) fn trimmed_ascii(value: &str, max: usize) -> Result<&str, Invalid> {
    ascii(value, max)?;
    if value.starts_with(' ') || value.ends_with(' ') {
        return Err(Invalid::OuterSpace(Excerpt::of(value)));
    }
    Ok(value)
}

fn bounded(value: &str, max: usize) -> Result<(), Invalid> {
    if value.is_empty() {
        return Err(Invalid::Empty);
    }
    let length = value.chars().count();
    if length > max { Err(Invalid::TooLong { length, max }) } else { Ok(()) }
}

/// A newtype over shared, immutable text: cheap to clone, compared byte for byte.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        // `Borrow` is sound: hash, order and equality are those of the text.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(super) use text;
