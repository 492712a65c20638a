//! The keychain of the operating system, for real: gnome-keyring's Secret Service in a session of its own.
//!
//! `tests/with-keychain.sh cargo test -p key-custody` runs them; without it they say that they were skipped.
#![cfg(all(unix, not(target_vendor = "apple")))]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use chrono::{DateTime, Utc};
use key_custody::OsKeychain;
use lifecycle::gate::{Permit, permit_certification_request};
use lifecycle::ports::{KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, LogHead, Password};
use pki::{SignatureAlgorithm, SigningKey};
use secret_service::EncryptionType;
use secret_service::blocking::{Item, SecretService};
use std::collections::HashMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const KEYCHAIN: &str = "CERTIFIKATGUIDE_TEST_KEYCHAIN";
const WITH_KEYCHAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/with-keychain.sh");

/// Whether the session that this test needs is there; says so where it is not.
fn session_is(wanted: &str) -> bool {
    let is = std::env::var(KEYCHAIN).is_ok_and(|kind| kind == wanted);
    if is {
        println!("in session: {wanted}");
    } else if wanted == "1" {
        println!("skipped: needs a keychain of its own (tests/with-keychain.sh)");
    }
    is
}

/// Runs another test of this program in a session of another kind, with `before` in front of it.
fn passes_in_session(kind: &str, before: &[&str], test: &str) {
    let output = Command::new(WITH_KEYCHAIN)
        .arg(format!("--{kind}"))
        .args(before)
        .arg(std::env::current_exe().expect("this program"))
        .args([test, "--exact", "--nocapture"])
        .output()
        .expect("the script runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&format!("in session: {kind}")), "the test did not run: {said}");
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
}

fn new_id() -> KeyId {
    KeyId(Uuid::new_v4())
}

fn permit(id: KeyId) -> Permit {
    permit_certification_request(id, now())
}

fn password(text: &str) -> Password {
    Password::typed(text.into())
}

fn refusal<T>(result: Result<T, KeyStoreError>) -> KeyStoreError {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

/// What the keychain itself says that it holds of ours: labels and names.
fn listed() -> Vec<(String, String)> {
    let service = SecretService::connect(EncryptionType::Dh).expect("the keychain answers");
    let found = service.search_items(HashMap::from([("service", "dk.certifikatguide")])).expect("it searches");
    let named = |item: &Item<'_>| {
        let attributes = item.get_attributes().expect("attributes");
        (item.get_label().expect("a label"), attributes["username"].clone())
    };
    found.unlocked.iter().chain(&found.locked).map(named).collect()
}

/// Writes a secret under a name as another program would.
fn write_foreign(name: &str, secret: &[u8]) {
    let service = SecretService::connect(EncryptionType::Dh).expect("the keychain answers");
    let collection = service.get_default_collection().expect("a collection");
    let attributes = HashMap::from([("service", "dk.certifikatguide"), ("username", name)]);
    collection.create_item("foreign", attributes, secret, false, "text/plain").expect("it writes");
}

#[tokio::test]
async fn a_key_is_made_kept_opened_with_its_password_only_and_deleted() {
    if !session_is("1") {
        return;
    }
    let keychain = OsKeychain::new();
    let id = new_id();
    let reference = keychain.create_key(id, &password("fire ord på rad"), now()).await.expect("a key");
    assert_eq!((reference.id, reference.made_at), (id, now()));

    // Another instance stands for the program after a restart.
    let keychain = OsKeychain::new();
    let key: Arc<dyn SigningKey> =
        keychain.unlock(&permit(id), &password("fire ord på rad")).await.expect("the password opens it");
    assert_eq!(key.subject_public_key_info(), reference.subject_public_key_info);
    let signature = key.sign(SignatureAlgorithm::RsaPssSha256, b"message").expect("a signature");
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &reference.subject_public_key_info)
        .verify(b"message", &signature)
        .expect("it verifies");

    for wrong in ["Fire ord på rad", "", &"x".repeat(Password::LONGEST + 1)] {
        let refused = refusal(keychain.unlock(&permit(id), &password(wrong)).await);
        assert!(matches!(refused, KeyStoreError::WrongPassword), "{refused:?}");
    }

    let again = refusal(keychain.create_key(id, &password("fire ord på rad"), now()).await);
    assert!(matches!(again, KeyStoreError::Failed(_)), "a key is never replaced: {again:?}");
    keychain.unlock(&permit(id), &password("fire ord på rad")).await.expect("it is still there");

    keychain.store_device_token(id, &DeviceToken::new("token".into())).await.expect("kept");
    keychain.delete_key(id).await.expect("deleted");
    let gone = refusal(keychain.unlock(&permit(id), &password("fire ord på rad")).await);
    assert!(matches!(gone, KeyStoreError::Missing), "{gone:?}");
    let gone = refusal(keychain.device_token(id).await);
    assert!(matches!(gone, KeyStoreError::Missing), "its token goes with it: {gone:?}");
    keychain.delete_key(id).await.expect("deleting nothing succeeds");
}

#[tokio::test]
async fn a_device_token_is_kept_beside_its_key_and_replaced() {
    if !session_is("1") {
        return;
    }
    let keychain = OsKeychain::new();
    let (id, other) = (new_id(), new_id());
    assert!(matches!(refusal(keychain.device_token(id).await), KeyStoreError::Missing));
    for token in ["first-token", "second-token"] {
        keychain.store_device_token(id, &DeviceToken::new(token.into())).await.expect("kept");
        assert_eq!(keychain.device_token(id).await.expect("a token").expose(), token);
    }
    assert!(matches!(refusal(keychain.device_token(other).await), KeyStoreError::Missing));
    keychain.delete_key(id).await.expect("deleted");
}

#[tokio::test]
async fn probing_leaves_nothing_behind_and_entries_have_names_that_a_person_understands() {
    if !session_is("1") {
        return;
    }
    let keychain = OsKeychain::new();
    keychain.probe().await.expect("the keychain keeps secrets");
    let id = new_id();
    keychain.store_device_token(id, &DeviceToken::new("a-token".into())).await.expect("kept");
    let listed = tokio::task::spawn_blocking(listed).await.expect("it is asked");
    assert!(listed.iter().all(|(_, name)| !name.starts_with("probe")), "{listed:?}");
    let token = ("Certifikatguide: computerens adgang til portalen".to_owned(), format!("{id}/device-token"));
    assert!(listed.contains(&token), "{listed:?}");
    keychain.delete_key(id).await.expect("deleted");
}

#[tokio::test]
async fn what_another_program_wrote_under_the_name_of_a_key_is_damaged() {
    if !session_is("1") {
        return;
    }
    let id = new_id();
    tokio::task::spawn_blocking(move || write_foreign(&id.to_string(), b"hunter2")).await.expect("it is written");
    let keychain = OsKeychain::new();
    let refused = refusal(keychain.unlock(&permit(id), &password("fire ord på rad")).await);
    assert!(matches!(refused, KeyStoreError::Damaged(_)), "{refused:?}");
    keychain.delete_key(id).await.expect("deleted");
}

#[tokio::test]
async fn what_another_program_wrote_under_the_name_of_a_log_head_is_damaged() {
    if !session_is("1") {
        return;
    }
    let keychain = OsKeychain::new();
    for foreign in ["", "hunter2", "1:ab", "-1:00", &format!("1:{}", "g".repeat(64)), &"1".repeat(200)] {
        let (id, foreign) = (new_id(), foreign.to_owned());
        let written = tokio::task::spawn_blocking(move || {
            write_foreign(&format!("{id}/use-log-head"), foreign.as_bytes());
        });
        written.await.expect("it is written");
        let refused = refusal(keychain.log_head(id).await);
        assert!(matches!(refused, KeyStoreError::Damaged(_)), "{refused:?}");
        keychain.delete_key(id).await.expect("deleted");
    }
}

#[test]
fn other_sessions_are_told_apart() {
    if !session_is("1") {
        return;
    }
    passes_in_session("absent", &[], "in_a_session_without_a_keychain");
    passes_in_session("absent", &["env", "-u", "DBUS_SESSION_BUS_ADDRESS"], "in_a_session_without_a_keychain");
    passes_in_session("absent", &[], "in_a_session_where_the_keychain_comes_later");
    passes_in_session("locked", &[], "in_a_session_with_a_locked_keychain");
}

#[tokio::test]
async fn in_a_session_without_a_keychain() {
    if !session_is("absent") {
        return;
    }
    let keychain = OsKeychain::new();
    let id = new_id();
    for refused in [
        refusal(keychain.probe().await),
        refusal(keychain.create_key(id, &password("fire ord på rad"), now()).await),
        refusal(keychain.unlock(&permit(id), &password("fire ord på rad")).await),
        refusal(keychain.store_device_token(id, &DeviceToken::new("token".into())).await),
        refusal(keychain.device_token(id).await),
        refusal(keychain.store_log_head(id, &LogHead { number: 1, hash: [1; 32] }).await),
        refusal(keychain.log_head(id).await),
        refusal(keychain.delete_key(id).await),
    ] {
        assert!(matches!(refused, KeyStoreError::Absent(_)), "{refused:?}");
    }
    let home = std::env::var("HOME").expect("a home folder");
    assert!(!std::path::Path::new(&home).join(".local/share/keyrings").exists(), "nothing was written instead");
}

#[tokio::test]
async fn in_a_session_with_a_locked_keychain() {
    if !session_is("locked") {
        return;
    }
    let keychain = OsKeychain::new();
    for refused in [
        refusal(keychain.probe().await),
        refusal(keychain.store_device_token(new_id(), &DeviceToken::new("token".into())).await),
    ] {
        assert!(matches!(refused, KeyStoreError::Locked), "{refused:?}");
    }
}

/// gnome-keyring for as long as this lives.
struct Daemon(Child);

impl Daemon {
    fn start(password: Option<&str>) -> Self {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stdout(Stdio::null()).stderr(Stdio::null());
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut child = command.stdin(Stdio::piped()).spawn().expect("gnome-keyring starts");
        let mut input = child.stdin.take().expect("piped");
        input.write_all(password.unwrap_or_default().as_bytes()).expect("it reads");
        Self(child)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().expect("it can be ended");
        self.0.wait().expect("it ends");
    }
}

/// Probes until the answer is the wanted one: a service takes a moment to appear and to go.
async fn probe_until(keychain: &OsKeychain, wanted: impl Fn(&Result<(), KeyStoreError>) -> bool) {
    let started = Instant::now();
    loop {
        let answer = keychain.probe().await;
        if wanted(&answer) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{answer:?}");
    }
}

#[tokio::test]
async fn in_a_session_where_the_keychain_comes_later() {
    if !session_is("absent") {
        return;
    }
    let keychain = OsKeychain::new();
    let id = new_id();
    let absent = |answer: &Result<(), KeyStoreError>| matches!(answer, Err(KeyStoreError::Absent(_)));
    assert!(absent(&keychain.probe().await));

    let without_collection = Daemon::start(None);
    probe_until(
        &keychain,
        |answer| matches!(answer, Err(KeyStoreError::Absent(reason)) if reason.contains("default collection")),
    )
    .await;
    let refused = refusal(keychain.device_token(id).await);
    assert!(matches!(refused, KeyStoreError::Absent(_)), "not merely missing: {refused:?}");
    drop(without_collection);

    let daemon = Daemon::start(Some("prøve"));
    probe_until(&keychain, Result::is_ok).await;
    keychain.create_key(id, &password("fire ord på rad"), now()).await.expect("a key");
    drop(daemon);
    probe_until(&keychain, absent).await;

    let locked = Daemon::start(None);
    probe_until(&keychain, |answer| matches!(answer, Err(KeyStoreError::Locked))).await;
    let refused = refusal(keychain.unlock(&permit(id), &password("fire ord på rad")).await);
    assert!(matches!(refused, KeyStoreError::Locked), "{refused:?}");
    drop(locked);

    let _daemon = Daemon::start(Some("prøve"));
    probe_until(&keychain, Result::is_ok).await;
    keychain.unlock(&permit(id), &password("fire ord på rad")).await.expect("the key outlived its keychain");
}
