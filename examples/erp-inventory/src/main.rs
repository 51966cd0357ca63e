//! A voucher for a part that stands in the ERP's table and nowhere else.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use erp_inventory::{Erp, ErpInventory};
use ovgs_domain::{
    Author, Change, ComponentId, Description, DomainCertificate, Ien, OrgId, RequestId, Revision, Role,
    SerialNumber, User, UserType, Username, commands::NewDomainCert,
};
use ovgs_server::{
    authn::{Authenticator, AuthnError, Caller, Credentials, Identity},
    clock::{Clock, System},
    issuers::{Issuer, IssuerParts, IssuerSet, IssuerState},
    service::{Service, Settings, VoucherOrder},
};
use ovgs_store::{Composed, MemoryStore, Organizations, Stamp};
use ovgs_voucher::{Assertion, FileSigner, Profile, SigningChain, TrustAnchors, VerifyOptions, verify};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // Ours; a vendor has it in SQLite or PostgreSQL.
    let ours = Arc::new(MemoryStore::new());
    let erp = delivered(&folder.path().join("erp.db")).await?;
    let inventory = Arc::new(ErpInventory::open(erp, ours.clone()).await?);
    let store = Arc::new(Composed::new(ours.clone(), inventory, ours.clone(), ours.clone()));

    let ann = admin(&*ours).await?;
    let (issuers, roots) = issuers()?;
    let service = Arc::new(Service::new(store, issuers, Settings::default()));
    let signed_in: [Arc<dyn Authenticator>; 1] = [Arc::new(SignedIn(ann))];
    let request = RequestId::parse("example")?;
    let caller = Caller::from_credentials(&signed_in, &Credentials::default(), request, System.now()).await?;

    // From here on it is as with any other store.
    let group = OrgId::parse("org-acmeco")?.root();
    let expiry_time = System.now() + TimeDelta::days(365);
    let (domain, key) = authority("Acme")?;
    let certificate = DomainCertificate::parse(domain.self_signed(&key)?.der())?;
    let cert = NewDomainCert { group, certificate, revocation_checks: false, expiry_time };
    let cert = service.create_domain_cert(&caller, cert).await?;
    let component =
        ComponentId { ien: Ien::parse("30065")?, serial_number: SerialNumber::parse("JPE12345678")? };
    let lifetime = service.terms().lifetime(System.now() + TimeDelta::days(1))?;
    let order = VoucherOrder { component, cert, lifetime };
    let signed = service.get_ownership_voucher(&caller, order).await?;

    let found = verify(&signed.cms, &roots, &VerifyOptions::at(System.now()))?;
    let model = signed.facts.model.context("a model")?;
    println!("a voucher of {} octets for {} {model}", signed.cms.len(), found.voucher.serial_number());
    Ok(())
}

/// What the ERP has done before anybody thought of vouchers.
async fn delivered(path: &Path) -> anyhow::Result<Erp> {
    let erp = Erp::open(path).await?;
    erp.add_customer("4711", Some("org-acmeco")).await?;
    erp.deliver(30065, "JPE12345678", "DCS-7800", "4711").await?;
    Ok(erp)
}

/// An organization with an admin; what `org create --admin` does.
async fn admin(trees: &dyn Organizations) -> anyhow::Result<User> {
    let org = OrgId::parse("org-acmeco")?;
    let user = User { org: org.clone(), username: Username::parse("ann")?, user_type: UserType::User };
    let stamp = Stamp { author: Author::Cli(Username::parse("root")?), at: System.now() };
    trees.create_org(&org, &Description::parse("Acme")?, &stamp).await?;
    let role = Change::RoleAdded { group: org.root(), user: user.clone(), role: Role::Admin };
    trees.commit(&org, Revision(0), &role, &stamp).await?;
    Ok(user)
}

/// Stands for however callers sign in.
#[derive(Debug)]
struct SignedIn(User);

#[async_trait]
impl Authenticator for SignedIn {
    async fn authenticate(
        &self,
        _credentials: &Credentials,
        _now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        Ok(Some(Identity { user: self.0.clone() }))
    }
}

/// Who signs for the brand, and what devices trust.
fn issuers() -> anyhow::Result<(IssuerSet, TrustAnchors)> {
    let (root, root_key) = authority("Voucher Root")?;
    let key = KeyPair::generate()?;
    let mut signer = CertificateParams::default();
    signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let signer = signer.signed_by(&key, &rcgen::Issuer::from_params(&root, &root_key))?;
    let root_pem = root.self_signed(&root_key)?.pem();
    let issuer = Issuer::new(IssuerParts {
        name: "main".into(),
        manufacturer: "Example Networks".into(),
        iens: [Ien::parse("30065")?].into(),
        state: IssuerState::Active,
        signer: Arc::new(FileSigner::from_bytes(&key.serialize_der())?),
        chain: SigningChain::from_pem((signer.pem() + &root_pem).as_bytes())?,
        profile: Profile::Rfc8366,
        assertion: Assertion::Verified,
        created_on_backdate: TimeDelta::zero(),
        last_renewal_date: false,
    })?;
    Ok((IssuerSet::new([issuer])?, TrustAnchors::from_pem(root_pem.as_bytes())?))
}

/// An authority of whatever kind.
fn authority(name: &str) -> anyhow::Result<(CertificateParams, KeyPair)> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok((params, KeyPair::generate()?))
}
