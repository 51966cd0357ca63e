//! What a call leaves unread of its request is read after it.
//!
//! A call that is refused for its headers alone is often answered before its message is there. If its stream were let go then,
//! HTTP/2 would reset it and complain about what still comes in for it. The client did nothing wrong; yet `h2` closes a
//! connection after 1,024 such complaints, with all the calls that are in progress on it.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Buf;
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use tokio::{runtime::Handle, time::timeout};

/// How many octets are read of what nobody wants: more than there are in the message of any call that asks for one thing.
const MOST: usize = 64 * 1024;

/// How long the rest of a request may be on its way.
const PATIENCE: Duration = Duration::from_secs(2);

/// The body of a request, which is read to its end even if its call does not do so.
#[derive(Debug)]
pub(super) struct ReadOut<B: Rest>(Option<B>);

/// A body of which a rest can be read.
pub(super) trait Rest: Body<Data: Buf + Send, Error: Send> + Send + Unpin + 'static {}

impl<B: Body<Data: Buf + Send, Error: Send> + Send + Unpin + 'static> Rest for B {}

impl<B: Rest> ReadOut<B> {
    pub(super) fn new(body: B) -> ReadOut<B> {
        ReadOut(Some(body))
    }
}

impl<B: Rest> Drop for ReadOut<B> {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        let mut reading = Box::pin(read_out(body));
        // Mostly all of it is there already.
        if reading.as_mut().now_or_never().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(PATIENCE, reading));
        }
    }
}

async fn read_out<B: Rest>(mut body: B) {
    let mut read = 0;
    while read <= MOST
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Buf::remaining);
    }
}

impl<B: Rest> Body for ReadOut<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.0.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}
