//! From the model to what the server runs on. Here the files are read that the configuration names.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use async_trait::async_trait;
use aws_lc_rs::{
    pkcs8::Document,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use chrono::{DateTime, Utc};
use ovgs_authz::Policy;
use ovgs_store::{SqlDatabase, SqliteOptions, Store};
use ovgs_voucher::{
    KeyKind, Pkcs11Modules, SetupError, SignatureAlgorithm, SignerError, SigningChain, VoucherSigner, check,
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use super::{Config, Engine, Issuer, IssuerState, Place, Problem};
use crate::{
    authn::{TokenAuthority, TokenSettings},
    issuers::{self, IssuerParts, IssuerSet},
    provisioning, rpc, service,
};

impl Config {
    /// What the use cases are told.
    #[must_use]
    pub fn service_settings(&self) -> service::Settings {
        service::Settings {
            policy: self.policy(),
            limits: service::Limits {
                max_response_bytes: self.limits.max_response_bytes.get(),
                max_batch: self.limits.max_batch.get(),
                max_voucher_lifetime: self.limits.max_voucher_lifetime,
            },
            compat: service::Compat {
                default_ien: self.compat.default_ien,
                empty_group_is_root: self.compat.empty_group_is_root,
                truncate_group_components: self.compat.truncate_group_components,
            },
            conceal_foreign: self.security.conceal_foreign,
            strict_users: self.users.strict,
        }
    }

    /// What provisioning is told. Of the issuers it needs the certificates alone.
    ///
    /// # Errors
    /// [`Problem`] if the certificates of an issuer cannot be read.
    pub fn provisioning_settings(&self) -> Result<provisioning::Settings, Problem> {
        let keyless = |(index, issuer)| {
            let chain = self.chain(index, issuer)?;
            self.issuer_of(index, issuer, Arc::new(Keyless::of(&chain)), chain)
        };
        let issuers = self.issuers.iter().enumerate().map(keyless).collect::<Result<_, _>>()?;
        Ok(provisioning::Settings {
            policy: self.policy(),
            strict_users: self.users.strict,
            issuers: self.issuer_set(issuers)?.into(),
        })
    }

    /// The bounds of calls as such.
    #[must_use]
    pub fn call_limits(&self) -> rpc::CallLimits {
        rpc::CallLimits {
            max_request_bytes: self.limits.max_request_bytes.get(),
            max_concurrent_calls: self.limits.max_concurrent_calls.get(),
            max_calls_per_caller: self.limits.max_calls_per_caller,
            ..rpc::CallLimits::default()
        }
    }

    fn policy(&self) -> Policy {
        Policy { support_orgs: self.security.support_orgs.clone() }
    }

    /// How connections come in.
    ///
    /// # Errors
    /// [`Problem`] if it is neither TLS nor plaintext, a file cannot be read, or the key does not fit the certificate.
    pub fn transport(&self) -> Result<rpc::Transport, Problem> {
        let server = &self.server;
        let (certificate, key) = match (&server.tls_certificate, &server.tls_key) {
            (Some(certificate), Some(key)) => (certificate, key),
            _ if server.plaintext => return Ok(rpc::Transport::Plaintext),
            _ => return Err(self.places.of("server", "tls_certificate").problem(
                "there is no TLS certificate; set `server.tls_certificate` and `server.tls_key`, or write `plaintext = true` under `[server]`",
            )),
        };
        let place = |key: &str| self.places.of("server", key);
        let chain = read(certificate, "server.tls_certificate", &place("tls_certificate"))?;
        let private = read_key(key, "server.tls_key", &place("tls_key"))?;
        let client_ca = server.client_ca.as_deref();
        let client_ca =
            client_ca.map(|path| read(path, "server.client_ca", &place("client_ca"))).transpose()?;
        let pem = rpc::TlsPem { chain: &chain, key: &private, client_ca: client_ca.as_deref() };
        let config = pem.server_config().map_err(|error| self.no_tls(certificate, key, error))?;
        Ok(rpc::Transport::tls(config))
    }

    /// Names the file that is to blame where it was configured.
    fn no_tls(&self, certificate: &Path, key: &Path, error: rpc::TlsError) -> Problem {
        use rpc::TlsError;

        let (at, path) = match &error {
            TlsError::NoClientCa | TlsError::BadClientCa(_) | TlsError::UnusableClientCa(_) => {
                ("client_ca", self.server.client_ca.as_deref().unwrap_or(certificate))
            }
            TlsError::NoKey(_) | TlsError::KeyMismatch => ("tls_key", key),
            _ => ("tls_certificate", certificate),
        };
        let place = self.places.of("server", at);
        match error {
            TlsError::KeyMismatch => place.problem(format!(
                "the private key `{}` does not fit the certificate `{}`; configure the two that belong together",
                key.display(),
                certificate.display()
            )),
            error => place.problem(format!("`{}`: {error}", path.display())).because(error),
        }
    }

    /// Who issues and verifies the server's own tokens.
    ///
    /// # Errors
    /// [`Problem`] if there is no key for them, or it cannot be read.
    pub fn token_authority(&self, store: Arc<dyn Store>) -> Result<TokenAuthority, Problem> {
        let place = self.places.of("tokens", "signing_key");
        let missing = || place.problem("`tokens.signing_key` is missing; name the PEM file of a P-256 key");
        let path = self.tokens.signing_key.as_deref().ok_or_else(missing)?;
        let pem = read_key(path, "tokens.signing_key", &place)?;
        let (private, public) = p256(&pem).ok_or_else(|| {
            let shown = path.display();
            place.problem(format!(
                "`{shown}` holds no P-256 key; make one with `openssl ecparam -name prime256v1 -genkey -noout`"
            ))
        })?;
        let settings =
            TokenSettings { issuer: self.tokens.issuer.clone(), audience: self.tokens.audience.clone() };
        Ok(TokenAuthority::new(private.as_ref(), &public, settings, store))
    }

    /// Who signs vouchers. Each active issuer has made a trial signature that fits its certificate, valid `at` this
    /// time. Keys behind PKCS#11 are opened through `modules`, which is the same for all readings of a configuration in
    /// one process.
    ///
    /// # Errors
    /// [`Problem`] if a key or certificate cannot be read, or they do not make a signer that devices accept.
    pub async fn issuers(&self, modules: &Pkcs11Modules, at: DateTime<Utc>) -> Result<IssuerSet, Problem> {
        let mut issuers = Vec::new();
        for index in 0..self.issuers.len() {
            issuers.extend(self.issuer(index, modules, at).await?.map(|(issuer, _)| issuer));
        }
        self.issuer_set(issuers)
    }

    /// One issuer of the list; what works but should be known comes as warnings.
    pub(super) async fn issuer(
        &self,
        index: usize,
        modules: &Pkcs11Modules,
        at: DateTime<Utc>,
    ) -> Result<Option<(issuers::Issuer, Vec<Problem>)>, Problem> {
        let Some(issuer) = self.issuers.get(index) else { return Ok(None) };
        let chain = self.chain(index, issuer)?;
        let active = issuer.signer().filter(|_| issuer.state == IssuerState::Active);
        let (Some(signer), Some(section)) = (active, self.places.issuer(index)) else {
            let keyless = Arc::new(Keyless::of(&chain));
            return Ok(Some((self.issuer_of(index, issuer, keyless, chain)?, Vec::new())));
        };
        let place = |key| section.place_of(key);
        let opened = signer.open(section, modules).await?;
        let checked = check(&chain, &*opened, at).await;
        let warned = checked.map_err(|error| match error {
            SetupError::Trial(error) => place(signer.key()).told_by(SetupError::Trial(error)),
            error => place("certificates").told_by(error),
        })?;
        let warnings =
            warned.iter().map(|warning| place("certificates").problem(warning.to_string())).collect();
        Ok(Some((self.issuer_of(index, issuer, opened, chain)?, warnings)))
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

    /// The database, of whatever version. One that is not there yet is made.
    ///
    /// # Errors
    /// [`ovgs_store::StoreError`] if it cannot be opened.
    pub async fn database(&self) -> Result<SqlDatabase, ovgs_store::StoreError> {
        match self.store.engine {
            Engine::Sqlite => SqlDatabase::sqlite(&self.store.path, &SqliteOptions::default()).await,
        }
    }
}

fn read(path: &Path, key: &str, place: &Place) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| unreadable(path, key, place, error))
}

fn unreadable(path: &Path, key: &str, place: &Place, error: io::Error) -> Problem {
    place.problem(format!("`{key}`: the file `{}` cannot be read", path.display())).because(error)
}

/// Reads a key, which must be its owner's alone, as that of a voucher signer must.
fn read_key(path: &Path, key: &str, place: &Place) -> Result<Vec<u8>, Problem> {
    let failed = |error| unreadable(path, key, place, error);
    let mut file = File::open(path).map_err(failed)?;
    if let Some(mode) = open_to_others(&file).map_err(failed)? {
        return Err(place.told_by(SetupError::KeyFileOpen { path: path.display().to_string(), mode }));
    }
    let mut pem = Vec::new();
    file.read_to_end(&mut pem).map_err(failed)?;
    Ok(pem)
}

/// The permissions of a file, if they let others than its owner at it.
#[cfg(unix)]
fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::MetadataExt as _;

    let mode = file.metadata()?.mode() & 0o7777;
    Ok(Some(mode).filter(|mode| mode & 0o077 != 0))
}

#[cfg(not(unix))]
fn open_to_others(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// The private key as PKCS#8 and the public one as a point.
fn p256(pem: &[u8]) -> Option<(Document, Vec<u8>)> {
    let der = PrivateKeyDer::from_pem_slice(pem).ok()?;
    let key = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_der()).ok()?;
    let private = key.to_pkcs8v1().ok()?;
    Some((private, key.public_key().as_ref().to_vec()))
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
