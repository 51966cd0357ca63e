//! The command line, by running the binary.

mod config;
mod dev;
mod journal;
mod parts;
mod provisioning;
mod serve;
mod site;
mod usage;
mod vouchers;
