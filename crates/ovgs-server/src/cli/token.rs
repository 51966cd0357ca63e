//! `token`: the server's own tokens.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta};
use clap::Subcommand;
use ovgs_domain::{NEVER, OrgId};
use ovgs_store::TokenRecord;
use ovgs_voucher::Certificate;
use serde::Serialize;

use super::{
    CliError, Output,
    output::{Format, moment},
    session::{Access, ConfigFile, Session},
    values::{UserArgs, UserRecord},
};
use crate::{
    authn::{IssuedToken, TokenRequest},
    config::parse_duration,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Issue a token for a registered user and print it, alone
    Issue {
        #[command(flatten)]
        user: UserArgs,
        /// How long it is good, in s, m, h or d
        #[arg(long, default_value = "90d", value_parser = lifetime)]
        ttl: TimeDelta,
        /// Bind it to this client certificate: it is good only on connections that present it
        #[arg(long, value_name = "CERT.pem")]
        bind: Option<PathBuf>,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List tokens by their ids; the tokens themselves are not kept
    List {
        /// Only those of this organization's users
        #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
        org: Option<OrgId>,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Revoke a token; running servers know within a second
    Revoke {
        /// The token's id
        jti: String,
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Issue { user, ttl, bind, format, config } => {
                let bind = bind.as_deref().map(certificate).transpose()?;
                let request = TokenRequest { user: user.user(), ttl, bind };
                let issue = async |session: &Session| {
                    let authority = session.config.token_authority(session.store.clone())?;
                    let issued = session.provisioning.issue_token(&session.by, &authority, request).await?;
                    output.record(format, &IssuedRecord::from(issued))
                };
                config.session(Access::Writing, issue).await
            }
            Command::List { org, format, config } => {
                let list = async |session: &Session| {
                    session.provisioning.known_org(org.as_ref()).await?;
                    output.list(format, session.provisioning.tokens(org), ListedToken::from).await
                };
                config.session(Access::Reading, list).await
            }
            Command::Revoke { jti, config } => {
                let revoke = async |session: &Session| {
                    let effect = session.provisioning.revoke_token(&session.by, &jti).await?;
                    output.effect(effect, format_args!("revoked {jti}"))
                };
                config.session(Access::Writing, revoke).await
            }
        }
    }
}

/// A time for which a token may be good. One that ends after the year 9999, even if it had begun in 1970, is a slip.
fn lifetime(text: &str) -> Result<TimeDelta, String> {
    let ttl = parse_duration(text).map_err(|error| error.to_string())?;
    match ttl <= NEVER.signed_duration_since(DateTime::UNIX_EPOCH) {
        true => Ok(ttl),
        false => Err("no token is good beyond the year 9999; write a shorter time".to_owned()),
    }
}

/// The DER of the first certificate in a PEM file.
fn certificate(path: &Path) -> Result<Vec<u8>, CliError> {
    let shown = path.display();
    let pem = std::fs::read(path).map_err(|error| {
        CliError::said(format!("the certificate `{shown}` cannot be read")).because(error)
    })?;
    let found = Certificate::all_from_pem(&pem);
    let found = found
        .map_err(|error| CliError::said(format!("`{shown}` holds no certificate in PEM")).because(error))?;
    let first = found.first().map(|certificate| certificate.der().to_vec());
    first.ok_or_else(|| CliError::said(format!("`{shown}` holds no certificate in PEM")))
}

#[derive(Serialize)]
struct IssuedRecord {
    token: String,
    #[serde(flatten)]
    listed: ListedToken,
}

impl From<IssuedToken> for IssuedRecord {
    fn from(issued: IssuedToken) -> IssuedRecord {
        IssuedRecord { token: issued.token.reveal().to_owned(), listed: issued.record.into() }
    }
}

impl fmt::Display for IssuedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)
    }
}

#[derive(Debug, Serialize)]
struct ListedToken {
    jti: String,
    #[serde(flatten)]
    user: UserRecord,
    issued_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    #[serde(skip)]
    shown: String,
}

impl From<TokenRecord> for ListedToken {
    fn from(token: TokenRecord) -> ListedToken {
        ListedToken {
            shown: token.user.to_string(),
            user: UserRecord::from(&token.user),
            jti: token.jti,
            issued_at: moment(token.issued_at),
            expires_at: moment(token.expires_at),
            revoked_at: token.revoked_at.map(moment),
            last_used_at: token.last_used_at.map(moment),
        }
    }
}

impl fmt::Display for ListedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  expires {}", self.jti, self.shown, self.expires_at)?;
        if let Some(at) = &self.last_used_at {
            write!(f, "  last used {at}")?;
        }
        match &self.revoked_at {
            Some(at) => write!(f, "  revoked {at}"),
            None => Ok(()),
        }
    }
}
