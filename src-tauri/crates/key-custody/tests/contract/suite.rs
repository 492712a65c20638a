//! What every place for private keys has to keep to, asked of each in the same words.

use crate::export_permit::export_permit;
use crate::material::{self, Kind, Material, openssl};
use chrono::{DateTime, Utc};
use lifecycle::gate::{Permit, permit_certification_request};
use lifecycle::ports::{KeyContainer, KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyReference, LogHead, Password};
use pki::{SignatureAlgorithm, SigningError, SigningKey, verify_signature};
use std::io::Write;
use std::process::{Command, Stdio};
use uuid::Uuid;

/// A place for private keys, as a test has it.
pub(crate) trait Backend {
    type Store: KeyStore;

    /// The program after a start: nothing of an earlier one is in its memory.
    fn started(&self) -> Self::Store;

    /// The password or PIN.
    fn right(&self) -> Password;

    /// Passwords that are not.
    fn wrong(&self) -> Vec<Password>;

    /// Which algorithms its keys sign with.
    fn algorithms(&self) -> &'static [SignatureAlgorithm];

    /// What is in the place that is not ours, as the place itself says; there is something.
    fn what_belongs_to_others(&self) -> Vec<String>;
}

pub(crate) const RSA: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::RsaPssSha384,
    SignatureAlgorithm::RsaPssSha512,
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPkcs1Sha384,
    SignatureAlgorithm::RsaPkcs1Sha512,
];
pub(crate) const ECDSA: &[SignatureAlgorithm] = &[SignatureAlgorithm::EcdsaP256Sha256];

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
}

pub(crate) fn new_id() -> KeyId {
    KeyId(Uuid::new_v4())
}

pub(crate) fn permit(id: KeyId) -> Permit {
    permit_certification_request(id, now())
}

pub(crate) fn password(text: &str) -> Password {
    Password::typed(text.into())
}

pub(crate) fn refusal<T>(result: Result<T, KeyStoreError>) -> KeyStoreError {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

/// A password that does not open the key, or a PIN that does not open the token.
fn is_wrong_secret(store: &impl KeyStore, refused: &KeyStoreError) -> bool {
    match store.secret_kind() {
        KeySecret::Password => matches!(refused, KeyStoreError::WrongPassword),
        KeySecret::Pin => matches!(refused, KeyStoreError::PinWrong { .. }),
    }
}

/// The contract.
pub(crate) async fn keeps_the_contract(backend: &impl Backend) {
    let others = backend.what_belongs_to_others();
    assert!(!others.is_empty(), "there is something to leave alone");
    let store = backend.started();
    store.probe().await.expect("the place works");

    let (id, absent) = (new_id(), new_id());
    assert!(!store.holds_key(id).await.expect("it says"), "nothing is there before");
    let reference = store.create_key(id, &backend.right(), now()).await.expect("a key");
    assert_eq!((reference.id, reference.made_at, &reference.place), (id, now(), &store.place()));

    let store = backend.started();
    assert!(store.holds_key(id).await.expect("it says"), "seen without the password");
    assert!(!store.holds_key(absent).await.expect("it says"));

    let key = store.unlock(&permit(id), &backend.right()).await.expect("the password opens it");
    assert_eq!(key.subject_public_key_info(), reference.subject_public_key_info);
    signs_with(&*key, backend.algorithms());
    the_certification_request_is_accepted_by_openssl(&*key);
    drop(key);

    for wrong in backend.wrong() {
        let refused = refusal(store.unlock(&permit(id), &wrong).await);
        assert!(is_wrong_secret(&store, &refused), "{refused:?}");
    }
    let missing = refusal(store.unlock(&permit(absent), &backend.right()).await);
    assert!(matches!(missing, KeyStoreError::Missing), "{missing:?}");

    let again = refusal(store.create_key(id, &backend.right(), now()).await);
    assert!(matches!(again, KeyStoreError::Failed(_)), "a key is never replaced: {again:?}");
    let key = store.unlock(&permit(id), &backend.right()).await.expect("still there");
    assert_eq!(key.subject_public_key_info(), reference.subject_public_key_info);
    drop(key);

    two_keys_do_not_disturb_each_other(backend, &store, id).await;
    a_device_token_is_kept_beside_its_key(backend, &store, id).await;
    the_head_of_the_use_log_is_kept_beside_its_key(backend, &store, id).await;
    match store.secret_kind() {
        KeySecret::Password => a_key_comes_in_and_goes_out_in_containers(backend, &store).await,
        KeySecret::Pin => keys_neither_come_in_nor_go_out(backend, &store, &reference).await,
    }

    store.store_device_token(id, &DeviceToken::new("token".into())).await.expect("kept");
    store.delete_key(id).await.expect("deleted");
    for store in [store, backend.started()] {
        assert!(!store.holds_key(id).await.expect("it says"));
        let gone = refusal(store.unlock(&permit(id), &backend.right()).await);
        assert!(matches!(gone, KeyStoreError::Missing), "{gone:?}");
        let gone = refusal(store.device_token(id).await);
        assert!(matches!(gone, KeyStoreError::Missing), "its token goes with it: {gone:?}");
        assert_eq!(store.log_head(id).await.expect("it says"), None, "and the head of its log");
        store.delete_key(id).await.expect("deleting nothing succeeds");
    }
    assert_eq!(backend.what_belongs_to_others(), others, "nothing else was touched");
}

async fn two_keys_do_not_disturb_each_other<B: Backend>(backend: &B, store: &B::Store, id: KeyId) {
    let second = new_id();
    let reference = store.create_key(second, &backend.right(), now()).await.expect("a second key");
    let key = store.unlock(&permit(id), &backend.right()).await.expect("the first");
    let second_key = store.unlock(&permit(second), &backend.right()).await.expect("the second at the same time");
    assert_eq!(second_key.subject_public_key_info(), reference.subject_public_key_info);
    assert_ne!(second_key.subject_public_key_info(), key.subject_public_key_info());
    signs_with(&*key, &backend.algorithms()[..1]);
    signs_with(&*second_key, &backend.algorithms()[..1]);
    drop(second_key);
    signs_with(&*key, &backend.algorithms()[..1]);
    // An open key is no open door for another.
    for wrong in backend.wrong() {
        let refused = refusal(store.unlock(&permit(second), &wrong).await);
        assert!(is_wrong_secret(store, &refused), "{refused:?}");
    }
    drop(key);
    store.delete_key(second).await.expect("deleted");
    assert!(store.holds_key(id).await.expect("it says"), "the first stays");
}

async fn a_device_token_is_kept_beside_its_key<B: Backend>(backend: &B, store: &B::Store, id: KeyId) {
    let none = refusal(store.device_token(id).await);
    assert!(matches!(none, KeyStoreError::Missing), "{none:?}");
    for token in ["first-token", "second-token"] {
        store.store_device_token(id, &DeviceToken::new(token.into())).await.expect("kept");
        assert_eq!(backend.started().device_token(id).await.expect("a token").expose(), token);
    }
}

async fn the_head_of_the_use_log_is_kept_beside_its_key<B: Backend>(backend: &B, store: &B::Store, id: KeyId) {
    assert_eq!(store.log_head(id).await.expect("it says"), None);
    for (number, byte) in [(0, 0), (41, 9), (u64::MAX, 0xff)] {
        let head = LogHead { number, hash: [byte; 32] };
        store.store_log_head(id, &head).await.expect("kept");
        assert_eq!(backend.started().log_head(id).await.expect("it says"), Some(head));
        assert_eq!(store.log_head(new_id()).await.expect("it says"), None, "another key has none");
    }
}

async fn a_key_comes_in_and_goes_out_in_containers<B: Backend>(backend: &B, store: &B::Store) {
    let (own, other) = (Material::new(Kind::Rsa(3072)), Material::new(Kind::Rsa(2048)));
    let odd = Material::new(Kind::Ec("P-384"));
    let (right, wrong) = (password(material::PASSWORD), password("forkert"));
    let container = own.container("");
    let id = new_id();

    let import = async |bytes: &[u8], container_password: &Password, material: &Material| {
        let container = KeyContainer { bytes, password: container_password };
        store.import_key(id, &container, &material.certificate, &backend.right(), now()).await
    };
    let refused = refusal(import(&container, &wrong, &own).await);
    assert!(matches!(refused, KeyStoreError::ContainerLocked), "{refused:?}");
    let refused = refusal(import(&container, &right, &other).await);
    assert!(matches!(refused, KeyStoreError::ContainerWithoutKey), "{refused:?}");
    let refused = refusal(import(&own.container("-nokeys"), &right, &own).await);
    assert!(matches!(refused, KeyStoreError::ContainerWithoutKey), "{refused:?}");
    let refused = refusal(import(&container[..container.len() - 1], &right, &own).await);
    assert!(matches!(refused, KeyStoreError::ContainerDamaged(_)), "{refused:?}");
    let refused = refusal(import(&odd.container(""), &right, &odd).await);
    assert!(matches!(refused, KeyStoreError::KeyUnsuitable(_)), "{refused:?}");
    assert!(!store.holds_key(id).await.expect("it says"), "nothing was kept");

    let reference = import(&container, &right, &own).await.expect("it comes in");
    assert_eq!((reference.id, reference.made_at, &reference.place), (id, now(), &store.place()));
    assert_eq!(reference.subject_public_key_info, own.certificate.subject_public_key_info());
    let again = refusal(import(&other.container(""), &right, &other).await);
    assert!(matches!(again, KeyStoreError::Failed(_)), "a key is never replaced: {again:?}");
    for wrong in backend.wrong() {
        let refused = refusal(backend.started().unlock(&permit(id), &wrong).await);
        assert!(is_wrong_secret(store, &refused), "{refused:?}");
    }
    let key = backend.started().unlock(&permit(id), &backend.right()).await.expect("the password opens it");
    assert_eq!(key.subject_public_key_info(), own.certificate.subject_public_key_info());
    signs_with(&*key, backend.algorithms());
    drop(key);

    let chain = [own.certificate.clone(), other.certificate.clone()];
    let leave = export_permit(&reference, &own.certificate);
    for wrong in backend.wrong() {
        let refused = refusal(store.export_key(&leave, &wrong, &chain, &right).await);
        assert!(is_wrong_secret(store, &refused), "{refused:?}");
    }
    let exported = store.export_key(&leave, &backend.right(), &chain, &right).await.expect("it goes out");
    own.write("exported.p12", &exported);
    let arguments = "pkcs12 -in exported.p12 -info -nodes -passin env:CONTAINER_PASSWORD";
    let (text, _) = openssl(own.folder(), material::PASSWORD, &arguments.split(' ').collect::<Vec<_>>());
    assert!(text.contains("BEGIN PRIVATE KEY"), "OpenSSL reads it");
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
    assert!(store.holds_key(id).await.expect("it says"), "the key is still here");

    store.delete_key(id).await.expect("deleted");
    let refused = refusal(store.export_key(&leave, &backend.right(), &chain, &right).await);
    assert!(matches!(refused, KeyStoreError::Missing), "{refused:?}");
    let refused = refusal(import(&exported, &wrong, &own).await);
    assert!(matches!(refused, KeyStoreError::ContainerLocked), "{refused:?}");
    let again = import(&exported, &right, &own).await.expect("it comes in again");
    assert_eq!(again.subject_public_key_info, reference.subject_public_key_info);
    store.delete_key(id).await.expect("deleted");
}

async fn keys_neither_come_in_nor_go_out<B: Backend>(backend: &B, store: &B::Store, reference: &KeyReference) {
    let material = Material::new(Kind::P256);
    let (id, right) = (new_id(), password(material::PASSWORD));
    let container = KeyContainer { bytes: &material.container(""), password: &right };
    let refused = refusal(store.import_key(id, &container, &material.certificate, &backend.right(), now()).await);
    assert!(matches!(refused, KeyStoreError::ImportIntoToken), "{refused:?}");
    assert!(!store.holds_key(id).await.expect("it says"));
    let leave = export_permit(reference, &material.certificate);
    let chain = [material.certificate];
    let refused = refusal(store.export_key(&leave, &backend.right(), &chain, &right).await);
    assert!(matches!(refused, KeyStoreError::ExportFromToken), "{refused:?}");
}

pub(crate) fn signs_with(key: &dyn SigningKey, algorithms: &[SignatureAlgorithm]) {
    for algorithm in RSA.iter().chain(ECDSA).copied() {
        let message = "Øvelse".as_bytes();
        if algorithms.contains(&algorithm) {
            let signature = key.sign(algorithm, message).unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
            verify_signature(key.subject_public_key_info(), algorithm, message, &signature)
                .unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
        } else if algorithms.contains(&SignatureAlgorithm::EcdsaP256Sha256)
            || algorithm == SignatureAlgorithm::EcdsaP256Sha256
        {
            assert_eq!(key.sign(algorithm, message), Err(SigningError::Unsupported(algorithm)));
        }
    }
}

fn the_certification_request_is_accepted_by_openssl(key: &dyn SigningKey) {
    let request = pki::certification_request::build(key).expect("a certification request");
    let mut openssl = Command::new("openssl")
        .args(["req", "-inform", "DER", "-verify", "-noout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl is installed where the tests run");
    openssl.stdin.take().expect("piped").write_all(&request).expect("it reads");
    let output = openssl.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("verify OK"), "{said}");
}
