//! What is in force on this computer, key by key, and where each value comes from.

use crate::failure::{policy_reason, spoken};
use crate::report::{Lines, pick};
use lifecycle::{KeyPlaceKind, Language, Policy, PolicyKey, PolicySource, ProblemCode};
use local_store::policy_file::{EffectivePolicy, PolicyFileError};
use portal_client::Network;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What the program was started with that a policy can set too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    pub(crate) language: Option<Language>,
    pub(crate) pkcs11_module: Option<PathBuf>,
}

impl Named {
    /// The language in which people are told.
    pub(crate) fn language(&self, policy: &Policy) -> (Language, PolicySource) {
        let in_force = policy.in_force(PolicyKey::Language, self.language, policy.language());
        in_force.unwrap_or((Language::Da, PolicySource::Default))
    }

    /// The one module that may be loaded; `None` for those that p11-kit knows.
    pub(crate) fn pkcs11_module<'a>(&'a self, policy: &'a Policy) -> Option<(&'a Path, PolicySource)> {
        policy.in_force(PolicyKey::Pkcs11Module, self.pkcs11_module.as_deref(), policy.pkcs11_module())
    }
}

/// What the organisation decides on this computer; field names stay.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum PolicyOutput {
    InForce {
        /// Its file; `null` where there is none.
        file: Option<String>,
        /// The portals that may be chosen; `null` where every one may be.
        portals: Option<Vec<Box<str>>>,
        export: bool,
        unlocked_minutes: i64,
        settings: Vec<SettingOutput>,
    },
    Unusable {
        problem: &'static str,
        /// What is wrong, in English, with the line where there is one.
        detail: String,
    },
}

/// A value that is in force.
#[derive(Serialize)]
pub(crate) struct SettingOutput {
    key: PolicyKey,
    value: Value,
    source: PolicySource,
    /// Nobody can set it otherwise.
    locked: bool,
}

impl PolicyOutput {
    pub(crate) fn of(policy: &Result<EffectivePolicy, PolicyFileError>, named: &Named) -> Self {
        match policy {
            Ok(EffectivePolicy { policy, path }) => Self::InForce {
                file: path.as_ref().map(|path| path.display().to_string()),
                portals: policy.portals().map(<[_]>::to_vec),
                export: policy.export_allowed(),
                unlocked_minutes: policy.unlocked_for().num_minutes(),
                settings: PolicyKey::ALL.into_iter().map(|key| setting(key, policy, named)).collect(),
            },
            Err(error) => Self::Unusable { problem: ProblemCode::PolicyUnusable.name(), detail: policy_reason(error) },
        }
    }

    /// Adds it to what a person reads; what a problem means is not told again where it was `explained` above.
    pub(crate) fn tell(&self, explained: &[ProblemCode], lines: &mut Lines) {
        let language = lines.language();
        match self {
            Self::InForce { file, settings, .. } => {
                match file {
                    Some(file) => lines.pair("- Fil", "- File", file),
                    None => lines.plain(pick(
                        language,
                        "- Der er ingen på denne computer. Så gælder dette:",
                        "- There is none on this computer. Then this is in force:",
                    )),
                }
                for setting in settings {
                    let (danish, english) = key_words(setting.key);
                    let value = format!("{} ({})", value_words(setting, language), source_words(setting, language));
                    lines.pair(danish, english, &value);
                }
            }
            Self::Unusable { detail, .. } => {
                let problem = ProblemCode::PolicyUnusable;
                let text = problem.text(language);
                lines.plain(&format!("- {}.", spoken(&text.title)));
                if !explained.contains(&problem) {
                    lines.plain(&format!("  {}", spoken(&text.cause)));
                    lines.inner("Gør dette", "Do this", &spoken(&text.remedy));
                }
                lines.inner("Til supporten", "For support", detail);
            }
        }
    }
}

fn setting(key: PolicyKey, policy: &Policy, named: &Named) -> SettingOutput {
    let of_policy = if policy.is_set(key) { PolicySource::Policy } else { PolicySource::Default };
    let (value, source) = match key {
        PolicyKey::Portals => (json!(policy.portals()), of_policy),
        PolicyKey::Portal => (json!(policy.portal()), of_policy),
        PolicyKey::TrustAnchor => (json!(policy.trust_anchor()), of_policy),
        PolicyKey::KeyPlaces => (json!(policy.key_places()), of_policy),
        PolicyKey::Pkcs11Module => match named.pkcs11_module(policy) {
            Some((module, source)) => (json!(module), source),
            None => (Value::Null, PolicySource::Default),
        },
        PolicyKey::Language => {
            let (language, source) = named.language(policy);
            (json!(language), source)
        }
        PolicyKey::Proxy => {
            let (proxy, source) = policy.proxy(Network::environment_names_proxy());
            (json!(proxy.as_str()), source)
        }
        PolicyKey::ConnectTimeoutSeconds => (json!(policy.connect_timeout().as_secs()), of_policy),
        PolicyKey::RequestTimeoutSeconds => (json!(policy.request_timeout().as_secs()), of_policy),
        PolicyKey::Export => (json!(policy.export_allowed()), of_policy),
        PolicyKey::UnlockedMinutes => (json!(policy.unlocked_for().num_minutes()), of_policy),
        PolicyKey::Telemetry => (json!(false), of_policy),
    };
    SettingOutput { key, value, source, locked: policy.is_locked(key) }
}

fn key_words(key: PolicyKey) -> (&'static str, &'static str) {
    match key {
        PolicyKey::Portals => ("- Portaler, nøglen må bruges til", "- Portals that the key may be used for"),
        PolicyKey::Portal => ("- Portal, når ingen er nævnt", "- Portal where none is named"),
        PolicyKey::TrustAnchor => ("- Portalens tillidsanker", "- The portal's trust anchor"),
        PolicyKey::KeyPlaces => ("- Steder, nøglen må ligge", "- Places where the key may be kept"),
        PolicyKey::Pkcs11Module => ("- Modul til nøgleenheder (PKCS#11)", "- Module for tokens (PKCS#11)"),
        PolicyKey::Language => ("- Sprog, når intet er valgt", "- Language where none was chosen"),
        PolicyKey::Proxy => ("- Proxy", "- Proxy"),
        PolicyKey::ConnectTimeoutSeconds => {
            ("- Sekunder, en forbindelse må tage", "- Seconds that a connection may take")
        }
        PolicyKey::RequestTimeoutSeconds => ("- Sekunder, et svar må tage", "- Seconds that an answer may take"),
        PolicyKey::Export => ("- Nøglen må kopieres til en fil", "- The key may be copied into a file"),
        PolicyKey::UnlockedMinutes => (
            "- Minutter, nøglen er åben efter adgangskoden (i vinduet)",
            "- Minutes that the key stays open after the password (in the window)",
        ),
        PolicyKey::Telemetry => (
            "- Oplysninger om brugen sendes til nogen (telemetri)",
            "- Anything about the use is sent to anybody (telemetry)",
        ),
    }
}

fn value_words(setting: &SettingOutput, language: Language) -> String {
    let (danish, english) = match (setting.key, &setting.value) {
        (PolicyKey::Portals, Value::Null) => ("alle", "all"),
        (PolicyKey::Pkcs11Module, Value::Null) => ("dem, p11-kit kender", "those that p11-kit knows"),
        (_, Value::Null) => ("ingen", "none"),
        (_, Value::Bool(true)) => ("ja", "yes"),
        (_, Value::Bool(false)) => ("nej", "no"),
        (PolicyKey::Proxy, Value::String(proxy)) if proxy == "system" => {
            ("som miljøet siger", "as the environment says")
        }
        (PolicyKey::Proxy, Value::String(proxy)) if proxy == "none" => ("ingen", "none"),
        (_, Value::String(value)) => return value.clone(),
        (_, Value::Array(values)) if values.is_empty() => ("ingen", "none"),
        (_, Value::Array(values)) => {
            let words = |value: &Value| match serde_json::from_value(value.clone()) {
                Ok(KeyPlaceKind::Keychain) => pick(language, "nøgleringen", "the keychain").to_owned(),
                Ok(KeyPlaceKind::Pkcs11) => pick(language, "en nøgleenhed", "a token").to_owned(),
                Err(_) => value.as_str().unwrap_or_default().to_owned(),
            };
            return values.iter().map(words).collect::<Vec<_>>().join(", ");
        }
        (_, Value::Number(_) | Value::Object(_)) => return setting.value.to_string(),
    };
    pick(language, danish, english).to_owned()
}

fn source_words(setting: &SettingOutput, language: Language) -> &'static str {
    let (danish, english) = match (setting.source, setting.locked) {
        (PolicySource::Default, _) => ("standard", "default"),
        (PolicySource::Policy, true) => ("filen, låst", "the file, locked"),
        (PolicySource::Policy, false) => ("filen", "the file"),
        (PolicySource::CommandLine, _) => ("kommandolinjen", "the command line"),
        (PolicySource::Environment, _) => ("miljøet", "the environment"),
    };
    pick(language, danish, english)
}
