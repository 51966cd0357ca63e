//! Users and tokens.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{Event, OrgId, User};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{
    SqlStore, entity, error, query, record,
    rows::{self, micros, type_number},
    step,
};
use crate::{Accounts, Stamp, StoreError, TokenRecord};

#[async_trait]
impl Accounts for SqlStore {
    async fn add_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            let enter =
                "INSERT INTO users (org_id, username, user_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            let (org_id, username, user_type) = key(user);
            if query::run(&tx, enter, [org_id.into(), username.into(), user_type.into()]).await? == 0 {
                return Ok(false);
            }
            record::event(&tx, stamp, &Event::UserAdded { user: user.clone() }).await?;
            tx.commit().await.map_err(error::outcome_unknown)?;
            Ok(true)
        })
        .await
    }

    async fn remove_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        use entity::token::{Column, Entity};
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            // Locked first, so that no token is added while the others go.
            let registered = entity::user::Entity::find_by_id(key(user)).lock_exclusive();
            if registered.one(&tx).await.map_err(error::store)?.is_none() {
                return Ok(false);
            }
            let (org, username, user_type) = key(user);
            let tokens = Entity::delete_many()
                .filter(Column::OrgId.eq(org))
                .filter(Column::Username.eq(username))
                .filter(Column::UserType.eq(user_type));
            tokens.exec(&tx).await.map_err(error::store)?;
            entity::user::Entity::delete_by_id(key(user)).exec(&tx).await.map_err(error::store)?;
            record::event(&tx, stamp, &Event::UserRemoved { user: user.clone() }).await?;
            tx.commit().await.map_err(error::outcome_unknown)?;
            Ok(true)
        })
        .await
    }

    async fn is_registered(&self, user: &User) -> Result<bool, StoreError> {
        self.trying(|| async {
            let found = entity::user::Entity::find_by_id(key(user)).one(self.readers()).await;
            Ok(found.map_err(error::store)?.is_some())
        })
        .await
    }

    async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        use entity::user::{Column, Entity};
        let columns = [Column::OrgId, Column::Username, Column::UserType];
        let mut users = Entity::find().limit(query::limit(limit).unsigned_abs());
        if let Some(org) = org {
            users = users.filter(Column::OrgId.eq(org.as_str()));
        }
        if let Some((org, username, user_type)) = after.map(key) {
            let last = [Expr::value(org), Expr::value(username), Expr::value(user_type)];
            users = users.filter(Expr::tuple(columns.map(Expr::col)).gt(Expr::tuple(last)));
        }
        let users = columns.into_iter().fold(users, |users, column| users.order_by_asc(column));
        let found =
            self.trying(|| async { users.clone().all(self.readers()).await.map_err(error::store) }).await?;
        found.iter().map(|row| rows::user(&row.org_id, &row.username, row.user_type)).collect()
    }

    async fn add_token(&self, token: &TokenRecord, stamp: &Stamp) -> Result<(), StoreError> {
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            let (org_id, username, user_type) = key(&token.user);
            let row = entity::token::Model {
                jti: token.jti.clone(),
                org_id,
                username,
                user_type,
                issued_at: micros(token.issued_at),
                expires_at: micros(token.expires_at),
                revoked_at: token.revoked_at.map(micros),
                last_used_at: token.last_used_at.map(micros),
            };
            step::insert(&tx, row).await?;
            let (jti, user, expires_at) = (token.jti.clone(), token.user.clone(), token.expires_at);
            record::event(&tx, stamp, &Event::TokenIssued { jti, user, expires_at }).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn revoke_token(&self, jti: &str, stamp: &Stamp) -> Result<Option<bool>, StoreError> {
        use entity::token::{Column, Entity};
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            let Some(token) = Entity::find_by_id(jti).one(&tx).await.map_err(error::store)? else {
                return Ok(None);
            };
            let token = rows::token(token)?;
            let revoke = Entity::update_many()
                .col_expr(Column::RevokedAt, Expr::value(micros(stamp.at)))
                .filter(Column::Jti.eq(jti))
                .filter(Column::RevokedAt.is_null());
            if revoke.exec(&tx).await.map_err(error::store)?.rows_affected == 0 {
                return Ok(Some(false));
            }
            record::event(&tx, stamp, &Event::TokenRevoked { jti: token.jti, user: token.user }).await?;
            tx.commit().await.map_err(error::outcome_unknown)?;
            Ok(Some(true))
        })
        .await
    }

    async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError> {
        use entity::token::{Column, Entity};
        // In one order for all servers, so that none waits for another in a circle.
        let mut latest = BTreeMap::<&str, i64>::new();
        for (jti, at) in uses {
            let known = latest.entry(jti).or_insert(i64::MIN);
            *known = Ord::max(micros(*at), *known);
        }
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            for (jti, at) in &latest {
                let later = Column::LastUsedAt.is_null().or(Column::LastUsedAt.lt(*at));
                let touch = Entity::update_many().col_expr(Column::LastUsedAt, Expr::value(*at));
                let touch = touch.filter(Column::Jti.eq(*jti)).filter(later);
                touch.exec(&tx).await.map_err(error::store)?;
            }
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn token(&self, jti: &str) -> Result<Option<TokenRecord>, StoreError> {
        let found = self.trying(|| async {
            entity::token::Entity::find_by_id(jti).one(self.readers()).await.map_err(error::store)
        });
        found.await?.map(rows::token).transpose()
    }

    async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        use entity::token::{Column, Entity};
        let mut tokens = Entity::find().order_by_asc(Column::Jti).limit(query::limit(limit).unsigned_abs());
        if let Some(org) = org {
            tokens = tokens.filter(Column::OrgId.eq(org.as_str()));
        }
        if let Some(after) = after {
            tokens = tokens.filter(Column::Jti.gt(after));
        }
        let found =
            self.trying(|| async { tokens.clone().all(self.readers()).await.map_err(error::store) }).await?;
        found.into_iter().map(rows::token).collect()
    }
}

/// A user as the primary key has it.
fn key(user: &User) -> (String, String, i64) {
    (user.org.to_string(), user.username.to_string(), type_number(user.user_type))
}
