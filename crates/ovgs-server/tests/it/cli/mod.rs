//! The command line, by running the binary.

mod config;
mod database;
mod dev;
mod hsm;
mod import_killed;
mod journal;
mod parts;
mod postgres;
mod provisioning;
mod reload;
pub(crate) mod serve;
mod side_port;
pub(crate) mod site;
#[path = "../../../../ovgs-voucher/tests/it/pkcs11/softhsm.rs"]
mod softhsm;
mod two_servers;
mod usage;
mod vendor_day;
mod vouchers;
