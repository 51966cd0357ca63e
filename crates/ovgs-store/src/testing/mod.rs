//! What tests of a store in PostgreSQL need: a server of their own, and in it a new database for each.
//!
//! A server is started by whoever asks first in a process, unless `OVGS_TEST_POSTGRES` names one, and ends with it.

mod cluster;
mod database;

pub use self::{
    cluster::{Cluster, Programs, VARIABLE},
    database::{Database, standby},
};
