//! The calls that are made.

use clap::ValueEnum;
use ovgs_proto::v1 as pb;
use prost_types::Timestamp;
use tonic::{Request, Status};

use crate::{Run, connection::Client};

/// A call.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// GetOwnershipVoucher
    Voucher,
    /// GetOwnershipVouchers
    Vouchers,
    /// GetSerial
    Serial,
    /// GetSerials
    Serials,
    /// GetComponents, to the end of the stream
    Components,
    /// AddSerial, back and forth between the groups
    AddSerial,
}

/// Makes calls, each about other parts than the one before.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    run: Run,
    lifetime: Timestamp,
}

impl Caller {
    /// `lifetime` is when the vouchers end.
    pub(crate) fn new(run: Run, lifetime: Timestamp) -> Caller {
        Caller { run, lifetime }
    }

    /// Makes the call of this number. How many things its answer held.
    pub(crate) async fn call(&self, client: &mut Client, number: u64) -> Result<u64, Status> {
        let number = self.run.first + number;
        match self.run.call {
            Kind::Voucher => self.voucher(client, number).await,
            Kind::Vouchers => self.vouchers(client, number).await,
            Kind::Serial => {
                let component = Some(self.component(number));
                client.get_serial(self.request(pb::GetSerialRequest { component })).await.map(|_| 1)
            }
            Kind::Serials => {
                let request = pb::GetSerialsRequest { components: self.batch(number) };
                let answer = client.get_serials(self.request(request)).await?;
                Ok(answer.into_inner().serials.len() as u64)
            }
            Kind::Components => self.components(client).await,
            Kind::AddSerial => self.add_serial(client, number).await,
        }
    }

    async fn voucher(&self, client: &mut Client, number: u64) -> Result<u64, Status> {
        let request = pb::GetOwnershipVoucherRequest {
            component: Some(self.component(number)),
            cert_id: self.run.cert_id.clone(),
            lifetime: Some(self.lifetime),
        };
        let answer = client.get_ownership_voucher(self.request(request)).await?.into_inner();
        match answer.voucher_cms.is_empty() {
            true => Err(Status::data_loss("an answer without a voucher")),
            false => Ok(1),
        }
    }

    async fn vouchers(&self, client: &mut Client, number: u64) -> Result<u64, Status> {
        let request = pb::GetOwnershipVouchersRequest {
            component: self.batch(number),
            cert_id: self.run.cert_id.clone(),
            lifetime: Some(self.lifetime),
        };
        let answer = client.get_ownership_vouchers(self.request(request)).await?;
        Ok(answer.into_inner().ownership_vouchers.len() as u64)
    }

    async fn components(&self, client: &mut Client) -> Result<u64, Status> {
        let group_id = self.run.group.first().cloned().unwrap_or_default();
        let request = self.request(pb::GetComponentsRequest { group_id });
        let mut answer = client.get_components(request).await?.into_inner();
        let mut messages = 0;
        while answer.message().await?.is_some() {
            messages += 1;
        }
        Ok(messages)
    }

    /// Each time that a part's turn comes it goes into the next of the groups.
    async fn add_serial(&self, client: &mut Client, number: u64) -> Result<u64, Status> {
        let groups = self.run.group.len().max(1);
        let round = usize::try_from(number / self.run.parts.max(1)).unwrap_or_default();
        let group_id = self.run.group.get(round % groups).cloned().unwrap_or_default();
        let component = Some(self.component(number));
        client.add_serial(self.request(pb::AddSerialRequest { component, group_id })).await.map(|_| 1)
    }

    fn batch(&self, number: u64) -> Vec<pb::Component> {
        let size = self.run.batch;
        (number * size..(number + 1) * size).map(|number| self.component(number)).collect()
    }

    /// Unless told otherwise, neighbours in time are far from each other in the database. The prime divides no number of
    /// parts in use here, so every part has its turn before any has its second.
    fn component(&self, number: u64) -> pb::Component {
        let part = number.wrapping_mul(self.run.step) % self.run.parts.max(1);
        pb::Component { ien: self.run.ien.clone(), serial_number: format!("JPE{part:08}") }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(deadline) = self.run.deadline {
            request.set_timeout(std::time::Duration::from_millis(deadline));
        }
        request
    }
}
