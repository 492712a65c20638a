//! What all use cases share: the ports, the settings, and the one journey under way.

use crate::error::JourneyError;
use crate::invitation::OneTimeCode;
use crate::journey::{Acknowledgement, CertificateState, DocumentKind, Journey, Step, Stopped, Suspended};
use crate::ports::{Clock, Journal, KeyStore, KeyStoreError, Portal};
use crate::use_log::UseLog;
use chrono::{DateTime, SubsecRound, Utc};
use pki::{Profile, TrustAnchor};
use std::sync::{Mutex, PoisonError};
use uuid::{NoContext, Timestamp, Uuid};

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
    /// Submits it.
    Submitting,
    /// Checks the receipt.
    CheckingReceipt,
}

/// Hears what a use case is doing.
pub type Progress<'a> = dyn Fn(Stage) + Send + Sync + 'a;

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Puts the guide together.
    pub fn new(key_store: K, portal: P, journal: J, clock: C, settings: Settings) -> Self {
        Self { key_store, portal, journal, clock, settings, code: Mutex::new(None), registered_at: Mutex::new(None) }
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
        Ok(self.journal.use_log(limit).await?)
    }

    /// Gives up the journey under way and deletes its key, where that leaves no usable certificate behind: before this
    /// computer is registered (a certificate without a declaration gives access to nothing), before the declaration is
    /// delivered (the certificate is suspended first, so that whoever forgot the password can begin anew), or after the
    /// portal has confirmed that the certificate is revoked.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where a declared certificate is not revoked, and as the portal fails where it has to
    /// be told first.
    pub async fn start_over(&self) -> Result<(), JourneyError> {
        let Some(mut journey) = self.journal.current().await? else {
            return Ok(());
        };
        match &journey.step {
            Step::Invited(_) | Step::KeyMade(_) | Step::Revoked(_) => {}
            Step::Stopped(Stopped { portal, .. }) => require_read_back(portal, CertificateState::Revoked)?,
            Step::Issued(issued) if issued.device_registered_at.is_none() => {}
            Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) | Step::Suspended(_) => {
                if journey.step.declaration().is_some_and(|declaration| declaration.accepted_at.is_some()) {
                    return Err(JourneyError::WrongStep);
                }
                journey = self.suspend_to_give_up().await?;
            }
            Step::Active(_) => return Err(JourneyError::WrongStep),
        }
        // The key goes first: should the program stop here, the journey is still there to be given up again.
        if let Some(key) = journey.step.key() {
            self.at_its_place(key)?;
            self.key_store.delete_key(key.id).await?;
        }
        self.journal.archive(&journey).await?;
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.registered_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
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
        let practises = journey.practice && self.settings.practice;
        if journey.practice != self.settings.practice || (!practises && journey.portal != self.portal.address()) {
            return Err(JourneyError::OtherPortal);
        }
        Ok(journey)
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
