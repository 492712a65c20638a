//! What can go wrong with tokens: their PIN, their number, their modules, and people who take them out.
//!
//! SoftHSM 2 and a TPM in software, each test in a session of its own; `wayward_module.c` stands between the program
//! and SoftHSM where a token has to misbehave.

use crate::sessions::{Session, passes_in};
use crate::suite::{ECDSA, RSA, new_id, now, password, permit, refusal, signs_with};
use crate::token::{PIN, Token, uri};
use key_custody::{
    FoundKeyKind, Modules, OsKeychain, PinState, Pkcs11Token, TokenKeyKind, TokenSurvey, TokenUri, tokens,
};
use lifecycle::ports::{KeyStore, KeyStoreError};
use pki::{SignatureAlgorithm, SigningError};
use std::path::{Path, PathBuf};
use std::process::Command;

fn card() -> Token {
    Token::labelled("Øvekort", TokenKeyKind::EcdsaP256)
}

fn store_at(attributes: &str, modules: Modules) -> Pkcs11Token {
    Pkcs11Token::new(uri(attributes), modules, TokenKeyKind::EcdsaP256, OsKeychain::new())
}

fn ran(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("it is installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_key_never_leaves_its_token_and_is_deleted_from_it_with_the_next_pin() {
    passes_in(Session::SoftHsm, "tokens::deleting");
}

#[tokio::test]
async fn deleting() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let card = Token::labelled("Øvekort", TokenKeyKind::Rsa3072);
    let store = card.store();
    let (first, second) = (new_id(), new_id());
    store.create_key(first, &password(PIN), now()).await.expect("a key");
    let listed = card.listed();
    assert!(listed.contains("Access:     sensitive, always sensitive, never extractable, local"), "{listed}");
    assert!(listed.contains("Certifikatguide: privat nøgle"), "{listed}");

    store.delete_key(first).await.expect("without a PIN");
    assert!(!store.holds_key(first).await.expect("it says"));
    assert_eq!(card.keys(), [first.0.as_bytes()], "the token wants its PIN first");
    store.create_key(second, &password(PIN), now()).await.expect("another key");
    assert_eq!(card.keys(), [second.0.as_bytes()]);
    assert_eq!(card.listed().matches("Private Key Object").count(), 1);

    let third = new_id();
    store.create_key(third, &password(PIN), now()).await.expect("a third");
    store.delete_key(second).await.expect("without a PIN");
    drop(store.unlock(&permit(third), &password(PIN)).await.expect("the third opens"));
    assert_eq!(card.keys(), [third.0.as_bytes()], "unlocking another key deletes it too");

    let wrong = refusal(store.destroy_key(third, &password("246811")).await);
    assert!(matches!(wrong, KeyStoreError::PinWrong { .. }), "{wrong:?}");
    assert_eq!(card.keys(), [third.0.as_bytes()]);
    store.destroy_key(third, &password(PIN)).await.expect("at once");
    assert!(!card.listed().contains("Key Object"));
    store.destroy_key(third, &password(PIN)).await.expect("deleting nothing succeeds");
}

#[test]
fn of_two_tokens_with_one_label_the_serial_number_tells_which() {
    passes_in(Session::SoftHsm, "tokens::two_tokens");
}

#[tokio::test]
async fn two_tokens() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let modules = card().modules();
    let twins: Vec<TokenUri> =
        tokens(&modules).tokens.into_iter().filter(|token| token.label == "Tvilling").map(|token| token.uri).collect();
    let [one, other] = twins.as_slice() else { panic!("there are two: {twins:?}") };
    assert_ne!(one.serial(), other.serial());

    let unclear = store_at("token=Tvilling", modules.clone());
    let id = new_id();
    for refused in [
        refusal(unclear.probe().await),
        refusal(unclear.create_key(id, &password(PIN), now()).await),
        refusal(unclear.unlock(&permit(id), &password(PIN)).await),
        refusal(unclear.holds_key(id).await),
    ] {
        assert!(matches!(refused, KeyStoreError::TokenAmbiguous(2)), "{refused:?}");
    }

    let kept =
        |uri: &TokenUri| Pkcs11Token::new(uri.clone(), modules.clone(), TokenKeyKind::EcdsaP256, OsKeychain::new());
    let reference = kept(one).create_key(id, &password(PIN), now()).await.expect("a key on the one");
    assert!(kept(one).holds_key(id).await.expect("it says"));
    assert!(!kept(other).holds_key(id).await.expect("it says"), "and not on the other");
    let by_serial = store_at(&format!("serial={}", one.serial().expect("a serial number")), modules.clone());
    let key = by_serial.unlock(&permit(id), &password(PIN)).await.expect("found by its serial number alone");
    assert_eq!(key.subject_public_key_info(), reference.subject_public_key_info);
    // A log-in to one is none to the other.
    let refused = refusal(kept(other).create_key(new_id(), &password("246811"), now()).await);
    assert!(matches!(refused, KeyStoreError::PinWrong { .. }), "{refused:?}");
    signs_with(&*key, ECDSA);
}

#[test]
fn tokens_are_described_with_what_can_be_seen_without_a_pin() {
    passes_in(Session::SoftHsm, "tokens::survey");
}

#[tokio::test]
async fn survey() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let card = card();
    let id = new_id();
    let reference = card.store().create_key(id, &password(PIN), now()).await.expect("a key");
    card.make_foreign_key();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    ran(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=Øvebruger Eksempel",
            "-utf8",
            "-keyout",
            &file("key.pem"),
            "-out",
            &file("certificate.der"),
            "-outform",
            "DER",
        ],
    );
    let certificate = file("certificate.der");
    card.tool(&["--write-object", &certificate, "--type", "cert", "--id", "f00d", "--label", "fremmed"]);

    let survey = tokens(&card.modules());
    assert!(survey.unusable.is_empty());
    assert_eq!(survey.tokens.len(), 4, "and no slot without a token");
    let found = survey.tokens.iter().find(|token| token.label == "Øvekort").expect("it is there");
    assert_eq!((found.login_needed, found.pin), (true, PinState::Usable));
    assert_eq!((found.manufacturer.as_str(), found.model.as_str()), ("SoftHSM project", "SoftHSM v2"));
    assert_eq!(found.module, card.module);
    assert_eq!(found.uri.to_string().parse(), Ok(found.uri.clone()));
    let key = found.keys.iter().find(|key| key.id == id.0.as_bytes()).expect("ours");
    assert_eq!((key.kind, &key.subject_public_key_info), (FoundKeyKind::EcdsaP256, &reference.subject_public_key_info));
    assert_eq!(found.keys.iter().find(|key| key.id == [0xf0, 0x0d]).expect("the other").label, "fremmed");
    let [certificate] = found.certificates.as_slice() else { panic!("one certificate") };
    assert_eq!((certificate.id.as_slice(), certificate.label.as_str()), (&[0xf0, 0x0d][..], "fremmed"));
    assert_eq!(certificate.certificate.description().common_name, "Øvebruger Eksempel");

    // OpenSC is there too, without a card, and perhaps the TPM's module, without a TPM.
    let everywhere = tokens(&Modules::of_p11_kit());
    let uris = |survey: &TokenSurvey| survey.tokens.iter().map(|token| token.uri.to_string()).collect::<Vec<_>>();
    assert_eq!(uris(&everywhere), uris(&survey));
    store_at("token=Øvekort", Modules::of_p11_kit()).probe().await.expect("found among all modules");

    let without = survey.tokens.iter().find(|token| token.label == "Uden PIN").expect("it is there");
    assert_eq!(without.pin, PinState::NotSet);
    let without = store_at("token=Uden PIN", card.modules());
    assert!(matches!(refusal(without.probe().await), KeyStoreError::PinNotSet));
    assert!(matches!(refusal(without.create_key(new_id(), &password(PIN), now()).await), KeyStoreError::PinNotSet));
}

#[test]
fn a_token_that_comes_later_is_found_without_starting_the_program_again() {
    passes_in(Session::SoftHsm, "tokens::later_token");
}

#[tokio::test]
async fn later_token() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let card = card();
    let open = new_id();
    card.store().create_key(open, &password(PIN), now()).await.expect("a key");
    let key = card.store().unlock(&permit(open), &password(PIN)).await.expect("it opens");

    let later = store_at("token=Senere", card.modules());
    assert!(matches!(refusal(later.probe().await), KeyStoreError::TokenAbsent(_)));
    ran("softhsm2-util", &["--init-token", "--free", "--label", "Senere", "--so-pin", "13579135", "--pin", PIN]);
    // SoftHSM would have to be started anew for it, which would close the key.
    assert!(matches!(refusal(later.probe().await), KeyStoreError::TokenAbsent(_)));
    signs_with(&*key, ECDSA);
    drop(key);
    later.probe().await.expect("found now");
    let id = new_id();
    later.create_key(id, &password(PIN), now()).await.expect("a key");
    assert!(later.holds_key(id).await.expect("it says"));
    card.store().unlock(&permit(open), &password(PIN)).await.expect("the other token still works");

    // A token that is made anew has lost its keys, whatever it is called.
    ran("softhsm2-util", &["--delete-token", "--token", "Senere"]);
    ran("softhsm2-util", &["--init-token", "--free", "--label", "Senere", "--so-pin", "13579135", "--pin", PIN]);
    let gone = refusal(later.unlock(&permit(id), &password(PIN)).await);
    assert!(matches!(gone, KeyStoreError::Missing), "{gone:?}");
    later.create_key(new_id(), &password(PIN), now()).await.expect("and takes new ones");
}

#[test]
fn a_pin_that_was_changed_elsewhere_opens_and_the_old_one_does_not() {
    passes_in(Session::SoftHsm, "tokens::changed_pin");
}

#[tokio::test]
async fn changed_pin() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let card = card();
    let store = card.store();
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("a key");
    let key = store.unlock(&permit(id), &password(PIN)).await.expect("it opens");
    card.tool(&["--change-pin", "--new-pin", "97531246"]);
    signs_with(&*key, ECDSA);
    drop(key);
    // SoftHSM remembers the old PIN for as long as it runs, as no card does; asking for a token that is not there
    // starts it anew.
    let nowhere = store_at("token=Findes ikke", card.modules());
    assert!(matches!(refusal(nowhere.probe().await), KeyStoreError::TokenAbsent(_)));
    let old = refusal(store.unlock(&permit(id), &password(PIN)).await);
    assert!(matches!(old, KeyStoreError::PinWrong { .. }), "{old:?}");
    let state = tokens(&card.modules()).tokens.into_iter().find(|token| token.label == "Øvekort").expect("it is there");
    assert_eq!(state.pin, PinState::FewerTries, "the token says that one went wrong");
    signs_with(&*store.unlock(&permit(id), &password("97531246")).await.expect("the new one opens"), ECDSA);
}

#[test]
fn many_threads_use_one_token_at_a_time() {
    passes_in(Session::SoftHsm, "tokens::threads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let card = card();
    let store = card.store();
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("a key");
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (store, modules) = (store.clone(), card.modules());
            tokio::spawn(async move {
                for _ in 0..5 {
                    let key = store.unlock(&permit(id), &password(PIN)).await.expect("it opens");
                    assert!(store.holds_key(id).await.expect("it says"));
                    if number % 2 == 0 {
                        assert_eq!(tokio::task::block_in_place(|| tokens(&modules)).tokens.len(), 4);
                    }
                    signs_with(&*key, ECDSA);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no thread fails");
    }
}

#[test]
fn a_module_that_is_missing_or_is_none_does_not_hide_the_others() {
    passes_in(Session::SoftHsm, "tokens::broken_modules");
}

#[tokio::test]
async fn broken_modules() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.so");
    std::fs::write(&text, "not a library").expect("written");
    let missing = folder.path().join("missing.so");
    let library = folder.path().join("other.so");
    compiled("int answer(void) { return 42; }", &library);

    for (path, words) in [(&text, "cannot be used"), (&missing, "is not there"), (&library, "C_GetFunctionList")] {
        let broken = store_at("token=Øvekort", Modules::listed([path.clone()]).expect("whole paths"));
        let refused = refusal(broken.probe().await);
        assert!(matches!(&refused, KeyStoreError::TokenModule(reason) if reason.contains(words)), "{refused:?}");
    }
    let none = store_at("token=Øvekort", Modules::default());
    assert!(matches!(refusal(none.probe().await), KeyStoreError::TokenModule(_)));

    let paths = [text, missing, library, Session::module()];
    let modules = Modules::listed(paths.clone()).expect("whole paths");
    store_at("token=Øvekort", modules.clone()).probe().await.expect("found through the one that works");
    let survey = tokens(&modules);
    assert_eq!(survey.tokens.len(), 4);
    let unusable: Vec<&PathBuf> = survey.unusable.iter().map(|(path, _)| path).collect();
    assert_eq!(unusable, paths[..3].iter().collect::<Vec<_>>());
}

/// Compiles C to a library.
fn compiled(source: &str, library: &Path) {
    let file = library.with_extension("c");
    std::fs::write(&file, source).expect("written");
    let (file, library) = (file.to_str().expect("text"), library.to_str().expect("text"));
    ran("cc", &["-shared", "-fPIC", "-o", library, file, "-ldl"]);
}

/// A module of which a test decides how it behaves.
struct Wayward {
    folder: tempfile::TempDir,
    token: Token,
}

impl Wayward {
    /// Only in a session that was prepared for it: see [`wayward`].
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut token = Token::labelled("Øvekort", TokenKeyKind::EcdsaP256);
        token.module = std::env::var_os("WAYWARD_MODULE").expect("the script of the session names it").into();
        Self { folder, token }
    }

    fn mood(&self, mood: &str) {
        let file = std::env::var_os("WAYWARD_MODULE_MOOD").expect("the script of the session names it");
        let new = self.folder.path().join("mood");
        std::fs::write(&new, mood).expect("written");
        std::fs::copy(new, file).expect("written");
    }
}

#[test]
fn a_token_says_what_is_wrong_with_its_pin() {
    passes_in(Session::Wayward, "tokens::pins");
}

#[tokio::test]
async fn pins() {
    if !Session::Wayward.is_here() {
        return;
    }
    let module = Wayward::new();
    let store = module.token.store();
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("a key");

    // A PIN that no token of this kind can have costs no try: the module ends the program if it sees one.
    module.mood("no-log-in");
    for impossible in ["", "1", &"1".repeat(300), "2468\u{0}10"] {
        let refused = refusal(store.unlock(&permit(id), &password(impossible)).await);
        assert!(matches!(refused, KeyStoreError::PinWrong { .. }), "{refused:?}");
    }
    let missing = refusal(store.unlock(&permit(new_id()), &password(PIN)).await);
    assert!(matches!(missing, KeyStoreError::Missing), "nor does a key that is not there: {missing:?}");

    let state = || tokens(&module.token.modules()).tokens.into_iter().find(|token| token.label == "Øvekort");
    for (mood, pin) in [
        ("locked", PinState::Locked),
        ("last-try", PinState::LastTry),
        ("to-be-changed", PinState::ToBeChanged),
        ("", PinState::Usable),
    ] {
        module.mood(mood);
        assert_eq!(state().expect("it is there").pin, pin);
    }
    for mood in ["locked", "locks-now"] {
        module.mood(mood);
        let refused = refusal(store.unlock(&permit(id), &password(PIN)).await);
        assert!(matches!(refused, KeyStoreError::PinLocked), "{mood}: {refused:?}");
    }
    module.mood("expired");
    assert!(matches!(refusal(store.unlock(&permit(id), &password(PIN)).await), KeyStoreError::PinToBeChanged));
    module.mood("to-be-changed");
    assert!(matches!(refusal(store.probe().await), KeyStoreError::PinToBeChanged));
    assert!(matches!(refusal(store.create_key(new_id(), &password(PIN), now()).await), KeyStoreError::PinToBeChanged));
    module.mood("write-protected");
    assert!(matches!(refusal(store.probe().await), KeyStoreError::TokenWriteProtected));
    store.unlock(&permit(id), &password(PIN)).await.expect("a key can be used all the same");
    module.mood("");
    store.unlock(&permit(id), &password(PIN)).await.expect("and now");
}

#[test]
fn a_token_that_is_taken_out_in_the_middle_works_again_when_it_is_put_back() {
    passes_in(Session::Wayward, "tokens::taken_out");
}

#[tokio::test]
async fn taken_out() {
    if !Session::Wayward.is_here() {
        return;
    }
    let module = Wayward::new();
    let store = module.token.store();
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("a key");
    let key = store.unlock(&permit(id), &password(PIN)).await.expect("it opens");
    signs_with(&*key, ECDSA);

    module.mood("taken-out");
    let sign = |key: &dyn pki::SigningKey| key.sign(SignatureAlgorithm::EcdsaP256Sha256, b"message");
    assert_eq!(sign(&*key), Err(SigningError::Gone("the token was taken out")));
    for refused in [
        refusal(store.probe().await),
        refusal(store.holds_key(id).await),
        refusal(store.unlock(&permit(id), &password(PIN)).await),
        refusal(store.create_key(new_id(), &password(PIN), now()).await),
    ] {
        assert!(matches!(refused, KeyStoreError::TokenAbsent(_)), "{refused:?}");
    }

    module.mood("");
    assert!(store.holds_key(id).await.expect("it says"));
    assert!(sign(&*key).is_err(), "what was unlocked before is locked");
    let again = store.unlock(&permit(id), &password(PIN)).await.expect("the PIN opens it");
    signs_with(&*again, ECDSA);
    drop(key);
    signs_with(&*again, ECDSA);

    // A key that is deleted while the token is away is deleted when it is back.
    module.mood("taken-out");
    drop(again);
    store.delete_key(id).await.expect("noted");
    module.mood("");
    assert!(!store.holds_key(id).await.expect("it says"));
    store.create_key(new_id(), &password(PIN), now()).await.expect("another key");
    assert!(!module.token.keys().contains(&id.0.as_bytes().to_vec()));
}

#[test]
fn one_token_in_two_modules_is_one_and_two_alike_are_two() {
    passes_in(Session::Wayward, "tokens::two_modules");
}

#[tokio::test]
async fn two_modules() {
    if !Session::Wayward.is_here() {
        return;
    }
    let module = Wayward::new();
    let modules = Modules::listed([Session::module(), module.token.module.clone()]).expect("whole paths");
    let store = store_at("token=Øvekort", modules.clone());
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("one token");
    signs_with(&*store.unlock(&permit(id), &password(PIN)).await.expect("it opens"), ECDSA);
    assert_eq!(tokens(&modules).tokens.len(), 4);

    module.mood("another-serial");
    let refused = refusal(store.unlock(&permit(id), &password(PIN)).await);
    assert!(matches!(refused, KeyStoreError::TokenAmbiguous(2)), "{refused:?}");
    assert_eq!(tokens(&modules).tokens.len(), 8);
}

#[test]
fn a_token_that_signs_wrongly_or_makes_a_key_that_can_leave_it_is_found_out() {
    passes_in(Session::Wayward, "tokens::untrue_tokens");
}

#[tokio::test]
async fn untrue_tokens() {
    if !Session::Wayward.is_here() {
        return;
    }
    let mut module = Wayward::new();
    module.token.kind = TokenKeyKind::Rsa3072;
    let store = module.token.store();
    module.mood("extractable");
    let refused = refusal(store.create_key(new_id(), &password(PIN), now()).await);
    assert!(matches!(refused, KeyStoreError::Unreliable(_)), "{refused:?}");
    assert_eq!(module.token.keys(), Vec::<Vec<u8>>::new(), "it was deleted again");

    module.mood("");
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("a key");
    let key = store.unlock(&permit(id), &password(PIN)).await.expect("it opens");
    module.mood("signs-wrongly");
    for algorithm in RSA.iter().copied() {
        let wrong = key.sign(algorithm, b"message");
        assert_eq!(wrong, Err(SigningError::Failed("the token's signature does not verify")), "{algorithm:?}");
    }
    // A token that wants the message itself gets it; SoftHSM has no such way for ECDSA.
    module.mood("hashes-itself");
    signs_with(&*key, RSA);
    module.token.kind = TokenKeyKind::EcdsaP256;
    let id = new_id();
    let store = module.token.store();
    store.create_key(id, &password(PIN), now()).await.expect("a key");
    let key = store.unlock(&permit(id), &password(PIN)).await.expect("it opens");
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    assert_eq!(key.sign(algorithm, b"message"), Err(SigningError::Unsupported(algorithm)));
}

#[test]
fn a_tpm_locks_its_pin_after_wrong_tries_and_opens_when_it_is_unlocked() {
    passes_in(Session::Tpm, "tokens::tpm_lock_out");
}

#[tokio::test]
async fn tpm_lock_out() {
    if !Session::Tpm.is_here() {
        return;
    }
    let brick = Token::labelled("Øvebrik", TokenKeyKind::EcdsaP256);
    let store = brick.store();
    let id = new_id();
    store.create_key(id, &password(PIN), now()).await.expect("a key");
    let parameters = ["--max-tries=3", "--recovery-time=1000", "--lockout-recovery-time=1000"];
    ran("tpm2_dictionarylockout", &[&["--setup-parameters"][..], &parameters].concat());
    for _ in 0..3 {
        let refused = refusal(store.unlock(&permit(id), &password("246811")).await);
        assert!(matches!(refused, KeyStoreError::PinWrong { .. }), "{refused:?}");
    }
    for pin in ["246811", PIN] {
        let refused = refusal(store.unlock(&permit(id), &password(pin)).await);
        assert!(matches!(refused, KeyStoreError::PinLocked), "{refused:?}");
    }
    assert!(store.holds_key(id).await.expect("it says"), "nothing is lost");
    ran("tpm2_dictionarylockout", &["--clear-lockout"]);
    let key = store.unlock(&permit(id), &password(PIN)).await.expect("it opens again");
    signs_with(&*key, ECDSA);
}
