//! The calls that there are, as metrics name them.

use std::collections::HashMap;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::telemetry::CallName;

/// Every call of every service that we have a description of, by its path.
#[derive(Debug)]
pub(super) struct Methods(HashMap<String, CallName>);

impl Methods {
    pub(super) fn described() -> Methods {
        // Invariant: the descriptor set is made together with the code that serves it, and can be read.
        let files = FileDescriptorSet::decode(ovgs_proto::FILE_DESCRIPTOR_SET).unwrap_or_default().file;
        let mut methods = HashMap::new();
        for file in &files {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                for method in &service.method {
                    let path = format!("/{name}/{}", method.name());
                    let call = CallName { service: name.as_str().into(), method: method.name().into() };
                    methods.insert(path, call);
                }
            }
        }
        Methods(methods)
    }

    /// The call of a path; what nobody described is all one.
    pub(super) fn name(&self, path: &str) -> CallName {
        self.0.get(path).cloned().unwrap_or_else(CallName::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_that_there_are_have_names() {
        let methods = Methods::described();
        let named = methods.name("/ovgs.v1.OwnershipVoucherService/GetSerial");
        assert_eq!((&*named.service, &*named.method), ("ovgs.v1.OwnershipVoucherService", "GetSerial"));
        assert_eq!(methods.name("/ovgs.v1.OwnershipVoucherService/Guessed"), CallName::other());
        assert_eq!(methods.name(""), CallName::other());
    }
}
