//! The calls.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{Stream, stream};
use ovgs_proto::v1 as pb;
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::{
    Serve,
    engine::{Engine, Record},
    signatures::Signer,
};

/// The bare service.
#[derive(Debug)]
pub(crate) struct Bare {
    signer: Signer,
    engine: Option<Engine>,
    voucher_bytes: usize,
    serial: pb::GetSerialResponse,
    parts: u64,
    signed: AtomicU64,
}

pub(crate) type Components = Pin<Box<dyn Stream<Item = Result<pb::GetComponentsResponse, Status>> + Send>>;

impl Bare {
    pub(crate) async fn new(wanted: &Serve) -> anyhow::Result<Bare> {
        Ok(Bare {
            signer: Signer::new()?,
            engine: Engine::open(&wanted.database).await?,
            voucher_bytes: wanted.voucher_bytes,
            serial: pb::GetSerialResponse::decode(hex::decode(&wanted.serial)?.as_slice())?,
            parts: wanted.parts,
            signed: AtomicU64::new(0),
        })
    }

    /// Reads, signs, writes and answers; without a database it signs and answers.
    pub(crate) async fn voucher(
        &self,
        request: Request<pb::GetOwnershipVoucherRequest>,
    ) -> Result<Response<pb::GetOwnershipVoucherResponse>, Status> {
        let message = request.into_inner();
        let component = message.component.unwrap_or_default();
        let found = match &self.engine {
            Some(engine) => Some(engine.read(&component).await.map_err(internal)?),
            None => None,
        };
        let number = self.signed.fetch_add(1, Ordering::Relaxed);
        let mut voucher_cms = self.signer.sign(number).map_err(internal)?;
        voucher_cms.resize(self.voucher_bytes, 0);
        if let (Some(engine), Some((org, ..))) = (&self.engine, found) {
            let record = Record { org, component, cert: message.cert_id, number };
            engine.append(record).await.map_err(internal)?;
        }
        Ok(Response::new(pb::GetOwnershipVoucherResponse { voucher_cms, ..Default::default() }))
    }

    pub(crate) fn serial(&self) -> Response<pb::GetSerialResponse> {
        Response::new(self.serial.clone())
    }

    /// Messages of the size of ours, each a clone of one in memory.
    pub(crate) fn components(&self) -> Response<Components> {
        let sample = Arc::new(pb::GetComponentsResponse {
            component: Some(pb::Component { ien: "30065".into(), serial_number: "JPE00000000".into() }),
            serial: Some(self.serial.clone()),
        });
        let messages = stream::iter((0..self.parts).map(move |_| Ok((*sample).clone())));
        Response::new(Box::pin(messages))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over errors")]
fn internal(error: anyhow::Error) -> Status {
    Status::internal(format!("{error:#}"))
}
