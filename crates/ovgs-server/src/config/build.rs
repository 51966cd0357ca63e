//! From the model to what the server runs on. Here the files are read that the configuration names.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::{
    pkcs8::Document,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use chrono::TimeDelta;
use ovgs_authz::{Policy, Principals};
use ovgs_store::Store;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use super::{Config, Problem, files};
use crate::{
    authn::{TokenAuthority, TokenSettings},
    issuers::Issuers,
    provisioning, rpc, service,
};

impl Config {
    /// What the use cases are told.
    #[must_use]
    pub fn service_settings(&self) -> service::Settings {
        service::Settings {
            policy: self.policy(),
            limits: service::Limits {
                max_response_bytes: self.limits.max_response_bytes.get(),
                max_batch: self.limits.max_batch.get(),
                max_voucher_lifetime: self.limits.max_voucher_lifetime,
            },
            compat: service::Compat {
                default_ien: self.compat.default_ien,
                empty_group_is_root: self.compat.empty_group_is_root,
                truncate_group_components: self.compat.truncate_group_components,
            },
            conceal_foreign: self.security.conceal_foreign,
            strict_users: self.users.strict,
            accounts: service::AccountTerms {
                min_token_ttl: self.accounts.min_token_ttl,
                max_token_ttl: self.accounts.max_token_ttl,
            },
            principals: self.principals(),
        }
    }

    /// Who may provision over gRPC.
    #[must_use]
    pub fn principals(&self) -> Principals {
        Principals::new(self.provisioning.principals.iter().cloned())
    }

    /// What provisioning is told. Of the issuers it needs the certificates alone.
    ///
    /// # Errors
    /// [`Problem`] if the certificates of an issuer cannot be read.
    pub fn provisioning_settings(&self) -> Result<provisioning::Settings, Problem> {
        Ok(provisioning::Settings {
            policy: self.policy(),
            strict_users: self.users.strict,
            issuers: self.keyless_issuers()?.into(),
        })
    }

    /// Where principals come to provision in a running server, which has the issuers already.
    #[must_use]
    pub fn desk(
        &self,
        store: Arc<dyn Store>,
        issuers: Issuers,
        authority: Arc<TokenAuthority>,
    ) -> provisioning::Desk {
        let settings =
            provisioning::Settings { policy: self.policy(), strict_users: self.users.strict, issuers };
        let provisioning = provisioning::Provisioning::new(store, settings);
        provisioning::Desk::new(provisioning, self.principals(), Some(authority))
    }

    /// The bounds of calls as such.
    #[must_use]
    pub fn call_limits(&self) -> rpc::CallLimits {
        rpc::CallLimits {
            max_request_bytes: self.limits.max_request_bytes.get(),
            max_concurrent_calls: self.limits.max_concurrent_calls.get(),
            max_calls_per_caller: self.limits.max_calls_per_caller,
            max_failures_per_peer: self.limits.max_failures_per_peer,
            reader_patience: span(self.limits.reader_patience),
        }
    }

    /// How connections are treated.
    #[must_use]
    pub fn server_settings(&self) -> rpc::ServerSettings {
        rpc::ServerSettings {
            hello_timeout: span(self.server.hello_timeout),
            idle_timeout: span(self.server.idle_timeout),
            max_connections_per_peer: self.server.max_connections_per_peer.get(),
            ..rpc::ServerSettings::default()
        }
    }

    fn policy(&self) -> Policy {
        Policy { support_orgs: self.security.support_orgs.clone() }
    }

    /// Who issues and verifies the server's own tokens.
    ///
    /// # Errors
    /// [`Problem`] if there is no key for them, or it cannot be read.
    pub fn token_authority(&self, store: Arc<dyn Store>) -> Result<TokenAuthority, Problem> {
        let place = self.places.of("tokens", "signing_key");
        let missing = || place.problem("`tokens.signing_key` is missing; name the PEM file of a P-256 key");
        let path = self.tokens.signing_key.as_deref().ok_or_else(missing)?;
        let pem = files::read_key(path, "tokens.signing_key", &place)?;
        let (private, public) = p256(&pem).ok_or_else(|| {
            let shown = path.display();
            place.problem(format!(
                "`{shown}` holds no P-256 key; make one with `openssl ecparam -name prime256v1 -genkey -noout`"
            ))
        })?;
        let settings =
            TokenSettings { issuer: self.tokens.issuer.clone(), audience: self.tokens.audience.clone() };
        Ok(TokenAuthority::new(private.as_ref(), &public, settings, store))
    }
}

/// Durations in the configuration are never negative.
fn span(span: TimeDelta) -> Duration {
    span.to_std().unwrap_or_default()
}

/// The private key as PKCS#8 and the public one as a point.
fn p256(pem: &[u8]) -> Option<(Document, Vec<u8>)> {
    let der = PrivateKeyDer::from_pem_slice(pem).ok()?;
    let key = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_der()).ok()?;
    let private = key.to_pkcs8v1().ok()?;
    Some((private, key.public_key().as_ref().to_vec()))
}
