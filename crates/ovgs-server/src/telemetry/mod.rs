//! What the server tells about itself: log lines on standard error, and metrics.
//!
//! **Invariant:** no token and no key is ever logged or a label; the types that hold them do not show them.

mod labels;
mod log;
mod metrics;
mod signers;

pub use self::{
    labels::CallName,
    log::{TelemetryError, init},
    metrics::Metrics,
};
