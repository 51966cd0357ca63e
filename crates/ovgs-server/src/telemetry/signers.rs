//! How long the signers last, looked at when somebody asks.

use std::{fmt, sync::Arc};

use chrono::TimeDelta;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
};

use super::labels::{OfIssuer, Quoted};
use crate::{
    clock::Clock,
    issuers::{Issuer, Issuers},
};

/// Measures the active issuers of the moment.
#[derive(Debug)]
pub(super) struct Signers {
    pub(super) issuers: Issuers,
    pub(super) longest: Option<TimeDelta>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Collector for Signers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let now = self.clock.now();
        let name = "signer_not_after_timestamp_seconds";
        let help = "When the first certificate of the signer's chain ends, in seconds since 1970.";
        self.measure(&mut encoder, name, help, |issuer| issuer.chain().not_after().timestamp())?;
        let name = "signer_ends_early";
        let help = "Whether the signer ends before vouchers of limits.max_voucher_lifetime do.";
        self.measure(&mut encoder, name, help, |issuer| i64::from(issuer.ends_early(self.longest, now)))
    }
}

impl Signers {
    fn measure(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        value: impl Fn(&Issuer) -> i64,
    ) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for issuer in self.issuers.current().iter().filter(|issuer| issuer.is_active()) {
            let label = OfIssuer { issuer: Quoted(issuer.name().into()) };
            ConstGauge::new(value(issuer)).encode(family.encode_family(&label)?)?;
        }
        Ok(())
    }
}
