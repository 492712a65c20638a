//! The commands about a certificate that there is: renew it, revoke it, get a new revocation code, and stop it without its
//! key and its computer.

use crate::arguments::{NamedByCode, Revoke};
use crate::failure::{ExitStatus, Failure};
use crate::files::DataFolder;
use crate::journey::{JOURNAL, Session, key_place};
use crate::report::{JourneyReport, Lines, Output, instant, pick, state_name};
use crate::secrets::Secrets;
use key_custody::{Modules, TokenKeyKind};
use lifecycle::ports::{Journal, Portal, StateByCode};
use lifecycle::{KeyPlaceName, Language, ReferenceNumber, Renewed, RevocationCode, RevocationReason};
use local_store::policy_file::effective_policy;
use serde_json::json;
use std::path::PathBuf;

impl Session {
    /// Calls `show` with the outcome, which holds the revocation code.
    pub(crate) async fn renew(&self, show: impl FnOnce(&Output) -> std::io::Result<()>) -> Result<ExitStatus, Failure> {
        let password = Secrets::from_standard_input()?.password()?;
        let (guide, _) = self.resume().await?;
        let Renewed { journey, revocation_code } = guide.renew(&password, &self.progress()).await?;
        drop(password);
        let output = JourneyReport::new(&journey, Some(&revocation_code)).output(self.language);
        self.show_code(&guide, &output, true, show).await
    }

    /// Calls `show` with the new revocation code.
    pub(crate) async fn revocation_code(
        &self,
        show: impl FnOnce(&Output) -> std::io::Result<()>,
    ) -> Result<ExitStatus, Failure> {
        let password = Secrets::from_standard_input()?.password()?;
        let (guide, journey) = self.resume().await?;
        let code = guide.renew_revocation_code(&password, &self.progress()).await?;
        drop(password);
        let reference = journey.step.registered_by().map(|(reference, _)| reference.to_string());
        let mut lines = Lines::new(self.language);
        if let Some(reference) = &reference {
            lines.pair("Referencenummer", "Reference number", reference);
        }
        lines.pair("Spærrekode (vises kun nu)", "Revocation code (shown this once)", code.expose());
        lines.plain(pick(
            self.language,
            "Den forrige spærrekode virker ikke længere.",
            "The revocation code before no longer works.",
        ));
        let report = json!({ "reference": reference, "revocation_code": code.expose() });
        self.show_code(&guide, &Output::new(lines.text, &report), true, show).await
    }

    pub(crate) async fn revoke(&self, arguments: &Revoke) -> Result<(ExitStatus, Output), Failure> {
        let password = Secrets::from_standard_input()?.password()?;
        let (guide, _) = self.resume().await?;
        let journey = guide.revoke(arguments.reason.into(), &password, &self.progress()).await?;
        self.done_and_read_back(&guide, &journey).await
    }
}

/// What is done without the key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ActByCode {
    Suspend,
    Revoke(RevocationReason),
}

/// Suspends or revokes the certificate that reference number and revocation code name, from whichever computer. Where it
/// is the certificate of this one, that is locked here as well; where there is no journey here, none is made.
pub(crate) async fn act_by_code(
    act: ActByCode,
    named: NamedByCode<'_>,
    folder: Result<DataFolder, Failure>,
    modules: Modules,
    given_policy: Option<PathBuf>,
    language: Language,
) -> Result<(ExitStatus, Output), Failure> {
    let reference = ReferenceNumber::parse(named.reference)?;
    let code = RevocationCode::parse(&Secrets::from_standard_input()?.line()?)?;
    let policy = effective_policy(given_policy.as_deref())?.policy;
    let anchor = crate::portal::trust_anchor(&policy, Some(named.trust_anchor))?;
    let client = crate::portal::client(&policy, named.portal, &anchor)?;
    let state = match session_of(folder, language, modules.clone(), given_policy).await {
        Some(session) => {
            let under_way = session.journal.current().await?;
            let practice = under_way.as_ref().is_some_and(|journey| journey.practice);
            let place = under_way.map(|journey| journey.step.key_place().clone()).unwrap_or_default();
            // No key is used: where its place is not to be found, another does as well.
            let place = match key_place(&place, &modules, TokenKeyKind::Rsa3072) {
                Ok(_) => place,
                Err(_) => KeyPlaceName::default(),
            };
            let portal = session.known(client, anchor, practice, policy).await;
            let guide = session.guide(portal, (&place, TokenKeyKind::Rsa3072))?;
            match act {
                ActByCode::Suspend => guide.suspend_by_code(&reference, &code).await?,
                ActByCode::Revoke(reason) => guide.revoke_by_code(&reference, &code, reason).await?,
            }
        }
        None => match act {
            ActByCode::Suspend => client.suspend_by_code(&reference, &code).await?,
            ActByCode::Revoke(reason) => client.revoke_by_code(&reference, &code, reason).await?,
        },
    };
    Ok((ExitStatus::Holds, output(&state, language)))
}

/// The session of this computer, where it remembers anything that can be read: what is to be stopped elsewhere does not
/// depend on it.
async fn session_of(
    folder: Result<DataFolder, Failure>,
    language: Language,
    modules: Modules,
    given_policy: Option<PathBuf>,
) -> Option<Session> {
    let folder = folder.ok()?;
    if !folder.path().join(JOURNAL).try_exists().unwrap_or(false) {
        return None;
    }
    match Session::open(folder, language, modules, given_policy).await {
        Ok(session) => Some(session),
        Err(error) => {
            tracing::warn!(%error, "what this computer remembers cannot be read, and is left as it is");
            None
        }
    }
}

fn output(state: &StateByCode, language: Language) -> Output {
    let StateByCode { serial_number, state, since } = state;
    let mut lines = Lines::new(language);
    let (danish, english) = state_name(*state);
    lines.pair("Certifikatets status", "The certificate's state", pick(language, danish, english));
    lines.pair("Siden", "Since", &instant(*since));
    lines.pair("Serienummer", "Serial number", serial_number);
    let report = json!({ "serial_number": serial_number, "state": state, "since": since });
    Output::new(lines.text, &report)
}
