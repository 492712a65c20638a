//! A token as a backend of the contract, and what its own tools say of it.

use crate::sessions::Session;
use crate::suite::{Backend, ECDSA, RSA, password};
use key_custody::{KeyPlace, Modules, OsKeychain, Pkcs11Token, TokenKeyKind, TokenUri, tokens};
use lifecycle::Password;
use pki::SignatureAlgorithm;
use std::path::PathBuf;
use std::process::{Command, Output};

pub(crate) const PIN: &str = "246810";

pub(crate) struct Token {
    pub(crate) uri: TokenUri,
    pub(crate) module: PathBuf,
    pub(crate) kind: TokenKeyKind,
}

impl Token {
    pub(crate) fn labelled(label: &str, kind: TokenKeyKind) -> Self {
        Self { uri: uri(&format!("token={label}")), module: Session::module(), kind }
    }

    pub(crate) fn modules(&self) -> Modules {
        Modules::listed([self.module.clone()]).expect("a whole path")
    }

    /// The `CKA_ID`s of the public keys on the token, as the token says.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        let survey = tokens(&self.modules());
        let of_this = survey.tokens.into_iter().filter(|token| Some(token.label.as_str()) == self.uri.label());
        of_this.flat_map(|token| token.keys).map(|key| key.id).collect()
    }

    /// The token by itself.
    pub(crate) fn store(&self) -> Pkcs11Token {
        Pkcs11Token::new(self.uri.clone(), self.modules(), self.kind, OsKeychain::new())
    }

    /// What OpenSC's tool sees on the token with the PIN.
    pub(crate) fn listed(&self) -> String {
        String::from_utf8_lossy(&self.tool(&["--list-objects"]).stdout).into_owned()
    }

    /// A key that somebody else made on the token.
    pub(crate) fn make_foreign_key(&self) {
        self.tool(&["--keypairgen", "--key-type", "EC:prime256v1", "--label", "fremmed", "--id", "f00d"]);
    }

    /// OpenSC's tool on this token, with the PIN.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Output {
        let label = self.uri.label().expect("these have labels");
        let output = Command::new("pkcs11-tool")
            .arg("--module")
            .arg(&self.module)
            .args(["--token-label", label, "--login", "--pin", PIN])
            .args(arguments)
            .output()
            .expect("pkcs11-tool is there");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

impl Backend for Token {
    type Store = KeyPlace;

    fn started(&self) -> KeyPlace {
        KeyPlace::named(&self.uri.to_string(), self.modules(), self.kind).expect("a place")
    }

    fn right(&self) -> Password {
        password(PIN)
    }

    fn wrong(&self) -> Vec<Password> {
        ["246811", "", &"1".repeat(Password::LONGEST + 1)].map(password).into()
    }

    fn algorithms(&self) -> &'static [SignatureAlgorithm] {
        match self.kind {
            TokenKeyKind::Rsa3072 => RSA,
            TokenKeyKind::EcdsaP256 => ECDSA,
        }
    }

    fn what_belongs_to_others(&self) -> Vec<String> {
        self.keys().into_iter().filter(|id| id.len() != 16).map(|id| format!("{id:?}")).collect()
    }
}

pub(crate) fn uri(attributes: &str) -> TokenUri {
    let encoded: String = attributes
        .bytes()
        .map(|byte| if byte.is_ascii() && byte != b' ' { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect();
    format!("pkcs11:{encoded}").parse().expect("an address")
}
