//! The statements that read trees and accounts, which sea-orm words.

use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::sql::{entity, inventory, organizations};

/// What is read for each call, or for a tree that is not in memory; and the write that is not the tree's.
pub(super) fn statements(backend: DbBackend) -> Vec<(&'static str, String)> {
    use entity::{cert, delegation, group, member, org, token, user};
    let entities = [
        ("revision", org::Entity::find_by_id("org-small").build(backend)),
        ("groups", group::Entity::find().filter(group::Column::OrgId.eq("org-small")).build(backend)),
        ("members", member::Entity::find().filter(member::Column::OrgId.eq("org-small")).build(backend)),
        (
            "delegations",
            delegation::Entity::find().filter(delegation::Column::OrgId.eq("org-small")).build(backend),
        ),
        ("certificates", cert::Entity::find().filter(cert::Column::OrgId.eq("org-small")).build(backend)),
        (
            "a certificate's bytes",
            cert::Entity::find_by_id("cert-1").select_only().column(cert::Column::Der).build(backend),
        ),
        ("a token", token::Entity::find_by_id("token-1").build(backend)),
        (
            "a user",
            user::Entity::find_by_id(("org-small".to_owned(), "ann".to_owned(), 0_i64)).build(backend),
        ),
    ];
    let ours = [
        ("whose a group is", organizations::ORG_OF_GROUP),
        ("whose a certificate is", organizations::ORG_OF_CERT),
        ("where a user holds roles", organizations::ORGS_OF_MEMBER),
        ("placing", inventory::PLACE),
    ];
    let worded = entities.into_iter().map(|(name, statement)| (name, statement.sql));
    worded.chain(ours.into_iter().map(|(name, sql)| (name, sql.to_owned()))).collect()
}
