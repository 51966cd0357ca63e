//! The configuration: one TOML file, and environment variables over it.
//!
//! A value that is wrong, or a key that is not known, is a [`Problem`] that names the file and line, or the variable,
//! and says what to write instead. All problems of a file are found at once.
//!
//! Variables are named after section and key: `OVGS__SERVER__LISTEN=0.0.0.0:9443` stands over `listen` in `[server]`.
//! Texts are written as they are, everything else as in TOML (`OVGS__SECURITY__SUPPORT_ORGS='["org-vendor"]'`).
//! Issuers are given in the file alone. A variable under the prefix that names no key is a problem like any other.
//!
//! ```
//! use ovgs_server::config::Config;
//!
//! let text = "[server]\nlisten = '127.0.0.1:9443'\n[limits]\nmax_bach = 100";
//! let problems = Config::read(text, "ovgs.toml".as_ref(), []).unwrap_err();
//! assert_eq!(
//!     problems.to_string(),
//!     "ovgs.toml:4: `limits.max_bach` is not a known key; the nearest one is `limits.max_batch`",
//! );
//! ```

mod authentication;
mod build;
mod changes;
mod check;
mod document;
mod duration;
mod environment;
mod example;
mod fields;
mod files;
mod identity;
mod identity_rules;
mod issuer;
mod issuers;
mod known;
mod load;
mod model;
mod problem;
mod rules;
mod section;
mod signer;
mod signer_file;
mod store;
mod tls;
#[cfg(test)]
mod tests;

pub use self::{
    authentication::Authentication,
    check::Findings,
    duration::{BadDuration, parse_duration},
    example::EXAMPLE,
    identity::{AuthenticatorKind, CertificateUser, ClientCertificates, Identity, OidcIssuer},
    issuer::{Issuer, IssuerState},
    model::{
        Accounts, Compat, Config, Directory, Http, Limits, Log, LogFormat, Provisioning, Security, Server,
        Tokens, Users,
    },
    problem::{Place, Problem, Problems},
    signer::{FileKey, Pkcs11Key, RemoteKey, SecretSource, SignerConfig},
    signer_file::{NamedKey, SIGNER_EXAMPLE, SignerFile, SignerServer},
    store::{DatabaseUrl, Engine, Opening, Store, StoreTls},
    tls::ServerTls,
};
