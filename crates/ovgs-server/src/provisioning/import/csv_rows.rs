//! Rows of CSV (RFC 4180), with a header in any order.

use std::{collections::BTreeMap, io::Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use ovgs_domain::Excerpt;

use super::{
    Column, ImportError, Notice,
    bounded::{Bounded, Budget},
    notice::ColumnName,
    row::{RawRow, refused},
};

/// Rows of CSV.
#[derive(Debug)]
pub(super) struct CsvRows<R> {
    reader: Reader<Bounded<R>>,
    budget: Budget,
    header: Vec<Column>,
    record: ByteRecord,
}

impl<R: Read> CsvRows<R> {
    /// Reads the header.
    pub(super) fn new(input: R) -> Result<CsvRows<R>, ImportError> {
        let budget = Budget::new();
        let input = Bounded::new(input, budget.clone());
        let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(input);
        let mut record = ByteRecord::new();
        let found = reader.read_byte_record(&mut record).map_err(|error| broken(0, error))?;
        if !found {
            return Err(ImportError::Empty);
        }
        let header = header(&record)?;
        Ok(CsvRows { reader, budget, header, record })
    }

    /// The next row, or why it is none; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Result<RawRow, Notice>>, ImportError> {
        self.budget.renew();
        let before = self.reader.position().line();
        let found = self.reader.read_byte_record(&mut self.record).map_err(|error| broken(before, error))?;
        Ok(found.then(|| self.row(before)))
    }

    fn row(&self, before: u64) -> Result<RawRow, Notice> {
        let line = self.record.position().map_or(before, csv::Position::line);
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

fn broken(line: u64, error: csv::Error) -> ImportError {
    ImportError::Csv { line, source: Box::new(error) }
}
