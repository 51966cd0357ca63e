//! What the store answered, remembered for a moment. A question that many calls have at once is asked by one of them.

use std::{
    fmt,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_store::StoreError;
use quick_cache::sync::Cache;
use tokio::{sync, time::Instant};

/// For how long a good answer counts without being asked for again.
const FRESH: TimeDelta = TimeDelta::milliseconds(100);

/// For how long it counts while somebody is asking again. What another process changes is to be seen within a second, however
/// long the store takes to say so.
const GOOD: TimeDelta = TimeDelta::milliseconds(800);

/// To how many questions the answers are kept.
const QUESTIONS: usize = 10_000;

/// An answer, or why there is none.
type Answer<A> = Result<A, Arc<StoreError>>;

/// Answers by question. Only good ones are remembered; any other is for those who waited for it.
pub(super) struct Answers<Q, A> {
    good: A,
    known: Cache<Q, Arc<Known<A>>>,
}

/// What is known of one question.
struct Known<A> {
    last: Mutex<Option<Last<A>>>,
    /// Whoever is asking holds this.
    asking: sync::Mutex<()>,
}

#[derive(Clone)]
struct Last<A> {
    /// How many answers there were before it.
    number: u64,
    /// When it was asked for.
    asked: DateTime<Utc>,
    answer: Answer<A>,
}

impl<Q: Clone + Eq + Hash, A: Clone + PartialEq> Answers<Q, A> {
    /// No answers yet; `good` is the one that is remembered.
    pub(super) fn new(good: A) -> Answers<Q, A> {
        Answers { good, known: Cache::new(QUESTIONS) }
    }

    /// The answer to a question that is had now: the one that is known, or what `ask` brings.
    ///
    /// # Errors
    /// What `ask` said, or what it said to another call that this one waited for.
    pub(super) async fn get<F>(&self, question: &Q, now: DateTime<Utc>, ask: impl FnOnce() -> F) -> Answer<A>
    where
        F: Future<Output = Result<A, StoreError>>,
    {
        let (known, came) = (self.of(question), Instant::now());
        let before = known.last().clone();
        let good = before.as_ref().filter(|last| self.is_good(last));
        // Calls do not arrive quite in the order of their times.
        let age = good.map(|last| (now - last.asked).abs());
        if age.is_some_and(|age| age < FRESH) {
            return Ok(self.good.clone());
        }
        let _turn = match known.asking.try_lock() {
            Ok(turn) => turn,
            Err(_) if age.is_some_and(|age| age < GOOD) => return Ok(self.good.clone()),
            Err(_) => known.asking.lock().await,
        };
        let number = before.map_or(0, |last| last.number + 1);
        let last = known.last().clone();
        // What was waited for may be an answer of long ago, which is good for nobody who came since. If the clock was put
        // back meanwhile, nobody knows of how long ago.
        let counts = |last: &&Last<A>| !self.is_good(last) || (now - last.asked).abs() < GOOD;
        if let Some(last) = last.as_ref().filter(|last| last.number >= number).filter(counts) {
            return last.answer.clone();
        }
        // This is for all who came while it waited for its turn.
        let waited = TimeDelta::milliseconds(i64::try_from(came.elapsed().as_millis()).unwrap_or_default());
        let (number, asked) = (last.map_or(0, |last| last.number + 1), now + waited);
        let answer = ask().await.map_err(Arc::new);
        *known.last() = Some(Last { number, asked, answer: answer.clone() });
        answer
    }

    fn is_good(&self, last: &Last<A>) -> bool {
        last.answer.as_ref().is_ok_and(|answer| *answer == self.good)
    }

    /// Forgets an answer: calls that come from now on ask anew, whatever those before them will be told.
    pub(super) fn forget(&self, question: &Q) {
        self.known.remove(question);
    }

    /// Forgets all of them.
    pub(super) fn forget_all(&self) {
        self.known.clear();
    }

    fn of(&self, question: &Q) -> Arc<Known<A>> {
        let new = || Ok::<_, std::convert::Infallible>(Arc::default());
        match self.known.get_or_insert_with(question, new) {
            Ok(known) => known,
            Err(never) => match never {},
        }
    }
}

impl<A> Known<A> {
    fn last(&self) -> MutexGuard<'_, Option<Last<A>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Default for Known<A> {
    fn default() -> Known<A> {
        Known { last: Mutex::new(None), asking: sync::Mutex::default() }
    }
}

impl<Q, A> fmt::Debug for Answers<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::{FutureExt as _, future::join_all};
    use tokio::{sync::oneshot, task::yield_now};

    use super::*;

    const TOKEN: &str = "a token";

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000 + millis).expect("a time")
    }

    async fn yes() -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn not_asked() -> Result<bool, StoreError> {
        panic!("the store was asked")
    }

    #[tokio::test]
    async fn a_good_answer_counts_for_a_moment() {
        let answers = Answers::new(true);
        assert!(answers.get(&TOKEN, at(0), yes).await.unwrap());
        assert!(answers.get(&TOKEN, at(99), not_asked).await.unwrap());
        assert!(answers.get(&TOKEN, at(-99), not_asked).await.unwrap(), "a call that was overtaken");
        assert!(!answers.get(&TOKEN, at(100), async || Ok(false)).await.unwrap());
        assert!(answers.get(&TOKEN, at(100), yes).await.unwrap(), "any other answer does not");
        assert!(
            !answers.get(&TOKEN, at(-3_600_000), async || Ok(false)).await.unwrap(),
            "a clock that was put back"
        );
    }

    #[tokio::test]
    async fn while_one_asks_again_others_go_on_with_what_they_know_and_not_for_long() {
        let answers = Answers::new(true);
        answers.get(&TOKEN, at(0), yes).await.unwrap();
        let (answer, asked) = oneshot::channel();
        let mut asking = Box::pin(answers.get(&TOKEN, at(150), async || Ok(asked.await.unwrap())));
        assert!(asking.as_mut().now_or_never().is_none());
        assert!(answers.get(&TOKEN, at(799), not_asked).await.unwrap());
        let mut waiting = Box::pin(answers.get(&TOKEN, at(800), not_asked));
        assert!(waiting.as_mut().now_or_never().is_none(), "too old to go on with");
        answer.send(false).unwrap();
        assert!(!asking.await.unwrap());
        assert!(!waiting.await.unwrap());
    }

    #[tokio::test]
    async fn an_answer_that_was_long_on_its_way_is_good_for_nobody_who_came_since() {
        let answers = Answers::new(true);
        let (answer, asked) = oneshot::channel();
        let mut asking = Box::pin(answers.get(&TOKEN, at(0), async || Ok(asked.await.unwrap())));
        assert!(asking.as_mut().now_or_never().is_none());
        let mut soon = Box::pin(answers.get(&TOKEN, at(500), not_asked));
        let mut late = Box::pin(answers.get(&TOKEN, at(2000), async || Ok(false)));
        assert!(soon.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        answer.send(true).unwrap();
        assert!(asking.await.unwrap() && soon.await.unwrap());
        assert!(!late.await.unwrap());
    }

    #[tokio::test]
    async fn an_answer_from_before_the_clock_was_put_back_is_good_for_nobody_who_came_since() {
        let answers = Answers::new(true);
        let (answer, asked) = oneshot::channel();
        let mut asking = Box::pin(answers.get(&TOKEN, at(0), async || Ok(asked.await.unwrap())));
        assert!(asking.as_mut().now_or_never().is_none());
        let mut since = Box::pin(answers.get(&TOKEN, at(-60_000), async || Ok(false)));
        assert!(since.as_mut().now_or_never().is_none());
        answer.send(true).unwrap();
        assert!(asking.await.unwrap());
        assert!(!since.await.unwrap());
    }

    #[tokio::test]
    async fn whoever_waits_is_told_what_the_one_before_was_told() {
        let answers = Answers::new(true);
        let times = AtomicU32::new(0);
        let ask = async || {
            times.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            Err(StoreError::Unavailable("away".into()))
        };
        let asked = join_all((0..1000).map(|_| answers.get(&TOKEN, at(0), ask))).await;
        assert!(asked.iter().all(Result::is_err));
        assert_eq!(times.load(Ordering::Relaxed), 1);
        assert!(answers.get(&TOKEN, at(0), yes).await.unwrap(), "who comes later asks again");
    }

    #[tokio::test]
    async fn whoever_goes_away_while_asking_leaves_it_to_the_next() {
        let answers = Answers::new(true);
        let mut asking = Box::pin(answers.get(&TOKEN, at(0), std::future::pending));
        assert!(asking.as_mut().now_or_never().is_none());
        let mut waiting = Box::pin(answers.get(&TOKEN, at(0), yes));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(asking);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn what_was_asked_before_it_was_forgotten_is_not_remembered() {
        let answers = Answers::new(true);
        let (answer, asked) = oneshot::channel();
        let mut asking = Box::pin(answers.get(&TOKEN, at(0), async || Ok(asked.await.unwrap())));
        assert!(asking.as_mut().now_or_never().is_none());
        answers.forget(&TOKEN);
        answer.send(true).unwrap();
        assert!(asking.await.unwrap());
        assert!(!answers.get(&TOKEN, at(1), async || Ok(false)).await.unwrap());
        answers.get(&TOKEN, at(2), yes).await.unwrap();
        answers.forget_all();
        assert!(!answers.get(&TOKEN, at(3), async || Ok(false)).await.unwrap());
    }
}
