//! Who signs vouchers for which manufacturer.

mod issuer;
mod set;
mod current;
mod bundle;
#[cfg(test)]
mod tests;

pub(crate) use self::issuer::Signed;
pub use self::{
    bundle::TrustedRoot,
    current::Issuers,
    issuer::{Issuer, IssuerParts, IssuerState, IssuingError},
    set::{IssuerSet, IssuerSetError},
};
