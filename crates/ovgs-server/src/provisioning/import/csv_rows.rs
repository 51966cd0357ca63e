//! Rows of CSV (RFC 4180), with a header in any order.

use std::{
    collections::BTreeMap,
    io::{self, Chain, Read},
};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use ovgs_domain::Excerpt;

use super::{
    Column, ImportError, Notice,
    bounded::{Bounded, Budget, TooLong},
    notice::ColumnName,
    row::{RawRow, refused},
};

/// Rows of CSV.
///
/// Lines are counted here, since the CSV reader counts a blank line, and the end of a CRLF, with the row after it. For
/// that every row ends with LF: a last one without gets one, and a CR before it is cut off. So a row that only ends where
/// the input does has a quote that is not closed.
#[derive(Debug)]
pub(super) struct CsvRows<R> {
    reader: Reader<Bounded<Chain<R, &'static [u8]>>>,
    budget: Budget,
    header: Vec<Column>,
    record: ByteRecord,
}

impl<R: Read> CsvRows<R> {
    /// Reads the header.
    pub(super) fn new(input: R) -> Result<CsvRows<R>, ImportError> {
        let budget = Budget::default();
        let input = Bounded::new(input.chain(&b"\n"[..]), budget.clone());
        let mut builder = ReaderBuilder::new();
        let builder = builder.flexible(true).has_headers(false).terminator(Terminator::Any(b'\n'));
        let reader = builder.from_reader(input);
        let mut rows = CsvRows { reader, budget, header: Vec::new(), record: ByteRecord::new() };
        if !rows.read()? {
            return Err(ImportError::Empty);
        }
        if rows.budget.is_at_end() {
            return Err(ImportError::UnclosedQuote { line: rows.line() });
        }
        rows.header = header(&rows.record)?;
        Ok(rows)
    }

    /// The next row, or why it is none; nothing at the end. Blank lines are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Result<RawRow, Notice>>, ImportError> {
        let found = self.read()?;
        Ok(found.then(|| self.row()))
    }

    /// Reads a record that is not blank, and cuts the CR off its last cell.
    fn read(&mut self) -> Result<bool, ImportError> {
        loop {
            self.budget.renew();
            let line = self.reader.position().line();
            let found = self.reader.read_byte_record(&mut self.record);
            if !found.map_err(|error| self.broken(line, error))? {
                return Ok(false);
            }
            if let Some(without) = self.record.iter().next_back().and_then(|last| last.strip_suffix(b"\r")) {
                let cells = self.record.iter().take(self.record.len() - 1).chain([without]);
                self.record = cells.collect();
            }
            if self.record.len() > 1 || !self.record.as_slice().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Why a row that begins on this line cannot be read.
    fn broken(&self, line: u64, error: csv::Error) -> ImportError {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            other => io::Error::other(format!("{other:?}")),
        };
        let is_too_long = source.get_ref().is_some_and(|inner| inner.is::<TooLong>());
        match is_too_long {
            // Only within quotes does a row go on over several lines.
            true if self.reader.position().line() > line => ImportError::UnclosedQuote { line },
            true => ImportError::LongRow { line },
            false => ImportError::Read { line, source },
        }
    }

    /// The line on which the record begins.
    fn line(&self) -> u64 {
        let within = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let end = if self.budget.is_at_end() { 0 } else { 1 };
        self.reader.position().line().saturating_sub(within + end)
    }

    fn row(&self) -> Result<RawRow, Notice> {
        let line = self.line();
        if self.budget.is_at_end() {
            return Err(refused(line, ColumnName::Other(Excerpt::of("row")), "a quote is not closed"));
        }
        let (cells, columns) = (self.record.len(), self.header.len());
        if cells > columns {
            let surplus = self.record.get(columns).unwrap_or_default();
            let column = ColumnName::Other(Excerpt::of(&format!("column {}", columns + 1)));
            let shown = Excerpt::of(&String::from_utf8_lossy(surplus));
            let reason =
                format!("`{shown}` stands under no header; the row has {cells} cells, the header {columns}");
            return Err(refused(line, column, reason));
        }
        if let Some(column) = self.header.get(cells) {
            let reason = format!("is missing; the row has {cells} cells, the header {columns}");
            return Err(refused(line, *column, reason));
        }
        let mut texts = BTreeMap::new();
        for (column, cell) in self.header.iter().zip(&self.record) {
            let text = std::str::from_utf8(cell).map_err(|_| refused(line, *column, "is not UTF-8"))?;
            texts.insert(*column, text.to_owned());
        }
        Ok(RawRow { line, cells: texts })
    }
}

fn header(record: &ByteRecord) -> Result<Vec<Column>, ImportError> {
    let mut header = Vec::new();
    for cell in record {
        let name = String::from_utf8_lossy(cell);
        let unknown =
            || ImportError::UnknownColumn { column: Excerpt::of(&name), nearest: Column::nearest(&name) };
        let column = Column::find(&name).ok_or_else(unknown)?;
        if header.contains(&column) {
            return Err(ImportError::DoubledColumn { column });
        }
        header.push(column);
    }
    let missing = [Column::Ien, Column::SerialNumber].into_iter().find(|column| !header.contains(column));
    missing.map_or(Ok(header), |column| Err(ImportError::MissingColumn { column }))
}
