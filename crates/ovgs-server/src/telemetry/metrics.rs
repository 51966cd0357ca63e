//! What can be measured, in the text format of OpenMetrics, which Prometheus reads.

use std::{fmt, sync::Arc, time::Duration};

use chrono::TimeDelta;
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{
    CallName,
    labels::{EndedCall, OfIssuer, Outcome, Quoted, RefusedCredentials, ShedBy},
    signers::Signers,
};
use crate::{clock::Clock, issuers::Issuers};

/// The upper bounds of durations, in seconds.
const SECONDS: [f64; 13] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// All measurements of one server. There is nothing global: two servers in one process count apart.
///
/// To measure something more, add a field, register it in [`Metrics::default`] under a name that says its unit, and give
/// it a method that says what happened. Labels take their values from a bounded set.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<EndedCall, Counter>,
    durations: Family<CallName, Histogram, fn() -> Histogram>,
    vouchers: Family<OfIssuer, Counter>,
    reloads: Family<Outcome, Counter>,
    up_to_date: Gauge,
    failures: Family<RefusedCredentials, Counter>,
    shed: Family<ShedBy, Counter>,
}

impl Metrics {
    /// A call ended, so many seconds after it came. `status` is the canonical name of its status.
    pub fn call_ended(&self, name: &CallName, status: &'static str, took: Duration) {
        let CallName { service, method } = name.clone();
        self.calls.get_or_create(&EndedCall { service, method, status }).inc();
        self.durations.get_or_create(name).observe(took.as_secs_f64());
    }

    /// Credentials were refused by an authenticator (by its name), or known by none. `reason` is of a bounded set.
    pub fn authentication_failed(&self, authenticator: Option<&'static str>, reason: &'static str) {
        let authenticator = authenticator.unwrap_or("none");
        self.failures.get_or_create(&RefusedCredentials { authenticator, reason }).inc();
    }

    /// A call was not let in, to be made again later. `limit` is of a bounded set.
    pub fn call_shed(&self, limit: &'static str) {
        self.shed.get_or_create(&ShedBy { limit }).inc();
    }

    /// An issuer issued a voucher, and it is in the journal.
    pub fn voucher_issued(&self, issuer: &str) {
        self.vouchers.get_or_create(&OfIssuer { issuer: Quoted(issuer.into()) }).inc();
    }

    /// The configuration was read again, and taken or refused.
    pub fn reloaded(&self, taken: bool) {
        let outcome = if taken { "taken" } else { "refused" };
        self.reloads.get_or_create(&Outcome { outcome }).inc();
        self.up_to_date.set(i64::from(taken));
    }

    /// From now on the ends of the signers are measured too, as they are whenever somebody looks. `longest` is how long
    /// vouchers may be good from now.
    pub fn watch_signers(&mut self, issuers: Issuers, longest: Option<TimeDelta>, clock: Arc<dyn Clock>) {
        self.registry.register_collector(Box::new(Signers { issuers, longest, clock }));
    }

    /// All measurements as text.
    ///
    /// # Errors
    /// None that is known: writing into memory does not fail.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("ovgs");
        let calls = Family::default();
        registry.register("calls", "Calls that ended, by their status", calls.clone());
        let durations: Family<_, _, fn() -> Histogram> = Family::new_with_constructor(histogram);
        registry.register("call_duration_seconds", "How long calls took, to the end", durations.clone());
        let vouchers = Family::default();
        registry.register("vouchers_issued", "Vouchers issued, and in the journal", vouchers.clone());
        let reloads = Family::default();
        registry.register("reloads", "How often the configuration was read again", reloads.clone());
        let up_to_date = Gauge::default();
        up_to_date.set(1);
        let help = "Whether the last configuration that was read is the one in force";
        registry.register("configuration_in_force", help, up_to_date.clone());
        let failures = Family::default();
        let help = "Calls whose credentials were not valid";
        registry.register("authentication_failures", help, failures.clone());
        let shed = Family::default();
        registry.register("calls_shed", "Calls that were not let in, by the limit they met", shed.clone());
        Metrics { registry, calls, durations, vouchers, reloads, up_to_date, failures, shed }
    }
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_told() {
        let metrics = Metrics::default();
        metrics.call_ended(&CallName::other(), "UNAUTHENTICATED", Duration::from_millis(3));
        metrics.voucher_issued("a \"quoted\" name");
        metrics.reloaded(false);
        metrics.authentication_failed(Some("oidc"), "expired");
        metrics.call_shed("cores");
        let text = metrics.text().expect("text");
        for line in [
            r#"ovgs_calls_total{service="other",method="other",status="UNAUTHENTICATED"} 1"#,
            r#"ovgs_call_duration_seconds_bucket{le="0.005",service="other",method="other"} 1"#,
            r#"ovgs_vouchers_issued_total{issuer="a \"quoted\" name"} 1"#,
            r#"ovgs_reloads_total{outcome="refused"} 1"#,
            "ovgs_configuration_in_force 0",
            r#"ovgs_authentication_failures_total{authenticator="oidc",reason="expired"} 1"#,
            r#"ovgs_calls_shed_total{limit="cores"} 1"#,
            "# EOF",
        ] {
            assert!(text.lines().any(|said| said == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn two_servers_count_apart() {
        let (one, other) = (Metrics::default(), Metrics::default());
        one.reloaded(true);
        assert!(!other.text().expect("text").contains("ovgs_reloads_total{"));
    }
}
