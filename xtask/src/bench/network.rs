//! Measuring over the network: servers, ours and bare, and the load generator, each in a process of its own.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::Bench;
use super::fixture::{self, Content, Database, Serving};
use super::process;
use crate::outside::free_port;
use crate::steps::output;

/// The caller's organization.
const ORG: u64 = 1;

/// What network subjects measure with.
#[derive(Debug)]
pub(super) struct Network {
    load: PathBuf,
    bare: PathBuf,
    database: Rc<Database>,
    token: String,
    sample: OnceCell<Sample>,
    parts: u64,
}

/// What our server answers, for the bare one to answer as much.
#[derive(Clone, Debug)]
struct Sample {
    serial: String,
    voucher_bytes: u64,
}

/// What a run of the load generator found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) per_second: f64,
    pub(super) items_per_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) calls: u64,
    /// Calls that were begun, in the warm-up as well.
    pub(super) begun: u64,
    pub(super) errors: BTreeMap<String, u64>,
}

/// A load generator that runs; killed when dropped before its end.
#[derive(Debug)]
pub(super) struct Flood(Option<Child>);

impl Network {
    /// Programs, and a database with as many parts as the bench is to have.
    pub(super) fn new(bench: &Bench) -> anyhow::Result<Network> {
        let load = process::build(&["--package", "ovgs-bench", "--bin", "load"])?;
        let bare = process::build(&["--package", "ovgs-bench", "--bin", "bare"])?;
        let parts = bench.pick(1_000_000, 50_000);
        let database = bench.fixtures()?.database(Content::parts(parts))?;
        let token = database.token(ORG)?;
        Ok(Network { load, bare, database, token, sample: OnceCell::new(), parts })
    }

    /// The same programs, and the database with this in it.
    pub(super) fn with(&self, bench: &Bench, content: Content) -> anyhow::Result<Network> {
        let database = bench.fixtures()?.database(content)?;
        let (load, bare, token) = (self.load.clone(), self.bare.clone(), database.token(ORG)?);
        Ok(Network { load, bare, database, token, sample: OnceCell::new(), parts: content.components })
    }

    /// The tree of an organization that one server has in memory while another one changes it: how long its first call takes,
    /// with the whole tree to load, and how long calls take after a change, in microseconds each.
    pub(super) fn catch_up(&self, servers: [&Serving; 2], org: u64, rounds: u64) -> anyhow::Result<[f64; 2]> {
        let [reading, writing] = servers;
        let mut command = Command::new(&self.load);
        command.args(["--endpoint", reading.endpoint(), "--token", &self.database.token(org)?]);
        command.arg("--connections=1").arg("--ca").arg(self.database.authority());
        command.args(["catch-up", "--changed-at", writing.endpoint(), "--group", &fixture::org_id(org)]);
        let said = output(command.args(["--rounds", &rounds.to_string()]))?;
        let said: Value = serde_json::from_str(&said)?;
        let figure = |name| said.get(name).and_then(Value::as_f64).context("no time of a call");
        Ok([figure("load_us")?, figure("catch_up_us")?])
    }

    /// Our server.
    pub(super) fn ours(&self) -> anyhow::Result<Serving> {
        self.database.serve()
    }

    /// The bare one, without a database.
    pub(super) fn bare(&self) -> anyhow::Result<Serving> {
        self.serve_bare(&[])
    }

    /// The bare one, with the database that ours has.
    pub(super) fn floor(&self) -> anyhow::Result<Serving> {
        self.serve_bare(&self.database.arguments())
    }

    fn serve_bare(&self, arguments: &[OsString]) -> anyhow::Result<Serving> {
        let Sample { serial, voucher_bytes } = self.sample()?;
        let [cert, key] = self.database.identity();
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(&self.bare);
        command
            .args(["serve", "--listen", &address, "--serial", &serial])
            .arg("--cert")
            .arg(cert)
            .arg("--key")
            .arg(key);
        command.args(["--voucher-bytes", &voucher_bytes.to_string(), "--parts", &self.parts.to_string()]);
        Serving::start_at(command.args(arguments), &address, self.database.folder())
    }

    /// A figure that the bare program prints.
    pub(super) fn bare_figure(&self, arguments: &[&str]) -> anyhow::Result<f64> {
        output(Command::new(&self.bare).args(arguments))?.trim().parse().context("a figure")
    }

    /// Bare updates of single rows, in a second.
    pub(super) fn bare_updates(&self, seconds: f64) -> anyhow::Result<f64> {
        let mut command = Command::new(&self.bare);
        command.args(["updates", "--parts", &self.parts.to_string(), "--seconds", &seconds.to_string()]);
        output(command.args(self.database.arguments()))?.trim().parse().context("a figure")
    }

    /// Makes calls of one kind.
    pub(super) fn load(&self, server: &Serving, call: &str, arguments: &[&str]) -> anyhow::Result<Found> {
        let mut command = self.generator(server);
        self.calling(&mut command, call, arguments);
        Found::read(&output(&mut command)?)
    }

    /// Makes calls over more connections while others do something else, who are run first where they share a core.
    pub(super) fn flood(&self, server: &Serving, call: &str, arguments: &[&str]) -> anyhow::Result<Flood> {
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(&self.load);
        self.calls_to(&mut command, server);
        command.args(["--connections", "16"]);
        self.calling(&mut command, call, arguments);
        let program = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        Ok(Flood(Some(program.with_context(|| format!("cannot start {command:?}"))?)))
    }

    /// The same with what to call.
    fn calling(&self, command: &mut Command, call: &str, arguments: &[&str]) {
        let (parts, cert) = (self.parts.to_string(), fixture::cert_id(ORG));
        command.args(["run", "--call", call, "--ien", fixture::IEN, "--parts", &parts, "--cert-id", &cert]);
        command.args(arguments);
    }

    /// The same, which must succeed throughout.
    pub(super) fn load_well(
        &self,
        server: &Serving,
        call: &str,
        arguments: &[&str],
    ) -> anyhow::Result<Found> {
        let found = self.load(server, call, arguments)?;
        ensure!(found.errors.is_empty() && found.calls > 0, "not all calls succeeded: {found:?}");
        Ok(found)
    }

    fn generator(&self, server: &Serving) -> Command {
        let mut command = Command::new(&self.load);
        self.calls_to(&mut command, server);
        command
    }

    fn calls_to(&self, command: &mut Command, server: &Serving) {
        command.args(["--endpoint", server.endpoint(), "--token", &self.token]);
        command.arg("--ca").arg(self.database.authority());
    }

    fn sample(&self) -> anyhow::Result<Sample> {
        if let Some(sample) = self.sample.get() {
            return Ok(sample.clone());
        }
        let server = self.ours()?;
        let mut command = self.generator(&server);
        let said =
            output(command.args(["sample", "--ien", fixture::IEN, "--cert-id", &fixture::cert_id(ORG)]))?;
        let said: Value = serde_json::from_str(&said)?;
        let sample = Sample {
            serial: said.get("serial").and_then(Value::as_str).context("no sample of a part")?.to_owned(),
            voucher_bytes: said
                .get("voucher_bytes")
                .and_then(Value::as_u64)
                .context("no sample of a voucher")?,
        };
        server.stop()?;
        Ok(self.sample.get_or_init(|| sample).clone())
    }
}

impl Flood {
    /// What it found, when it is over.
    pub(super) fn end(mut self) -> anyhow::Result<Found> {
        let program = self.0.take().context("it has ended")?;
        let output = program.wait_with_output()?;
        ensure!(output.status.success(), "the load generator ended with {}", output.status);
        Found::read(&String::from_utf8(output.stdout)?)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        if let Some(program) = &mut self.0 {
            // Both fail if it has ended already, which is what we want.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl Found {
    fn read(said: &str) -> anyhow::Result<Found> {
        Found::of(&serde_json::from_str(said)?).with_context(|| format!("the load generator said {said}"))
    }

    fn of(said: &Value) -> Option<Found> {
        let number = |name| said.get(name)?.as_f64();
        let errors = said.get("errors")?.as_object()?;
        Some(Found {
            per_second: number("per_second")?,
            items_per_second: number("items_per_second")?,
            p50_us: number("p50_us")?,
            p99_us: number("p99_us")?,
            calls: said.get("calls")?.as_u64()?,
            begun: said.get("begun")?.as_u64()?,
            errors: errors.iter().filter_map(|(code, count)| Some((code.clone(), count.as_u64()?))).collect(),
        })
    }
}
