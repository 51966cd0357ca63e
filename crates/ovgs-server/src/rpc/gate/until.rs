//! A body with an end from outside.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use tonic::{Status, body::Body};

use crate::rpc::status::Refusal;

type Next = Poll<Option<Result<Frame<Bytes>, Status>>>;

/// A body that is ended early, with a status, when something happens.
pub(in crate::rpc) struct Until {
    inner: Body,
    /// `None` when it has happened.
    end: Option<Pin<Box<dyn Future<Output = Refusal> + Send>>>,
}

impl Until {
    pub(in crate::rpc) fn new(inner: Body, end: impl Future<Output = Refusal> + Send + 'static) -> Until {
        Until { inner, end: Some(Box::pin(end)) }
    }
}

impl http_body::Body for Until {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Next {
        let this = &mut *self;
        let Some(end) = &mut this.end else { return Poll::Ready(None) };
        // What is there goes out first, so that a watcher of the health service still hears of the stop.
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let refusal = ready!(end.as_mut().poll(cx));
        this.end = None;
        let mut trailers = HeaderMap::new();
        Status::from(refusal).add_header(&mut trailers)?;
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.end.is_none() || self.inner.is_end_stream()
    }
}

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").field("inner", &self.inner).finish_non_exhaustive()
    }
}
