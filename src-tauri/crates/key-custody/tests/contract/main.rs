//! One contract, asked of every place for private keys: memory, the Secret Service, SoftHSM 2 and a TPM in software.
//!
//! Each place is tried in a session of its own that the test makes itself; `CERTIFIKATGUIDE_TOKENS_REQUIRED` makes a
//! failure of what is not installed.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test that is skipped says so")]

mod export_permit;
#[allow(dead_code, reason = "the crate's own tests use more of it")]
#[path = "../../src/tests/material.rs"]
mod material;
mod memory;
#[path = "../../../../../tests/src/sessions.rs"]
mod sessions;
mod suite;
mod token;
mod tokens;

use key_custody::{KeyPlace, Modules, TokenKeyKind};
use lifecycle::Password;
use pki::SignatureAlgorithm;
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use sessions::{Session, passes_in};
use std::collections::HashMap;
use suite::{Backend, RSA, keeps_the_contract, password};
use token::Token;

/// The folder of the scripts that make the sessions.
const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests");

struct Keychain;

impl Backend for Keychain {
    type Store = KeyPlace;

    fn started(&self) -> KeyPlace {
        KeyPlace::named("keychain", Modules::default(), TokenKeyKind::Rsa3072).expect("a place")
    }

    fn right(&self) -> Password {
        password("fire ord på rad")
    }

    fn wrong(&self) -> Vec<Password> {
        ["Fire ord på rad", "", &"x".repeat(Password::LONGEST + 1)].map(password).into()
    }

    fn algorithms(&self) -> &'static [SignatureAlgorithm] {
        RSA
    }

    fn what_belongs_to_others(&self) -> Vec<String> {
        std::thread::spawn(secrets).join().expect("the keychain is asked")
    }
}

/// Everything in the keychain, with its content. There is one entry of another program.
fn secrets() -> Vec<String> {
    let service = SecretService::connect(EncryptionType::Dh).expect("the keychain answers");
    let collection = service.get_default_collection().expect("a collection");
    let attributes = HashMap::from([("service", "another program"), ("username", "somebody")]);
    if collection.search_items(attributes.clone()).expect("it searches").is_empty() {
        collection.create_item("foreign", attributes, b"hunter2", false, "text/plain").expect("it writes");
    }
    let mut secrets: Vec<String> = collection
        .get_all_items()
        .expect("it lists")
        .iter()
        .map(|item| {
            let secret = item.get_secret().expect("a secret");
            format!("{} {}", item.get_label().expect("a label"), String::from_utf8_lossy(&secret))
        })
        .collect();
    secrets.sort();
    secrets
}

#[tokio::test]
async fn keys_in_memory_keep_the_contract() {
    keeps_the_contract(&memory::Memory::default()).await;
}

#[test]
fn the_secret_service_keeps_the_contract() {
    passes_in(Session::Keychain, "in_a_session_with_a_keychain");
}

#[tokio::test]
async fn in_a_session_with_a_keychain() {
    if Session::Keychain.is_here() {
        keeps_the_contract(&Keychain).await;
    }
}

#[test]
fn a_token_in_software_keeps_the_contract() {
    passes_in(Session::SoftHsm, "in_a_session_with_softhsm");
}

#[tokio::test]
async fn in_a_session_with_softhsm() {
    if Session::SoftHsm.is_here() {
        Token::labelled("Øvekort", TokenKeyKind::Rsa3072).make_foreign_key();
        keeps_the_contract(&Token::labelled("Øvekort", TokenKeyKind::Rsa3072)).await;
        keeps_the_contract(&Token::labelled("Øvekort", TokenKeyKind::EcdsaP256)).await;
    }
}

#[test]
fn a_tpm_in_software_keeps_the_contract() {
    passes_in(Session::Tpm, "in_a_session_with_a_tpm");
}

#[tokio::test]
async fn in_a_session_with_a_tpm() {
    if Session::Tpm.is_here() {
        Token::labelled("Øvebrik", TokenKeyKind::Rsa3072).make_foreign_key();
        keeps_the_contract(&Token::labelled("Øvebrik", TokenKeyKind::Rsa3072)).await;
        keeps_the_contract(&Token::labelled("Øvebrik", TokenKeyKind::EcdsaP256)).await;
    }
}
