//! Who is calling: [`Credentials`] → chain of [`Authenticator`]s → [`Identity`] → [`Caller`].
//!
//! **Invariant:** a [`Caller`] is made by [`Caller::from_credentials`] alone, and every use case demands one, so an
//! unauthenticated call does not compile into the service.

mod authenticator;
mod caller;
mod credentials;
mod error;
mod tokens;
mod uses;

pub use self::{
    authenticator::{Authenticator, Identity},
    caller::Caller,
    credentials::{Bearer, Credentials},
    error::AuthnError,
    tokens::{IssuedToken, TokenAuthority, TokenRequest, TokenSettings},
};
