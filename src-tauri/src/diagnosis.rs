//! Gathers whatever there is to diagnose with, also where the guide cannot be put together.

use crate::composition::{Desktop, SystemClock};
use crate::error::{DesktopError, whole_chain};
use lifecycle::ports::JournalError;
use lifecycle::{Diagnosis, DiagnosisParts, DiagnosisProgress, JournalPart, NotAtHand, PortalPart, ProblemCode};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use std::path::Path;

/// Tries everything that signing depends on, and names what stops each certificate of this computer.
pub async fn diagnose(desktop: &Desktop, progress: &DiagnosisProgress<'_>) -> Diagnosis {
    let portal = desktop.portal().await;
    let (portal, trust_anchors) = match &portal {
        Ok((client, trust_anchors)) => (PortalPart::AtHand(client), Some(trust_anchors)),
        Err(error) => (PortalPart::Missing(no_portal(error)), None),
    };
    let practises = desktop.practises();
    let mut journals = Vec::new();
    for practice in [practises, !practises] {
        let in_use = practice == practises;
        let known = trust_anchors.filter(|_| in_use).cloned();
        let trust_anchors = known.or_else(|| desktop.kept_trust_anchors(practice).ok()).unwrap_or_default();
        journals.extend(FoundJournal::look(desktop, practice, in_use, trust_anchors).await);
    }
    let key_place = desktop.key_place_or_keychain(journals.first().and_then(|found| found.journal.as_ref().ok())).await;
    let parts = DiagnosisParts {
        key_store: &key_place,
        portal,
        journals: journals.iter().map(FoundJournal::part).collect(),
        clock: &SystemClock,
    };
    lifecycle::diagnose(parts, progress).await
}

/// A journal of this computer, or why it cannot be opened.
struct FoundJournal {
    journal: Result<SqliteJournal, NotAtHand>,
    place: String,
    in_use: bool,
    practice: bool,
    trust_anchors: Vec<TrustAnchor>,
}

impl FoundJournal {
    /// `None` where there never was one: none is made by looking.
    async fn look(desktop: &Desktop, practice: bool, in_use: bool, trust_anchors: Vec<TrustAnchor>) -> Option<Self> {
        let path = desktop.journal_file(practice);
        let journal = match desktop.journal().filter(|_| in_use) {
            Some(journal) => Ok(journal),
            None => open(&path).await?,
        };
        Some(Self { journal, place: path.display().to_string(), in_use, practice, trust_anchors })
    }

    fn part(&self) -> JournalPart<'_, SqliteJournal> {
        JournalPart {
            journal: self.journal.as_ref().map_err(Clone::clone),
            place: self.place.clone(),
            in_use: self.in_use,
            practice: self.practice,
            trust_anchors: self.trust_anchors.clone(),
        }
    }
}

async fn open(path: &Path) -> Option<Result<SqliteJournal, NotAtHand>> {
    let opened = match path.try_exists() {
        Ok(false) => return None,
        Ok(true) => SqliteJournal::open(path).await,
        Err(error) => Err(JournalError::Unavailable(error.into())),
    };
    Some(opened.map_err(|error| {
        let detail = whole_chain(&error);
        NotAtHand { problem: DesktopError::from(error).problem(), detail }
    }))
}

fn no_portal(error: &DesktopError) -> NotAtHand {
    let problem = match error {
        DesktopError::TrustAnchorFile { .. } | DesktopError::TrustAnchor { .. } | DesktopError::PortalClient(_) => {
            ProblemCode::PortalNotSetUp
        }
        DesktopError::Journey(_)
        | DesktopError::PracticePortal(_)
        | DesktopError::TrustAnchorNotKept { .. }
        | DesktopError::NoTerms
        | DesktopError::Interrupted(_)
        | DesktopError::Document(_) => error.problem(),
    };
    NotAtHand { problem, detail: whole_chain(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::PortalChoice;
    use lifecycle::{ProbeOutcome, ProbeTarget};

    #[tokio::test]
    async fn without_a_trust_anchor_the_rest_is_tried_all_the_same_and_no_journal_is_made() {
        let data = tempfile::tempdir().expect("a folder");
        let choice = PortalChoice::At {
            address: "https://portal.example".into(),
            trust_anchor: data.path().join("no-anchor.pem"),
            practice: false,
        };
        let desktop = Desktop::new(data.path().to_owned(), choice, None);
        let diagnosis = diagnose(&desktop, &|_, _| {}).await;
        let portal = diagnosis.probes.iter().find(|probe| probe.target == ProbeTarget::Portal).expect("the portal");
        assert!(matches!(portal.outcome, ProbeOutcome::Fails { problem: ProblemCode::PortalNotSetUp, .. }));
        assert!(diagnosis.probes.iter().any(|probe| probe.target == ProbeTarget::Keychain));
        assert_eq!(std::fs::read_dir(data.path()).expect("the folder").count(), 0, "nothing is made by looking");
    }
}
