//! Trying again where others wrote first.

use std::time::Duration;

use super::ProvisioningError;

/// How often a task is tried.
const ATTEMPTS: u32 = 10;

/// Does a task that reads, decides and writes; again from its reading while others write in between.
///
/// # Errors
/// [`ProvisioningError::Contended`] after ten attempts; every other error of the task at once.
pub(super) async fn until_uncontended<T>(
    task: impl AsyncFn() -> Result<T, ProvisioningError>,
) -> Result<T, ProvisioningError> {
    for attempt in 1..ATTEMPTS {
        match task().await {
            Err(ProvisioningError::Contended) => {
                tokio::time::sleep(Duration::from_millis(attempt.into())).await
            }
            outcome => return outcome,
        }
    }
    task().await
}
