//! Why a token did not do what was asked, and how the port says it.

use cryptoki::error::{Error, RvError};
use lifecycle::ports::KeyStoreError;
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// What a token lets one know of the tries that are left before its PIN is locked (PKCS#11 §3.2, `CK_TOKEN_INFO`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTries {
    /// It says nothing.
    Untold,
    /// There has been a wrong one.
    Fewer,
    /// One more wrong one locks it.
    Last,
}

/// Why a token did not do what was asked.
#[derive(Debug, ThisError)]
pub(super) enum TokenError {
    #[error("this computer has no PKCS#11 module")]
    NoModules,
    #[error("the PKCS#11 module {} is not there", .0.display())]
    ModuleMissing(PathBuf),
    #[error("the PKCS#11 module {} cannot be used: {reason}", path.display())]
    ModuleBroken { path: PathBuf, reason: Box<str> },
    #[error("no such token is in this computer")]
    NotThere,
    #[error("{0} tokens answer to this address: the serial number has to tell which")]
    Ambiguous(usize),
    #[error("the token was taken out, or does not answer any more")]
    TakenOut,
    #[error("the PIN is wrong (tries left: {0:?})")]
    PinWrong(PinTries),
    #[error("the token's PIN is locked")]
    PinLocked,
    #[error("the token has no PIN yet")]
    PinNotSet,
    #[error("the token's PIN has to be changed before it is used")]
    PinToBeChanged,
    #[error("the token takes nothing new: it is write-protected")]
    WriteProtected,
    #[error("the token has no room for a key")]
    Full,
    #[error("the token does not make such keys: {0}")]
    Unsuitable(Box<str>),
    #[error("the token holds no such key")]
    KeyMissing,
    #[error("a key of this name is on the token already")]
    KeyThereAlready,
    #[error("the token made a key that can leave it, and it was deleted again: {0}")]
    KeyUnprotected(&'static str),
    #[error("what the token holds is not a key: {0}")]
    Damaged(Box<str>),
    #[error("the token failed: {0}")]
    Failed(Box<str>),
    #[error(transparent)]
    Keychain(#[from] KeyStoreError),
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Pkcs11(answer, _) => match answer {
                RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Self::PinWrong(PinTries::Untold),
                RvError::PinLocked => Self::PinLocked,
                RvError::PinExpired => Self::PinToBeChanged,
                RvError::UserPinNotInitialized => Self::PinNotSet,
                RvError::TokenWriteProtected => Self::WriteProtected,
                RvError::DeviceMemory => Self::Full,
                RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::TokenNotRecognized
                | RvError::SlotIdInvalid
                | RvError::SessionHandleInvalid
                | RvError::SessionClosed => Self::TakenOut,
                // PKCS#11 has a hundred answers, and modules add their own: the rest is told in its own words.
                _ => Self::Failed(error.to_string().into()),
            },
            Error::LibraryLoading(_)
            | Error::NotSupported
            | Error::TryFromInt(_)
            | Error::TryFromSlice(_)
            | Error::ParseInt(_)
            | Error::Utf8(_)
            | Error::NulError(_)
            | Error::NullFunctionPointer
            | Error::MissingSymbol(_)
            | Error::InvalidValue
            | Error::PinNotSet => Self::Failed(error.to_string().into()),
        }
    }
}

/// The one place where a token's words become the port's.
impl From<TokenError> for KeyStoreError {
    fn from(error: TokenError) -> Self {
        let said = error.to_string().into();
        match error {
            TokenError::NoModules | TokenError::ModuleMissing(_) | TokenError::ModuleBroken { .. } => {
                Self::TokenModule(said)
            }
            TokenError::NotThere | TokenError::TakenOut => Self::TokenAbsent(said),
            TokenError::Ambiguous(number) => Self::TokenAmbiguous(number),
            TokenError::PinWrong(PinTries::Untold | PinTries::Fewer) => Self::PinWrong { last_try: false },
            TokenError::PinWrong(PinTries::Last) => Self::PinWrong { last_try: true },
            TokenError::PinLocked => Self::PinLocked,
            TokenError::PinNotSet => Self::PinNotSet,
            TokenError::PinToBeChanged => Self::PinToBeChanged,
            TokenError::WriteProtected => Self::TokenWriteProtected,
            TokenError::Full => Self::TokenFull,
            TokenError::Unsuitable(reason) => Self::TokenUnsuitable(reason),
            TokenError::KeyMissing => Self::Missing,
            TokenError::KeyUnprotected(_) => Self::Unreliable(said),
            TokenError::Damaged(_) => Self::Damaged(said),
            TokenError::KeyThereAlready | TokenError::Failed(_) => Self::Failed(said),
            TokenError::Keychain(error) => error,
        }
    }
}
