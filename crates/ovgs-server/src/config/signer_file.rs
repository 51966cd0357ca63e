//! The configuration of `signer serve`: a file of its own, since a signer has neither a database nor organizations.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use ovgs_domain::Excerpt;
use ovgs_voucher::{Pkcs11Modules, SetupError, SigningChain, check};
use rustls::ServerConfig;
use serde::Deserialize;

use super::{
    Log, Pkcs11Key, SignerConfig,
    document::{self, Document},
    fields, files,
    known::{Schema, keys_of},
    load::{line, unreadable},
    problem::{Place, Problem, Problems},
    rules,
    section::Section,
    signer::SignerKeys,
    tls::TlsFiles,
};
use crate::rpc::signer::{AllowedClients, SigningKey, SigningKeys};

/// A complete configuration of a signer with comments: every key stands in it, most of them with their defaults.
pub const SIGNER_EXAMPLE: &str = include_str!("signer_example.toml");

/// The sections that may stand within one of `[[keys]]`. None of them leads to another machine: a signer signs itself.
const TABLES: [&str; 1] = ["pkcs11"];

/// The whole configuration of a signer. Paths in it are absolute, or relative to the working directory.
#[derive(Clone, Debug)]
pub struct SignerFile {
    /// The file it came from.
    pub file: PathBuf,
    /// `[server]`.
    pub server: SignerServer,
    /// `[log]`.
    pub log: Log,
    /// Every `[[keys]]`.
    pub keys: Vec<NamedKey>,
    at: Section,
    of_keys: Vec<Section>,
}

/// Where a signer listens, and to whom. There is nothing but TLS, with certificates on both sides.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignerServer {
    /// Address and port.
    #[serde(deserialize_with = "fields::address")]
    pub listen: SocketAddr,
    /// The signer's certificate and its chain, PEM.
    pub tls_certificate: PathBuf,
    /// Its key, PEM.
    pub tls_key: PathBuf,
    /// The authority of client certificates, PEM.
    pub client_ca: PathBuf,
    /// The names in the certificates of those who may ask for signatures: whole URIs or DNS names.
    pub clients: Vec<String>,
}

impl Default for SignerServer {
    fn default() -> SignerServer {
        SignerServer {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9444)),
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            client_ca: PathBuf::new(),
            clients: Vec::new(),
        }
    }
}

/// A key that is signed with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NamedKey {
    /// The name by which it is asked for.
    pub name: String,
    /// The file of the private key, PEM or DER; this, or `pkcs11`.
    pub key: Option<PathBuf>,
    /// The file whose first line is the passphrase of the key.
    pub key_passphrase_file: Option<PathBuf>,
    /// The environment variable that holds the passphrase of the key.
    pub key_passphrase_env: Option<String>,
    /// The private key behind PKCS#11: `[keys.pkcs11]`.
    #[serde(skip)]
    pub pkcs11: Option<Pkcs11Key>,
    /// The signing certificate and its chain up to the root, PEM.
    pub certificates: PathBuf,
}

impl SignerFile {
    /// Reads a file. The environment has no part in it.
    ///
    /// # Errors
    /// [`Problems`], all at once. Files that the configuration names are not looked at.
    pub fn load(file: &Path) -> Result<SignerFile, Problems> {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, error))?;
        SignerFile::read(&text, file)
    }

    /// Reads the text of a file. Relative paths become relative to the file's folder.
    ///
    /// # Errors
    /// [`Problems`], all at once. Files that the configuration names are not looked at.
    pub fn read(text: &str, file: &Path) -> Result<SignerFile, Problems> {
        let schema = Schema {
            sections: vec![("server", keys_of::<SignerServer>()), ("log", keys_of::<Log>())],
            list: ("keys", keys_of::<NamedKey>()),
            item: "key",
        };
        let mut problems = Vec::new();
        let Document { mut sections, listed } = document::read(text, file, &schema, &mut problems);
        let mut section =
            |name| sections.remove(name).unwrap_or_else(|| Section::absent(name, Place::file(file)));
        let (at, log) = (section("server"), section("log"));
        let mut read = SignerFile {
            file: file.to_path_buf(),
            server: at.read(&mut problems),
            log: log.read(&mut problems),
            keys: listed.iter().map(|section| NamedKey::read(section, &mut problems)).collect(),
            at,
            of_keys: listed,
        };
        read.resolve(file.parent().unwrap_or(Path::new("")));
        // A value that is wrong was left out, which is no second problem.
        let wrong: Vec<Place> = problems.iter().map(|problem| problem.place().clone()).collect();
        let broken = read.broken(&log).into_iter().filter(|problem| !wrong.contains(problem.place()));
        problems.extend(broken);
        problems.sort_by_key(line);
        if problems.is_empty() { Ok(read) } else { Err(Problems(problems)) }
    }

    /// TLS as the signer speaks it. The files are read anew each time.
    ///
    /// # Errors
    /// [`Problem`] if a file cannot be read, or the key does not fit the certificate.
    pub fn tls(&self) -> Result<Arc<ServerConfig>, Problem> {
        let SignerServer { tls_certificate, tls_key, client_ca, .. } = &self.server;
        let tls = TlsFiles {
            certificate: tls_certificate,
            key: tls_key,
            client_ca: Some(client_ca),
            place: &|key| self.at.place_of(key),
        };
        tls.with(|pem| pem.mutual_server_config())
    }

    /// Who may ask for signatures.
    ///
    /// # Errors
    /// [`Problem`] if a name is none that a certificate has.
    pub fn clients(&self) -> Result<AllowedClients, Problem> {
        AllowedClients::new(&self.server.clients).map_err(|error| self.at.place_of("clients").told_by(error))
    }

    /// The keys. Each has made a trial signature that fits its certificate, valid `at` this time. Keys behind PKCS#11 are
    /// opened through `modules`.
    ///
    /// # Errors
    /// [`Problem`] if a key or certificate cannot be read, or they do not make a signer that devices accept.
    pub async fn signing_keys(
        &self,
        modules: &Pkcs11Modules,
        at: DateTime<Utc>,
    ) -> Result<SigningKeys, Problem> {
        let mut keys = Vec::new();
        for (key, section) in self.keys.iter().zip(&self.of_keys) {
            keys.push(key.open(section, modules, at).await?);
        }
        SigningKeys::new(keys).map_err(|error| Place::file(&self.file).told_by(error))
    }

    fn resolve(&mut self, folder: &Path) {
        let SignerServer { tls_certificate, tls_key, client_ca, .. } = &mut self.server;
        let paths = [tls_certificate, tls_key, client_ca].into_iter();
        let paths = paths.chain(self.keys.iter_mut().flat_map(NamedKey::paths));
        // An empty one stays so, and is a problem.
        for path in paths.filter(|path| !path.as_os_str().is_empty()) {
            *path = folder.join(&*path);
        }
    }

    fn broken(&self, log: &Section) -> Vec<Problem> {
        let SignerServer { tls_certificate, tls_key, client_ca, clients, .. } = &self.server;
        let empty = |path: &PathBuf| path.as_os_str().is_empty();
        let lacking = [
            (empty(tls_certificate), "tls_certificate", "name the PEM file of the signer's certificate"),
            (empty(tls_key), "tls_key", "name the PEM file of the certificate's key"),
            (
                empty(client_ca),
                "client_ca",
                "name the PEM file of the authority that made the certificates of clients",
            ),
            (clients.is_empty(), "clients", "list the names in the certificates of those who may ask"),
        ];
        let lacking = lacking.into_iter().filter(|(lacking, ..)| *lacking);
        let lacking = lacking.map(|(_, key, what)| {
            self.at.place_of(key).problem(format!("`server.{key}` is missing; {what}"))
        });
        let mut problems: Vec<Problem> = lacking.collect();
        problems.extend(rules::log_level(&self.log, &|| log.place_of("level")));
        if self.keys.is_empty() {
            problems.push(Place::file(&self.file).problem("there is no key to sign with; add a `[[keys]]`"));
        }
        let keys = self.keys.iter().zip(&self.of_keys);
        problems.extend(keys.flat_map(|(key, section)| key.broken(section)));
        problems.extend(self.twice());
        problems
    }

    fn twice(&self) -> Vec<Problem> {
        let keys = self.keys.iter().zip(&self.of_keys).enumerate();
        let twice = keys.filter(|(index, (key, _))| {
            !key.name.is_empty() && self.keys.iter().take(*index).any(|other| other.name == key.name)
        });
        let twice = twice.map(|(_, (key, section))| {
            let text = format!("there are two keys `{}`; give each its own name", Excerpt::of(&key.name));
            section.place_of("name").problem(text)
        });
        twice.collect()
    }
}

impl NamedKey {
    fn read(section: &Section, problems: &mut Vec<Problem>) -> NamedKey {
        let mut key: NamedKey = section.read_beside(&TABLES, problems);
        key.pkcs11 = section.table("pkcs11").map(|table| table.read(problems));
        key
    }

    /// Where the private key is; `None` if that is not said.
    #[must_use]
    pub fn signer(&self) -> Option<SignerConfig> {
        self.signer_keys().config()
    }

    fn signer_keys(&self) -> SignerKeys<'_> {
        SignerKeys {
            key: self.key.as_ref(),
            key_passphrase_file: self.key_passphrase_file.as_ref(),
            key_passphrase_env: self.key_passphrase_env.as_ref(),
            pkcs11: self.pkcs11.as_ref(),
            remote: None,
        }
    }

    fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let pkcs11 = self.pkcs11.iter_mut().flat_map(Pkcs11Key::paths);
        let files = [self.key.as_mut(), self.key_passphrase_file.as_mut(), Some(&mut self.certificates)];
        files.into_iter().flatten().chain(pkcs11)
    }

    fn broken(&self, section: &Section) -> Vec<Problem> {
        let lacking = [
            (self.name.is_empty(), "name", "give the key a name"),
            (
                self.signer().is_none(),
                "key",
                "name the key's file, or say where else the key is with `[keys.pkcs11]`",
            ),
            (
                self.certificates.as_os_str().is_empty(),
                "certificates",
                "name the PEM file with the signing certificate and its chain",
            ),
        ];
        let lacking = lacking.into_iter().filter(|(lacking, ..)| *lacking);
        let lacking = lacking
            .map(|(_, key, what)| section.place_of(key).problem(format!("`keys.{key}` is missing; {what}")));
        lacking.chain(self.signer_keys().broken(section)).collect()
    }

    async fn open(
        &self,
        section: &Section,
        modules: &Pkcs11Modules,
        at: DateTime<Utc>,
    ) -> Result<SigningKey, Problem> {
        let place = |key| section.place_of(key);
        let pem = files::read(&self.certificates, "keys.certificates", &place("certificates"))?;
        let chain = SigningChain::from_pem(&pem).map_err(|error| place("certificates").told_by(error))?;
        let signer = self.signer().ok_or_else(|| place("key").problem("`keys.key` is missing"))?;
        let opened = signer.open(section, chain.signer(), modules).await?;
        let warnings = check(&chain, &*opened, at).await.map_err(|error| match error {
            SetupError::Trial(error) => place(signer.key()).told_by(SetupError::Trial(error)),
            error => place("certificates").told_by(error),
        })?;
        for warning in warnings {
            tracing::warn!(key = self.name, %warning, "the key works, but");
        }
        Ok(SigningKey::new(&self.name, opened, chain.signer()))
    }
}
