//! Tests of who may do what: the printed matrix, and properties of decisions and views against a naive reference.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod decide;
mod matrix;
mod reference;
mod refusals;
mod scenario;
mod view;
mod world;
mod worlds;
