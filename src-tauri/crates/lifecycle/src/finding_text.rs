//! What people read about a finding of the core's judgement, and about what can be done.
//!
//! The texts are data (`findings/da.json`, `findings/en.json`), shared by the window and the command line. A test
//! fails on a gap.

use crate::problem::Language;
use pki::{FindingCode, Remedy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a person reads about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingText {
    /// What was found.
    pub title: String,
    /// What that means.
    pub meaning: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    findings: BTreeMap<String, FindingText>,
    remedies: BTreeMap<String, String>,
}

static DANISH: LazyLock<Texts> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../findings/da.json")).expect("a test reads the shipped findings/da.json")
});
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../findings/en.json")).expect("a test reads the shipped findings/en.json")
});

fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Da => &DANISH,
        Language::En => &ENGLISH,
    }
}

/// What a person reads about a finding.
#[must_use]
pub fn finding_text(code: FindingCode, language: Language) -> &'static FindingText {
    texts(language).findings.get(&name(&code)).expect("a test holds that every finding has a text in every language")
}

/// What a person reads about what can be done. `{support}` in a text stands for the support's telephone number.
#[must_use]
pub fn remedy_text(remedy: Remedy, language: Language) -> &'static str {
    texts(language).remedies.get(&name(&remedy)).expect("a test holds that every remedy has a text in every language")
}

/// The stable name that a code or remedy has in JSON.
fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_finding_and_every_remedy_has_a_text_in_both_languages_and_none_is_left_over() {
        let codes: BTreeSet<String> = FindingCode::ALL.iter().map(name).collect();
        let remedies: BTreeSet<String> = FindingCode::ALL.iter().map(|code| name(&code.remedy())).collect();
        for texts in [&*DANISH, &*ENGLISH] {
            assert_eq!(texts.findings.keys().cloned().collect::<BTreeSet<_>>(), codes);
            assert_eq!(texts.remedies.keys().cloned().collect::<BTreeSet<_>>(), remedies);
            for (code, text) in &texts.findings {
                assert!(!text.title.trim().is_empty() && !text.meaning.trim().is_empty(), "{code} has an empty part");
            }
            for (remedy, text) in &texts.remedies {
                assert!(!text.trim().is_empty(), "{remedy} is empty");
            }
        }
    }

    #[test]
    fn what_can_be_asked_for_by_code_is_there() {
        for language in [Language::Da, Language::En] {
            for code in FindingCode::ALL {
                assert!(!finding_text(code, language).title.is_empty());
                assert!(!remedy_text(code.remedy(), language).is_empty());
            }
        }
    }

    #[test]
    fn the_support_is_named_in_both_languages_or_in_neither() {
        for (danish, english) in DANISH.remedies.values().zip(ENGLISH.remedies.values()) {
            assert_eq!(danish.contains("{support}"), english.contains("{support}"), "{danish}");
        }
    }
}
