//! PKCS#12 containers as other programs make them.

use pki::Certificate;
use std::io::Write;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A container with a key (DER `PrivateKeyInfo`) and its chain, made by OpenSSL.
#[must_use]
pub fn made_by_openssl(private_key: &[u8], chain: &[Certificate], password: &str) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    let (key, certificates, out) =
        (folder.path().join("key.pem"), folder.path().join("chain.pem"), folder.path().join("out.p12"));
    let mut made = Command::new("openssl")
        .args(["pkey", "-inform", "DER", "-out"])
        .arg(&key)
        .stdin(Stdio::piped())
        .spawn()
        .expect("openssl");
    made.stdin.take().expect("its input").write_all(private_key).expect("written");
    assert!(made.wait().expect("openssl").success());
    std::fs::write(&certificates, chain.iter().map(Certificate::to_pem).collect::<String>()).expect("written");
    let exported = Command::new("openssl")
        .args(["pkcs12", "-export", "-passout", "env:CONTAINER_PASSWORD", "-inkey"])
        .arg(&key)
        .arg("-in")
        .arg(&certificates)
        .arg("-out")
        .arg(&out)
        .env("CONTAINER_PASSWORD", password)
        .status()
        .expect("openssl");
    assert!(exported.success());
    std::fs::read(&out).expect("a container")
}
