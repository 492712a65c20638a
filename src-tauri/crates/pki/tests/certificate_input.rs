//! What foreign bytes do to the reader of certificates: a certificate or a plain error, never a panic.

mod support;

use pki::{Certificate, CertificateError, MAXIMUM_CERTIFICATES_IN_PEM};
use support::{AUTHORITIES, Recipe, employee};

#[test]
fn a_certificate_survives_pem_and_der_unchanged() {
    let certificate = AUTHORITIES.issue(&employee());
    assert_eq!(Certificate::from_der(certificate.der()).unwrap(), certificate);
    let pem = certificate.to_pem();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
    assert!(pem.ends_with("-----END CERTIFICATE-----\n"), "{pem}");
    assert_eq!(Certificate::from_pem(pem.as_bytes()).unwrap(), certificate);
    assert_eq!(Certificate::from_pem(pem.replace('\n', "\r\n").as_bytes()).unwrap(), certificate);
}

#[test]
fn every_certificate_of_a_pem_file_is_read_in_its_order_and_other_text_passed_over() {
    let certificate = AUTHORITIES.issue(&employee());
    let file = format!("subject=Øvebruger\n\n{}\nroot:\n{}", certificate.to_pem(), AUTHORITIES.root.to_pem());
    assert_eq!(Certificate::all_from_pem(file.as_bytes()).unwrap(), [certificate, AUTHORITIES.root.clone()]);
}

#[test]
fn what_is_not_pem_or_holds_no_certificate_is_said_plainly() {
    for text in ["", "hello", "-----BEGIN CERTIFICATE-----\n", "\u{0}\u{1}"] {
        assert!(Certificate::from_pem(text.as_bytes()).is_err(), "{text:?}");
    }
    let other = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    assert_eq!(Certificate::from_pem(other.as_bytes()), Err(CertificateError::NoCertificate));
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(Certificate::from_pem(garbage.as_bytes()), Err(CertificateError::Malformed));
}

#[test]
fn a_certificate_cut_short_anywhere_is_refused() {
    let der = AUTHORITIES.issue(&employee()).der().to_vec();
    for length in 0..der.len() {
        assert_eq!(Certificate::from_der(&der[..length]), Err(CertificateError::Malformed), "{length} bytes");
    }
}

#[test]
fn bytes_after_the_certificate_are_refused() {
    let mut der = AUTHORITIES.issue(&employee()).der().to_vec();
    der.push(0);
    assert_eq!(Certificate::from_der(&der), Err(CertificateError::Malformed));
}

#[test]
fn any_byte_can_be_changed_without_a_panic() {
    let der = AUTHORITIES.issue(&employee()).der().to_vec();
    let anchors = AUTHORITIES.anchors();
    for place in 0..der.len() {
        let mut changed = der.clone();
        changed[place] ^= 0x55;
        if let Ok(certificate) = Certificate::from_der(&changed) {
            let between = std::slice::from_ref(&AUTHORITIES.issuing);
            let report = pki::validate(&certificate, between, &anchors, support::now(), pki::Profile::Any);
            assert_ne!(report.verdict, pki::Verdict::Valid, "byte {place} is not covered by the signature");
        }
    }
}

#[test]
fn a_megabyte_is_refused_by_its_size() {
    let bytes = vec![0x30; 1024 * 1024];
    assert!(matches!(Certificate::from_der(&bytes), Err(CertificateError::TooLarge { actual: 1_048_576, .. })));
    assert!(matches!(Certificate::from_pem(&vec![b'-'; 1024 * 1024 + 1]), Err(CertificateError::TooLarge { .. })));
    let pem = AUTHORITIES.root.to_pem().repeat(MAXIMUM_CERTIFICATES_IN_PEM + 1);
    assert!(matches!(Certificate::all_from_pem(pem.as_bytes()), Err(CertificateError::TooMany { .. })));
}

#[test]
fn deeply_nested_bytes_end_in_an_error() {
    let mut nested = Vec::new();
    for depth in (0..16_000_u32).rev() {
        let remaining = u16::try_from(depth * 4).unwrap_or(u16::MAX).to_be_bytes();
        nested.extend_from_slice(&[0x30, 0x82, remaining[0], remaining[1]]);
    }
    assert_eq!(Certificate::from_der(&nested), Err(CertificateError::Malformed));
}

#[test]
fn a_debug_print_shows_no_name() {
    let certificate = AUTHORITIES.issue(&employee());
    let text = format!("{certificate:?}");
    assert!(text.contains("a10b"), "{text}");
    assert!(!text.contains("Øvebruger"), "{text}");
}

#[test]
fn what_a_key_is_for_is_told_in_the_order_of_the_certificate_and_whether_it_is_critical() {
    assert_eq!(AUTHORITIES.root.extended_key_usage(), None);
    let purposes = vec!["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.2"];
    let certificate = AUTHORITIES.issue(&Recipe { extended_key_usage: purposes.clone(), ..employee() });
    let usage = certificate.extended_key_usage().expect("the extension");
    assert_eq!((usage.critical, usage.purposes), (false, purposes.into_iter().map(str::to_owned).collect()));
    // SEQUENCE of id-kp-timeStamping, critical.
    let value = b"\x30\x0A\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x08";
    let other_extensions = vec![("2.5.29.37", true, &value[..])];
    let critical = AUTHORITIES.issue(&Recipe { other_extensions, extended_key_usage: vec![], ..employee() });
    let usage = critical.extended_key_usage().expect("the extension");
    assert_eq!((usage.critical, usage.purposes), (true, vec!["1.3.6.1.5.5.7.3.8".to_owned()]));
}
