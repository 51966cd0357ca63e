//! Showing untrusted values in messages.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// The longest part of any one value that a message repeats, in characters.
const LONGEST: usize = 64;

/// `value` as a message may repeat it: at most 64 characters, none of them a control, format or line-separator
/// character (Unicode Cc, Cf, Zl, Zp), which could make a reader or a terminal see something else.
pub(crate) fn echo(value: &str) -> String {
    let shown = |c: char| if is_printable(c) { c } else { char::REPLACEMENT_CHARACTER };
    if value.chars().count() <= LONGEST {
        return value.chars().map(shown).collect();
    }
    value.chars().take(LONGEST - 1).map(shown).chain(['…']).collect()
}

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

#[cfg(test)]
mod tests {
    use super::echo;

    #[test]
    fn long_values_are_cut_and_control_characters_replaced() {
        assert_eq!(echo("ABC101"), "ABC101");
        for hidden in ['\n', '\u{1b}', '\u{9b}', '\u{202e}', '\u{200b}', '\u{2028}', '\u{2029}'] {
            assert_eq!(echo(&format!("a{hidden}b")), "a\u{fffd}b", "{}", hidden.escape_unicode());
        }
        assert_eq!(echo("Zürich ß 東京"), "Zürich ß 東京");
        assert_eq!(echo(&"x".repeat(64)), "x".repeat(64));
        assert_eq!(echo(&"ä".repeat(65)).chars().count(), 64);
    }
}
