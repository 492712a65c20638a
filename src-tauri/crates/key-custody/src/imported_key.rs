//! A private key out of a PKCS#12 container ([RFC 7292]) that another program wrote: the one that belongs to a given
//! certificate.

use crate::private_key;
use lifecycle::ports::KeyStoreError;
use pki::SigningKey;
use pki::container::{self, ContainerError};
use zeroize::Zeroizing;

/// Finds the key whose public half is `subject_public_key_info` (DER) in a container, DER or BER, that `password` opens;
/// returns DER `PrivateKeyInfo` without anything that the other program added.
///
/// The public half of each key is derived from the private one, which AWS-LC has checked; what the container says of
/// which key belongs to which certificate is not relied on.
///
/// # Errors
/// [`KeyStoreError::KeyUnsuitable`] where no key of that kind is used here, [`KeyStoreError::ContainerLocked`],
/// [`KeyStoreError::ContainerWithoutKey`], [`KeyStoreError::ContainerDamaged`].
pub(crate) fn find(
    container: &[u8],
    password: &str,
    subject_public_key_info: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    private_key::suitable(subject_public_key_info)?;
    let mut keys = container::key_bags(container, password).map_err(explain)?;
    // Another key that cannot be opened is nobody's concern where the wanted one can.
    let mut closed = None;
    while let Some(decrypted) = keys.next_decrypted() {
        match decrypted {
            Ok(candidate) => match private_key::read(&candidate) {
                Ok(key) if key.subject_public_key_info() == subject_public_key_info => return key.private_key_info(),
                Ok(_) => {}
                Err(_) if private_key::claims_to_be_of(&candidate, subject_public_key_info) => {
                    closed.get_or_insert(KeyStoreError::ContainerDamaged("a key in it is not whole".into()));
                }
                // Another certificate's.
                Err(_) => {}
            },
            // So will all that come after it.
            Err(error @ ContainerError::TooManyIterations { .. }) => return Err(explain(error)),
            Err(error) => {
                closed.get_or_insert(explain(error));
            }
        }
    }
    Err(closed.unwrap_or(KeyStoreError::ContainerWithoutKey))
}

fn explain(error: ContainerError) -> KeyStoreError {
    match error {
        ContainerError::PasswordWrong | ContainerError::PasswordNeeded | ContainerError::PasswordTooLong { .. } => {
            KeyStoreError::ContainerLocked
        }
        // The enum is open; the rest is about the file.
        other => KeyStoreError::ContainerDamaged(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encrypted_key;
    use crate::material::{Kind, Material, PASSWORD, as_ber};
    use crate::os_keychain::LARGEST_KEY;
    use pki::SignatureAlgorithm;

    fn found(material: &Material, container: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        find(container, password, material.certificate.subject_public_key_info())
    }

    #[track_caller]
    fn assert_signs_for_the_certificate(material: &Material, container: &[u8], options: &str) {
        let key = found(material, container, PASSWORD).unwrap_or_else(|error| panic!("{options}: {error}"));
        let key = private_key::read(&key).unwrap_or_else(|error| panic!("{options}: {error}"));
        let algorithm = match material.kind {
            Kind::Rsa(_) => SignatureAlgorithm::RsaPssSha256,
            Kind::Ec(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Kind::Ed25519 => panic!("no such key is taken"),
        };
        let signature = key.sign(algorithm, "Øvelse".as_bytes()).expect("it signs");
        let public = material.certificate.subject_public_key_info();
        pki::verify_signature(public, algorithm, "Øvelse".as_bytes(), &signature)
            .unwrap_or_else(|error| panic!("{options}: {error}"));
    }

    #[test]
    fn a_key_is_taken_out_whatever_the_container_is_sealed_with() {
        let material = Material::new(Kind::P256);
        for options in [
            "",
            "-legacy",
            "-legacy -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-RC2-40",
            "-legacy -keypbe PBE-SHA1-RC2-40",
            "-legacy -keypbe PBE-SHA1-RC2-128",
            "-keypbe PBE-SHA1-2DES -macalg sha1",
            "-keypbe AES-128-CBC -macalg sha384",
            "-keypbe AES-192-CBC -macalg sha512",
            "-keypbe DES-EDE3-CBC",
            "-keypbe NONE",
            "-keypbe NONE -certpbe NONE -nomac",
            "-certpbe NONE",
            "-certpbe NONE -nomac",
            "-nomac",
            "-iter 100000",
            "-noiter -nomaciter",
            // Adds an attribute to the key itself, as Windows does.
            "-keysig",
        ] {
            let container = material.container(options);
            assert_signs_for_the_certificate(&material, &container, options);
            for wrong in ["Øvelse gør mester 2", "øvelse gør mester 1", "", "🔑", &"x".repeat(2000)] {
                let refused = found(&material, &container, wrong);
                match options {
                    "-keypbe NONE -certpbe NONE -nomac" if wrong.len() < 1024 => {
                        refused.expect("what is not sealed opens with anything");
                    }
                    _ => assert!(
                        matches!(refused, Err(KeyStoreError::ContainerLocked)),
                        "{options}, {wrong}: {:?}",
                        refused.err()
                    ),
                }
            }
        }
    }

    #[test]
    fn rsa_of_2048_to_4096_bits_is_taken() {
        for bits in [2048, 3072, 4096] {
            let material = Material::new(Kind::Rsa(bits));
            for options in ["", "-legacy"] {
                assert_signs_for_the_certificate(&material, &material.container(options), options);
            }
            let key = found(&material, &material.container(""), PASSWORD).expect("the key");
            let kept = encrypted_key::encrypt(&key, PASSWORD.as_bytes()).expect("encrypts");
            assert!(kept.len() <= LARGEST_KEY, "{bits} bits: {} bytes", kept.len());
        }
    }

    #[test]
    fn keys_of_other_kinds_are_unsuitable_and_their_kind_is_named() {
        for (kind, named) in [
            (Kind::Rsa(1024), "1024"),
            (Kind::Rsa(4608), "4608"),
            (Kind::Ec("P-384"), "P-256"),
            (Kind::Ed25519, "1.3.101.112"),
        ] {
            let material = Material::new(kind);
            let refused = found(&material, &material.container(""), PASSWORD);
            let Err(KeyStoreError::KeyUnsuitable(reason)) = refused else { panic!("{kind:?}: {:?}", refused.err()) };
            assert!(reason.contains(named), "{reason}");
        }
    }

    #[test]
    fn of_several_keys_the_certificates_own_is_taken() {
        let materials =
            [Kind::P256, Kind::Rsa(2048), Kind::P256, Kind::Rsa(1024), Kind::Ec("P-384")].map(Material::new);
        let [first, second, third, ..] = &materials;
        let container = Material::container_of_several(&materials);
        for material in [first, second, third] {
            assert_signs_for_the_certificate(material, &container, "several");
        }
        for kind in [Kind::P256, Kind::Rsa(2048)] {
            let other = Material::new(kind);
            let refused = found(&other, &container, PASSWORD);
            assert!(matches!(refused, Err(KeyStoreError::ContainerWithoutKey)), "{:?}", refused.err());
        }
    }

    #[test]
    fn a_container_in_the_basic_encoding_rules_gives_its_key() {
        for kind in [Kind::P256, Kind::Rsa(3072)] {
            let material = Material::new(kind);
            for options in ["", "-legacy"] {
                let container = material.container(options);
                let ber = as_ber(&container, false);
                assert_ne!(ber, container);
                assert_signs_for_the_certificate(&material, &ber, options);
                let refused = found(&material, &ber, "forkert");
                assert!(matches!(refused, Err(KeyStoreError::ContainerLocked)), "{:?}", refused.err());
            }
            // Without a MAC, which would no longer hold, also the safes inside.
            for options in ["-nomac", "-nomac -legacy", "-nomac -keypbe NONE"] {
                assert_signs_for_the_certificate(&material, &as_ber(&material.container(options), true), options);
            }
        }
    }

    #[test]
    fn a_container_without_a_key_or_with_the_key_of_another_certificate_says_so() {
        let (material, other) = (Material::new(Kind::P256), Material::new(Kind::P256));
        for container in [material.container("-nokeys"), other.container(""), other.container("-legacy")] {
            let refused = found(&material, &container, PASSWORD);
            assert!(matches!(refused, Err(KeyStoreError::ContainerWithoutKey)), "{:?}", refused.err());
        }
    }

    #[test]
    fn a_password_in_danish_or_none_at_all_opens_old_and_new_containers() {
        let material = Material::new(Kind::P256);
        for password in ["ÆØÅ æøå", "nøgle 🔑", "x", ""] {
            for options in ["", "-legacy", "-legacy -nomac -certpbe NONE"] {
                let container = material.container_under(password, options);
                found(&material, &container, password).unwrap_or_else(|error| panic!("{password} {options}: {error}"));
            }
        }
        // As OpenSSL before 1.1.0 sealed it under "æble"; without a MAC, the key itself has to tell.
        for options in ["-legacy", "-legacy -nomac -certpbe NONE"] {
            let container = material.container_under("Ã¦ble", options);
            found(&material, &container, "æble").unwrap_or_else(|error| panic!("{options}: {error}"));
        }
    }

    #[test]
    fn a_key_under_a_password_of_its_own_is_not_called_a_wrong_password() {
        let material = Material::new(Kind::P256);
        let (ours, others) = (material.container("-keypbe AES-256-CBC"), material.container_under("en anden", ""));
        let spliced = splice_key(&ours, &others);
        let refused = found(&material, &spliced, PASSWORD);
        assert!(matches!(refused, Err(KeyStoreError::ContainerDamaged(_))), "{:?}", refused.err());
    }

    /// The certificates of one container (its first safe) with the key of another, without a MAC.
    fn splice_key(certificates: &[u8], key: &[u8]) -> Vec<u8> {
        use crate::material::{safes, unsealed};
        let (certificates, key) = (safes(certificates), safes(key));
        unsealed(&[&certificates[0], &key[1]])
    }

    #[test]
    fn a_container_cut_short_or_no_container_at_all_is_damaged() {
        let material = Material::new(Kind::P256);
        for options in ["-iter 1", "-iter 1 -legacy", "-iter 1 -nomac"] {
            let container = material.container(options);
            for length in 0..container.len() {
                let refused = found(&material, &container[..length], PASSWORD);
                assert!(
                    matches!(refused, Err(KeyStoreError::ContainerDamaged(_))),
                    "{options}, {length} bytes: {:?}",
                    refused.err()
                );
            }
        }
        let large = vec![0x30; container::MAXIMUM_CONTAINER_BYTES + 1];
        let pem = material.certificate.to_pem();
        for foreign in
            [b"".as_slice(), b"hunter2", &[0; 4096], &large, pem.as_bytes(), material.certificate.der(), &[0x30, 0x80]]
        {
            assert!(matches!(found(&material, foreign, PASSWORD), Err(KeyStoreError::ContainerDamaged(_))));
        }
    }

    #[test]
    fn any_byte_can_be_changed_without_a_panic_or_another_key() {
        let material = Material::new(Kind::P256);
        let right = found(&material, &material.container(""), PASSWORD).expect("the key");
        for options in ["-iter 1", "-iter 1 -legacy", "-iter 1 -nomac -keypbe NONE -certpbe NONE"] {
            let container = material.container(options);
            for place in 0..container.len() {
                for flip in [0x55, 0x01] {
                    let mut changed = container.clone();
                    changed[place] ^= flip;
                    if let Ok(key) = found(&material, &changed, PASSWORD) {
                        assert!(*key == *right, "{options}, byte {place}");
                    }
                }
            }
        }
    }

    #[test]
    fn millions_of_rounds_are_refused_before_they_are_run() {
        let material = Material::new(Kind::P256);
        for options in ["-iter 65536", "-iter 65536 -nomac -certpbe NONE", "-legacy -iter 65536"] {
            let mut greedy = material.container(options);
            let places: Vec<usize> =
                (0..greedy.len() - 5).filter(|place| greedy[*place..].starts_with(&[2, 3, 1, 0, 0])).collect();
            assert!(!places.is_empty());
            for place in places {
                greedy[place + 2] = 0x7f;
            }
            let refused = found(&material, &greedy, PASSWORD);
            let Err(KeyStoreError::ContainerDamaged(reason)) = refused else { panic!("{:?}", refused.err()) };
            assert!(reason.contains("rounds"), "{reason}");
        }
    }
}
