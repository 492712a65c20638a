//! What the packages say about the program beside it: manual pages and shell completions, made from the usage itself.

use crate::arguments::Arguments;
use crate::failure::{ExitStatus, UsageError};
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::path::Path;

/// The program's name, as it is typed.
const PROGRAM: &str = "certifikat";

/// The exit statuses and what they mean, as scripts go by them.
const EXIT_STATUSES: [(ExitStatus, &str); 4] = [
    (ExitStatus::Holds, "It holds, or is done."),
    (ExitStatus::DoesNotHold, "It does not hold, or was refused."),
    (ExitStatus::Misuse, "The command was used wrongly, or a file that it names cannot be used."),
    (
        ExitStatus::CannotBeTold,
        "It cannot be told: no network, no keychain, no status. What was asked for may hold; try again.",
    ),
];

const ENVIRONMENT: [(&str, &str); 3] = [
    ("CERTIFIKAT_LOG", "What is logged to standard error, for example portal_client=debug. Nothing unless it is set."),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "The proxy, and the hosts that are reached without it. This computer is always reached without one.",
    ),
    ("XDG_DATA_HOME", "Where the folder of --data is by default; $HOME/.local/share without it."),
];

const FILES: [(&str, &str); 3] = [
    (
        "/etc/certifikatguide/policy.toml",
        "What the organisation decides. Only the administrator may be able to write it.",
    ),
    (
        "/usr/share/certifikatguide/policy.schema.json",
        "Its description (JSON Schema), for editors and for what distributes it.",
    ),
    (
        "$XDG_DATA_HOME/dk.certifikatguide.desktop",
        "What this computer remembers. Never a key: keys are in the keychain or on a token.",
    ),
];

/// The completions for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), PROGRAM, &mut script);
    script
}

/// Writes a page of section 1 for the program and one for each command into a folder that is there.
///
/// # Errors
/// [`UsageError::FileUnwritable`]; [`UsageError::FileExists`] where a page is there already.
pub(crate) fn write_pages(folder: &Path) -> Result<(), UsageError> {
    for (name, page) in pages() {
        crate::files::write_new(&folder.join(name), &page)?;
    }
    Ok(())
}

fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let mut pages: Vec<_> = shown.map(|command| page(command, false)).collect();
    pages.push(page(&command, true));
    pages
}

/// File name and text of a page; the program's own says more.
fn page(command: &Command, of_the_program: bool) -> (String, Vec<u8>) {
    let man = Man::new(command.clone()).manual("Certifikatguide");
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = man.render(&mut text);
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in EXIT_STATUSES {
        entry(&mut roff, &status.code().to_string(), meaning);
    }
    if of_the_program {
        for (heading, entries) in [("ENVIRONMENT", &ENVIRONMENT), ("FILES", &FILES)] {
            roff.control("SH", [heading]);
            for (name, meaning) in entries {
                entry(&mut roff, name, meaning);
            }
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    let others = if of_the_program { "certifikatguide(1)" } else { "certifikat(1), certifikatguide(1)" };
    roff.text([roman(others)]);
    text.extend_from_slice(roff.to_roff().as_bytes());
    (man.get_filename(), text)
}

fn entry(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_that_tells_the_exit_statuses() {
        let pages = pages();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["certifikat.1", "certifikat-enrol.1", "certifikat-doctor.1", "certifikat-completions.1"] {
            assert!(names.contains(&name), "{name} is not among {names:?}");
        }
        assert!(!names.contains(&"certifikat-manual.1"), "what only the packages use is in no manual");
        for (name, page) in &pages {
            let page = std::str::from_utf8(page).expect("text");
            assert!(page.starts_with(".ie") || page.contains(".TH "), "{name}");
            let statuses = page.split(".SH \"EXIT STATUS\"").nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
            for code in 0..=3 {
                assert!(statuses.contains(&format!("\n\\fB{code}\\fR\n")), "{name}: {statuses}");
            }
        }
    }

    #[test]
    fn a_page_is_never_written_over_another_file() {
        let folder = tempfile::tempdir().expect("a folder");
        write_pages(folder.path()).expect("written");
        assert!(matches!(write_pages(folder.path()), Err(UsageError::FileExists(_))));
    }

    #[test]
    fn completions_know_every_command_in_every_shell() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
            let script = String::from_utf8(completions(shell)).expect("text");
            for command in ["enrol", "revocation-code", "start-over"] {
                assert!(script.contains(command), "{shell}: {command}");
            }
        }
    }
}
