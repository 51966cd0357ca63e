//! Messages that a client streams.

use std::time::Duration;

use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::status::{Refusal, translate};

/// How long the next message may keep everybody waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// The messages of a stream, one after the other.
#[derive(Debug)]
pub(super) struct Arriving<M> {
    messages: Streaming<M>,
    max_request_bytes: usize,
}

impl<M> Arriving<M> {
    pub(super) fn new(messages: Streaming<M>, max_request_bytes: usize) -> Arriving<M> {
        Arriving { messages, max_request_bytes }
    }

    /// The next message; `None` at the end. What tonic has to say comes in the words of the contract.
    pub(super) async fn next(&mut self) -> Result<Option<M>, Status> {
        match timeout(PATIENCE, self.messages.message()).await {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(status)) => Err(translate(&status, "", self.max_request_bytes).unwrap_or(status)),
            Err(_) => Err(Refusal::NotSent.into()),
        }
    }
}
