//! What the fuzz targets of `ovgs-voucher` share: certificates that never change, so that vouchers in the corpus
//! stay good; DER as a tree, so that what is changed in it stays DER; and genuine signatures over what was
//! changed, so that rules behind the signature are reached.
//!
//! `cargo xtask fuzz` runs the targets. `cargo run --example seeds` writes what their corpora begin with.

mod element;
mod mutate;
mod resign;
mod scene;

pub use self::{
    element::{Body, Element},
    mutate::mutate,
    resign::{Resigned, resign},
    scene::{Artifacts, INFORMATION, Scene, contents, now, pinned, vouchers},
};
