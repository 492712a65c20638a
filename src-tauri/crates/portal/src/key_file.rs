//! The portal's own private keys and other secrets, each in a file that only the portal's user can read.
//!
//! A file is written under another name, synced, and only then given its name: a file that exists is complete.
//! Where two processes make the same file at once, the first one's is kept and both use it.

use crate::error::PortalError;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
};
use pki::{SignatureAlgorithm, SigningError, SigningKey};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// An RSA 3072 key of the portal: of a CA, its TLS listener, its seal, its OCSP responder or its
/// time-stamping authority.
pub(crate) struct AuthorityKey {
    pair: KeyPair,
    subject_public_key_info: Vec<u8>,
}

impl AuthorityKey {
    /// Reads the key in `file` (PKCS#8 DER, [RFC 5958]); makes a new one where there is no file.
    pub(crate) fn open_or_create(file: &Path) -> Result<Self, PortalError> {
        let pkcs8 = open_or_create(file, || new_rsa_key().map(|(pkcs8, _)| pkcs8))?;
        Self::from_pkcs8(&pkcs8).map_err(|_| PortalError::KeyFile { file: file.to_path_buf() })
    }

    /// Reads the key in `file`, which must be there.
    pub(crate) fn open(file: &Path) -> Result<Self, PortalError> {
        let pkcs8 = fs::read(file).map(Zeroizing::new);
        let pkcs8 = pkcs8.map_err(|source| PortalError::Files { path: file.to_path_buf(), source })?;
        Self::from_pkcs8(&pkcs8).map_err(|_| PortalError::KeyFile { file: file.to_path_buf() })
    }

    fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, NoKey> {
        let pair = KeyPair::from_pkcs8(pkcs8).map_err(|_| NoKey)?;
        let public = AsDer::<PublicKeyX509Der<'static>>::as_der(pair.public_key()).map_err(|_| NoKey)?;
        Ok(Self { subject_public_key_info: public.as_ref().to_vec(), pair })
    }
}

/// The bytes are not those of an RSA key.
struct NoKey;

/// A new RSA 3072 key: PKCS#8 ([RFC 5958]) and SubjectPublicKeyInfo, both DER.
pub(crate) fn new_rsa_key() -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), PortalError> {
    let pair = KeyPair::generate(KeySize::Rsa3072).map_err(|_| PortalError::KeyGeneration)?;
    let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).map_err(|_| PortalError::KeyGeneration)?;
    let public = AsDer::<PublicKeyX509Der<'static>>::as_der(pair.public_key());
    let public = public.map_err(|_| PortalError::KeyGeneration)?.as_ref().to_vec();
    Ok((Zeroizing::new(der.as_ref().to_vec()), public))
}

impl SigningKey for AuthorityKey {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let encoding: &'static dyn aws_lc_rs::signature::RsaEncoding = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
            SignatureAlgorithm::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
            SignatureAlgorithm::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
            SignatureAlgorithm::RsaPssSha256 => &RSA_PSS_SHA256,
            SignatureAlgorithm::RsaPssSha384 => &RSA_PSS_SHA384,
            SignatureAlgorithm::RsaPssSha512 => &RSA_PSS_SHA512,
            SignatureAlgorithm::EcdsaP256Sha256 => return Err(SigningError::Unsupported(algorithm)),
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SigningError::Failed("the RSA operation failed"))?;
        Ok(signature)
    }
}

/// Reads the `LENGTH` random bytes in `file`; makes new ones where there is no file.
pub(crate) fn open_or_create_random<const LENGTH: usize>(file: &Path) -> Result<Zeroizing<[u8; LENGTH]>, PortalError> {
    let bytes = open_or_create(file, || {
        let mut bytes = Zeroizing::new(vec![0; LENGTH]);
        rand::fill(&mut bytes).map_err(|_| PortalError::KeyGeneration)?;
        Ok(bytes)
    })?;
    let bytes: [u8; LENGTH] =
        bytes.as_slice().try_into().map_err(|_| PortalError::KeyFile { file: file.to_path_buf() })?;
    Ok(Zeroizing::new(bytes))
}

/// Makes the folder, for the portal's user only, where it is not there yet.
pub(crate) fn private_folder(folder: &Path) -> Result<(), PortalError> {
    let failed = |source| PortalError::Files { path: folder.to_path_buf(), source };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        builder.mode(0o700).create(folder).map_err(failed)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)
    }
    #[cfg(not(unix))]
    builder.create(folder).map_err(failed)
}

/// Waits until no other process makes keys or certificates in this folder: two that start at once must not make two
/// certificates of one CA. Holds for as long as the file is kept.
pub(crate) fn alone(folder: &Path) -> Result<File, PortalError> {
    let path = folder.join("making.lock");
    let failed = |source| PortalError::Files { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Replaces `file` by one that holds `bytes`, all of it or nothing.
pub(crate) fn write_atomically(file: &Path, bytes: &[u8]) -> Result<(), PortalError> {
    let failed = |source| PortalError::Files { path: file.to_path_buf(), source };
    let temporary = write_beside(file, bytes).map_err(failed)?;
    fs::rename(&temporary, file).map_err(|source| {
        let _ = fs::remove_file(&temporary);
        failed(source)
    })
}

fn open_or_create(
    file: &Path,
    make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, PortalError>,
) -> Result<Zeroizing<Vec<u8>>, PortalError> {
    let failed = |source| PortalError::Files { path: file.to_path_buf(), source };
    match fs::read(file) {
        Ok(bytes) => return Ok(Zeroizing::new(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let temporary = write_beside(file, &make()?).map_err(failed)?;
    // A hard link, unlike a rename, never replaces what another process made meanwhile.
    let linked = fs::hard_link(&temporary, file);
    let _ = fs::remove_file(&temporary);
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    fs::read(file).map(Zeroizing::new).map_err(failed)
}

fn write_beside(file: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", uuid::Uuid::new_v4()));
    let temporary = file.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut handle = options.open(&temporary)?;
    handle.write_all(bytes)?;
    handle.sync_all()?;
    Ok(temporary)
}
