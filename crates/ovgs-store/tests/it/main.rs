//! The stores of this crate, held against the contract; and the contract, held against stores that break it.

mod broken;
mod memory;
#[cfg(unix)]
mod postgres;
mod random;
mod sqlite;
