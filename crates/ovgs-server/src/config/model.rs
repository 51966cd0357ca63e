//! What can be configured, with the defaults.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use chrono::TimeDelta;
use ovgs_domain::{Ien, OrgId, User};
use serde::Deserialize;

use super::{Identity, Issuer, Store, fields, load::Places};

/// The whole configuration. Paths in it are absolute, or relative to the working directory.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from.
    pub file: PathBuf,
    /// `[server]`.
    pub server: Server,
    /// `[http]`.
    pub http: Http,
    /// `[store]`.
    pub store: Store,
    /// `[security]`.
    pub security: Security,
    /// `[users]`.
    pub users: Users,
    /// `[identity]`.
    pub identity: Identity,
    /// `[tokens]`.
    pub tokens: Tokens,
    /// `[accounts]`.
    pub accounts: Accounts,
    /// `[provisioning]`.
    pub provisioning: Provisioning,
    /// `[limits]`.
    pub limits: Limits,
    /// `[compat]`.
    pub compat: Compat,
    /// `[log]`.
    pub log: Log,
    /// Every `[[issuers]]`.
    pub issuers: Vec<Issuer>,
    pub(super) places: Places,
}

/// Where the server listens, and how it is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    #[serde(deserialize_with = "fields::address")]
    pub listen: SocketAddr,
    /// The server's certificate and its chain, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The authority of client certificates, PEM.
    pub client_ca: Option<PathBuf>,
    /// Whether to serve without TLS, which only makes sense behind a proxy on the same machine.
    pub plaintext: bool,
    /// How long a new connection may keep silent before its TLS ClientHello is complete.
    #[serde(deserialize_with = "fields::duration")]
    pub hello_timeout: TimeDelta,
    /// How long a connection may last without a call.
    #[serde(deserialize_with = "fields::duration")]
    pub idle_timeout: TimeDelta,
    /// The most connections at once from one address (of IPv6: from one /64).
    pub max_connections_per_peer: NonZeroUsize,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9443)),
            tls_certificate: None,
            tls_key: None,
            client_ca: None,
            plaintext: false,
            hello_timeout: TimeDelta::seconds(3),
            idle_timeout: TimeDelta::minutes(10),
            max_connections_per_peer: NonZeroUsize::MIN.saturating_add(1023),
        }
    }
}

/// The port beside the service: trust bundle, metrics, health.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port; `None`: there is no such port.
    #[serde(deserialize_with = "fields::some_address")]
    pub listen: Option<SocketAddr>,
    /// Whether to serve it without TLS. With TLS it has the server's certificate.
    pub plaintext: bool,
}

/// Who may see and do what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// The organizations whose users may hold SUPPORT.
    #[serde(deserialize_with = "fields::org_ids")]
    pub support_orgs: BTreeSet<OrgId>,
    /// Whether an organization does not exist for callers that have nothing to do with it.
    pub conceal_foreign: bool,
}

/// How users come to be known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Users {
    /// Whether roles are given to registered users only.
    pub strict: bool,
    /// Who is a user.
    pub directory: Directory,
}

/// Whom the service takes for a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Directory {
    /// Everybody of a known organization for whom an authenticator vouches.
    #[default]
    Open,
    /// Those alone whom provisioning has registered.
    Registered,
}

/// The server's own tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// Their `iss`.
    pub issuer: String,
    /// Their `aud`.
    pub audience: String,
    /// The P-256 key that signs them, PEM.
    pub signing_key: Option<PathBuf>,
}

impl Default for Tokens {
    fn default() -> Tokens {
        Tokens { issuer: "ovgs".into(), audience: "ovgs".into(), signing_key: None }
    }
}

/// The accounts that organizations run themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// The shortest time for which an ADMIN may have a token issued.
    #[serde(deserialize_with = "fields::duration")]
    pub min_token_ttl: TimeDelta,
    /// The longest one.
    #[serde(deserialize_with = "fields::duration")]
    pub max_token_ttl: TimeDelta,
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts { min_token_ttl: TimeDelta::minutes(1), max_token_ttl: TimeDelta::days(365) }
    }
}

/// The vendor's side over gRPC.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Provisioning {
    /// Who may, as `ORG_ID/TYPE/NAME`.
    #[serde(deserialize_with = "fields::users")]
    pub principals: BTreeSet<User>,
    /// Address and port of a listener of its own.
    #[serde(deserialize_with = "fields::some_address")]
    pub listen: Option<SocketAddr>,
    /// Whether it is served beside the operators' interface.
    pub on_main: bool,
}

/// Bounds of calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest request, in bytes.
    pub max_request_bytes: NonZeroUsize,
    /// The largest answer, in bytes; at least 64 KiB.
    pub max_response_bytes: NonZeroUsize,
    /// The most components of one batch.
    pub max_batch: NonZeroUsize,
    /// The longest voucher, from now.
    #[serde(deserialize_with = "fields::some_duration")]
    pub max_voucher_lifetime: Option<TimeDelta>,
    /// The most calls at once.
    pub max_concurrent_calls: NonZeroUsize,
    /// The most calls of one caller in a second.
    pub max_calls_per_caller: Option<NonZeroU32>,
    /// How long a streamed answer may wait for its reader.
    #[serde(deserialize_with = "fields::duration")]
    pub reader_patience: TimeDelta,
    /// The most calls a minute with credentials that are not valid from one address.
    pub max_failures_per_peer: NonZeroU32,
}

impl Limits {
    /// The least `max_response_bytes`, in bytes.
    pub const LEAST_RESPONSE: usize = 64 * 1024;
}

impl Default for Limits {
    fn default() -> Limits {
        const FOUR_MIB: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4 * 1024 * 1024 - 1);
        Limits {
            max_request_bytes: FOUR_MIB,
            max_response_bytes: FOUR_MIB,
            max_batch: NonZeroUsize::MIN.saturating_add(499),
            max_voucher_lifetime: None,
            max_concurrent_calls: NonZeroUsize::MIN.saturating_add(1023),
            max_calls_per_caller: None,
            reader_patience: TimeDelta::minutes(1),
            max_failures_per_peer: NonZeroU32::MIN.saturating_add(5999),
        }
    }
}

/// Switches for clients that expect what the published interface leaves open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compat {
    /// The manufacturer an empty `ien` means.
    #[serde(deserialize_with = "fields::some_ien")]
    pub default_ien: Option<Ien>,
    /// Whether an empty `group_id` in GetGroup means the caller's own root.
    pub empty_group_is_root: bool,
    /// Whether GetGroup leaves the components out where they would not fit.
    pub truncate_group_components: bool,
}

/// What is told on standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`, also per target: `info,ovgs_server=debug`.
    pub level: String,
    /// In which form.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Log {
        Log { level: "info".into(), format: LogFormat::Text }
    }
}

/// A form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
