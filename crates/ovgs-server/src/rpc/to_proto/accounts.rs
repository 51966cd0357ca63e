//! The answers of `ovgs.accounts.v1`.

use ovgs_domain::User;
use ovgs_proto::accounts::v1 as pb;
use ovgs_store::TokenRecord;

use super::{account_type, time};
use crate::authn::IssuedToken;

pub(in crate::rpc) fn list_users(user: User) -> pb::ListUsersResponse {
    pb::ListUsersResponse {
        username: user.username.to_string(),
        user_type: account_type(user.user_type).into(),
        org_id: user.org.to_string(),
    }
}

pub(in crate::rpc) fn issue_token(issued: IssuedToken) -> pb::IssueTokenResponse {
    pb::IssueTokenResponse { token: issued.token.reveal().to_owned(), record: Some(token(issued.record)) }
}

pub(in crate::rpc) fn list_tokens(record: TokenRecord) -> pb::ListTokensResponse {
    pb::ListTokensResponse { token: Some(token(record)) }
}

/// What is kept of a token, which is never the token.
pub(super) fn token(record: TokenRecord) -> pb::Token {
    pb::Token {
        jti: record.jti,
        username: record.user.username.to_string(),
        user_type: account_type(record.user.user_type).into(),
        org_id: record.user.org.to_string(),
        issued_at: Some(time(record.issued_at)),
        expires_at: Some(time(record.expires_at)),
        revoked_at: record.revoked_at.map(time),
        last_used_at: record.last_used_at.map(time),
    }
}
