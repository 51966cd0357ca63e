//! One library, as it is between C_Initialize and C_Finalize. Everything here blocks.

use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    session::Session,
    slot::{Limit, Slot, TokenInfo},
};

use super::{
    fault::{Fault, words},
    key::FoundKey,
};
use crate::{Pkcs11Error, echo::echo};

/// How many labels of other tokens a message shows.
const SHOWN_TOKENS: usize = 4;

/// A session that is logged in and knows its key.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) session: Session,
    pub(super) key: FoundKey,
    pub(super) slot: u64,
}

/// A token that was found by its label.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) slot: Slot,
    info: TokenInfo,
}

/// The library and the sessions that nobody uses at the moment.
///
/// Whoever has it shared may call the library; whoever has it alone may restart it.
pub(super) struct Library {
    path: String,
    pkcs11: Pkcs11,
    /// Counts restarts, so that whoever failed can tell whether the library was restarted since.
    generation: u64,
    /// Why it does not run.
    stopped: Option<String>,
    /// By signer.
    idle: Mutex<HashMap<u64, Vec<Ready>>>,
}

impl Library {
    /// Loads and initializes the library at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Pkcs11Error> {
        let library = path.display().to_string();
        let failed = |cause: &str, error: Error| Pkcs11Error::Library {
            library: library.clone(),
            cause: cause.to_owned(),
            source: Some(Box::new(error)),
        };
        let pkcs11 = Pkcs11::new(path).map_err(|error| failed("cannot be loaded", error))?;
        match initialize(&pkcs11) {
            Ok(()) => {}
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                return Err(Pkcs11Error::LibraryInUse { library });
            }
            Err(error) => return Err(failed(&not_started(&error), error)),
        }
        Ok(Self { path: library, pkcs11, generation: 0, stopped: None, idle: Mutex::default() })
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Closes all sessions and initializes the library anew.
    pub(super) fn restart(&mut self) {
        self.generation += 1;
        self.finalize();
        let mut started = initialize(&self.pkcs11);
        if let Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) = started {
            // An earlier attempt got only halfway.
            self.finalize();
            started = initialize(&self.pkcs11);
        }
        self.stopped = started.err().map(|error| not_started(&error));
    }

    /// Fails if the last restart did.
    pub(super) fn running(&self) -> Result<(), Fault> {
        match self.stopped.clone() {
            None => Ok(()),
            Some(cause) => {
                let library = self.path.clone();
                Err(Fault::restart(Pkcs11Error::Library { library, cause, source: None }))
            }
        }
    }

    /// The token with this label, wherever it is now: slots get other numbers with each restart.
    pub(super) fn token(&self, label: &str) -> Result<Token, Fault> {
        let place = || format!("PKCS#11 library `{}`", self.path);
        let slots = self.pkcs11.get_slots_with_token();
        let slots = slots.map_err(|error| Fault::of_call(place(), "listing the tokens", error))?;
        // A token that is gone may keep its slot and answer nothing; it is not the one that is looked for.
        let tokens = slots.into_iter().filter_map(|slot| {
            let info = self.pkcs11.get_token_info(slot).ok().filter(TokenInfo::token_initialized)?;
            Some(Token { slot, info })
        });
        let (found, others): (Vec<_>, Vec<_>) = tokens.partition(|token| token.info.label() == label);
        let mut found = found.into_iter();
        let (library, token) = (self.path.clone(), echo(label));
        match (found.next(), found.next()) {
            (Some(token), None) => Ok(token),
            (None, _) => {
                let found = tokens_in_words(&others);
                Err(Fault::restart(Pkcs11Error::NoToken { library, token, found }))
            }
            (Some(_), Some(_)) => Err(Fault::wait(Pkcs11Error::SeveralTokens { library, token })),
        }
    }

    pub(super) fn open_session(&self, token: &Token) -> Result<Session, Error> {
        self.pkcs11.open_ro_session(token.slot)
    }

    /// An idle session of a signer.
    pub(super) fn take(&self, signer: u64) -> Option<Ready> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&signer)?.pop()
    }

    /// Keeps a session for the next signature.
    pub(super) fn put(&self, signer: u64, ready: Ready) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).entry(signer).or_default().push(ready);
    }

    /// Whether a signer has idle sessions.
    pub(super) fn remembers(&self, signer: u64) -> bool {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&signer)
    }

    /// Closes the idle sessions of a signer that is no more.
    pub(super) fn forget(&self, signer: u64) {
        let sessions = self.idle.lock().unwrap_or_else(PoisonError::into_inner).remove(&signer);
        drop(sessions);
    }

    /// **Invariant:** sessions are closed first. Afterwards their numbers are given to others.
    fn finalize(&mut self) {
        self.idle.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        // What it answers does not matter: it may have been shut down already, or not be able to.
        let _ = self.pkcs11.clone().finalize();
    }
}

impl Token {
    /// How many sessions it takes, if it says so.
    pub(super) fn sessions(&self) -> Option<usize> {
        match self.info.max_session_count() {
            Limit::Max(count) => usize::try_from(count).ok(),
            Limit::Unavailable | Limit::Infinite => None,
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        self.finalize();
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library")
            .field("path", &self.path)
            .field("generation", &self.generation)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

fn initialize(pkcs11: &Pkcs11) -> Result<(), Error> {
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
}

fn not_started(error: &Error) -> String {
    format!("does not start: {}", words(error))
}

fn tokens_in_words(tokens: &[Token]) -> String {
    let mut labels: Vec<_> =
        tokens.iter().take(SHOWN_TOKENS).map(|token| format!("`{}`", echo(token.info.label()))).collect();
    if tokens.len() > SHOWN_TOKENS {
        labels.push("others".to_owned());
    }
    match labels.is_empty() {
        true => "it shows none, see whether the device is there".to_owned(),
        false => format!("it shows {}", labels.join(", ")),
    }
}
