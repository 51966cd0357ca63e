//! What every call passes before its message is decoded, and its answer on the way back: request id, authentication,
//! limits, deadline, access log.

mod answer;
mod deadline;
mod failures;
mod form;
mod limits;
mod methods;
mod peer;
mod pressure;
mod record;
mod request_id;
mod shed;
#[cfg(test)]
mod tests;
mod unread;
mod until;

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderValue, Request, Response, Uri};
use ovgs_domain::RequestId;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Status, body::Body};
use tracing::Instrument as _;

pub use self::limits::CallLimits;
use self::{
    answer::{Answer, Lease},
    failures::Failures,
    limits::{Admission, Admitted},
    methods::Methods,
    record::Record,
    shed::Shed,
};
pub(super) use self::{
    deadline::Deadline,
    form::refusal as form_refusal,
    peer::{address, client_certificate},
    unread::read_out,
    until::Until,
};
use super::status::{Refusal, chain, translate};
use crate::{
    authn::{Authenticator, AuthnError, Caller, Credentials},
    clock::{Clock, IdSource},
    telemetry::Metrics,
};

/// The gate before the handlers.
pub(super) struct Gate {
    chain: Vec<Arc<dyn Authenticator>>,
    admission: Admission,
    shed: Shed,
    failures: Failures,
    max_request_bytes: usize,
    patience: Duration,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    methods: Methods,
    metrics: Arc<Metrics>,
}

/// What comes of a call that reached the handlers: their answer, and its place among the calls in progress.
type Passed = (Response<Body>, OwnedSemaphorePermit);

impl Gate {
    pub(super) fn new(
        chain: Vec<Arc<dyn Authenticator>>,
        limits: &CallLimits,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Gate {
        let admission = Admission::new(limits);
        let failures = Failures::new(limits.max_failures_per_peer);
        let CallLimits { max_request_bytes, reader_patience: patience, .. } = *limits;
        let (methods, metrics, shed) = (Methods::described(), Arc::default(), Shed::default());
        Gate { chain, admission, shed, failures, max_request_bytes, patience, clock, ids, methods, metrics }
    }

    /// The same gate, which counts in `metrics`.
    pub(super) fn with_metrics(self, metrics: Arc<Metrics>) -> Gate {
        Gate { metrics, ..self }
    }

    /// Takes a call through the gate to `next`, and its answer back.
    pub(super) async fn pass<N, F>(&self, request: Request<Body>, next: N) -> Response<Body>
    where
        N: FnOnce(Request<Body>) -> F,
        F: Future<Output = Result<Response<Body>, Infallible>>,
    {
        let request = read_out(request);
        if let Some(refusal) = form_refusal(&request) {
            return refusal;
        }
        let uri = request.uri().clone();
        let id = request_id::of(request.headers(), self.ids.as_ref());
        let deadline = Deadline::of(request.headers());
        let mut record = Record::begin(&request, &id);
        record.counts(self.metrics.clone(), self.methods.name(uri.path()));
        let span = record.span().clone();
        let call = self.admit(request, id.clone(), deadline, &mut record, next).instrument(span);
        match call.await {
            Ok((response, place)) => {
                let lease = Lease { place, end: deadline.end(), patience: self.patience };
                returned(self.translated(response, &uri), &id, record, Some(lease))
            }
            Err(status) => returned(status.into_http(), &id, record, None),
        }
    }

    async fn admit<N, F>(
        &self,
        mut request: Request<Body>,
        id: RequestId,
        deadline: Deadline,
        record: &mut Record,
        next: N,
    ) -> Result<Passed, Status>
    where
        N: FnOnce(Request<Body>) -> F,
        F: Future<Output = Result<Response<Body>, Infallible>>,
    {
        let credentials = peer::credentials(&request);
        let peer = peer::address(request.extensions());
        // Who is nobody hears that first, also in a hurry.
        let caller = deadline.bound_unless_passed(self.authenticate(credentials, id)).await;
        let caller = caller.map_err(|refusal| self.refused(refusal, peer))?;
        record.caller(caller.user());
        deadline.check()?;
        let Admitted { place, work } = match self.admission.enter(caller.user()) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                record.is_one_of_many(self.shed.note(&refusal, &self.metrics));
                return Err(refusal.into());
            }
        };
        request.extensions_mut().insert(caller);
        let Ok(response) = deadline.bound(next(request)).await?;
        // What a stream makes it makes as fast as it is read.
        drop(work);
        Ok((response, place))
    }

    async fn authenticate(
        &self,
        credentials: Result<Credentials, AuthnError>,
        id: RequestId,
    ) -> Result<Caller, Refusal> {
        Ok(Caller::from_credentials(&self.chain, &credentials?, id, self.clock.now()).await?)
    }

    /// What a caller hears who was refused; the log hears why, unless it has heard enough from there.
    fn refused(&self, refusal: Refusal, peer: Option<SocketAddr>) -> Refusal {
        match &refusal {
            Refusal::Authn(AuthnError::Unauthenticated { by, rejection, reason }) => {
                self.metrics.authentication_failed(*by, rejection.label());
                let wait = peer.and_then(|peer| self.failures.note(peer.ip(), Instant::now()));
                if let Some(wait) = wait {
                    tracing::debug!(by, %reason, "unauthenticated, as often before");
                    return Refusal::FailsTooOften { wait };
                }
                let peer = peer.map(tracing::field::display);
                tracing::info!(by, %reason, peer, "unauthenticated");
            }
            Refusal::Authn(AuthnError::Unavailable(cause)) => {
                tracing::warn!(cause = chain(cause.as_ref()), "nobody can authenticate now");
            }
            _ => {}
        }
        refusal
    }

    /// The answer in the words of the contract, where tonic has words of its own.
    fn translated(&self, response: Response<Body>, uri: &Uri) -> Response<Body> {
        let status = response.extensions().get::<Status>().cloned();
        let status = status.or_else(|| Status::from_header_map(response.headers()));
        match status.and_then(|status| translate(&status, uri.path(), self.max_request_bytes)) {
            Some(status) => status.into_http(),
            None => response,
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// The answer to a call of a service that is not here.
pub(super) fn no_such_service<B>(request: &Request<B>, ids: &dyn IdSource) -> Response<Body> {
    if let Some(refusal) = form_refusal(request) {
        return refusal;
    }
    let id = request_id::of(request.headers(), ids);
    let record = Record::begin(request, &id);
    let name = request.uri().path().trim_start_matches('/').to_owned();
    returned(Status::from(Refusal::NoSuchMethod { name }).into_http(), &id, record, None)
}

/// An answer on its way out. An answer that is all headers ends here, any other with its trailers.
fn returned(
    mut response: Response<Body>,
    id: &RequestId,
    mut record: Record,
    lease: Option<Lease>,
) -> Response<Body> {
    let id = HeaderValue::from_str(id.as_str()).ok();
    if record.ended(response.headers()) {
        request_id::put(response.headers_mut(), id.as_ref());
    }
    response.map(|body| Body::new(Answer::new(body, id, record, lease)))
}
