//! The calls.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{Stream, TryStreamExt as _, stream};
use ovgs_proto::v1 as pb;
use prost::Message as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::{
    Serve,
    engine::{Engine, Listed, Record},
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
        let (number, voucher) = self.sign()?;
        if let (Some(engine), Some((org, ..))) = (&self.engine, found) {
            let record = Record { org, component, cert: message.cert_id, number };
            engine.append(vec![record]).await.map_err(internal)?;
        }
        Ok(Response::new(voucher))
    }

    /// The same for many: one read, as many signatures, and one write.
    pub(crate) async fn vouchers(
        &self,
        request: Request<pb::GetOwnershipVouchersRequest>,
    ) -> Result<Response<pb::GetOwnershipVouchersResponse>, Status> {
        let pb::GetOwnershipVouchersRequest { component: components, cert_id, .. } = request.into_inner();
        let mut found = match &self.engine {
            Some(engine) => engine.read_all(&components).await.map_err(internal)?,
            None => Vec::new(),
        }
        .into_iter();
        let mut ownership_vouchers = Vec::with_capacity(components.len());
        let mut records = Vec::with_capacity(found.len());
        for component in components {
            let (number, voucher) = self.sign()?;
            ownership_vouchers.push(voucher);
            records.extend(found.next().map(|(org, ..)| Record {
                org,
                component,
                cert: cert_id.clone(),
                number,
            }));
        }
        if let Some(engine) = &self.engine {
            engine.append(records).await.map_err(internal)?;
        }
        Ok(Response::new(pb::GetOwnershipVouchersResponse { ownership_vouchers }))
    }

    /// A signature, its number, and as many octets as a voucher has.
    fn sign(&self) -> Result<(u64, pb::GetOwnershipVoucherResponse), Status> {
        let number = self.signed.fetch_add(1, Ordering::Relaxed);
        let mut voucher_cms = self.signer.sign(number).map_err(internal)?;
        voucher_cms.resize(self.voucher_bytes, 0);
        Ok((number, pb::GetOwnershipVoucherResponse { voucher_cms, ..Default::default() }))
    }

    pub(crate) fn serial(&self) -> Response<pb::GetSerialResponse> {
        Response::new(self.serial.clone())
    }

    /// All parts, as rows of a database come. Without one, messages of the size of ours, each a clone of one in memory.
    pub(crate) fn components(&self) -> Response<Components> {
        if let Some(engine) = &self.engine {
            let rows = ReceiverStream::new(engine.list()).map_err(internal);
            let messages = rows.map_ok(|rows| stream::iter(rows.into_iter().map(|row| Ok(listed(row)))));
            return Response::new(Box::pin(messages.try_flatten()));
        }
        let sample = Arc::new(pb::GetComponentsResponse {
            component: Some(pb::Component { ien: "30065".into(), serial_number: "JPE00000000".into() }),
            serial: Some(self.serial.clone()),
        });
        let messages = stream::iter((0..self.parts).map(move |_| Ok((*sample).clone())));
        Response::new(Box::pin(messages))
    }
}

/// What ours says of such a part, but for the root group, which ours names too.
fn listed((ien, serial_number, group, model, mac_addr, key): Listed) -> pb::GetComponentsResponse {
    let key = key.unwrap_or_default();
    #[expect(deprecated, reason = "ours fills it too")]
    let serial = pb::GetSerialResponse {
        public_key_der: key.clone(),
        group_ids: group.into_iter().collect(),
        mac_addr: mac_addr.unwrap_or_default(),
        model: model.unwrap_or_default(),
        tpm_info: Some(pb::TpmInfo {
            ek_data: Some(pb::tpm_info::EkData::EndorsementKey(key)),
            ..Default::default()
        }),
    };
    pb::GetComponentsResponse { component: Some(pb::Component { ien, serial_number }), serial: Some(serial) }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over errors")]
fn internal(error: anyhow::Error) -> Status {
    Status::internal(format!("{error:#}"))
}
