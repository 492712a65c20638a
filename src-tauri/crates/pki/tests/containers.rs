//! Files with certificates as OpenSSL and older programs write them, and what is done to them on the way.

mod support;

use std::path::Path;
use std::process::Command;

use aws_lc_rs::{hmac, pbkdf2};
use pki::container::{
    self, Container, ContainerError, ContainerFormat, MAXIMUM_CONTAINER_BYTES, MAXIMUM_ITERATIONS, MAXIMUM_KEY_BYTES,
    MAXIMUM_KEYS_IN_CONTAINER, key_bags, sealing_mac,
};
use pki::{Certificate, CertificateError, CertificateKind};
use tempfile::TempDir;

use support::{AUTHORITIES, COMMON_NAME, Recipe, Text, employee};

const PASSWORD: &str = "Øvelse gør mester 1";

/// A key, its certificate and an authority's certificate in a folder of their own.
struct Material {
    folder: TempDir,
    certificates: Vec<Certificate>,
}

impl Material {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for (key, certificate, subject) in
            [("key.pem", "certificate.pem", "/CN=Øvebruger Eksempel"), ("ca-key.pem", "ca.pem", "/CN=Øvelse rod-CA")]
        {
            let new = "req -x509 -utf8 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 30";
            let mut arguments: Vec<&str> = new.split(' ').collect();
            arguments.extend(["-keyout", key, "-out", certificate, "-subj", subject]);
            openssl(folder.path(), &arguments);
        }
        let certificates = ["certificate.pem", "ca.pem"]
            .map(|file| Certificate::from_pem(&std::fs::read(folder.path().join(file)).unwrap()).unwrap())
            .to_vec();
        Self { folder, certificates }
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    fn pkcs12(&self, password: &str, options: &[&str]) -> Vec<u8> {
        let password = format!("pass:{password}");
        let mut arguments =
            vec!["pkcs12", "-export", "-inkey", "key.pem", "-in", "certificate.pem", "-certfile", "ca.pem"];
        arguments.extend(["-name", "Øvebruger", "-out", "out.p12", "-passout", &password]);
        arguments.extend(options);
        openssl(self.folder.path(), &arguments);
        self.file("out.p12")
    }

    fn pkcs7(&self, form: &str) -> Vec<u8> {
        let arguments = "crl2pkcs7 -nocrl -certfile certificate.pem -certfile ca.pem -out out.p7b -outform";
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        arguments.push(form);
        openssl(self.folder.path(), &arguments);
        self.file("out.p7b")
    }

    fn ders(&self) -> Vec<&[u8]> {
        self.certificates.iter().map(Certificate::der).collect()
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn assert_holds(read: Result<Container, ContainerError>, format: ContainerFormat, material: &Material, key: bool) {
    let container = read.unwrap();
    assert_eq!(container.format, format);
    assert_eq!(container.certificates, material.certificates);
    assert_eq!(container.holds_private_key, key);
}

#[test]
fn a_pkcs_12_file_opens_with_its_password_whatever_seals_it_and_says_when_the_password_is_wrong() {
    let material = Material::new();
    for options in [
        "",
        "-legacy",
        "-legacy -descert",
        "-legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-RC2-40",
        "-certpbe PBE-SHA1-2DES -macalg sha1",
        "-certpbe AES-128-CBC -macalg sha384",
        "-certpbe AES-192-CBC -macalg sha512",
        "-certpbe DES-EDE3-CBC",
        "-certpbe NONE",
        "-keypbe NONE",
        "-iter 50000",
        "-noiter -nomaciter",
        "-nomac -certpbe AES-256-CBC",
        "-legacy -nomac -certpbe PBE-SHA1-RC2-40",
    ] {
        let words: Vec<&str> = options.split_whitespace().collect();
        let file = material.pkcs12(PASSWORD, &words);
        assert_holds(container::read(&file, Some(PASSWORD)), ContainerFormat::Pkcs12, &material, true);
        for wrong in ["Øvelse gør mester 2", "øvelse gør mester 1", "", "🔑"] {
            assert_eq!(container::read(&file, Some(wrong)), Err(ContainerError::PasswordWrong), "{options}, {wrong}");
        }
        assert_eq!(container::read(&file, None), Err(ContainerError::PasswordNeeded), "{options}");
    }
}

#[test]
fn a_pkcs_12_file_under_a_cipher_that_is_not_supported_names_it() {
    let material = Material::new();
    let file = material.pkcs12(PASSWORD, &["-legacy", "-certpbe", "PBE-SHA1-RC4-128"]);
    for password in [PASSWORD, "forkert"] {
        let error = container::read(&file, Some(password)).unwrap_err();
        let ContainerError::Unsupported { algorithm } = error else { panic!("{error:?}") };
        assert_eq!(algorithm.to_string(), "1.2.840.113549.1.12.1.1");
    }
}

#[test]
fn a_pkcs_12_file_with_an_empty_password_opens_with_none_and_an_unsealed_one_too() {
    let material = Material::new();
    for options in [&[][..], &["-legacy"], &["-nomac", "-certpbe", "NONE", "-keypbe", "NONE"]] {
        let file = material.pkcs12("", options);
        assert_holds(container::read(&file, None), ContainerFormat::Pkcs12, &material, true);
        assert_holds(container::read(&file, Some("")), ContainerFormat::Pkcs12, &material, true);
    }
}

#[test]
fn a_password_in_danish_or_beyond_the_basic_plane_opens_old_and_new_ciphers() {
    let material = Material::new();
    for password in ["ÆØÅ æøå", "nøgle 🔑", "x"] {
        for options in [&[][..], &["-legacy"]] {
            let file = material.pkcs12(password, options);
            assert_holds(container::read(&file, Some(password)), ContainerFormat::Pkcs12, &material, true);
        }
    }
}

#[test]
fn a_password_whose_bytes_were_widened_by_an_old_openssl_opens_the_file() {
    let material = Material::new();
    // What OpenSSL before 1.1.0 made of "æ" on a UTF-8 terminal is what this one makes of the two letters.
    let file = material.pkcs12("Ã¦ble", &["-legacy"]);
    assert_holds(container::read(&file, Some("æble")), ContainerFormat::Pkcs12, &material, true);
}

#[test]
fn a_file_with_certificates_alone_holds_no_key_and_a_file_with_a_key_alone_says_so() {
    let material = Material::new();
    let without_key = material.pkcs12(PASSWORD, &["-nokeys"]);
    assert_holds(container::read(&without_key, Some(PASSWORD)), ContainerFormat::Pkcs12, &material, false);
    let only_key = Err(ContainerError::NoCertificate { holds_private_key: true });
    let arguments = "pkcs12 -export -inkey key.pem -nocerts -out key.p12 -passout pass:x";
    openssl(material.folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(container::read(&material.file("key.p12"), Some("x")), only_key);
    openssl(material.folder.path(), &["pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER", "-out", "k"]);
    for key in ["key.pem", "k"] {
        assert_eq!(container::read(&material.file(key), None), only_key, "{key}");
    }
}

#[test]
fn the_basic_encoding_rules_are_read_outside_and_inside_and_the_mac_still_holds() {
    let material = Material::new();
    for options in [&[][..], &["-legacy"]] {
        let file = material.pkcs12(PASSWORD, options);
        let outside = in_pieces(&file, &material.ders(), false);
        assert_ne!(outside, file);
        assert_holds(container::read(&outside, Some(PASSWORD)), ContainerFormat::Pkcs12, &material, true);
        assert_eq!(container::read(&outside, Some("forkert")), Err(ContainerError::PasswordWrong));
    }
    for options in [&["-nomac"][..], &["-nomac", "-certpbe", "AES-256-CBC"], &["-nomac", "-keypbe", "NONE"]] {
        let inside = in_pieces(&material.pkcs12(PASSWORD, options), &material.ders(), true);
        assert_holds(container::read(&inside, Some(PASSWORD)), ContainerFormat::Pkcs12, &material, true);
    }
    let certificates = in_pieces(&material.pkcs7("DER"), &material.ders(), false);
    assert_holds(container::read(&certificates, None), ContainerFormat::Pkcs7, &material, false);
}

#[test]
fn a_file_that_is_sealed_by_pbmac1_opens() {
    let material = Material::new();
    let file = with_pbmac1(&material.pkcs12(PASSWORD, &["-nomac"]), PASSWORD);
    assert_holds(container::read(&file, Some(PASSWORD)), ContainerFormat::Pkcs12, &material, true);
    assert_eq!(container::read(&file, Some("forkert")), Err(ContainerError::PasswordWrong));
    assert_eq!(container::read(&file, None), Err(ContainerError::PasswordNeeded));
}

#[test]
fn pem_der_and_pkcs_7_give_the_same_certificates() {
    let material = Material::new();
    assert_holds(container::read(&material.pkcs7("DER"), None), ContainerFormat::Pkcs7, &material, false);
    assert_holds(container::read(&material.pkcs7("PEM"), None), ContainerFormat::Pem, &material, false);
    let text = [b"0: nyt\n".to_vec(), material.file("certificate.pem"), material.file("ca.pem")].concat();
    assert_holds(container::read(&text, Some("unused")), ContainerFormat::Pem, &material, false);
    let text = [text, material.file("key.pem")].concat();
    assert_holds(container::read(&text, None), ContainerFormat::Pem, &material, true);
    let windows = String::from_utf8(text).unwrap().replace('\n', "\r\n");
    assert_holds(container::read(windows.as_bytes(), None), ContainerFormat::Pem, &material, true);
    let one = container::read(material.certificates[0].der(), None).unwrap();
    assert_eq!((one.format, one.certificates), (ContainerFormat::Der, material.certificates[..1].to_vec()));
}

#[test]
fn of_several_certificates_the_employees_is_asked_about_wherever_it_stands() {
    let employee = AUTHORITIES.issue(&employee());
    let responder = AUTHORITIES.issue(&Recipe {
        subject: vec![vec![(COMMON_NAME, Text::Utf8("Øvelsens OCSP-svar"))]],
        policies: vec![],
        ..support::employee()
    });
    assert_ne!(responder.description().kind, CertificateKind::Employee);
    let (root, issuing) = (AUTHORITIES.root.clone(), AUTHORITIES.issuing.clone());
    for (order, expected) in [
        (vec![&root, &issuing, &responder, &employee], &employee),
        (vec![&employee, &responder, &root], &employee),
        (vec![&root, &responder, &issuing], &responder),
        (vec![&issuing, &root], &issuing),
    ] {
        let text: String = order.iter().map(|certificate| certificate.to_pem()).collect();
        let container = container::read(text.as_bytes(), None).unwrap();
        assert_eq!(container.the_certificate(), expected);
        assert_eq!(container::the_certificate(&container.certificates), Some(expected));
    }
    assert_eq!(container::the_certificate(&[]), None);
}

#[test]
fn a_file_cut_short_anywhere_or_with_a_byte_after_it_is_damaged() {
    let material = Material::new();
    let pkcs12 = material.pkcs12(PASSWORD, &["-iter", "1"]);
    for (file, format) in [
        (pkcs12, ContainerFormat::Pkcs12),
        (material.pkcs7("DER"), ContainerFormat::Pkcs7),
        (material.certificates[0].der().to_vec(), ContainerFormat::Der),
    ] {
        // The first bytes are too few to show the format.
        for length in 8..file.len() {
            let cut = container::read(&file[..length], Some(PASSWORD));
            assert_eq!(cut, Err(ContainerError::Damaged { format }), "{length} of {}", file.len());
        }
        for length in 0..8 {
            assert!(container::read(&file[..length], Some(PASSWORD)).is_err());
        }
        let longer = [file.as_slice(), b"\n"].concat();
        assert_eq!(container::read(&longer, Some(PASSWORD)), Err(ContainerError::Damaged { format }));
    }
    let text = material.file("certificate.pem");
    for length in 30..text.len() - 1 {
        let cut = container::read(&text[..length], None);
        assert_eq!(cut, Err(ContainerError::Damaged { format: ContainerFormat::Pem }), "{length}");
    }
}

#[test]
fn any_byte_of_a_sealed_file_can_be_changed_without_another_certificate_coming_out() {
    let material = Material::new();
    let mut damaged = 0;
    for options in [&["-iter", "1"][..], &["-iter", "1", "-legacy"]] {
        let file = material.pkcs12(PASSWORD, options);
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 0x55;
            match container::read(&changed, Some(PASSWORD)) {
                Ok(container) => assert_eq!(container.certificates, material.certificates, "byte {place}"),
                Err(ContainerError::Damaged { .. }) => damaged += 1,
                Err(_) => {}
            }
        }
    }
    assert!(damaged > 0);
}

#[test]
fn a_file_altered_after_it_was_sealed_is_damaged_and_not_a_wrong_password() {
    let material = Material::new();
    for options in [&[][..], &["-legacy"]] {
        let file = material.pkcs12(PASSWORD, options);
        // The longest primitive string is the encrypted safe; its middle is inside the first certificate.
        let mut altered = file.clone();
        altered[file.len() / 4] ^= 1;
        let error = container::read(&altered, Some(PASSWORD));
        assert_eq!(error, Err(ContainerError::Damaged { format: ContainerFormat::Pkcs12 }));
        assert_eq!(container::read(&altered, Some("forkert")), Err(ContainerError::PasswordWrong));
    }
}

#[test]
fn a_file_that_asks_for_millions_of_rounds_is_refused_before_they_are_run() {
    let material = Material::new();
    let file = material.pkcs12(PASSWORD, &["-iter", "65536"]);
    let places: Vec<usize> = (0..file.len() - 5).filter(|place| file[*place..].starts_with(&[2, 3, 1, 0, 0])).collect();
    assert!(!places.is_empty());
    let mut greedy = file;
    for place in places {
        greedy[place + 2] = 0x7F;
    }
    let error = container::read(&greedy, Some(PASSWORD));
    assert!(matches!(error, Err(ContainerError::TooManyIterations { .. })), "{error:?}");
}

#[test]
fn what_is_no_container_or_too_large_is_said_plainly() {
    for bytes in [&b""[..], b"hello", b"\x00\x01", b"%PDF-1.7", b"\x31\x00"] {
        assert_eq!(container::read(bytes, None), Err(ContainerError::NotRecognised), "{bytes:?}");
    }
    let large = vec![0x30; MAXIMUM_CONTAINER_BYTES + 1];
    assert!(matches!(container::read(&large, None), Err(ContainerError::TooLarge { .. })));
    let crl = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    let none = ContainerError::NoCertificate { holds_private_key: false };
    assert_eq!(container::read(crl.as_bytes(), None), Err(none));
    let long = "x".repeat(container::MAXIMUM_PASSWORD_BYTES + 1);
    let file = Material::new().pkcs12(PASSWORD, &[]);
    assert!(matches!(container::read(&file, Some(&long)), Err(ContainerError::PasswordTooLong { .. })));
}

#[test]
fn nesting_a_million_deep_ends_in_an_error() {
    let indefinite = [0x30, 0x80].repeat(1_000_000);
    let mut definite = Vec::new();
    for depth in (0..400_000_u32).rev() {
        let [_, high, middle, low] = (depth * 5).to_be_bytes();
        definite.extend_from_slice(&[0x30, 0x83, high, middle, low]);
    }
    for bytes in [indefinite, definite] {
        assert!(container::read(&bytes, Some(PASSWORD)).is_err());
    }
    // The same inside a file that begins as each of the formats does.
    let deep = [0x30, 0x80].repeat(40).into_iter().chain([0, 0].repeat(40)).collect::<Vec<_>>();
    let pkcs7 = tlv(0x30, &[&tlv(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]]), &tlv(0xA0, &[&deep])]);
    let pkcs12 = tlv(0x30, &[&[2, 1, 3], &deep]);
    for (bytes, format) in [(pkcs7, ContainerFormat::Pkcs7), (pkcs12, ContainerFormat::Pkcs12)] {
        assert_eq!(container::read(&bytes, None), Err(ContainerError::Damaged { format }));
    }
}

#[test]
fn too_many_certificates_are_refused_and_an_unreadable_one_is_named_by_its_place() {
    let material = Material::new();
    let many = material.certificates[0].to_pem().repeat(container::MAXIMUM_CERTIFICATES_IN_CONTAINER + 1);
    assert!(matches!(container::read(many.as_bytes(), None), Err(ContainerError::TooMany { .. })));
    let bad = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let text = format!("{}{bad}", material.certificates[0].to_pem());
    let error = ContainerError::Certificate { position: 2, source: CertificateError::Malformed };
    assert_eq!(container::read(text.as_bytes(), None), Err(error));
}

/// All keys of a file, decrypted.
fn keys(file: &[u8], password: &str) -> Result<Vec<Vec<u8>>, ContainerError> {
    let mut bags = key_bags(file, password)?;
    std::iter::from_fn(|| bags.next_decrypted()).map(|key| key.map(|key| key.to_vec())).collect()
}

#[test]
fn the_key_of_a_pkcs_12_file_is_handed_out_under_its_password_only() {
    let material = Material::new();
    openssl(material.folder.path(), &["pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER", "-out", "k"]);
    let key = material.file("k");
    for options in [
        "",
        "-legacy",
        "-legacy -keypbe PBE-SHA1-RC2-40",
        "-keypbe DES-EDE3-CBC",
        "-keypbe AES-128-CBC",
        "-keypbe NONE",
        "-nomac",
        "-nomac -certpbe NONE",
    ] {
        let file = material.pkcs12(PASSWORD, &options.split_whitespace().collect::<Vec<_>>());
        assert_eq!(keys(&file, PASSWORD), Ok(vec![key.clone()]), "{options}");
        for wrong in ["Øvelse gør mester 2", "", "🔑"] {
            assert_eq!(keys(&file, wrong), Err(ContainerError::PasswordWrong), "{options}, {wrong}");
        }
    }
    // What stands in a key's own octets is the key's, and stays as it is.
    let (_, fields, _) = element(&key);
    let (_, _, version) = element(fields);
    let (_, _, algorithm) = element(&fields[version.len()..]);
    let (_, octets, _) = element(&fields[version.len() + algorithm.len()..]);
    let leave = [material.ders(), vec![octets]].concat();
    for options in [&["-nomac"][..], &["-nomac", "-keypbe", "NONE"]] {
        let inside = in_pieces(&material.pkcs12(PASSWORD, options), &leave, true);
        assert_eq!(keys(&inside, PASSWORD), Ok(vec![key.clone()]), "also out of the basic encoding rules");
    }
    assert_eq!(keys(&material.pkcs12(PASSWORD, &["-nokeys"]), PASSWORD), Ok(vec![]));
}

#[test]
fn keys_are_handed_out_of_pkcs_12_only() {
    let material = Material::new();
    openssl(material.folder.path(), &["pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER", "-out", "k"]);
    for file in [material.file("k"), material.file("key.pem"), material.pkcs7("DER"), material.ders()[0].to_vec()] {
        assert_eq!(keys(&file, PASSWORD), Err(ContainerError::NotRecognised));
    }
    let file = material.pkcs12(PASSWORD, &["-iter", "1"]);
    for length in 8..file.len() {
        let damaged = Err(ContainerError::Damaged { format: ContainerFormat::Pkcs12 });
        assert_eq!(keys(&file[..length], PASSWORD), damaged, "{length} of {}", file.len());
    }
}

#[test]
fn more_or_larger_keys_than_are_handed_out_are_refused() {
    let bag = |key: &[u8]| {
        let key_bag = tlv(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x01]]);
        tlv(0x30, &[&key_bag, &tlv(0xA0, &[key])])
    };
    let data = |content: &[u8]| {
        let oid = tlv(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01]]);
        tlv(0x30, &[&oid, &tlv(0xA0, &[&tlv(4, &[content])])])
    };
    let file = |bags: &[u8]| {
        let safe = data(&tlv(0x30, &[bags]));
        tlv(0x30, &[&[2, 1, 3], &data(&tlv(0x30, &[&safe]))])
    };
    let small = tlv(0x30, &[&[2, 1, 0]]);
    let many = bag(&small).repeat(MAXIMUM_KEYS_IN_CONTAINER);
    assert_eq!(keys(&file(&many), "x").map(|keys| keys.len()), Ok(MAXIMUM_KEYS_IN_CONTAINER));
    let large = bag(&tlv(0x30, &[&vec![0; MAXIMUM_KEY_BYTES]]));
    for refused in [file(&[many, bag(&small)].concat()), file(&large)] {
        assert!(matches!(keys(&refused, "x"), Err(ContainerError::TooManyKeys { .. })));
    }
}

#[test]
fn the_mac_is_the_one_that_openssl_makes() {
    let material = Material::new();
    let file = material.pkcs12(PASSWORD, &["-macalg", "sha256", "-iter", "5000"]);
    let (_, fields, _) = element(&file);
    let (_, _, version) = element(fields);
    let (_, content_info, whole_info) = element(&fields[version.len()..]);
    let (_, _, content_type) = element(content_info);
    let (_, tagged, _) = element(&content_info[content_type.len()..]);
    let (_, authenticated_safe, _) = element(tagged);
    let (_, mac_data, _) = element(&fields[version.len() + whole_info.len()..]);
    let (_, digest_info, whole_digest) = element(mac_data);
    let (_, _, algorithm) = element(digest_info);
    let (_, expected, _) = element(&digest_info[algorithm.len()..]);
    let (_, salt, _) = element(&mac_data[whole_digest.len()..]);
    assert_eq!(sealing_mac(authenticated_safe, PASSWORD, salt, 5000).as_ref().map(<[u8; 32]>::as_slice), Ok(expected));
    for (password, rounds) in
        [("x".repeat(1025), 1), ("x".into(), 0), ("x".into(), u32::try_from(MAXIMUM_ITERATIONS).unwrap() + 1)]
    {
        assert!(sealing_mac(b"", &password, salt, rounds).is_err());
    }
}

/// Writes DER again with indefinite lengths and strings in pieces; what is in `leave` stays as it is.
fn in_pieces(der: &[u8], leave: &[&[u8]], inside: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = der;
    while !rest.is_empty() {
        let (tag, content, whole) = element(rest);
        rest = &rest[whole.len()..];
        if leave.contains(&whole) {
            out.extend_from_slice(whole);
        } else if tag & 0x20 != 0 {
            out.extend([tag, 0x80]);
            out.extend(in_pieces(content, leave, inside));
            out.extend([0, 0]);
        } else if tag == 0x04 || tag == 0x80 {
            // Strings that hold safes are BER themselves where that is wanted; certificates and cipher text are not.
            let is_safe = inside && content.first() == Some(&0x30) && !leave.contains(&content);
            let content = if is_safe && element(content).2.len() == content.len() {
                in_pieces(content, leave, inside)
            } else {
                content.to_vec()
            };
            out.extend([tag | 0x20, 0x80]);
            for piece in content.chunks(100) {
                out.extend([0x04, u8::try_from(piece.len()).unwrap()]);
                out.extend(piece);
            }
            out.extend([0, 0]);
        } else {
            out.extend_from_slice(whole);
        }
    }
    out
}

/// The tag, content and whole encoding of the first DER element.
fn element(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let (header, length) = match bytes[1] {
        short @ 0..=0x7F => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7F);
            let length = bytes[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (2 + count, length)
        }
    };
    let end = (header + length).min(bytes.len());
    (bytes[0], &bytes[header.min(end)..end], &bytes[..end])
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content.as_slice()].concat()
}

/// Adds a MAC by PBMAC1 ([RFC 9579]) to a file without one, as newer programs do.
fn with_pbmac1(file: &[u8], password: &str) -> Vec<u8> {
    let (_, fields, _) = element(file);
    let (_, _, version) = element(fields);
    let (_, content_info, _) = element(&fields[version.len()..]);
    let (_, _, content_type) = element(content_info);
    let (_, tagged, _) = element(&content_info[content_type.len()..]);
    let (_, authenticated_safe, _) = element(tagged);

    let salt = [7; 16];
    let mut key = [0; 32];
    let rounds = std::num::NonZeroU32::new(2048).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, rounds, &salt, password.as_bytes(), &mut key);
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), authenticated_safe);

    let pkcs5 = |last: u8| tlv(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, last]]);
    let hmac_with = |last: u8| tlv(0x30, &[&tlv(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, last]]), &[5, 0]]);
    let derivation = tlv(0x30, &[&tlv(4, &[&salt]), &[2, 2, 8, 0], &[2, 1, 32], &hmac_with(11)]);
    let derivation = tlv(0x30, &[&pkcs5(12), &derivation]);
    let algorithm = tlv(0x30, &[&pkcs5(14), &tlv(0x30, &[&derivation, &hmac_with(9)])]);
    let digest_info = tlv(0x30, &[&algorithm, &tlv(4, &[mac.as_ref()])]);
    let mac_data = tlv(0x30, &[&digest_info, &tlv(4, &[b"NOT USED"]), &[2, 1, 1]]);
    tlv(0x30, &[fields, &mac_data])
}
