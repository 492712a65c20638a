//! The seeds of the fuzz targets in `tests/fuzz/seeds`: each is still read, so that fuzzing starts inside the parsers.
//!
//! They hold no private key. To make them anew: `WRITE_FUZZ_SEEDS=1 cargo test -p pki --test fuzz_seeds`.

mod status_support;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use pki::container::{self, ContainerFormat};
use pki::{Certificate, UnverifiedRevocationList, verify_ocsp_response};

use status_support::{delta, entry, good, list, partition, response, revoked};
use support::{AUTHORITIES, Authorities, Recipe, Text, authority, employee, now};

/// The password of the sealed seeds; the target uses it too.
const PASSWORD: &str = "frø";

/// File, format, and what OpenSSL makes it with from `certificates.pem`.
const SEALED: [(&str, &str); 4] = [
    ("pkcs12-aes.p12", "-iter 1"),
    ("pkcs12-rc2.p12", "-iter 1 -legacy"),
    ("pkcs12-3des.p12", "-iter 1 -legacy -certpbe PBE-SHA1-3DES -nomac"),
    ("pkcs12-open.p12", "-iter 1 -certpbe NONE"),
];

#[test]
fn every_seed_of_the_container_target_is_read() {
    let folder = seeds("container");
    let expected = [
        ("pem.pem", ContainerFormat::Pem),
        ("pkcs7.p7b", ContainerFormat::Pkcs7),
        ("pkcs7-pieces.p7b", ContainerFormat::Pkcs7),
    ];
    let sealed = SEALED.map(|(file, _)| (file, ContainerFormat::Pkcs12));
    for (file, format) in expected.into_iter().chain(sealed) {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let container = container::read(&bytes, Some(PASSWORD)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(container.format, format, "{file}");
        assert_eq!(container.certificates.len(), 2, "{file}");
        assert!(!container.holds_private_key, "{file}");
    }
}

#[test]
fn every_seed_of_the_certificate_target_is_read() {
    let mut read = 0;
    for entry in std::fs::read_dir(seeds("certificate")).unwrap() {
        let path = entry.unwrap().path();
        let certificate = Certificate::from_der(&std::fs::read(&path).unwrap());
        assert!(certificate.is_ok(), "{}", path.display());
        read += 1;
    }
    assert_eq!(read, 5, "all that `certificates` makes");
}

#[test]
fn every_seed_of_the_status_targets_is_signed_by_the_authority_of_the_seeds() {
    let read = |target: &str, file: &str| {
        std::fs::read(seeds(target).join(file)).unwrap_or_else(|error| panic!("{target}/{file}: {error}"))
    };
    let certificate = |file| Certificate::from_der(&read("certificate", file)).unwrap();
    let (authority, employee) = (certificate("authority.der"), certificate("employee-oces3.der"));
    for file in ["complete.crl", "delta.crl", "partition.crl"] {
        let list = UnverifiedRevocationList::from_der(read("revocation_list", file)).unwrap();
        list.verify(&authority).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    for file in ["good.ocsp", "revoked.ocsp"] {
        let answer = verify_ocsp_response(&read("ocsp_response", file), &employee, &authority, now());
        assert!(answer.is_ok(), "{file}: {answer:?}");
    }
}

/// The folder of a target's seeds, made anew first where that is wanted.
fn seeds(target: &str) -> PathBuf {
    static SEEDS: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz/seeds");
        if std::env::var_os("WRITE_FUZZ_SEEDS").is_some() {
            write_certificates(&folder.join("certificate"));
            write_containers(&folder.join("container"));
            write_statuses(&folder);
        }
        folder
    });
    SEEDS.join(target)
}

/// One of each shape: names in every string type, every extension that is read, an authority, a bad one.
fn certificates() -> Vec<(&'static str, Certificate)> {
    let oces2 = Recipe {
        subject: vec![
            vec![("2.5.4.6", Text::Printable("DK"))],
            vec![("2.5.4.10", Text::Latin1(b"\xD8velseskommune \xC5 // CVR:12345678"))],
            vec![("2.5.4.3", Text::Bmp("Åse Ø")), ("2.5.4.5", Text::Printable("CVR:12345678-RID:87654321"))],
        ],
        policies: vec!["1.2.208.169.1.1.1.2.6"],
        emails: vec![support::Email::Rfc822("eksempel@example.org")],
        extended_key_usage: vec!["1.3.6.1.5.5.7.3.2"],
        ..employee()
    };
    let constrained = Recipe {
        other_extensions: vec![
            ("2.5.29.36", false, b"\x30\x03\x80\x01\x00"),
            ("2.5.29.33", false, b"\x30\x0C\x30\x0A\x06\x03\x2A\x03\x04\x06\x03\x2A\x03\x05"),
            ("2.5.29.54", false, b"\x02\x01\x00"),
            (
                "2.5.29.30",
                true,
                b"\x30\x15\xA0\x13\x30\x11\xA4\x0F\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x06\x13\x02DK",
            ),
        ],
        ..authority("Øvelse udstedende-CA 2")
    };
    let Authorities { root, issuing, .. } = &*AUTHORITIES;
    vec![
        ("employee-oces3.der", AUTHORITIES.issue(&employee())),
        ("employee-oces2.der", AUTHORITIES.issue(&oces2)),
        ("authority-constrained.der", AUTHORITIES.issue(&constrained)),
        ("authority.der", issuing.clone()),
        ("root.der", root.clone()),
    ]
}

fn write_certificates(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (file, certificate) in certificates() {
        std::fs::write(folder.join(file), certificate.der()).unwrap();
    }
}

fn write_statuses(folder: &Path) {
    let write = |target: &str, file: &str, bytes: &[u8]| {
        std::fs::create_dir_all(folder.join(target)).unwrap();
        std::fs::write(folder.join(target).join(file), bytes).unwrap();
    };
    let entries = || vec![entry(&[0x12], 1), entry(&[0x00, 0xA1, 0x0B], 6), entry(&[0x7F; 16], 0)];
    write("revocation_list", "complete.crl", &list(1, entries()).sign());
    write("revocation_list", "delta.crl", &delta(2, 1, vec![entry(&[0x00, 0xA1, 0x0B], 8)]).sign());
    let point = partition("http://example.org/crl/1.crl");
    write("revocation_list", "partition.crl", &list(3, entries()).with(point).sign());
    let employee = AUTHORITIES.issue(&employee());
    write("ocsp_response", "good.ocsp", &response(vec![good(&employee)]).sign());
    let on_hold = Some(x509_cert::ext::pkix::CrlReason::CertificateHold);
    write("ocsp_response", "revoked.ocsp", &response(vec![revoked(&employee, on_hold)]).sign());
}

fn write_containers(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let pair = [AUTHORITIES.issue(&employee()), AUTHORITIES.issuing.clone()];
    let pem: String = pair.iter().map(Certificate::to_pem).collect();
    std::fs::write(folder.join("pem.pem"), &pem).unwrap();
    let openssl = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl("crl2pkcs7 -nocrl -certfile pem.pem -outform DER -out pkcs7.p7b");
    for (file, options) in SEALED {
        openssl(&format!("pkcs12 -export -nokeys -in pem.pem -out {file} -passout pass:{PASSWORD} {options}"));
    }
    let whole = std::fs::read(folder.join("pkcs7.p7b")).unwrap();
    std::fs::write(folder.join("pkcs7-pieces.p7b"), with_indefinite_lengths(&whole)).unwrap();
}

/// The two outermost elements and the third with indefinite lengths.
fn with_indefinite_lengths(der: &[u8]) -> Vec<u8> {
    // ContentInfo { OBJECT IDENTIFIER, [0] { SEQUENCE … } }, all with lengths of two octets.
    let (object_identifier, rest) = der[4..].split_at(11);
    let fields = &rest[8..];
    [&[0x30, 0x80], object_identifier, &[0xA0, 0x80, 0x30, 0x80], fields, &[0; 6]].concat()
}
