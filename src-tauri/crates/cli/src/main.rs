//! **Face.** The employee certificate from the command line, for IT departments and scripts: `certifikat`.
//!
//! Knows: arguments, standard input and output, exit status, the data folder. Must never know: how anything is done; it
//! parses, calls one use case or judgement of the core, and prints the outcome. Secrets come on standard input only.
//!
//! Start reading at `arguments.rs` (the usage), then `journey.rs` (the commands that lead a journey on), `certificate.rs`
//! (those about a certificate that there is), `transfer.rs` (files with a key), `judge.rs` (those that judge a file) and
//! `doctor.rs` (the one that finds out what is wrong).

mod activities;
mod arguments;
mod certificate;
mod declarations;
mod doctor;
mod failure;
mod files;
mod journey;
mod judge;
mod manual;
mod policy_report;
mod portal;
mod read_back;
mod report;
mod secrets;
mod tokens;
mod transfer;

use crate::arguments::{Arguments, Command};
use crate::certificate::{ActByCode, act_by_code};
use crate::failure::{ExitStatus, Failure, UsageError};
use crate::files::DataFolder;
use crate::journey::{Session, SystemClock};
use crate::policy_report::Named;
use crate::report::Output;
use clap::Parser;
use key_custody::{Modules, WipingAllocator};
use lifecycle::ports::Clock;
use lifecycle::{Language, Policy};
use local_store::policy_file::effective_policy;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Names what is logged to standard error, e.g. `portal_client=debug`; nothing unless it is set.
const LOG_VARIABLE: &str = "CERTIFIKAT_LOG";

#[global_allocator]
static ALLOCATOR: WipingAllocator = key_custody::wiping_allocator();

#[tokio::main]
async fn main() -> ExitCode {
    let protected = key_custody::protect_process();
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(stderr)
        .with_env_filter(EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("off")))
        .init();
    if let Err(error) = protected {
        tracing::warn!(%error, "this program's memory is not protected");
    }
    // One that cannot be used is told by the commands that it stops.
    let policy = effective_policy(arguments.policy.as_deref()).map(|effective| effective.policy).unwrap_or_default();
    let named =
        Named { language: arguments.language.map(Language::from), pkcs11_module: arguments.pkcs11_module.clone() };
    let (language, json) = (named.language(&policy).0, arguments.json);
    let status = match run(arguments, &policy, &named, language).await {
        Ok(status) => status,
        Err(failure) => {
            log_chain(&failure);
            let report = failure.report(language);
            // As in `Output`: a report has no keys that are no text.
            let json_report = serde_json::to_value(&report).unwrap_or_default();
            given(failure.status(), print(stderr(), json, &report.text(), &json_report))
        }
    };
    ExitCode::from(status.code())
}

/// A result that nobody could read was not given.
fn given(status: ExitStatus, printed: std::io::Result<()>) -> ExitStatus {
    if printed.is_ok() { status } else { ExitStatus::CannotBeTold }
}

/// Does what was asked, and prints the result.
async fn run(arguments: Arguments, policy: &Policy, named: &Named, language: Language) -> Result<ExitStatus, Failure> {
    let json = arguments.json;
    let show = |output: &Output| print(stdout(), json, &output.text, &output.json);
    let now = SystemClock.now();
    let data = arguments.data;
    // What was typed, and what a policy says, is a whole path already.
    let modules = || match named.pkcs11_module(policy) {
        Some((module, _)) => Modules::listed([module.to_owned()]).unwrap_or_default(),
        None => Modules::of_p11_kit(),
    };
    let folder = || DataFolder::resolve(data.clone(), |name| std::env::var_os(name));
    let given_policy = arguments.policy;
    let session = async || Session::open(folder()?, language, modules(), given_policy.clone()).await;
    let by_code = async |act, named| {
        let folder = folder().map_err(Failure::from);
        act_by_code(act, named, folder, modules(), given_policy.clone(), language).await
    };
    let (status, output) = match arguments.command {
        Command::Enrol(arguments) => {
            // Not in the folder of the window's own journey, and never by the policy's portal, which is a real one.
            if arguments.practice && (data.is_none() || arguments.portal.portal.is_none()) {
                return Err(UsageError::PracticeUnplaced.into());
            }
            return session().await?.enrol(&arguments, show).await;
        }
        Command::Import(arguments) => return session().await?.import(&arguments, show).await,
        Command::Renew(_) => return session().await?.renew(show).await,
        Command::RevocationCode(_) => return session().await?.revocation_code(show).await,
        Command::Review(arguments) => session().await?.review(&arguments).await,
        Command::Terms => session().await?.terms().await,
        Command::Sign(arguments) => session().await?.sign(&arguments).await,
        Command::Deliver(_) => session().await?.deliver().await,
        Command::ChangePassword(_) => session().await?.change_password().await,
        Command::Status(arguments) => session().await?.status(&arguments).await,
        Command::Activities(arguments) => session().await?.activities(&arguments).await,
        Command::Declarations(arguments) => session().await?.declarations(&arguments).await,
        Command::Suspend(arguments) => match arguments.by_code.named() {
            Some(named) => by_code(ActByCode::Suspend, named).await,
            None => session().await?.suspend().await,
        },
        Command::Revoke(arguments) => match arguments.by_code.named() {
            Some(named) => by_code(ActByCode::Revoke(arguments.reason.into()), named).await,
            None => session().await?.revoke(&arguments).await,
        },
        Command::StartOver => session().await?.start_over().await,
        Command::Export(arguments) => session().await?.export(&arguments).await,
        Command::Tokens => tokens::tokens(modules(), language).await,
        Command::Verify(arguments) => judge::verify(&arguments, language, now),
        Command::Doctor(arguments) => {
            doctor::doctor(&arguments, &folder()?, &modules(), given_policy.as_deref(), named, language).await
        }
        Command::Completions { shell } => {
            return Ok(given(ExitStatus::Holds, stdout().write_all(&manual::completions(shell))));
        }
        Command::Manual { folder } => {
            manual::write_pages(&folder)?;
            return Ok(ExitStatus::Holds);
        }
        Command::Inspect(arguments) => judge::inspect(&arguments, language),
        Command::Validate(arguments) => judge::validate(&arguments, language, now),
    }?;
    Ok(given(status, show(&output)))
}

fn print(mut stream: impl Write, json: bool, text: &str, value: &serde_json::Value) -> std::io::Result<()> {
    if json {
        writeln!(stream, "{value:#}")?;
    } else {
        stream.write_all(text.as_bytes())?;
    }
    stream.flush()
}

/// Once, here at the face, with every cause.
fn log_chain(failure: &Failure) {
    let mut chain = failure.to_string();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        chain.push_str(": ");
        chain.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!("{chain}");
}
