//! What a call leaves unread of its request is read after it.
//!
//! A call that is refused for its headers alone is often answered before its message is there. If its stream were let go then,
//! HTTP/2 would reset it and complain about what still comes in for it. The client did nothing wrong; yet `h2` closes a
//! connection after 1,024 such complaints, with all the calls that are in progress on it.
//!
//! A stream that its client leaves open stays one of those that its connection may have, until our patience ends. It has no
//! place among the calls of the server, so it is in nobody's way but its own client's.

use std::{
    error::Error,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use futures_util::FutureExt as _;
use http::Request;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::{runtime::Handle, time::timeout};
use tonic::{Status, body::Body};

/// How many octets are read of what nobody wants: more than there are in the message of any call that asks for one thing.
const MOST: usize = 64 * 1024;

/// How long the rest of a request may be on its way.
const PATIENCE: Duration = Duration::from_secs(2);

/// The same request, whose body is read to its end even if its call does not do so.
pub(in crate::rpc) fn read_out<B>(request: Request<B>) -> Request<Body>
where
    B: http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    request.map(|body| Body::new(ReadOut(Body::new(body))))
}

struct ReadOut(Body);

impl Drop for ReadOut {
    fn drop(&mut self) {
        if self.0.is_end_stream() {
            return;
        }
        let mut rest = Box::pin(read(mem::take(&mut self.0)));
        // Mostly all of it is there already.
        if rest.as_mut().now_or_never().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(PATIENCE, rest));
        }
    }
}

async fn read(mut body: Body) {
    let mut read = 0;
    while read <= MOST
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Bytes::remaining);
    }
}

impl http_body::Body for ReadOut {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::{StreamExt as _, stream};
    use http_body_util::StreamBody;
    use tokio::{sync::mpsc, task::yield_now};
    use tokio_stream::wrappers::ReceiverStream;

    use super::*;

    fn frame() -> Result<Frame<Bytes>, Status> {
        Ok(Frame::data(Bytes::from_static(&[0; 1000])))
    }

    #[test]
    fn no_more_is_read_than_a_call_may_have() {
        let read = Arc::new(AtomicUsize::new(0));
        let count = read.clone();
        let endless = stream::repeat_with(frame).inspect(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        drop(read_out(Request::new(Body::new(StreamBody::new(endless)))));
        assert_eq!(read.load(Ordering::Relaxed), MOST / 1000 + 1);
    }

    #[tokio::test]
    async fn what_is_still_on_its_way_is_waited_for() {
        let (sender, receiver) = mpsc::channel(1);
        drop(read_out(Request::new(Body::new(StreamBody::new(ReceiverStream::new(receiver))))));
        for _ in 0..3 {
            sender.send(frame()).await.expect("somebody reads");
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_never_ends_is_left_alone_in_the_end() {
        let (sender, receiver) = mpsc::channel::<Result<Frame<Bytes>, Status>>(1);
        drop(read_out(Request::new(Body::new(StreamBody::new(ReceiverStream::new(receiver))))));
        sender.closed().await;
    }
}
