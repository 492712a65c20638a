//! What the packages say about the program beside it: its manual page and its completions, made from the usage itself.

use crate::arguments::{Arguments, Printed};
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// The program's name, as it is typed.
const PROGRAM: &str = "certifikatguide";

const ENTRIES: [(&str, &[(&str, &str)]); 3] = [
    (
        "EXIT STATUS",
        &[
            ("0", "The window was closed, or the one that is open already has come to the front."),
            ("2", "No window was opened; standard error says why, in Danish and English."),
        ],
    ),
    (
        "FILES",
        &[
            (
                "/etc/certifikatguide/policy.toml",
                "What the organisation decides. Only the administrator may be able to write it.",
            ),
            (
                "$XDG_DATA_HOME/dk.certifikatguide.desktop",
                "What this computer remembers, and the program's log. Never a key.",
            ),
        ],
    ),
    ("SEE ALSO", &[("certifikat(1)", "The same without a window.")]),
];

/// What is to be printed.
pub fn printed(what: Printed) -> Vec<u8> {
    match what {
        Printed::Manual => manual_page(),
        Printed::Bash => completions(Shell::Bash),
        Printed::Zsh => completions(Shell::Zsh),
        Printed::Fish => completions(Shell::Fish),
    }
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), PROGRAM, &mut script);
    script
}

fn manual_page() -> Vec<u8> {
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(Arguments::command()).manual("Certifikatguide").render(&mut text);
    let mut roff = Roff::new();
    for (heading, entries) in ENTRIES {
        roff.control("SH", [heading]);
        for (name, meaning) in entries {
            roff.control("TP", []);
            roff.text([bold(*name)]);
            roff.text([roman(*meaning)]);
        }
    }
    text.extend_from_slice(roff.to_roff().as_bytes());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_what_can_be_typed_and_nothing_that_is_for_tests() {
        let page = String::from_utf8(manual_page()).expect("text");
        for named in ["\\-\\-portal", "\\-\\-practice", "EXIT STATUS", "policy.toml"] {
            assert!(page.contains(named), "{named}: {page}");
        }
        for hidden in ["watch\\-every", "open\\-from", "\\-\\-print"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
    }
}
