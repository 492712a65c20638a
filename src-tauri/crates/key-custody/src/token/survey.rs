//! Which tokens there are, and what can be seen on them without a PIN.

use crate::token::failure::TokenError;
use crate::token::module::{FoundSlot, Module, ModuleState};
use crate::token::modules::Modules;
use crate::token::objects::{self, Kind};
use crate::token::uri::TokenUri;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::Session;
use lifecycle::ports::KeyStoreError;
use pki::Certificate;
use std::path::PathBuf;

/// The tokens of this computer, and the modules that do not work.
#[derive(Debug, Default)]
pub struct TokenSurvey {
    /// The tokens. One that several modules show is there once.
    pub tokens: Vec<FoundToken>,
    /// Modules that cannot be used, with the reason.
    pub unusable: Vec<(PathBuf, KeyStoreError)>,
}

/// A token, as it describes itself.
#[derive(Debug)]
pub struct FoundToken {
    /// The address of exactly this token.
    pub uri: TokenUri,
    /// What people called it.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// The module that shows it.
    pub module: PathBuf,
    /// Whether it wants a PIN before it signs.
    pub login_needed: bool,
    /// What it says of its PIN.
    pub pin: PinState,
    /// The keys whose public halves can be seen without a PIN.
    pub keys: Vec<FoundKey>,
    /// The certificates that can be seen without a PIN.
    pub certificates: Vec<FoundCertificate>,
}

/// What a token says of its PIN (PKCS#11 §3.2, `CK_TOKEN_INFO`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinState {
    /// It can be used.
    Usable,
    /// It was wrong the last time, so that fewer tries are left.
    FewerTries,
    /// One more wrong try locks it.
    LastTry,
    /// Locked by wrong tries.
    Locked,
    /// There is none yet.
    NotSet,
    /// It is the one that the token came with, or has expired.
    ToBeChanged,
}

/// A key on a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// Its name (`CKA_ID`), which its certificate has too.
    pub id: Vec<u8>,
    /// What people call it.
    pub label: String,
    /// What it can sign with.
    pub kind: FoundKeyKind,
    /// Its public half, DER `SubjectPublicKeyInfo`; empty where the key is of another kind.
    pub subject_public_key_info: Vec<u8>,
}

/// The kind of a key on a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKeyKind {
    /// RSA.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// ECDSA on P-256.
    EcdsaP256,
    /// Another kind, which does not sign here.
    Other,
}

/// A certificate on a token.
#[derive(Debug, Clone)]
pub struct FoundCertificate {
    /// Its name (`CKA_ID`), which its key has too.
    pub id: Vec<u8>,
    /// What people call it.
    pub label: String,
    /// The certificate.
    pub certificate: Certificate,
}

/// Looks through the modules. Asks for no PIN. Blocks for as long as the modules and readers take.
#[must_use]
pub fn tokens(modules: &Modules) -> TokenSurvey {
    let mut survey = TokenSurvey::default();
    for path in modules.paths() {
        let module = Module::at(path);
        let mut state = module.lock();
        match tokens_of(&module, &mut state) {
            Ok(found) => {
                for token in found {
                    if !survey.tokens.iter().any(|other| other.module != token.module && other.uri == token.uri) {
                        survey.tokens.push(token);
                    }
                }
            }
            Err(error) => survey.unusable.push((path.clone(), error.into())),
        }
    }
    survey
}

fn tokens_of(module: &Module, state: &mut ModuleState) -> Result<Vec<FoundToken>, TokenError> {
    let library = state.library()?;
    let mut tokens = Vec::new();
    for FoundSlot { slot, token } in state.slots()? {
        let Some(uri) = TokenUri::of(&token) else {
            continue;
        };
        let (mut keys, mut certificates) = (Vec::new(), Vec::new());
        match library.open_ro_session(slot) {
            Ok(session) => {
                keys = seen_keys(&session).unwrap_or_else(unseen);
                certificates = seen_certificates(&session).unwrap_or_else(unseen);
            }
            Err(error) => tracing::debug!(%error, "a token opens no session"),
        }
        tokens.push(FoundToken {
            uri,
            label: token.label().to_owned(),
            serial: token.serial_number().to_owned(),
            manufacturer: token.manufacturer_id().to_owned(),
            model: token.model().to_owned(),
            module: module.path().to_owned(),
            login_needed: token.login_required(),
            pin: pin_state(&token),
            keys,
            certificates,
        });
    }
    Ok(tokens)
}

/// What a token says of its PIN, the worst first.
pub(super) fn pin_state(token: &cryptoki::slot::TokenInfo) -> PinState {
    if token.user_pin_locked() {
        PinState::Locked
    } else if token.login_required() && !token.user_pin_initialized() {
        PinState::NotSet
    } else if token.user_pin_final_try() {
        PinState::LastTry
    } else if token.user_pin_to_be_changed() {
        PinState::ToBeChanged
    } else if token.user_pin_count_low() {
        PinState::FewerTries
    } else {
        PinState::Usable
    }
}

fn unseen<T>(error: TokenError) -> Vec<T> {
    tracing::debug!(%error, "a token does not show what it holds");
    Vec::new()
}

fn seen_keys(session: &Session) -> Result<Vec<FoundKey>, TokenError> {
    let mut keys = Vec::new();
    for object in objects::found(session, &[Attribute::Class(ObjectClass::PUBLIC_KEY)])? {
        let (kind, subject_public_key_info) = match objects::public_half(session, object) {
            Ok(half) => (
                match half.kind {
                    Kind::Rsa { bits } => FoundKeyKind::Rsa { bits },
                    Kind::EcdsaP256 => FoundKeyKind::EcdsaP256,
                },
                half.subject_public_key_info,
            ),
            Err(_) => (FoundKeyKind::Other, Vec::new()),
        };
        let (id, label) = (objects::id_of(session, object)?, objects::label_of(session, object)?);
        keys.push(FoundKey { id, label, kind, subject_public_key_info });
    }
    Ok(keys)
}

fn seen_certificates(session: &Session) -> Result<Vec<FoundCertificate>, TokenError> {
    let mut certificates = Vec::new();
    for object in objects::found(session, &[Attribute::Class(ObjectClass::CERTIFICATE)])? {
        let value = session.get_attributes(object, &[AttributeType::Value])?.pop();
        let Some(Attribute::Value(der)) = value else {
            continue;
        };
        match Certificate::from_der(&der) {
            Ok(certificate) => {
                let (id, label) = (objects::id_of(session, object)?, objects::label_of(session, object)?);
                certificates.push(FoundCertificate { id, label, certificate });
            }
            Err(error) => tracing::debug!(%error, "a certificate on a token that cannot be read"),
        }
    }
    Ok(certificates)
}
