//! Fifth stage: what all of this was for.

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use ovgs_proto::v1 as pb;

use crate::{
    certificate::Deposited,
    connection::{Client, answer},
    parts, tell,
    time::{in_days, timestamp},
};

/// A voucher, and what should be in it.
pub(crate) struct Issued {
    pub(crate) cms: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) expires_on: DateTime<Utc>,
    pub(crate) deposited: Deposited,
}

/// Fetches a voucher for one part, then vouchers for all of them.
pub(crate) async fn fetch(client: &mut Client, deposited: Deposited) -> anyhow::Result<Issued> {
    let [part, _] = parts();
    let expires_on = in_days(7).min(deposited.expiry);
    let request = pb::GetOwnershipVoucherRequest {
        component: Some(part.clone()),
        cert_id: deposited.id.clone(),
        lifetime: Some(timestamp(expires_on)),
    };
    let cms = answer("GetOwnershipVoucher", client.get_ownership_voucher(request).await)?.voucher_cms;
    let serial = part.serial_number;
    tell(
        "GetOwnershipVoucher",
        format_args!("{} bytes for `{serial}`, good until {expires_on:?}", cms.len()),
    );

    let again = fetch_all(client, &deposited, expires_on).await?;
    ensure!(again.voucher_cms != cms, "GetOwnershipVouchers: the same voucher for `{serial}` a second time");
    Ok(Issued { cms, serial, expires_on, deposited })
}

/// The same for all parts in one call; returns the first answer, which is for the part that has a voucher already.
async fn fetch_all(
    client: &mut Client,
    deposited: &Deposited,
    expires_on: DateTime<Utc>,
) -> anyhow::Result<pb::GetOwnershipVoucherResponse> {
    let asked = parts();
    let request = pb::GetOwnershipVouchersRequest {
        component: asked.to_vec(),
        cert_id: deposited.id.clone(),
        lifetime: Some(timestamp(expires_on)),
    };
    let vouchers =
        answer("GetOwnershipVouchers", client.get_ownership_vouchers(request).await)?.ownership_vouchers;
    ensure!(
        vouchers.len() == asked.len(),
        "GetOwnershipVouchers: {} vouchers for {} parts",
        vouchers.len(),
        asked.len()
    );
    tell(
        "GetOwnershipVouchers",
        format_args!("{} vouchers in one call, each one of its own", vouchers.len()),
    );
    vouchers.into_iter().next().context("GetOwnershipVouchers answered nothing")
}
