//! The program is killed (SIGKILL) at every write of custody: afterwards the old or the new key is usable, never none.
//!
//! In the real Secret Service; `tests/with-keychain.sh cargo test -p key-custody` runs it. The program that is killed is
//! this test program, started again.
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use crate::OsKeychain;
use crate::credential_store::EntryName;
use crate::material::{self, Kind, Material};
use crate::os_keychain::{device_token_entry, key_entry, log_head_entry, replacement_entry};
use chrono::{DateTime, Utc};
use lifecycle::gate::{Permit, permit_certification_request};
use lifecycle::ports::{KeyContainer, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, LogHead, Password};
use pki::{Certificate, SignatureAlgorithm};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;
use zeroize::Zeroizing;

const KEYCHAIN: &str = "CERTIFIKATGUIDE_TEST_KEYCHAIN";
const KEY: &str = "KEY_CUSTODY_KILL_KEY";
const ACT: &str = "KEY_CUSTODY_KILL_ACT";
const AT: &str = "KEY_CUSTODY_KILL_AT";
const FOLDER: &str = "KEY_CUSTODY_KILL_FOLDER";

const OLD: &str = "fire ord på rad";
const NEW: &str = "fem helt andre ord her";

const OLD_HEAD: LogHead = LogHead { number: 7, hash: [7; 32] };
const NEW_HEAD: LogHead = LogHead { number: 8, hash: [8; 32] };

static WRITES: AtomicUsize = AtomicUsize::new(0);

/// Called before every write and deletion in the keychain.
pub(crate) fn before_write() {
    let number = WRITES.fetch_add(1, Ordering::SeqCst);
    if std::env::var(ACT).is_err() {
        return;
    }
    say(&format!("write {number}"));
    if std::env::var(AT).is_ok_and(|at| at == number.to_string()) {
        kill_this();
    }
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("somebody listens");
}

fn kill_this() -> ! {
    kill(std::process::id());
    loop {
        std::thread::park();
    }
}

fn kill(pid: u32) {
    let status = Command::new("sh").args(["-c", &format!("kill -s KILL {pid}")]).status().expect("sh runs");
    assert!(status.success());
}

fn password(text: &str) -> Password {
    Password::typed(text.into())
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
}

fn permit(id: KeyId) -> Permit {
    permit_certification_request(id, now())
}

/// What is done while it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    CreateKey,
    ChangePassword,
    /// Opens with the new password a key whose change was stopped.
    EndStoppedChange,
    StoreDeviceToken,
    DeleteKey,
    /// Takes the key out of a container.
    ImportKey,
    StoreLogHead,
}

const ACTS: [(&str, Act); 7] = [
    ("import-key", Act::ImportKey),
    ("store-log-head", Act::StoreLogHead),
    ("create-key", Act::CreateKey),
    ("change-password", Act::ChangePassword),
    ("end-stopped-change", Act::EndStoppedChange),
    ("store-device-token", Act::StoreDeviceToken),
    ("delete-key", Act::DeleteKey),
];

/// Not a test: what the killed program does.
#[test]
fn killed_program() {
    let Ok(act) = std::env::var(ACT) else { return };
    let (_, act) = ACTS.iter().find(|(name, _)| *name == act).expect("an act");
    let id = KeyId(std::env::var(KEY).expect("a key").parse().expect("a UUID"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let keychain = OsKeychain::new();
    let done = runtime.block_on(async {
        match act {
            Act::CreateKey => keychain.create_key(id, &password(OLD), now()).await.map(drop),
            Act::ChangePassword => keychain.change_password(&password_change(id), &password(OLD), &password(NEW)).await,
            Act::EndStoppedChange => keychain.unlock(&permit(id), &password(NEW)).await.map(drop),
            Act::StoreDeviceToken => keychain.store_device_token(id, &DeviceToken::new("new".into())).await,
            Act::DeleteKey => keychain.delete_key(id).await,
            Act::ImportKey => {
                let folder = std::env::var(FOLDER).expect("a folder");
                let file = |name: &str| std::fs::read(Path::new(&folder).join(name)).expect("the file");
                let certificate = Certificate::from_pem(&file("certificate.pem")).expect("a certificate");
                let container_password = password(material::PASSWORD);
                let container = KeyContainer { bytes: &file("out.p12"), password: &container_password };
                keychain.import_key(id, &container, &certificate, &password(OLD), now()).await.map(drop)
            }
            Act::StoreLogHead => keychain.store_log_head(id, &NEW_HEAD).await,
        }
    });
    done.expect("it is done");
    say("done");
    kill_this();
}

fn password_change(id: KeyId) -> lifecycle::gate::PasswordChangePermit {
    use lifecycle::{Invitation, InvitedSubject, KeyMade, KeyPlaceName, KeyReference};
    use lifecycle::{LocalRegistrationAuthority, ReferenceNumber, Step};
    let step = Step::KeyMade(KeyMade {
        invitation: Invitation {
            reference: ReferenceNumber::parse("AMP-2026-0001").expect("a reference number"),
            expires_at: now(),
            subject: InvitedSubject {
                common_name: "Øvebruger Eksempel".into(),
                email: "oevebruger@example.org".into(),
                organisation: "Øvelseskommune Å".into(),
                cvr: "12345678".into(),
            },
            authority: LocalRegistrationAuthority { name: "Øvelseskommune Å".into(), phone: None, email: None },
            earlier: Vec::new(),
            on_earlier: None,
        },
        key: KeyReference { id, subject_public_key_info: Vec::new(), made_at: now(), place: KeyPlaceName::default() },
    });
    lifecycle::gate::permit_password_change(&step).expect("there is a key")
}

/// Where the program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Right before this write, or at the end where there are fewer.
    Before(usize),
    /// While this write is under way, or just before or after: as soon as it is announced.
    During(usize),
}

/// Runs the act and kills it; true where it was done before that.
fn killed(id: KeyId, act: Act, moment: Moment) -> bool {
    killed_with(None, id, act, moment)
}

/// As [`killed`], with a folder for the act.
fn killed_with(folder: Option<&Path>, id: KeyId, act: Act, moment: Moment) -> bool {
    let (name, _) = ACTS.iter().find(|(_, other)| *other == act).expect("an act");
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["kill_matrix::killed_program", "--exact", "--nocapture"])
        .env(ACT, name)
        .env(KEY, id.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(folder) = folder {
        command.env(FOLDER, folder);
    }
    if let Moment::Before(write) = moment {
        command.env(AT, write.to_string());
    }
    let mut child = command.spawn().expect("it starts");
    let mut done = false;
    for line in BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok) {
        done |= line == "done";
        if let Moment::During(write) = moment
            && line == format!("write {write}")
        {
            // Ended by itself is as well.
            let _ = child.kill();
        }
    }
    let status = child.wait().expect("it ends");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{act:?} {moment:?}: {status}");
    done
}

/// A key in the keychain, as its entries.
struct Kept {
    id: KeyId,
    keychain: OsKeychain,
}

type Entries = Vec<(EntryName, Option<Zeroizing<Vec<u8>>>)>;

impl Kept {
    fn entries(&self) -> Entries {
        [key_entry(self.id), replacement_entry(self.id), device_token_entry(self.id), log_head_entry(self.id)]
            .into_iter()
            .map(|entry| {
                let read = tokio::task::block_in_place(|| self.keychain.connection().read(&entry));
                let secret = match read {
                    Ok(secret) => Some(secret),
                    Err(KeyStoreError::Missing) => None,
                    Err(error) => panic!("{error}"),
                };
                (entry, secret)
            })
            .collect()
    }

    fn set(&self, entries: &Entries) {
        for (entry, secret) in entries {
            tokio::task::block_in_place(|| match secret {
                Some(secret) => self.keychain.connection().write(entry, secret).expect("written"),
                None => self.keychain.connection().delete(entry).expect("deleted"),
            });
        }
    }

    async fn opens(&self, text: &str, public: &[u8]) -> bool {
        match self.keychain.unlock(&permit(self.id), &password(text)).await {
            Ok(key) => {
                assert_eq!(key.subject_public_key_info(), public, "it is the same key");
                key.sign(SignatureAlgorithm::RsaPssSha256, b"message").expect("it signs");
                true
            }
            Err(KeyStoreError::WrongPassword) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Which of the passwords open what the killed program left; whichever does is the only one afterwards, and nothing
    /// is left over.
    async fn opened_by(&self, public: &[u8]) -> (bool, bool) {
        assert!(self.keychain.holds_key(self.id).await.expect("it tells"), "there is a key");
        let left = self.entries();
        let mut opened = [false; 2];
        for (index, (text, other)) in [(OLD, NEW), (NEW, OLD)].into_iter().enumerate() {
            self.set(&left);
            opened[index] = self.opens(text, public).await;
            if opened[index] {
                assert!(self.entries()[1].1.is_none(), "nothing is left over");
                assert!(!self.opens(other, public).await, "the other opens nothing any more");
                assert!(self.opens(text, public).await, "it still does");
            }
        }
        let [old, new] = opened;
        (old, new)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_write_of_custody_the_old_or_the_new_key_is_usable() {
    if std::env::var(KEYCHAIN).as_deref() != Ok("1") {
        println!("skipped: needs a keychain of its own (tests/with-keychain.sh)");
        return;
    }
    let kept = Kept { id: KeyId(Uuid::new_v4()), keychain: OsKeychain::new() };
    let (id, keychain) = (kept.id, kept.keychain.clone());
    let mut points = 0;

    // A new key: nothing, or all of it.
    let mut write = 0;
    loop {
        let done = killed(id, Act::CreateKey, Moment::Before(write));
        points += 1;
        assert_eq!(keychain.holds_key(id).await.expect("it tells"), write > 0, "write {write}");
        if done {
            break;
        }
        write += 1;
    }
    let key = keychain.unlock(&permit(id), &password(OLD)).await.expect("the new key opens");
    let public = key.subject_public_key_info().to_vec();
    let made = kept.entries();

    // Another password: which of the two open the key after a kill before each write, and at the end.
    let expected = [(true, false), (true, false), (true, true), (false, true), (false, true)];
    let mut stopped = None;
    for (write, expected) in expected.into_iter().enumerate() {
        kept.set(&made);
        let done = killed(id, Act::ChangePassword, Moment::Before(write));
        assert_eq!(done, write == 4, "there are four writes");
        points += 1;
        let left = kept.entries();
        assert_eq!(kept.opened_by(&public).await, expected, "killed before write {write}");
        if write == 2 {
            stopped = Some(left);
        }
    }
    for write in 0..4 {
        kept.set(&made);
        killed(id, Act::ChangePassword, Moment::During(write));
        points += 1;
        let (old, new) = kept.opened_by(&public).await;
        assert!(old || new, "killed while write {write} was under way");
    }

    // The end of a change that was stopped can be stopped itself.
    let stopped = stopped.expect("a stopped change");
    for write in 0..3 {
        kept.set(&stopped);
        let done = killed(id, Act::EndStoppedChange, Moment::Before(write));
        assert_eq!(done, write == 2, "there are two writes");
        points += 1;
        let (old, new) = kept.opened_by(&public).await;
        assert!(new, "the new password opens it: it has been typed");
        assert_eq!(old, write == 0);
    }

    // The device token, new and in place of an older one.
    for before in [None, Some("old")] {
        for write in 0..2 {
            kept.set(&made);
            if let Some(token) = before {
                keychain.store_device_token(id, &DeviceToken::new(token.into())).await.expect("kept");
            }
            let done = killed(id, Act::StoreDeviceToken, Moment::Before(write));
            assert_eq!(done, write == 1, "there is one write");
            points += 1;
            let token = match keychain.device_token(id).await {
                Ok(token) => Some(token.expose().to_owned()),
                Err(KeyStoreError::Missing) => None,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(token.as_deref(), if write == 0 { before } else { Some("new") });
            assert!(kept.opens(OLD, &public).await, "the key is untouched");
        }
    }

    // The head of the use log, new and in place of an older one.
    for before in [None, Some(OLD_HEAD)] {
        for write in 0..2 {
            kept.set(&made);
            if let Some(head) = before {
                keychain.store_log_head(id, &head).await.expect("kept");
            }
            let done = killed(id, Act::StoreLogHead, Moment::Before(write));
            assert_eq!(done, write == 1, "there is one write");
            points += 1;
            let head = keychain.log_head(id).await.expect("it tells");
            assert_eq!(head, if write == 0 { before } else { Some(NEW_HEAD) });
            assert!(kept.opens(OLD, &public).await, "the key is untouched");
        }
    }

    // Deletion: the key as it was, or none; and then it can be ended.
    for write in 0..5 {
        kept.set(&made);
        keychain.store_device_token(id, &DeviceToken::new("token".into())).await.expect("kept");
        keychain.store_log_head(id, &OLD_HEAD).await.expect("kept");
        let done = killed(id, Act::DeleteKey, Moment::Before(write));
        assert_eq!(done, write == 4, "there are four deletions");
        points += 1;
        let there = keychain.holds_key(id).await.expect("it tells");
        assert_eq!(there, write < 2);
        if there {
            assert!(kept.opens(OLD, &public).await);
        }
        keychain.delete_key(id).await.expect("it is ended");
        assert!(kept.entries().iter().all(|(_, secret)| secret.is_none()), "nothing is left");
    }

    // A key out of a container: nothing, or all of it; and then it can be taken again.
    let material = Material::new(Kind::Rsa(3072));
    material.container("");
    let public = material.certificate.subject_public_key_info();
    for moment in [Moment::Before(0), Moment::During(0), Moment::Before(1)] {
        let done = killed_with(Some(material.folder()), id, Act::ImportKey, moment);
        points += 1;
        let there = keychain.holds_key(id).await.expect("it tells");
        match moment {
            Moment::Before(write) => {
                assert_eq!(done, write == 1, "there is one write");
                assert_eq!(there, write == 1);
            }
            Moment::During(_) => {}
        }
        if there {
            assert!(kept.opens(OLD, public).await, "killed at {moment:?}");
            assert!(!kept.opens(NEW, public).await);
            keychain.delete_key(id).await.expect("deleted");
        }
        assert!(kept.entries().iter().all(|(_, secret)| secret.is_none()), "nothing else is left");
    }

    assert_eq!(points, 2 + 5 + 4 + 3 + 4 + 4 + 5 + 3);
    println!("killed at {points} points");
}
