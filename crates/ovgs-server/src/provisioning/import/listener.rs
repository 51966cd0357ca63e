use super::{Notice, Tally};

/// Who is told how an import goes. A closure that takes notices is one too.
pub trait ImportListener: Send {
    /// The rows begin. JSON lines have an empty header.
    fn begin(&mut self, header: &[u8]) {
        let _ = header;
    }

    /// Something is to be said of a row, whose transaction is done.
    fn notice(&mut self, notice: &Notice);

    /// A row was refused: its text as it stands in the input, without the end of its line and without private keys. The
    /// notice that says why has been told before.
    fn refused(&mut self, row: &[u8]) {
        let _ = row;
    }

    /// So many rows are done.
    fn progress(&mut self, tally: &Tally) {
        let _ = tally;
    }
}

impl<F: FnMut(&Notice) + Send> ImportListener for F {
    fn notice(&mut self, notice: &Notice) {
        self(notice);
    }
}
