//! The server from outside: real TLS, real TCP, a real client.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod accounts;
mod cli;
mod conceal;
mod errors;
mod identity;
mod killed;
mod matrix;
mod serving;
mod signer;
mod slow;
mod support;
mod vendor;
