//! Certification requests from both sides: made by a key, verified by the authority, spoilt in between.

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use aws_lc_rs::rsa::KeySize;
use der::{Decode, Encode};
use pki::certification_request::{CertificationRequestError, VerifiedRequest, build};
use pki::{SignatureAlgorithm, SignatureInvalid, SigningError, SigningKey, verify_signature};
use support::{EMPLOYEE_KEY, OTHER_KEY, TestKey};
use x509_cert::request::CertReq;

#[test]
fn a_request_proves_possession_of_an_rsa_key_and_names_no_subject() {
    let der = build(&*EMPLOYEE_KEY).unwrap();
    let verified = VerifiedRequest::from_der(&der).unwrap();
    assert_eq!(verified.subject_public_key_info(), EMPLOYEE_KEY.subject_public_key_info());
    let request = CertReq::from_der(&der).unwrap();
    assert!(request.info.subject.0.is_empty(), "the subject is the authority's to say");
    assert_eq!(request.algorithm, SignatureAlgorithm::RsaPkcs1Sha256.algorithm_identifier());
}

#[test]
fn a_request_proves_possession_of_a_p_256_key() {
    let key = TestKey::p256();
    let verified = VerifiedRequest::from_der(&build(&key).unwrap()).unwrap();
    assert_eq!(verified.subject_public_key_info(), key.subject_public_key_info());
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so where the person who runs it looks")]
fn openssl_accepts_the_request() {
    let child = Command::new("openssl")
        .args(["req", "-inform", "DER", "-verify", "-noout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: openssl is not installed");
        return;
    };
    child.stdin.take().unwrap().write_all(&build(&*EMPLOYEE_KEY).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Signs anew what was changed in a request, by `key`.
fn resigned(change: impl FnOnce(&mut CertReq), algorithm: SignatureAlgorithm, key: &TestKey) -> Vec<u8> {
    let mut request = CertReq::from_der(&build(&*EMPLOYEE_KEY).unwrap()).unwrap();
    change(&mut request);
    request.algorithm = algorithm.algorithm_identifier();
    let signature = key.sign(algorithm, &request.info.to_der().unwrap()).unwrap();
    request.signature = der::asn1::BitString::from_bytes(&signature).unwrap();
    request.to_der().unwrap()
}

fn with_key(key: &TestKey) -> impl FnOnce(&mut CertReq) + '_ {
    |request| {
        request.info.public_key = spki::SubjectPublicKeyInfoOwned::from_der(key.subject_public_key_info()).unwrap();
    }
}

#[test]
fn a_request_signed_by_pss_is_accepted() {
    let der = resigned(|_| {}, SignatureAlgorithm::RsaPssSha256, &EMPLOYEE_KEY);
    assert!(VerifiedRequest::from_der(&der).is_ok());
}

#[test]
fn a_request_signed_by_another_key_than_it_names_is_refused() {
    let der = resigned(|_| {}, SignatureAlgorithm::RsaPkcs1Sha256, &OTHER_KEY);
    assert!(matches!(
        VerifiedRequest::from_der(&der),
        Err(CertificationRequestError::ProofOfPossession(SignatureInvalid::Mismatch))
    ));
    let curve = TestKey::p256();
    let der = resigned(with_key(&curve), SignatureAlgorithm::RsaPkcs1Sha256, &EMPLOYEE_KEY);
    assert!(matches!(
        VerifiedRequest::from_der(&der),
        Err(CertificationRequestError::ProofOfPossession(SignatureInvalid::PublicKeyOfOtherKind(_)))
    ));
}

#[test]
fn a_request_that_was_tampered_with_is_refused_at_every_byte() {
    let der = build(&TestKey::p256()).unwrap();
    for place in 0..der.len() {
        let mut changed = der.clone();
        changed[place] ^= 1;
        assert!(VerifiedRequest::from_der(&changed).is_err(), "byte {place}");
    }
}

#[test]
fn a_request_cut_short_or_continued_is_refused() {
    let der = build(&*EMPLOYEE_KEY).unwrap();
    for length in 0..der.len() {
        let cut = VerifiedRequest::from_der(&der[..length]);
        assert!(matches!(cut, Err(CertificationRequestError::Malformed)), "{length} bytes");
    }
    let mut continued = der;
    continued.push(0);
    assert!(matches!(VerifiedRequest::from_der(&continued), Err(CertificationRequestError::Malformed)));
}

#[test]
fn a_megabyte_is_refused_by_its_size() {
    let request = VerifiedRequest::from_der(&vec![0x30; 1024 * 1024]);
    assert!(matches!(request, Err(CertificationRequestError::TooLarge { actual: 1_048_576, .. })));
}

#[test]
fn a_key_of_2048_bits_is_neither_requested_nor_certified() {
    let weak = TestKey::rsa(KeySize::Rsa2048);
    assert!(matches!(build(&weak), Err(CertificationRequestError::KeyNotAccepted { kind }) if kind == "RSA 2048"));
    let der = resigned(with_key(&weak), SignatureAlgorithm::RsaPkcs1Sha256, &weak);
    assert!(matches!(
        VerifiedRequest::from_der(&der),
        Err(CertificationRequestError::KeyNotAccepted { kind }) if kind == "RSA 2048"
    ));
}

#[test]
fn a_key_whose_holder_fails_says_why() {
    struct Locked;
    impl SigningKey for Locked {
        fn subject_public_key_info(&self) -> &[u8] {
            EMPLOYEE_KEY.subject_public_key_info()
        }
        fn sign(&self, _: SignatureAlgorithm, _: &[u8]) -> Result<Vec<u8>, SigningError> {
            Err(SigningError::Failed("locked"))
        }
    }
    assert!(matches!(build(&Locked), Err(CertificationRequestError::Signing(SigningError::Failed("locked")))));
}

#[test]
fn every_algorithm_verifies_its_own_signature_and_no_other() {
    let curve = TestKey::p256();
    let algorithms = [
        SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPkcs1Sha384,
        SignatureAlgorithm::RsaPkcs1Sha512,
        SignatureAlgorithm::RsaPssSha256,
        SignatureAlgorithm::RsaPssSha384,
        SignatureAlgorithm::RsaPssSha512,
        SignatureAlgorithm::EcdsaP256Sha256,
    ];
    for signed in algorithms {
        let key = if signed == SignatureAlgorithm::EcdsaP256Sha256 { &curve } else { &*EMPLOYEE_KEY };
        let signature = key.sign(signed, b"message").unwrap();
        for verified in algorithms {
            let result = verify_signature(key.subject_public_key_info(), verified, b"message", &signature);
            assert_eq!(result.is_ok(), signed == verified, "signed {signed:?}, verified {verified:?}");
        }
        let other = verify_signature(key.subject_public_key_info(), signed, b"massage", &signature);
        assert_eq!(other, Err(SignatureInvalid::Mismatch));
    }
    assert_eq!(
        verify_signature(b"no key", SignatureAlgorithm::RsaPssSha256, b"", b""),
        Err(SignatureInvalid::PublicKeyUnreadable)
    );
}

#[test]
fn every_algorithm_identifier_is_read_back_as_itself() {
    for algorithm in [
        SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPkcs1Sha384,
        SignatureAlgorithm::RsaPkcs1Sha512,
        SignatureAlgorithm::RsaPssSha256,
        SignatureAlgorithm::RsaPssSha384,
        SignatureAlgorithm::RsaPssSha512,
        SignatureAlgorithm::EcdsaP256Sha256,
    ] {
        let der = algorithm.algorithm_identifier().to_der().unwrap();
        let identifier = spki::AlgorithmIdentifierRef::from_der(&der).unwrap();
        assert_eq!(SignatureAlgorithm::from_algorithm_identifier(&identifier), Some(algorithm));
    }
}

#[test]
fn pss_with_other_parameters_and_sha_1_are_no_accepted_algorithms() {
    // The salt length is the last byte of the parameters.
    let mut salt = SignatureAlgorithm::RsaPssSha256.algorithm_identifier().to_der().unwrap();
    *salt.last_mut().unwrap() = 20;
    let sha_1 = hex::decode("300d06092a864886f70d0101050500").unwrap();
    let pss_of_defaults = hex::decode("300d06092a864886f70d01010a3000").unwrap();
    for der in [salt, sha_1, pss_of_defaults] {
        let identifier = spki::AlgorithmIdentifierRef::from_der(&der).unwrap();
        assert_eq!(SignatureAlgorithm::from_algorithm_identifier(&identifier), None, "{}", hex::encode(der));
    }
}
