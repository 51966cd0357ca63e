//! Tests of the public API of `ovgs-proto`.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is how a wrong descriptor shows")]

mod descriptor;
mod messages;
