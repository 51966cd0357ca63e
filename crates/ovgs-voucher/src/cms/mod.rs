//! CMS SignedData (RFC 5652): writing ours, and reading anybody's.
//!
//! Both sides work on encoded octets. What never changes is encoded once and borrowed afterwards; what is
//! read is never encoded again to be checked, since decoders that sort or tidy would hide exactly what a
//! forger changed.

pub(crate) mod decode;
pub(crate) mod encode;
