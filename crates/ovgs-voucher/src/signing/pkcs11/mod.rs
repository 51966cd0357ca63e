//! Keys in a hardware security module, through its PKCS#11 library.
//!
//! A library is initialized once for a whole process, keeps its own state about tokens, and may hang. So one
//! [`Pkcs11Modules`] has all libraries; a [`Pkcs11Module`] is one of them, and [`Pkcs11Signer`]s come of it.
//!
//! **Invariant:** C_Finalize runs under a lock that no other call into the library holds, and after all
//! sessions are closed: with a call under way it can hang for ever, and a session left over would stand for
//! somebody else's after the next C_Initialize.

mod module;
mod signer;

mod access;
mod fault;
mod key;
mod library;

pub use self::{
    access::Pkcs11Key,
    module::{Pkcs11Module, Pkcs11Modules},
    signer::Pkcs11Signer,
};
