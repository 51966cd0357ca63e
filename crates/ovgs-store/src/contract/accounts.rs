//! Users and tokens.

use ovgs_domain::{User, UserType};

use super::{Fixture, Outcome, holds, open, refused, same, sample};
use crate::TokenRecord;

pub(super) async fn a_user_is_registered_once(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (ann, stamp) = (sample::user("a", "ann")?, sample::stamp()?);
    same("before", store.is_registered(&ann).await?, false)?;
    same("the first time", store.add_user(&ann, &stamp).await?, true)?;
    same("the second time", store.add_user(&ann, &stamp).await?, false)?;
    same("after", store.is_registered(&ann).await?, true)?;
    let service = User { user_type: UserType::ServiceAccount, ..ann.clone() };
    same("her service account", store.is_registered(&service).await?, false)?;
    same("her service account, registered", store.add_user(&service, &stamp).await?, true)?;
    same("removed", store.remove_user(&ann, &stamp).await?, true)?;
    same("removed again", store.remove_user(&ann, &stamp).await?, false)?;
    same("when removed", store.is_registered(&ann).await?, false)?;
    same("her service account, still", store.is_registered(&service).await?, true)
}

pub(super) async fn a_user_needs_its_organization(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let ann = sample::user("a", "ann")?;
    refused("of an unknown organization", store.add_user(&ann, &sample::stamp()?).await)?;
    same("registered", store.is_registered(&ann).await?, false)
}

pub(super) async fn users_are_listed_in_pages(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b", "c"]).await?;
    let service = UserType::ServiceAccount;
    let bob = sample::user("b", "bob")?;
    let in_order = vec![
        sample::user("a", "Zoe")?,
        sample::user("a", "ann")?,
        User { user_type: service, ..sample::user("a", "ann")? },
        sample::user("a", "ängström")?,
        sample::user("b", "ann")?,
        bob.clone(),
        User { user_type: service, ..bob },
    ];
    for user in in_order.iter().rev() {
        store.add_user(user, &sample::stamp()?).await?;
    }
    let of_b: Vec<User> = in_order.iter().skip(4).cloned().collect();
    for (org, expected) in [(None, &in_order), (Some(sample::org("b")?), &of_b)] {
        for limit in [1, 2, 3, 7, 8, usize::MAX] {
            let mut found: Vec<User> = Vec::new();
            loop {
                let page = store.users(org.as_ref(), found.last(), limit).await?;
                holds("no page is longer than its limit", page.len() <= limit)?;
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            same(&format!("users of {org:?} in pages of {limit}"), &found, expected)?;
        }
    }
    same("a page of none", store.users(None, None, 0).await?, Vec::new())?;
    same("users of `org-c`", store.users(Some(&sample::org("c")?), None, 10).await?, Vec::new())
}

pub(super) async fn a_removed_user_leaves_no_tokens(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (ann, bob, stamp) = (sample::user("a", "ann")?, sample::user("a", "bob")?, sample::stamp()?);
    for user in [&ann, &bob] {
        store.add_user(user, &stamp).await?;
        store.add_token(&sample::token(&format!("token-{}", user.username), user.clone()), &stamp).await?;
    }
    store.remove_user(&ann, &stamp).await?;
    same("her token", store.token("token-ann").await?, None)?;
    holds("his token stays", store.token("token-bob").await?.is_some())?;
    // The same name registered again has nothing of the old one.
    store.add_user(&ann, &stamp).await?;
    same("her token when she is back", store.token("token-ann").await?, None)
}

pub(super) async fn a_token_needs_its_user(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (ann, stamp) = (sample::user("a", "ann")?, sample::stamp()?);
    let token = sample::token("token-1", ann.clone());
    same("an unknown token", store.token("token-1").await?, None)?;
    refused("of a user who is not registered", store.add_token(&token, &stamp).await)?;
    store.add_user(&ann, &stamp).await?;
    let service = User { user_type: UserType::ServiceAccount, ..ann };
    let other = sample::token("token-2", service);
    refused("of a user of the other kind", store.add_token(&other, &stamp).await)?;
    store.add_token(&token, &stamp).await?;
    refused("a second time", store.add_token(&token, &stamp).await)?;
    same("the token", store.token("token-1").await?, Some(token))?;
    same("in other letters", store.token("TOKEN-1").await?, None)
}

pub(super) async fn a_token_is_revoked_once(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (ann, stamp) = (sample::user("a", "ann")?, sample::stamp()?);
    same("an unknown one", store.revoke_token("token-1", &stamp).await?, None)?;
    store.add_user(&ann, &stamp).await?;
    let token = sample::token("token-1", ann.clone());
    store.add_token(&token, &stamp).await?;
    store.add_token(&sample::token("token-2", ann.clone()), &stamp).await?;
    same("the first time", store.revoke_token("token-1", &stamp).await?, Some(true))?;
    let later = crate::Stamp { at: sample::minute(9), ..stamp.clone() };
    same("the second time", store.revoke_token("token-1", &later).await?, Some(false))?;
    let revoked = TokenRecord { revoked_at: Some(stamp.at), ..token };
    same("the token", store.token("token-1").await?, Some(revoked))?;
    let other = store.token("token-2").await?;
    same("the other one", other, Some(sample::token("token-2", ann)))
}

pub(super) async fn the_last_use_of_a_token_only_moves_forward(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (ann, stamp) = (sample::user("a", "ann")?, sample::stamp()?);
    store.add_user(&ann, &stamp).await?;
    let token = sample::token("token-1", ann.clone());
    store.add_token(&token, &stamp).await?;
    store.add_token(&sample::token("token-2", ann.clone()), &stamp).await?;
    for (told, kept) in [(5, 5), (3, 5), (9, 9)] {
        let uses =
            [("token-1".to_owned(), sample::minute(told)), ("token-9".to_owned(), sample::minute(told))];
        store.tokens_used(&uses).await?;
        let used = TokenRecord { last_used_at: Some(sample::minute(kept)), ..token.clone() };
        same("the token", store.token("token-1").await?, Some(used))?;
    }
    same("an unknown one is none", store.token("token-9").await?, None)?;
    same("the other one", store.token("token-2").await?, Some(sample::token("token-2", ann)))
}

pub(super) async fn tokens_are_listed_in_pages(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let (ann, bob, stamp) = (sample::user("a", "ann")?, sample::user("b", "bob")?, sample::stamp()?);
    store.add_user(&ann, &stamp).await?;
    store.add_user(&bob, &stamp).await?;
    let in_order: Vec<TokenRecord> = [("T2", &bob), ("t1", &ann), ("t10", &bob), ("t2", &ann), ("t3", &bob)]
        .map(|(jti, user)| sample::token(jti, user.clone()))
        .into();
    for token in in_order.iter().rev() {
        store.add_token(token, &stamp).await?;
    }
    let of_b: Vec<TokenRecord> = in_order.iter().step_by(2).cloned().collect();
    for (org, expected) in [(None, &in_order), (Some(sample::org("b")?), &of_b)] {
        for limit in [1, 2, 5, 6, usize::MAX] {
            let mut found: Vec<TokenRecord> = Vec::new();
            loop {
                let last = found.last().map(|token| token.jti.clone());
                let page = store.tokens(org.as_ref(), last.as_deref(), limit).await?;
                holds("no page is longer than its limit", page.len() <= limit)?;
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            same(&format!("tokens of {org:?} in pages of {limit}"), &found, expected)?;
        }
    }
    same("a page of none", store.tokens(None, None, 0).await?, Vec::new())
}
