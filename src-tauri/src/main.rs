//! **Desktop face.** The window of Certifikatguide.
//!
//! Knows: Tauri, the commands that the window may call, how the guide is put together from real parts, the practice
//! portal's process, and the log. Must never know: what a use case decides, a private key, a certificate's inside. No
//! key and no stored secret crosses to the web view; what is signed is built in Rust from what was shown.
//!
//! Start reading at [`view`] (the contract with the window), then [`commands`], then [`composition`].

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod composition;
mod diagnosis;
mod documents;
mod error;
mod inspection;
mod log_file;
mod manual;
mod notification;
mod own_lock;
mod practice_portal;
mod running_program;
mod signed_document;
mod transfer;
mod tray;
mod use_log;
mod view;
mod view_from_core;
mod view_of_certificate;
mod watch;

use crate::arguments::{Arguments, PortalChoice};
use crate::composition::Desktop;
use crate::own_lock::{OwnLock, OwnLockError};
use clap::Parser;
use key_custody::WipingAllocator;
use lifecycle::Policy;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tauri::{App, AppHandle, Context, Manager};

/// Label of the one window.
const WINDOW: &str = "main";

/// Exit status of misuse, of a missing display and of a second start.
const NOT_STARTED: u8 = 2;

#[global_allocator]
static ALLOCATOR: WipingAllocator = key_custody::wiping_allocator();

fn main() -> ExitCode {
    let protected = key_custody::protect_process();
    let arguments = Arguments::parse();
    if let Some(what) = arguments.print {
        let printed = std::io::stdout().write_all(&manual::printed(what));
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(NOT_STARTED) };
    }
    match start(&arguments) {
        Ok(Started::HandedOver) => ExitCode::SUCCESS,
        Ok(Started::Window(app)) => {
            if let Err(error) = protected {
                tracing::warn!(%error, "this program's memory is not protected");
            }
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(reason) => {
            // Nobody may be reading; there is nothing else to tell it to.
            let _ = writeln!(std::io::stderr(), "{reason}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

/// What a start comes to.
enum Started {
    /// A window of its own.
    Window(Box<App>),
    /// The window of the program that runs already is at the front now.
    HandedOver,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
enum NotStarted {
    #[error(
        "Certifikatguide har brug for en skærm: hverken DISPLAY eller WAYLAND_DISPLAY er sat.\n\
         Certifikatguide needs a display: neither DISPLAY nor WAYLAND_DISPLAY is set."
    )]
    NoDisplay,
    #[error(
        "Certifikatguide kan ikke åbne et vindue på skærmen ({0}).\n\
         Certifikatguide cannot open a window on the display ({0})."
    )]
    NoWindow(String),
    #[error(
        "Certifikatguide kører allerede. Find vinduet, eller luk det først.\n\
         Certifikatguide is already running. Find its window, or close it first."
    )]
    AlreadyRunning,
    #[error(
        "Certifikatguide kan ikke skrive i mappen {folder}: {reason}\n\
         Certifikatguide cannot write to the folder {folder}: {reason}"
    )]
    DataFolder { folder: PathBuf, reason: String },
    #[error(
        "Certifikatguide kan ikke bruge portalen, som programmet er startet med: {0}\n\
         Certifikatguide cannot use the portal that it was started with: {0}"
    )]
    Portal(String),
    #[error(
        "Organisationens regler for Certifikatguide kan ikke bruges, så programmet starter ikke: {0}\n\
         The organisation's policy for Certifikatguide cannot be used, so the program does not start: {0}"
    )]
    Policy(String),
    #[error(
        "Din organisation bruger en anden portal end den, Certifikatguide er startet med: {0}\n\
         Your organisation uses another portal than the one that Certifikatguide was started with: {0}"
    )]
    PortalNotInPolicy(String),
}

fn start(arguments: &Arguments) -> Result<Started, NotStarted> {
    if !has_display() {
        return Err(NotStarted::NoDisplay);
    }
    let policy = local_store::policy_file::effective_policy(arguments.policy.as_deref())
        .map_err(|error| NotStarted::Policy(error::whole_chain(&error)))?
        .policy;
    let choice = arguments.portal_choice(&policy);
    check_portal(&choice, &policy)?;
    let context = tauri::generate_context!();
    let data = data_folder(arguments, &context.config().identifier)?;
    log_file::private_folder(&data).map_err(|error| unusable(data.clone(), &error))?;
    // Before the single-instance plugin looks: it would hand over to a program that is just closing, and nothing would
    // open. A program that goes on running keeps the lock, and its window then comes to the front.
    let lock = match OwnLock::take_patiently(&data) {
        Ok(lock) => lock,
        #[cfg(target_os = "linux")]
        Err(OwnLockError::AlreadyRunning) if running_program::show_its_window(&context.config().identifier) => {
            return Ok(Started::HandedOver);
        }
        Err(OwnLockError::AlreadyRunning) => return Err(NotStarted::AlreadyRunning),
        Err(OwnLockError::Unavailable(error)) => return Err(unusable(data, &error)),
    };
    let app = build(context)?;
    app.manage(lock);
    log_file::write_to_file(&data).map_err(|error| unusable(data.clone(), &error))?;
    documents::remove_copies(&data);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    app.manage(
        Desktop::new(data, choice, arguments.save_to.clone())
            .with_keys(arguments.key_choice(&policy))
            .with_policy(policy)
            .with_container_from(arguments.open_from.clone()),
    );
    watch::begin(app.handle(), arguments.watch_every.map(Duration::from_secs));
    tray::begin(app.handle());
    Ok(Started::Window(Box::new(app)))
}

/// The folder that was named, else the system's place for this program's local data.
fn data_folder(arguments: &Arguments, identifier: &str) -> Result<PathBuf, NotStarted> {
    match &arguments.data {
        Some(data) => std::path::absolute(data).map_err(|error| unusable(data.clone(), &error)),
        None => match dirs::data_local_dir() {
            Some(local_data) => Ok(local_data.join(identifier)),
            None => Err(unusable(PathBuf::new(), &std::io::Error::from(std::io::ErrorKind::NotFound))),
        },
    }
}

fn build(context: Context) -> Result<App, NotStarted> {
    let builder = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show_window(app)))
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![
            commands::read_guide,
            commands::offer_practice_invitation,
            commands::open_invitation,
            commands::judge_password,
            commands::enrol,
            commands::confirm_revocation_code,
            commands::review_details,
            commands::read_terms,
            commands::sign_declaration,
            commands::deliver_declaration,
            commands::suspend_certificate,
            commands::tell_portal,
            commands::refresh_state,
            commands::read_certificate,
            commands::read_use_log,
            commands::save_use_log,
            commands::inspect_file,
            commands::read_archive,
            commands::save_evidence,
            commands::diagnose,
            commands::start_over,
            commands::open_document,
            commands::save_document,
            commands::choose_language,
            commands::decide_on_earlier,
            commands::change_password,
            commands::choose_container,
            commands::read_container,
            commands::import_certificate,
            commands::delete_container,
            commands::forget_container,
            commands::export_certificate,
            commands::renew_certificate,
            commands::renew_revocation_code,
            commands::revoke_certificate,
            commands::act_by_code,
            commands::read_back,
            commands::read_activities,
            commands::acknowledge_activity,
            commands::snooze_reminder,
        ]);
    // A display that is named but does not answer makes the window library panic; the person is told plainly instead.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let built = panic::catch_unwind(AssertUnwindSafe(|| builder.build(context)));
    panic::set_hook(hook);
    match built {
        Ok(Ok(app)) => Ok(app),
        Ok(Err(error)) => Err(NotStarted::NoWindow(error::whole_chain(&error))),
        Err(_panic) => Err(NotStarted::NoWindow(std::env::var("DISPLAY").unwrap_or_default())),
    }
}

fn unusable(folder: PathBuf, error: &dyn std::error::Error) -> NotStarted {
    NotStarted::DataFolder { folder, reason: error::whole_chain(error) }
}

/// An address or a trust anchor that cannot be used is misuse, to be told before there is a window.
fn check_portal(choice: &PortalChoice, policy: &Policy) -> Result<(), NotStarted> {
    match choice {
        PortalChoice::OwnPractice => Ok(()),
        PortalChoice::At { address, .. } if !policy.allows_portal(address) => {
            Err(NotStarted::PortalNotInPolicy(address.clone()))
        }
        PortalChoice::At { address, trust_anchor, .. } => composition::trust_anchors(trust_anchor)
            .and_then(|anchors| Ok(portal_client::PortalClient::new(address, &anchors).map(drop)?))
            .map_err(|error| NotStarted::Portal(error::whole_chain(&error))),
    }
}

fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW) {
        // A window manager may refuse; the person then finds the window by hand.
        let _ = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    }
}

#[cfg(target_os = "linux")]
fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(not(target_os = "linux"))]
fn has_display() -> bool {
    true
}

#[cfg(test)]
mod bindings;
