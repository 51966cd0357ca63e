//! The issuers of now, which a reload replaces.

use std::sync::Arc;

use tokio::sync::watch;

use super::IssuerSet;

/// The issuers of now. Clones are handles of one and the same: what is replaced through one is replaced for all.
///
/// Whoever asks takes [`current`](Issuers::current) once for all it is about to do: reading one request, or issuing what
/// one order asks for. So nothing is done half by the old issuers and half by the new ones.
#[derive(Clone, Debug)]
pub struct Issuers(watch::Sender<Arc<IssuerSet>>);

impl Issuers {
    /// The issuers of this moment.
    #[must_use]
    pub fn current(&self) -> Arc<IssuerSet> {
        self.0.borrow().clone()
    }

    /// From now on these are the issuers. Of those that keep their names no `created-on` is ever given out twice.
    pub fn replace(&self, issuers: IssuerSet) {
        self.0.send_modify(|current| *current = Arc::new(issuers.going_on_from(current)));
    }
}

impl From<Arc<IssuerSet>> for Issuers {
    fn from(issuers: Arc<IssuerSet>) -> Issuers {
        Issuers(watch::Sender::new(issuers))
    }
}

impl From<IssuerSet> for Issuers {
    fn from(issuers: IssuerSet) -> Issuers {
        Arc::new(issuers).into()
    }
}

impl Default for Issuers {
    fn default() -> Issuers {
        IssuerSet::default().into()
    }
}
