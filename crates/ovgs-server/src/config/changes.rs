//! What a running server cannot take from a changed configuration.

use super::{Config, Problem};

/// The keys whose values a running server takes anew, beside the issuers.
const TAKEN: [(&str, &str); 3] =
    [("server", "tls_certificate"), ("server", "tls_key"), ("server", "client_ca")];

impl Config {
    /// Every key whose value differs from what a running server began with, and that stays so until it starts again.
    #[must_use]
    pub fn waiting_for_restart(&self, running: &Config) -> Vec<Problem> {
        let mut waiting = Vec::new();
        for (name, section) in self.places.sections() {
            let before = running.places.section(name);
            let keys = section.entries.keys().chain(before.iter().flat_map(|before| before.entries.keys()));
            let keys: std::collections::BTreeSet<&String> = keys.collect();
            for key in keys {
                let now = section.entries.get(key).map(|entry| &entry.given);
                let then = before.and_then(|before| before.entries.get(key)).map(|entry| &entry.given);
                if now != then && !TAKEN.contains(&(name.as_str(), key.as_str())) {
                    let text =
                        format!("`{name}.{key}` has changed, which counts when the server starts again");
                    waiting.push(section.place_of(key).problem(text));
                }
            }
        }
        waiting
    }
}
