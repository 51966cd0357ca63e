//! Voucher signing between two machines (`ovgs.signer.v1`): [`RemoteSigner`] asks, [`SignerMount`] signs.
//!
//! Both ends prove who they are with certificates. The one that signs knows its clients by name, its keys by name, and
//! reads every message before it signs it; the one that asks names the very key it means each time, waits for a bounded
//! time, and finds its way back by itself when the other was away.
//!
//! **Invariant:** nothing here has a private key, or a way to get at one: signing is left to a
//! [`VoucherSigner`](ovgs_voucher::VoucherSigner).

mod access;
mod clients;
mod convert;
mod fault;
mod keys;
mod mount;
mod orders;
mod refusal;
mod remote;
mod service;

pub use self::{
    access::{RemoteSignerError, SignerAccess},
    clients::{AllowedClients, BadClientName},
    keys::{Accepts, SigningKey, SigningKeys, TwoKeys},
    mount::{SignerGrpcService, SignerMount},
    remote::RemoteSigner,
};
pub(super) use self::{fault::Fault, refusal::SigningRefusal};
