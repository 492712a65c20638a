//! A private key with its certificate chain as a PKCS#12 container ([RFC 7292]) for other programs: OpenSSL 3, Windows
//! and macOS read what is written here.
//!
//! The key and the certificates are encrypted with PBES2 ([RFC 8018 §6.2]): PBKDF2 with HMAC-SHA-256, and AES-256-CBC.
//! The MAC is HMAC-SHA-256 under PKCS#12's own derivation, as OpenSSL 3 has it by default.

use crate::encrypted_key::{BLOCK, DerivedKey, SALT_LENGTH, random};
use crate::private_key;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use der::asn1::{Any, BmpString, Null, ObjectIdentifier, OctetString, SetOfVec};
use der::{Encode, Sequence, ValueOrd};
use lifecycle::ports::KeyStoreError;
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::spki::AlgorithmIdentifier;
use pki::{Certificate, SigningKey, container};
use std::num::NonZeroU32;

/// Rounds of PBKDF2 for the key, and as many for the certificates.
pub const EXPORT_ITERATIONS: u32 = 210_000;
/// Rounds of the derivation for the MAC: as many as .NET's loader takes for one derivation (`Pkcs12LoaderLimits`). Who
/// guesses the password tries the cheapest derivation, and a round of this one hashes one block where one of PBKDF2
/// hashes two.
pub const EXPORT_MAC_ITERATIONS: u32 = 300_000;

/// Most certificates of a chain.
const LONGEST_CHAIN: usize = 16;
/// Most characters of the name: what a common name can have ([RFC 5280 §A.1], `ub-common-name`).
const LONGEST_NAME: usize = 64;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const PKCS8_SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// Seals a key (DER `PrivateKeyInfo`) and its chain, the key's own certificate first, under a password (UTF-8); returns
/// DER `PFX`.
///
/// # Errors
/// [`KeyStoreError::Failed`] where the first certificate is not the key's, the chain or the password is too long or
/// empty, or the system has no randomness.
pub(crate) fn seal(private_key_info: &[u8], chain: &[Certificate], password: &str) -> Result<Vec<u8>, KeyStoreError> {
    let Some(own) = chain.first().filter(|_| chain.len() <= LONGEST_CHAIN) else {
        return Err(failed(&format!("a chain has 1 to {LONGEST_CHAIN} certificates, not {}", chain.len())));
    };
    if password.is_empty() {
        return Err(failed("a container has a password"));
    }
    let key = private_key::read(private_key_info)?;
    if key.subject_public_key_info() != own.subject_public_key_info() {
        return Err(failed("the chain does not begin with the key's certificate"));
    }

    let certificates = chain
        .iter()
        .enumerate()
        .map(|(place, certificate)| {
            let certificate_bag = CertBag { id: X509_CERTIFICATE, value: OctetString::new(certificate.der())? };
            let attributes = if place == 0 { naming(own)? } else { SetOfVec::new() };
            Ok(SafeBag { id: CERT_BAG, value: Any::encode_from(&certificate_bag)?, attributes: present(attributes) })
        })
        .collect::<der::Result<Vec<_>>>()
        .and_then(|bags| bags.to_der())
        .map_err(not_written)?;
    let certificates = encrypted(&certificates, password, |algorithm, encrypted| {
        let content = EncryptedContentInfo {
            content_type: DATA,
            algorithm: Any::encode_from(algorithm)?,
            encrypted: OctetString::new(encrypted)?,
        };
        Ok(ContentInfo {
            content_type: ENCRYPTED_DATA,
            content: Any::encode_from(&EncryptedData { version: 0, content })?,
        })
    })?;
    let key = encrypted(private_key_info, password, |algorithm, encrypted| {
        let info = EncryptedPrivateKeyInfo { encryption_algorithm: algorithm.clone(), encrypted_data: encrypted };
        let bag =
            SafeBag { id: PKCS8_SHROUDED_KEY_BAG, value: Any::encode_from(&info)?, attributes: present(naming(own)?) };
        ContentInfo::data(&vec![bag].to_der()?)
    })?;

    let authenticated_safe = vec![certificates, key].to_der().map_err(not_written)?;
    let salt: [u8; SALT_LENGTH] = random()?;
    let mac = container::sealing_mac(&authenticated_safe, password, &salt, EXPORT_MAC_ITERATIONS)
        .map_err(|error| failed(&error.to_string()))?;
    let file = || -> der::Result<Vec<u8>> {
        let algorithm = AlgorithmIdentifier { oid: SHA_256, parameters: Some(Any::from(Null)) };
        let digest_info = DigestInfo { algorithm, digest: OctetString::new(mac)? };
        Pfx {
            version: 3,
            authenticated_safe: ContentInfo::data(&authenticated_safe)?,
            mac: MacData { mac: digest_info, salt: OctetString::new(salt)?, iterations: EXPORT_MAC_ITERATIONS },
        }
        .to_der()
    };
    file().map_err(not_written)
}

/// Encrypts, and puts together what `form` makes of the algorithm and the octets.
fn encrypted<T>(
    plaintext: &[u8],
    password: &str,
    form: impl FnOnce(&EncryptionScheme<'_>, &[u8]) -> der::Result<T>,
) -> Result<T, KeyStoreError> {
    let salt: [u8; SALT_LENGTH] = random()?;
    let initialization_vector: [u8; BLOCK] = random()?;
    let rounds = NonZeroU32::new(EXPORT_ITERATIONS).ok_or_else(|| failed("no rounds"))?;
    let key = DerivedKey::by_pbkdf2(password.as_bytes(), &salt, rounds);
    let ciphertext = key.encrypt(plaintext, &initialization_vector)?;
    let parameters = Parameters::pbkdf2_sha256_aes256cbc(EXPORT_ITERATIONS, &salt, &initialization_vector)
        .map_err(|error| failed(&error.to_string()))?;
    form(&EncryptionScheme::Pbes2(parameters), &ciphertext).map_err(not_written)
}

/// The attributes by which a reader sees that key and certificate belong together, and what to call them
/// ([RFC 7292 §4.2], [RFC 2985 §5.5]). The identifier is the SHA-1 of the certificate, as in other programs' containers.
fn naming(certificate: &Certificate) -> der::Result<SetOfVec<Attribute>> {
    let identifier = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
    let mut attributes = vec![Attribute::of(LOCAL_KEY_ID, Any::encode_from(&OctetString::new(identifier.as_ref())?)?)?];
    // A BMPString has no other characters.
    let name: String = certificate
        .description()
        .common_name
        .chars()
        .filter(|character| u16::try_from(u32::from(*character)).is_ok() && !character.is_control())
        .take(LONGEST_NAME)
        .collect();
    if !name.is_empty() {
        attributes.push(Attribute::of(FRIENDLY_NAME, Any::encode_from(&BmpString::from_utf8(&name)?)?)?);
    }
    SetOfVec::try_from(attributes)
}

fn present(attributes: SetOfVec<Attribute>) -> Option<SetOfVec<Attribute>> {
    Some(attributes).filter(|attributes| !attributes.is_empty())
}

/// `PFX` ([RFC 7292 §4]).
#[derive(Sequence)]
struct Pfx {
    version: u8,
    authenticated_safe: ContentInfo,
    mac: MacData,
}

/// `MacData` ([RFC 7292 §4]).
#[derive(Sequence)]
struct MacData {
    mac: DigestInfo,
    salt: OctetString,
    iterations: u32,
}

/// `DigestInfo` ([RFC 8017 §9.2]).
#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifier<Any>,
    digest: OctetString,
}

/// `ContentInfo` ([RFC 5652 §3]).
#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Any,
}

impl ContentInfo {
    fn data(octets: &[u8]) -> der::Result<Self> {
        Ok(Self { content_type: DATA, content: Any::encode_from(&OctetString::new(octets)?)? })
    }
}

/// `EncryptedData` ([RFC 5652 §8]).
#[derive(Sequence)]
struct EncryptedData {
    version: u8,
    content: EncryptedContentInfo,
}

/// `EncryptedContentInfo` ([RFC 5652 §6.1]).
#[derive(Sequence)]
struct EncryptedContentInfo {
    content_type: ObjectIdentifier,
    algorithm: Any,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    encrypted: OctetString,
}

/// `SafeBag` ([RFC 7292 §4.2]).
#[derive(Sequence)]
struct SafeBag {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: Any,
    #[asn1(optional = "true")]
    attributes: Option<SetOfVec<Attribute>>,
}

/// `CertBag` ([RFC 7292 §4.2.3]).
#[derive(Sequence)]
struct CertBag {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: OctetString,
}

/// `PKCS12Attribute` ([RFC 7292 §4.2]).
#[derive(Clone, PartialEq, Eq, Sequence, ValueOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    values: SetOfVec<Any>,
}

impl Attribute {
    fn of(kind: ObjectIdentifier, value: Any) -> der::Result<Self> {
        Ok(Self { kind, values: SetOfVec::try_from(vec![value])? })
    }
}

fn not_written(error: der::Error) -> KeyStoreError {
    failed(&error.to_string())
}

fn failed(reason: &str) -> KeyStoreError {
    KeyStoreError::Failed(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imported_key;
    use crate::material::{Kind, Material, PASSWORD, openssl};

    const KINDS: [Kind; 2] = [Kind::P256, Kind::Rsa(3072)];

    fn exported(material: &Material, chain: &[Certificate], password: &str) -> Result<Vec<u8>, KeyStoreError> {
        seal(&material.private_key_info(), chain, password)
    }

    #[test]
    fn openssl_reads_the_key_the_chain_and_what_they_are_called() {
        for kind in KINDS {
            let (material, authority) = (Material::new(kind), Material::new(Kind::P256));
            let chain = [material.certificate.clone(), authority.certificate.clone()];
            let container = exported(&material, &chain, PASSWORD).expect("a container");
            material.write("exported.p12", &container);
            let open = |options: &str| {
                let mut arguments = vec!["pkcs12", "-in", "exported.p12", "-passin", "env:CONTAINER_PASSWORD"];
                arguments.extend(options.split_whitespace());
                openssl(material.folder(), PASSWORD, &arguments)
            };
            let (text, told) = open("-info -nodes");
            for expected in [
                "MAC: sha256, Iteration 300000",
                "PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 210000, PRF hmacWithSHA256",
                "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 210000, PRF hmacWithSHA256",
            ] {
                assert!(told.contains(expected), "{expected}: {told}");
            }
            assert_eq!(text.matches("localKeyID: ").count(), 2, "the key's and the certificate's: {text}");
            let identifiers: Vec<&str> = text.lines().filter(|line| line.contains("localKeyID")).collect();
            assert_eq!(identifiers[0].trim(), identifiers[1].trim());
            assert_eq!(text.matches("friendlyName: ").count(), 2, "{text}");

            let (text, _) = open("-nokeys");
            assert_eq!(Certificate::all_from_pem(text.as_bytes()).expect("certificates"), chain);
            let (pem, _) = open("-nocerts -nodes");
            material.write("exported.pem", pem.as_bytes());
            let public = "pkey -in exported.pem -pubout -outform DER -out exported.der";
            openssl(material.folder(), "", &public.split(' ').collect::<Vec<_>>());
            assert_eq!(material.read("exported.der"), material.certificate.subject_public_key_info());
        }
    }

    #[test]
    fn what_was_exported_is_imported_again_and_by_its_password_only() {
        for kind in KINDS {
            let material = Material::new(kind);
            for password in [PASSWORD, "x", "nøgle 🔑 æøå"] {
                let chain = std::slice::from_ref(&material.certificate);
                let container = exported(&material, chain, password).expect("a container");
                let public = material.certificate.subject_public_key_info();
                let key = imported_key::find(&container, password, public).expect("the key");
                assert_eq!(private_key::read(&key).expect("a key").subject_public_key_info(), public);
                let read = container::read(&container, Some(password)).expect("certificates");
                assert_eq!((read.certificates.as_slice(), read.holds_private_key), (chain, true));
                let refused = imported_key::find(&container, "forkert", public);
                assert!(matches!(refused, Err(KeyStoreError::ContainerLocked)), "{:?}", refused.err());
            }
        }
    }

    #[test]
    fn neither_the_key_nor_the_certificates_can_be_seen_from_outside() {
        let material = Material::new(Kind::Rsa(2048));
        let container =
            exported(&material, std::slice::from_ref(&material.certificate), PASSWORD).expect("a container");
        let secret = material.private_key_info();
        for shown in [&secret[100..132], material.certificate.subject_public_key_info(), PASSWORD.as_bytes()] {
            assert!(!container.windows(shown.len()).any(|window| window == shown));
        }
    }

    #[test]
    fn two_exports_share_no_salt() {
        let material = Material::new(Kind::P256);
        let chain = std::slice::from_ref(&material.certificate);
        let [first, second] = [0, 1].map(|_| exported(&material, chain, PASSWORD).expect("a container"));
        let shared = first.windows(SALT_LENGTH).filter(|window| {
            // A salt follows its header; the rest that both share are names and lengths.
            second.windows(SALT_LENGTH + 2).any(|other| other[..2] == [4, 16] && other[2..] == **window)
        });
        assert_eq!(shared.count(), 0);
    }

    #[test]
    fn a_chain_of_another_key_none_at_all_or_an_empty_password_is_refused() {
        let (material, other) = (Material::new(Kind::P256), Material::new(Kind::P256));
        let own = material.certificate.clone();
        for (chain, password) in [
            (vec![other.certificate.clone(), own.clone()], PASSWORD.to_owned()),
            (vec![], PASSWORD.to_owned()),
            (vec![own.clone(); LONGEST_CHAIN + 1], PASSWORD.to_owned()),
            (vec![own.clone()], String::new()),
            (vec![own], "x".repeat(container::MAXIMUM_PASSWORD_BYTES + 1)),
        ] {
            let refused = exported(&material, &chain, &password);
            assert!(matches!(refused, Err(KeyStoreError::Failed(_))), "{:?}", refused.err());
        }
    }
}
