//! The portals' own keys. Making a portal's six takes seconds, so a portal that has ended leaves its keys to the next one
//! of the same test program. No two that are there at once share any.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The files of a portal's RSA keys. One that is not named here the portal makes by itself.
const FILES: [&str; 6] =
    ["root-ca.pk8", "issuing-ca.pk8", "tls.pk8", "seal.pk8", "ocsp-responder.pk8", "time-stamping.pk8"];

type Keys = Vec<(&'static str, Vec<u8>)>;

static LEFT: Mutex<Vec<Keys>> = Mutex::new(Vec::new());

/// Keys that a portal has for as long as this is kept.
pub struct AuthorityKeys {
    keys: Keys,
}

impl AuthorityKeys {
    /// Puts keys into the folder of a portal that was never started.
    ///
    /// # Panics
    /// Where the files cannot be written.
    #[must_use]
    pub fn placed_in(portal_data: &Path) -> Self {
        let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let keys = left.unwrap_or_else(|| FILES.iter().map(|file| (*file, new_key())).collect());
        let folder = portal_data.join("keys");
        make_private_folder(&folder);
        for (file, pkcs8) in &keys {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(folder.join(file)).expect("a new file");
            file.write_all(pkcs8).expect("the file is written");
        }
        Self { keys }
    }
}

impl Drop for AuthorityKeys {
    fn drop(&mut self) {
        LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.keys));
    }
}

fn make_private_folder(folder: &Path) {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).expect("a folder");
}

fn new_key() -> Vec<u8> {
    let pair = KeyPair::generate(KeySize::Rsa3072).expect("an RSA key");
    AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).expect("PKCS#8").as_ref().to_vec()
}
