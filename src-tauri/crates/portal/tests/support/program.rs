//! The program `portal`, as the app and the staff start it.

use portal_api::Ready;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// The program, without arguments.
pub fn portal() -> Command {
    Command::new(env!("CARGO_BIN_EXE_portal"))
}

/// `portal serve --practice`, ready. Dropped, it is killed.
pub struct RunningProgram {
    /// What it said when it was ready.
    pub ready: Ready,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl RunningProgram {
    /// Starts it with these arguments beside `serve --practice`.
    ///
    /// # Panics
    /// Where it does not start: the message is what it said.
    pub fn start(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::try_start(arguments).unwrap_or_else(|said| panic!("{said}"))
    }

    /// As [`RunningProgram::start`]; the error is what it said.
    pub fn try_start(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Self, String> {
        let mut child = portal()
            .args(["serve", "--practice", "--exit-with-stdin"])
            .args(arguments)
            .env("RUST_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the portal starts");
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        let mut errors = child.stderr.take().expect("standard error");
        let mut line = String::new();
        output.read_line(&mut line).expect("standard output");
        if line.is_empty() {
            let mut said = String::new();
            errors.read_to_string(&mut said).expect("UTF-8");
            child.wait().expect("it ends");
            return Err(said);
        }
        // Read to its end, so that the portal never waits for a reader.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut errors, &mut std::io::stderr());
        });
        let ready = serde_json::from_str(&line).expect("one line of JSON");
        Ok(Self { ready, child, input, output })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.ready.portal)
    }

    /// Ends it as its parent does, and returns what else it said on standard output.
    pub fn end(mut self) -> String {
        drop(self.input.take());
        assert!(self.child.wait().expect("the portal ends").success());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("UTF-8");
        rest
    }
}

impl Drop for RunningProgram {
    fn drop(&mut self) {
        // Both fail where it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs another program with `input` on its standard input, e.g. a secret.
pub fn with_input(command: &mut Command, input: &[u8]) -> Output {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let written = child.stdin.take().expect("standard input").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    // A program that has had enough of it may have closed its input; what it says is judged then.
    assert!(written.is_ok() || !output.status.success(), "{command:?}");
    output
}

/// As [`with_input`], for a program that must succeed; returns its standard output.
pub fn done(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let output = with_input(command, input);
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The program where it is installed; None, with a line that says so, where it is not and may be missing.
pub fn is_installed(program: &str) -> bool {
    let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        skip(&format!("the program {program} is not installed"));
    }
    there
}

/// Says that a test is passed over.
///
/// # Panics
/// In `make test`, which installs everything.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CERTIFIKATGUIDE_TOKENS_REQUIRED").is_none(), "{why}");
    // The test harness shows this with --nocapture, and with a failure.
    #[allow(clippy::print_stderr)]
    {
        eprintln!("skipped: {why}");
    }
}
