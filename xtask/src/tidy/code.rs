//! Rust source without what is not code.

/// The source with the contents of comments, strings and characters blanked out, line by line as before.
pub(super) fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let opaque = opaque(rest);
        let (taken, after) = rest.split_at(opaque.unwrap_or(first.len_utf8()));
        if opaque.is_none() {
            code.push_str(taken);
        } else {
            code.push(' ');
            code.extend(taken.chars().filter(|character| *character == '\n'));
        }
        rest = after;
    }
    code
}

/// Length of the comment, string or character that the source begins with, if it does.
fn opaque(source: &str) -> Option<usize> {
    if source.starts_with("//") {
        return Some(source.find('\n').unwrap_or(source.len()));
    }
    if source.starts_with("/*") {
        // A comment within a comment ends too early here, which can only show more than there is.
        return Some(source.find("*/").map_or(source.len(), |end| end + "*/".len()));
    }
    if source.starts_with('"') {
        return Some(quoted(source, '"'));
    }
    if source.starts_with('\'') {
        return character(source);
    }
    raw_string(source)
}

/// Up to the next quote that no backslash takes away.
fn quoted(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in source.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    source.len()
}

/// `'x'` or `'\…'`, but not the lifetime `'x`.
fn character(source: &str) -> Option<usize> {
    let mut characters = source.chars().skip(1);
    let first = characters.next()?;
    let is_character = first == '\\' || characters.next() == Some('\'');
    is_character.then(|| quoted(source, '\''))
}

fn raw_string(source: &str) -> Option<usize> {
    let hashes_and_more = source.strip_prefix('r')?;
    let content = hashes_and_more.trim_start_matches('#');
    let hashes = "#".repeat(hashes_and_more.len() - content.len());
    let end = format!("\"{hashes}");
    let content = content.strip_prefix('"')?;
    let opening = source.len() - content.len();
    Some(content.find(&end).map_or(source.len(), |at| opening + at + end.len()))
}
