//! After a key went in or out, neither the passwords nor the key are in the program's memory: not even without the
//! allocator that wipes what is given back.
#![allow(clippy::print_stdout, reason = "the program that is searched says so")]

use crate::material::{Kind, Material, openssl};
use crate::process_protection::leaving_no_trace;
use crate::{exported_key, imported_key};
use pki::container::ContainerError;
use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use zeroize::{Zeroize, Zeroizing};

const SEARCHED: &str = "KEY_CUSTODY_SEARCHED";
const MASK: u8 = 0x5a;

/// What a file holds, so that it is not in memory itself.
fn masked(path: &Path, from: usize, length: usize) -> Vec<u8> {
    let content = Zeroizing::new(std::fs::read(path).expect("the file"));
    content[from..from + length].iter().map(|byte| byte ^ MASK).collect()
}

/// A file as text, without its line's end.
fn text(path: &Path) -> Zeroizing<String> {
    let mut text = Zeroizing::new(read_to_string(path).expect("the file"));
    let length = text.trim_end().len();
    text.truncate(length);
    text
}

/// How often the masked bytes are in what this program can write to, as they are or the other way round (as numbers
/// are kept for reckoning).
fn in_memory(needle: &[u8]) -> usize {
    const CHUNK: usize = 1 << 20;
    let needle: Vec<u8> = needle.to_vec();
    let reversed: Vec<u8> = needle.iter().rev().copied().collect();
    let maps = read_to_string("/proc/self/maps").expect("the mappings");
    let memory = File::open("/proc/self/mem").expect("memory");
    let mut chunk = vec![0; CHUNK + needle.len()];
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (from, to) = line.split_once(' ').and_then(|(range, _)| range.split_once('-')).expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        let (mut from, to) = (number(from), number(to));
        while from < to {
            // Else it would find in itself what it has read before.
            chunk.as_mut_slice().zeroize();
            let length = usize::try_from(to - from).map_or(chunk.len(), |left| left.min(chunk.len()));
            // A mapping that is gone meanwhile, or cannot be read, holds nothing of ours.
            if memory.read_exact_at(&mut chunk[..length], from).is_ok() {
                found += occurrences(&chunk[..length], &needle) + occurrences(&chunk[..length], &reversed);
            }
            from += CHUNK as u64;
        }
    }
    chunk.zeroize();
    found
}

fn occurrences(bytes: &[u8], masked: &[u8]) -> usize {
    let first = masked[0] ^ MASK;
    bytes
        .windows(masked.len())
        .filter(|window| window[0] == first && window.iter().zip(masked).all(|(byte, masked)| *byte == masked ^ MASK))
        .count()
}

#[test]
fn import_and_export_leave_neither_passwords_nor_the_key_in_memory() {
    // In a program of its own: what the other tests have in memory takes long to search.
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["no_trace::searched_program", "--exact", "--nocapture"])
        .env(SEARCHED, "1")
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("searched"), "it did not run: {said}");
}

/// Not a test: the program that is searched.
#[test]
fn searched_program() {
    if std::env::var(SEARCHED).is_err() {
        return;
    }
    let material = Material::new(Kind::Rsa(2048));
    let run = |arguments: &str| {
        openssl(material.folder(), "", &arguments.split(' ').collect::<Vec<_>>());
    };
    // OpenSSL makes the secrets: this program only meets them in files.
    run("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
    run("rand -hex -out password 24");
    run("pkcs12 -export -inkey key.pem -in certificate.pem -out modern.p12 -passout file:password");
    run("pkcs12 -export -legacy -inkey key.pem -in certificate.pem -out legacy.p12 -passout file:password");
    run(
        "pkcs12 -export -keypbe NONE -certpbe AES-128-CBC -inkey key.pem -in certificate.pem -out plain.p12 -passout file:password",
    );

    let path = |name: &str| material.folder().join(name);
    let password = masked(&path("password"), 0, 48);
    // 32 bytes of the private exponent, well behind the modulus.
    let exponent = masked(&path("key.der"), 330, 32);
    let wide: Vec<u8> = password.iter().flat_map(|byte| [MASK, *byte]).collect();
    let assert_no_trace = |after: &str| {
        for (what, needle) in
            [("the password", &password), ("the password as a BMPString", &wide), ("the key", &exponent)]
        {
            assert_eq!(in_memory(needle), 0, "{what}, after {after}");
        }
    };
    {
        let there = text(&path("password"));
        assert!(in_memory(&password) > 0, "the search finds what is there: {} bytes", there.len());
    }
    assert_no_trace("reading");

    let public = material.certificate.subject_public_key_info();
    for name in ["modern.p12", "legacy.p12", "plain.p12"] {
        let container = Zeroizing::new(material.read(name));
        let key =
            leaving_no_trace(|| imported_key::find(&container, &text(&path("password")), public)).expect("the key");
        assert!(in_memory(&exponent) > 0, "the key is there while it is wanted");
        drop((key, container));
        assert_no_trace(name);
        let container = Zeroizing::new(material.read(name));
        let wrong = leaving_no_trace(|| imported_key::find(&container, "forkert", public));
        assert!(wrong.is_err());
        drop(container);
        assert_no_trace(&format!("{name} and a wrong password"));
    }

    let key = Zeroizing::new(material.read("key.der"));
    let chain = std::slice::from_ref(&material.certificate);
    let exported = leaving_no_trace(|| exported_key::seal(&key, chain, &text(&path("password")))).expect("a container");
    drop(key);
    assert_no_trace("export");
    let reread = pki::container::key_bags(&exported, "forkert").map(|_| ());
    assert_eq!(reread, Err(ContainerError::PasswordWrong));
    println!("searched");
}
