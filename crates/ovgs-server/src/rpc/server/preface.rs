//! Whether the other end of a connection has begun to speak HTTP/2.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::oneshot,
};

/// A stream that tells when as many octets have come in as the preface of HTTP/2 has (RFC 9113 §3.4). What they are is
/// for HTTP/2 to judge.
#[derive(Debug)]
pub(super) struct Prefaced<S> {
    inner: S,
    missing: usize,
    arrived: Option<oneshot::Sender<()>>,
}

impl<S> Prefaced<S> {
    const LENGTH: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

    /// The stream, and what resolves when the preface is there.
    pub(super) fn new(inner: S) -> (Prefaced<S>, oneshot::Receiver<()>) {
        let (arrived, preface) = oneshot::channel();
        (Prefaced { inner, missing: Self::LENGTH, arrived: Some(arrived) }, preface)
    }

    fn came(&mut self, octets: usize) {
        self.missing = self.missing.saturating_sub(octets);
        if self.missing == 0
            && let Some(arrived) = self.arrived.take()
        {
            let _ = arrived.send(());
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefaced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        self.came(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefaced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, octets)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
