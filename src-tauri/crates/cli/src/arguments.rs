//! What can be typed, and what it means. The usage is stable: other programs call it.

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use declaration::DetailField;
use key_custody::{ModulePathNotAbsolute, Modules, TokenKeyKind, TokenUri, TokenUriError};
use lifecycle::{KeyPlaceName, Language, OnEarlier, RevocationReason};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The employee certificate from the command line.
///
/// Exit status: 0 it holds or is done; 1 it does not hold or was refused; 2 misuse; 3 it cannot be told (no network, no
/// keychain, no status). Secrets are read from standard input, one a line, and from nowhere else. Results go to
/// standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "certifikat", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// The folder in which the journey is kept; the window uses the same one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The language of what people read [default: the policy's, else Danish]
    #[arg(long, global = true, value_enum)]
    pub(crate) language: Option<LanguageArgument>,
    /// Print one JSON object: the result on standard output, a problem on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The module (PKCS#11) that speaks to the token, by its whole path; otherwise those that p11-kit knows
    #[arg(long, global = true, value_name = "FILE", value_parser = pkcs11_module)]
    pub(crate) pkcs11_module: Option<PathBuf>,
    /// The organisation's policy, for trying one out where this computer has none; the computer's own always wins
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageArgument {
    /// Danish
    Da,
    /// English
    En,
}

impl From<LanguageArgument> for Language {
    fn from(value: LanguageArgument) -> Self {
        match value {
            LanguageArgument::Da => Self::Da,
            LanguageArgument::En => Self::En,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open an invitation, make the key, fetch the certificate and register this computer
    ///
    /// Goes on from where an earlier call stopped. Standard input: the one-time code on the first line, the password on
    /// the second; with --practice the password alone. The answer holds the revocation code, which is shown this once. Where the employee has certificates
    /// already, --keep-earlier or --supersede-earlier has to say what is to happen to them; without, they are listed and
    /// the exit status is 1.
    Enrol(Enrol),
    /// Take a certificate with its key out of a file (PKCS #12) into the keychain, and register this computer
    ///
    /// Goes on from where an earlier call stopped. Standard input: the file's own password on the first line (empty
    /// where it has none), the new password for the key on the second. Where the file holds several employee
    /// certificates, they are listed and the exit status is 1; --serial then says which. The answer holds the revocation
    /// code, which is shown this once.
    Import(Import),
    /// Answer whether the certificate's details are correct
    ///
    /// One wrong detail stops the journey, and the portal revokes the certificate.
    Review(Review),
    /// Print the terms in force, their consents, and their SHA-256
    Terms,
    /// Sign the declaration and deliver it
    ///
    /// Standard input: the password. Signing takes every consent in the terms: --accept-terms alone gives them all;
    /// with --consent they are given one by one, and nothing is signed while one is missing.
    Sign(Sign),
    /// Deliver a declaration that is signed but has not reached the portal
    ///
    /// Standard input: the password.
    Deliver(PasswordInput),
    /// Choose another password for the key
    ///
    /// Standard input: the password until now on the first line, the new one on the second. The key stays the same, and
    /// nobody is asked; on a token, the PIN is the token's own and is not changed here.
    ChangePassword(PasswordInput),
    /// Show where the journey stands, as read at the portal where that is possible, and how the key was used last
    ///
    /// Exit status 1 where there is no journey or the certificate is suspended, stopped, revoked or expired; 3 where the
    /// portal could not be asked, and what this computer knows is shown instead. With --read-back also 1 where one of the
    /// three ways says that the certificate is suspended or revoked, and 3 where one of them could not be read.
    Status(Status),
    /// Show what was done with the certificate at the portal, and whether this computer knows of it
    ///
    /// Exit status 1 where something was done that this computer knows nothing of; 3 where the portal could not be
    /// asked, and what this computer knows is shown instead.
    Activities(Activities),

    /// List the declarations that were delivered from this computer
    ///
    /// Each with the level that it has reached: B-B (signed), B-T (the time is proven), B-LT (it can be verified many years
    /// from now). Exit status 1 where there is none.
    Declarations(Declarations),
    /// Suspend the certificate on suspicion of misuse; needs no password
    ///
    /// The key is locked on this computer at once, also where the portal cannot be told now; then call it again. With
    /// --reference and --code-stdin it is suspended from any computer, without its key: standard input is then the
    /// revocation code that was shown at enrolment.
    Suspend(Suspend),
    /// Revoke the certificate, for good: it can never be used again
    ///
    /// Standard input: the password. With --reference and --code-stdin it is revoked from any computer, without its key:
    /// standard input is then the revocation code that was shown at enrolment.
    Revoke(Revoke),
    /// Replace the certificate, before it expires, by a new one with a new key
    ///
    /// Standard input: the password, which opens the new key as well. Goes on from where an earlier call stopped; the
    /// certificate in use stays so until the new one is registered. The answer holds its revocation code, which is shown
    /// this once.
    Renew(PasswordInput),
    /// Get a new revocation code; the one before no longer works
    ///
    /// Standard input: the password. The code is shown this once.
    RevocationCode(PasswordInput),
    /// Give up a journey that has no certificate in use, and delete its key
    ///
    /// Where this computer is registered, the portal suspends the certificate first.
    StartOver,
    /// Save the signed declaration or the portal's receipt, or copy the certificate with its key into a file
    ///
    /// Never over an existing file. With --out: where the organisation's policy allows it, the certificate with its key
    /// and its chain as PKCS #12, for its owner alone. Standard input is then the password on the first line, and the
    /// password for the file on the second.
    Export(Export),
    /// Verify a signed declaration: signature, path, terms, and that it is what its data says
    ///
    /// The status (CRL, OCSP) of the signer's certificate is not asked for. A declaration made for practice is accepted
    /// where the practice portal's trust anchor is given, and is then called that. The terms that ship with the program
    /// are known; one of other terms, an organisation's own, holds where --terms names their file, and is terms-unknown
    /// without.
    Verify(Verify),
    /// List the tokens of this computer that keys can be kept on: cards, USB keys, the TPM
    ///
    /// Asks for no PIN. Modules that do not work are listed with the reason.
    Tokens,
    /// Find out why one cannot sign: every certificate of this computer and everything that stops it
    ///
    /// Tries keychain, journal, proxy, portal, clock, OCSP and revocation lists one by one, and shows what the
    /// organisation's policy allows. Exit status 0 where a
    /// certificate can be used and everything works, 1 where something is wrong, 3 where all that was found is that
    /// somebody does not answer.
    Doctor(Doctor),
    /// Describe a certificate: PEM, DER, PKCS #7 or PKCS #12
    Inspect(Inspect),
    /// Judge a certificate's path, profile and validity
    ///
    /// The status comes from the files given with --crl and --ocsp; nothing is fetched.
    Validate(Validate),
    /// Print what a shell completes these commands with
    ///
    /// The packages bring it for bash, zsh and fish. Elsewhere, as for PowerShell, the shell's own profile reads it.
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual pages into a folder (for the packages)
    #[command(hide = true)]
    Manual {
        /// Where to
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Enrol {
    #[command(flatten)]
    pub(crate) portal: NamedPortal,
    /// The invitation's reference number
    #[arg(long, value_name = "REF", required_unless_present = "practice")]
    pub(crate) reference: Option<String>,
    /// Read the one-time code from standard input, on the line before the password (the only way)
    #[arg(long, required_unless_present = "practice")]
    pub(crate) code_stdin: bool,
    /// Practise: take a made-up invitation from the portal, which must be named and one for practice, so that none of an
    /// LRA is needed; --data names a folder of its own, so that what is practised stays out of the window's
    #[arg(long, conflicts_with_all = ["reference", "code_stdin"])]
    pub(crate) practice: bool,
    #[command(flatten)]
    pub(crate) password: PasswordInput,
    /// Where the key is made and kept: `keychain`, encrypted under the password, or the address of a token
    /// (`pkcs11:token=…`, as `certifikat tokens` prints it), whose PIN then takes the place of the password; later
    /// calls find it by themselves. Without it, the keychain
    #[arg(long, value_name = "keychain|pkcs11:URI", value_parser = key_place)]
    pub(crate) key: Option<KeyPlaceName>,
    /// Which kind of key a token makes; in the keychain it is always RSA
    #[arg(long, value_enum, default_value_t = KeyKindArgument::Rsa3072)]
    pub(crate) key_kind: KeyKindArgument,
    #[command(flatten)]
    pub(crate) earlier: EarlierDecision,
}

/// The portal that a journey begins with.
#[derive(Debug, Args)]
pub(crate) struct NamedPortal {
    /// The portal's address: https://host or https://host:port [default: the policy's]
    #[arg(long, value_name = "URL")]
    pub(crate) portal: Option<String>,
    /// Where the portal's own certificate and the employee's must lead (PEM); remembered for later calls [default: the
    /// policy's]
    #[arg(long, value_name = "FILE")]
    pub(crate) trust_anchor: Option<PathBuf>,
}

/// What is to happen to the employee's earlier certificates.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct EarlierDecision {
    /// The employee's earlier certificates stay in use
    #[arg(long)]
    pub(crate) keep_earlier: bool,
    /// The employee's earlier certificates are revoked once the new one is in use
    #[arg(long)]
    pub(crate) supersede_earlier: bool,
}

impl EarlierDecision {
    pub(crate) fn decided(&self) -> Option<OnEarlier> {
        match (self.keep_earlier, self.supersede_earlier) {
            (true, _) => Some(OnEarlier::Keep),
            (false, true) => Some(OnEarlier::Supersede),
            (false, false) => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The certificate with its key: PKCS #12 (.p12, .pfx)
    pub(crate) file: PathBuf,
    /// Which of several employee certificates, by its serial number
    #[arg(long, value_name = "HEX", value_parser = serial_number)]
    pub(crate) serial: Option<String>,
    #[command(flatten)]
    pub(crate) portal: NamedPortal,
    #[command(flatten)]
    pub(crate) password: PasswordInput,
}

/// Names a certificate whose key and computer need not be at hand.
#[derive(Debug, Args)]
pub(crate) struct ByCode {
    /// The reference number that was shown with the revocation code
    #[arg(long, value_name = "REF", requires_all = ["code_stdin", "portal", "trust_anchor"])]
    pub(crate) reference: Option<String>,
    /// Read the revocation code from standard input (the only way)
    #[arg(long, requires = "reference")]
    pub(crate) code_stdin: bool,
    /// The portal's address: https://host or https://host:port
    #[arg(long, value_name = "URL", requires = "reference")]
    pub(crate) portal: Option<String>,
    /// Where the portal's own certificate must lead (PEM)
    #[arg(long, value_name = "FILE", requires = "reference")]
    pub(crate) trust_anchor: Option<PathBuf>,
}

/// What [`ByCode`] names, whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedByCode<'a> {
    pub(crate) reference: &'a str,
    pub(crate) portal: &'a str,
    pub(crate) trust_anchor: &'a Path,
}

impl ByCode {
    /// `None` where the certificate of this computer is meant.
    pub(crate) fn named(&self) -> Option<NamedByCode<'_>> {
        // The parser takes all of them or none.
        Some(NamedByCode {
            reference: self.reference.as_deref()?,
            portal: self.portal.as_deref()?,
            trust_anchor: self.trust_anchor.as_deref()?,
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct Suspend {
    #[command(flatten)]
    pub(crate) by_code: ByCode,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Why
    #[arg(long, value_enum)]
    pub(crate) reason: ReasonArgument,
    #[command(flatten)]
    pub(crate) by_code: ByCode,
    /// Read the password from standard input (the only way; the option may be left out)
    #[arg(long, conflicts_with = "reference")]
    pub(crate) password_stdin: bool,
}

/// Why a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReasonArgument {
    /// A detail in it is wrong
    WrongDetails,
    /// The key is, or may be, in other hands
    KeyCompromise,
    /// Name, e-mail address or employer have changed
    AffiliationChanged,
    /// Another certificate took its place
    Superseded,
    /// It is not needed any more
    CessationOfOperation,
}

impl From<ReasonArgument> for RevocationReason {
    fn from(value: ReasonArgument) -> Self {
        match value {
            ReasonArgument::WrongDetails => Self::WrongDetails,
            ReasonArgument::KeyCompromise => Self::KeyCompromise,
            ReasonArgument::AffiliationChanged => Self::AffiliationChanged,
            ReasonArgument::Superseded => Self::Superseded,
            ReasonArgument::CessationOfOperation => Self::CessationOfOperation,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Activities {
    /// Show what this computer knows; do not ask the portal
    #[arg(long)]
    pub(crate) offline: bool,
    /// The employee knows of this one, by its id: it is not suspicious any more
    #[arg(long, value_name = "ID")]
    pub(crate) acknowledge: Option<String>,
}

/// Which kind of key a token makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKindArgument {
    /// RSA of 3,072 bits
    #[value(name = "rsa-3072")]
    Rsa3072,
    /// ECDSA on P-256, for tokens whose RSA ends at 2,048 bits
    #[value(name = "ec-p256")]
    EcP256,
}

impl From<KeyKindArgument> for TokenKeyKind {
    fn from(value: KeyKindArgument) -> Self {
        match value {
            KeyKindArgument::Rsa3072 => Self::Rsa3072,
            KeyKindArgument::EcP256 => Self::EcdsaP256,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PasswordInput {
    /// Read the password from standard input (the only way; the option may be left out)
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Review {
    #[command(flatten)]
    pub(crate) answers: ReviewAnswers,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ReviewAnswers {
    /// Every detail is correct
    #[arg(long)]
    pub(crate) confirm_all: bool,
    /// These details are wrong, all others are correct
    #[arg(long, value_enum, num_args = 1.., value_name = "FIELD")]
    pub(crate) wrong: Vec<FieldArgument>,
}

/// A detail of the certificate, by the name that it has everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FieldArgument {
    /// The employee's name
    Name,
    /// The employer's name
    Organisation,
    /// The employer's CVR number
    Cvr,
    /// The employee id
    EmployeeId,
    /// The e-mail address
    Email,
    /// Who issued the certificate
    Issuer,
    /// From when and until when it is valid
    Validity,
    /// What it is for
    Purpose,
}

impl From<FieldArgument> for DetailField {
    fn from(value: FieldArgument) -> Self {
        match value {
            FieldArgument::Name => Self::Name,
            FieldArgument::Organisation => Self::Organisation,
            FieldArgument::Cvr => Self::Cvr,
            FieldArgument::EmployeeId => Self::EmployeeId,
            FieldArgument::Email => Self::Email,
            FieldArgument::Issuer => Self::Issuer,
            FieldArgument::Validity => Self::Validity,
            FieldArgument::Purpose => Self::Purpose,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// SHA-256 of the terms that were read, as `certifikat terms` prints it
    #[arg(long, value_name = "SHA256", value_parser = sha256)]
    pub(crate) accept_terms: String,
    /// Give this consent; left out altogether, every consent in the terms is given
    #[arg(long, value_name = "ID")]
    pub(crate) consent: Vec<String>,
    #[command(flatten)]
    pub(crate) password: PasswordInput,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Show what this computer knows; do not ask the portal
    #[arg(long)]
    pub(crate) offline: bool,
    /// Read the certificate's state back three ways, each by itself: at the portal, by OCSP, and in the revocation list
    #[arg(long, conflicts_with = "offline")]
    pub(crate) read_back: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Which document
    #[arg(value_enum, requires = "file", required_unless_present = "out")]
    pub(crate) document: Option<DocumentArgument>,
    /// Where to (PDF, or ZIP for the evidence)
    pub(crate) file: Option<PathBuf>,
    /// Of an earlier declaration, by its id (see: certifikat declarations); evidence only
    #[arg(long, value_name = "ID", requires = "file")]
    pub(crate) declaration: Option<Uuid>,
    /// Copy the certificate with its key into this file (PKCS #12)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["document", "file"])]
    pub(crate) out: Option<PathBuf>,
    /// Read the two passwords from standard input (the only way; the option may be left out)
    #[arg(long, conflicts_with_all = ["document", "file"])]
    pub(crate) password_stdin: bool,
}

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Exported<'a> {
    /// A document of the journey.
    Document(DocumentArgument, &'a Path),
    /// The certificate with its key.
    Certificate(&'a Path),
}

impl Export {
    /// `None` is what the parser does not let through.
    pub(crate) fn exported(&self) -> Option<Exported<'_>> {
        match &self.out {
            Some(out) => Some(Exported::Certificate(out)),
            None => Some(Exported::Document(self.document?, self.file.as_deref()?)),
        }
    }
}

/// A document that the journey leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentArgument {
    /// The signed declaration
    Declaration,
    /// The portal's signed receipt
    Receipt,
    /// Both with all that somebody else needs to verify them (ZIP)
    Evidence,
}

#[derive(Debug, Args)]
pub(crate) struct Declarations {
    /// Only those in which every one of these words occurs: a name, a date (2026-11-24), a serial number
    pub(crate) search: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The signed declaration (PDF)
    #[arg(value_name = "DECLARATION.pdf")]
    pub(crate) file: PathBuf,
    /// Where the signer's certificate must lead (PEM)
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) trust: Vec<PathBuf>,
    /// Further terms that the declaration may accept (JSON, unchanged as the portal has them)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) terms: Vec<PathBuf>,
    /// The time to judge at; otherwise now
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub(crate) at: Option<DateTime<Utc>>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Certificate files to look at as well: PEM, DER, PKCS #7 or PKCS #12
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Read the password of the PKCS #12 files from standard input
    #[arg(long, requires = "files")]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The certificate: PEM, DER, PKCS #7 or PKCS #12; of several the employee's, else the first
    pub(crate) file: PathBuf,
    /// Read the password of a PKCS #12 file from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// The certificate; further ones in a PEM file are taken as intermediates
    pub(crate) file: PathBuf,
    /// Where the path must end (PEM)
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) trust: Vec<PathBuf>,
    /// Certificates between it and the trust anchor
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) intermediate: Vec<PathBuf>,
    /// Revocation lists (PEM or DER), complete, partitioned and delta, in any order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) crl: Vec<PathBuf>,
    /// An OCSP response about the certificate (DER)
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Option<PathBuf>,
    /// The time to judge at; otherwise now
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// Which certificates are asked for
    #[arg(long, value_enum, default_value_t = ProfileArgument::OcesEmployee)]
    pub(crate) profile: ProfileArgument,
}

/// Which certificates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArgument {
    /// OCES employee certificates
    OcesEmployee,
    /// Employee certificates of a practice portal, which give access to nothing
    PracticeEmployee,
    /// All
    Any,
}

impl From<ProfileArgument> for pki::Profile {
    fn from(value: ProfileArgument) -> Self {
        match value {
            ProfileArgument::OcesEmployee => Self::OcesEmployee,
            ProfileArgument::PracticeEmployee => Self::PracticeEmployee,
            ProfileArgument::Any => Self::Any,
        }
    }
}

fn key_place(typed: &str) -> Result<KeyPlaceName, TokenUriError> {
    if typed == "keychain" { Ok(KeyPlaceName::default()) } else { Ok(typed.parse::<TokenUri>()?.into()) }
}

fn pkcs11_module(typed: &str) -> Result<PathBuf, ModulePathNotAbsolute> {
    Ok(Modules::listed([PathBuf::from(typed)])?.paths()[0].clone())
}

/// As certificates are told apart here: lower-case hexadecimal, without separators and leading zeros.
fn serial_number(typed: &str) -> Result<String, String> {
    let digits: String = typed.chars().filter(|character| !matches!(character, ':' | ' ')).collect();
    // [RFC 5280 §4.1.2.2]: at most 20 octets, and one for the sign.
    if digits.is_empty() || digits.len() > 42 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a serial number has 1 to 42 hexadecimal digits".into());
    }
    Ok(digits.trim_start_matches('0').to_ascii_lowercase())
}

fn sha256(typed: &str) -> Result<String, String> {
    let hexadecimal = typed.to_ascii_lowercase();
    if hexadecimal.len() == 64 && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(hexadecimal)
    } else {
        Err("a SHA-256 has 64 hexadecimal digits".into())
    }
}

fn instant(typed: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(typed)
        .map(|instant| instant.with_timezone(&Utc))
        .map_err(|_| "a time is written as in 2026-11-24T12:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    fn parse(line: &str) -> Result<Arguments, ErrorKind> {
        Arguments::try_parse_from(line.split(' ')).map_err(|error| error.kind())
    }

    #[test]
    fn the_usage_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn enrolment_reads_its_secrets_from_standard_input_only() {
        let line = "certifikat enrol --portal https://localhost:1 --reference AMP-1 --trust-anchor a.pem";
        assert_eq!(parse(line).err(), Some(ErrorKind::MissingRequiredArgument));
        assert!(parse(&format!("{line} --code-stdin --key keychain --password-stdin")).is_ok());
        assert_eq!(parse(&format!("{line} --code-stdin --code X")).err(), Some(ErrorKind::UnknownArgument));
        assert_eq!(parse(&format!("{line} --code-stdin --key token")).err(), Some(ErrorKind::ValueValidation));
    }

    #[test]
    fn a_token_is_named_by_an_address_that_chooses_no_module_and_carries_no_pin() {
        let line = "certifikat enrol --portal https://localhost:1 --reference AMP-1 --trust-anchor a.pem --code-stdin";
        let Ok(Arguments { command: Command::Enrol(enrol), .. }) = parse(&format!("{line} --key pkcs11:token=Kort"))
        else {
            panic!("an enrolment");
        };
        assert_eq!(enrol.key.as_ref().map(KeyPlaceName::as_str), Some("pkcs11:token=Kort"));
        assert_eq!(enrol.key_kind, KeyKindArgument::Rsa3072);
        for refused in ["pkcs11:token=Kort?module-path=/tmp/evil.so", "pkcs11:token=Kort?pin-value=1234", "pkcs11:"] {
            assert_eq!(parse(&format!("{line} --key {refused}")).err(), Some(ErrorKind::ValueValidation), "{refused}");
        }
        assert!(parse("certifikat tokens --pkcs11-module /opt/card.so").is_ok());
        assert_eq!(parse("certifikat tokens --pkcs11-module card.so").err(), Some(ErrorKind::ValueValidation));
    }

    #[test]
    fn earlier_certificates_are_kept_or_superseded_and_never_both() {
        let line = "certifikat enrol --portal https://localhost:1 --reference AMP-1 --trust-anchor a.pem --code-stdin";
        for (option, expected) in [
            ("", None),
            (" --keep-earlier", Some(OnEarlier::Keep)),
            (" --supersede-earlier", Some(OnEarlier::Supersede)),
        ] {
            let Ok(Arguments { command: Command::Enrol(enrol), .. }) = parse(&format!("{line}{option}")) else {
                panic!("an enrolment");
            };
            assert_eq!(enrol.earlier.decided(), expected, "{option}");
        }
        let both = format!("{line} --keep-earlier --supersede-earlier");
        assert_eq!(parse(&both).err(), Some(ErrorKind::ArgumentConflict));
    }

    #[test]
    fn a_certificate_is_imported_from_a_file_with_the_portal_named() {
        let line = "certifikat import a.p12 --portal https://localhost:1 --trust-anchor a.pem";
        let Ok(Arguments { command: Command::Import(import), .. }) = parse(&format!("{line} --serial 00:0A:bC")) else {
            panic!("an import");
        };
        assert_eq!(import.serial.as_deref(), Some("abc"));
        for refused in ["xyz", "", &"1".repeat(43)] {
            let refused = Arguments::try_parse_from(line.split(' ').chain(["--serial", refused])).err();
            assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::ValueValidation));
        }
        assert_eq!(parse("certifikat import").err(), Some(ErrorKind::MissingRequiredArgument));
        assert_eq!(parse(&format!("{line} --password X")).err(), Some(ErrorKind::UnknownArgument));
        assert_eq!(
            parse(&format!("{line} --key pkcs11:token=Kort")).err(),
            Some(ErrorKind::UnknownArgument),
            "a key from a file is not put on a token"
        );
    }

    #[test]
    fn without_its_key_a_certificate_is_named_by_all_of_reference_code_portal_and_trust_anchor() {
        let rest = "--reference AMP-1 --code-stdin --portal https://localhost:1 --trust-anchor a.pem";
        for command in ["suspend", "revoke --reason key-compromise"] {
            assert!(parse(&format!("certifikat {command}")).is_ok(), "{command}");
            assert!(parse(&format!("certifikat {command} {rest}")).is_ok(), "{command}");
            for missing in ["--reference AMP-1", "--code-stdin", "--portal https://localhost:1", "--trust-anchor a.pem"]
            {
                let line = format!("certifikat {command} {rest}").replace(&format!(" {missing}"), "");
                assert_eq!(parse(&line).err(), Some(ErrorKind::MissingRequiredArgument), "{line}");
            }
        }
        let line = format!("certifikat revoke --reason superseded --password-stdin {rest}");
        assert_eq!(parse(&line).err(), Some(ErrorKind::ArgumentConflict));
    }

    #[test]
    fn a_revocation_needs_one_of_the_reasons() {
        assert_eq!(parse("certifikat revoke").err(), Some(ErrorKind::MissingRequiredArgument));
        assert_eq!(parse("certifikat revoke --reason boredom").err(), Some(ErrorKind::InvalidValue));
        for reason in ["wrong-details", "key-compromise", "affiliation-changed", "superseded", "cessation-of-operation"]
        {
            assert!(parse(&format!("certifikat revoke --reason {reason} --password-stdin")).is_ok(), "{reason}");
        }
    }

    #[test]
    fn a_document_or_the_certificate_is_exported_and_never_both() {
        let exported = |line: &str| match parse(line) {
            Ok(Arguments { command: Command::Export(export), .. }) => match export.exported() {
                Some(Exported::Document(document, _)) => Ok(Some(document)),
                Some(Exported::Certificate(_)) => Ok(None),
                None => panic!("{line}"),
            },
            Ok(_) => panic!("{line}"),
            Err(kind) => Err(kind),
        };
        assert_eq!(exported("certifikat export receipt r.pdf"), Ok(Some(DocumentArgument::Receipt)));
        assert_eq!(exported("certifikat export --out c.p12 --password-stdin"), Ok(None));
        for (line, kind) in [
            ("certifikat export", ErrorKind::MissingRequiredArgument),
            ("certifikat export receipt", ErrorKind::MissingRequiredArgument),
            ("certifikat export receipt r.pdf --out c.p12", ErrorKind::ArgumentConflict),
            ("certifikat export receipt r.pdf --password-stdin", ErrorKind::ArgumentConflict),
            ("certifikat export --password-stdin", ErrorKind::MissingRequiredArgument),
        ] {
            assert_eq!(exported(line), Err(kind), "{line}");
        }
    }

    #[test]
    fn what_is_read_back_is_not_read_offline() {
        assert!(parse("certifikat status --read-back --json").is_ok());
        assert_eq!(parse("certifikat status --read-back --offline").err(), Some(ErrorKind::ArgumentConflict));
    }

    #[test]
    fn a_review_confirms_all_or_names_what_is_wrong_and_never_both() {
        assert!(parse("certifikat review --confirm-all").is_ok());
        assert_eq!(parse("certifikat review").err(), Some(ErrorKind::MissingRequiredArgument));
        assert_eq!(parse("certifikat review --confirm-all --wrong name").err(), Some(ErrorKind::ArgumentConflict));
        assert_eq!(parse("certifikat review --wrong shoe-size").err(), Some(ErrorKind::InvalidValue));
        let Ok(Arguments { command: Command::Review(review), .. }) =
            parse("certifikat review --wrong employee-id email")
        else {
            panic!("a review");
        };
        assert_eq!(review.answers.wrong, [FieldArgument::EmployeeId, FieldArgument::Email]);
    }

    #[test]
    fn terms_are_accepted_by_their_hash_in_any_case() {
        let Ok(Arguments { command: Command::Sign(sign), .. }) =
            parse(&format!("certifikat sign --accept-terms {}", "AB".repeat(32)))
        else {
            panic!("a signature");
        };
        assert_eq!(sign.accept_terms, "ab".repeat(32));
        assert_eq!(parse("certifikat sign --accept-terms yes").err(), Some(ErrorKind::ValueValidation));
        assert_eq!(parse("certifikat sign").err(), Some(ErrorKind::MissingRequiredArgument));
    }

    #[test]
    fn a_verification_needs_a_trust_anchor_and_takes_a_time() {
        assert_eq!(parse("certifikat verify d.pdf").err(), Some(ErrorKind::MissingRequiredArgument));
        assert!(parse("certifikat verify d.pdf --trust a.pem b.pem --at 2026-11-24T12:00:00+01:00 --json").is_ok());
        let with_terms = parse("certifikat verify d.pdf --trust a.pem --terms da.json en.json");
        assert!(
            matches!(with_terms, Ok(Arguments { command: Command::Verify(verify), .. }) if verify.terms.len() == 2)
        );
        assert_eq!(
            parse("certifikat verify d.pdf --trust a.pem --at yesterday").err(),
            Some(ErrorKind::ValueValidation)
        );
    }

    #[test]
    fn the_doctor_takes_files_or_none_and_a_password_for_files_only() {
        assert!(parse("certifikat doctor --json").is_ok());
        let Ok(Arguments { command: Command::Doctor(doctor), .. }) =
            parse("certifikat doctor a.pem b.p12 --password-stdin")
        else {
            panic!("a doctor");
        };
        assert!(doctor.files.len() == 2 && doctor.password_stdin);
        assert_eq!(parse("certifikat doctor --password-stdin").err(), Some(ErrorKind::MissingRequiredArgument));
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in
            ["certifikat --json --language en --data d status", "certifikat status --json --language en --data d"]
        {
            let arguments = parse(line).expect("arguments");
            assert!(arguments.json && arguments.language == Some(LanguageArgument::En) && arguments.data.is_some());
        }
    }
}
