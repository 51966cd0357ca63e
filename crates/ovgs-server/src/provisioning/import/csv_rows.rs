//! Rows of CSV (RFC 4180), with a header in any order.

use std::io::{self, Chain, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator, WriterBuilder};
use ovgs_domain::Excerpt;

use super::{
    Column, ImportError, Notice,
    bounded::{Bounded, Budget, TooLong},
    notice::ColumnName,
    row::{Cells, RawRow, refused},
    tpm,
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
    header_text: Vec<u8>,
    record: ByteRecord,
    /// Where the record begins in the input.
    begin: u64,
}

impl<R: Read> CsvRows<R> {
    /// Reads the header.
    pub(super) fn new(input: R) -> Result<CsvRows<R>, ImportError> {
        let budget = Budget::default();
        let input = Bounded::new(input.chain(&b"\n"[..]), budget.clone());
        let mut builder = ReaderBuilder::new();
        let builder = builder.flexible(true).has_headers(false).terminator(Terminator::Any(b'\n'));
        let reader = builder.from_reader(input);
        let (columns, header_text, record) = (Vec::new(), Vec::new(), ByteRecord::new());
        let mut rows = CsvRows { reader, budget, header: columns, header_text, record, begin: 0 };
        if !rows.read()? {
            return Err(ImportError::Empty);
        }
        if rows.budget.is_at_end() {
            return Err(ImportError::UnclosedQuote { line: rows.line() });
        }
        rows.header = header(&rows.record)?;
        rows.header_text = rows.text().to_vec();
        Ok(rows)
    }

    /// The header as it stands in the input.
    pub(super) fn header_text(&self) -> &[u8] {
        &self.header_text
    }

    /// Goes to the next row; says whether there is one. Blank lines are passed over.
    pub(super) fn advance(&mut self) -> Result<bool, ImportError> {
        self.read()
    }

    /// The row as it stands in the input, without the end of its line.
    pub(super) fn text(&self) -> &[u8] {
        let text = self.reader.get_ref().between(self.begin, self.reader.position().byte());
        let blank = text.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let text = text.split_at_checked(blank).map_or(text, |(_, row)| row);
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// The row for a file of refused rows: as it stands in the input, but without private keys.
    pub(super) fn refused_text(&self) -> Vec<u8> {
        if !self.record.iter().any(is_private) {
            return self.text().to_vec();
        }
        let cells =
            self.record.iter().map(|cell| if is_private(cell) { tpm::CONCEALED.as_bytes() } else { cell });
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record(cells);
        let mut text = writer.into_inner().unwrap_or_default();
        text.pop();
        text
    }

    /// Reads a record that is not blank, and cuts the CR off its last cell.
    fn read(&mut self) -> Result<bool, ImportError> {
        loop {
            self.budget.renew();
            let (line, begin) = (self.reader.position().line(), self.reader.position().byte());
            self.begin = begin;
            self.reader.get_mut().keep_from(begin);
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

    /// The row, or why it is none.
    pub(super) fn row(&self) -> Result<RawRow<'_>, Notice> {
        let line = self.line();
        if self.budget.is_at_end() {
            return Err(refused(line, ColumnName::Other(Excerpt::of("row")), "a quote is not closed"));
        }
        let (cells, columns) = (self.record.len(), self.header.len());
        if cells > columns {
            let surplus = self.record.get(columns).filter(|cell| !is_private(cell)).unwrap_or_default();
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
        let mut texts = Cells::default();
        for (column, cell) in self.header.iter().zip(&self.record) {
            let text = std::str::from_utf8(cell).map_err(|_| refused(line, *column, "is not UTF-8"))?;
            texts.put(*column, text);
        }
        Ok(RawRow { line, cells: texts })
    }
}

fn is_private(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(tpm::is_private_key)
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
