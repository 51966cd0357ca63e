//! Answers on their way out, and how they are taken back from who does not read them.

use std::{
    collections::VecDeque,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use tokio::{
    sync::OwnedSemaphorePermit,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tonic::{Status, body::Body};

use super::{record::Record, request_id};
use crate::rpc::status::Refusal;

type Made = Result<Frame<Bytes>, Status>;

/// The body of an answer: puts the request id into the trailers, and holds the call's place and record to the end.
///
/// A body is asked for more only when its client has read what was there, so it cannot see to its own end. The watch
/// beside it can: in time it takes back what is left of the answer, and with it the place.
#[derive(Debug)]
pub(super) struct Answer {
    rest: Arc<Mutex<Rest>>,
    /// Ends with the body.
    _watch: JoinSet<()>,
}

/// A place among the calls in progress, and for how long it is given to an answer.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) place: OwnedSemaphorePermit,
    /// When the caller's deadline is, if it set one.
    pub(super) end: Option<Instant>,
    /// How long the answer may wait for its reader.
    pub(super) patience: Duration,
}

/// What is left of an answer.
#[derive(Debug)]
enum Rest {
    Coming(Coming),
    /// It was taken back, and these trailers are left to say why.
    TakenBack(Option<Made>),
}

#[derive(Debug)]
struct Coming {
    /// What was made before it was asked for.
    ahead: VecDeque<Made>,
    inner: Body,
    request_id: Option<HeaderValue>,
    record: Record,
    /// Since when it has been the reader's turn; `None` while it is ours.
    waiting_since: Option<Instant>,
    /// Whom to tell while it is ours.
    waker: Option<Waker>,
    /// Free when this is dropped.
    _place: Option<OwnedSemaphorePermit>,
}

impl Answer {
    /// An answer that is complete gives its place back at once, however slowly it will be read.
    pub(super) fn new(
        mut inner: Body,
        request_id: Option<HeaderValue>,
        record: Record,
        lease: Option<Lease>,
    ) -> Answer {
        let (ahead, complete) = look_ahead(&mut inner);
        let (place, end, patience) = match lease.filter(|_| !complete) {
            Some(Lease { place, end, patience }) => (Some(place), end, Some(patience)),
            None => (None, None, None),
        };
        let waiting_since = Some(Instant::now());
        let coming = Coming { ahead, inner, request_id, record, waiting_since, waker: None, _place: place };
        let rest = Arc::new(Mutex::new(Rest::Coming(coming)));
        let mut watch = JoinSet::new();
        if let Some(patience) = patience {
            watch.spawn(keep_watch(Arc::downgrade(&rest), end, patience));
        }
        Answer { rest, _watch: watch }
    }
}

/// As much of a body as a single message takes, if that needs no waiting, and whether it is all there is.
fn look_ahead(body: &mut Body) -> (VecDeque<Made>, bool) {
    /// The message, and the trailers.
    const FRAMES: usize = 2;
    let mut ahead = VecDeque::new();
    while ahead.len() < FRAMES {
        match body.frame().now_or_never() {
            Some(Some(made)) => {
                let last = made.as_ref().map_or(true, Frame::is_trailers);
                ahead.push_back(made);
                if last {
                    return (ahead, true);
                }
            }
            Some(None) => return (ahead, true),
            None => break,
        }
    }
    (ahead, false)
}

/// Looks at an answer when there may be reason to take it back, until it was.
async fn keep_watch(rest: Weak<Mutex<Rest>>, end: Option<Instant>, patience: Duration) {
    while let Some(next) = rest.upgrade().and_then(|rest| look(&rest, end, patience)) {
        sleep_until(next).await;
    }
}

/// Takes an answer back if it is time; if not, when to look again.
fn look(rest: &Mutex<Rest>, end: Option<Instant>, patience: Duration) -> Option<Instant> {
    let mut rest = locked(rest);
    let Rest::Coming(coming) = &mut *rest else { return None };
    let now = Instant::now();
    let stale = coming.waiting_since.unwrap_or(now).checked_add(patience);
    let refusal = match (end, stale) {
        (Some(end), _) if end <= now => Refusal::DeadlineExceeded,
        (_, Some(stale)) if stale <= now => Refusal::NotRead,
        _ => return [end, stale].into_iter().flatten().min(),
    };
    let trailers = coming.closed_with(refusal);
    let taken = mem::replace(&mut *rest, Rest::TakenBack(Some(trailers)));
    // What goes with it goes when nobody waits for the lock.
    drop(rest);
    if let Rest::Coming(Coming { waker: Some(waker), .. }) = taken {
        waker.wake();
    }
    None
}

fn locked(rest: &Mutex<Rest>) -> MutexGuard<'_, Rest> {
    rest.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Coming {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Made>> {
        let _entered = self.record.span().clone().entered();
        let mut made = match self.ahead.pop_front() {
            Some(made) => Poll::Ready(Some(made)),
            None => Pin::new(&mut self.inner).poll_frame(cx),
        };
        self.waiting_since = made.is_ready().then(Instant::now);
        self.waker = made.is_pending().then(|| cx.waker().clone());
        if let Poll::Ready(Some(Ok(frame))) = &mut made
            && let Some(trailers) = frame.trailers_mut()
        {
            self.close(trailers);
        }
        made
    }

    fn close(&mut self, trailers: &mut HeaderMap) {
        self.record.ended(trailers);
        request_id::put(trailers, self.request_id.as_ref());
    }

    fn closed_with(&mut self, refusal: Refusal) -> Made {
        let mut trailers = HeaderMap::new();
        Status::from(refusal).add_header(&mut trailers)?;
        self.close(&mut trailers);
        Ok(Frame::trailers(trailers))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Made>> {
        match &mut *locked(&self.rest) {
            Rest::Coming(coming) => coming.poll(cx),
            Rest::TakenBack(trailers) => Poll::Ready(trailers.take()),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &*locked(&self.rest) {
            Rest::Coming(coming) => coming.ahead.is_empty() && coming.inner.is_end_stream(),
            Rest::TakenBack(trailers) => trailers.is_none(),
        }
    }
}
