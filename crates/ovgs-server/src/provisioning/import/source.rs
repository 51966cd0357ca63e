//! Finds out what kind of file it is.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use super::{ImportError, Notice, csv_rows::CsvRows, json_rows::JsonRows, row::RawRow};

/// The input behind what was already looked at.
type Input<R> = Chain<Cursor<Vec<u8>>, R>;

/// Rows of either kind.
#[derive(Debug)]
pub(super) enum Rows<R: Read> {
    Csv(Box<CsvRows<Input<R>>>),
    Json(Box<JsonRows<BufReader<Input<R>>>>),
}

impl<R: Read> Rows<R> {
    /// Looks at the beginning: JSON lines begin with a brace, everything else is CSV. A byte order mark is passed over.
    pub(super) fn open(mut input: R) -> Result<Rows<R>, ImportError> {
        let head = head(&mut input).map_err(|source| ImportError::Read { line: 1, source })?;
        if head.iter().all(u8::is_ascii_whitespace) {
            return Err(ImportError::Empty);
        }
        let is_json = head.trim_ascii_start().first() == Some(&b'{');
        let input = Cursor::new(head).chain(input);
        match is_json {
            true => Ok(Rows::Json(Box::new(JsonRows::new(BufReader::new(input))))),
            false => Ok(Rows::Csv(Box::new(CsvRows::new(input)?))),
        }
    }

    /// The header as it stands in the input; JSON lines have none.
    pub(super) fn header(&self) -> &[u8] {
        match self {
            Rows::Csv(rows) => rows.header_text(),
            Rows::Json(_) => &[],
        }
    }

    /// Goes to the next row; says whether there is one.
    pub(super) fn advance(&mut self) -> Result<bool, ImportError> {
        match self {
            Rows::Csv(rows) => rows.advance(),
            Rows::Json(rows) => rows.advance(),
        }
    }

    /// The row, or why it is none.
    pub(super) fn row(&mut self) -> Result<RawRow<'_>, Notice> {
        match self {
            Rows::Csv(rows) => rows.row(),
            Rows::Json(rows) => rows.row(),
        }
    }

    /// The row as it stands in the input, without the end of its line.
    pub(super) fn text(&self) -> &[u8] {
        match self {
            Rows::Csv(rows) => rows.text(),
            Rows::Json(rows) => rows.text(),
        }
    }

    /// The row for a file of refused rows: as it stands in the input, but without private keys.
    pub(super) fn refused_text(&self) -> Vec<u8> {
        match self {
            Rows::Csv(rows) => rows.refused_text(),
            Rows::Json(rows) => rows.refused_text(),
        }
    }
}

/// The first bytes, at least up to one that is not blank, without the byte order mark (RFC 3629 §6).
fn head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    const MOST: u64 = 4096;
    let mut head = Vec::new();
    input.take(MARK.len() as u64).read_to_end(&mut head)?;
    if head == MARK {
        head.clear();
    }
    let mut rest = BufReader::with_capacity(1, input.take(MOST));
    while head.iter().all(u8::is_ascii_whitespace) {
        let next = rest.fill_buf()?;
        if next.is_empty() {
            break;
        }
        let count = next.len();
        head.extend_from_slice(next);
        rest.consume(count);
    }
    Ok(head)
}
