//! Libraries as their owner has them, and how one is restarted.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedRwLockReadGuard, RwLock},
    task,
    time::{Instant, timeout},
};

use super::library::Library;
use crate::{Pkcs11Error, SetupError, echo::echo};

/// How long a library may take to initialize.
const START: Duration = Duration::from_secs(30);

/// From one restart of a library to the next, at least: whoever is served by another token of it starts over
/// with each, and so does a device that just comes back.
const BETWEEN_RESTARTS: Duration = Duration::from_secs(1);

/// How long a restart waits for the calls under way. If one of them hangs, the others go on without a restart.
const QUIET: Duration = Duration::from_secs(3);

/// All PKCS#11 libraries of a process, each of them once.
///
/// A library keeps its state, and may be initialized, once in a process. So make one of these, as early as
/// there is somebody to own it, and open everything through it, whenever it is needed: the same library is the
/// same module each time, for all signers, also for those of a configuration that was read anew. What was
/// opened stays open until this and all signers are dropped.
///
/// ```no_run
/// use ovgs_voucher::{Passphrase, Pkcs11Key, Pkcs11Modules, Pkcs11Signer};
///
/// # async fn example() -> Result<(), ovgs_voucher::SetupError> {
/// let modules = Pkcs11Modules::default();
///
/// let module = modules.open("/usr/lib/softhsm/libsofthsm2.so".as_ref()).await?;
/// let key = Pkcs11Key::new("ovgs", "voucher-2026").pin(Passphrase::from_env("OVGS_PIN")?);
/// let signer = Pkcs11Signer::open(&module, key).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pkcs11Modules {
    open: Arc<Mutex<HashMap<PathBuf, Pkcs11Module>>>,
}

impl Pkcs11Modules {
    /// The library at `path`, which is loaded and initialized if it is not open yet. Needs tokio, with its
    /// timer.
    ///
    /// # Errors
    /// [`SetupError::Pkcs11`] if it does not start, or if somebody else in this process has initialized it.
    pub async fn open(&self, path: &Path) -> Result<Pkcs11Module, SetupError> {
        // Two names of one file must not become two modules; a bare name is for the loader to find.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut open = self.open.lock().await;
        if let Some(module) = open.get(&path) {
            return Ok(module.clone());
        }
        let module = Pkcs11Module::open(path.clone()).await?;
        open.insert(path, module.clone());
        Ok(module)
    }
}

/// A PKCS#11 library that was opened through [`Pkcs11Modules`]. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Pkcs11Module {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    library: Arc<RwLock<Library>>,
    /// Whoever restarts the library holds this; it says when it was done last.
    restarts: Arc<Mutex<Option<Instant>>>,
    signers: AtomicU64,
}

impl Pkcs11Module {
    async fn open(path: PathBuf) -> Result<Self, Pkcs11Error> {
        Handle::try_current().map_err(|_| Pkcs11Error::NoRuntime)?;
        let shown = path.display().to_string();
        let failed = |cause: &str| Pkcs11Error::Library {
            library: echo(&shown),
            cause: cause.to_owned(),
            source: None,
        };
        let opened = timeout(START, task::spawn_blocking(move || Library::open(&path))).await;
        let opened = opened.map_err(|_| failed("does not start within 30 s"))?;
        let library = opened.map_err(|_| failed("broke off while it started"))??;
        let library = Arc::new(RwLock::new(library));
        Ok(Self { inner: Arc::new(Inner { library, restarts: Arc::default(), signers: AtomicU64::new(0) }) })
    }

    /// A number that no other signer of this module has.
    pub(super) fn next_signer(&self) -> u64 {
        self.inner.signers.fetch_add(1, Ordering::Relaxed)
    }

    /// The library to call. It is not restarted as long as anybody holds this.
    pub(super) async fn shared(&self) -> OwnedRwLockReadGuard<Library> {
        Arc::clone(&self.inner.library).read_owned().await
    }

    /// The same if it can be had at once.
    pub(super) fn shared_now(&self) -> Option<OwnedRwLockReadGuard<Library>> {
        Arc::clone(&self.inner.library).try_read_owned().ok()
    }

    /// Restarts the library after a call failed in this generation of it, unless it was restarted since, or
    /// only just. True if there is a newer generation to try.
    pub(super) async fn restart(&self, failed: u64) -> bool {
        let inner = Arc::clone(&self.inner);
        // On its own, so that a caller who gives up does not take back a restart that others wait for.
        task::spawn(async move { inner.restart(failed).await }).await.unwrap_or(false)
    }
}

impl Inner {
    async fn restart(&self, failed: u64) -> bool {
        let mut last = Arc::clone(&self.restarts).lock_owned().await;
        if self.library.read().await.generation() != failed {
            return true;
        }
        if last.is_some_and(|last| last.elapsed() < BETWEEN_RESTARTS) {
            return false;
        }
        let alone = timeout(QUIET, Arc::clone(&self.library).write_owned()).await;
        let Ok(mut library) = alone else {
            *last = Some(Instant::now());
            return false;
        };
        // The turn goes along, because the restart goes on even if the runtime stops waiting for it.
        let restarted = task::spawn_blocking(move || {
            library.restart();
            *last = Some(Instant::now());
        });
        restarted.await.is_ok()
    }
}
