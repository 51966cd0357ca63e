//! DER from its end to its beginning, so that every length is known when its turn comes.

use der::{ErrorKind, Length};

/// The most octets of a tag and a length.
const HEAD: usize = 6;

/// Something encoded, growing to the front.
pub(super) struct Backwards {
    octets: Vec<u8>,
    /// Where the encoding begins; before it there is room.
    start: usize,
}

/// How much there was behind the place where an element will end; see [`Backwards::mark`].
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl Backwards {
    /// Has room for parts of `octets` altogether under `heads` tags.
    pub(super) fn with_room(octets: usize, heads: usize) -> Self {
        let room = octets + heads * HEAD;
        Self { octets: vec![0; room], start: room }
    }

    /// Puts octets before what is there.
    pub(super) fn put(&mut self, part: &[u8]) -> der::Result<()> {
        let start = self.start.checked_sub(part.len()).ok_or(ErrorKind::Overlength)?;
        let room = self.octets.get_mut(start..self.start).ok_or(ErrorKind::Overlength)?;
        room.copy_from_slice(part);
        self.start = start;
        Ok(())
    }

    /// Marks the end of an element whose contents come next.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.octets.len() - self.start)
    }

    /// Makes one element of what was put since `end`, under this tag.
    pub(super) fn wrap(&mut self, tag: u8, end: Mark) -> der::Result<()> {
        let length = self.octets.len() - self.start - end.0;
        Length::try_from(length)?; // no longer than other parts of the crate can read
        let octets = length.to_be_bytes();
        let significant = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
        let significant = octets.get(significant..).unwrap_or_default();
        match significant {
            [] => self.put(&[0])?,
            [short @ 0..0x80] => self.put(&[*short])?,
            long => {
                self.put(long)?;
                self.put(&[0x80 | long.len() as u8])?; // at most 8
            }
        }
        self.put(&[tag])
    }

    /// What was encoded.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.octets.drain(..self.start);
        self.octets
    }
}
