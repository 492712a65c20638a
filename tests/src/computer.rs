//! A computer of a test's own: a display, a session bus, a keychain and a home folder that nobody else uses.
//!
//! Everything that is started here is the leader of a process group, and the whole group ends with it.

use crate::authority_keys::AuthorityKeys;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a service of the computer may take to answer. A deadline, not a pause: it is asked again and again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two questions.
const INTERVAL: Duration = Duration::from_millis(20);

/// A session bus that starts no service by itself: which keychain answers is decided here, not by what is installed.
const SESSION_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Where the tokens in software of a session are.
const TOKEN_VARIABLES: [&str; 4] = ["SOFTHSM2_CONF", "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI", "TSS2_LOG"];

/// The program's data folder, below the home folder.
const DATA: &str = "data/certifikatguide";

/// Which keychain the computer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keychain {
    /// The Secret Service of gnome-keyring, unlocked.
    Unlocked,
    /// None: nothing answers on the session bus.
    Absent,
}

/// A computer of a test's own.
pub struct Computer {
    // In the order in which they end.
    _keychain: Option<ProcessGroup>,
    _bus: Option<ProcessGroup>,
    _display: ProcessGroup,
    display: String,
    bus: String,
    /// What of the tester's environment is let through.
    tokens: Vec<(&'static str, OsString)>,
    home: TempDir,
    /// Those of the practice portal.
    _keys: AuthorityKeys,
}

fn practice_portal(home: &Path) -> PathBuf {
    home.join(DATA).join("practice")
}

/// A process and everything that it started, ended together.
pub struct ProcessGroup {
    leader: Child,
}

impl Computer {
    /// Starts one.
    ///
    /// # Errors
    /// Where a program is missing or does not answer in time.
    pub fn start(keychain: Keychain) -> io::Result<Self> {
        let home = home()?;
        let keys = AuthorityKeys::placed_in(&practice_portal(home.path()));
        let (display_server, number) = display(home.path())?;
        let configuration = home.path().join("session-bus.conf");
        fs::write(&configuration, SESSION_BUS)?;
        let (bus_daemon, bus) = first_line(
            clean(home.path(), "dbus-daemon")
                .arg(option("--config-file=", &configuration))
                .args(["--nofork", "--print-address=1"]),
        )?;
        let mut computer = Self {
            _keychain: None,
            _bus: Some(bus_daemon),
            _display: display_server,
            display: format!(":{number}"),
            bus,
            tokens: Vec::new(),
            home,
            _keys: keys,
        };
        match keychain {
            Keychain::Absent => {}
            Keychain::Unlocked => computer._keychain = Some(computer.start_keychain()?),
        }
        Ok(computer)
    }

    /// Starts one in the session that the test runs in: with that session's keychain and its tokens, and a display and
    /// a home folder of its own.
    ///
    /// # Errors
    /// As [`Computer::start`].
    pub fn in_this_session() -> io::Result<Self> {
        let home = home()?;
        let keys = AuthorityKeys::placed_in(&practice_portal(home.path()));
        let (display_server, number) = display(home.path())?;
        let variable = |name: &'static str| Some((name, std::env::var_os(name)?));
        let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").map_err(io::Error::other)?;
        Ok(Self {
            _keychain: None,
            _bus: None,
            _display: display_server,
            display: format!(":{number}"),
            bus,
            tokens: TOKEN_VARIABLES.into_iter().filter_map(variable).collect(),
            home,
            _keys: keys,
        })
    }

    /// Home folder of the computer's one person.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The app's data folder.
    pub fn data(&self) -> PathBuf {
        self.home.path().join(DATA)
    }

    /// The address of its session bus.
    pub fn session_bus(&self) -> &str {
        &self.bus
    }

    /// Where the app saves documents without asking.
    pub fn saved(&self) -> PathBuf {
        self.home.path().join("saved")
    }

    /// A program on this computer: it sees this display, bus and home folder, and nothing of the tester's own.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = clean(self.home.path(), program);
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command.envs(self.tokens.iter().cloned());
        command
    }

    /// Puts a program of the test's own before those of the same name: a shell script.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put_program(&self, name: &str, script: &str) -> io::Result<()> {
        let path = self.home.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))
    }

    /// Pids of the processes on this computer that run `program` (an absolute path).
    pub fn running(&self, program: &Path) -> Vec<u32> {
        let home = format!("HOME={}", self.home.path().display());
        let Ok(processes) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        processes
            .filter_map(|process| process.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid: &u32| {
                fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|running| running == program)
                    && fs::read(format!("/proc/{pid}/environ"))
                        .is_ok_and(|variables| variables.split(|byte| *byte == 0).any(|one| one == home.as_bytes()))
            })
            .collect()
    }

    fn start_keychain(&self) -> io::Result<ProcessGroup> {
        // Without a display: a question would wait for somebody.
        let mut command = self.command("gnome-keyring-daemon");
        command
            .env_remove("DISPLAY")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut keychain = ProcessGroup::start(&mut command)?;
        if let Some(mut password) = keychain.leader.stdin.take() {
            password.write_all(b"the keychain's own password")?;
        }
        let answers = until(|| {
            let answer = self
                .command("dbus-send")
                .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
                .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
                .output();
            answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
        });
        if answers {
            Ok(keychain)
        } else {
            Err(io::Error::new(io::ErrorKind::TimedOut, "gnome-keyring does not answer"))
        }
    }
}

impl ProcessGroup {
    /// Starts `command` as the leader of a group of its own.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let started = command.process_group(0).spawn();
        let leader = started.map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
        Ok(Self { leader })
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        // What has ended by itself needs no signal.
        let _ = signal(&format!("-{}", self.leader.id()));
        let _ = self.leader.wait();
    }
}

/// Kills the process `pid`, as a power cut would.
///
/// # Errors
/// Where the signal could not be sent.
pub fn kill(pid: u32) -> io::Result<()> {
    signal(&pid.to_string())
}

/// Asks until the answer is yes; false where it has not been in time.
pub fn until(holds: impl FnMut() -> bool) -> bool {
    until_within(PATIENCE, holds)
}

/// The same with a patience of its own.
pub fn until_within(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(INTERVAL);
    }
}

/// The standard library has no signals, and `unsafe` is forbidden here.
fn signal(target: &str) -> io::Result<()> {
    let status =
        Command::new("sh").args(["-c", "kill -s KILL -- \"$1\"", "sh", target]).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("kill {target}: {status}"))) }
}

/// A home folder with what belongs in it.
fn home() -> io::Result<TempDir> {
    let home = tempfile::Builder::new().prefix("certifikatguide-").tempdir()?;
    for folder in ["bin", "runtime", "data", "config", "cache", "saved"] {
        fs::DirBuilder::new().mode(0o700).create(home.path().join(folder))?;
    }
    Ok(home)
}

/// A display of its own, and its number.
fn display(home: &Path) -> io::Result<(ProcessGroup, String)> {
    let screen = ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];
    first_line(clean(home, "Xvfb").args(screen))
}

fn clean(home: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    let mut path = home.join("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command
        .env_clear()
        .env("PATH", path)
        .env("LANG", "C.UTF-8")
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("runtime"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("GDK_BACKEND", "x11");
    command
}

fn option(name: &str, value: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(value);
    option
}

/// A program on a computer of its own: it sees nothing of the tester's, nor of any other computer's.
pub fn elsewhere(home: &Path, program: impl AsRef<OsStr>) -> Command {
    clean(home, program)
}

/// Starts a service that says in one line where it is; gives back the line.
///
/// # Errors
/// Where it cannot be started, or says nothing.
pub fn first_line(command: &mut Command) -> io::Result<(ProcessGroup, String)> {
    let mut service = ProcessGroup::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let mut line = String::new();
    if let Some(output) = service.leader.stdout.take() {
        BufReader::new(output.take(4096)).read_line(&mut line)?;
    }
    let line = line.trim().to_owned();
    if line.is_empty() {
        return Err(io::Error::other(format!("{} did not start", command.get_program().display())));
    }
    Ok((service, line))
}
