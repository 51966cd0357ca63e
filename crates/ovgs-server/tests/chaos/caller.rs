//! Somebody who calls, with one credential, and repeats what was not answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ovgs_domain::Fingerprint;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::{
    call::Call,
    ledger::{Evidence, Thing},
    lines::{Line, Lines},
    stage::Stage,
};

/// How long an answer may take. A server that has not answered by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of one attempt.
enum Attempt<A> {
    Answered(Result<A, Status>),
    /// It certainly did not happen.
    NotDone,
    /// It may or may not have happened.
    Unknown,
    /// What must not happen did.
    Violation,
}

/// The answer to a call, after as many attempts as it took.
#[derive(Debug)]
pub(crate) struct Settled<A> {
    pub(crate) result: Result<A, Status>,
    /// How many attempts before it may have happened unseen.
    pub(crate) doubts: usize,
    pub(crate) evidence: Evidence,
}

/// What a write did.
#[derive(Debug)]
pub(crate) struct Effect<A> {
    /// The answer; or, if an earlier attempt did it, what says so.
    pub(crate) result: Result<A, Status>,
    pub(crate) evidence: Evidence,
}

#[derive(Debug)]
pub(crate) struct Caller {
    name: String,
    token: String,
    lines: Arc<Lines>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) rng: StdRng,
    calls: u64,
    seat: Option<usize>,
    /// Since when nobody has answered.
    waiting: Option<Instant>,
}

impl Caller {
    pub(crate) fn new(stage: &Arc<Stage>, lines: &Arc<Lines>, name: &str, token: &str, seed: u64) -> Caller {
        let digest = Fingerprint::of(format!("{seed} {name}").as_bytes());
        Caller {
            name: name.to_owned(),
            token: token.to_owned(),
            lines: lines.clone(),
            stage: stage.clone(),
            rng: StdRng::from_seed(*digest.as_bytes()),
            calls: 0,
            seat: None,
            waiting: None,
        }
    }

    /// Calls until there is an answer; `None` at the end of a run that failed.
    pub(crate) async fn settle<C: Call>(&mut self, message: C) -> Option<Settled<C::Answer>> {
        let mut doubts = 0;
        loop {
            if self.stage.fleet.ready().is_empty() {
                self.waiting.get_or_insert_with(Instant::now);
            }
            let line = self.lines.any(self.seat, &mut self.rng).await?;
            let began = Instant::now();
            let (attempt, evidence) = self.attempt(&line, message.clone()).await;
            self.time(&attempt, began, line.seat);
            match attempt {
                Attempt::Answered(result) => return Some(Settled { result, doubts, evidence }),
                Attempt::NotDone => {}
                Attempt::Unknown => doubts += 1,
                Attempt::Violation => return None,
            }
            if self.stage.ledger.is_broken() {
                return None;
            }
            // Somewhere else, a moment later, as a client with manners does.
            self.seat = None;
            sleep(Duration::from_millis(self.rng.random_range(5..100))).await;
        }
    }

    /// As [`settle`](Caller::settle), but walks away from what may have happened.
    pub(crate) async fn once<C: Call>(&mut self, message: C) -> Option<Result<Settled<C::Answer>, Evidence>> {
        loop {
            let line = self.lines.any(self.seat, &mut self.rng).await?;
            let began = Instant::now();
            let (attempt, evidence) = self.attempt(&line, message.clone()).await;
            self.time(&attempt, began, line.seat);
            match attempt {
                Attempt::Answered(result) => return Some(Ok(Settled { result, doubts: 0, evidence })),
                Attempt::NotDone => {}
                Attempt::Unknown => return Some(Err(evidence)),
                Attempt::Violation => return None,
            }
        }
    }

    /// As [`settle`](Caller::settle), for a call that has to succeed.
    pub(crate) async fn must<C: Call>(&mut self, message: C) -> Option<C::Answer> {
        let settled = self.settle(message).await?;
        self.succeeded(settled.result, &settled.evidence)
    }

    /// As [`settle`](Caller::settle), for a call that has to be refused like this.
    pub(crate) async fn refused<C: Call>(&mut self, message: C, code: Code) -> Option<Status> {
        let settled = self.settle(message).await?;
        match settled.result {
            Err(status) if status.code() == code => Some(status),
            Err(status) => self.violation(&settled.evidence, &format!("{code:?} was due, not {status:?}")),
            Ok(_) => self.violation(&settled.evidence, &format!("{code:?} was due, not success")),
        }
    }

    /// Repeats a write until it is known to have happened, which `already` says if an earlier attempt did it.
    pub(crate) async fn write<C: Call>(&mut self, message: C, already: Code) -> Option<Effect<C::Answer>> {
        let Settled { result, doubts, evidence } = self.settle(message).await?;
        let result = match result {
            Err(status) if doubts > 0 && status.code() == already => Err(status),
            result => Ok(self.succeeded(result, &evidence)?),
        };
        self.stage.tally.write();
        Some(Effect { result, evidence })
    }

    /// As [`write`](Caller::write), and enters what the thing is now.
    pub(crate) async fn set<C: Call>(
        &mut self,
        message: C,
        already: Code,
        thing: Thing,
        value: Option<&str>,
    ) -> Option<()> {
        let effect = self.write(message, already).await?;
        self.stage.ledger.answered(thing, value.map(str::to_owned), effect.evidence);
        Some(())
    }

    /// One attempt at a certain server; `None` if there was no answer from it.
    pub(crate) async fn ask<C: Call>(&mut self, seat: usize, message: C) -> Option<Settled<C::Answer>> {
        let line = self.lines.to(seat).await?;
        match self.attempt(&line, message).await {
            (Attempt::Answered(result), evidence) => Some(Settled { result, doubts: 0, evidence }),
            _ => None,
        }
    }

    fn succeeded<A>(&self, result: Result<A, Status>, evidence: &Evidence) -> Option<A> {
        match result {
            Ok(answer) => Some(answer),
            Err(status) => self.violation(evidence, &format!("success was due, not {status:?}")),
        }
    }

    /// Something is not as it has to be.
    pub(crate) fn violation<T>(&self, evidence: &Evidence, what: &str) -> Option<T> {
        self.stage.ledger.violation(format!("{evidence}: {what}"));
        None
    }

    async fn attempt<C: Call>(&mut self, line: &Line, message: C) -> (Attempt<C::Answer>, Evidence) {
        self.calls += 1;
        let evidence = Evidence {
            call: C::NAME,
            request_id: format!("{}-{}", self.name, self.calls),
            caller: format!("{} at server {}", self.name, line.seat),
            at: self.stage.ledger.elapsed(),
        };
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", format!("Bearer {}", self.token).parse().unwrap());
        metadata.insert("x-request-id", evidence.request_id.parse().unwrap());
        let attempt = match timeout(PATIENCE, C::send(line.client(), request)).await {
            Ok(result) => self.judge::<C>(line, result, &evidence),
            Err(_) => {
                self.violation::<()>(&evidence, "no answer came");
                Attempt::Violation
            }
        };
        (attempt, evidence)
    }

    /// Tells the contract's answers from those that must never be.
    fn judge<C: Call>(
        &self,
        line: &Line,
        result: Result<C::Answer, Status>,
        evidence: &Evidence,
    ) -> Attempt<C::Answer> {
        use Code::{
            Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied,
            ResourceExhausted, Unauthenticated, Unavailable,
        };
        let status = match result {
            Ok(answer) => {
                self.stage.tally.answer(C::NAME, None);
                return Attempt::Answered(Ok(answer));
            }
            Err(status) => status,
        };
        // What a server says bears the request's id; anything else was made up on this side of a torn connection.
        if status.metadata().get("x-request-id").is_none() {
            self.stage.tally.torn(C::NAME);
            if self.lines.was_killed(line.seat, line.generation) {
                return Attempt::Unknown;
            }
            self.violation::<()>(evidence, &format!("torn, though nobody killed the server: {status:?}"));
            return Attempt::Violation;
        }
        self.stage.tally.answer(C::NAME, Some(status.code()));
        match status.code() {
            Unavailable => Attempt::Unknown,
            Aborted => Attempt::NotDone,
            // There was too much to do.
            ResourceExhausted if status.get_details_retry_info().is_some() => Attempt::NotDone,
            InvalidArgument | NotFound | AlreadyExists | PermissionDenied | FailedPrecondition
            | ResourceExhausted | Unauthenticated => Attempt::Answered(Err(status)),
            _ => {
                self.violation::<()>(evidence, &format!("this is no answer of the contract's: {status:?}"));
                Attempt::Violation
            }
        }
    }

    /// Keeps for how long nobody has answered.
    fn time<A>(&mut self, attempt: &Attempt<A>, began: Instant, seat: usize) {
        match attempt {
            Attempt::Unknown => {
                self.waiting.get_or_insert(began);
            }
            _ => {
                self.seat = Some(seat);
                if let Some(since) = self.waiting.take() {
                    let stage = &self.stage;
                    stage.tally.outage(&self.name, since.elapsed(), stage.ledger.elapsed());
                }
            }
        }
    }
}
