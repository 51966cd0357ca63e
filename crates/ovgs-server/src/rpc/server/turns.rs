//! A connection's turns: what comes in with one begins in it, and what goes out leaves with it, all together.
//!
//! HTTP/2 makes a task of each call, and writes each answer on its own. When many calls come or end at the same time, as they
//! do after a commit that they shared, that is a waking, a TLS record and a packet for each of them, which costs more than the
//! rest of the answer. Here calls begin where they came in, and some are answered there; and answers wait until whoever else
//! is about to answer has done so. A turn is short, since all connections wait for each other's.

use std::{
    fmt,
    future::{Future, poll_fn},
    io::{self, IoSlice},
    mem,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use hyper::rt::Executor;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// After how much that was read others have their turn.
const A_TURN: usize = 8 * 1024;

/// The same while turns take long: about as much as three calls. Whoever makes many on one connection waits for their own.
const A_SHORT_TURN: usize = 1024;

/// How much is held back at most.
const MOST: usize = 64 * 1024;

/// How much room an idle connection keeps for what it holds back.
const KEPT: usize = 4 * 1024;

/// How long the others' turns may take before it is too long to wait for their answers.
const PATIENCE: Duration = Duration::from_millis(2);

/// How often answers leave without waiting after that.
const HURRIED: u32 = 1024;

/// A stream that holds back what is written to it. Whatever uses it must be polled by [`Turns::run`].
#[derive(Debug)]
pub(super) struct Held<S>(Arc<Mutex<Pieces<S>>>);

/// Takes the calls that come in, for [`Turns::run`] to begin.
#[derive(Clone, Default)]
pub(super) struct Arrivals(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

/// Runs a connection turn by turn.
#[derive(Debug)]
pub(super) struct Turns<S> {
    pieces: Arc<Mutex<Pieces<S>>>,
    arrivals: Arrivals,
}

#[derive(Debug)]
struct Pieces<S> {
    stream: S,
    /// How much was read in this turn.
    read: usize,
    held: Vec<u8>,
    /// How much of it has left.
    sent: usize,
    /// Whether there is anything that may not have left yet, here or in the stream.
    is_due: bool,
    /// Since when others have their turn before it leaves.
    waiting_since: Option<Instant>,
    /// How often nobody is waited for.
    hurried: u32,
    failed: Option<io::Error>,
}

impl<S> Turns<S> {
    /// The stream, for what `arrivals` come in on, and what runs that.
    pub(super) fn new(stream: S, arrivals: Arrivals) -> (Held<S>, Turns<S>) {
        let pieces = Pieces {
            stream,
            read: 0,
            held: Vec::new(),
            sent: 0,
            is_due: false,
            waiting_since: None,
            hurried: 0,
            failed: None,
        };
        let pieces = Arc::new(Mutex::new(pieces));
        (Held(pieces.clone()), Turns { pieces, arrivals })
    }
}

/// Nobody waits for these locks: all ends belong to one task.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: AsyncWrite + Unpin> Turns<S> {
    /// Runs what uses the stream, to its end.
    pub(super) fn run<F: Future>(&self, mut connection: Pin<&mut F>) -> impl Future<Output = F::Output> {
        poll_fn(move |cx| {
            lock(&self.pieces).read = 0;
            let mut outcome = connection.as_mut().poll(cx);
            if self.arrivals.begin(cx) && outcome.is_pending() {
                // Some of them may have been answered.
                outcome = connection.as_mut().poll(cx);
                self.arrivals.begin(cx);
            }
            lock(&self.pieces).leave(cx);
            outcome
        })
    }
}

impl Arrivals {
    /// Begins the calls that came in. Those that must wait for something become tasks.
    fn begin(&self, cx: &mut Context<'_>) -> bool {
        let calls = mem::take(&mut *lock(&self.0));
        let are_there = !calls.is_empty();
        for mut call in calls {
            if call.as_mut().poll(cx).is_pending() {
                tokio::spawn(call);
            }
        }
        are_there
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Arrivals {
    fn execute(&self, call: F) {
        // What goes wrong in a call is no end of the others, as if each were a task.
        let call = AssertUnwindSafe(call).catch_unwind().map(drop);
        lock(&self.0).push(call.boxed());
    }
}

impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrivals").finish_non_exhaustive()
    }
}

impl<S: AsyncWrite + Unpin> Pieces<S> {
    /// Lets everything leave; mostly after one more turn of those who may be about to write as well.
    fn leave(&mut self, cx: &mut Context<'_>) {
        if !self.is_due {
            return;
        }
        match self.waiting_since.take() {
            Some(since) if since.elapsed() > PATIENCE => self.hurried = HURRIED,
            Some(_) => {}
            None if self.hurried > 0 => self.hurried -= 1,
            None if self.held.len() >= MOST => {}
            None => {
                self.waiting_since = Some(Instant::now());
                return cx.waker().wake_by_ref();
            }
        }
        // What went wrong is told to whoever writes next.
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
        self.is_due = false;
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
        let mut pieces = lock(&self.0);
        let turn = if pieces.hurried > 0 { A_SHORT_TURN } else { A_TURN };
        let most = buffer.remaining().min(turn.saturating_sub(pieces.read));
        if most == 0 && buffer.remaining() > 0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(most));
        ready!(Pin::new(&mut pieces.stream).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        buffer.advance(read);
        pieces.read += read;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let mut pieces = lock(&self.0);
        ready!(pieces.poll_room(cx))?;
        pieces.hold(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut pieces = lock(&self.0);
        ready!(pieces.poll_room(cx))?;
        octets.iter().for_each(|octets| pieces.hold(octets));
        Poll::Ready(Ok(octets.iter().map(|octets| octets.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match lock(&self.0).failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut pieces = lock(&self.0);
        ready!(pieces.poll_send(cx))?;
        Pin::new(&mut pieces.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::Waker,
    };

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        task::yield_now,
    };

    use super::*;

    /// The two ends of a connection, ours as it is held.
    fn connected(room: usize) -> (DuplexStream, Held<DuplexStream>, Turns<DuplexStream>, Arrivals) {
        let (theirs, ours) = duplex(room);
        let arrivals = Arrivals::default();
        let (held, turns) = Turns::new(ours, arrivals.clone());
        (theirs, held, turns, arrivals)
    }

    #[tokio::test]
    async fn what_is_written_in_a_turn_leaves_after_the_next_one() {
        let (mut theirs, mut held, turns, _) = connected(1024);
        let mut writing = pin!(async {
            held.write_all(b"one ").await.unwrap();
            held.flush().await.unwrap();
            held.write_all(b"two ").await.unwrap();
            std::future::pending::<()>().await;
        });
        let mut run = pin!(turns.run(writing.as_mut()));
        let mut buffer = [0; 64];
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(theirs.read(&mut buffer).now_or_never().is_none(), "others have their turn");
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(theirs.read(&mut buffer).now_or_never().unwrap().unwrap(), 8, "all of it together");
    }

    #[tokio::test]
    async fn everything_arrives_however_little_fits_at_once() {
        let (mut theirs, mut held, turns, _) = connected(1000);
        let sent: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).take(1_000_000).collect();
        let (copy, mut came) = (sent.clone(), Vec::new());
        let reading = async {
            theirs.read_to_end(&mut came).await.unwrap();
        };
        let mut writing = pin!(async move {
            for piece in copy.chunks(3000) {
                held.write_all(piece).await.unwrap();
                yield_now().await;
            }
            held.shutdown().await.unwrap();
        });
        tokio::join!(turns.run(writing.as_mut()), reading);
        drop(turns);
        assert!(came == sent);
    }

    #[tokio::test]
    async fn whoever_sends_much_is_read_in_many_turns() {
        let (mut theirs, mut held, turns, _) = connected(100_000);
        theirs.write_all(&[7; 100_000]).await.unwrap();
        let read = AtomicUsize::new(0);
        let mut reading = pin!(async {
            let mut buffer = [0; 50_000];
            loop {
                read.fetch_add(held.read(&mut buffer).await.unwrap(), Ordering::Relaxed);
            }
        });
        let mut run = pin!(turns.run(reading.as_mut()));
        let mut before = 0;
        for _ in 0..5 {
            assert!(run.as_mut().now_or_never().is_none());
            let now = read.load(Ordering::Relaxed);
            assert!((1..=A_TURN).contains(&(now - before)), "{before} and then {now}");
            before = now;
        }
        lock(&turns.pieces).hurried = HURRIED;
        assert!(run.as_mut().now_or_never().is_none());
        assert_eq!(read.load(Ordering::Relaxed) - before, A_SHORT_TURN);
    }

    #[tokio::test]
    async fn an_end_that_is_gone_is_told_to_whoever_writes_next() {
        let (theirs, mut held, turns, _) = connected(10);
        drop(theirs);
        let mut writing = pin!(async {
            while held.write_all(b"something").await.is_ok() {
                yield_now().await;
            }
        });
        turns.run(writing.as_mut()).await;
    }

    #[tokio::test]
    async fn calls_begin_in_the_turn_they_came_in_and_one_that_panics_ends_alone() {
        let (_theirs, _held, turns, arrivals) = connected(10);
        let begun = Arc::new(AtomicUsize::new(0));
        let (first, second) = (begun.clone(), begun.clone());
        arrivals.execute(async move {
            first.fetch_add(1, Ordering::Relaxed);
        });
        arrivals.execute(async { panic!("as it should") });
        arrivals.execute(async move {
            second.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            second.fetch_add(1, Ordering::Relaxed);
        });
        let mut connection = pin!(std::future::pending::<()>());
        assert!(turns.run(connection.as_mut()).now_or_never().is_none());
        assert_eq!(begun.load(Ordering::Relaxed), 2);
        while begun.load(Ordering::Relaxed) < 3 {
            yield_now().await;
        }
    }
}
