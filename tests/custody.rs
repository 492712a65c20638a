//! Where the password and the private key are not to be found once the key has been used: in the memory of the program
//! that used it, in what it logs and prints, in its data folder.
//!
//! The program is the real `certifikat`, the keychain the Secret Service of a computer of the test's own.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use certifikatguide_tests::computer::{Computer, Keychain, until};
use certifikatguide_tests::doubles::StandingClock;
use certifikatguide_tests::practice::{PracticePortal, certifikat};
use certifikatguide_tests::process_memory::{Needle, Searched, readable, search};
use certifikatguide_tests::workplace::{self, Workplace};
use chrono::{TimeDelta, Utc};
use lifecycle::ports::Journal;
use lifecycle::{KeyId, KeyPurpose, Password, ProblemCode, UseLog};
use local_store::SqliteJournal;
use pkcs8::EncryptedPrivateKeyInfo;
use std::fs;
use std::io::{PipeWriter, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// More than a pipe takes (pipe(7)), so that whoever writes into it waits for its reader.
const PIPE: usize = 65_536;

const PASSWORD: &str = "sjælden torsk løber over 4711 hjul";
const NEW_PASSWORD: &str = "krum agurk synger under 1208 tage";

/// An employee's computer with what they have been given.
struct Desk {
    computer: Computer,
    portal: PracticePortal,
    anchor: PathBuf,
    data: PathBuf,
}

impl Desk {
    async fn new() -> Self {
        let computer = Computer::start(Keychain::Unlocked).expect("a computer");
        let portal = PracticePortal::start(&StandingClock::at(Utc::now())).await;
        let anchor = computer.home().join("anchor.pem");
        fs::write(&anchor, portal.trust_anchor().certificate().to_pem()).expect("written");
        let data = computer.home().join("certifikat");
        Self { computer, portal, anchor, data }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.computer.command(certifikat());
        command.env("CERTIFIKAT_LOG", "trace").arg("--data").arg(&self.data).arg("--json").args(arguments);
        command
    }

    /// Runs a command that needs no secret.
    fn run(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.command(arguments).stdin(Stdio::null()).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    async fn use_log(&self) -> UseLog {
        let journal = SqliteJournal::open(&self.data.join("journal.sqlite")).await.expect("the journal");
        let log = journal.use_log(100).await.expect("the log");
        journal.close().await;
        log
    }

    /// What the key's use has written into the log so far.
    async fn used_for(&self, purpose: KeyPurpose) -> bool {
        self.data.join("journal.sqlite").exists()
            && self.use_log().await.lines.iter().any(|line| line.key_use.purpose == purpose)
    }

    async fn key(&self) -> KeyId {
        self.use_log().await.lines[0].key_use.key
    }

    async fn private_key(&self, password: &str) -> Vec<Needle> {
        private_key(&self.computer, self.key().await, password)
    }

    /// Everything that the program keeps on the disk.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders =
            vec![self.data.clone(), self.computer.home().join("cache"), self.computer.home().join("config")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    found.push((path.clone(), fs::read(&path).expect("a file")));
                }
            }
        }
        found
    }
}

/// A key, as its entry in the keychain holds it, opened here.
fn private_key(computer: &Computer, key: KeyId, password: &str) -> Vec<Needle> {
    let secret = computer
        .command("secret-tool")
        .args(["lookup", "service", "dk.certifikatguide", "username", &key.to_string()])
        .output();
    let stored = secret.expect("secret-tool runs").stdout;
    let encrypted = EncryptedPrivateKeyInfo::try_from(stored.as_slice()).expect("an encrypted key");
    let opened = encrypted.decrypt(password).expect("the password opens it");
    private_numbers(opened.as_bytes())
}

/// d, p, q and the rest of an RSA key that nobody may see (RFC 8017 appendix A.1.2).
fn private_numbers(private_key_info: &[u8]) -> Vec<Needle> {
    let info = pkcs8::PrivateKeyInfo::try_from(private_key_info).expect("a private key");
    let sequence = der::asn1::AnyRef::try_from(info.private_key).expect("a sequence");
    let numbers: Vec<Vec<u8>> = sequence
        .sequence(|reader| {
            let mut numbers = Vec::new();
            while !der::Reader::is_finished(reader) {
                numbers.push(der::Reader::decode::<der::asn1::UintRef<'_>>(reader)?.as_bytes().to_vec());
            }
            Ok(numbers)
        })
        .expect("the numbers of an RSA key");
    let [_version, _n, _e, d, p, q, dp, dq, q_inverse] = numbers.try_into().expect("nine numbers");
    [("d", d), ("p", p), ("q", q), ("dP", dp), ("dQ", dq), ("qInv", q_inverse)]
        .iter()
        .flat_map(|(name, number)| Needle::number(name, number))
        .collect()
}

/// A pipe that is full: the program that is to print into it waits, and its memory can be looked at.
fn full_pipe() -> (std::io::PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(&[b' '; PIPE]).expect("it takes as much");
    (reader, writer)
}

/// A command that reads secrets and is then kept waiting with its answer.
struct Waiting {
    child: Child,
    answer: std::io::PipeReader,
    log: PathBuf,
}

impl Waiting {
    fn start(desk: &Desk, arguments: &[&str], secrets: &str) -> Self {
        let (answer, writer) = full_pipe();
        let log = desk.computer.home().join(format!("{}.log", arguments[0]));
        let child = desk
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(fs::File::create(&log).expect("a file"))
            .spawn();
        let mut child = child.expect("it starts");
        child.stdin.take().expect("piped").write_all(secrets.as_bytes()).expect("it reads");
        Self { child, answer, log }
    }

    /// Searches the program's memory from now until the key has been used for `purpose` and nothing is found any more.
    ///
    /// Each group of `secrets` must have been seen while the key was in use: a search that finds nothing then finds
    /// nothing ever.
    async fn leaves_nothing(&mut self, desk: &Desk, purpose: KeyPurpose, groups: &[&[Needle]]) {
        let secrets = groups.concat();
        let mut seen = vec![false; groups.len()];
        while !desk.used_for(purpose).await {
            assert!(self.child.try_wait().expect("its state").is_none(), "{}", self.log());
            let found = search(self.child.id(), &secrets).expect("its memory").found;
            for (seen, group) in seen.iter_mut().zip(groups) {
                *seen |= group.iter().any(|needle| found.iter().any(|found| found.starts_with(needle.name())));
            }
        }
        assert!(seen.iter().all(|seen| *seen), "{purpose:?}: seen while in use: {seen:?}");
        let mut last = Searched::default();
        let clean = until(|| {
            last = search(self.child.id(), &secrets).expect("its memory");
            last.found.is_empty()
        });
        assert!(clean, "{purpose:?}: {:#?}", last.found);
        assert!(last.bytes > 1_000_000, "{} bytes were searched", last.bytes);
        assert!(self.child.try_wait().expect("its state").is_none(), "it still waits with its answer");
        println!("{purpose:?}: nothing in {} bytes of memory", last.bytes);
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log")
    }

    /// Takes the answer.
    fn end(mut self) -> serde_json::Value {
        let mut answer = Vec::new();
        self.answer.read_to_end(&mut answer).expect("it answers");
        assert!(self.child.wait().expect("it ends").success(), "{}", self.log());
        serde_json::from_slice(&answer).expect("JSON")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_password_nor_the_private_key_is_anywhere_after_its_use() {
    if !readable(std::process::id()) {
        println!("skipped: this test may not read the memory of programs that protect theirs; the next one says so");
        return;
    }
    let desk = Desk::new().await;
    let (reference, code) = desk.portal.invite().await;
    let anchor = desk.anchor.display().to_string();
    let enrol = ["enrol", "--portal", desk.portal.address(), "--reference", reference.as_str(), "--code-stdin"];
    let enrol: Vec<&str> = enrol.into_iter().chain(["--trust-anchor", &anchor]).collect();
    let secrets = format!("{}\n{PASSWORD}\n", code.expose());

    let (password, new_password) = (Needle::text("password", PASSWORD), Needle::text("new password", NEW_PASSWORD));
    let mut enrolling = Waiting::start(&desk, &enrol, &secrets);
    enrolling.leaves_nothing(&desk, KeyPurpose::DeviceRegistration, &[&password]).await;
    // Only now is it known what the key is.
    let key = desk.private_key(PASSWORD).await;
    let left = search(enrolling.child.id(), &key).expect("its memory");
    assert!(left.found.is_empty(), "{:#?}", left.found);
    enrolling.end();

    desk.run(&["review", "--confirm-all"]);
    let terms = desk.run(&["terms"]);
    let everything = [&*password, &*new_password, &*key].concat();
    let sign = ["sign", "--accept-terms", terms["sha256"].as_str().expect("a hash")];
    let mut signing = Waiting::start(&desk, &sign, &format!("{PASSWORD}\n"));
    signing.leaves_nothing(&desk, KeyPurpose::DeclarationSubmission, &[&password, &key]).await;
    signing.end();

    let mut changing = Waiting::start(&desk, &["change-password"], &format!("{PASSWORD}\n{NEW_PASSWORD}\n"));
    changing.leaves_nothing(&desk, KeyPurpose::PasswordChange, &[&password, &new_password, &key]).await;
    changing.end();
    assert_eq!(desk.private_key(NEW_PASSWORD).await, key, "it is the same key");

    let files = desk.files();
    assert!(files.iter().any(|(path, _)| path.ends_with("journal.sqlite")));
    let logs = ["enrol", "sign", "change-password"].map(|name| desk.computer.home().join(format!("{name}.log")));
    let logs = logs.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a log")));
    for (path, content) in files.into_iter().chain(logs) {
        assert!(!content.is_empty() || path.extension().is_some_and(|ending| ending != "log"), "{}", path.display());
        for needle in &everything {
            assert!(!needle.is_in(&content), "{} is in {}", needle.name(), path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_practises_needs_no_invitation_but_the_password() {
    let desk = Desk::new().await;
    let anchor = desk.anchor.display().to_string();
    let enrol = ["enrol", "--practice", "--portal", desk.portal.address(), "--trust-anchor", &anchor];
    let practise = |arguments: &[&str], password: &str| {
        let mut command = desk.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        // It may end before it has read anything.
        let _ = child.stdin.take().expect("a pipe").write_all(format!("{password}\n").as_bytes());
        child.wait_with_output().expect("it ends")
    };
    assert_eq!(practise(&["enrol", "--practice"], PASSWORD).status.code(), Some(2), "no portal is named");
    assert!(!practise(&enrol, "kort").status.success(), "a weak password");
    for call in ["the first that goes on", "another, which goes on from there"] {
        let output = practise(&enrol, PASSWORD);
        assert!(output.status.success(), "{call}: {:?}", output.status);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&report["step"], &report["practice"]), (&"issued".into(), &true.into()), "{call}");
    }
    desk.run(&["review", "--confirm-all"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_opens_the_key_and_the_old_one_no_more() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let new = || Password::typed(NEW_PASSWORD.into());
    guide.change_password(&workplace::password(), &new(), &|_| {}).await.expect("changed");
    let accepted = workplace::accepted(&guide).await;
    let old = guide.sign(&accepted, &workplace::password(), &|_| {}).await;
    assert_eq!(workplace::problem(old), ProblemCode::PasswordWrong);
    guide.sign(&accepted, &new(), &|_| {}).await.expect("the new password signs");
    let log = guide.use_log(10).await.expect("the log").lines;
    let change = log.iter().find(|line| line.key_use.purpose == KeyPurpose::PasswordChange).expect("it is logged");
    assert_eq!(change.key_use.refused, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_old_password_counts_as_every_wrong_password_does() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let wrong = Password::typed("noget helt andet her".into());
    let new = Password::typed(NEW_PASSWORD.into());
    for _ in 0..3 {
        let refused = guide.change_password(&wrong, &new, &|_| {}).await;
        assert_eq!(workplace::problem(refused), ProblemCode::PasswordWrong);
    }
    let refused = guide.change_password(&workplace::password(), &new, &|_| {}).await;
    assert_eq!(workplace::problem(refused), ProblemCode::PasswordWait, "also for whoever knows it");
    workplace.clock.forward(TimeDelta::seconds(6));
    guide.change_password(&workplace::password(), &new, &|_| {}).await.expect("changed after the wait");
    let log = guide.use_log(4).await.expect("the log").lines;
    let refused: Vec<_> = log.iter().map(|line| (line.key_use.purpose, line.key_use.refused)).collect();
    let wrong = (KeyPurpose::PasswordChange, Some(ProblemCode::PasswordWrong));
    assert_eq!(refused, [(KeyPurpose::PasswordChange, None), wrong, wrong, wrong]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_is_judged_before_anything_is_tried() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    for guessable in ["kort", "password123", "Øvebruger Eksempel"] {
        let new = Password::typed(guessable.into());
        let refused = guide.change_password(&workplace::password(), &new, &|_| {}).await;
        assert_eq!(workplace::problem(refused), ProblemCode::PasswordTooWeak, "{guessable}");
    }
    let log = guide.use_log(10).await.expect("the log").lines;
    assert!(log.iter().all(|line| line.key_use.purpose != KeyPurpose::PasswordChange));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_can_be_changed_while_the_certificate_is_suspended_and_the_key_stays_shut() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = workplace::accepted(&guide).await;
    guide.suspend().await.expect("suspended");
    let new = || Password::typed(NEW_PASSWORD.into());
    let opened = workplace.keychain.times_unlocked();
    guide.change_password(&workplace::password(), &new(), &|_| {}).await.expect("changed");
    guide.sign(&accepted, &new(), &|_| {}).await.expect_err("the key is locked");
    assert_eq!(workplace.keychain.times_unlocked(), opened, "the key is used for nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_there_is_no_password_to_change() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let new = Password::typed(NEW_PASSWORD.into());
    let refused = guide.change_password(&workplace::password(), &new, &|_| {}).await;
    assert_eq!(workplace::problem(refused), ProblemCode::WrongStep);
}

#[test]
fn no_other_program_of_the_same_person_may_read_the_programs_memory() {
    let (answer, writer) = full_pipe();
    let mut child = Command::new(certifikat())
        .args(["inspect", "/dev/null", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    // It waits for its password. What the system shows to nobody belongs to root (proc(5)).
    let limits = || fs::read_to_string(process.join("limits")).expect("its limits");
    assert!(until(|| limits().lines().any(|line| line.starts_with("Max core file size") && line.contains(" 0 "))));
    let this_is_root = fs::metadata("/proc/self").expect("this process").uid() == 0;
    assert!(until(|| fs::metadata(process.join("mem")).expect("its memory").uid() == 0));
    if !this_is_root {
        assert!(!readable(child.id()), "its memory is read by another program of the same person");
    }
    child.kill().expect("ended");
    child.wait().expect("it ends");
    drop(answer);
}
