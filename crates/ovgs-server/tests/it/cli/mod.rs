//! The command line, by running the binary.

mod config;
mod database;
mod dev;
mod hsm;
mod import_killed;
mod journal;
mod moving;
mod parts;
mod postgres;
mod provisioning;
pub(crate) mod reload;
pub(crate) mod serve;
mod side_port;
pub(crate) mod site;
#[path = "../../../../ovgs-voucher/tests/it/pkcs11/softhsm.rs"]
mod softhsm;
mod three_servers;
mod two_servers;
mod usage;
mod vendor_day;
mod vouchers;
