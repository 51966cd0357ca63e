//! How one signer gets at its key.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use cryptoki::{
    session::{Session, UserType},
    types::RawAuthPin,
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
    time::timeout,
};

use super::{
    Pkcs11Module,
    fault::{Fault, Remedy, is_refused_pin, words},
    key::{FoundKey, Identity, Miss},
    library::{Library, Ready},
};
use crate::{Passphrase, Pkcs11Error, echo::echo};

/// How long a caller waits, in seconds. Whoever stands before us is promised an answer within ten.
const PATIENCE: u64 = 8;

/// How many sessions a signer uses at once, if the token takes as many.
const SESSIONS: usize = 8;

/// A private key on a token: where it is, and what opens it.
#[derive(Debug)]
pub struct Pkcs11Key {
    token: String,
    label: String,
    pin: Option<Passphrase>,
}

impl Pkcs11Key {
    /// The key of this label (`CKA_LABEL`) on the token of that one. Slots have no part in it, because their
    /// numbers change.
    pub fn new(token: impl Into<String>, label: impl Into<String>) -> Self {
        Self { token: token.into(), label: label.into(), pin: None }
    }

    /// The user's PIN; without it nobody logs in.
    #[must_use]
    pub fn pin(mut self, pin: Passphrase) -> Self {
        self.pin = Some(pin);
        self
    }
}

/// A failed attempt, and in which generation of the library it was.
type Attempt<T> = Result<T, (Fault, u64)>;

/// One signer's way to its key: a bounded number of sessions, each logged in once and used again.
pub(super) struct Access {
    module: Pkcs11Module,
    signer: u64,
    at: Pkcs11Key,
    /// One for each session there may be.
    sessions: Arc<Semaphore>,
    /// Sessions are opened one after the other, so that a wrong PIN is tried once.
    opening: Mutex<()>,
    pin_refused: AtomicBool,
    /// What was found first.
    key: OnceLock<Identity>,
}

impl Access {
    /// Opens the first session and sees what the key is.
    pub(super) async fn open(module: &Pkcs11Module, at: Pkcs11Key) -> Result<(Arc<Self>, Identity), Fault> {
        let access = Arc::new(Self {
            module: module.clone(),
            signer: module.next_signer(),
            at,
            sessions: Arc::new(Semaphore::new(1)),
            opening: Mutex::default(),
            pin_refused: AtomicBool::new(false),
            key: OnceLock::new(),
        });
        let (key, more) = access.run(Self::first_session).await?;
        access.sessions.add_permits(more);
        Ok((access, key))
    }

    /// Signs.
    pub(super) async fn sign(self: &Arc<Self>, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let message: Arc<[u8]> = message.into();
        self.run(move |access, library| access.sign_with(library, &message)).await
    }

    /// Does some work that blocks, off the threads that run async tasks, and within bounds; once more if it
    /// failed and the library was restarted since.
    async fn run<T, W>(self: &Arc<Self>, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: Fn(&Self, &Library) -> Result<T, Fault> + Clone + Send + 'static,
    {
        if Handle::try_current().is_err() {
            return Err(Fault::hopeless(Pkcs11Error::NoRuntime));
        }
        let twice = async {
            let (fault, generation) = match self.once(work.clone()).await {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            if fault.remedy != Remedy::Restart || !self.module.restart(generation).await {
                return Err(fault);
            }
            self.once(work).await.map_err(|(fault, _)| fault)
        };
        let silent = || Pkcs11Error::Silent { place: self.place(None), seconds: PATIENCE };
        timeout(Duration::from_secs(PATIENCE), twice).await.unwrap_or_else(|_| Err(Fault::wait(silent())))
    }

    async fn once<T, W>(self: &Arc<Self>, work: W) -> Attempt<T>
    where
        T: Send + 'static,
        W: Fn(&Self, &Library) -> Result<T, Fault> + Send + 'static,
    {
        let place: Option<OwnedSemaphorePermit> = Arc::clone(&self.sessions).acquire_owned().await.ok();
        let library = self.module.shared().await;
        let (access, generation) = (Arc::clone(self), library.generation());
        // A call that hangs keeps the place and the library; whoever waits for it does not.
        let done = task::spawn_blocking(move || {
            let _place = place;
            library.running().and_then(|()| work(&access, &library))
        });
        let broken_off = |_| {
            let cause = "it was broken off".to_owned();
            let place = self.place(None);
            Err(Fault::wait(Pkcs11Error::Call {
                place,
                action: "a call to the library",
                cause,
                source: None,
            }))
        };
        done.await.unwrap_or_else(broken_off).map_err(|fault| (fault, generation))
    }

    /// What the key is, and how many further sessions there may be.
    fn first_session(&self, library: &Library) -> Result<(Identity, usize), Fault> {
        let (ready, sessions) = self.connect(library)?;
        let key = ready.key.identity.clone();
        library.put(self.signer, ready);
        Ok((key, sessions.map_or(SESSIONS, |most| most.clamp(1, SESSIONS)) - 1))
    }

    fn sign_with(&self, library: &Library, message: &[u8]) -> Result<Vec<u8>, Fault> {
        if let Some(ready) = library.take(self.signer)
            && let Ok(signature) = ready.key.sign(&ready.session, message)
        {
            library.put(self.signer, ready);
            return Ok(signature);
        }
        // A device that was switched off knows its old sessions no more.
        let (ready, _) = self.connect(library)?;
        let signed = ready.key.sign(&ready.session, message);
        let place = || self.place(Some(ready.slot));
        let signature = signed.map_err(|error| Fault::of_call(place(), "signing", error))?;
        library.put(self.signer, ready);
        Ok(signature)
    }

    /// Opens a session, and says how many the token takes, if it does.
    fn connect(&self, library: &Library) -> Result<(Ready, Option<usize>), Fault> {
        let _turn = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let token = library.token(&self.at.token)?;
        let slot = token.slot.id();
        let place = || self.place(Some(slot));
        let session = library.open_session(&token);
        let session = session.map_err(|error| Fault::of_call(place(), "opening a session", error))?;
        self.log_in(&session, &place)?;
        let key = FoundKey::find(&session, &self.at.label).map_err(|miss| self.missed(miss, place()))?;
        if *self.key.get_or_init(|| key.identity.clone()) != key.identity {
            return Err(Fault::wait(Pkcs11Error::AnotherKey { place: place() }));
        }
        Ok((Ready { session, key, slot }, token.sessions()))
    }

    /// Logs in. It is the token that is logged in to, so some other session may have done it.
    fn log_in(&self, session: &Session, place: &impl Fn() -> String) -> Result<(), Fault> {
        use cryptoki::error::{Error, RvError::UserAlreadyLoggedIn};

        let Some(pin) = &self.at.pin else { return Ok(()) };
        let refused = |cause: String| Fault::wait(Pkcs11Error::Pin { place: place(), cause });
        if self.pin_refused.load(Ordering::Relaxed) {
            return Err(refused("it did so before".to_owned()));
        }
        let pin = RawAuthPin::new(Box::new(pin.octets().to_vec()));
        match session.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(Error::Pkcs11(UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) if is_refused_pin(&error) => {
                self.pin_refused.store(true, Ordering::Relaxed);
                Err(refused(words(&error)))
            }
            Err(error) => Err(Fault::of_call(place(), "logging in", error)),
        }
    }

    fn missed(&self, miss: Miss, place: String) -> Fault {
        match miss {
            // A token that is gone looks empty.
            Miss::None => Fault::restart(Pkcs11Error::NoKey { place }),
            Miss::Several => Fault::wait(Pkcs11Error::SeveralKeys { place }),
            Miss::Kind => Fault::wait(Pkcs11Error::KeyKind { place }),
            Miss::Failed(error) => Fault::of_call(place, "looking for the key", error),
        }
    }

    /// Where the key is, for people.
    fn place(&self, slot: Option<u64>) -> String {
        let (token, label) = (echo(&self.at.token), echo(&self.at.label));
        match slot {
            Some(slot) => format!("token `{token}` in slot {slot}, key `{label}`"),
            None => format!("token `{token}`, key `{label}`"),
        }
    }
}

impl Drop for Access {
    /// Closes what sessions are left. Where that cannot be at once, the library is being restarted, which
    /// closes them all.
    fn drop(&mut self) {
        let signer = self.signer;
        let Some(library) = self.module.shared_now().filter(|library| library.remembers(signer)) else {
            return;
        };
        // It may wait for the device, which no thread that runs tasks should; if there is no thread to be had,
        // the sessions stay until the module is closed.
        let _ = thread::Builder::new().spawn(move || library.forget(signer));
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("at", &self.at).field("key", &self.key).finish_non_exhaustive()
    }
}
