//! Which tokens there are: what people give to `enrol --key`.

use crate::failure::{ExitStatus, Failure};
use crate::report::{Lines, Output, pick};
use key_custody::{FoundToken, Modules, PinState, TokenSurvey};
use lifecycle::Language;
use lifecycle::ports::KeyStoreError;
use serde::Serialize;

/// `tokens --json`; field names stay.
#[derive(Serialize)]
struct TokensOutput<'a> {
    tokens: Vec<TokenOutput<'a>>,
    /// Modules that cannot be used.
    unusable_modules: Vec<ModuleOutput>,
}

#[derive(Serialize)]
struct TokenOutput<'a> {
    label: &'a str,
    serial: &'a str,
    /// What `enrol --key` takes.
    uri: String,
    manufacturer: &'a str,
    model: &'a str,
    module: String,
    login_needed: bool,
    pin: &'static str,
    keys: usize,
    certificates: usize,
}

#[derive(Serialize)]
struct ModuleOutput {
    module: String,
    /// Why, in English.
    reason: String,
}

/// Lists the tokens of this computer.
pub(crate) async fn tokens(modules: Modules, language: Language) -> Result<(ExitStatus, Output), Failure> {
    let survey = tokio::task::spawn_blocking(move || key_custody::tokens(&modules))
        .await
        .map_err(|error| lifecycle::JourneyError::from(KeyStoreError::Failed(error.to_string().into())))?;
    let output = TokensOutput {
        tokens: survey.tokens.iter().map(token_output).collect(),
        unusable_modules: survey
            .unusable
            .iter()
            .map(|(path, error)| ModuleOutput { module: path.display().to_string(), reason: error.to_string() })
            .collect(),
    };
    Ok((ExitStatus::Holds, Output::new(text(&survey, language), &output)))
}

fn token_output(token: &FoundToken) -> TokenOutput<'_> {
    TokenOutput {
        label: &token.label,
        serial: &token.serial,
        uri: token.uri.to_string(),
        manufacturer: &token.manufacturer,
        model: &token.model,
        module: token.module.display().to_string(),
        login_needed: token.login_needed,
        pin: pin_name(token.pin),
        keys: token.keys.len(),
        certificates: token.certificates.len(),
    }
}

fn text(survey: &TokenSurvey, language: Language) -> String {
    let mut lines = Lines::new(language);
    if survey.tokens.is_empty() {
        lines.plain(pick(
            language,
            "Der er ingen nøgleenhed (token) i computeren.",
            "There is no key device (token) in the computer.",
        ));
    }
    for token in &survey.tokens {
        lines.plain(&format!("- {}", token.label));
        lines.inner("Serienummer", "Serial number", &token.serial);
        lines.inner("Lavet af", "Made by", &format!("{}, {}", token.manufacturer, token.model));
        let (danish, english) = pin_words(token.pin);
        lines.inner("PIN-kode", "PIN", pick(language, danish, english));
        lines.inner("Brug den med", "Use it with", &format!("--key '{}'", token.uri));
    }
    for (path, error) in &survey.unusable {
        lines.pair("Modul, der ikke virker", "Module that does not work", &format!("{} ({error})", path.display()));
    }
    lines.text
}

fn pin_name(state: PinState) -> &'static str {
    match state {
        PinState::Usable => "usable",
        PinState::FewerTries => "fewer-tries",
        PinState::LastTry => "last-try",
        PinState::Locked => "locked",
        PinState::NotSet => "not-set",
        PinState::ToBeChanged => "to-be-changed",
    }
}

fn pin_words(state: PinState) -> (&'static str, &'static str) {
    match state {
        PinState::Usable => ("kan bruges", "can be used"),
        PinState::FewerTries => ("har været skrevet forkert", "was typed wrongly"),
        PinState::LastTry => ("ét forsøg tilbage", "one try left"),
        PinState::Locked => ("låst", "locked"),
        PinState::NotSet => ("ikke valgt endnu", "not chosen yet"),
        PinState::ToBeChanged => ("skal ændres først", "must be changed first"),
    }
}
