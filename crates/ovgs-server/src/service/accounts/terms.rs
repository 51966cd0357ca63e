//! What values of account calls are judged against.

use chrono::TimeDelta;
use ovgs_domain::Invalid;

use crate::service::Terms;

/// Bounds of what organizations do with their own accounts (`accounts.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTerms {
    /// The shortest time for which a token may be issued.
    pub min_token_ttl: TimeDelta,
    /// The longest one.
    pub max_token_ttl: TimeDelta,
}

impl Default for AccountTerms {
    fn default() -> AccountTerms {
        AccountTerms { min_token_ttl: TimeDelta::minutes(1), max_token_ttl: TimeDelta::days(365) }
    }
}

/// A time for which a token may be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenTtl(TimeDelta);

impl TokenTtl {
    /// How long a token is good if nobody says anything else.
    pub const DEFAULT: TimeDelta = TimeDelta::days(90);

    /// The time.
    #[must_use]
    pub fn get(self) -> TimeDelta {
        self.0
    }
}

impl Terms<'_> {
    /// A time for which an ADMIN may have a token issued; `None` is the usual one, as far as it is allowed.
    ///
    /// # Errors
    /// [`Invalid::TokenTtl`] outside the bounds.
    pub fn token_ttl(&self, ttl: Option<TimeDelta>) -> Result<TokenTtl, Invalid> {
        let AccountTerms { min_token_ttl: min, max_token_ttl: max } = self.accounts();
        match ttl {
            None => Ok(TokenTtl(TokenTtl::DEFAULT.max(*min).min(*max))),
            Some(ttl) if ttl < *min || ttl > *max => {
                Err(Invalid::TokenTtl { min: min.num_seconds(), max: max.num_seconds() })
            }
            Some(ttl) => Ok(TokenTtl(ttl)),
        }
    }
}
