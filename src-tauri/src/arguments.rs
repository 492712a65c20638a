//! What the program is started with.

use clap::Parser;
use std::path::PathBuf;

/// Certifikatguide: from invitation to signed security declaration, step by step.
///
/// Without --portal it is in practice mode: it starts a practice portal of its own, and its certificates give access
/// to nothing. With --portal it takes no practice portal for a real one; --practice says that it is one.
#[derive(Debug, Clone, Parser)]
#[command(name = "certifikatguide", version)]
pub struct Arguments {
    /// Folder for what the program remembers [default: the user's local data folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of the portal, https://host or https://host:port
    #[arg(long, value_name = "URL", requires = "trust_anchor")]
    pub portal: Option<String>,
    /// Certificate in PEM that every certificate of the portal must lead to
    #[arg(long, value_name = "FILE", requires = "portal")]
    pub trust_anchor: Option<PathBuf>,
    /// The portal is a practice portal: what is practised with it is kept apart from what is real
    #[arg(long, requires = "portal")]
    pub practice: bool,
    /// Save documents into this folder without asking where (for tests and tours, which cannot answer a dialog)
    #[arg(long, value_name = "DIR")]
    pub save_to: Option<PathBuf>,
    /// Hear what the portal knows of the certificate this often (for tests, which do not wait for an hour)
    #[arg(long, value_name = "SECONDS", hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub watch_every: Option<u64>,
}

/// Which portal the program works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalChoice {
    /// A practice portal, started by the program itself.
    OwnPractice,
    /// The portal at an address.
    At {
        /// `https://host or https://host:port`.
        address: String,
        /// The trust anchor's file, PEM.
        trust_anchor: PathBuf,
        /// Whether it must be a practice portal, or must not.
        practice: bool,
    },
}

impl Arguments {
    /// Which portal the arguments name.
    pub fn portal_choice(&self) -> PortalChoice {
        match (&self.portal, &self.trust_anchor) {
            (Some(address), Some(trust_anchor)) => PortalChoice::At {
                address: address.clone(),
                trust_anchor: trust_anchor.clone(),
                practice: self.practice,
            },
            (None, _) | (_, None) => PortalChoice::OwnPractice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_portal_the_program_practises() {
        let arguments = Arguments::try_parse_from(["certifikatguide"]).expect("no argument is needed");
        assert_eq!(arguments.portal_choice(), PortalChoice::OwnPractice);
    }

    #[test]
    fn a_portal_without_its_trust_anchor_is_misuse() {
        assert!(Arguments::try_parse_from(["certifikatguide", "--portal", "https://portal.example"]).is_err());
        assert!(Arguments::try_parse_from(["certifikatguide", "--trust-anchor", "anchor.pem"]).is_err());
    }

    #[test]
    fn a_portal_is_named_with_its_trust_anchor_and_is_for_practice_only_where_that_is_said() {
        let named = ["certifikatguide", "--portal", "https://portal.example", "--trust-anchor", "anchor.pem"];
        for (flag, practice) in [(None, false), (Some("--practice"), true)] {
            let arguments = Arguments::try_parse_from(named.iter().copied().chain(flag)).expect("both are named");
            let expected = PortalChoice::At {
                address: "https://portal.example".into(),
                trust_anchor: PathBuf::from("anchor.pem"),
                practice,
            };
            assert_eq!(arguments.portal_choice(), expected);
        }
        assert!(Arguments::try_parse_from(["certifikatguide", "--practice"]).is_err());
    }
}
