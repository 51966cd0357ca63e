//! GetOwnershipVoucher, GetOwnershipVouchers: each voucher is verified as it comes, and noted.

use std::{fs, sync::Arc};

use ovgs_domain::Fingerprint;
use ovgs_proto::v1 as pb;
use ovgs_voucher::{TrustAnchors, VerifyOptions, verify};
use rand::Rng;
use tonic::Code;

use super::certs::make_cert;
use crate::{
    caller::{Caller, Settled},
    ledger::{Evidence, Issued},
    world::{Household, PARTS, Staff, component, in_days, now, timestamp},
};

struct Buyer {
    requestor: Caller,
    cert_id: String,
    serials: Vec<String>,
    anchors: Arc<TrustAnchors>,
}

pub(super) fn run(household: &Household) -> impl Future<Output = Option<()>> + Send + use<> {
    let org = household.org.clone();
    let mut assigner = household.caller(Staff::Assigner, "vouchers");
    let requestor = household.caller(Staff::Requestor, "vouchers");
    let serials: Vec<String> = (0..PARTS).map(|number| household.serial(number)).collect();
    async move {
        let root = fs::read(assigner.stage.fleet.site.path("main.root.pem")).unwrap();
        let anchors = Arc::new(TrustAnchors::from_pem(&root).unwrap());
        let cert_id = make_cert(&mut assigner, &org, in_days(100)).await?;
        let mut buyer = Buyer { requestor, cert_id, serials, anchors };
        while !buyer.requestor.stage.is_over() {
            match buyer.requestor.rng.random_range(0..8) {
                0..5 => buyer.one().await?,
                5..7 => buyer.many().await?,
                _ => buyer.none().await?,
            }
        }
        Some(())
    }
}

impl Buyer {
    fn any(&mut self) -> String {
        self.serials[self.requestor.rng.random_range(0..self.serials.len())].clone()
    }

    async fn one(&mut self) -> Option<()> {
        let serial = self.any();
        let request = pb::GetOwnershipVoucherRequest {
            component: component(&serial),
            cert_id: self.cert_id.clone(),
            lifetime: timestamp(in_days(30)),
        };
        let settled = self.requestor.settle(request).await?;
        self.take(settled, &[serial], |answer| vec![answer])
    }

    async fn many(&mut self) -> Option<()> {
        let serials: Vec<String> = (0..self.requestor.rng.random_range(2..9)).map(|_| self.any()).collect();
        let request = pb::GetOwnershipVouchersRequest {
            component: serials.iter().filter_map(|serial| component(serial)).collect(),
            cert_id: self.cert_id.clone(),
            lifetime: timestamp(in_days(30)),
        };
        let settled = self.requestor.settle(request).await?;
        self.take(settled, &serials, |answer| answer.ownership_vouchers)
    }

    /// What does not exist gets no voucher.
    async fn none(&mut self) -> Option<()> {
        let request = pb::GetOwnershipVoucherRequest {
            component: component("nobody's"),
            cert_id: self.cert_id.clone(),
            lifetime: timestamp(in_days(30)),
        };
        self.requestor.refused(request, Code::FailedPrecondition).await?;
        Some(())
    }

    /// Notes what came, and what may have been signed for nobody.
    fn take<A>(
        &self,
        settled: Settled<A>,
        serials: &[String],
        vouchers: impl FnOnce(A) -> Vec<pb::GetOwnershipVoucherResponse>,
    ) -> Option<()> {
        let Settled { result, doubts, evidence } = settled;
        let ledger = &self.requestor.stage.ledger;
        ledger.maybe_issued(doubts * serials.len());
        let vouchers = match result {
            Ok(answer) => vouchers(answer),
            Err(status) => {
                return self.requestor.violation(&evidence, &format!("a voucher was due, not {status:?}"));
            }
        };
        if vouchers.len() != serials.len() {
            let what = format!("{} vouchers for {} parts", vouchers.len(), serials.len());
            return self.requestor.violation(&evidence, &what);
        }
        for (voucher, serial) in vouchers.iter().zip(serials) {
            self.note(&voucher.voucher_cms, serial, &evidence);
        }
        Some(())
    }

    fn note(&self, cms: &[u8], serial: &str, evidence: &Evidence) {
        let ledger = &self.requestor.stage.ledger;
        if let Err(error) = verify(cms, &self.anchors, &VerifyOptions::at(now()).serial(serial)) {
            ledger.violation(format!("{evidence}: the voucher for `{serial}` does not verify: {error}"));
        }
        ledger.issued(Issued {
            voucher: Fingerprint::of(cms),
            serial: serial.to_owned(),
            cert_id: self.cert_id.clone(),
            evidence: evidence.clone(),
        });
    }
}
