//! Keys on a token: a card, a USB key or the computer's TPM, through PKCS#11 ([`Pkcs11Token`]).
//!
//! Start reading here, then `token/module.rs` (how a token is found), `token/key.rs` (what signs) and
//! `token/failure.rs` (what goes wrong, and how the port says it).

mod failure;
mod key;
mod module;
mod modules;
mod objects;
mod survey;
mod uri;

pub use failure::PinTries;
pub use modules::{ModulePathNotAbsolute, Modules};
pub use survey::{FoundCertificate, FoundKey, FoundKeyKind, FoundToken, PinState, TokenSurvey, tokens};
pub use uri::{TokenUri, TokenUriError};

use crate::credential_store::{EntryName, KeychainConnection};
use crate::os_keychain::OsKeychain;
use chrono::{DateTime, Utc};
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use failure::TokenError;
use key::TokenKey;
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{KeyContainer, KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyPlaceName, KeyReference, LogHead, Password};
use module::{FoundSlot, ModuleState};
use objects::{Kind, PublicHalf};
use pkcs8::der::Encode;
use pki::{Certificate, SigningKey};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a key is called on the token where its address says nothing else.
const KEY_LABEL: &str = "Certifikatguide: privat nøgle";

/// Which kind of key is made on a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenKeyKind {
    /// RSA of 3,072 bits, as OCES3 has it.
    #[default]
    Rsa3072,
    /// ECDSA on P-256, for tokens (most TPMs) whose RSA ends at 2,048 bits.
    EcdsaP256,
}

/// Private keys on one token. They are made there and never leave it; the port's password is the token's PIN.
///
/// A key's `CKA_ID` is its [`KeyId`], 16 bytes. Device tokens and heads of use logs are no keys, and are kept in
/// the keychain of the operating system.
///
/// A token can only delete a private key after its PIN was given, and the port deletes without a password. Such a key
/// is noted in the keychain: from then on it is missing here, and it is deleted the next time that the PIN is given for
/// anything on this token.
///
/// The token is looked for at every call, so one that was taken out can be put back, also into another reader. Calls
/// run on a thread that may block.
#[derive(Clone)]
pub struct Pkcs11Token {
    place: Arc<Place>,
    keychain: OsKeychain,
}

struct Place {
    uri: TokenUri,
    modules: Modules,
    kind: TokenKeyKind,
}

impl Pkcs11Token {
    /// The token of this address, looked for through these modules. Loads nothing yet.
    #[must_use]
    pub fn new(uri: TokenUri, modules: Modules, kind: TokenKeyKind, keychain: OsKeychain) -> Self {
        Self { place: Arc::new(Place { uri, modules, kind }), keychain }
    }

    /// The address.
    #[must_use]
    pub fn uri(&self) -> &TokenUri {
        &self.place.uri
    }

    /// Deletes a key at once, with the PIN, and its device token. Succeeds where there is none.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    pub async fn destroy_key(&self, id: KeyId, pin: &Password) -> Result<(), KeyStoreError> {
        let pin = copied(pin).ok_or(KeyStoreError::PinWrong { last_try: false })?;
        self.blocking(move |place, keychain| {
            module::on_token(&place.modules, &place.uri, |_, state, found| {
                let library = state.library()?;
                let session = library.open_rw_session(found.slot)?;
                log_in(&library, found.slot, &session, &pin)?;
                let destroyed = destroy(&session, id);
                leave(state, found.slot, session);
                destroyed
            })?;
            Ok(keychain.delete(&doomed_entry(id))?)
        })
        .await?;
        self.keychain.delete_key(id).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Place, &KeychainConnection) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<T, KeyStoreError> {
        let (place, keychain) = (Arc::clone(&self.place), self.keychain.connection());
        tokio::task::spawn_blocking(move || act(&place, &keychain))
            .await
            .map_err(|error| KeyStoreError::Failed(error.to_string().into()))?
            .map_err(KeyStoreError::from)
    }
}

impl KeyStore for Pkcs11Token {
    fn place(&self) -> KeyPlaceName {
        place_name(&self.place)
    }

    fn secret_kind(&self) -> KeySecret {
        KeySecret::Pin
    }

    /// Tries the keychain, then whether the token is there, has a usable PIN and makes such keys. Writes nothing to
    /// the token.
    async fn probe(&self) -> Result<(), KeyStoreError> {
        self.keychain.probe().await?;
        self.blocking(|place, _| {
            module::on_token(&place.modules, &place.uri, |_, state, found| {
                fit_for_new_key(&state.library()?, found, place.kind)
            })
        })
        .await
    }

    async fn create_key(&self, id: KeyId, pin: &Password, at: DateTime<Utc>) -> Result<KeyReference, KeyStoreError> {
        let pin = copied(pin).ok_or(KeyStoreError::PinWrong { last_try: false })?;
        self.blocking(move |place, keychain| {
            module::on_token(&place.modules, &place.uri, |_, state, found| {
                let library = state.library()?;
                fit_for_new_key(&library, found, place.kind)?;
                let session = library.open_rw_session(found.slot)?;
                log_in(&library, found.slot, &session, &pin)?;
                delete_what_was_to_be_deleted(&session, &session, keychain);
                let made = make(&session, id, place);
                leave(state, found.slot, session);
                Ok(KeyReference {
                    id,
                    subject_public_key_info: made?.subject_public_key_info,
                    made_at: at,
                    place: place_name(place),
                })
            })
        })
        .await
    }

    async fn unlock(&self, permit: &Permit, pin: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        let id = permit.key();
        let pin = copied(pin).ok_or(KeyStoreError::PinWrong { last_try: false })?;
        self.blocking(move |place, keychain| {
            if is_doomed(keychain, id) {
                return Err(TokenError::KeyMissing);
            }
            module::on_token(&place.modules, &place.uri, |module, state, found| {
                let library = state.library()?;
                let session = library.open_ro_session(found.slot)?;
                // Before the PIN is used up on a token that cannot help.
                let public = objects::one(&session, ObjectClass::PUBLIC_KEY, id.0.as_bytes())?;
                let public = public.ok_or(TokenError::KeyMissing)?;
                log_in(&library, found.slot, &session, &pin)?;
                match opened(&library, found.slot, &session, id, public, keychain) {
                    Ok(half) => {
                        let key = TokenKey::new(module, state, found.slot, session, id.0.as_bytes().to_vec(), half);
                        Ok(Arc::new(key) as Arc<dyn SigningKey>)
                    }
                    Err(error) => {
                        leave(state, found.slot, session);
                        Err(error)
                    }
                }
            })
        })
        .await
    }

    /// [`KeyStoreError::PinOfToken`], always.
    async fn change_password(&self, _: &PasswordChangePermit, _: &Password, _: &Password) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::PinOfToken)
    }

    /// [`KeyStoreError::ImportIntoToken`], always: that a key never was anywhere else is what a token is for.
    async fn import_key(
        &self,
        _: KeyId,
        _: &KeyContainer<'_>,
        _: &Certificate,
        _: &Password,
        _: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        Err(KeyStoreError::ImportIntoToken)
    }

    /// [`KeyStoreError::ExportFromToken`], always.
    async fn export_key(
        &self,
        _: &ExportPermit,
        _: &Password,
        _: &[Certificate],
        _: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        Err(KeyStoreError::ExportFromToken)
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        self.keychain.store_log_head(id, head).await
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        self.keychain.log_head(id).await
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        self.blocking(move |place, keychain| {
            let there = module::on_token(&place.modules, &place.uri, |_, state, found| {
                let session = state.library()?.open_ro_session(found.slot)?;
                Ok(objects::one(&session, ObjectClass::PUBLIC_KEY, id.0.as_bytes())?.is_some())
            })?;
            Ok(there && !is_doomed(keychain, id))
        })
        .await
    }

    /// Where the token is not in the computer, or wants its PIN, the key is deleted when the PIN is given next.
    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.blocking(move |place, keychain| {
            let left = module::on_token(&place.modules, &place.uri, |_, state, found| {
                let session = state.library()?.open_ro_session(found.slot)?;
                let public = objects::one(&session, ObjectClass::PUBLIC_KEY, id.0.as_bytes())?;
                let private = objects::one(&session, ObjectClass::PRIVATE_KEY, id.0.as_bytes())?;
                Ok(public.is_some() || private.is_some())
            });
            match left {
                Ok(false) => Ok(()),
                Ok(true) => Ok(keychain.write(&doomed_entry(id), b"1")?),
                Err(error) => {
                    tracing::debug!(%error, "a key on a token that is not there is deleted later");
                    Ok(keychain.write(&doomed_entry(id), b"1")?)
                }
            }
        })
        .await?;
        self.keychain.delete_key(id).await
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        self.keychain.store_device_token(id, token).await
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        self.keychain.device_token(id).await
    }
}

fn place_name(place: &Place) -> KeyPlaceName {
    KeyPlaceName::token(&place.uri.to_string())
}

/// Whether the token takes a new key. Its list of mechanisms is believed for the making of keys only.
fn fit_for_new_key(library: &Pkcs11, found: &FoundSlot, kind: TokenKeyKind) -> Result<(), TokenError> {
    let token = &found.token;
    if token.write_protected() {
        return Err(TokenError::WriteProtected);
    }
    usable_pin(token)?;
    if token.user_pin_to_be_changed() {
        return Err(TokenError::PinToBeChanged);
    }
    let (mechanism, bits) = match kind {
        TokenKeyKind::Rsa3072 => (MechanismType::RSA_PKCS_KEY_PAIR_GEN, 3072),
        TokenKeyKind::EcdsaP256 => (MechanismType::ECC_KEY_PAIR_GEN, 256),
    };
    match library.get_mechanism_info(found.slot, mechanism) {
        Ok(info) if info.max_key_size() != 0 && info.max_key_size() < bits => {
            Err(TokenError::Unsuitable(format!("its keys have at most {} bits", info.max_key_size()).into()))
        }
        Ok(_) => Ok(()),
        Err(Error::Pkcs11(RvError::MechanismInvalid, _)) => {
            Err(TokenError::Unsuitable(format!("it does not make keys of the kind {kind:?}").into()))
        }
        Err(error) => Err(error.into()),
    }
}

fn usable_pin(token: &TokenInfo) -> Result<(), TokenError> {
    match survey::pin_state(token) {
        PinState::Locked => Err(TokenError::PinLocked),
        PinState::NotSet => Err(TokenError::PinNotSet),
        PinState::Usable | PinState::FewerTries | PinState::LastTry | PinState::ToBeChanged => Ok(()),
    }
}

/// Gives the PIN to the token. A log-in is the whole program's: where there is one, it is ended first, since the token
/// would otherwise take any PIN for right.
fn log_in(library: &Pkcs11, slot: Slot, session: &Session, pin: &str) -> Result<(), TokenError> {
    let token = library.get_token_info(slot)?;
    if !token.login_required() {
        return Ok(());
    }
    usable_pin(&token)?;
    // What cannot be right is not tried: every try counts.
    let longest = if token.max_pin_length() == 0 { usize::MAX } else { token.max_pin_length() };
    if pin.is_empty() || !(token.min_pin_length()..=longest).contains(&pin.len()) || pin.contains('\0') {
        return Err(TokenError::PinWrong(tries(&token)));
    }
    // `to_owned` takes the exact room, so nothing of it is left behind when it is moved.
    let pin = AuthPin::from(pin.to_owned());
    let logged_in = match session.login(UserType::User, Some(&pin)) {
        Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
            session.logout()?;
            session.login(UserType::User, Some(&pin))
        }
        other => other,
    };
    match logged_in.map_err(TokenError::from) {
        Err(TokenError::PinWrong(_)) => {
            let token = library.get_token_info(slot)?;
            if token.user_pin_locked() { Err(TokenError::PinLocked) } else { Err(TokenError::PinWrong(tries(&token))) }
        }
        other => other,
    }
}

fn tries(token: &TokenInfo) -> PinTries {
    if token.user_pin_final_try() {
        PinTries::Last
    } else if token.user_pin_count_low() {
        PinTries::Fewer
    } else {
        PinTries::Untold
    }
}

/// Ends a session; the token logs out unless a key of it is open elsewhere in the program.
fn leave(state: &ModuleState, slot: Slot, session: Session) {
    if !state.keys_are_open(slot)
        && let Err(error) = session.logout()
    {
        tracing::debug!(%error, "a token did not log out");
    }
    if let Err(error) = session.close() {
        tracing::debug!(%error, "a token did not close its session");
    }
}

fn make(session: &Session, id: KeyId, place: &Place) -> Result<PublicHalf, TokenError> {
    let name = id.0.as_bytes();
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        if objects::one(session, class, name)?.is_some() {
            return Err(TokenError::KeyThereAlready);
        }
    }
    let label = place.uri.object().unwrap_or(KEY_LABEL).as_bytes().to_vec();
    let named = [Attribute::Token(true), Attribute::Label(label), Attribute::Id(name.to_vec())];
    let mut public = named.to_vec();
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    let mechanism = match place.kind {
        TokenKeyKind::Rsa3072 => {
            public.extend([Attribute::ModulusBits(3072.into()), Attribute::PublicExponent(vec![1, 0, 1])]);
            Mechanism::RsaPkcsKeyPairGen
        }
        TokenKeyKind::EcdsaP256 => {
            let curve = objects::P256.to_der().map_err(|error| TokenError::Failed(error.to_string().into()))?;
            public.push(Attribute::EcParams(curve));
            Mechanism::EccKeyPairGen
        }
    };
    let mut private = named.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    let (public, private) = session.generate_key_pair(&mechanism, &public, &private).map_err(|error| match error {
        Error::Pkcs11(
            RvError::MechanismInvalid
            | RvError::KeySizeRange
            | RvError::CurveNotSupported
            | RvError::DomainParamsInvalid
            | RvError::AttributeValueInvalid
            | RvError::TemplateInconsistent,
            _,
        ) => TokenError::Unsuitable(error.to_string().into()),
        other => other.into(),
    })?;
    let made = kept_in_the_token(session, private).and_then(|()| objects::public_half(session, public));
    let made = match (made, place.kind) {
        (Ok(half @ PublicHalf { kind: Kind::Rsa { bits: 3072 }, .. }), TokenKeyKind::Rsa3072)
        | (Ok(half @ PublicHalf { kind: Kind::EcdsaP256, .. }), TokenKeyKind::EcdsaP256) => return Ok(half),
        (Ok(half), _) => Err(TokenError::Unsuitable(format!("it made another key: {:?}", half.kind).into())),
        (Err(error), _) => Err(error),
    };
    for object in [private, public] {
        if let Err(error) = session.destroy_object(object) {
            tracing::warn!(%error, "a key that is not wanted could not be deleted from the token");
        }
    }
    made
}

/// Whether the new private key has been on the token all its life and can never leave it (PKCS#11 §4.9).
fn kept_in_the_token(session: &Session, key: ObjectHandle) -> Result<(), TokenError> {
    let wanted = [
        (AttributeType::Sensitive, Attribute::Sensitive(true), "not sensitive"),
        (AttributeType::AlwaysSensitive, Attribute::AlwaysSensitive(true), "not always sensitive"),
        (AttributeType::Extractable, Attribute::Extractable(false), "extractable"),
        (AttributeType::NeverExtractable, Attribute::NeverExtractable(true), "not never extractable"),
        (AttributeType::Local, Attribute::Local(true), "not made on the token"),
    ];
    for (name, attribute, reason) in wanted {
        if session.get_attributes(key, &[name])? != [attribute] {
            return Err(TokenError::KeyUnprotected(reason));
        }
    }
    Ok(())
}

/// The public half of the key that the session has just been logged in for.
fn opened(
    library: &Pkcs11,
    slot: Slot,
    session: &Session,
    id: KeyId,
    public: ObjectHandle,
    keychain: &KeychainConnection,
) -> Result<PublicHalf, TokenError> {
    if objects::one(session, ObjectClass::PRIVATE_KEY, id.0.as_bytes())?.is_none() {
        return Err(TokenError::KeyMissing);
    }
    let half = objects::public_half(session, public)?;
    match library.open_rw_session(slot) {
        Ok(writing) => delete_what_was_to_be_deleted(session, &writing, keychain),
        Err(error) => tracing::debug!(%error, "nothing can be deleted from the token now"),
    }
    Ok(half)
}

/// Deletes the keys of ours that could not be deleted before for want of the PIN. What fails is tried again next time.
fn delete_what_was_to_be_deleted(reading: &Session, writing: &Session, keychain: &KeychainConnection) {
    let Ok(keys) = objects::found(reading, &[Attribute::Class(ObjectClass::PRIVATE_KEY)]) else {
        return;
    };
    for key in keys {
        let id = objects::id_of(reading, key).ok().and_then(|id| Uuid::from_slice(&id).ok()).map(KeyId);
        let Some(id) = id.filter(|id| is_doomed(keychain, *id)) else {
            continue;
        };
        let deleted = destroy(writing, id).and_then(|()| Ok(keychain.delete(&doomed_entry(id))?));
        if let Err(error) = deleted {
            tracing::warn!(%error, "a key could not be deleted from the token");
        }
    }
}

/// The private half first: without it the other is of no use to anybody.
fn destroy(session: &Session, id: KeyId) -> Result<(), TokenError> {
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        if let Some(object) = objects::one(session, class, id.0.as_bytes())? {
            session.destroy_object(object)?;
        }
    }
    Ok(())
}

fn doomed_entry(id: KeyId) -> EntryName {
    EntryName { user: format!("{id}/delete-from-token"), label: "Certifikatguide: nøgle, der slettes ved næste PIN" }
}

/// Whether the key was deleted here and is only still on the token. A keychain that does not answer does not keep
/// anybody from signing.
fn is_doomed(keychain: &KeychainConnection, id: KeyId) -> bool {
    match keychain.read(&doomed_entry(id)) {
        Ok(_) => true,
        Err(KeyStoreError::Missing) => false,
        Err(error) => {
            tracing::debug!(%error, "the keychain does not say which keys were to be deleted");
            false
        }
    }
}

/// The PIN for another thread. `None` where it is longer than a password can be.
fn copied(pin: &Password) -> Option<Zeroizing<String>> {
    let text = pin.expose();
    (text.len() <= Password::LONGEST).then(|| Zeroizing::new(text.to_owned()))
}
