//! What a failed call means for the next one.

use cryptoki::error::{Error, RvError};

use crate::Pkcs11Error;

/// What may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// To initialize the library anew: it may show a token that is long back as gone, for ever.
    Restart,
    /// To wait, or that somebody does something.
    Wait,
    /// Nothing.
    Nothing,
}

/// A failure, and what may help.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Pkcs11Error,
    pub(super) remedy: Remedy,
}

impl Fault {
    pub(super) fn restart(error: Pkcs11Error) -> Self {
        Self { error, remedy: Remedy::Restart }
    }

    pub(super) fn wait(error: Pkcs11Error) -> Self {
        Self { error, remedy: Remedy::Wait }
    }

    pub(super) fn hopeless(error: Pkcs11Error) -> Self {
        Self { error, remedy: Remedy::Nothing }
    }

    /// Judges what the library answered to `action` at `place`.
    pub(super) fn of_call(place: String, action: &'static str, error: Error) -> Self {
        let remedy = remedy(&error);
        let cause = words(&error);
        Self { error: Pkcs11Error::Call { place, action, cause, source: Some(Box::new(error)) }, remedy }
    }
}

/// Libraries say all sorts of things about a token that is gone, so what is not known to be something else
/// counts as that.
fn remedy(error: &Error) -> Remedy {
    let code = match error {
        Error::Pkcs11(code, _) => code,
        Error::LibraryLoading(_) | Error::MissingSymbol(_) | Error::NullFunctionPointer => {
            return Remedy::Nothing;
        }
        // An answer that makes no sense, such as a signature of another length.
        _ => return Remedy::Restart,
    };
    match code {
        RvError::KeyFunctionNotPermitted
        | RvError::KeyTypeInconsistent
        | RvError::KeySizeRange
        | RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::DataInvalid
        | RvError::DataLenRange
        | RvError::ArgumentsBad
        | RvError::FunctionNotSupported => Remedy::Nothing,
        RvError::SessionCount | RvError::HostMemory | RvError::FunctionRejected => Remedy::Wait,
        _ => Remedy::Restart,
    }
}

/// Whether the token refused the PIN itself, so that trying it again may lock the token.
pub(super) fn is_refused_pin(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinExpired
                | RvError::PinLocked,
            _
        )
    )
}

/// What the library said, in a few words; the standard's own take paragraphs and are in the source.
pub(super) fn words(error: &Error) -> String {
    let code = match error {
        Error::Pkcs11(code, _) => code,
        Error::LibraryLoading(_) => return "it cannot be loaded".to_owned(),
        Error::MissingSymbol(_) | Error::NullFunctionPointer => return "it lacks a function".to_owned(),
        _ => return "its answer makes no sense".to_owned(),
    };
    let words = match code {
        RvError::DeviceRemoved | RvError::TokenNotPresent => "the token is gone",
        RvError::TokenNotRecognized => "the token is not recognized",
        RvError::DeviceError => "the device reports a problem",
        RvError::DeviceMemory => "the device has too little memory",
        RvError::HostMemory => "there is too little memory",
        RvError::GeneralError => "the library cannot go on",
        RvError::FunctionFailed => "the library does not say why",
        RvError::ObjectHandleInvalid | RvError::KeyHandleInvalid => "the key is gone",
        RvError::SessionHandleInvalid | RvError::SessionClosed => "the session was closed",
        RvError::SessionCount => "the token takes no more sessions",
        RvError::SlotIdInvalid => "the slot is gone",
        RvError::UserNotLoggedIn => "the token wants a PIN",
        RvError::UserPinNotInitialized => "the token has no PIN yet",
        RvError::PinIncorrect => "it is wrong",
        RvError::PinLenRange => "it is too short or too long",
        RvError::PinInvalid => "it has characters that cannot be",
        RvError::PinExpired => "it is expired",
        RvError::PinLocked => "it is locked after too many wrong ones",
        RvError::KeyFunctionNotPermitted => "the key may not sign",
        RvError::KeyTypeInconsistent => "the key is of another type",
        RvError::KeySizeRange => "the token takes no key of this size",
        RvError::MechanismInvalid => "the token does not have this algorithm, or not for this key",
        RvError::FunctionNotSupported => "the library does not have this function",
        RvError::FunctionRejected => "somebody refused it at the device",
        RvError::CryptokiNotInitialized => "the library was shut down",
        other => return format!("it answered {other:?}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Error, Remedy, remedy, words};

    #[test]
    fn an_answer_that_makes_no_sense_is_not_for_ever() {
        assert_eq!(remedy(&Error::InvalidValue), Remedy::Restart);
        assert_eq!(words(&Error::InvalidValue), "its answer makes no sense");
        assert_eq!(remedy(&Error::NullFunctionPointer), Remedy::Nothing);
    }
}
