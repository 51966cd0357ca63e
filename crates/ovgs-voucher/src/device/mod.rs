//! The other end: what a device makes of a voucher and of what its owner signed, RFC 8572 §5.4.

mod bootstrap;
mod conveyed;
mod itself;
mod owner;

pub use self::{
    bootstrap::{Bootstrapped, BootstrappingData, DeviceNote, bootstrap},
    conveyed::{Conveyed, ConveyedFormat},
    itself::Device,
};
