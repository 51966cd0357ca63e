//! What measurements are told apart by. All of it comes from a bounded set: nobody who calls can add a series.

use std::{fmt, sync::Arc};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// The name of a call that there is, or [`CallName::other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallName {
    /// The service, with its package.
    pub service: Arc<str>,
    /// The method.
    pub method: Arc<str>,
}

impl CallName {
    /// What stands for all names that somebody made up.
    #[must_use]
    pub fn other() -> CallName {
        CallName { service: "other".into(), method: "other".into() }
    }
}

/// A call and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EndedCall {
    pub(super) service: Arc<str>,
    pub(super) method: Arc<str>,
    /// The status by its canonical name.
    pub(super) status: &'static str,
}

/// Whose measurement it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfIssuer {
    pub(super) issuer: Quoted,
}

/// What came of something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    pub(super) outcome: &'static str,
}

/// Credentials that were not taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RefusedCredentials {
    /// Who refused them, or `none` where nobody knew them.
    pub(super) authenticator: &'static str,
    pub(super) reason: &'static str,
}

/// What kept a call out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ShedBy {
    pub(super) limit: &'static str,
}

/// A text that somebody wrote into the configuration, and that may hold what ends a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Quoted(pub(super) Arc<str>);

impl EncodeLabelValue for Quoted {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        let escaped = self.0.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
        EncodeLabelValue::encode(&escaped.as_str(), encoder)
    }
}
