//! The requests of `ovgs.accounts.v1`.

use ovgs_domain::{OrgId, User, Username};
use ovgs_proto::accounts::v1 as pb;

use super::{
    fields::{Read, both, field},
    values::{certificate, jti, seconds, user},
};
use crate::service::{Terms, TokenOrder};

pub(in crate::rpc) fn register_user(request: &pb::RegisterUserRequest) -> Read<User> {
    user(&request.username, request.user_type, &request.org_id)
}

pub(in crate::rpc) fn remove_user(request: &pb::RemoveUserRequest) -> Read<User> {
    user(&request.username, request.user_type, &request.org_id)
}

pub(in crate::rpc) fn list_users(request: &pb::ListUsersRequest) -> Read<OrgId> {
    field("org_id", OrgId::parse(&request.org_id))
}

pub(in crate::rpc) fn issue_token(request: pb::IssueTokenRequest, terms: &Terms<'_>) -> Read<TokenOrder> {
    let name = both(
        field("username", Username::parse(&request.username)),
        field("org_id", OrgId::parse(&request.org_id)),
    );
    let ttl = seconds(request.ttl.as_ref()).and_then(|ttl| terms.token_ttl(ttl));
    let bind = field("bind_certificate_der", certificate(request.bind_certificate_der));
    let ((username, org), (ttl, bind)) = both(name, both(field("ttl", ttl), bind))?;
    Ok(TokenOrder { org, username, ttl, bind })
}

pub(in crate::rpc) fn list_tokens(request: &pb::ListTokensRequest) -> Read<OrgId> {
    field("org_id", OrgId::parse(&request.org_id))
}

pub(in crate::rpc) fn revoke_token(request: &pb::RevokeTokenRequest) -> Read<String> {
    field("jti", jti(&request.jti))
}
