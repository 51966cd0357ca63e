//! The OVGS server, in pieces that can be embedded one by one.
//!
//! * [`service`]: the use cases on domain types. A portal calls them directly, no gRPC needed.
//! * [`authn`]: from credentials to a caller, through any number of authenticators.
//! * [`issuers`]: who signs vouchers for which manufacturer.
//! * [`rpc`]: the gRPC service over those, to run or to mount in a router of your own.
//! * [`provisioning`]: what the vendor does: organizations, users, parts.
//! * [`config`], [`telemetry`], [`cli`]: what makes it the ready-to-run `ovgs-server`.

pub mod authn;
pub mod cli;
pub mod clock;
pub mod config;
mod guarded;
pub mod issuers;
pub mod provisioning;
pub mod rpc;
pub mod service;
pub mod telemetry;
