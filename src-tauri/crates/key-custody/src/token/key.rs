//! An unlocked key on a token: what signs.

use crate::token::failure::TokenError;
use crate::token::module::{Module, ModuleState};
use crate::token::objects::{self, Kind};
use aws_lc_rs::digest;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectClass;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use pki::{SignatureAlgorithm, SigningError, SigningKey, verify_signature};
use std::sync::{Arc, Mutex, PoisonError};

/// An unlocked key: a session on the token. The key itself never leaves the token. When this is dropped the session
/// is closed, and the token logs out with the last one.
pub(super) struct TokenKey {
    module: Arc<Module>,
    slot: Slot,
    // Always there until this is dropped.
    session: Mutex<Option<Session>>,
    id: Vec<u8>,
    kind: Kind,
    subject_public_key_info: Vec<u8>,
}

impl TokenKey {
    /// Takes over a session that is logged in.
    pub(super) fn new(
        module: &Arc<Module>,
        state: &mut ModuleState,
        slot: Slot,
        session: Session,
        id: Vec<u8>,
        public: objects::PublicHalf,
    ) -> Self {
        state.key_opened(slot);
        Self {
            module: Arc::clone(module),
            slot,
            session: Mutex::new(Some(session)),
            id,
            kind: public.kind,
            subject_public_key_info: public.subject_public_key_info,
        }
    }

    fn signed_on_token(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Option<Vec<u8>>, TokenError> {
        let _module = self.module.lock();
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = session.as_ref() else {
            return Err(TokenError::TakenOut);
        };
        // Looked for at each signature: a handle does not outlive a log-out (PKCS#11 §5.6.8), and a wrong PIN for
        // another key of this token logs out.
        let key = objects::one(session, ObjectClass::PRIVATE_KEY, &self.id)?.ok_or(TokenError::KeyMissing)?;
        for (mechanism, input) in ways(algorithm, message) {
            match session.sign(&mechanism, key, &input) {
                Ok(signature) => return Ok(Some(signature)),
                Err(Error::Pkcs11(
                    RvError::MechanismInvalid
                    | RvError::MechanismParamInvalid
                    | RvError::FunctionNotSupported
                    | RvError::KeyFunctionNotPermitted,
                    _,
                )) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

impl SigningKey for TokenKey {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        if matches!(self.kind, Kind::EcdsaP256) != matches!(algorithm, SignatureAlgorithm::EcdsaP256Sha256) {
            return Err(SigningError::Unsupported(algorithm));
        }
        let signature = self
            .signed_on_token(algorithm, message)
            .map_err(|error| {
                tracing::warn!(%error, "a token did not sign");
                match error {
                    TokenError::TakenOut | TokenError::NotThere => SigningError::Gone("the token was taken out"),
                    // Only the one that is put back again has forgotten that its PIN was given.
                    TokenError::KeyMissing => SigningError::Gone("the token has logged out, or lost the key"),
                    TokenError::NoModules
                    | TokenError::ModuleMissing(_)
                    | TokenError::ModuleBroken { .. }
                    | TokenError::Ambiguous(_)
                    | TokenError::PinWrong(_)
                    | TokenError::PinLocked
                    | TokenError::PinNotSet
                    | TokenError::PinToBeChanged
                    | TokenError::WriteProtected
                    | TokenError::Full
                    | TokenError::Unsuitable(_)
                    | TokenError::KeyThereAlready
                    | TokenError::KeyUnprotected(_)
                    | TokenError::Damaged(_)
                    | TokenError::Failed(_)
                    | TokenError::Keychain(_) => SigningError::Failed("the token failed"),
                }
            })?
            .ok_or(SigningError::Unsupported(algorithm))?;
        let signature = match self.kind {
            Kind::Rsa { .. } => signature,
            Kind::EcdsaP256 => objects::ecdsa_signature(&signature)
                .ok_or(SigningError::Failed("the token gave something else than an ECDSA signature"))?,
        };
        // A signature that is wrong (a faulty token, a salt of another length, a key that was exchanged) helps nobody
        // and may give the key away.
        verify_signature(&self.subject_public_key_info, algorithm, message, &signature)
            .map_err(|_| SigningError::Failed("the token's signature does not verify"))?;
        Ok(signature)
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        let mut state = self.module.lock();
        let last = state.key_closed(self.slot);
        let session = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(session) = session {
            if last && let Err(error) = session.logout() {
                tracing::debug!(%error, "a token did not log out");
            }
            if let Err(error) = session.close() {
                tracing::debug!(%error, "a token did not close its session");
            }
        }
        drop(state);
    }
}

/// How a token may be asked for a signature: over the digest first, which needs least of the token, then over the
/// message for those that want to make the digest themselves. What it can do is not read from its list of mechanisms,
/// which is wrong on some.
fn ways(algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<(Mechanism<'static>, Vec<u8>)> {
    let pkcs1 =
        |digest, whole| vec![(Mechanism::RsaPkcs, objects::digest_info(digest, message)), (whole, message.to_vec())];
    let pss = |algorithm, parameters, whole: fn(PkcsPssParams) -> Mechanism<'static>| {
        let digest = digest::digest(algorithm, message).as_ref().to_vec();
        vec![(Mechanism::RsaPkcsPss(parameters), digest), (whole(parameters), message.to_vec())]
    };
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => pkcs1(&digest::SHA256, Mechanism::Sha256RsaPkcs),
        SignatureAlgorithm::RsaPkcs1Sha384 => pkcs1(&digest::SHA384, Mechanism::Sha384RsaPkcs),
        SignatureAlgorithm::RsaPkcs1Sha512 => pkcs1(&digest::SHA512, Mechanism::Sha512RsaPkcs),
        SignatureAlgorithm::RsaPssSha256 => {
            let parameters =
                PkcsPssParams { hash_alg: MechanismType::SHA256, mgf: PkcsMgfType::MGF1_SHA256, s_len: 32.into() };
            pss(&digest::SHA256, parameters, Mechanism::Sha256RsaPkcsPss)
        }
        SignatureAlgorithm::RsaPssSha384 => {
            let parameters =
                PkcsPssParams { hash_alg: MechanismType::SHA384, mgf: PkcsMgfType::MGF1_SHA384, s_len: 48.into() };
            pss(&digest::SHA384, parameters, Mechanism::Sha384RsaPkcsPss)
        }
        SignatureAlgorithm::RsaPssSha512 => {
            let parameters =
                PkcsPssParams { hash_alg: MechanismType::SHA512, mgf: PkcsMgfType::MGF1_SHA512, s_len: 64.into() };
            pss(&digest::SHA512, parameters, Mechanism::Sha512RsaPkcsPss)
        }
        SignatureAlgorithm::EcdsaP256Sha256 => vec![
            (Mechanism::Ecdsa, digest::digest(&digest::SHA256, message).as_ref().to_vec()),
            (Mechanism::EcdsaSha256, message.to_vec()),
        ],
    }
}
