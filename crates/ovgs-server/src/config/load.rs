//! From the file and the environment to the model.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{
    Config, Identity, Issuer,
    document::{self, Document},
    environment,
    known::{ISSUERS, Schema},
    problem::{Place, Problem, Problems},
    rules,
    section::Section,
};

/// Where everything was given.
#[derive(Clone, Debug)]
pub(super) struct Places {
    file: PathBuf,
    sections: BTreeMap<String, Section>,
    issuers: Vec<Section>,
}

impl Places {
    /// Every section that stands once, with its name.
    pub(super) fn sections(&self) -> impl Iterator<Item = (&String, &Section)> {
        self.sections.iter()
    }

    /// The section of this name.
    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.get(name)
    }

    /// Where a key of a section was given, else where the section is, else the file.
    pub(super) fn of(&self, section: &str, key: &str) -> Place {
        self.sections.get(section).map_or_else(|| Place::file(&self.file), |section| section.place_of(key))
    }

    /// Where a key of the `[[identity.oidc]]` at `index` was given, else where that is.
    pub(super) fn of_oidc(&self, index: usize, key: &str) -> Place {
        let issuer = self.sections.get("identity").and_then(|section| section.lists.get("oidc")?.get(index));
        issuer.map_or_else(|| self.of("identity", "oidc"), |issuer| issuer.place_of(key))
    }

    /// The same for the `[[identity.client_certificates.users]]` at `index`.
    pub(super) fn of_certificate_user(&self, index: usize, key: &str) -> Place {
        let certificates =
            self.sections.get("identity").and_then(|section| section.table("client_certificates"));
        let user = certificates.and_then(|section| section.lists.get("users")?.get(index));
        user.map_or_else(|| self.of("identity", "client_certificates"), |user| user.place_of(key))
    }

    /// The section of the issuer at `index`.
    pub(super) fn issuer(&self, index: usize) -> Option<&Section> {
        self.issuers.get(index)
    }

    /// The same for the issuer at `index`.
    pub(super) fn of_issuer(&self, index: usize, key: &str) -> Place {
        self.issuers.get(index).map_or_else(|| Place::file(&self.file), |issuer| issuer.place_of(key))
    }
}

impl Config {
    /// The file that is meant: the one named, else `$OVGS_CONFIG`, else `./ovgs.toml`.
    #[must_use]
    pub fn locate(named: Option<PathBuf>) -> PathBuf {
        let from_environment = || std::env::var_os("OVGS_CONFIG").filter(|file| !file.is_empty());
        named.or_else(|| from_environment().map(PathBuf::from)).unwrap_or_else(|| "ovgs.toml".into())
    }

    /// Reads a file, and this process's environment over it.
    ///
    /// # Errors
    /// [`Problems`], all at once. Files that the configuration names are not looked at.
    pub fn load(file: &Path) -> Result<Config, Problems> {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, error))?;
        let in_unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        };
        Config::read(&text, file, std::env::vars_os().filter_map(in_unicode))
    }

    /// Reads the text of a file, and variables over it. Relative paths become relative to the file's folder.
    ///
    /// # Errors
    /// [`Problems`], all at once. Files that the configuration names are not looked at.
    pub fn read(
        text: &str,
        file: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config, Problems> {
        let mut problems = Vec::new();
        let mut document = document::read(text, file, &Schema::of_the_server(), &mut problems);
        environment::overlay(&mut document, variables, &mut problems);
        let mut config = assemble(document, file, &mut problems);
        config.resolve(file.parent().unwrap_or(Path::new("")));
        // A value that is wrong was left out, which is no second problem.
        let wrong: Vec<Place> = problems.iter().map(|problem| problem.place().clone()).collect();
        problems
            .extend(rules::broken(&config).into_iter().filter(|problem| !wrong.contains(problem.place())));
        problems.sort_by_key(line);
        if problems.is_empty() { Ok(config) } else { Err(Problems(problems)) }
    }

    fn resolve(&mut self, folder: &Path) {
        let Config { server, store, tokens, issuers, identity, .. } = self;
        let single = [
            server.tls_certificate.as_mut(),
            server.tls_key.as_mut(),
            server.client_ca.as_mut(),
            tokens.signing_key.as_mut(),
            Some(&mut store.path),
            store.password_file.as_mut(),
            store.tls_ca.as_mut(),
        ];
        // An empty one stays so, and is a problem.
        let given = single
            .into_iter()
            .flatten()
            .chain(issuers.iter_mut().flat_map(Issuer::paths))
            .chain(identity.paths())
            .filter(|path| !path.as_os_str().is_empty());
        for path in given {
            *path = folder.join(&*path);
        }
    }
}

fn assemble(document: Document, file: &Path, problems: &mut Vec<Problem>) -> Config {
    let Document { mut sections, listed: issuers } = document;
    for (name, _) in super::known::sections() {
        sections.entry(name.into()).or_insert_with(|| Section::absent(name, Place::file(file)));
    }
    let places = Places { file: file.to_path_buf(), sections, issuers };
    let absent = Section::absent(ISSUERS, Place::file(file));
    let section = |name: &str| places.sections.get(name).unwrap_or(&absent);
    Config {
        file: file.to_path_buf(),
        server: section("server").read(problems),
        http: section("http").read(problems),
        store: section("store").read(problems),
        security: section("security").read(problems),
        users: section("users").read(problems),
        identity: Identity::read(section("identity"), problems),
        tokens: section("tokens").read(problems),
        accounts: section("accounts").read(problems),
        provisioning: section("provisioning").read(problems),
        limits: section("limits").read(problems),
        compat: section("compat").read(problems),
        log: section("log").read(problems),
        issuers: places.issuers.iter().map(|issuer| Issuer::read(issuer, problems)).collect(),
        places,
    }
}

/// A configuration that cannot even be read.
pub(super) fn unreadable(file: &Path, error: io::Error) -> Problems {
    let text = match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no such configuration file; name one with `--config`, or begin one with `ovgs-server config example`"
        }
        io::ErrorKind::InvalidData => "the configuration file is not UTF-8",
        _ => "the configuration file cannot be read",
    };
    let problem = Place::file(file).problem(text);
    match error.kind() {
        io::ErrorKind::NotFound => problem.into(), // which says it
        _ => problem.because(error).into(),
    }
}

/// Problems of the file in the order of its lines, then the rest.
pub(super) fn line(problem: &Problem) -> usize {
    match problem.place() {
        Place::File(_) => 0,
        Place::Line(_, line) => *line,
        Place::Variable(_) => usize::MAX,
    }
}
