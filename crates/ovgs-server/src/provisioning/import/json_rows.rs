//! Rows of JSON lines, one object each.

use std::{collections::BTreeMap, fmt, io::BufRead};

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
    row::{RawRow, refused},
};

/// Rows of JSON lines.
#[derive(Debug)]
pub(super) struct JsonRows<R> {
    input: R,
    line: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> JsonRows<R> {
    pub(super) fn new(input: R) -> JsonRows<R> {
        JsonRows { input, line: 0, buffer: Vec::new() }
    }

    /// The next row, or why it is none; nothing at the end. Blank lines are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Result<RawRow, Notice>>, ImportError> {
        while self.read_line()? {
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(Some(self.row()));
            }
        }
        Ok(None)
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

    fn row(&self) -> Result<RawRow, Notice> {
        let line = self.line;
        let whole = || ColumnName::Other(Excerpt::of("row"));
        if self.buffer.len() > LONGEST_ROW {
            return Err(refused(line, whole(), format!("is longer than {LONGEST_ROW} bytes")));
        }
        let members: Members = serde_json::from_slice(&self.buffer).map_err(|error| {
            let reason = format!("is not one JSON object: {} at character {}", kind(&error), error.column());
            refused(line, whole(), reason)
        })?;
        let mut cells = BTreeMap::new();
        for (name, value) in members.0 {
            let (column, text) = cell(line, &name, value)?;
            if cells.insert(column, text).is_some() {
                return Err(refused(line, column, "stands twice; remove one"));
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
