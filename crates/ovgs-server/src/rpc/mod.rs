//! The gRPC services over the use cases: `ovgs.v1.OwnershipVoucherService` and `ovgs.accounts.v1.AccountService` for
//! operators, `ovgs.provisioning.v1.ProvisioningService` for the vendor; to run ([`serve`]) or to mount in a router of
//! your own ([`Mount::into_routes`]). Beside them [`signer`]: signatures over vouchers between two machines.
//!
//! A call passes the gate (request id, authentication, limits, deadline) before its message is decoded; a handler parses
//! it into domain types, makes one call of [`Service`](crate::service::Service), and converts back.
//!
//! **Invariants:** only this module names `ovgs-proto` and tonic's server types; `status` is the only place that names
//! `tonic::Code`; no handler has a rule of its own.

mod arriving;
mod error;
#[cfg(test)]
mod fixtures;
mod from_proto;
mod gate;
mod handlers;
mod mount;
mod server;
pub mod signer;
mod status;
mod tls;
mod to_proto;

pub use self::{
    error::{ServeError, TlsError},
    gate::CallLimits,
    mount::Mount,
    server::{ServerSettings, Transport, serve, serve_signer},
    tls::TlsPem,
};
