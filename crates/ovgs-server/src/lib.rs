//! The OVGS server, in pieces that can be embedded one by one.
//!
//! * [`service`]: the use cases on domain types. A portal calls them directly, no gRPC needed.
//! * [`authn`]: from credentials to a caller, through any number of authenticators.
//! * [`issuers`]: who signs vouchers for which manufacturer.
//! * [`rpc`]: the gRPC service over those, to run or to mount in a router of your own.
//! * [`provisioning`]: what the vendor does: organizations, users, parts.
//! * [`side_port`]: trust bundle, metrics and health over HTTP.
//! * [`config`], [`telemetry`], [`cli`]: what makes it the ready-to-run `ovgs-server`.
//!
//! A portal brings its own sessions, and needs nothing but the first two:
//!
//! ```
//! use std::sync::Arc;
//!
//! use chrono::{DateTime, Utc};
//! use ovgs_domain::{Description, OrgId, RequestId, User, UserType, Username};
//! use ovgs_server::{
//!     authn::{Authenticator, AuthnError, Caller, Credentials, Identity},
//!     clock::{Clock, System},
//!     issuers::IssuerSet,
//!     service::{Service, ServiceError, Settings},
//! };
//! use ovgs_store::MemoryStore;
//!
//! /// The portal knows its users by their sessions.
//! #[derive(Debug)]
//! struct Sessions;
//!
//! #[async_trait::async_trait]
//! impl Authenticator for Sessions {
//!     async fn authenticate(
//!         &self,
//!         credentials: &Credentials,
//!         _now: DateTime<Utc>,
//!     ) -> Result<Option<Identity>, AuthnError> {
//!         let session = credentials.bearer.as_ref().and_then(|b| b.reveal().strip_prefix("session-of-"));
//!         let user = |name| {
//!             let org = OrgId::parse("org-acmeco").ok()?;
//!             let username = Username::parse(name).ok()?;
//!             Some(Identity { user: User { org, username, user_type: UserType::User } })
//!         };
//!         Ok(session.and_then(user))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = Service::new(Arc::new(MemoryStore::new()), Arc::new(IssuerSet::default()), Settings::default());
//! let chain: Vec<Arc<dyn Authenticator>> = vec![Arc::new(Sessions)];
//! let credentials = Credentials {
//!     bearer: Some(ovgs_server::authn::Bearer::new("session-of-ann")),
//!     ..Credentials::default()
//! };
//! let ann =
//!     Caller::from_credentials(&chain, &credentials, RequestId::parse("1")?, System.now()).await?;
//!
//! // Nobody has created the organization yet.
//! let root = OrgId::parse("org-acmeco")?.root();
//! let answer = service.create_group(&ann, &root, Description::parse("Berlin")?).await;
//! assert!(matches!(answer, Err(ServiceError::NotFound(_))));
//! # Ok(())
//! # }
//! ```

pub mod authn;
pub mod cli;
pub mod clock;
pub mod config;
mod guarded;
pub mod issuers;
pub mod provisioning;
pub mod rpc;
pub mod service;
pub mod side_port;
pub mod telemetry;
