//! Reading fields: every one is read, whatever is wrong with the others, so that a caller learns of all at once.

use ovgs_domain::Invalid;

/// One field that breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpc) struct FieldViolation {
    /// Its path in the message, such as `component.ien` or `components[3].ien`.
    pub(in crate::rpc) field: String,
    /// What is wrong with it.
    pub(in crate::rpc) error: Invalid,
}

/// The fields of a message that break their rules, at least one, in the order of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpc) struct FieldViolations {
    first: FieldViolation,
    rest: Vec<FieldViolation>,
}

/// What was read, or what is wrong with it.
pub(in crate::rpc) type Read<T> = Result<T, FieldViolations>;

impl FieldViolations {
    /// The first one in the message.
    pub(in crate::rpc) fn first(&self) -> &FieldViolation {
        &self.first
    }

    /// All, in the order of the message.
    pub(in crate::rpc) fn iter(&self) -> impl Iterator<Item = &FieldViolation> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    fn followed_by(mut self, later: FieldViolations) -> FieldViolations {
        self.rest.push(later.first);
        self.rest.extend(later.rest);
        self
    }

    /// The same fields, seen from the message around.
    fn within(mut self, path: &str) -> FieldViolations {
        for violation in std::iter::once(&mut self.first).chain(&mut self.rest) {
            violation.field = format!("{path}.{}", violation.field);
        }
        self
    }
}

/// One field.
pub(super) fn field<T>(name: &str, read: Result<T, Invalid>) -> Read<T> {
    read.map_err(|error| FieldViolations {
        first: FieldViolation { field: name.to_owned(), error },
        rest: Vec::new(),
    })
}

/// Two things, the first of which comes first in the message.
pub(super) fn both<A, B>(a: Read<A>, b: Read<B>) -> Read<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err(a.followed_by(b)),
        (Err(violations), Ok(_)) | (Ok(_), Err(violations)) => Err(violations),
    }
}

/// A message within a message, which must be there.
pub(super) fn message<M, T>(name: &str, message: Option<M>, read: impl FnOnce(M) -> Read<T>) -> Read<T> {
    let message = field(name, message.ok_or(Invalid::Missing))?;
    read(message).map_err(|violations| violations.within(name))
}

/// A list of messages, each named by its position, counting from 0.
pub(super) fn each<M, T>(name: &str, messages: Vec<M>, read: impl Fn(M) -> Read<T>) -> Read<Vec<T>> {
    let mut things = Ok(Vec::with_capacity(messages.len()));
    for (position, message) in messages.into_iter().enumerate() {
        let thing = read(message).map_err(|violations| violations.within(&format!("{name}[{position}]")));
        things = both(things, thing).map(|(mut things, thing)| {
            things.push(thing);
            things
        });
    }
    things
}
