//! Who is calling: [`Credentials`] → chain of [`Authenticator`]s → [`Identity`] → [`Caller`].
//!
//! **Invariant:** a [`Caller`] is made by [`Caller::from_credentials`] alone, and every use case demands one, so an
//! unauthenticated call does not compile into the service.

mod authenticator;
mod caller;
mod credentials;
mod error;

// The authenticators, and what they share.
mod answers;
mod certificates;
mod chain;
mod confirmation;
mod directory;
mod oidc;
mod tokens;
mod uses;
mod verified;

pub use self::{
    authenticator::{Authenticator, Identity},
    caller::Caller,
    certificates::{BadCertificateName, CertificateName, CertificateNames, ClientCertificateAuthenticator},
    chain::Chain,
    credentials::{Bearer, Credentials},
    directory::{StoreDirectory, UserDirectory},
    error::{AuthnError, Rejection},
    oidc::{
        ClaimMapping, FetchError, IssuerSettings, KeySource, OidcAuthenticator, OidcError, Organizations,
    },
    tokens::{IssuedToken, TokenAuthority, TokenRequest, TokenSettings},
    verified::VerifiedTokens,
};
use aws_lc_rs::digest;

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    octets
}
