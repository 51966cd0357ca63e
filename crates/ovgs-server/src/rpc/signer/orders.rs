//! Many signatures in few calls.
//!
//! What waits while calls are under way goes together in the next one. Nobody waits for company: an order that finds a call
//! free goes at once, alone if need be.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Fault, remote::Line, service::MOST_MESSAGES};

/// The most calls at once. Each holds up to [`MOST_MESSAGES`].
const CALLS: usize = 8;

/// How many orders may wait to be gathered; whoever comes then waits for its turn.
const WAITING: usize = 8 * MOST_MESSAGES;

/// From how many bytes on a call is large enough.
const LARGE: usize = 1024 * 1024;

/// One message to sign, and who waits for the signature.
#[derive(Debug)]
struct Order {
    message: Vec<u8>,
    answer: oneshot::Sender<Result<Vec<u8>, Fault>>,
}

/// Where orders are given.
#[derive(Clone, Debug)]
pub(super) struct Orders(mpsc::Sender<Order>);

impl Orders {
    /// Takes orders for a line until this and all its clones are dropped.
    pub(super) fn of(line: Arc<Line>) -> Orders {
        let (orders, taken) = mpsc::channel(WAITING);
        tokio::spawn(work(taken, line));
        Orders(orders)
    }

    /// The signature over a message. Whoever stops waiting for it takes nothing from the others.
    pub(super) async fn place(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let gone = || Fault::Away("the program is ending".to_owned());
        let (answer, answered) = oneshot::channel();
        let order = Order { message: message.to_vec(), answer };
        self.0.send(order).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

async fn work(mut orders: mpsc::Receiver<Order>, line: Arc<Line>) {
    let calls = Arc::new(Semaphore::new(CALLS));
    // The semaphore is never closed.
    while let Ok(place) = calls.clone().acquire_owned().await {
        let Some(gathered) = gather(&mut orders).await else { return };
        let line = line.clone();
        tokio::spawn(async move {
            sign(&line, gathered).await;
            drop(place);
        });
    }
}

/// The next order, and those behind it that are there already; `None` when there will be no more.
async fn gather(orders: &mut mpsc::Receiver<Order>) -> Option<Vec<Order>> {
    let first = orders.recv().await?;
    let mut size = first.message.len();
    let mut gathered = vec![first];
    while gathered.len() < MOST_MESSAGES && size < LARGE {
        let Ok(next) = orders.try_recv() else { break };
        size += next.message.len();
        gathered.push(next);
    }
    Some(gathered)
}

async fn sign(line: &Line, mut orders: Vec<Order>) {
    orders.retain(|order| !order.answer.is_closed());
    let messages = orders.iter().map(|order| order.message.clone()).collect();
    match line.sign(messages).await {
        _ if orders.is_empty() => {}
        // Those who wait are told, unless they went away.
        Ok(signatures) => orders.into_iter().zip(signatures).for_each(|(order, signature)| {
            let _ = order.answer.send(Ok(signature));
        }),
        // One message may be the reason, and is not to spoil the others.
        Err(Fault::Refused(_)) if orders.len() > 1 => {
            for order in orders {
                let alone = line.sign(vec![order.message]).await;
                let _ = order.answer.send(alone.and_then(only));
            }
        }
        Err(fault) => orders.into_iter().for_each(|order| {
            let _ = order.answer.send(Err(fault.clone()));
        }),
    }
}

fn only(mut signatures: Vec<Vec<u8>>) -> Result<Vec<u8>, Fault> {
    signatures.pop().ok_or_else(|| Fault::Away("there is no signature in the answer".to_owned()))
}
