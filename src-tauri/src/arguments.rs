//! What the program is started with.

use clap::{Parser, ValueEnum};
use key_custody::{ModulePathNotAbsolute, Modules, TokenKeyKind, TokenUri, TokenUriError};
use lifecycle::{KeyPlaceName, Policy, PolicyKey};
use std::path::PathBuf;

/// Certifikatguide: from invitation to signed security declaration, step by step.
///
/// Without a portal, of --portal or of the organisation's policy, it is in practice mode: it starts a practice portal of
/// its own, and its certificates give access to nothing. With one it takes no practice portal for a real one; --practice
/// says that --portal is one, and without --portal it practises whatever the policy names.
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
    /// Practise: with the portal of --portal, else with one of its own; kept apart from what is real
    #[arg(long)]
    pub practice: bool,
    /// Where a new key is made and kept: `keychain`, or the address of a token (`pkcs11:token=…`, as
    /// `certifikat tokens` prints it) [default: where the key is that there is, else the keychain]
    #[arg(long, value_name = "keychain|pkcs11:URI", value_parser = key_place)]
    pub key: Option<KeyPlaceName>,
    /// Which kind of key a token makes; in the keychain it is always RSA
    #[arg(long, value_enum, default_value_t = KeyKind::Rsa3072)]
    pub key_kind: KeyKind,
    /// The module (PKCS#11) that speaks to the token, by its whole path [default: those that p11-kit knows]
    #[arg(long, value_name = "FILE", value_parser = pkcs11_module)]
    pub pkcs11_module: Option<PathBuf>,
    /// Save documents into this folder without asking where (for tests and tours, which cannot answer a dialog)
    #[arg(long, value_name = "DIR", hide = true)]
    pub save_to: Option<PathBuf>,
    /// Open this certificate file without asking which (for tests and tours, which cannot answer a dialog)
    #[arg(long, value_name = "FILE", hide = true)]
    pub open_from: Option<PathBuf>,
    /// The organisation's policy, for trying one out where this computer has none
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Hear what the portal knows of the certificate this often (for tests, which do not wait for an hour)
    #[arg(long, value_name = "SECONDS", hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub watch_every: Option<u64>,
    /// Print what the packages bring beside the program, and end
    #[arg(long, value_enum, hide = true)]
    pub print: Option<Printed>,
}

/// What the packages bring beside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Printed {
    /// Its manual page
    Manual,
    /// What bash completes its options with
    Bash,
    /// What zsh completes them with
    Zsh,
    /// What fish completes them with
    Fish,
}

/// Which kind of key a token makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKind {
    /// RSA of 3,072 bits
    #[value(name = "rsa-3072")]
    Rsa3072,
    /// ECDSA on P-256, for tokens whose RSA ends at 2,048 bits
    #[value(name = "ec-p256")]
    EcP256,
}

/// Where keys are kept, as the program was started. The window has no say in it.
#[derive(Debug, Clone, Default)]
pub struct KeyChoice {
    /// The place; where none is named, that of the key that there is, else the keychain.
    pub place: Option<KeyPlaceName>,
    /// Which kind of key a token makes.
    pub kind: TokenKeyKind,
    /// Which modules may be loaded.
    pub modules: Modules,
}

fn key_place(typed: &str) -> Result<KeyPlaceName, TokenUriError> {
    if typed == "keychain" { Ok(KeyPlaceName::default()) } else { Ok(typed.parse::<TokenUri>()?.into()) }
}

fn pkcs11_module(typed: &str) -> Result<PathBuf, ModulePathNotAbsolute> {
    Ok(Modules::listed([PathBuf::from(typed)])?.paths()[0].clone())
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
    /// Where arguments and policy say that keys are kept.
    pub fn key_choice(&self, policy: &Policy) -> KeyChoice {
        let module = policy.in_force(PolicyKey::Pkcs11Module, self.pkcs11_module.as_deref(), policy.pkcs11_module());
        KeyChoice {
            place: self.key.clone(),
            kind: match self.key_kind {
                KeyKind::Rsa3072 => TokenKeyKind::Rsa3072,
                KeyKind::EcP256 => TokenKeyKind::EcdsaP256,
            },
            // Both are whole paths already.
            modules: match module {
                Some((module, _)) => Modules::listed([module.to_owned()]).unwrap_or_default(),
                None => Modules::of_p11_kit(),
            },
        }
    }

    /// Which portal the arguments name, else the policy.
    pub fn portal_choice(&self, policy: &Policy) -> PortalChoice {
        let trust_anchor = policy.in_force(PolicyKey::TrustAnchor, self.trust_anchor.as_deref(), policy.trust_anchor());
        match (self.portal.as_deref().or(policy.portal()), trust_anchor) {
            _ if self.practice && self.portal.is_none() => PortalChoice::OwnPractice,
            (Some(address), Some((trust_anchor, _))) => PortalChoice::At {
                address: address.to_owned(),
                trust_anchor: trust_anchor.to_owned(),
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
        assert_eq!(arguments.portal_choice(&Policy::default()), PortalChoice::OwnPractice);
    }

    #[test]
    fn the_policys_portal_is_used_where_none_is_named_and_practice_is_always_there() {
        let text = "portal = \"https://policy.example\"\ntrust_anchor = \"/policy.pem\"\n";
        let open = Policy::parse(text.as_bytes()).expect("a policy");
        let locked = Policy::parse(format!("{text}locked = [\"trust_anchor\"]").as_bytes()).expect("a policy");
        let chosen = |typed: &[&str], policy: &Policy| {
            let arguments = Arguments::try_parse_from([&["certifikatguide"][..], typed].concat());
            arguments.expect("arguments").portal_choice(policy)
        };
        let at = |address: &str, anchor: &str| PortalChoice::At {
            address: address.into(),
            trust_anchor: PathBuf::from(anchor),
            practice: false,
        };
        assert_eq!(chosen(&[], &open), at("https://policy.example", "/policy.pem"));
        assert_eq!(chosen(&["--practice"], &open), PortalChoice::OwnPractice);
        let named = ["--portal", "https://portal.example", "--trust-anchor", "anchor.pem"];
        assert_eq!(chosen(&named, &open), at("https://portal.example", "anchor.pem"));
        assert_eq!(chosen(&named, &locked), at("https://portal.example", "/policy.pem"));
    }

    #[test]
    fn a_key_is_kept_where_the_one_that_starts_the_program_says_and_its_modules_come_from_nowhere_else() {
        let parsed = |arguments: &[&str]| Arguments::try_parse_from([&["certifikatguide"][..], arguments].concat());
        let choice = parsed(&[]).expect("no argument is needed").key_choice(&Policy::default());
        assert_eq!((choice.place, choice.kind), (None, TokenKeyKind::Rsa3072));
        let choice =
            parsed(&["--key", "pkcs11:token=Kort", "--pkcs11-module", "/opt/card.so", "--key-kind", "ec-p256"]);
        let choice = choice.expect("a token").key_choice(&Policy::default());
        assert_eq!(choice.place.expect("a place").as_str(), "pkcs11:token=Kort");
        assert_eq!(
            (choice.kind, choice.modules.paths()),
            (TokenKeyKind::EcdsaP256, &[PathBuf::from("/opt/card.so")][..])
        );
        assert!(parsed(&["--key", "pkcs11:token=Kort?module-path=/tmp/evil.so"]).is_err());
        assert!(parsed(&["--pkcs11-module", "card.so"]).is_err());
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
            assert_eq!(arguments.portal_choice(&Policy::default()), expected);
        }
    }
}
