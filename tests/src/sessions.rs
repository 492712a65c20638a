//! Sessions with a keychain and tokens of their own, in which tests of this program run again.
//!
//! Also a part of `key-custody`'s contract tests, which must not need the tests of the whole.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test that is skipped says so")]

use crate::TESTS;
use std::path::Path;
use std::process::Command;

const WITH_KEYCHAIN: &str = "with-keychain.sh";
const WITH_TOKEN: &str = "../src-tauri/crates/key-custody/tests/with-token.sh";

const TOKEN: &str = "CERTIFIKATGUIDE_TEST_TOKEN";
const MODULE: &str = "CERTIFIKATGUIDE_TEST_MODULE";
/// Set where a test without its tokens is a failure.
const REQUIRED: &str = "CERTIFIKATGUIDE_TOKENS_REQUIRED";

/// What a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// An unlocked keychain.
    Keychain,
    /// Tokens in software, and a keychain.
    SoftHsm,
    /// SoftHSM behind `wayward_module.c`.
    Wayward,
    /// A TPM in software, and a keychain.
    Tpm,
}

impl Session {
    fn name(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::SoftHsm => "softhsm",
            Self::Wayward => "wayward",
            Self::Tpm => "tpm",
        }
    }

    /// Programs (without a `/`) and modules, and Debian's package for each.
    fn needs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Keychain => &[("dbus-run-session", "dbus"), ("gnome-keyring-daemon", "gnome-keyring")],
            Self::SoftHsm | Self::Wayward => &[
                ("dbus-run-session", "dbus"),
                ("gnome-keyring-daemon", "gnome-keyring"),
                ("softhsm/libsofthsm2.so", "softhsm2"),
                ("softhsm2-util", "softhsm2"),
                ("pkcs11-tool", "opensc"),
                ("cc", "build-essential"),
            ],
            Self::Tpm => &[
                ("dbus-run-session", "dbus"),
                ("gnome-keyring-daemon", "gnome-keyring"),
                ("libtpm2_pkcs11.so.1", "libtpm2-pkcs11-1"),
                ("tpm2_ptool", "libtpm2-pkcs11-tools"),
                ("swtpm", "swtpm"),
                ("tpm2-abrmd", "tpm2-abrmd"),
                ("tpm2_getcap", "tpm2-tools"),
                ("libtss2-tcti-tabrmd.so.0", "libtss2-tcti-tabrmd0"),
                ("libtss2-tcti-swtpm.so.0", "libtss2-tcti-swtpm0"),
                ("pkcs11-tool", "opensc"),
            ],
        }
    }

    /// Whether this test runs in such a session. Outside, it has nothing to say.
    #[must_use]
    pub fn is_here(self) -> bool {
        let here = std::env::var(TOKEN).is_ok_and(|kind| kind == self.name());
        if here {
            println!("in session: {}", self.name());
        }
        here
    }

    /// The PKCS#11 module of the session.
    #[must_use]
    pub fn module() -> std::path::PathBuf {
        std::env::var_os(MODULE).expect("the session names it").into()
    }
}

/// Runs a test of this program again, in such a session; says so where something for it is not installed.
pub fn passes_in(session: Session, test: &str) {
    let mut missing: Vec<&str> =
        session.needs().iter().filter(|(what, _)| found(what).is_none()).map(|(_, package)| *package).collect();
    missing.dedup();
    if !missing.is_empty() {
        let missing = missing.join(" ");
        assert!(std::env::var_os(REQUIRED).is_none(), "not installed: {missing}");
        eprintln!("skipped: {test} needs the Debian packages {missing}");
        return;
    }
    let mut command = match session {
        Session::Keychain => {
            let mut command = Command::new(Path::new(TESTS).join(WITH_KEYCHAIN));
            command.env(TOKEN, session.name());
            command
        }
        Session::SoftHsm | Session::Wayward | Session::Tpm => {
            let module = if session == Session::Tpm { "libtpm2_pkcs11.so.1" } else { "softhsm/libsofthsm2.so" };
            let mut command = Command::new(Path::new(TESTS).join(WITH_TOKEN));
            command.arg(session.name()).env_remove(TOKEN).env(MODULE, found(module).expect("found above"));
            command
        }
    };
    let output = command
        .arg(std::env::current_exe().expect("this program"))
        .args([test, "--exact", "--nocapture"])
        .output()
        .expect("the script runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&format!("in session: {}", session.name())), "the test did not run: {said}");
}

fn found(what: &str) -> Option<std::path::PathBuf> {
    let folders = if what.contains(".so") {
        "/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu:/usr/lib64:/usr/lib".into()
    } else {
        std::env::var_os("PATH").unwrap_or_default()
    };
    std::env::split_paths(&folders).map(|folder| folder.join(what)).find(|path| Path::is_file(path))
}
