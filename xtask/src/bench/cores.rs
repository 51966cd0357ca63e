//! Which cores programs run on.

/// The machine's cores in two halves, so that who serves and who calls take nothing from each other.
#[derive(Debug)]
pub(super) struct Halves {
    all: Vec<usize>,
    server: Vec<usize>,
    clients: Vec<usize>,
}

impl Halves {
    /// Halves of the cores that this program may use; of one alone both have all.
    pub(super) fn new() -> anyhow::Result<Halves> {
        let all = system::cores()?;
        let (clients, server) = match all.split_at(all.len() / 2) {
            ([], all) => (all, all),
            halves => halves,
        };
        Ok(Halves { server: server.to_owned(), clients: clients.to_owned(), all })
    }

    /// Starts something on the server's half.
    pub(super) fn serve<T>(&self, start: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.on(&self.server, start)
    }

    /// Runs something on the half of those who call.
    pub(super) fn call<T>(&self, run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.on(&self.clients, run)
    }

    /// Runs this with its thread on these cores alone, and so whatever programs it starts.
    fn on<T>(&self, cores: &[usize], run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        system::keep_to(cores)?;
        let outcome = run();
        system::keep_to(&self.all)?;
        outcome
    }
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    /// The cores that this thread may use.
    pub(super) fn cores() -> anyhow::Result<Vec<usize>> {
        let set = sched_getaffinity(None)?;
        Ok((0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
    }

    /// From now on this thread uses no others.
    pub(super) fn keep_to(cores: &[usize]) -> anyhow::Result<()> {
        let mut set = CpuSet::new();
        cores.iter().for_each(|core| set.set(*core));
        Ok(sched_setaffinity(None, &set)?)
    }
}

/// Where nobody can say, everything runs everywhere.
#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn cores() -> anyhow::Result<Vec<usize>> {
        Ok(Vec::new())
    }

    pub(super) fn keep_to(_: &[usize]) -> anyhow::Result<()> {
        Ok(())
    }
}
