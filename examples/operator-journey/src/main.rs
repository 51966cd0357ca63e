//! An operator's whole way with OVGS.
fn main() {}
