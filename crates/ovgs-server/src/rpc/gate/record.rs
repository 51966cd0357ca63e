//! The access log: one line for each call, when it ends, however it ends. Calls that were not let in because there are too
//! many share a line, unless somebody wants to know everything.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use http::{HeaderMap, Request};
use ovgs_domain::{RequestId, User};
use tracing::Span;

use super::peer;
use crate::{
    rpc::status,
    telemetry::{CallName, Metrics},
};

/// A call as the access log will tell of it. The line is written when this is dropped, so none is forgotten.
#[derive(Debug)]
pub(super) struct Record {
    span: Span,
    begun: Instant,
    peer: Option<SocketAddr>,
    caller: Option<User>,
    status: Option<&'static str>,
    one_of_many: bool,
    /// Where the call counts, and under which name.
    counted: Option<Box<(Arc<Metrics>, CallName)>>,
}

impl Record {
    pub(super) fn begin<B>(request: &Request<B>, id: &RequestId) -> Record {
        // Of the highest level, so that no filter takes the request id from an error logged within.
        let span = tracing::error_span!("call", method = method(request.uri().path()), request_id = %id);
        let peer = peer::address(request.extensions());
        Record {
            span,
            begun: Instant::now(),
            peer,
            caller: None,
            status: None,
            one_of_many: false,
            counted: None,
        }
    }

    /// What everything said in the course of this call is tied to.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The call counts, under this name.
    pub(super) fn counts(&mut self, metrics: Arc<Metrics>, name: CallName) {
        self.counted = Some(Box::new((metrics, name)));
    }

    pub(super) fn caller(&mut self, caller: &User) {
        self.caller = Some(caller.clone());
    }

    /// Whether so many calls end like this one that the log tells of them together.
    pub(super) fn is_one_of_many(&mut self, one_of_many: bool) {
        self.one_of_many = one_of_many;
    }

    /// Takes note of the status, if these trailers (or headers that are all there is) hold one; whether they do.
    pub(super) fn ended(&mut self, trailers: &HeaderMap) -> bool {
        let status = status::name(trailers);
        self.status = status.or(self.status);
        status.is_some()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // Without a status, the caller went away before there was one.
        let status = self.status.unwrap_or("CANCELLED");
        let took = self.begun.elapsed();
        if let Some((metrics, name)) = self.counted.as_deref() {
            metrics.call_ended(name, status, took);
        }
        if self.one_of_many && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let caller = self.caller.as_ref().map(ToString::to_string);
        let peer = self.peer.map(tracing::field::display);
        let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(parent: &self.span, status, caller, peer, duration_us, "answered");
    }
}

/// The call's name alone; what is no path of a call is not repeated.
fn method(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or("", |(_, name)| name);
    let plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { name } else { "?" }
}
