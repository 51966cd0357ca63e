//! What authentication notes down. No decision comes before it, because nobody's rights depend on it.

use chrono::{DateTime, Utc};
use ovgs_store::StoreError;

use super::Guarded;

impl Guarded {
    /// Keeps when tokens were last used.
    pub(crate) async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError> {
        self.store.tokens_used(uses).await
    }
}
