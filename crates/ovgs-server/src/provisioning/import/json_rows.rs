//! Rows of JSON lines, one object each.

use std::{fmt, io::BufRead};

use ovgs_domain::Excerpt;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::{
    Column, ImportError, Notice,
    bounded::LONGEST_ROW,
    notice::ColumnName,
    row::{Cells, RawRow, refused},
    tpm,
};

/// Rows of JSON lines.
#[derive(Debug)]
pub(super) struct JsonRows<R> {
    input: R,
    line: u64,
    buffer: Vec<u8>,
    /// The cells of the present row.
    cells: Vec<(Column, String)>,
}

impl<R: BufRead> JsonRows<R> {
    pub(super) fn new(input: R) -> JsonRows<R> {
        JsonRows { input, line: 0, buffer: Vec::new(), cells: Vec::new() }
    }

    /// Goes to the next row; says whether there is one. Blank lines are passed over.
    pub(super) fn advance(&mut self) -> Result<bool, ImportError> {
        while self.read_line()? {
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The row as it stands in the input, without the end of its line. Of one that is too long there is not all.
    pub(super) fn text(&self) -> &[u8] {
        self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer)
    }

    /// The row for a file of refused rows: as it stands in the input, but without private keys.
    pub(super) fn refused_text(&self) -> Vec<u8> {
        let Ok(Members(mut members)) = serde_json::from_slice::<Members>(&self.buffer) else {
            return without_keys_between_quotes(self.text());
        };
        let concealed = members.iter_mut().fold(false, |any, (_, value)| conceal(value) || any);
        match concealed {
            true => Value::Object(members.into_iter().collect()).to_string().into_bytes(),
            false => self.text().to_vec(),
        }
    }

    /// Reads a line without its end. What goes beyond the longest row is passed over, and the line will not parse.
    fn read_line(&mut self) -> Result<bool, ImportError> {
        self.line += 1;
        self.buffer.clear();
        loop {
            let line = self.line;
            let chunk = self.input.fill_buf().map_err(|source| ImportError::Read { line, source })?;
            if chunk.is_empty() {
                return Ok(!self.buffer.is_empty());
            }
            let end = chunk.iter().position(|b| *b == b'\n');
            let (piece, _) = chunk.split_at(end.unwrap_or(chunk.len()));
            let room = (LONGEST_ROW + 1).saturating_sub(self.buffer.len());
            self.buffer.extend(piece.iter().take(room));
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// The row, or why it is none.
    pub(super) fn row(&mut self) -> Result<RawRow<'_>, Notice> {
        let line = self.line;
        let whole = || ColumnName::Other(Excerpt::of("row"));
        if self.buffer.len() > LONGEST_ROW {
            return Err(refused(line, whole(), format!("is longer than {LONGEST_ROW} bytes")));
        }
        let members: Members = serde_json::from_slice(&self.buffer).map_err(|error| {
            let reason = format!("is not one JSON object: {} at character {}", kind(&error), error.column());
            refused(line, whole(), reason)
        })?;
        self.cells.clear();
        for (name, value) in members.0 {
            self.cells.push(cell(line, &name, value)?);
        }
        let mut cells = Cells::default();
        for (column, text) in &self.cells {
            if cells.put(*column, text) {
                return Err(refused(line, *column, "stands twice; remove one"));
            }
        }
        Ok(RawRow { line, cells })
    }
}

fn cell(line: u64, name: &str, value: Value) -> Result<(Column, String), Notice> {
    let Some(column) = Column::find(name) else {
        let shown = ColumnName::Other(Excerpt::of(name));
        let reason = format!("is not a known column; the nearest one is `{}`", Column::nearest(name));
        return Err(refused(line, shown, reason));
    };
    match value {
        Value::Null => Ok((column, String::new())),
        Value::String(text) => Ok((column, text)),
        Value::Number(number) if column == Column::Ien => Ok((column, number.to_string())),
        _ => Err(refused(line, column, "must be a text or null")),
    }
}

fn kind(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "it is something else",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "there is a syntax error",
    }
}

/// Takes private keys out of a value, however deep they are in it; says whether there were any.
fn conceal(value: &mut Value) -> bool {
    match value {
        Value::String(text) if tpm::is_private_key(text) => {
            *value = Value::from(tpm::CONCEALED);
            true
        }
        // Every one of them, also after the first: `any` would end there.
        Value::Array(values) => values.iter_mut().fold(false, |any, value| any | conceal(value)),
        Value::Object(members) => members.values_mut().fold(false, |any, value| any | conceal(value)),
        _ => false,
    }
}

/// What looks like a private key in text that is no JSON can only be told by the quotes around it.
fn without_keys_between_quotes(text: &[u8]) -> Vec<u8> {
    let is_private = |piece: &[u8]| {
        let piece = String::from_utf8_lossy(piece).replace("\\n", "\n").replace("\\/", "/");
        piece.contains("PRIVATE KEY") || tpm::is_private_key(&piece)
    };
    let pieces = text.split(|octet| *octet == b'"');
    let pieces = pieces.map(|piece| if is_private(piece) { tpm::CONCEALED.as_bytes() } else { piece });
    pieces.collect::<Vec<_>>().join(&b'"')
}

/// The members of an object in their order, so that none is lost where a name stands twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
