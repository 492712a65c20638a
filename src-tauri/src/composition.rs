//! The composition root: puts the guide together from keychain, portal, journal and clock.
//!
//! That happens on first use, not at the start: a portal or a keychain that is not there then becomes a problem that
//! the window can show. A practice portal that has died is started again.

use crate::arguments::{KeyChoice, PortalChoice};
use crate::error::{DesktopError, whole_chain};
use crate::practice_portal::{PracticePortal, PracticePortalError};
use crate::transfer::ChosenContainer;
use crate::tray::Shown;
use crate::view::{GuideView, ReminderView};
use crate::view_from_core;
use chrono::{DateTime, Utc};
use key_custody::{KeyPlace, OsKeychain, TokenUriError};
use lifecycle::ports::{Clock, Journal, JournalError, KeyStore, Portal};
use lifecycle::{
    Examination, Guide, JourneyError, Judgement, KeyPlaceName, Language, Policy, PolicyKey, Reminder, Settings, Snoozed,
};
use local_store::{Setting, SqliteJournal};
use pki::{Certificate, CertificateKind, Profile, TrustAnchor, container};
use portal_client::{Network, PortalClient};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, MutexGuard, watch};

/// Most bytes of a trust anchor's file.
const LONGEST_TRUST_ANCHOR: u64 = 256 * 1024;

/// The file in which a trust anchor is kept.
const TRUST_ANCHOR: &str = "trust-anchor.pem";

/// The guide, of real parts.
pub type DesktopGuide = Guide<KeyPlace, PortalClient, SqliteJournal, SystemClock>;

/// This computer's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// What every command works on.
pub struct Desktop {
    data: PathBuf,
    choice: PortalChoice,
    save_to: Option<PathBuf>,
    open_from: Option<PathBuf>,
    keys: KeyChoice,
    policy: Policy,
    container: ChosenContainer,
    composed: RwLock<Option<Arc<Composed>>>,
    /// Held while the guide is put together.
    practice: Mutex<Option<PracticePortal>>,
    turn: Mutex<()>,
    shown: watch::Sender<Option<Shown>>,
}

/// The guide, put together.
pub struct Composed {
    guide: DesktopGuide,
    support_phone: String,
    shown: watch::Sender<Option<Shown>>,
}

/// The turn of one command: as long as it lasts, no other use case begins.
pub struct Turn<'a> {
    composed: Arc<Composed>,
    _alone: MutexGuard<'a, ()>,
}

impl Desktop {
    /// Works in the folder `data` with the chosen portal; documents go to `save_to` without asking where it is given.
    /// Opens nothing yet.
    pub fn new(data: PathBuf, choice: PortalChoice, save_to: Option<PathBuf>) -> Self {
        Self {
            data,
            choice,
            save_to,
            open_from: None,
            keys: KeyChoice::default(),
            policy: Policy::default(),
            container: ChosenContainer::default(),
            composed: RwLock::new(None),
            practice: Mutex::new(None),
            turn: Mutex::new(()),
            shown: watch::Sender::new(None),
        }
    }

    /// The same with keys kept where it says.
    #[must_use]
    pub fn with_keys(self, keys: KeyChoice) -> Self {
        Self { keys, ..self }
    }

    /// The same where the organisation allows what `policy` says.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The same with a certificate file that is opened without asking which.
    #[must_use]
    pub fn with_container_from(self, open_from: Option<PathBuf>) -> Self {
        Self { open_from, ..self }
    }

    /// The certificate file that is opened without asking which.
    pub fn open_from(&self) -> Option<&Path> {
        self.open_from.as_deref()
    }

    /// The certificate file that the person chose last.
    pub fn container(&self) -> &ChosenContainer {
        &self.container
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where documents go without asking.
    pub fn save_to(&self) -> Option<&Path> {
        self.save_to.as_deref()
    }

    /// Waits for the turn of one command.
    ///
    /// # Errors
    /// Where the guide cannot be put together.
    pub async fn turn(&self) -> Result<Turn<'_>, DesktopError> {
        let alone = self.turn.lock().await;
        Ok(Turn { composed: self.compose().await?, _alone: alone })
    }

    /// The guide without waiting for a turn, or for a portal: what locks the key on this computer depends on neither.
    ///
    /// # Errors
    /// Where there is none yet, and it cannot be put together.
    pub async fn at_hand(&self) -> Result<Arc<Composed>, DesktopError> {
        match self.composed() {
            Some(composed) => Ok(composed),
            None => self.compose().await,
        }
    }

    fn composed(&self) -> Option<Arc<Composed>> {
        self.composed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn compose(&self) -> Result<Arc<Composed>, DesktopError> {
        let mut practice = self.practice.lock().await;
        let before = self.composed();
        let (address, trust_anchor, started_anew) = self.chosen_portal(&mut practice).await?;
        // Nothing is asked of a portal that the organisation has not named.
        if !self.allows(&address) {
            return Err(JourneyError::PortalNotInPolicy.into());
        }
        if let Some(composed) = before.clone().filter(|_| !started_anew) {
            return Ok(composed);
        }
        let trust_anchors = trust_anchors(&trust_anchor)?;
        let portal = PortalClient::in_network(&address, &trust_anchors, &Network::under(&self.policy))?;
        let journal = match before {
            Some(before) => before.guide.journal().clone(),
            None => SqliteJournal::open(&self.journal_file(self.practises())).await?,
        };
        let known = known_portal(&portal, &journal, self.practises()).await?;
        if !known.practice {
            keep_trust_anchor(&self.data, &trust_anchors)?;
        }
        let settings = Settings {
            practice: known.practice,
            trust_anchors,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            portal_name: known.name,
            suspension_offered: known.suspension,
            device_name: local_store::computer_name(),
            policy: match &self.choice {
                PortalChoice::OwnPractice => self.policy.clone().for_any_portal(),
                PortalChoice::At { .. } => self.policy.clone(),
            },
        };
        let keys = self.key_place(&journal).await?;
        let guide = Guide::new(keys, portal, journal, SystemClock, settings);
        let composed = Arc::new(Composed { guide, support_phone: known.support_phone, shown: self.shown.clone() });
        *self.composed.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&composed));
        Ok(composed)
    }

    /// A client for the portal that was chosen, and what it is trusted by, whether there is a guide or not. A practice
    /// portal that does not run is started.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn portal(&self) -> Result<(PortalClient, Vec<TrustAnchor>), DesktopError> {
        let mut practice = self.practice.lock().await;
        let (address, trust_anchor, _) = self.chosen_portal(&mut practice).await?;
        if !self.allows(&address) {
            return Err(JourneyError::PortalNotInPolicy.into());
        }
        let trust_anchors = trust_anchors(&trust_anchor)?;
        let client = PortalClient::in_network(&address, &trust_anchors, &Network::under(&self.policy))?;
        Ok((client, trust_anchors))
    }

    /// Whether the organisation allows the portal of this address. The program's own practice portal gives access to
    /// nothing, and has another address each time.
    fn allows(&self, address: &str) -> bool {
        match &self.choice {
            PortalChoice::OwnPractice => true,
            PortalChoice::At { .. } => self.policy.allows_portal(address),
        }
    }

    /// Looks at the certificates of a file, also where there is no guide: then with the trust anchors that are known.
    /// `None` where none were given.
    pub async fn examine(&self, certificates: &[Certificate]) -> Option<Examination> {
        if let Some(composed) = self.composed() {
            return composed.guide.examine_file(certificates).await;
        }
        self.examine_without_guide(container::the_certificate(certificates)?, certificates)
    }

    /// The same of the first of the certificates.
    pub async fn examine_first(&self, certificates: &[Certificate]) -> Option<Examination> {
        let certificate = certificates.first()?;
        if let Some(composed) = self.composed() {
            return Some(composed.guide.examine_certificate(certificate, certificates).await);
        }
        self.examine_without_guide(certificate, certificates)
    }

    fn examine_without_guide(&self, certificate: &Certificate, certificates: &[Certificate]) -> Option<Examination> {
        let trust_anchors = match &self.choice {
            PortalChoice::At { trust_anchor, .. } => trust_anchors(trust_anchor),
            PortalChoice::OwnPractice => self.kept_trust_anchors(true),
        };
        let profile = match (certificate.description().kind == CertificateKind::Employee, self.practises()) {
            (true, true) => Profile::PracticeEmployee,
            (true, false) => Profile::OcesEmployee,
            (false, _) => Profile::Any,
        };
        let anchors = trust_anchors.unwrap_or_default();
        Some(lifecycle::examine(certificate, certificates, &anchors, SystemClock.now(), profile, None))
    }

    /// The trust anchors that are kept beside the journal of practice, or of what is real.
    ///
    /// # Errors
    /// Where none are.
    pub fn kept_trust_anchors(&self, practice: bool) -> Result<Vec<TrustAnchor>, DesktopError> {
        let folder = if practice { self.data.join("practice") } else { self.data.clone() };
        trust_anchors(&folder.join(TRUST_ANCHOR))
    }

    /// The place for keys: the one that the program was started with, else where the journey under way has its key,
    /// else the keychain.
    ///
    /// # Errors
    /// Where the journal cannot be read, or names a place that is none.
    pub async fn key_place(&self, journal: &SqliteJournal) -> Result<KeyPlace, DesktopError> {
        let place = match &self.keys.place {
            Some(place) => place.clone(),
            None => {
                let journey = journal.current().await?;
                journey.map(|journey| journey.step.key_place().clone()).unwrap_or_default()
            }
        };
        self.place_named(&place).map_err(|error| JournalError::Damaged(error.to_string().into()).into())
    }

    /// The same where the journal cannot be asked, or is none: then the keychain.
    pub async fn key_place_or_keychain(&self, journal: Option<&SqliteJournal>) -> KeyPlace {
        let known = match (journal, &self.keys.place) {
            (Some(journal), _) => self.key_place(journal).await.ok(),
            (None, Some(place)) => self.place_named(place).ok(),
            (None, None) => None,
        };
        known.unwrap_or_else(|| KeyPlace::Keychain(OsKeychain::new()))
    }

    /// The place of a name.
    ///
    /// # Errors
    /// Where it is none.
    pub fn place_named(&self, name: &KeyPlaceName) -> Result<KeyPlace, TokenUriError> {
        KeyPlace::named(name.as_str(), self.keys.modules.clone(), self.keys.kind)
    }

    /// What the window was shown last, now and from now on.
    pub fn shown(&self) -> watch::Receiver<Option<Shown>> {
        self.shown.subscribe()
    }

    /// The journal that the guide works with, once there is a guide.
    pub fn journal(&self) -> Option<SqliteJournal> {
        self.composed().map(|composed| composed.guide.journal().clone())
    }

    /// Address of the chosen portal, its trust anchor, and whether the guide that is there is of an earlier one.
    async fn chosen_portal(
        &self,
        practice: &mut Option<PracticePortal>,
    ) -> Result<(String, PathBuf, bool), PracticePortalError> {
        match &self.choice {
            PortalChoice::At { address, trust_anchor, .. } => Ok((address.clone(), trust_anchor.clone(), false)),
            PortalChoice::OwnPractice => self.practice_portal(practice).await,
        }
    }

    /// Address and trust anchor of the practice portal, and whether the guide that is there is of an earlier one.
    async fn practice_portal(
        &self,
        practice: &mut Option<PracticePortal>,
    ) -> Result<(String, PathBuf, bool), PracticePortalError> {
        let running = practice.as_mut().is_some_and(PracticePortal::is_running);
        if !running {
            // The one that has died lets its data go before the next one takes it.
            *practice = None;
        }
        let portal = match practice.take() {
            Some(portal) => portal,
            None => PracticePortal::start(&self.data).await?,
        };
        let ready = portal.ready().clone();
        *practice = Some(portal);
        Ok((ready.portal, ready.trust_anchor, !running))
    }

    /// What is practised and what is real never share a journal.
    pub fn journal_file(&self, practice: bool) -> PathBuf {
        self.data.join(if practice { "practice-journal.sqlite" } else { "journal.sqlite" })
    }

    /// True where the portal that was chosen is one for practice.
    pub fn practises(&self) -> bool {
        match &self.choice {
            PortalChoice::OwnPractice => true,
            PortalChoice::At { practice, .. } => *practice,
        }
    }
}

impl Composed {
    /// The guide.
    pub fn guide(&self) -> &DesktopGuide {
        &self.guide
    }

    /// Where things stand.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn view(&self) -> Result<GuideView, DesktopError> {
        let journey = self.guide.current().await?;
        let now = SystemClock.now();
        let in_use = journey.as_ref().and_then(|journey| journey.step.in_use_until());
        let reminder = match in_use {
            Some(not_after) => Reminder::due(not_after, now, self.snoozed().await?),
            None => None,
        };
        let activities = self.guide.activities().await?;
        let suspicious = activities.iter().filter(|judged| judged.judgement == Judgement::Suspicious).count();
        let preservation = self.guide.preservation().await?;
        let view = GuideView {
            version: self.guide.settings().app_version.clone(),
            portal: self.guide.portal().address().to_owned(),
            practice: self.guide.settings().practice,
            language: self.language().await?.into(),
            language_locked: self.guide.settings().policy.is_locked(PolicyKey::Language),
            support_phone: self.support_phone.clone(),
            key_secret: self.guide.key_store().secret_kind().into(),
            open_until: self.guide.open_until().await?,
            export_allowed: self.guide.settings().policy.export_allowed(),
            suspension_offered: self.guide.settings().suspension_offered,
            reminder: reminder.map(|reminder| ReminderView { days_left: reminder.days_left }),
            suspicious: u32::try_from(suspicious).unwrap_or(u32::MAX),
            journey: journey.map(|journey| {
                view_from_core::journey(&journey, preservation.as_ref(), self.guide.code_needed(&journey), now)
            }),
        };
        let shown = Some(Shown::from(&view));
        self.shown.send_if_modified(|last| std::mem::replace(last, shown) != shown);
        Ok(view)
    }

    /// Puts the reminder that is due off for a day.
    ///
    /// # Errors
    /// Where the journal cannot be read or written.
    pub async fn snooze_reminder(&self) -> Result<(), DesktopError> {
        let now = SystemClock.now();
        let journey = self.guide.current().await?;
        let in_use = journey.as_ref().and_then(|journey| journey.step.in_use_until());
        if let Some(reminder) = in_use.and_then(|not_after| Reminder::due(not_after, now, None)) {
            let text = serde_json::to_string(&reminder.snoozed(now))
                .map_err(|error| JournalError::Damaged(error.to_string().into()))?;
            self.guide.journal().set_setting(Setting::Snoozed, &text).await?;
        }
        Ok(())
    }

    /// A reminder that cannot be told is not put off.
    async fn snoozed(&self) -> Result<Option<Snoozed>, DesktopError> {
        let text = self.guide.journal().setting(Setting::Snoozed).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Remembers the language of the window.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn remember_language(&self, language: Language) -> Result<(), DesktopError> {
        let name = match language {
            Language::Da => "da",
            Language::En => "en",
        };
        Ok(self.guide.journal().set_setting(Setting::Language, name).await?)
    }

    async fn language(&self) -> Result<Language, DesktopError> {
        let remembered = match self.guide.journal().setting(Setting::Language).await?.as_deref() {
            Some("en") => Some(Language::En),
            Some("da") => Some(Language::Da),
            Some(_) | None => None,
        };
        let policy = &self.guide.settings().policy;
        let in_force = policy.in_force(PolicyKey::Language, remembered, policy.language());
        Ok(in_force.map_or(Language::Da, |(language, _)| language))
    }
}

impl Turn<'_> {
    /// The guide.
    pub fn guide(&self) -> &DesktopGuide {
        self.composed.guide()
    }
}

impl Deref for Turn<'_> {
    type Target = Composed;

    fn deref(&self) -> &Composed {
        &self.composed
    }
}

/// What is known of a portal without asking it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KnownPortal {
    address: String,
    name: String,
    practice: bool,
    support_phone: String,
    #[serde(default = "suspends")]
    suspension: bool,
}

/// What a portal does that did not say, as most do.
fn suspends() -> bool {
    true
}

/// Asks the portal who it is and remembers the answer. A portal that cannot be reached is as it was the last time, so
/// that the certificate can be seen, and locked, without it. One for practice is no real one, nor the other way round:
/// nothing is remembered of it.
async fn known_portal(
    portal: &PortalClient,
    journal: &SqliteJournal,
    practice: bool,
) -> Result<KnownPortal, DesktopError> {
    let error = match portal.capabilities().await {
        Ok(capabilities) if capabilities.practice != practice => return Err(JourneyError::OtherPortal.into()),
        Ok(capabilities) => {
            let known = KnownPortal {
                address: portal.address().to_owned(),
                name: capabilities.portal,
                practice: capabilities.practice,
                support_phone: capabilities.support_phone,
                suspension: capabilities.suspension,
            };
            let text =
                serde_json::to_string(&known).map_err(|error| JournalError::Damaged(error.to_string().into()))?;
            journal.set_setting(Setting::Portal, &text).await?;
            return Ok(known);
        }
        Err(error) => error,
    };
    let remembered = journal.setting(Setting::Portal).await?;
    let remembered = remembered.and_then(|text| serde_json::from_str::<KnownPortal>(&text).ok());
    match remembered.filter(|known| known.address == portal.address() && known.practice == practice) {
        Some(known) => {
            tracing::warn!("the portal is as it was the last time: {}", whole_chain(&error));
            Ok(known)
        }
        None => Err(error.into()),
    }
}

/// The trust anchor in a PEM file.
///
/// # Errors
/// Where it cannot be read, or holds no certificate.
pub fn trust_anchors(file: &Path) -> Result<Vec<TrustAnchor>, DesktopError> {
    let pem = read_bounded(file).map_err(|source| DesktopError::TrustAnchorFile { path: file.to_owned(), source })?;
    let anchor =
        TrustAnchor::from_pem(&pem).map_err(|source| DesktopError::TrustAnchor { path: file.to_owned(), source })?;
    Ok(vec![anchor])
}

/// Keeps the trust anchor in the data folder, whole or not at all, where `certifikat` looks for it.
fn keep_trust_anchor(data: &Path, anchors: &[TrustAnchor]) -> Result<(), DesktopError> {
    let path = data.join(TRUST_ANCHOR);
    let pem: String = anchors.iter().map(|anchor| anchor.certificate().to_pem()).collect();
    if read_bounded(&path).is_ok_and(|kept| kept == pem.as_bytes()) {
        return Ok(());
    }
    let draft = path.with_extension(format!("pem.{}", std::process::id()));
    fs::write(&draft, pem)
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|source| DesktopError::TrustAnchorNotKept { path, source })
}

fn read_bounded(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(LONGEST_TRUST_ANCHOR).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_practised_and_what_is_real_never_share_a_journal() {
        let journal = |choice| {
            let desktop = Desktop::new(PathBuf::from("data"), choice, None);
            desktop.journal_file(desktop.practises())
        };
        let at = |practice| PortalChoice::At {
            address: "https://portal.example".into(),
            trust_anchor: PathBuf::from("anchor.pem"),
            practice,
        };
        assert_eq!(journal(PortalChoice::OwnPractice), journal(at(true)));
        assert_ne!(journal(at(true)), journal(at(false)));
    }

    #[test]
    fn the_trust_anchor_is_kept_beside_the_journal_and_follows_a_change() {
        let data = tempfile::tempdir().expect("a folder");
        let kept = data.path().join("trust-anchor.pem");
        for name in ["en rod", "en anden rod"] {
            let anchor = vec![own_root(name)];
            keep_trust_anchor(data.path(), &anchor).expect("it is kept");
            keep_trust_anchor(data.path(), &anchor).expect("it is kept already");
            assert!(trust_anchors(&kept).expect("a trust anchor") == anchor);
        }
        assert_eq!(fs::read_dir(data.path()).expect("the folder").count(), 1, "no draft is left");
    }

    #[test]
    fn a_data_folder_that_cannot_be_written_is_told() {
        let gone = tempfile::tempdir().expect("a folder").path().join("gone");
        let outcome = keep_trust_anchor(&gone, &[own_root("en rod")]);
        assert!(matches!(outcome, Err(DesktopError::TrustAnchorNotKept { .. })));
    }

    fn own_root(name: &str) -> TrustAnchor {
        let key = rcgen::KeyPair::generate().expect("a key");
        let parameters = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        TrustAnchor::from_pem(certificate.pem().as_bytes()).expect("a trust anchor")
    }
}
