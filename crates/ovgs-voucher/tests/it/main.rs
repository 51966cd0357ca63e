//! The public surface of `ovgs-voucher`. Tests carry the ids of the conformance cases where they match one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail loudly too")]

mod attributes;
mod cases;
mod cms;
#[cfg(feature = "contract")]
mod contract;
mod device;
mod every_key;
mod forge;
mod forgery;
mod form;
mod input;
mod inspect;
mod key_file;
mod lenient;
mod noise;
mod openssl;
mod path;
#[cfg(all(feature = "pkcs11", feature = "contract"))]
mod pkcs11;
mod pki;
mod revocation;
mod setup;
mod voucher;
