//! Revocation lists and OCSP responses by OpenSSL, and an OCSP request of ours that it must understand.
//!
//! Where there is no `openssl` each test says that it was skipped.

mod status_support;
mod support;

use std::path::Path;
use std::process::Command;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use der::Decode;
use pki::{
    Certificate, CertificateState, CertificateStatus, OcspAnswer, OcspRequest, RevocationList, RevocationReason,
    StatusError, StatusSource, UnverifiedRevocationList, status_from_lists, verify_ocsp_response,
};
use tempfile::TempDir;

use status_support::{employee_at, point, responder, responder_key, revoked_at, url};
use support::{AUTHORITIES, ISSUING_KEY, Recipe, TestKey, at, employee, now};

const PARTITION: &str = "http://crl.example.org/1.crl";

/// The database of `openssl ca`: status, expiry, revocation and reason, serial number, file, subject.
const DATABASE: &str = "\
V\t291124100000Z\t\tA10B\tunknown\t/CN=good
R\t291124100000Z\t261120083000Z,keyCompromise\tA10C\tunknown\t/CN=revoked
R\t291124100000Z\t261120083000Z,certificateHold\tA10D\tunknown\t/CN=suspended
R\t291124100000Z\t261120083000Z\tA10E\tunknown\t/CN=without reason
";

const CONFIGURATION: &str = "\
[ca]
default_ca = issuing
[issuing]
database = index.txt
default_md = sha256
default_crl_days = 1
[complete]
2.5.29.20 = ASN1:INTEGER:1
authorityKeyIdentifier = keyid:always
[delta]
2.5.29.20 = ASN1:INTEGER:2
2.5.29.27 = critical,ASN1:INTEGER:1
[partition]
2.5.29.20 = ASN1:INTEGER:1
issuingDistributionPoint = critical,@point
[point]
fullname = URI:http://crl.example.org/1.crl
onlyuser = TRUE
[indirect]
issuingDistributionPoint = critical,@indirect_point
[indirect_point]
indirectCRL = TRUE
";

#[allow(clippy::print_stderr, reason = "a skipped test says so where the person who runs it looks")]
fn authority() -> Option<TempDir> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: there is no openssl");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("index.txt", DATABASE);
    write("openssl.cnf", CONFIGURATION);
    write("issuing.pem", &AUTHORITIES.issuing.to_pem());
    write("issuing.key", &private_key(&ISSUING_KEY));
    Some(folder)
}

fn private_key(key: &TestKey) -> String {
    let TestKey::Rsa { pair, .. } = key else { panic!("the keys of the authorities are RSA") };
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    der::pem::encode_string("PRIVATE KEY", der::pem::LineEnding::LF, der.as_ref()).unwrap()
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

const PSS: [&str; 4] = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"];

/// A list with the extensions of this section of the configuration, in the window of the tests.
fn list(folder: &Path, section: &str, more: &[&str]) -> UnverifiedRevocationList<Vec<u8>> {
    let mut arguments = vec!["ca", "-gencrl", "-config", "openssl.cnf", "-crlexts", section];
    arguments.extend(["-keyfile", "issuing.key", "-cert", "issuing.pem", "-out", "list.pem"]);
    arguments.extend(["-crl_lastupdate", "20261124060000Z", "-crl_nextupdate", "20261124180000Z"]);
    arguments.extend(more);
    openssl(folder, &arguments);
    UnverifiedRevocationList::from_pem(&std::fs::read(folder.join("list.pem")).unwrap()).unwrap()
}

fn certificate(last: u8) -> Certificate {
    AUTHORITIES.issue(&Recipe { serial_number: vec![0x00, 0xA1, last], ..employee() })
}

/// The states of the database's certificates: good, revoked, suspended, without reason.
fn expected() -> [(u8, CertificateState); 4] {
    let revoked = |reason| CertificateState::Revoked { reason, at: revoked_at() };
    [
        (0x0B, CertificateState::Good),
        (0x0C, revoked(RevocationReason::KeyCompromise)),
        (0x0D, CertificateState::Suspended { at: revoked_at() }),
        (0x0E, revoked(RevocationReason::Unspecified)),
    ]
}

#[test]
fn lists_by_openssl_in_either_rsa_scheme_give_the_states_of_its_database() {
    let Some(folder) = authority() else { return };
    for more in [&PSS[..], &[]] {
        let list = list(folder.path(), "complete", more).verify(&AUTHORITIES.issuing).unwrap();
        assert_eq!(list.list().entry_count(), 3);
        for (last, state) in expected() {
            let next_update = Some(at("2026-11-24T18:00:00Z"));
            let this_update = at("2026-11-24T06:00:00Z");
            let expected = CertificateStatus { state, source: StatusSource::Crl, this_update, next_update };
            assert_eq!(list.status(&certificate(last), now()), Ok(expected), "{last:x}");
        }
    }
}

#[test]
fn a_list_by_openssl_with_sha_1_is_refused() {
    let Some(folder) = authority() else { return };
    let list = list(folder.path(), "complete", &["-md", "sha1"]);
    let refused = list.verify(&AUTHORITIES.issuing).unwrap_err();
    assert_eq!(refused, StatusError::AlgorithmForbidden("RSA PKCS#1 SHA-1".to_owned()));
}

#[test]
fn a_delta_list_by_openssl_lifts_what_its_complete_list_held() {
    let Some(folder) = authority() else { return };
    let complete = list(folder.path(), "complete", &PSS).verify(&AUTHORITIES.issuing).unwrap();
    let lifted = "R\t291124100000Z\t261124080000Z,removeFromCRL\tA10D\tunknown\t/CN=suspended\n";
    std::fs::write(folder.path().join("index.txt"), lifted).unwrap();
    let delta = list(folder.path(), "delta", &PSS).verify(&AUTHORITIES.issuing).unwrap();
    assert!(delta.list().is_delta());
    let state = |delta: &RevocationList<Vec<u8>>, last| {
        complete.status_with_delta(delta, &certificate(last), now()).unwrap().state
    };
    assert_eq!(state(&delta, 0x0D), CertificateState::Good);
    assert_eq!(state(&delta, 0x0C), expected()[1].1);
    assert_eq!(state(&delta, 0x0B), CertificateState::Good);
    let status = status_from_lists(&[delta, complete], &certificate(0x0D), now()).unwrap();
    assert_eq!((status.state, status.source), (CertificateState::Good, StatusSource::DeltaCrl));
}

#[test]
fn a_partitioned_list_by_openssl_speaks_for_its_part_only() {
    let Some(folder) = authority() else { return };
    let list = list(folder.path(), "partition", &PSS).verify(&AUTHORITIES.issuing).unwrap();
    let inside = employee_at(&[point(vec![url(PARTITION)])]);
    assert_eq!(list.status(&inside, now()).unwrap().state, CertificateState::Good);
    assert!(matches!(list.status(&certificate(0x0C), now()), Err(StatusError::OutOfScope(_))));
}

#[test]
fn an_indirect_list_by_openssl_is_refused_plainly() {
    let Some(folder) = authority() else { return };
    let mut arguments = vec!["ca", "-gencrl", "-config", "openssl.cnf", "-crlexts", "indirect", "-out", "list.pem"];
    arguments.extend(["-keyfile", "issuing.key", "-cert", "issuing.pem"]);
    openssl(folder.path(), &arguments);
    let pem = std::fs::read(folder.path().join("list.pem")).unwrap();
    assert_eq!(UnverifiedRevocationList::from_pem(&pem).unwrap_err(), StatusError::IndirectList);
}

/// What OpenSSL's responder answers to our request about a certificate, judged at the instant that it names itself.
fn ask(
    folder: &Path,
    certificate: &Certificate,
    responder: &Certificate,
    more: &[&str],
) -> Result<OcspAnswer, StatusError> {
    let request = OcspRequest::new(certificate, &AUTHORITIES.issuing, [0x5A; 32]).unwrap();
    std::fs::write(folder.join("request.der"), request.der()).unwrap();
    std::fs::write(folder.join("responder.pem"), responder.to_pem()).unwrap();
    let mut arguments = vec!["ocsp", "-index", "index.txt", "-CA", "issuing.pem", "-reqin", "request.der"];
    arguments.extend(["-rsigner", "responder.pem", "-respout", "response.der", "-ndays", "1"]);
    arguments.extend(more);
    openssl(folder, &arguments);
    let response = std::fs::read(folder.join("response.der")).unwrap();
    // OpenSSL answers by its own clock, which tests do not read.
    let bytes = x509_ocsp::OcspResponse::from_der(&response).unwrap().response_bytes.unwrap();
    let basic = x509_ocsp::BasicOcspResponse::from_der(bytes.response.as_bytes()).unwrap();
    let seconds = basic.tbs_response_data.produced_at.0.to_unix_duration().as_secs();
    let produced_at = chrono::DateTime::from_timestamp(seconds.try_into().unwrap(), 0).unwrap();
    let kept = verify_ocsp_response(&response, certificate, &AUTHORITIES.issuing, produced_at);
    let answer = request.verify_response(&response, produced_at);
    assert_eq!(kept, answer);
    answer
}

#[test]
fn openssls_responder_understands_our_request_and_its_answers_are_the_states_of_its_database() {
    let Some(folder) = authority() else { return };
    let responder = responder();
    let responder =
        Recipe { not_before: at("2000-01-01T00:00:00Z"), not_after: at("2049-01-01T00:00:00Z"), ..responder };
    let responder = AUTHORITIES.issue(&responder);
    std::fs::write(folder.path().join("responder.key"), private_key(responder_key())).unwrap();
    let appointed = ["-rkey", "responder.key", "-rsigopt", "rsa_padding_mode:pss", "-rsigopt", "rsa_pss_saltlen:-1"];
    let itself = ["-rkey", "issuing.key"];
    for (last, state) in expected().into_iter().chain([(0x0F, CertificateState::Unknown)]) {
        for (signer, more) in [(&responder, &appointed[..]), (&AUTHORITIES.issuing, &itself[..])] {
            let answer = ask(folder.path(), &certificate(last), signer, more).unwrap();
            assert!(answer.carries_nonce(), "{last:x}");
            assert_eq!(answer.status().unwrap().state, state, "{last:x}");
            assert_eq!(answer.status().unwrap().source, StatusSource::Ocsp);
        }
    }
}
