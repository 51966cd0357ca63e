//! From the `[[issuers]]` of the model to issuers that sign.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::Excerpt;
use ovgs_voucher::{
    KeyKind, Pkcs11Modules, SetupError, SignatureAlgorithm, SignerError, SigningChain, VoucherSigner, check,
};

use super::{Config, Issuer, IssuerState, Place, Problem, Problems, files::read};
use crate::issuers::{self, IssuerParts, IssuerSet};

impl Config {
    /// Who signs vouchers, and what works but should be known. Each active issuer has made a trial voucher that
    /// verifies, valid `at` this time. Keys behind PKCS#11 are opened through `modules`, which is the same for all
    /// readings of a configuration in one process.
    ///
    /// # Errors
    /// [`Problems`] if keys or certificates cannot be read, or do not make signers that devices accept.
    pub async fn issuers(
        &self,
        modules: &Pkcs11Modules,
        at: DateTime<Utc>,
    ) -> Result<(IssuerSet, Vec<Problem>), Problems> {
        let (mut issuers, mut warnings, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for (index, issuer) in self.issuers.iter().enumerate() {
            match self.issuer(index, issuer, modules, at).await {
                Ok((issuer, warned)) => {
                    warnings.extend(warned);
                    warnings.extend(self.ends_early(index, &issuer, at));
                    issuers.push(issuer);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if self.issuers.is_empty() {
            let text = "there is no issuer, so no part is served; add an `[[issuers]]`";
            warnings.push(Place::file(&self.file).problem(text));
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        Ok((self.issuer_set(issuers)?, warnings))
    }

    /// The same issuers, of whose keys nothing is read: they sign nothing.
    ///
    /// # Errors
    /// [`Problem`] if the certificates of an issuer cannot be read.
    pub fn keyless_issuers(&self) -> Result<IssuerSet, Problem> {
        let keyless = |(index, issuer)| {
            let chain = self.chain(index, issuer)?;
            self.issuer_of(index, issuer, Arc::new(Keyless::of(&chain)), chain)
        };
        self.issuer_set(self.issuers.iter().enumerate().map(keyless).collect::<Result<_, _>>()?)
    }

    /// One issuer of the list.
    async fn issuer(
        &self,
        index: usize,
        issuer: &Issuer,
        modules: &Pkcs11Modules,
        at: DateTime<Utc>,
    ) -> Result<(issuers::Issuer, Vec<Problem>), Problem> {
        let chain = self.chain(index, issuer)?;
        let active = issuer.signer().filter(|_| issuer.state == IssuerState::Active);
        let (Some(signer), Some(section)) = (active, self.places.issuer(index)) else {
            let keyless = Arc::new(Keyless::of(&chain));
            return Ok((self.issuer_of(index, issuer, keyless, chain)?, Vec::new()));
        };
        let place = |key| section.place_of(key);
        let opened = signer.open(section, chain.signer(), modules).await?;
        let checked = check(&chain, &*opened, at).await;
        let warned = checked.map_err(|error| match error {
            SetupError::Trial(error) => place(signer.key()).told_by(SetupError::Trial(error)),
            error => place("certificates").told_by(error),
        })?;
        let warnings =
            warned.iter().map(|warning| place("certificates").problem(warning.to_string())).collect();
        Ok((self.issuer_of(index, issuer, opened, chain)?, warnings))
    }

    fn chain(&self, index: usize, issuer: &Issuer) -> Result<SigningChain, Problem> {
        let place = self.places.of_issuer(index, "certificates");
        let pem = read(&issuer.certificates, "issuers.certificates", &place)?;
        SigningChain::from_pem(&pem).map_err(|error| place.told_by(error))
    }

    fn issuer_of(
        &self,
        index: usize,
        issuer: &Issuer,
        signer: Arc<dyn VoucherSigner>,
        chain: SigningChain,
    ) -> Result<issuers::Issuer, Problem> {
        let parts = IssuerParts {
            name: issuer.name.clone(),
            manufacturer: issuer.manufacturer().to_owned(),
            iens: issuer.iens.clone(),
            state: match issuer.state {
                IssuerState::Active => issuers::IssuerState::Active,
                IssuerState::Retired => issuers::IssuerState::Retired,
            },
            signer,
            chain,
            profile: issuer.profile,
            assertion: issuer.assertion,
            created_on_backdate: issuer.created_on_backdate,
            last_renewal_date: issuer.last_renewal_date,
        };
        let place = self.places.of_issuer(index, "certificates");
        issuers::Issuer::new(parts)
            .map_err(|error| place.problem("no voucher can be made with these certificates").because(error))
    }

    fn issuer_set(&self, issuers: Vec<issuers::Issuer>) -> Result<IssuerSet, Problem> {
        IssuerSet::new(issuers).map_err(|error| Place::file(&self.file).told_by(error))
    }

    /// A signer whose vouchers could die before they expire.
    fn ends_early(&self, index: usize, issuer: &issuers::Issuer, at: DateTime<Utc>) -> Option<Problem> {
        let early = issuer.ends_early(self.limits.max_voucher_lifetime, at);
        let text = || {
            let (name, end) = (Excerpt::of(issuer.name()), issuer.chain().not_after().format("%Y-%m-%d"));
            format!(
                "the signer of `{name}` ends on {end}, before vouchers of `limits.max_voucher_lifetime` do; renew it"
            )
        };
        early.then(|| self.places.of_issuer(index, "certificates").problem(text()))
    }
}

/// Stands where a signer would, for an issuer that never signs.
#[derive(Debug)]
struct Keyless(SignatureAlgorithm);

impl Keyless {
    fn of(chain: &SigningChain) -> Keyless {
        Keyless(match chain.signer().key_kind() {
            KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1Sha256,
            _ => SignatureAlgorithm::EcdsaP256Sha256,
        })
    }
}

#[async_trait]
impl VoucherSigner for Keyless {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0
    }

    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::Failed { cause: "this issuer has no key here".to_owned(), source: None })
    }
}
