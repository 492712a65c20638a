//! The certificates that local registration authorities call the portal with: issued and withdrawn by the staff, on the
//! portal's data, whether the portal runs at the moment or not.

use crate::administration::canonical_serial_number;
use crate::certificate_authority::{AuthoritySubject, IssuingAuthority, trust_anchor_file};
use crate::clock::Clock;
use crate::error::PortalError;
use crate::invitation::{OrderRejected, check_cvr, check_email, check_name};
use crate::key_file;
use crate::server::status_url;
use crate::storage::{AuthorityCertificate, NewAuthorityCertificate, Storage};
use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{pbkdf2, rand};
use chrono::{DateTime, Utc};
use der::Encode;
use der::pem::LineEnding;
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, Kdf, Pbkdf2Params, Pbkdf2Prf};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Rounds of PBKDF2 with HMAC-SHA-256 ([RFC 8018 §5.2]): what OWASP asks for, in a form that OpenSSL and curl read.
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(600_000) {
    Some(iterations) => iterations,
    None => NonZeroU32::MIN,
};
/// Characters of a password for the key at least, and bytes at most.
const SHORTEST_PASSWORD: usize = 12;
const LONGEST_PASSWORD: usize = 256;

/// For whom the certificate of a local registration authority is.
pub struct AuthorityOrder {
    /// Name of the organisation that it acts for.
    pub organisation: String,
    /// The organisation's CVR number: it acts on certificates under this number alone.
    pub cvr: String,
    /// Name of the person who acts with it.
    pub name: String,
    /// E-mail address of that person.
    pub email: String,
}

/// What was issued to a local registration authority, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct IssuedToAuthority {
    /// The certificate's serial number, lower-case hexadecimal: what it is withdrawn by.
    pub serial_number: String,
    /// The certificate and that of the issuing CA, PEM.
    pub certificate: PathBuf,
    /// The key under the password, PEM ([RFC 5958 §3]); only the portal's user can read it.
    pub key: PathBuf,
    /// The certificate that the portal is known by, PEM.
    pub trust_anchor: PathBuf,
    /// Until when the certificate is valid.
    pub not_after: DateTime<Utc>,
}

/// Why no certificate was issued to a local registration authority, or none withdrawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A certificate cannot hold what was ordered.
    #[error(transparent)]
    Rejected(#[from] OrderRejected),
    /// The password is too short, too long, or none.
    #[error("the password for the key has fewer than 12 characters, or more than 256 bytes")]
    Password,
    /// There is no portal on this data: its first start makes the CA.
    #[error("no portal has run on this data yet: start it once")]
    NeverStarted,
    /// A file would be overwritten.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// There is no such certificate of a local registration authority.
    #[error("no certificate of a local registration authority has this serial number")]
    Unknown,
    /// The portal failed.
    #[error(transparent)]
    Portal(#[from] PortalError),
}

impl From<crate::storage::StorageError> for AuthorityError {
    fn from(error: crate::storage::StorageError) -> Self {
        Self::Portal(error.into())
    }
}

impl AuthorityOrder {
    /// Checks what a certificate must be able to hold.
    ///
    /// # Errors
    /// [`OrderRejected`].
    pub fn check(&self) -> Result<(), OrderRejected> {
        check_name("organisation", &self.organisation)?;
        check_name("name", &self.name)?;
        check_cvr(&self.cvr)?;
        check_email(&self.email)
    }
}

/// Issues a certificate to a local registration authority, with a new RSA 3072 key, and writes both into the folder `out`,
/// which is made where it is not there: `lra.pem` and `lra.key`, encrypted under `password`.
///
/// `database` as in [`crate::invite`].
///
/// # Errors
/// [`AuthorityError`]; then neither file is left, and no certificate that could be used.
pub async fn issue_to_authority(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    order: &AuthorityOrder,
    password: &str,
    out: &Path,
) -> Result<IssuedToAuthority, AuthorityError> {
    order.check()?;
    if password.chars().count() < SHORTEST_PASSWORD || password.len() > LONGEST_PASSWORD {
        return Err(AuthorityError::Password);
    }
    let status_url = status_url(data)?.ok_or(AuthorityError::NeverStarted)?;
    let (folder, password) = (data.to_path_buf(), Zeroizing::new(password.to_owned()));
    let made = tokio::task::spawn_blocking(move || {
        let issuing = IssuingAuthority::open(&folder, status_url)?;
        let (pkcs8, public) = key_file::new_rsa_key()?;
        Ok::<_, PortalError>((issuing, encrypted_pem(&pkcs8, password.as_bytes())?, public))
    });
    let (issuing, key_pem, public) = made.await.map_err(|_| PortalError::Interrupted)??;

    make_folder(out)?;
    let (certificate_file, key_file) = (out.join("lra.pem"), out.join("lra.key"));
    if certificate_file.exists() {
        return Err(AuthorityError::Exists(certificate_file));
    }
    write_new(&key_file, key_pem.as_bytes())?;
    let issued = record_and_write(data, database, clock.now(), order, &issuing, &public, &certificate_file).await;
    match issued {
        Ok((serial_number, not_after)) => Ok(IssuedToAuthority {
            serial_number,
            certificate: certificate_file,
            key: key_file,
            trust_anchor: trust_anchor_file(data),
            not_after,
        }),
        Err(error) => {
            let _ = fs::remove_file(&key_file);
            Err(error)
        }
    }
}

/// Withdraws the certificate of a local registration authority, for good; one that is withdrawn already stays as it is.
///
/// `serial_number` as in [`crate::reinstate`], `database` as in [`crate::invite`].
///
/// # Errors
/// [`AuthorityError::Unknown`], or [`AuthorityError::Portal`] where the database fails.
pub async fn withdraw_authority(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    serial_number: &str,
) -> Result<AuthorityCertificate, AuthorityError> {
    let storage = Storage::open(data, database).await?;
    let withdrawn = storage.withdraw_authority(&canonical_serial_number(serial_number), clock.now()).await;
    storage.close().await;
    withdrawn?.ok_or(AuthorityError::Unknown)
}

/// Every certificate of a local registration authority. `database` as in [`crate::invite`].
///
/// # Errors
/// [`PortalError`] where the database fails.
pub async fn authorities(data: &Path, database: Option<&str>) -> Result<Vec<AuthorityCertificate>, PortalError> {
    let storage = Storage::open(data, database).await?;
    let authorities = storage.authorities().await;
    storage.close().await;
    Ok(authorities?)
}

async fn record_and_write(
    data: &Path,
    database: Option<&str>,
    now: DateTime<Utc>,
    order: &AuthorityOrder,
    issuing: &IssuingAuthority,
    subject_public_key_info: &[u8],
    file: &Path,
) -> Result<(String, DateTime<Utc>), AuthorityError> {
    let AuthorityOrder { organisation, cvr, name, email } = order;
    let storage = Storage::open(data, database).await?;
    let to = NewAuthorityCertificate { organisation, cvr, name, email };
    let subject = AuthoritySubject { name, email, organisation, cvr };
    let certificate = storage
        .issue_to_authority(&to, now, || {
            let issued = issuing.issue(&subject, subject_public_key_info, now);
            issued.map_err(|error| AuthorityError::Portal(error.into()))
        })
        .await?;
    let pem = format!("{}{}", certificate.to_pem(), issuing.certificate().to_pem());
    let written = write_new(file, pem.as_bytes());
    if written.is_err() {
        // Nobody has it, and nobody shall come to have it.
        storage.withdraw_authority(certificate.serial_number(), now).await?;
    }
    storage.close().await;
    written?;
    Ok((certificate.serial_number().to_owned(), certificate.not_after()))
}

/// Encrypts PKCS#8 with PBES2 ([RFC 8018 §6.2]): PBKDF2 with HMAC-SHA-256, AES-256-CBC; PEM ([RFC 7468 §11]).
fn encrypted_pem(pkcs8: &[u8], password: &[u8]) -> Result<Zeroizing<String>, PortalError> {
    let (mut salt, mut initialization_vector, mut key) = ([0; 16], [0; 16], Zeroizing::new([0; 32]));
    let failed = |_| PortalError::KeyGeneration;
    rand::fill(&mut salt).map_err(failed)?;
    rand::fill(&mut initialization_vector).map_err(failed)?;
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password, key.as_mut_slice());
    let cipher = UnboundCipherKey::new(&AES_256, key.as_slice()).map_err(failed)?;
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(cipher).map_err(failed)?;
    let context = EncryptionContext::Iv128(FixedLength::from(initialization_vector));
    // Reserved first: growing by the padding would leave a copy of the key behind.
    let mut encrypted = Vec::with_capacity(pkcs8.len() + 16);
    encrypted.extend_from_slice(pkcs8);
    cipher.less_safe_encrypt(&mut encrypted, context).map_err(failed)?;
    let kdf = Pbkdf2Params {
        salt: &salt,
        iteration_count: ITERATIONS.get(),
        key_length: None,
        prf: Pbkdf2Prf::HmacWithSha256,
    };
    let info = EncryptedPrivateKeyInfo {
        encryption_algorithm: EncryptionScheme::Pbes2(pbes2::Parameters {
            kdf: Kdf::Pbkdf2(kdf),
            encryption: pbes2::EncryptionScheme::Aes256Cbc { iv: &initialization_vector },
        }),
        encrypted_data: &encrypted,
    };
    let der = info.to_der().map_err(|_| PortalError::KeyGeneration)?;
    let pem = der::pem::encode_string("ENCRYPTED PRIVATE KEY", LineEnding::LF, &der);
    pem.map(Zeroizing::new).map_err(|_| PortalError::KeyGeneration)
}

/// Makes the folder, for the portal's user only, where it is not there; one that is there stays as it is.
fn make_folder(folder: &Path) -> Result<(), PortalError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(|source| PortalError::Files { path: folder.to_path_buf(), source })
}

/// Writes a file that was not there, for the portal's user only.
fn write_new(file: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    let failed = |source| AuthorityError::Portal(PortalError::Files { path: file.to_path_buf(), source });
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut handle = options.open(file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => AuthorityError::Exists(file.to_path_buf()),
        _ => failed(error),
    })?;
    let written = handle.write_all(bytes).and_then(|()| handle.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(file);
        failed(error)
    })
}
