//! Tests of values and trees from outside: certificates and keys as bytes, and trees against a naive reference.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod certificates;
mod changes;
mod commands;
mod generators;
mod journal;
mod keys;
mod queries;
mod records;
mod reference;
mod tpm;
