//! What leaves on a connection, together instead of bit by bit.
//!
//! HTTP/2 writes each answer on its own, and hands over each piece at once. When many calls end at the same time, as they do
//! after a commit that they shared, that is a TLS record, a packet and a waking of the other end for each of them, which costs
//! more than the rest of the answer. Here their pieces wait until whoever else is about to answer has done so.

use std::{
    future::{Future, poll_fn},
    io::{self, IoSlice},
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is held back at most.
const MOST: usize = 64 * 1024;

/// How much room an idle connection keeps for what it holds back.
const KEPT: usize = 4 * 1024;

/// A stream that holds back what is written to it. Whatever uses it must be polled by [`Outgoing::run`].
#[derive(Debug)]
pub(super) struct Held<S>(Arc<Mutex<Pieces<S>>>);

/// Lets what is held back leave.
#[derive(Debug)]
pub(super) struct Outgoing<S>(Arc<Mutex<Pieces<S>>>);

#[derive(Debug)]
struct Pieces<S> {
    stream: S,
    held: Vec<u8>,
    /// How much of it has left.
    sent: usize,
    /// Whether there is anything that may not have left yet, here or in the stream.
    is_due: bool,
    /// Whether others have had their turn since then.
    has_waited: bool,
    failed: Option<io::Error>,
}

impl<S> Held<S> {
    /// The stream, and what lets out what is written to it.
    pub(super) fn new(stream: S) -> (Held<S>, Outgoing<S>) {
        let pieces =
            Pieces { stream, held: Vec::new(), sent: 0, is_due: false, has_waited: false, failed: None };
        let pieces = Arc::new(Mutex::new(pieces));
        (Held(pieces.clone()), Outgoing(pieces))
    }

    fn pieces(&self) -> MutexGuard<'_, Pieces<S>> {
        lock(&self.0)
    }
}

/// Nobody waits here: both ends belong to one task.
fn lock<S>(pieces: &Mutex<Pieces<S>>) -> MutexGuard<'_, Pieces<S>> {
    pieces.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: AsyncWrite + Unpin> Outgoing<S> {
    /// Runs what writes to the stream; what it has written leaves when it has nothing more to do for now.
    pub(super) fn run<F: Future>(&self, mut writing: Pin<&mut F>) -> impl Future<Output = F::Output> {
        poll_fn(move |cx| {
            let outcome = writing.as_mut().poll(cx);
            lock(&self.0).leave(cx);
            outcome
        })
    }
}

impl<S: AsyncWrite + Unpin> Pieces<S> {
    /// Lets everything leave, after one more turn for tasks that are about to write as well.
    fn leave(&mut self, cx: &mut Context<'_>) {
        if !self.is_due {
            return;
        }
        if !mem::replace(&mut self.has_waited, true) && self.held.len() < MOST {
            return cx.waker().wake_by_ref();
        }
        // What went wrong is told to whoever writes next, and somebody who waits for an answer reads that there is an end.
        if let Poll::Ready(Err(error)) = self.poll_send(cx) {
            self.failed = Some(error);
            self.is_due = false;
            self.forget();
            cx.waker().wake_by_ref();
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.held.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.sent += sent,
            }
        }
        self.forget();
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        (self.is_due, self.has_waited) = (false, false);
        Poll::Ready(Ok(()))
    }

    fn hold(&mut self, octets: &[u8]) {
        self.held.extend_from_slice(octets);
        self.is_due = true;
    }

    fn forget(&mut self) {
        self.held.clear();
        self.held.shrink_to(KEPT);
        self.sent = 0;
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        if self.held.len() >= MOST { self.poll_send(cx) } else { Poll::Ready(Ok(())) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Held<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pieces().stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let mut pieces = self.pieces();
        ready!(pieces.poll_room(cx))?;
        pieces.hold(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut pieces = self.pieces();
        ready!(pieces.poll_room(cx))?;
        octets.iter().for_each(|octets| pieces.hold(octets));
        Poll::Ready(Ok(octets.iter().map(|octets| octets.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.pieces().failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut pieces = self.pieces();
        ready!(pieces.poll_send(cx))?;
        Pin::new(&mut pieces.stream).poll_shutdown(cx)
    }
}
