//! What all use cases share: the ports, the settings, and the one journey under way.

use crate::error::JourneyError;
use crate::invitation::OneTimeCode;
use crate::journey::{
    Acknowledgement, CertificateState, DeclarationEntry, DocumentKind, Issued, Journey, KeyId, KeyReference, KeyUse,
    Step, Stopped, Suspended,
};
use crate::policy::Policy;
use crate::ports::{Change, Clock, Journal, JournalError, KeyStore, KeyStoreError, Portal};
use crate::use_log::{LogHead, LoggedKeyUse, UseLog};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use pki::{Profile, SigningKey, TrustAnchor};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::{NoContext, Timestamp, Uuid};

/// How often a journey is looked at anew that changes while it is given up.
const GIVING_UP_TRIES: u32 = 5;

/// Leads one employee through the life of one certificate on this computer.
///
/// Each use case reads the journey, checks that its step fits, acts, and records the outcome in one transaction. A
/// face runs one use case at a time, but for [`Guide::suspend`], which waits for nothing.
pub struct Guide<K, P, J, C> {
    pub(crate) key_store: K,
    pub(crate) portal: P,
    pub(crate) journal: J,
    pub(crate) clock: C,
    pub(crate) settings: Settings,
    /// The one-time code between the welcome screen and the certificate: in memory only.
    pub(crate) code: Mutex<Option<OneTimeCode>>,
    /// When the portal registered this computer, until the person has kept the revocation code: in memory only.
    pub(crate) registered_at: Mutex<Option<DateTime<Utc>>>,
    /// The key that stays open for as long as the policy allows: in memory only.
    pub(crate) open: Mutex<Option<OpenKey>>,
}

/// A key that stays open.
pub(crate) struct OpenKey {
    pub(crate) id: KeyId,
    pub(crate) key: Arc<dyn SigningKey>,
    pub(crate) until: DateTime<Utc>,
}

/// What does not change while the program runs.
pub struct Settings {
    /// True where the portal is a practice portal: its certificates are then of the practice profile, and no others
    /// are taken.
    pub practice: bool,
    /// Where every certificate path must end.
    pub trust_anchors: Vec<TrustAnchor>,
    /// The program's version, as the declaration names it.
    pub app_version: String,
    /// The portal's name, as the declaration names it.
    pub portal_name: String,
    /// Whether the portal suspends certificates.
    pub suspension_offered: bool,
    /// What this computer is called: 1 to 64 characters that can be printed.
    pub device_name: String,
    /// What the organisation allows.
    pub policy: Policy,
}

/// What a use case is doing, for whoever waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Tries whether the keychain keeps what is written to it.
    ProbingKeychain,
    /// Makes the key.
    MakingKey,
    /// Opens the key with the password.
    UnlockingKey,
    /// Asks the portal for the certificate.
    FetchingCertificate,
    /// Checks the certificate.
    CheckingCertificate,
    /// Registers this computer at the portal.
    RegisteringDevice,
    /// Asks the issuer for the status of the certificate.
    AskingStatus,
    /// Fetches the terms in force.
    FetchingTerms,
    /// Writes the declaration.
    RenderingDeclaration,
    /// Signs it.
    Signing,
    /// Asks for a time-stamp.
    TimeStamping,
    /// Submits it.
    Submitting,
    /// Checks the receipt.
    CheckingReceipt,
    /// Reads the file with the key.
    ReadingContainer,
    /// Writes the file with the key.
    WritingContainer,
    /// Asks the portal for revocation.
    Revoking,
}

/// Hears what a use case is doing.
pub type Progress<'a> = dyn Fn(Stage) + Send + Sync + 'a;

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Puts the guide together.
    pub fn new(key_store: K, portal: P, journal: J, clock: C, settings: Settings) -> Self {
        Self {
            key_store,
            portal,
            journal,
            clock,
            settings,
            code: Mutex::new(None),
            registered_at: Mutex::new(None),
            open: Mutex::new(None),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The place for keys.
    pub fn key_store(&self) -> &K {
        &self.key_store
    }

    /// The portal.
    pub fn portal(&self) -> &P {
        &self.portal
    }

    /// The journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// The journey under way, if there is one.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn current(&self) -> Result<Option<Journey>, JourneyError> {
        Ok(self.journal.current().await?)
    }

    /// True where the one-time code must be typed again before the certificate can be fetched: it is kept in memory
    /// only, so a restart forgets it.
    pub fn code_needed(&self, journey: &Journey) -> bool {
        match &journey.step {
            Step::Invited(_) | Step::KeyMade(_) => self.code.lock().unwrap_or_else(PoisonError::into_inner).is_none(),
            Step::Issued(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Active(_)
            | Step::Suspended(_)
            | Step::Stopped(_)
            | Step::Revoked(_) => false,
        }
    }

    /// A document of the journey under way.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn document(&self, kind: DocumentKind) -> Result<Option<Vec<u8>>, JourneyError> {
        match self.journal.current().await? {
            Some(journey) => Ok(self.journal.document(journey.id, kind).await?),
            None => Ok(None),
        }
    }

    /// The log of how keys were used: at most `limit` of its latest lines, and the check of all of it.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn use_log(&self, limit: u32) -> Result<UseLog, JourneyError> {
        let log = self.journal.use_log(limit).await?;
        let journey = self.journal.current().await?;
        let Some(key) = journey.as_ref().and_then(|journey| journey.step.key()) else { return Ok(log) };
        // A keychain that says nothing proves nothing, and is told of elsewhere.
        Ok(match self.key_store.log_head(key.id).await {
            Ok(Some(head)) => log.against(&head),
            Ok(None) | Err(_) => log,
        })
    }

    /// Gives up the journey under way and deletes its key, where that leaves no usable certificate behind: before this
    /// computer is registered (a certificate without a declaration gives access to nothing), before the declaration is
    /// delivered (the certificate is suspended first, so that whoever forgot the password can begin anew), after the
    /// portal has confirmed that the certificate is revoked, or after it has expired. Of a certificate in use only the
    /// declaration of new terms that waits to be delivered is given up.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where a declared certificate is not revoked, or the portal has the declaration that is
    /// to be given up, and as the portal fails where it has to
    /// be told first.
    pub async fn start_over(&self) -> Result<(), JourneyError> {
        for _ in 1..GIVING_UP_TRIES {
            match self.give_up().await {
                // What was noted meanwhile beside it, by the watch or another program, is looked at anew: its key may be gone
                // already.
                Err(JourneyError::Journal(JournalError::Conflict)) => {}
                given_up_or_not => return given_up_or_not,
            }
        }
        self.give_up().await
    }

    async fn give_up(&self) -> Result<(), JourneyError> {
        let Some(mut journey) = self.journal.current().await? else {
            return Ok(());
        };
        let expired = |issued: &Issued| self.now() > issued.held.certificate.not_after();
        match &journey.step {
            Step::Invited(_) | Step::KeyMade(_) | Step::Revoked(_) => {}
            // What has expired is used by nobody any more, and the portal answers nobody about it.
            step if step.issued().is_some_and(expired) => {}
            Step::Stopped(Stopped { portal, .. }) => require_read_back(portal, CertificateState::Revoked)?,
            Step::Issued(issued) if issued.device_registered_at.is_none() => {}
            // Only the declaration of the new terms is given up; the certificate stays in use.
            Step::Signed(state) if state.declaration.follows.is_some() => {
                self.under_way_here().await?;
                let token = self.key_store.device_token(state.issued.key.id).await?;
                let reported = self.portal.certificate_state(&token).await?;
                if reported.declaration.is_some_and(|declaration| declaration.id == state.declaration.id) {
                    return Err(JourneyError::WrongStep);
                }
                self.withdraw(journey).await?;
                return Ok(());
            }
            Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) | Step::Suspended(_) => {
                let in_use = |entry: &DeclarationEntry| entry.accepted_at.is_some() || entry.follows.is_some();
                if journey.step.declaration().is_some_and(in_use) {
                    return Err(JourneyError::WrongStep);
                }
                journey = self.suspend_to_give_up().await?;
            }
            Step::Active(_) => return Err(JourneyError::WrongStep),
        }
        // The keys go first: should the program stop here, the journey is still there to be given up again.
        for key in journey.step.keys() {
            self.at_its_place(key)?;
            self.key_store.delete_key(key.id).await?;
        }
        self.journal.archive(&journey).await?;
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.registered_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.close_key();
        Ok(())
    }

    /// Until when the journey's key is open, where it is: the password is not asked for till then.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn open_until(&self) -> Result<Option<DateTime<Utc>>, JourneyError> {
        let journey = self.journal.current().await?;
        let key = journey.as_ref().and_then(|journey| journey.step.key());
        Ok(key.and_then(|key| self.key_at_hand(key.id).map(|(_, until)| until)))
    }

    /// The key, where it stays open from an act before.
    pub(crate) fn key_at_hand(&self, id: KeyId) -> Option<(Arc<dyn SigningKey>, DateTime<Utc>)> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        // A clock that was set back keeps no key open for longer.
        let longest = self.settings.policy.unlocked_for();
        if open.as_ref().is_some_and(|open| open.until <= now || open.until - now > longest) {
            *open = None;
        }
        open.as_ref().filter(|open| open.id == id).map(|open| (Arc::clone(&open.key), open.until))
    }

    /// Keeps the key open for as long as the policy allows.
    pub(crate) fn keep_open(&self, id: KeyId, key: &Arc<dyn SigningKey>) {
        let unlocked_for = self.settings.policy.unlocked_for();
        if unlocked_for > TimeDelta::zero() {
            let open = OpenKey { id, key: Arc::clone(key), until: self.clock.now() + unlocked_for };
            *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
        }
    }

    /// Closes the key that stays open.
    pub(crate) fn close_key(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Deletes the keys that no journey names, as far as they are of this place: the program was stopped between
    /// making one and recording it, or between recording that it is not needed and deleting it.
    pub(crate) async fn sweep_keys(&self) -> Result<(), JourneyError> {
        for (key, place) in self.journal.announced_keys().await? {
            if place == self.key_store.place() {
                self.key_store.delete_key(key).await?;
                self.journal.forget_key(key).await?;
            }
        }
        Ok(())
    }

    /// A name for a key that is about to be made, announced so that it does not stay behind unnamed.
    pub(crate) async fn announce_new_key(&self) -> Result<KeyId, JourneyError> {
        self.sweep_keys().await?;
        let id = KeyId(Uuid::new_v4());
        self.journal.announce_key(id, &self.key_store.place()).await?;
        Ok(id)
    }

    /// Records a change, and keeps the head of the log where uses of a key came with it.
    pub(crate) async fn record(&self, change: Change) -> Result<Journey, JourneyError> {
        let used = change.key_uses.last().map(|key_use| key_use.key);
        let discards: Vec<KeyReference> = change.discards.clone();
        let journey = self.journal.record(change).await?;
        if let Some(key) = journey.step.key().map(|key| key.id).filter(|_| used.is_some()) {
            self.keep_log_head(key).await;
        }
        for key in discards.iter().filter(|key| key.place == self.key_store.place()) {
            // It is announced: what fails now is done again before the next key is made.
            if self.key_store.delete_key(key.id).await.is_ok() {
                self.journal.forget_key(key.id).await?;
            }
        }
        Ok(journey)
    }

    /// Records uses of a key that led to nothing else, and keeps the head of the log.
    pub(crate) async fn record_key_uses(&self, key_uses: Vec<KeyUse>) -> Result<(), JourneyError> {
        let used = key_uses.last().map(|key_use| key_use.key);
        self.journal.record_key_uses(key_uses).await?;
        if let Some(key) = used {
            self.keep_log_head(key).await;
        }
        Ok(())
    }

    /// The use has happened and is recorded: a keychain that takes no head keeps the older one, which proves less.
    async fn keep_log_head(&self, key: KeyId) {
        let Ok(log) = self.journal.use_log(1).await else { return };
        if let Some(LoggedKeyUse { number, hash: Some(hash), .. }) = log.lines.first() {
            let _ = self.key_store.store_log_head(key, &LogHead { number: *number, hash: *hash }).await;
        }
    }

    /// Suspends the certificate, whatever was read of it before, so that what is given up cannot be used. An emptied
    /// keychain cannot ask for it any more, but neither is there a key left to use.
    async fn suspend_to_give_up(&self) -> Result<Journey, JourneyError> {
        match self.suspend().await {
            Ok(journey) => match &journey.step {
                Step::Suspended(Suspended { portal: Acknowledgement::ReadBack { standing }, .. })
                    if matches!(standing.state, CertificateState::Suspended | CertificateState::Revoked) =>
                {
                    Ok(journey)
                }
                Step::Suspended(_)
                | Step::Invited(_)
                | Step::KeyMade(_)
                | Step::Issued(_)
                | Step::Reviewed(_)
                | Step::Signed(_)
                | Step::Active(_)
                | Step::Stopped(_)
                | Step::Revoked(_) => Err(JourneyError::WrongStep),
            },
            Err(JourneyError::KeyStore(KeyStoreError::Missing)) => self.under_way().await,
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn under_way(&self) -> Result<Journey, JourneyError> {
        self.journal.current().await?.ok_or(JourneyError::WrongStep)
    }

    /// The journey under way, if it belongs to this portal: no other portal is asked about its certificate. A practice
    /// portal may have moved to another port since.
    pub(crate) async fn under_way_here(&self) -> Result<Journey, JourneyError> {
        let journey = self.under_way().await?;
        if self.is_of_this_portal(&journey) { Ok(journey) } else { Err(JourneyError::OtherPortal) }
    }

    /// Whether the journey belongs to this portal.
    pub(crate) fn is_of_this_portal(&self, journey: &Journey) -> bool {
        journey.practice == self.settings.practice && (journey.practice || journey.portal == self.portal.address())
    }

    /// Whole seconds: what is stored, signed and shown is then the same to the letter.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(0)
    }

    /// A UUIDv7 of the port's time ([RFC 9562 §5.7]), not of the system's.
    pub(crate) fn new_uuid_v7(&self) -> Uuid {
        let now = self.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }

    pub(crate) fn employee_profile(&self) -> Profile {
        if self.settings.practice { Profile::PracticeEmployee } else { Profile::OcesEmployee }
    }
}

fn require_read_back(portal: &Acknowledgement, state: CertificateState) -> Result<(), JourneyError> {
    match portal {
        Acknowledgement::ReadBack { standing } if standing.state == state => Ok(()),
        Acknowledgement::ReadBack { .. } | Acknowledgement::Waiting => Err(JourneyError::WrongStep),
    }
}
