//! CreateDomainCert, GetDomainCert, DeleteDomainCert: the same certificate, expiring each time at another second.

use std::collections::BTreeMap;

use ovgs_proto::v1 as pb;
use rand::{Rng, seq::IteratorRandom};
use tonic::Code;

use super::{existing, make_group};
use crate::{
    caller::{Caller, Effect},
    ledger::Thing,
    world::{Household, Staff, domain_cert, in_days, timestamp},
};

/// As many certificates are kept at most.
const MOST: usize = 8;

struct Registrar {
    assigner: Caller,
    group: String,
    /// Their ids and when they expire.
    certs: BTreeMap<String, i64>,
    next_expiry: i64,
}

pub(super) fn run(household: &Household) -> impl Future<Output = Option<()>> + Send + use<> {
    let org = household.org.clone();
    let mut admin = household.caller(Staff::Admin, "certs");
    let assigner = household.caller(Staff::Assigner, "certs");
    async move {
        let group = make_group(&mut admin, &org, "certs").await?;
        let mut registrar = Registrar { assigner, group, certs: BTreeMap::new(), next_expiry: in_days(1) };
        while !registrar.assigner.stage.is_over() {
            match registrar.assigner.rng.random_range(0..10) {
                0..4 if registrar.certs.len() < MOST => registrar.create().await?,
                0..7 => registrar.delete().await?,
                _ => registrar.look().await?,
            }
        }
        Some(())
    }
}

impl Registrar {
    async fn create(&mut self) -> Option<()> {
        self.next_expiry += 1;
        let id = make_cert(&mut self.assigner, &self.group, self.next_expiry).await?;
        self.certs.insert(id, self.next_expiry);
        Some(())
    }

    async fn delete(&mut self) -> Option<()> {
        let any = self.certs.iter().choose(&mut self.assigner.rng);
        let Some((cert_id, expiry)) = any.map(|(id, expiry)| (id.clone(), *expiry)) else { return Some(()) };
        self.certs.remove(&cert_id);
        let thing = Thing::Cert { group: self.group.clone(), expiry };
        let request = pb::DeleteDomainCertRequest { cert_id: cert_id.clone() };
        self.assigner.set(request, Code::NotFound, thing, None).await?;
        self.assigner.refused(pb::GetDomainCertRequest { cert_id }, Code::NotFound).await?;
        Some(())
    }

    /// Shows one as it was given, and refuses to take it again.
    async fn look(&mut self) -> Option<()> {
        let any = self.certs.iter().choose(&mut self.assigner.rng);
        let Some((cert_id, expiry)) = any.map(|(id, expiry)| (id.clone(), *expiry)) else { return Some(()) };
        let shown = self.assigner.must(pb::GetDomainCertRequest { cert_id: cert_id.clone() }).await?;
        let expected = pb::GetDomainCertResponse {
            cert_id: cert_id.clone(),
            group_id: self.group.clone(),
            certificate_der: domain_cert(),
            revocation_checks: false,
            expiry_time: timestamp(expiry),
        };
        if shown != expected {
            self.assigner.stage.ledger.violation(format!("GetDomainCert shows {shown:?}, not {expected:?}"));
        }
        let again = request(&self.group, expiry);
        let status = self.assigner.refused(again, Code::AlreadyExists).await?;
        if existing(&status, "cert_id").as_ref() != Some(&cert_id) {
            self.assigner.stage.ledger.violation(format!("`{cert_id}` exists, but is said: {status:?}"));
        }
        Some(())
    }
}

pub(super) fn request(group: &str, expiry: i64) -> pb::CreateDomainCertRequest {
    pb::CreateDomainCertRequest {
        group_id: group.into(),
        certificate_der: domain_cert(),
        revocation_checks: false,
        expiry_time: timestamp(expiry),
    }
}

/// Adds the certificate to a group, to expire then.
pub(super) async fn make_cert(assigner: &mut Caller, group: &str, expiry: i64) -> Option<String> {
    let Effect { result, evidence } = assigner.write(request(group, expiry), Code::AlreadyExists).await?;
    let id = match result {
        Ok(made) => made.cert_id,
        Err(status) => match existing(&status, "cert_id") {
            Some(id) => id,
            None => return assigner.violation(&evidence, &format!("no id of what exists: {status:?}")),
        },
    };
    let thing = Thing::Cert { group: group.into(), expiry };
    assigner.stage.ledger.answered(thing, Some(id.clone()), evidence);
    Some(id)
}
