//! From claims to a user.

use std::collections::BTreeSet;

use ovgs_domain::{OrgId, User, UserType, Username};
use serde_json::Value;

use super::{
    claims::Claims,
    settings::{ClaimMapping, Organizations},
};
use crate::authn::{AuthnError, Rejection};

/// The claim whose owner proves nothing by having it, unless its issuer has asked (OIDC Core §5.1).
const EMAIL: &str = "email";

impl ClaimMapping {
    /// The user that a token names.
    pub(super) fn user(&self, claims: &Claims) -> Result<User, AuthnError> {
        self.has_what_is_required(claims)?;
        let user_type = self.user_type(claims);
        Ok(User { org: self.org(claims)?, username: self.username(claims, user_type)?, user_type })
    }

    fn has_what_is_required(&self, claims: &Claims) -> Result<(), AuthnError> {
        let is_there = |(claim, value): (&String, &String)| claims.text(claim) == Some(value);
        match self.required.iter().all(is_there) {
            true => Ok(()),
            false => Err(refused("the token lacks a claim that its issuer's tokens must have")),
        }
    }

    /// What a claim says, where one is configured; else a token whose subject is its client is the client's own
    /// (RFC 9068 §2.2, client credentials).
    fn user_type(&self, claims: &Claims) -> UserType {
        let said = self.type_claim.as_deref().and_then(|claim| claims.text(claim));
        let is_service = match said {
            Some(value) => self.service_account_values.contains(value),
            None => claims.text("sub").is_some_and(|sub| claims.text(&self.client_id) == Some(sub)),
        };
        if is_service { UserType::ServiceAccount } else { UserType::User }
    }

    fn username(&self, claims: &Claims, user_type: UserType) -> Result<Username, AuthnError> {
        let of_services =
            self.service_account_name.as_deref().filter(|_| user_type == UserType::ServiceAccount);
        let claim = of_services.unwrap_or(&self.username);
        if claim.trim_start_matches('/') == EMAIL && !is_verified(claims) {
            return Err(refused("the token's email address is not verified"));
        }
        let name = claims.text(claim).and_then(|name| Username::parse(name).ok());
        name.ok_or_else(|| refused("the token names no user"))
    }

    fn org(&self, claims: &Claims) -> Result<OrgId, AuthnError> {
        match &self.organizations {
            Organizations::Fixed(org) => Ok(org.clone()),
            Organizations::Claimed { claim, allowed } => {
                let found = claims.text(claim).and_then(|value| allowed.get(value));
                found
                    .cloned()
                    .ok_or_else(|| refused("the token names no organization that its issuer may name"))
            }
        }
    }
}

/// Some providers write it as a text.
fn is_verified(claims: &Claims) -> bool {
    match claims.claim("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(verified)) => verified == "true",
        _ => false,
    }
}

/// Whether a token is for one of these (RFC 7519 §4.1.3: a text or a list of texts).
pub(super) fn is_for(claims: &Claims, audiences: &BTreeSet<String>) -> bool {
    match claims.claim("aud") {
        Some(Value::String(audience)) => audiences.contains(audience),
        Some(Value::Array(of)) => {
            of.iter().all(Value::is_string)
                && of.iter().filter_map(Value::as_str).any(|one| audiences.contains(one))
        }
        _ => false,
    }
}

fn refused(reason: &'static str) -> AuthnError {
    AuthnError::rejected(Rejection::Claims, reason)
}
