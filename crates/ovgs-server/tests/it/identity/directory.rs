//! Who is a user, and who fails too often.

use std::{num::NonZeroU32, sync::Arc};

use chrono::TimeDelta;
use ovgs_server::{
    authn::{Authenticator, OidcAuthenticator, StoreDirectory, VerifiedTokens},
    rpc::CallLimits,
};
use ovgs_store::{Accounts, Organizations};
use tonic::Code;
use tonic_types::StatusExt;

use super::{
    provider::{Provider, rsa_key},
    world::{World, is_refused, settings},
};
use crate::support::{Options, org, stamp, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_directory_knows_whom_provisioning_registered() {
    let provider = Provider::start().await;
    let issuer = settings(&provider);
    let options = Options {
        others: Some(Box::new(|store| {
            let oidc = OidcAuthenticator::new(vec![issuer], &VerifiedTokens::new()).unwrap();
            let chain: Vec<Arc<dyn Authenticator>> = vec![Arc::new(oidc)];
            (chain, Arc::new(StoreDirectory::registered(store)))
        })),
        ..Options::default()
    };
    let world = World::of(provider, vec![], options).await;
    let ann = user("org-acmeco", "ann");
    world.refused("ann has a role, and is not registered", &world.good()).await;
    world.server.store.add_user(&ann, &stamp()).await.unwrap();
    world.taken("registered", &world.good()).await;
    world.server.store.remove_user(&ann, &stamp()).await.unwrap();
    world.pass(TimeDelta::milliseconds(101));
    world.refused("removed", &world.good()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_directory_asks_for_the_organization_alone() {
    let world = World::new().await;
    let nobody = world.token().claim("sub", "nobody").sign(rsa_key());
    assert_eq!(world.call(&nobody).await.unwrap_err().code(), Code::PermissionDenied, "known all the same");
    world.taken("ann", &world.good()).await;
    let other = org("org-other");
    let revision = world.server.store.revision(&other).await.unwrap().unwrap();
    world.server.store.delete_org(&other, revision, &stamp()).await.unwrap();
    let token = world.server.token_for(&user("org-acmeco", "own"), TimeDelta::days(1)).await;
    assert_eq!(world.call(&token).await.unwrap_err().code(), Code::PermissionDenied, "own tokens, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_limited_for_each_peer_and_good_calls_are_not() {
    let limits = CallLimits { max_failures_per_peer: NonZeroU32::new(3).unwrap(), ..CallLimits::default() };
    let world = World::with(|_| {}, Options { limits, ..Options::default() }).await;
    let bad = world.token().claim("aud", "other").sign(rsa_key());
    for _ in 0..3 {
        is_refused("within the limit", world.call(&bad).await);
        world.taken("another caller behind the same address", &world.good()).await;
    }
    let status = world.call(&bad).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    let wait = status.get_details_retry_info().and_then(|info| info.retry_delay).expect("a RetryInfo");
    assert!(wait.as_secs() <= 20, "{wait:?}");
    world.taken("good calls go on", &world.good()).await;
}
