//! A private PostgreSQL: made in a folder of its own, on a free port, and removed together with whoever started it.
//!
//! `xtask` takes this file in by its path, so it knows nothing of the rest of the crate.

use std::{
    env, fs,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The variable that names a server which is there already, as `postgres://user@host:port/database`.
pub const VARIABLE: &str = "OVGS_TEST_POSTGRES";

/// Who may do everything in a private cluster, without a password.
const SUPERUSER: &str = "ovgs";

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a server until standard input ends, which it does with the process at its other end, however that ends. Until then
/// it ends the server in the middle of what it does, and starts it again, as a line says.
const KEEPER: &str = r#"
trap '' INT HUP TERM
starts=0
serve() {
    starts=$((starts + 1))
    "$0" -D "$1" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 \
        -c max_wal_senders=10 $3 >"$1/server-$starts.log" 2>&1 &
    server=$!
}
serve "$@"
while read -r order; do
    case $order in
    halt) kill -QUIT "$server" && wait "$server" ;;
    resume) serve "$@" ;;
    esac
done
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$1"
"#;

/// Settings of a server whose data nobody needs once it has ended.
const FLEETING: &str = "-c fsync=off";

/// Settings of one whose data survives a power cut, on a machine that it has mostly for itself. With those that it comes with,
/// and thousands of writes a second, it would bring its log into its files every twenty seconds, and say so.
const DURABLE: &str = "-c shared_buffers=1GB -c max_wal_size=16GB -c checkpoint_timeout=15min";

/// Where PostgreSQL's programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Finds them on the path or where Debian has them; installs Debian's package if they are nowhere and we may.
    ///
    /// # Errors
    /// What to do, in one line.
    pub fn require() -> io::Result<Programs> {
        if let Some(found) = Programs::find() {
            return Ok(found);
        }
        if identity("-u", None)? == 0 {
            let install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql";
            let mut shell = Command::new("sh");
            shell.args(["-c", install]).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
            // Whether it went well shows in what is there now.
            let _ = shell.status();
        }
        let remedy = format!(
            "there is no PostgreSQL for the tests: install it, on Debian with `apt-get install postgresql`, or name a server in {VARIABLE}"
        );
        Programs::find().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, remedy))
    }

    fn find() -> Option<Programs> {
        let path = env::var_os("PATH").unwrap_or_default();
        let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut versions: Vec<(u32, PathBuf)> = installed
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
        versions.sort();
        let folders = env::split_paths(&path).chain(versions.into_iter().rev().map(|(_, folder)| folder));
        let is_complete = |folder: &PathBuf| {
            ["initdb", "postgres", "psql", "pg_isready", "pg_basebackup"]
                .iter()
                .all(|p| folder.join(p).is_file())
        };
        folders.into_iter().find(is_complete).map(|folder| Programs { folder })
    }

    /// One of them, to be run as the same user as the servers.
    ///
    /// # Errors
    /// If we are root and there is nobody else to be.
    pub fn command(&self, program: &str) -> io::Result<Command> {
        let mut command = Command::new(self.folder.join(program));
        // Nothing of how this machine reaches its own databases may matter.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        unprivileged(&mut command)?;
        command.stdin(Stdio::null()).current_dir("/");
        Ok(command)
    }
}

/// A running server of our own. Dropping it stops the server and removes its folder; so does the end of this process.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    keeper: Child,
    /// How often it was started; each start has a log of its own.
    starts: u32,
}

impl Cluster {
    /// Makes and starts one. Its locale sorts unlike bytes, so that a text without its collation is noticed.
    ///
    /// # Errors
    /// If it cannot be made or does not start.
    pub fn start(programs: &Programs) -> io::Result<Cluster> {
        // Somebody else may take the port before the server does.
        Cluster::make(programs, FLEETING).or_else(|_| Cluster::make(programs, FLEETING))
    }

    /// The same, but what it has committed survives a power cut, at what that costs, and it may use a gigabyte of memory: for
    /// measurements.
    ///
    /// # Errors
    /// If it cannot be made or does not start.
    pub fn durable(programs: &Programs) -> io::Result<Cluster> {
        Cluster::make(programs, DURABLE).or_else(|_| Cluster::make(programs, DURABLE))
    }

    fn make(programs: &Programs, settings: &str) -> io::Result<Cluster> {
        let folder = folder()?;
        let mut initdb = programs.command("initdb")?;
        initdb.args(["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--no-sync"]);
        initdb.args(["--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US", "--pgdata"]);
        succeed(initdb.arg(&folder)).inspect_err(|_| remove(&folder))?;
        Cluster::serve(programs, &folder, settings)
    }

    /// Makes and starts one that follows the server at `url` and can only be read.
    ///
    /// # Errors
    /// If it cannot be made or does not start.
    pub fn standby(programs: &Programs, url: &str) -> io::Result<Cluster> {
        let folder = folder()?;
        let mut backup = programs.command("pg_basebackup")?;
        backup.args([
            "--dbname",
            url,
            "--write-recovery-conf",
            "--checkpoint",
            "fast",
            "--no-sync",
            "--pgdata",
        ]);
        succeed(backup.arg(&folder)).inspect_err(|_| remove(&folder))?;
        Cluster::serve(programs, &folder, FLEETING)
    }

    /// The address of its first database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/postgres", self.port)
    }

    fn serve(programs: &Programs, folder: &Path, settings: &str) -> io::Result<Cluster> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER])
            .arg(programs.folder.join("postgres"))
            .arg(folder)
            .args([&port.to_string(), settings]);
        unprivileged(&mut keeper)?;
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
        let (programs, folder) = (programs.clone(), folder.to_path_buf());
        let cluster = Cluster { programs, folder, port, keeper: keeper.spawn()?, starts: 1 };
        cluster.until_ready()?;
        Ok(cluster)
    }

    /// Ends the server in the middle of what it does, without a checkpoint or a word to its clients.
    ///
    /// # Errors
    /// If it does not end.
    pub fn halt(&mut self) -> io::Result<()> {
        self.order("halt")?;
        let began = Instant::now();
        while self.is_ready()? {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other("PostgreSQL does not stop"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Starts the server again, at the same port, and waits until it has recovered.
    ///
    /// # Errors
    /// If it does not start.
    pub fn resume(&mut self) -> io::Result<()> {
        self.order("resume")?;
        self.starts += 1;
        self.until_ready()
    }

    fn order(&mut self, order: &str) -> io::Result<()> {
        match &mut self.keeper.stdin {
            Some(stdin) => writeln!(stdin, "{order}"),
            None => Ok(()),
        }
    }

    fn is_ready(&self) -> io::Result<bool> {
        let mut ready = self.programs.command("pg_isready")?;
        Ok(ready.args(["--quiet", "--dbname", &self.url()]).status()?.success())
    }

    fn until_ready(&self) -> io::Result<()> {
        let began = Instant::now();
        while !self.is_ready()? {
            let log = self.folder.join(format!("server-{}.log", self.starts));
            let log = fs::read_to_string(log).unwrap_or_default();
            // That it is not ready yet, it says to whoever asks, and as if it were the end.
            let is_over = |line: &str| line.contains("FATAL") && !line.contains("the database system is");
            if log.lines().any(is_over) || began.elapsed() > PATIENCE {
                return Err(io::Error::other(format!("PostgreSQL does not start: {}", log.trim())));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its keeper waits for the end of this.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A new folder that only the server's user can read.
fn folder() -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("ovgs-postgres-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = env::temp_dir().join(name);
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    if let Some((user, group)) = somebody_else()? {
        chown(&folder, Some(user), Some(group))?;
    }
    Ok(folder)
}

fn remove(folder: &Path) {
    // What stays is a folder among other temporary ones.
    let _ = fs::remove_dir_all(folder);
}

/// PostgreSQL does not run as root.
fn unprivileged(command: &mut Command) -> io::Result<()> {
    if let Some((user, group)) = somebody_else()? {
        command.uid(user).gid(group);
    }
    Ok(())
}

/// Whom to be if we are root.
fn somebody_else() -> io::Result<Option<(u32, u32)>> {
    if identity("-u", None)? != 0 {
        return Ok(None);
    }
    let name = if identity("-u", Some("postgres")).is_ok() { "postgres" } else { "nobody" };
    Ok(Some((identity("-u", Some(name))?, identity("-g", Some(name))?)))
}

fn identity(which: &str, name: Option<&str>) -> io::Result<u32> {
    let said = Command::new("id").arg(which).args(name).output()?;
    let number = String::from_utf8_lossy(&said.stdout).trim().parse();
    number.map_err(|_| io::Error::other("`id` does not say who we are"))
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut said = String::new();
    if let Some(stderr) = &mut child.stderr {
        stderr.read_to_string(&mut said)?;
    }
    match child.wait()?.success() {
        true => Ok(()),
        false => {
            Err(io::Error::other(format!("{} failed: {}", command.get_program().display(), said.trim())))
        }
    }
}
