//! A loaded PKCS#11 module, and how a token is found in one.
//!
//! A module has one state for the whole program (PKCS#11 §5.4 `C_Initialize`), and so has the log-in to a token
//! (§5.6 `C_Login`). So modules are kept once for the program, and one thing is done with a module at a time: many of
//! them are less fit for threads than they say.

use crate::token::failure::TokenError;
use crate::token::modules::Modules;
use crate::token::uri::TokenUri;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::{Slot, TokenInfo};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

static KEPT: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// A module that may be loaded.
pub(super) struct Module {
    path: PathBuf,
    state: Mutex<ModuleState>,
}

/// What is known of a module, for the one who has it.
pub(super) struct ModuleState {
    path: PathBuf,
    library: Option<Pkcs11>,
    /// How many unlocked keys there are, by slot: the last one out logs out.
    open_keys: BTreeMap<u64, usize>,
}

/// One token among those that a module shows.
pub(super) struct FoundSlot {
    pub(super) slot: Slot,
    pub(super) token: TokenInfo,
}

impl Module {
    /// The module of this path; loads nothing yet.
    pub(super) fn at(path: &Path) -> Arc<Self> {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(path.to_owned()).or_insert_with(|| {
            let state = ModuleState { path: path.to_owned(), library: None, open_keys: BTreeMap::new() };
            Arc::new(Self { path: path.to_owned(), state: Mutex::new(state) })
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The module, for as long as nobody else needs it.
    pub(super) fn lock(&self) -> MutexGuard<'_, ModuleState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModuleState {
    /// The module's functions. Loads and starts it where that has not been done.
    pub(super) fn library(&mut self) -> Result<Pkcs11, TokenError> {
        if let Some(library) = &self.library {
            return Ok(library.clone());
        }
        if !self.path.is_file() {
            return Err(TokenError::ModuleMissing(self.path.clone()));
        }
        let broken =
            |error: Error| TokenError::ModuleBroken { path: self.path.clone(), reason: error.to_string().into() };
        let library = Pkcs11::new(&self.path).map_err(broken)?;
        start(&library).map_err(broken)?;
        self.library = Some(library.clone());
        Ok(library)
    }

    /// Ends the module and starts it again, unless a key of it is open: some modules (SoftHSM, the TPM's) know only the
    /// tokens that were there when they started. Says whether it did.
    fn restart(&mut self) -> bool {
        if !self.open_keys.is_empty() {
            return false;
        }
        let Some(library) = self.library.take() else {
            return false;
        };
        if let Err(error) = library.finalize() {
            tracing::debug!(%error, module = %self.path.display(), "a PKCS#11 module did not end");
        }
        self.library().is_ok()
    }

    /// The tokens that are in the module's slots and can be used.
    pub(super) fn slots(&mut self) -> Result<Vec<FoundSlot>, TokenError> {
        let library = self.library()?;
        let slots = match library.get_slots_with_token() {
            // Another part of the program, or the module itself after a fork, ended it.
            Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => {
                start(&library)?;
                library.get_slots_with_token()?
            }
            other => other?,
        };
        let mut found = Vec::new();
        for slot in slots {
            match library.get_token_info(slot) {
                Ok(token) if token.token_initialized() => found.push(FoundSlot { slot, token }),
                Ok(_) => {}
                // A token may be taken out between the two questions.
                Err(error) => tracing::debug!(%error, "a slot without a token that answers"),
            }
        }
        Ok(found)
    }

    pub(super) fn key_opened(&mut self, slot: Slot) {
        *self.open_keys.entry(slot.id()).or_default() += 1;
    }

    /// Says whether it was the last one of the slot.
    pub(super) fn key_closed(&mut self, slot: Slot) -> bool {
        let left = self.open_keys.get(&slot.id()).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            self.open_keys.remove(&slot.id());
        } else {
            self.open_keys.insert(slot.id(), left);
        }
        left == 0
    }

    pub(super) fn keys_are_open(&self, slot: Slot) -> bool {
        self.open_keys.contains_key(&slot.id())
    }
}

fn start(library: &Pkcs11) -> Result<(), Error> {
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Finds the one token that answers to the address and does something with it. The token is looked for at every call:
/// it may have been taken out and put into another reader.
///
/// # Errors
/// [`TokenError::NotThere`], [`TokenError::Ambiguous`], what is wrong with the modules where none works, and what `act`
/// says.
pub(super) fn on_token<T>(
    modules: &Modules,
    uri: &TokenUri,
    act: impl FnOnce(&Arc<Module>, &mut ModuleState, &FoundSlot) -> Result<T, TokenError>,
) -> Result<T, TokenError> {
    let module = match the_module_with(modules, uri, false) {
        Err(TokenError::NotThere) => the_module_with(modules, uri, true)?,
        other => other?,
    };
    let mut state = module.lock();
    let mut answering = state.slots()?;
    answering.retain(|found| uri.matches(&found.token));
    match answering.as_slice() {
        [found] => act(&module, &mut state, found),
        [] => Err(TokenError::NotThere),
        several => Err(TokenError::Ambiguous(several.len())),
    }
}

/// The first module that shows the one token that answers. Several modules may show the same token (OpenSC has two for
/// the same cards): what label, serial number, manufacturer and model cannot tell apart is one token.
fn the_module_with(modules: &Modules, uri: &TokenUri, anew: bool) -> Result<Arc<Module>, TokenError> {
    let mut answering: BTreeMap<String, Arc<Module>> = BTreeMap::new();
    let (mut works, mut failure) = (false, None);
    for path in modules.paths() {
        let module = Module::at(path);
        let mut state = module.lock();
        if anew && !state.restart() && state.library.is_some() {
            tracing::debug!(module = %path.display(), "not started anew: a key of it is open");
        }
        match state.slots() {
            Ok(slots) => {
                works = true;
                for found in slots.iter().filter(|found| uri.matches(&found.token)) {
                    let identity = TokenUri::of(&found.token).map(|uri| uri.to_string()).unwrap_or_default();
                    answering.entry(identity).or_insert_with(|| Arc::clone(&module));
                }
            }
            Err(error) => {
                tracing::debug!(%error, "a PKCS#11 module does not work");
                failure.get_or_insert(error);
            }
        }
    }
    match (answering.len(), works, failure) {
        (0, false, Some(failure)) => Err(failure),
        (0, false, None) => Err(TokenError::NoModules),
        (0, true, _) => Err(TokenError::NotThere),
        (1, ..) => Ok(answering.into_values().next().expect("there is one")),
        (several, ..) => Err(TokenError::Ambiguous(several)),
    }
}
