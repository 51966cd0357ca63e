//! Who signs vouchers for which manufacturer.

mod issuer;
mod set;

pub(crate) use self::issuer::Signed;
pub use self::{
    issuer::{Issuer, IssuerParts, IssuerState, IssuingError},
    set::{IssuerSet, IssuerSetError},
};
