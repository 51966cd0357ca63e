//! Servers to measure, on databases of a known content. Each database is made once in a run, however many subjects use it.

mod backup;
mod engine;
mod serving;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use crate::outside::DevServer;
use crate::steps::{output, succeed};
use crate::workspace::root;

pub(super) use engine::Engine;
pub(super) use serving::Serving;

use engine::Place;

/// The manufacturer of all parts, whose issuer `dev` makes.
pub(super) const IEN: &str = "30065";
/// The service account of each organization, an ADMIN of its root.
pub(super) const USERNAME: &str = "srv-bench";

/// What is in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Content {
    /// Parts, all of them the first organization's.
    pub(super) components: u64,
    /// Groups of each organization, beside its root. The first eight hang in one chain, and the deepest of these has the
    /// organization's certificate.
    pub(super) groups: u64,
    /// Organizations, numbered from 1.
    pub(super) orgs: u64,
}

impl Content {
    /// So many parts of one organization with ten groups.
    pub(super) fn parts(components: u64) -> Content {
        Content { components, groups: 10, orgs: 1 }
    }
}

/// The name of an organization.
pub(super) fn org_id(number: u64) -> String {
    format!("org-bench-{number}")
}

/// A group of an organization, from 1; as long as those that servers make.
pub(super) fn group_id(org: u64, group: u64) -> String {
    format!("group-{org:08}-0000-4000-8000-{group:012}")
}

/// The certificate of an organization.
pub(super) fn cert_id(org: u64) -> String {
    format!("cert-{org:08}-0000-4000-8000-000000000001")
}

/// A part, from 0.
pub(super) fn serial_number(number: u64) -> String {
    format!("JPE{number:08}")
}

/// All databases of a run, below one folder that is removed with this.
#[derive(Debug)]
pub(super) struct Fixtures {
    home: Rc<Home>,
    databases: RefCell<BTreeMap<Content, Rc<Database>>>,
}

/// What all servers have in common: keys, certificates, configuration.
#[derive(Debug)]
struct Home {
    folder: tempfile::TempDir,
    server: PathBuf,
    engine: Engine,
}

/// A database, and how programs find it.
#[derive(Debug)]
pub(super) struct Database {
    home: Rc<Home>,
    place: Place,
}

impl Fixtures {
    /// Keys and certificates for servers that run this program, and no database yet.
    pub(super) fn new(server: PathBuf, engine: Engine) -> anyhow::Result<Fixtures> {
        // Where the target folder is, since the system's temporary folder may be in memory.
        let folder = tempfile::tempdir_in(root().join("target"))?;
        DevServer::start_in(folder.path(), &server)?.stop()?;
        Ok(Fixtures { home: Rc::new(Home { folder, server, engine }), databases: RefCell::default() })
    }

    /// The database with this in it.
    pub(super) fn database(&self, content: Content) -> anyhow::Result<Rc<Database>> {
        if let Some(made) = self.databases.borrow().get(&content) {
            return Ok(made.clone());
        }
        let Content { components, groups, orgs } = content;
        let name = format!("bench_{orgs}_{groups}_{components}");
        let place = self.home.engine.place(self.home.folder.path(), &name)?;
        let database = Rc::new(Database { home: self.home.clone(), place });
        database.fill(content)?;
        self.databases.borrow_mut().insert(content, database.clone());
        Ok(database)
    }

    /// Does something with a database that is new and has nothing in it, not even a schema; it is removed after that.
    pub(super) fn with_empty<T>(
        &self,
        work: impl FnOnce(&Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let folder = tempfile::tempdir_in(self.home.folder.path())?;
        let place = self.home.engine.place(folder.path(), "bench_empty")?;
        let database = Database { home: self.home.clone(), place };
        let done = work(&database);
        database.place.remove()?;
        done
    }
}

impl Database {
    fn fill(&self, content: Content) -> anyhow::Result<()> {
        let backup = self.home.folder.path().join("backup.jsonl");
        backup::write(&backup, content)?;
        succeed(self.command(&["db", "restore"]).arg(&backup).stdout(Stdio::null()))?;
        self.place.settle()?;
        Ok(std::fs::remove_file(&backup)?)
    }

    /// The program with these arguments, on this database.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.home.server);
        command.args(arguments).arg("--config").arg(self.home.data().join("ovgs.toml"));
        command.envs(self.place.variables());
        command
    }

    /// A token for the service account of an organization.
    pub(super) fn token(&self, org: u64) -> anyhow::Result<String> {
        let (org, account) = (org_id(org), ["--type", "service-account", USERNAME]);
        let token = output(self.command(&["token", "issue", "--org", &org]).args(account))?;
        Ok(token.trim().to_owned())
    }

    /// Starts a server on it and waits until it is ready.
    pub(super) fn serve(&self) -> anyhow::Result<Serving> {
        Serving::start(self.command(&["serve"]), self.home.folder.path())
    }

    /// Where it is, in the arguments of programs that have no configuration.
    pub(super) fn arguments(&self) -> [std::ffi::OsString; 2] {
        self.place.arguments()
    }

    /// The authority of the servers' certificates, PEM.
    pub(super) fn authority(&self) -> PathBuf {
        self.home.data().join("tls-ca.pem")
    }

    /// The servers' certificate and its key, PEM.
    pub(super) fn identity(&self) -> [PathBuf; 2] {
        ["server.pem", "server.key"].map(|name| self.home.data().join(name))
    }

    /// A folder for the logs of whatever serves from it.
    pub(super) fn folder(&self) -> &Path {
        self.home.folder.path()
    }
}

impl Home {
    fn data(&self) -> PathBuf {
        let folder: &Path = self.folder.path();
        folder.join("data")
    }
}
