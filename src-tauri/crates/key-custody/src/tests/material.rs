//! Keys, certificates and containers as OpenSSL makes them, for the tests of import and export.

use pki::Certificate;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "Øvelse gør mester 1";

/// What kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of so many bits.
    Rsa(u16),
    /// On this curve.
    Ec(&'static str),
    Ed25519,
}

impl Kind {
    pub(crate) const P256: Self = Self::Ec("P-256");
}

/// A key and its certificate in a folder of their own.
pub(crate) struct Material {
    folder: TempDir,
    pub(crate) kind: Kind,
    pub(crate) certificate: Certificate,
}

impl Material {
    pub(crate) fn new(kind: Kind) -> Self {
        let folder = TempDir::new().expect("a folder");
        let kind_of_key = match kind {
            Kind::Rsa(bits) => format!("-newkey rsa:{bits}"),
            Kind::Ec(curve) => format!("-newkey ec -pkeyopt ec_paramgen_curve:{curve}"),
            Kind::Ed25519 => "-newkey ed25519".to_owned(),
        };
        let new = format!("req -x509 -utf8 -nodes {kind_of_key} -days 30 -keyout key.pem -out certificate.pem");
        let mut arguments: Vec<&str> = new.split(' ').collect();
        arguments.extend(["-subj", "/CN=Øvebruger Eksempel"]);
        openssl(folder.path(), "", &arguments);
        let pem = std::fs::read(folder.path().join("certificate.pem")).expect("a certificate");
        let certificate = Certificate::from_pem(&pem).expect("a certificate");
        Self { folder, kind, certificate }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder().join(name)).expect("the file")
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder().join(name), bytes).expect("written");
    }

    /// The key as DER `PrivateKeyInfo`.
    pub(crate) fn private_key_info(&self) -> Vec<u8> {
        let arguments = "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der";
        openssl(self.folder(), "", &arguments.split(' ').collect::<Vec<_>>());
        self.read("key.der")
    }

    /// A container with key and certificate under [`PASSWORD`].
    pub(crate) fn container(&self, options: &str) -> Vec<u8> {
        self.container_under(PASSWORD, options)
    }

    pub(crate) fn container_under(&self, password: &str, options: &str) -> Vec<u8> {
        let fixed = "pkcs12 -export -inkey key.pem -in certificate.pem -name Øvebruger -out out.p12";
        let mut arguments: Vec<&str> = fixed.split(' ').collect();
        arguments.extend(["-passout", "env:CONTAINER_PASSWORD"]);
        arguments.extend(options.split_whitespace());
        openssl(self.folder(), password, &arguments);
        self.read("out.p12")
    }

    /// One container with all keys and certificates, without a MAC: OpenSSL's command makes none with several keys.
    pub(crate) fn container_of_several(materials: &[Self]) -> Vec<u8> {
        let safes: Vec<Vec<u8>> = materials
            .iter()
            .enumerate()
            .flat_map(|(place, material)| safes(&material.container(if place % 2 == 0 { "" } else { "-legacy" })))
            .collect();
        unsealed(&safes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// Runs OpenSSL; returns what it wrote to standard output and to standard error.
pub(crate) fn openssl(folder: &Path, password: &str, arguments: &[&str]) -> (String, String) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .env("CONTAINER_PASSWORD", password)
        .output()
        .expect("openssl is installed where the tests run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), said)
}

/// The `ContentInfo`s inside a container, DER.
pub(crate) fn safes(container: &[u8]) -> Vec<Vec<u8>> {
    let (_, fields, _) = element(container);
    let (_, _, version) = element(fields);
    let (_, content_info, _) = element(&fields[version.len()..]);
    let (_, _, content_type) = element(content_info);
    let (_, tagged, _) = element(&content_info[content_type.len()..]);
    let (_, authenticated_safe, _) = element(tagged);
    let (_, mut rest, _) = element(authenticated_safe);
    let mut safes = Vec::new();
    while !rest.is_empty() {
        let (_, _, safe) = element(rest);
        safes.push(safe.to_vec());
        rest = &rest[safe.len()..];
    }
    safes
}

/// A container of these `ContentInfo`s, without a MAC.
pub(crate) fn unsealed(safes: &[&[u8]]) -> Vec<u8> {
    const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let authenticated_safe = tlv(0x30, safes);
    let content_info = tlv(0x30, &[DATA, &tlv(0xa0, &[&tlv(4, &[&authenticated_safe])])]);
    tlv(0x30, &[&[2, 1, 3], &content_info])
}

/// Writes a DER container again with indefinite lengths and strings in pieces; where `inside`, also what lies in
/// strings that hold safes. Certificates stay DER.
pub(crate) fn as_ber(der: &[u8], inside: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = der;
    while !rest.is_empty() {
        let (tag, content, whole) = element(rest);
        rest = &rest[whole.len()..];
        if tag & 0x20 != 0 {
            out.extend([tag, 0x80]);
            out.extend(as_ber(content, inside));
            out.extend([0, 0]);
        } else if tag == 0x04 || tag == 0x80 {
            let content = if inside && is_safe(content) { as_ber(content, inside) } else { content.to_vec() };
            out.extend([tag | 0x20, 0x80]);
            for piece in content.chunks(100) {
                out.extend([0x04, u8::try_from(piece.len()).expect("at most 100")]);
                out.extend(piece);
            }
            out.extend([0, 0]);
        } else {
            out.extend_from_slice(whole);
        }
    }
    out
}

/// A whole SEQUENCE of SEQUENCEs that begin with an OBJECT IDENTIFIER each: safes and bags do, certificates and keys
/// do not.
fn is_safe(bytes: &[u8]) -> bool {
    if bytes.first() != Some(&0x30) || element(bytes).2.len() != bytes.len() {
        return false;
    }
    let (_, content, _) = element(bytes);
    content.first() == Some(&0x30) && element(content).1.first() == Some(&0x06)
}

/// The tag, content and whole encoding of the first DER element.
fn element(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let (header, length) = match bytes.get(1).copied().unwrap_or(0) {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f).min(3);
            let octets = bytes.get(2..2 + count).unwrap_or_default();
            (2 + count, octets.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    };
    let end = (header + length).min(bytes.len());
    (bytes[0], &bytes[header.min(end)..end], &bytes[..end])
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [_, high, middle, low] = u32::try_from(content.len()).expect("small").to_be_bytes();
    [&[tag, 0x83, high, middle, low], content.as_slice()].concat()
}
