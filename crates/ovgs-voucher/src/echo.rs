//! Showing untrusted values in messages.

/// The longest part of any one value that a message repeats, in characters.
const LONGEST: usize = 64;

/// `value` as a message may repeat it: at most 64 characters, none of them a control character.
pub(crate) fn echo(value: &str) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    if value.chars().count() <= LONGEST {
        return value.chars().map(shown).collect();
    }
    value.chars().take(LONGEST - 1).map(shown).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::echo;

    #[test]
    fn long_values_are_cut_and_control_characters_replaced() {
        assert_eq!(echo("ABC101"), "ABC101");
        assert_eq!(echo("a\nb"), "a\u{fffd}b");
        assert_eq!(echo(&"x".repeat(64)), "x".repeat(64));
        assert_eq!(echo(&"ä".repeat(65)).chars().count(), 64);
    }
}
