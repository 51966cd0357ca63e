//! The calls of a signer: which key, which messages, the signatures.

use std::{num::NonZero, sync::Arc, thread};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ovgs_proto::signer::v1::{self as pb, signer_service_server::SignerService};
use ovgs_voucher::{LocalSigner, SignatureAlgorithm, SignerError, VoucherSigner};
use tokio::{sync::Semaphore, task};
use tonic::{Request, Response, Status};

use super::{Accepts, SigningKeys, SigningRefusal, clients::Client, convert};
use crate::rpc::status;

/// The most messages of one call.
pub(super) const MOST_MESSAGES: usize = 500;

/// The most messages that are being signed at once, of all calls together.
const AT_ONCE: usize = 32 * MOST_MESSAGES;

/// Up to how many messages are signed on the spot instead of on other threads.
const FEW: usize = 4;

/// How many signatures of one call a signer that waits is asked for at once.
const ASKED_AT_ONCE: usize = 32;

/// The generated trait over keys.
#[derive(Debug)]
pub(super) struct Calls {
    keys: SigningKeys,
    accepts: Accepts,
    places: Semaphore,
}

/// Messages to sign, and what the log will say of each.
struct Order {
    signer: Arc<dyn VoucherSigner>,
    key: String,
    messages: Vec<Vec<u8>>,
    digests: Vec<String>,
}

impl Calls {
    pub(super) fn new(keys: SigningKeys, accepts: Accepts) -> Calls {
        Calls { keys, accepts, places: Semaphore::new(AT_ONCE) }
    }

    fn read(&self, request: pb::SignRequest) -> Result<Order, SigningRefusal> {
        let key = self.keys.named(&request.name)?;
        let algorithm = convert::from_proto(request.algorithm)
            .ok_or_else(|| SigningRefusal::field("algorithm", "is none that vouchers are signed with"))?;
        key.must_be(&request.public_key_sha256, algorithm)?;
        let messages = request.messages;
        if !(1..=MOST_MESSAGES).contains(&messages.len()) {
            let wrong = format!("are {}; send 1 to {MOST_MESSAGES}", messages.len());
            return Err(SigningRefusal::field("messages", wrong));
        }
        let digests = self.digests(&messages, algorithm)?;
        Ok(Order { signer: key.signer.clone(), key: key.name().to_owned(), messages, digests })
    }

    fn digests(
        &self,
        messages: &[Vec<u8>],
        algorithm: SignatureAlgorithm,
    ) -> Result<Vec<String>, SigningRefusal> {
        let digest = |(position, message): (usize, &Vec<u8>)| {
            let digest = self.accepts.digest(message, algorithm);
            digest.map_err(|wrong| SigningRefusal::Message { position, wrong })
        };
        messages.iter().enumerate().map(digest).collect()
    }

    async fn signatures(&self, client: &Client, order: Order) -> Result<Vec<Vec<u8>>, SigningRefusal> {
        let places = u32::try_from(order.messages.len()).unwrap_or(u32::MAX);
        let _places = self.places.try_acquire_many(places).map_err(|_| SigningRefusal::Busy)?;
        let Order { signer, key, messages, digests } = order;
        let signed = sign(&signer, messages).await;
        let client = &client.0;
        match &signed {
            // One line for each signature: who asked, with which key it was made, over what.
            Ok(_) => digests.iter().for_each(|digest| tracing::info!(client, key, digest, "signed")),
            Err(error) => tracing::warn!(client, key, cause = status::chain(error), "not signed"),
        }
        Ok(signed?)
    }
}

#[tonic::async_trait]
impl SignerService for Calls {
    async fn get_key(
        &self,
        request: Request<pb::GetKeyRequest>,
    ) -> Result<Response<pb::GetKeyResponse>, Status> {
        client(&request)?;
        let key = self.keys.named(&request.get_ref().name)?;
        let algorithm = convert::to_proto(key.signer.algorithm()).into();
        Ok(Response::new(pb::GetKeyResponse { algorithm, public_key: key.public_key.clone() }))
    }

    async fn sign(&self, request: Request<pb::SignRequest>) -> Result<Response<pb::SignResponse>, Status> {
        let client = client(&request)?;
        let order = self.read(request.into_inner()).inspect_err(|refusal| {
            tracing::warn!(client = client.0, %refusal, "refused to sign");
        })?;
        let signatures = self.signatures(&client, order).await?;
        Ok(Response::new(pb::SignResponse { signatures }))
    }
}

/// Whom the mount let in.
fn client<T>(request: &Request<T>) -> Result<Client, SigningRefusal> {
    request.extensions().get::<Client>().cloned().ok_or(SigningRefusal::NoMount)
}

/// Signs all messages, in their order: a few on the spot, many on all cores, off the threads that run async tasks; a
/// signer that waits is waited for.
async fn sign(signer: &Arc<dyn VoucherSigner>, messages: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, SignerError> {
    match signer.local() {
        Some(local) if messages.len() <= FEW => sign_now(local, &messages),
        Some(_) => sign_on_all_cores(signer, messages).await,
        None => {
            let each = messages.iter().map(|message| signer.sign(message));
            stream::iter(each.collect::<Vec<_>>()).buffered(ASKED_AT_ONCE).try_collect().await
        }
    }
}

async fn sign_on_all_cores(
    signer: &Arc<dyn VoucherSigner>,
    mut messages: Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, SignerError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = messages.len().div_ceil(cores);
    let mut tasks = Vec::new();
    while !messages.is_empty() {
        let rest = messages.split_off(share.min(messages.len()));
        let (signer, mine) = (signer.clone(), std::mem::replace(&mut messages, rest));
        tasks.push(task::spawn_blocking(move || match signer.local() {
            Some(local) => sign_now(local, &mine),
            None => Err(failed("the key has left this process", None)),
        }));
    }
    let mut signatures = Vec::new();
    for task in tasks {
        let signed = task.await.map_err(|error| failed("signing broke off", Some(error.into())))?;
        signatures.extend(signed?);
    }
    Ok(signatures)
}

fn sign_now(signer: &dyn LocalSigner, messages: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, SignerError> {
    messages.iter().map(|message| signer.sign_now(message)).collect()
}

fn failed(cause: &str, source: Option<Box<dyn std::error::Error + Send + Sync>>) -> SignerError {
    SignerError::Failed { cause: cause.to_owned(), source }
}
