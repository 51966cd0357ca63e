//! Issuing vouchers, one or many: find, authorize, ask the rules, sign, write the journal, answer.

use std::{num::NonZero, sync::Arc, thread};

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use ovgs_authz::{Grant, Request, Spot};
use ovgs_domain::{
    CertId, ComponentId, Facts, Fingerprint, IssuedVoucher, Violation,
    commands::{self, Namesake},
    floor_to_micros,
};
use ovgs_voucher::{IssueError, PinnedCert, SignerError, Voucher};
use tokio::task;

use super::{
    Lifetime, NoIssuer, NotFound, Service, ServiceError, SignedVoucher,
    finding::{Found, FoundCert},
    sizes,
};
use crate::{
    authn::Caller,
    issuers::{Issuer, IssuerSet, IssuingError, Signed},
};

/// Up to how many vouchers are signed on the spot instead of on other threads.
const FEW: usize = 4;

/// How many signatures of one batch a signer elsewhere is asked for at once.
const ASKED_AT_ONCE: usize = 128;

/// The name of the list in the call.
const LIST: &str = "component";

/// What is asked for.
pub(super) struct Order<'a> {
    pub(super) caller: &'a Caller,
    pub(super) components: &'a [ComponentId],
    pub(super) cert: &'a CertId,
    pub(super) lifetime: Lifetime,
    /// What has to be decided for a component and the certificate.
    pub(super) request: for<'r> fn(Spot<'r>, Spot<'r>) -> Request<'r>,
}

/// A component that may get its voucher.
struct Entitled {
    found: Found,
    grant: Grant,
    issuer: Arc<Issuer>,
}

/// A voucher to be signed, and by whom.
struct Draft {
    issuer: Arc<Issuer>,
    voucher: Voucher,
}

impl Service {
    /// The whole way of an order. Errors name the position.
    pub(super) async fn issue(
        self: &Arc<Self>,
        order: Order<'_>,
    ) -> Result<Vec<SignedVoucher>, ServiceError> {
        let caller = order.caller;
        let (found, cert) = self.find_order(&order).await.map_err(ServiceError::in_voucher_call)?;
        let grants = self.decide_order(&order, &found, &cert)?;
        let (entitled, expires_on) = match self.ask_the_rules(&order, found, grants, &cert) {
            Ok(answer) => answer,
            Err(error) => return Err(self.without_foreign_names(caller, error).await?),
        };
        let pinned = self.pinned_cert(&cert).await?;
        self.refuse_too_large(entitled.iter().map(|entitled| entitled.size(&pinned)))?;
        let now = floor_to_micros(self.clock.now());
        let drafts = entitled.iter().map(|entitled| {
            let component = &entitled.found.component;
            let voucher = entitled.issuer.write(component, &cert.cert, pinned.clone(), expires_on, now);
            Draft { issuer: entitled.issuer.clone(), voucher: voucher.map_err(unsigned)? }
                .begun_before_it_ends()
        });
        let drafts = Arc::new(drafts.collect::<Result<Vec<Draft>, ServiceError>>()?);
        let signed = sign(&drafts).await?;
        self.deliver(caller, &cert, now, entitled, &drafts, signed).await
    }

    /// The components, then the certificate, which is mostly in the tree of the first of them.
    async fn find_order(&self, order: &Order<'_>) -> Result<(Vec<Found>, FoundCert), ServiceError> {
        let found = self.find_batch(order.caller, LIST, order.components).await?;
        let first = found.first().ok_or_else(|| ServiceError::internal("an order for nothing"))?;
        let cert = self.find_cert_near(order.caller, order.cert, &first.org).await?;
        Ok((found, cert))
    }

    fn decide_order(
        &self,
        order: &Order<'_>,
        found: &[Found],
        cert: &FoundCert,
    ) -> Result<Vec<Grant>, ServiceError> {
        let decide = |(position, found): (usize, &Found)| {
            let request = (order.request)(found.holder(), cert.spot());
            let decision = self.policy.decide(order.caller.user(), &request);
            decision.map_err(|denied| ServiceError::from(denied).at(LIST, position, &found.component.id))
        };
        found.iter().enumerate().map(decide).collect()
    }

    /// The rules of state, for each component in its order.
    fn ask_the_rules(
        &self,
        order: &Order<'_>,
        found: Vec<Found>,
        grants: Vec<Grant>,
        cert: &FoundCert,
    ) -> Result<(Vec<Entitled>, Option<DateTime<Utc>>), ServiceError> {
        let now = self.clock.now();
        let issuers = self.issuers.current();
        let mut expires_on = None;
        let mut entitled = Vec::with_capacity(found.len());
        for (position, (found, grant)) in found.into_iter().zip(grants).enumerate() {
            let component = &found.component;
            let at = |error: ServiceError| error.at(LIST, position, &component.id);
            commands::tie(component, &cert.cert, cert.org.id()).map_err(|v| at(v.into()))?;
            expires_on = commands::expires_on(&cert.cert, order.lifetime.end()).map_err(|v| at(v.into()))?;
            let issuer =
                issuer_for(&issuers, &found, now).map_err(|none| at(ServiceError::NoIssuer(none)))?;
            let confusable = |namesake: &&Namesake| issuers.share_root(component.id.ien, namesake.id.ien);
            let namesakes = found.namesakes.iter().filter(confusable);
            commands::tell_apart(component, namesakes).map_err(|v| at(v.into()))?;
            entitled.push(Entitled { issuer, grant, found });
        }
        Ok((entitled, expires_on))
    }

    /// With `security.conceal_foreign`, a namesake that does not exist for the caller is not named.
    async fn without_foreign_names(
        &self,
        caller: &Caller,
        error: ServiceError,
    ) -> Result<ServiceError, ServiceError> {
        let ServiceError::At { list, position, component, error } = error else { return Ok(error) };
        let error = match *error {
            ServiceError::Violation(Violation::AmbiguousSerial { component, other: Some(other) }) => {
                let seen = self.find_components(caller, std::slice::from_ref(&other)).await?;
                let other = seen.into_iter().flatten().next().map(|found| found.component.id);
                ServiceError::Violation(Violation::AmbiguousSerial { component, other })
            }
            error => error,
        };
        Ok(ServiceError::At { list, position, component, error: Box::new(error) })
    }

    /// The certificate to pin, whose bytes never change under its id.
    async fn pinned_cert(&self, found: &FoundCert) -> Result<PinnedCert, ServiceError> {
        let id = &found.cert.id;
        if let Some(pinned) = self.pinned.get(id) {
            return Ok(pinned);
        }
        // Between the two reads the certificate may have been deleted.
        let der = self.guarded.certificate(id).await?;
        let der = der.ok_or_else(|| ServiceError::NothingToVouchFor(NotFound::Cert(id.clone())))?;
        let pinned = PinnedCert::from_der(&*der).map_err(ServiceError::internal)?;
        self.pinned.insert(id.clone(), pinned.clone());
        Ok(pinned)
    }

    /// **Invariant:** no voucher leaves before its journal record is durable.
    async fn deliver(
        &self,
        caller: &Caller,
        cert: &FoundCert,
        now: DateTime<Utc>,
        entitled: Vec<Entitled>,
        drafts: &[Draft],
        signed: Vec<Signed>,
    ) -> Result<Vec<SignedVoucher>, ServiceError> {
        let mut records = Vec::with_capacity(signed.len());
        let mut vouchers = Vec::with_capacity(signed.len());
        for ((entitled, draft), signed) in entitled.into_iter().zip(drafts).zip(signed) {
            let Entitled { found, grant, issuer } = entitled;
            let record = IssuedVoucher {
                at: now,
                caller: caller.user().clone(),
                request_id: caller.request_id().clone(),
                org: found.component.org,
                component: found.component.id,
                cert: cert.cert.id.clone(),
                pinned_cert: cert.cert.fingerprint,
                content: signed.content,
                voucher: Fingerprint::of(&signed.cms),
                created_on: draft.voucher.created_on(),
                expires_on: draft.voucher.expires_on(),
                issuer: issuer.name().into(),
                signer_cert: issuer.signer_cert(),
            };
            records.push((grant, record));
            vouchers.push(SignedVoucher { cms: signed.cms, facts: found.component.facts });
        }
        self.guarded.append(records).await?;
        drafts.iter().for_each(|draft| self.metrics.voucher_issued(draft.issuer.name()));
        Ok(vouchers)
    }
}

fn issuer_for(issuers: &IssuerSet, found: &Found, now: DateTime<Utc>) -> Result<Arc<Issuer>, NoIssuer> {
    let ien = found.component.id.ien;
    let issuer = issuers.active(ien).ok_or(NoIssuer::NoneActive { ien })?;
    if now > issuer.chain().not_after() {
        return Err(NoIssuer::Expired { issuer: issuer.name().into() });
    }
    Ok(issuer.clone())
}

impl Entitled {
    /// What its voucher takes in the answer of a batch, at most.
    fn size(&self, pinned: &PinnedCert) -> usize {
        let component = &self.found.component;
        let facts: &Facts = &component.facts;
        sizes::field(sizes::field(self.issuer.largest(component, pinned)) + sizes::identity(facts))
    }
}

/// Signs all drafts, in their order: a few on the spot, many on all cores, off the threads that run async tasks;
/// a signer that is elsewhere is waited for.
async fn sign(drafts: &Arc<Vec<Draft>>) -> Result<Vec<Signed>, ServiceError> {
    let is_local = drafts.iter().all(|draft| draft.issuer.is_local());
    if is_local && drafts.len() > FEW {
        return sign_on_all_cores(drafts).await;
    }
    let each = drafts.iter().map(|draft| async { draft.issuer.sign(&draft.voucher).await.map_err(unsigned) });
    // Collected, because the compiler does not see that a future over the mapped iterator is `Send`.
    let each: Vec<_> = each.collect();
    stream::iter(each).buffered(ASKED_AT_ONCE).try_collect().await
}

async fn sign_on_all_cores(drafts: &Arc<Vec<Draft>>) -> Result<Vec<Signed>, ServiceError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = drafts.len().div_ceil(cores);
    let tasks = (0..drafts.len()).step_by(share).map(|start| {
        let drafts = drafts.clone();
        task::spawn_blocking(move || {
            let mine = drafts.iter().skip(start).take(share);
            mine.map(Draft::sign_now).collect::<Result<Vec<Signed>, ServiceError>>()
        })
    });
    // All tasks are under way before the first is waited for.
    let tasks: Vec<_> = tasks.collect();
    let mut signed = Vec::with_capacity(drafts.len());
    for task in tasks {
        signed.extend(task.await.map_err(ServiceError::internal)??);
    }
    Ok(signed)
}

impl Draft {
    /// Between reading the order and writing the voucher, a lifetime may have ended.
    fn begun_before_it_ends(self) -> Result<Draft, ServiceError> {
        match self.voucher.expires_on() {
            Some(end) if end <= self.voucher.created_on() => Err(Violation::LifetimeOver { end }.into()),
            _ => Ok(self),
        }
    }

    fn sign_now(&self) -> Result<Signed, ServiceError> {
        let signed = self.issuer.sign_now(&self.voucher);
        signed.ok_or_else(|| ServiceError::internal("a signer that left this process"))?.map_err(unsigned)
    }
}

fn unsigned(error: IssuingError) -> ServiceError {
    match error {
        IssuingError::Issue(IssueError::Signer(error @ SignerError::OutOfReach { .. })) => {
            ServiceError::SignerUnavailable(error.into())
        }
        error => ServiceError::internal(error),
    }
}
