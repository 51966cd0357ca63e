//! Trying again where others wrote first.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use super::ProvisioningError;

/// How often a task is tried.
const ATTEMPTS: usize = 10;

/// Does a task that reads, decides and writes; again from its reading while others write in between.
///
/// # Errors
/// [`ProvisioningError::Contended`] after ten attempts; every other error of the task at once.
pub(super) async fn until_uncontended<T, F>(task: impl FnMut() -> F) -> Result<T, ProvisioningError>
where
    F: Future<Output = Result<T, ProvisioningError>>,
{
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(1))
        .with_max_delay(Duration::from_millis(10))
        .with_max_times(ATTEMPTS - 1)
        .with_jitter();
    task.retry(pauses).when(|error| matches!(error, ProvisioningError::Contended)).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Runs a task that is contended so often, and counts its attempts.
    async fn attempts(
        contended: u32,
        then: fn() -> Result<(), ProvisioningError>,
    ) -> (u32, Result<(), ProvisioningError>) {
        let attempts = AtomicU32::new(0);
        let task = || async {
            match attempts.fetch_add(1, Ordering::Relaxed) {
                attempt if attempt < contended => Err(ProvisioningError::Contended),
                _ => then(),
            }
        };
        let outcome = until_uncontended(task).await;
        (attempts.into_inner(), outcome)
    }

    #[tokio::test]
    async fn contention_is_outlasted_up_to_a_bound_and_nothing_else_is_tried_again() {
        assert!(matches!(attempts(0, || Ok(())).await, (1, Ok(()))));
        assert!(matches!(attempts(9, || Ok(())).await, (10, Ok(()))));
        assert!(matches!(attempts(u32::MAX, || Ok(())).await, (10, Err(ProvisioningError::Contended))));
        let refused = || Err(ProvisioningError::UnknownToken { jti: ovgs_domain::Excerpt::of("x") });
        assert!(matches!(attempts(1, refused).await, (2, Err(ProvisioningError::UnknownToken { .. }))));
    }
}
