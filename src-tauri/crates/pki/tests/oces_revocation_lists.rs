//! Real OCES revocation lists, read from the folder that the environment variable `OCES_SAMPLES` names.
//!
//! The lists are not ours to ship; where the folder is absent each test says that it was skipped.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pki::{Certificate, CertificateState, RevocationReason, StatusError, StatusFault, UnverifiedRevocationList};

#[allow(clippy::print_stderr, reason = "a skipped test says so where the person who runs it looks")]
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("OCES_SAMPLES").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("SKIPPED: OCES_SAMPLES names no folder with real OCES revocation lists");
    }
    folder
}

fn read(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

const FULL: &str = "crl/oces1-full-116184.crl";
const PARTITIONED: &str = "crl/oces1-partitioned-170.crl";
const ISSUER: &str = "ca/oces1_TDC_OCES_CA_39c75cae.pem";

#[test]
fn every_entry_of_a_real_list_of_116184_is_read() {
    let Some(folder) = samples() else { return };
    let list = UnverifiedRevocationList::from_der(read(&folder, FULL)).unwrap();
    assert_eq!(list.entry_count(), 116_184);
    assert_eq!(list.this_update(), at("2009-12-08T08:51:39Z"));
    assert_eq!(list.next_update(), Some(at("2009-12-08T20:51:39Z")));
    // 297365.
    assert_eq!(list.number().as_deref(), Some("48995"));
    assert!(!list.is_delta() && !list.is_partition());
    let entries: Vec<_> = list.entries().map(Result::unwrap).collect();
    assert_eq!(entries.len(), 116_184);
    assert_eq!(entries[0].serial_number(), [0x45, 0x94, 0x70, 0x76]);
    let state = CertificateState::Revoked { reason: RevocationReason::Unspecified, at: at("2009-08-12T14:54:05Z") };
    assert_eq!(entries[0].state(), Some(state));
}

#[test]
fn a_real_partitioned_list_with_a_critical_distribution_point_is_read() {
    let Some(folder) = samples() else { return };
    let list = UnverifiedRevocationList::from_der(read(&folder, PARTITIONED)).unwrap();
    assert_eq!(list.entry_count(), 170);
    assert_eq!(list.next_update(), Some(at("2009-12-08T13:28:57Z")));
    // 3762.
    assert_eq!(list.number().as_deref(), Some("eb2"));
    assert!(list.is_partition() && !list.is_delta());
    assert_eq!(list.entries().filter(Result::is_ok).count(), 170);
}

#[test]
fn a_real_list_signed_with_sha_1_gives_no_status_whatever_its_window() {
    let Some(folder) = samples() else { return };
    let issuer = Certificate::from_pem(&read(&folder, ISSUER)).unwrap();
    for file in [FULL, PARTITIONED] {
        let list = UnverifiedRevocationList::from_der(read(&folder, file)).unwrap();
        assert_eq!(list.issuer_der(), issuer.subject_der(), "{file}");
        let error = list.verify(&issuer).unwrap_err();
        assert_eq!(error, StatusError::AlgorithmForbidden("RSA PKCS#1 SHA-1".to_owned()), "{file}");
        assert_eq!(error.fault(), StatusFault::Bad);
    }
}

#[test]
fn a_real_list_of_another_issuer_is_refused_as_that() {
    let Some(folder) = samples() else { return };
    let file = "ca/oces3_Den_Danske_Stat_OCES_udstedende-CA_1_5b5662aa.pem";
    let issuer = Certificate::from_pem(&read(&folder, file)).unwrap();
    let list = UnverifiedRevocationList::from_der(read(&folder, FULL)).unwrap();
    assert_eq!(list.verify(&issuer).unwrap_err(), StatusError::IssuerMismatch);
}

#[test]
fn a_real_list_cut_short_anywhere_is_refused() {
    let Some(folder) = samples() else { return };
    let list = read(&folder, PARTITIONED);
    for length in 0..list.len() {
        assert!(UnverifiedRevocationList::from_der(&list[..length]).is_err(), "{length}");
    }
}
