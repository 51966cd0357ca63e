//! The stores of this crate, held against the contract.

mod memory;
mod sqlite;
