//! The closed list of problems that a person is told about, and what each is called in each language.
//!
//! The texts are data (`problems/da.json`, `problems/en.json`), shared by the window and the command line. A test
//! fails on a gap.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

macro_rules! problem_codes {
    ($($(#[$documentation:meta])* $code:ident = $name:literal,)*) => {
        /// A problem that a person is told about. Every code has title, cause and remedy in every language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ProblemCode {
            $($(#[$documentation])* #[serde(rename = $name)] $code,)*
        }

        impl ProblemCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code's stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

problem_codes! {
    /// The reference number is not in the form of one.
    ReferenceMalformed = "reference-malformed",
    /// The one-time code is not in the form of one.
    CodeMalformed = "code-malformed",
    /// The one-time code must be typed again.
    CodeNeeded = "code-needed",
    /// Reference number and code do not belong together.
    CodeWrong = "code-wrong",
    /// Too many wrong codes.
    CodeLocked = "code-locked",
    /// Reference number and revocation code do not belong together.
    RevocationCodeWrong = "revocation-code-wrong",
    /// Too many wrong revocation codes.
    RevocationCodeLocked = "revocation-code-locked",
    /// The invitation has expired.
    InvitationExpired = "invitation-expired",
    /// The invitation was used for another key.
    InvitationUsed = "invitation-used",
    /// The portal cannot be reached.
    PortalUnreachable = "portal-unreachable",
    /// The portal shows another TLS certificate than expected.
    PortalCertificateUnexpected = "portal-certificate-unexpected",
    /// The portal failed.
    PortalFailed = "portal-failed",
    /// The portal's answer cannot be used.
    PortalAnswerUnusable = "portal-answer-unusable",
    /// The portal does not allow it.
    PortalRefused = "portal-refused",
    /// The practice portal did not start.
    PracticePortalFailed = "practice-portal-failed",
    /// No keychain answers.
    KeychainAbsent = "keychain-absent",
    /// The keychain is locked.
    KeychainLocked = "keychain-locked",
    /// The keychain does not keep what is written to it.
    KeychainUnreliable = "keychain-unreliable",
    /// The keychain takes no secret of a key's size.
    KeychainTooSmall = "keychain-too-small",
    /// The key is no longer in the keychain.
    KeyMissing = "key-missing",
    /// What the keychain holds is not the key.
    KeyDamaged = "key-damaged",
    /// The key could not be made or used.
    KeyFailed = "key-failed",
    /// The key is kept in another place than the one that was chosen.
    KeyElsewhere = "key-elsewhere",
    /// The token is not in the computer.
    TokenAbsent = "token-absent",
    /// What speaks to tokens on this computer is missing or does not work.
    TokenModuleUnusable = "token-module-unusable",
    /// Several tokens answer to the address.
    TokenAmbiguous = "token-ambiguous",
    /// The PIN is wrong.
    PinWrong = "pin-wrong",
    /// The PIN is wrong, and one more wrong one locks it.
    PinWrongLastTry = "pin-wrong-last-try",
    /// The PIN is locked.
    PinLocked = "pin-locked",
    /// The token has no PIN yet.
    PinNotSet = "pin-not-set",
    /// The PIN has to be changed first.
    PinToBeChanged = "pin-to-be-changed",
    /// What opens the key is the token's own PIN, which is not changed here.
    PinOfToken = "pin-of-token",
    /// Nothing can be written to the token.
    TokenWriteProtected = "token-write-protected",
    /// The token has no room for a key.
    TokenFull = "token-full",
    /// The token does not make such keys.
    TokenUnsuitable = "token-unsuitable",
    /// The password of the certificate file is wrong.
    ContainerPasswordWrong = "container-password-wrong",
    /// The certificate file holds no private key for the certificate.
    ContainerWithoutKey = "container-without-key",
    /// The certificate file cannot be read.
    ContainerDamaged = "container-damaged",
    /// The certificate file holds no employee certificate, or several and none was chosen.
    ContainerCertificateUnclear = "container-certificate-unclear",
    /// The key is of a kind that is not used here.
    KeyUnsuitable = "key-unsuitable",
    /// A key from a file is not put on a token.
    ImportIntoToken = "import-into-token",
    /// A key on a token never leaves it.
    ExportFromToken = "export-from-token",
    /// The organisation's policy does not allow it.
    PolicyForbids = "policy-forbids",
    /// The organisation's policy names other portals.
    PortalNotInPolicy = "portal-not-in-policy",
    /// The organisation's policy cannot be used.
    PolicyUnusable = "policy-unusable",
    /// The portal does not suspend certificates.
    SuspensionNotOffered = "suspension-not-offered",
    /// It is not said what is to happen to the earlier certificates.
    EarlierUndecided = "earlier-undecided",
    /// The chosen password is too weak.
    PasswordTooWeak = "password-too-weak",
    /// The password is wrong.
    PasswordWrong = "password-wrong",
    /// After wrong passwords the next try must wait.
    PasswordWait = "password-wait",
    /// The certificate is not for this key.
    CertificateNotForKey = "certificate-not-for-key",
    /// The certificate is not an employee certificate of the profile.
    CertificateNotOfProfile = "certificate-not-of-profile",
    /// The certificate does not lead to the trust anchor.
    CertificateUntrusted = "certificate-untrusted",
    /// The certificate is not valid yet.
    CertificateNotYetValid = "certificate-not-yet-valid",
    /// The certificate has expired.
    CertificateExpired = "certificate-expired",
    /// The certificate is suspended.
    CertificateSuspended = "certificate-suspended",
    /// The certificate is revoked.
    CertificateRevoked = "certificate-revoked",
    /// The status of the certificate cannot be told.
    StatusUntold = "status-untold",
    /// This computer's clock and the portal's do not agree.
    ClockImplausible = "clock-implausible",
    /// The portal does not accept the certificate.
    CertificateNotAccepted = "certificate-not-accepted",
    /// Not every detail was answered, or details that were not asked.
    AnswersIncomplete = "answers-incomplete",
    /// The terms are not signed by the portal, or do not match their hash or the known text.
    TermsNotGenuine = "terms-not-genuine",
    /// The terms in force are not those that were shown.
    TermsChanged = "terms-changed",
    /// The terms changed after the declaration was signed.
    DeclarationOutdated = "declaration-outdated",
    /// Not every consent was given.
    ConsentsMissing = "consents-missing",
    /// The declaration could not be written or signed.
    DeclarationFailed = "declaration-failed",
    /// The portal did not accept the declaration.
    DeclarationRefused = "declaration-refused",
    /// The receipt is not genuine, or not for this declaration.
    ReceiptNotGenuine = "receipt-not-genuine",
    /// What the time-stamping authority answered proves no time.
    TimeStampUnusable = "time-stamp-unusable",
    /// Nothing could be added to the signed declaration that makes it last.
    PreservationFailed = "preservation-failed",
    /// The portal no longer knows this computer.
    DeviceUnknown = "device-unknown",
    /// The step does not fit the journey's state.
    WrongStep = "wrong-step",
    /// The certificate on this computer belongs to another portal.
    OtherPortal = "other-portal",
    /// What this computer remembers cannot be read.
    JournalDamaged = "journal-damaged",
    /// What this computer remembers cannot be opened or written.
    JournalUnavailable = "journal-unavailable",
    /// A newer version of the program wrote what this computer remembers.
    JournalNewer = "journal-newer",
    /// The employee has not yet checked the certificate's details.
    DetailsUnchecked = "details-unchecked",
    /// The employee answered that a detail is wrong: the certificate must not be used.
    DetailsWrong = "details-wrong",
    /// The declaration has not been signed yet.
    DeclarationUnsigned = "declaration-unsigned",
    /// The declaration is signed, but the portal does not have it yet.
    DeclarationUndelivered = "declaration-undelivered",
    /// The certificate was given up, and its key deleted.
    CertificateGivenUp = "certificate-given-up",
    /// This computer has not been registered at the portal.
    DeviceUnregistered = "device-unregistered",
    /// Address or trust anchor of the portal is missing or cannot be used.
    PortalNotSetUp = "portal-not-set-up",
    /// The proxy on the way does not answer.
    ProxyUnreachable = "proxy-unreachable",
    /// A responder that tells whether a certificate was revoked does not answer.
    ResponderSilent = "responder-silent",
    /// What a responder answers about revocation proves nothing.
    ResponderAnswerUnusable = "responder-answer-unusable",
    /// The list of revoked certificates cannot be fetched, or what came proves nothing.
    RevocationListUnusable = "revocation-list-unusable",
    /// A document could not be opened or saved.
    DocumentNotSaved = "document-not-saved",
    /// Something failed that should not.
    Unexpected = "unexpected",
}

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Danish, first.
    Da,
    /// English.
    En,
}

/// What a person reads about a problem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemText {
    /// What happened.
    pub title: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

static DANISH: LazyLock<BTreeMap<String, ProblemText>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../problems/da.json")).expect("a test reads the shipped problems/da.json")
});
static ENGLISH: LazyLock<BTreeMap<String, ProblemText>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../problems/en.json")).expect("a test reads the shipped problems/en.json")
});

impl ProblemCode {
    /// What a person reads about this problem. `{tries}` in a text stands for the number of tries left,
    /// `{support}` for the support's telephone number.
    #[must_use]
    pub fn text(self, language: Language) -> &'static ProblemText {
        let texts = match language {
            Language::Da => &DANISH,
            Language::En => &ENGLISH,
        };
        texts.get(self.name()).expect("a test holds that every code has a text in every language")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_problem_has_title_cause_and_remedy_in_both_languages_and_no_text_is_left_over() {
        let codes: BTreeSet<&str> = ProblemCode::ALL.iter().map(|code| code.name()).collect();
        for texts in [&*DANISH, &*ENGLISH] {
            let named: BTreeSet<&str> = texts.keys().map(String::as_str).collect();
            assert_eq!(named, codes);
            for (code, text) in texts {
                for part in [&text.title, &text.cause, &text.remedy] {
                    assert!(!part.trim().is_empty(), "{code} has an empty part");
                }
            }
        }
    }

    #[test]
    fn placeholders_are_the_same_in_both_languages() {
        for code in ProblemCode::ALL {
            let count = |text: &ProblemText, placeholder: &str| {
                format!("{} {} {}", text.title, text.cause, text.remedy).matches(placeholder).count()
            };
            for placeholder in ["{tries}", "{support}"] {
                assert_eq!(
                    count(code.text(Language::Da), placeholder),
                    count(code.text(Language::En), placeholder),
                    "{} {placeholder}",
                    code.name()
                );
            }
        }
    }
}
