//! Random sequences of everything that an employee, the local registration authority, the network, the clocks and a
//! crash can do to one certificate, with the real portal in this process, real TLS and the real journal. After each act
//! it is checked that nothing was used that must not be, nothing was lost, and nothing was done twice.
//!
//! The sequences are the same each time. `PROPTEST_CASES` makes more of them, and `PROPTEST_RNG_SEED` others; one that
//! fails is printed, kept in `state_machine.proptest-regressions`, and played first from then on.
//!
//! Start reading at [`Act`], then [`Case::check`], which holds what must be true after each act, and [`Case::settle`],
//! which holds what must come of it in the end.

use aws_lc_rs::digest::{SHA256, digest};
use certifikatguide_tests::doubles::{FollowingClock, Interference, MemoryKeyStore, PortalThrough, StandingClock};
use certifikatguide_tests::keys;
use certifikatguide_tests::workplace::{answers, password, settings};
use chrono::{DateTime, TimeDelta, Utc};
use declaration::DetailField;
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{
    Change, ClientIdentity, DeviceRegistration, Journal, JournalError, KeptStatus, KeyContainer, KeySecret, KeyStore,
    KeyStoreError, Portal, PortalError, RecordedJourney, RegisteredDevice, ReportedState, Responder, StateByCode,
    StatusReply, UnverifiedTerms,
};
use lifecycle::{
    AcceptedTerms, Acknowledgement, DeviceToken, DocumentKind, Guide, Invitation, Journey, JourneyError,
    JudgedActivity, KeyId, KeyPlaceName, KeyPurpose, KeyReference, KeyUse, LogHead, OnEarlier, OneTimeCode,
    OutgoingDeclaration, Password, Preservation, ProblemCode, ReferenceNumber, RevocationCode, RevocationReason, Step,
    UseLog, UseLogState,
};
use local_store::SqliteJournal;
use pki::{Certificate, SigningKey, TrustAnchor};
use portal::{InvitationOrder, PersonalNumber, PortalServer, RunningPortal};
use portal_api::{LocalRegistrationAuthority, OrderedSubject};
use portal_client::PortalClient;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestCaseError, TestError, TestRunner};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tempfile::TempDir;
use tokio::sync::Notify;
use uuid::Uuid;

/// How many sequences are played unless `PROPTEST_CASES` says otherwise, of how much at most, from which seed.
const CASES: u32 = 24;
const MOST_PHRASES: usize = 18;
/// Most sequences begin with a certificate in use, or nearly so: so many acts lead there.
const IN_USE_AFTER: usize = 5;
const SEED: u64 = 20_261_124;

/// Where sequences that failed are kept.
const KEPT_FAILURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/state_machine.proptest-regressions");

// What can happen.

/// One thing that happens.
#[derive(Debug, Clone)]
enum Act {
    /// Whatever leads on from here to a certificate in use.
    GoOn,
    /// The local registration authority invites, and the invitation is opened.
    OpenInvitation,
    Enrol,
    ConfirmCode,
    Review {
        wrong: bool,
    },
    Sign,
    Deliver,
    Suspend,
    TellPortal,
    Refresh,
    Watch,
    /// With what stands on paper.
    SuspendByCode,
    RevokeByCode,
    Revoke,
    Renew,
    RenewRevocationCode,
    StartOver,
    /// The local registration authority acts at the portal.
    AuthoritySuspends,
    AuthorityReinstates,
    AuthorityRevokes,
    /// The program is started anew.
    Restart,
    /// From now on this goes wrong on the way to the portal.
    Disturb(Disturbance),
    /// Nothing goes wrong any more.
    Calm,
    /// Time passes, everywhere.
    Pass {
        minutes: i64,
    },
    /// The computer's clock is put forward or back.
    MoveOwnClock {
        minutes: i64,
    },
    /// The computer's clock is put right.
    SetOwnClock,
}

/// What goes wrong on the way to the portal until it is calm again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    CutOff,
    StatusWithheld,
    RespondersSilent,
    PortalStatusWithheld,
    PortalStatusUnreachable,
    RegistrationRefused,
    RegistrationLost,
    RenewalLost,
    DeliveryCutOff,
    ReceiptLost,
}

impl Disturbance {
    const ALL: [Self; 10] = [
        Self::CutOff,
        Self::StatusWithheld,
        Self::RespondersSilent,
        Self::PortalStatusWithheld,
        Self::PortalStatusUnreachable,
        Self::RegistrationRefused,
        Self::RegistrationLost,
        Self::RenewalLost,
        Self::DeliveryCutOff,
        Self::ReceiptLost,
    ];

    fn interference(self) -> Interference {
        match self {
            Self::CutOff => Interference::CutOff,
            Self::StatusWithheld => Interference::StatusWithheld,
            Self::RespondersSilent => Interference::RespondersSilent,
            Self::PortalStatusWithheld => Interference::PortalStatusWithheld,
            Self::PortalStatusUnreachable => Interference::PortalStatusUnreachable,
            Self::RegistrationRefused => Interference::RegistrationRefused,
            Self::RegistrationLost => Interference::RegistrationLost,
            Self::RenewalLost => Interference::RenewalLost,
            Self::DeliveryCutOff => Interference::DeliveryCutOff,
            Self::ReceiptLost => Interference::ReceiptLost,
        }
    }

    /// Whether a responder is heard right before each use of the key.
    fn lets_status_through(self) -> bool {
        !matches!(self, Self::CutOff | Self::StatusWithheld | Self::RespondersSilent)
    }
}

/// What goes wrong within one act.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    None,
    /// The program is killed after so many moments, one before and one after each call of keychain, journal and portal.
    Killed {
        after: u32,
    },
    /// After so many answers that came, the portal does what it is asked and its answer is lost.
    AnswerLost {
        after: u32,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        26 => Just(Act::GoOn),
        2 => Just(Act::OpenInvitation),
        2 => Just(Act::Enrol),
        2 => Just(Act::ConfirmCode),
        2 => prop::bool::weighted(0.5).prop_map(|wrong| Act::Review { wrong }),
        2 => Just(Act::Sign),
        3 => Just(Act::Deliver),
        5 => Just(Act::Suspend),
        2 => Just(Act::TellPortal),
        4 => Just(Act::Refresh),
        5 => Just(Act::Watch),
        2 => Just(Act::SuspendByCode),
        1 => Just(Act::RevokeByCode),
        2 => Just(Act::Revoke),
        8 => Just(Act::Renew),
        3 => Just(Act::RenewRevocationCode),
        3 => Just(Act::StartOver),
        4 => Just(Act::AuthoritySuspends),
        7 => Just(Act::AuthorityReinstates),
        2 => Just(Act::AuthorityRevokes),
        5 => Just(Act::Restart),
        7 => (0..Disturbance::ALL.len()).prop_map(|index| Act::Disturb(Disturbance::ALL[index])),
        6 => Just(Act::Calm),
        8 => prop_oneof![1..180_i64, 1_440..8_640_i64].prop_map(|minutes| Act::Pass { minutes }),
        5 => prop_oneof![-600..-6_i64, -4..4_i64, 6..600_i64].prop_map(|minutes| Act::MoveOwnClock { minutes }),
        4 => Just(Act::SetOwnClock),
    ]
}

/// Acts that belong together: most come alone; some leave a renewal, a delivery or a new revocation code half done.
fn phrase() -> impl Strategy<Value = Vec<(Act, Mishap)>> {
    let half_done = |act: Act, disturbances: &'static [Disturbance]| {
        (0..disturbances.len()).prop_map(move |index| {
            let acts = [Act::Disturb(disturbances[index]), act.clone(), Act::Calm];
            acts.into_iter().map(|act| (act, Mishap::None)).collect()
        })
    };
    const RENEWAL: &[Disturbance] =
        &[Disturbance::RenewalLost, Disturbance::RegistrationRefused, Disturbance::RegistrationLost];
    const DELIVERY: &[Disturbance] = &[Disturbance::DeliveryCutOff, Disturbance::ReceiptLost];
    const REGISTRATION: &[Disturbance] = &[Disturbance::RegistrationLost];
    const ALARM: &[Disturbance] = &[Disturbance::CutOff];
    prop_oneof![
        20 => (act(), mishap()).prop_map(|act| vec![act]),
        2 => half_done(Act::Renew, RENEWAL),
        3 => half_done(Act::Sign, DELIVERY),
        1 => half_done(Act::RenewRevocationCode, REGISTRATION),
        1 => half_done(Act::Suspend, ALARM),
    ]
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        6 => Just(Mishap::None),
        4 => (0..30_u32).prop_map(|after| Mishap::Killed { after }),
        2 => (0..5_u32).prop_map(|after| Mishap::AnswerLost { after }),
    ]
}

// The portal, shared by all sequences.

struct World {
    _portal: RunningPortal,
    address: String,
    trust_anchor: TrustAnchor,
    folder: TempDir,
    began: DateTime<Utc>,
    clock: StandingClock,
    portal_clock: FollowingClock,
    records: PortalRecords,
}

/// What the portal has in its own database.
#[derive(Clone)]
struct PortalRecords(SqlitePool);

/// A certificate there.
#[derive(Debug, Clone, sqlx::FromRow)]
struct CertificateThere {
    serial_number: String,
    state: String,
    employee_id: String,
    declared_by: Option<String>,
    renews: Option<String>,
    /// How many times its suspension was lifted, and how many declarations of it were accepted.
    reinstated: i64,
    declared: i64,
}

impl CertificateThere {
    fn is_stopped(&self) -> bool {
        self.state == "suspended" || self.is_revoked()
    }

    fn is_revoked(&self) -> bool {
        self.state == "revoked"
    }

    fn is_active(&self) -> bool {
        self.state == "active"
    }
}

impl PortalRecords {
    async fn open(folder: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(folder.join("portal.sqlite")).read_only(true);
        Self(SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("the portal's database"))
    }

    /// The employee who was invited last.
    async fn last_employee(&self) -> i64 {
        let last = sqlx::query_scalar("SELECT COALESCE(MAX(rowid), 0) FROM employee");
        last.fetch_one(&self.0).await.expect("the portal's database")
    }

    /// The certificates of everybody who was invited since `employee`.
    async fn certificates_since(&self, employee: i64) -> Vec<CertificateThere> {
        sqlx::query_as(
            "SELECT c.serial_number, c.state, c.employee_id, c.declared_by, c.renews, \
             (SELECT COUNT(*) FROM event e WHERE e.serial_number = c.serial_number AND e.kind = 'reinstated') \
             AS reinstated, \
             (SELECT COUNT(*) FROM event e WHERE e.serial_number = c.serial_number AND e.kind = 'declared') AS declared \
             FROM certificate c JOIN employee m ON m.id = c.employee_id WHERE m.rowid > ? ORDER BY c.rowid",
        )
        .bind(employee)
        .fetch_all(&self.0)
        .await
        .expect("the portal's database")
    }

    /// The state of the certificate of a key; `None` where it has none.
    async fn state_of_key(&self, subject_public_key_info: &[u8]) -> Option<String> {
        sqlx::query_scalar("SELECT state FROM certificate WHERE public_key_sha256 = ?")
            .bind(digest(&SHA256, subject_public_key_info).as_ref())
            .fetch_optional(&self.0)
            .await
            .expect("the portal's database")
    }
}

impl World {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let began = Utc::now();
        let clock = StandingClock::at(began);
        let portal_clock = clock.followed();
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let settings = portal::Settings {
            listen: anywhere,
            status_listen: anywhere,
            data: folder.path().to_owned(),
            database: None,
            practice: true,
            suspension: true,
            employee_validity: Some(TimeDelta::days(50)),
            terms: Vec::new(),
            clock: Arc::new(portal_clock.clone()),
        };
        let running = PortalServer::start(settings).await.expect("the portal starts");
        let pem = std::fs::read(&running.ready.trust_anchor).expect("the trust anchor's file");
        Self {
            address: running.ready.portal.clone(),
            trust_anchor: TrustAnchor::from_pem(&pem).expect("the trust anchor"),
            records: PortalRecords::open(folder.path()).await,
            _portal: running,
            folder,
            began,
            clock,
            portal_clock,
        }
    }

    async fn invite(&self) -> (ReferenceNumber, String) {
        let order = InvitationOrder {
            subject: OrderedSubject {
                given_name: "Øvebruger".into(),
                surname: "Eksempel".into(),
                common_name: "Øvebruger Eksempel".into(),
                email: "oevebruger@example.org".into(),
                organisation: "Øvelseskommune Å".into(),
                cvr: "12345678".into(),
            },
            personal_number: PersonalNumber::parse("6101010000").expect("a substitute number"),
            authority: LocalRegistrationAuthority {
                name: "Øvelseskommune Å, brugeradministrationen".into(),
                phone: None,
                email: Some("lra@example.org".into()),
            },
            validity: TimeDelta::days(60),
        };
        let invited = portal::invite(self.folder.path(), None, &self.portal_clock, &order).await;
        let invited = invited.expect("an invitation");
        (ReferenceNumber::parse(&invited.reference).expect("a reference number"), invited.code.to_string())
    }
}

// What goes wrong between the program and everything around it.

/// Where the program is killed, and which answer is lost. All ports of one program share it.
#[derive(Clone, Default)]
struct Mishaps(Arc<MishapsToCome>);

#[derive(Default)]
struct MishapsToCome {
    killed_after: Mutex<Option<u32>>,
    lost_after: Mutex<Option<u32>>,
    killed: Notify,
    lost: AtomicU32,
}

fn count_down(left: &Mutex<Option<u32>>) -> bool {
    let mut left = left.lock().expect("the lock");
    match *left {
        None => false,
        Some(0) => {
            *left = None;
            true
        }
        Some(more) => {
            *left = Some(more - 1);
            false
        }
    }
}

impl Mishaps {
    fn prepare(&self, mishap: Mishap) {
        let (killed_after, lost_after) = match mishap {
            Mishap::None => (None, None),
            Mishap::Killed { after } => (Some(after), None),
            Mishap::AnswerLost { after } => (None, Some(after)),
        };
        *self.0.killed_after.lock().expect("the lock") = killed_after;
        *self.0.lost_after.lock().expect("the lock") = lost_after;
        self.0.lost.store(0, Ordering::SeqCst);
    }

    /// A moment at which the program can be killed: it then goes no further.
    async fn moment(&self) {
        if count_down(&self.0.killed_after) {
            self.0.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn answer<T>(&self, answer: Result<T, PortalError>) -> Result<T, PortalError> {
        if count_down(&self.0.lost_after) {
            self.0.lost.fetch_add(1, Ordering::SeqCst);
            return Err(PortalError::Unreachable("the answer was lost".into()));
        }
        answer
    }

    fn answers_lost(&self) -> u32 {
        self.0.lost.load(Ordering::SeqCst)
    }
}

/// A port with the moments around each of its calls.
struct Around<T> {
    inner: T,
    mishaps: Mishaps,
}

macro_rules! calls {
    ($(async fn $name:ident(&self $(, $argument:ident: $type:ty)*) -> $answer:ty;)*) => {
        $(async fn $name(&self $(, $argument: $type)*) -> $answer {
            self.mishaps.moment().await;
            let answer = self.inner.$name($($argument),*).await;
            self.mishaps.moment().await;
            answer
        })*
    };
}

macro_rules! portal_calls {
    ($(async fn $name:ident(&self $(, $argument:ident: $type:ty)*) -> $answer:ty;)*) => {
        $(async fn $name(&self $(, $argument: $type)*) -> $answer {
            self.mishaps.moment().await;
            let answer = self.inner.$name($($argument),*).await;
            self.mishaps.moment().await;
            self.mishaps.answer(answer)
        })*
    };
}

impl<P: Portal> Portal for Around<P> {
    fn address(&self) -> &str {
        self.inner.address()
    }

    fn proxy_for(&self, address: &str) -> Option<String> {
        self.inner.proxy_for(address)
    }

    portal_calls! {
        async fn invitation(&self, reference: &ReferenceNumber, code: &OneTimeCode) -> Result<Invitation, PortalError>;
        async fn simple_enroll(&self, reference: &ReferenceNumber, code: &OneTimeCode, request: &[u8])
            -> Result<Vec<Certificate>, PortalError>;
        async fn simple_reenroll(&self, identity: &ClientIdentity, request: &[u8])
            -> Result<Vec<Certificate>, PortalError>;
        async fn register_device(&self, identity: &ClientIdentity, registration: &DeviceRegistration)
            -> Result<RegisteredDevice, PortalError>;
        async fn terms_in_force(&self) -> Result<Vec<UnverifiedTerms>, PortalError>;
        async fn submit_declaration(&self, identity: &ClientIdentity, declaration: &OutgoingDeclaration)
            -> Result<Vec<u8>, PortalError>;
        async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, PortalError>;
        async fn ocsp_response(&self, responder: Responder<'_>, request: &[u8]) -> Result<StatusReply, PortalError>;
        async fn revocation_list(&self, address: &str, largest: usize) -> Result<Vec<u8>, PortalError>;
        async fn date(&self) -> Result<Option<DateTime<Utc>>, PortalError>;
        async fn reach_proxy(&self, proxy: &str) -> Result<(), PortalError>;
        async fn certificate_state(&self, token: &DeviceToken) -> Result<ReportedState, PortalError>;
        async fn suspend(&self, token: &DeviceToken, serial_number: &str) -> Result<(), PortalError>;
        async fn suspend_by_code(&self, reference: &ReferenceNumber, code: &RevocationCode)
            -> Result<StateByCode, PortalError>;
        async fn revoke(&self, identity: &ClientIdentity, serial_number: &str, reason: RevocationReason)
            -> Result<(), PortalError>;
        async fn revoke_by_code(&self, reference: &ReferenceNumber, code: &RevocationCode, reason: RevocationReason)
            -> Result<StateByCode, PortalError>;
        async fn revoke_for_wrong_details(&self, token: &DeviceToken, serial_number: &str, wrong: &[DetailField])
            -> Result<(), PortalError>;
    }
}

impl<J: Journal> Journal for Around<J> {
    calls! {
        async fn current(&self) -> Result<Option<Journey>, JournalError>;
        async fn record(&self, change: Change) -> Result<Journey, JournalError>;
        async fn record_key_uses(&self, key_uses: Vec<KeyUse>) -> Result<(), JournalError>;
        async fn archive(&self, journey: &Journey) -> Result<(), JournalError>;
        async fn document(&self, journey: Uuid, kind: DocumentKind) -> Result<Option<Vec<u8>>, JournalError>;
        async fn keep_preservation(&self, declaration: Uuid, preservation: &Preservation) -> Result<(), JournalError>;
        async fn preservation(&self, declaration: Uuid) -> Result<Option<Preservation>, JournalError>;
        async fn outgoing(&self) -> Result<Option<OutgoingDeclaration>, JournalError>;
        async fn keep_status_answer(&self, journey: Uuid, kept: &KeptStatus) -> Result<(), JournalError>;
        async fn status_answer(&self, journey: Uuid) -> Result<Option<KeptStatus>, JournalError>;
        async fn journeys(&self) -> Result<Vec<RecordedJourney>, JournalError>;
        async fn wrong_passwords(&self, key: KeyId, limit: u32) -> Result<Vec<DateTime<Utc>>, JournalError>;
        async fn announce_key(&self, key: KeyId, place: &KeyPlaceName) -> Result<(), JournalError>;
        async fn announced_keys(&self) -> Result<Vec<(KeyId, KeyPlaceName)>, JournalError>;
        async fn forget_key(&self, key: KeyId) -> Result<(), JournalError>;
        async fn keep_activities(&self, journey: Uuid, activities: &[JudgedActivity]) -> Result<(), JournalError>;
        async fn activities(&self, journey: Uuid, limit: u32) -> Result<Vec<JudgedActivity>, JournalError>;
        async fn acknowledge_activity(&self, journey: Uuid, activity: Uuid) -> Result<(), JournalError>;
        async fn use_log(&self, limit: u32) -> Result<UseLog, JournalError>;
    }
}

/// The keychain, and who looks when it is opened.
#[derive(Clone)]
struct Keychain {
    keys: MemoryKeyStore,
    seen: Arc<Mutex<Seen>>,
    records: PortalRecords,
}

/// What the keychain did during one act.
#[derive(Default)]
struct Seen {
    /// For what keys were opened, and the state of their certificates at the portal at that moment.
    opened: Vec<(KeyPurpose, Option<String>)>,
    made: usize,
}

impl KeyStore for Around<Keychain> {
    fn place(&self) -> KeyPlaceName {
        self.inner.keys.place()
    }

    fn secret_kind(&self) -> KeySecret {
        self.inner.keys.secret_kind()
    }

    async fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        self.mishaps.moment().await;
        let made = self.inner.keys.create_key(id, password, at).await;
        self.inner.seen.lock().expect("the lock").made += 1;
        self.mishaps.moment().await;
        made
    }

    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        self.mishaps.moment().await;
        let key = self.inner.keys.unlock(permit, password).await?;
        let state = self.inner.records.state_of_key(key.subject_public_key_info()).await;
        self.inner.seen.lock().expect("the lock").opened.push((permit.purpose(), state));
        self.mishaps.moment().await;
        Ok(key)
    }

    async fn probe(&self) -> Result<(), KeyStoreError> {
        self.inner.keys.probe().await
    }

    async fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> Result<(), KeyStoreError> {
        self.inner.keys.change_password(permit, old, new).await
    }

    async fn import_key(
        &self,
        id: KeyId,
        container: &KeyContainer<'_>,
        certificate: &Certificate,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        self.inner.keys.import_key(id, container, certificate, password, at).await
    }

    async fn export_key(
        &self,
        permit: &ExportPermit,
        password: &Password,
        chain: &[Certificate],
        container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        self.inner.keys.export_key(permit, password, chain, container_password).await
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        self.mishaps.moment().await;
        self.inner.keys.store_log_head(id, head).await
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        self.inner.keys.log_head(id).await
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        self.inner.keys.holds_key(id).await
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.mishaps.moment().await;
        let deleted = self.inner.keys.delete_key(id).await;
        self.mishaps.moment().await;
        deleted
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        self.mishaps.moment().await;
        let stored = self.inner.keys.store_device_token(id, token).await;
        self.mishaps.moment().await;
        stored
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        self.inner.keys.device_token(id).await
    }
}

type Program = Guide<Around<Keychain>, Around<PortalThrough<PortalClient>>, Around<SqliteJournal>, StandingClock>;

// One sequence.

/// How much was done in all sequences together.
#[derive(Default)]
struct Tally {
    cases: AtomicU32,
    acts: AtomicU32,
    done: AtomicU32,
    kills: AtomicU32,
    restarts: AtomicU32,
    answers_lost: AtomicU32,
    clock_jumps: AtomicU32,
    days_passed: AtomicI64,
    keys_opened: AtomicU32,
    reached: Mutex<BTreeMap<&'static str, u32>>,
    refusals: Mutex<BTreeMap<&'static str, u32>>,
}

fn count(number: &AtomicU32) {
    number.fetch_add(1, Ordering::Relaxed);
}

/// What the employee has on paper.
#[derive(Default)]
struct Paper {
    invitation: Option<(ReferenceNumber, String)>,
    revocation_code: Option<String>,
}

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Refused(ProblemCode),
    Killed,
    /// There was nobody or nothing to do it to.
    Nothing,
}

/// A suspension that was recorded on this computer.
struct Lock {
    serial_number: String,
    /// How many times it had been lifted at the portal when the portal was told.
    reinstated: i64,
}

struct Case<'a> {
    world: &'a World,
    tally: &'a Tally,
    folder: TempDir,
    keychain: Keychain,
    mishaps: Mishaps,
    program: Option<Program>,
    disturbance: Option<Disturbance>,
    own_clock_ahead: TimeDelta,
    paper: Paper,
    /// The program has given a revocation code since it was started.
    code_shown: bool,
    last_employee: i64,
    /// What the portal has revoked, and what ended here.
    revoked: BTreeSet<String>,
    ended_here: BTreeSet<String>,
    lock: Option<Lock>,
    /// A giving up was stopped in the middle: keys may be gone that the journey still names.
    giving_up: bool,
    history: Vec<String>,
}

fn step_name(journey: Option<&Journey>) -> &'static str {
    match journey.map(|journey| &journey.step) {
        None => "none",
        Some(Step::Invited(_)) => "invited",
        Some(Step::KeyMade(_)) => "key-made",
        Some(Step::Issued(_)) => "issued",
        Some(Step::Reviewed(_)) => "reviewed",
        Some(Step::Signed(_)) => "signed",
        Some(Step::Active(_)) => "active",
        Some(Step::Suspended(_)) => "suspended",
        Some(Step::Stopped(_)) => "stopped",
        Some(Step::Revoked(_)) => "revoked",
    }
}

fn serial_number(journey: &Journey) -> Option<String> {
    Some(journey.step.issued()?.held.certificate.serial_number().to_owned())
}

fn is_closed(step: &Step) -> bool {
    matches!(step, Step::Suspended(_) | Step::Stopped(_) | Step::Revoked(_))
}

fn waits_for_portal(step: &Step) -> bool {
    match step {
        Step::Suspended(state) => state.portal == Acknowledgement::Waiting,
        Step::Stopped(state) => state.portal == Acknowledgement::Waiting,
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Reviewed(_)
        | Step::Signed(_)
        | Step::Active(_)
        | Step::Revoked(_) => false,
    }
}

impl<'a> Case<'a> {
    async fn begin(
        world: &'a World,
        tally: &'a Tally,
        new_key: Arc<dyn Fn() -> Arc<dyn SigningKey> + Send + Sync>,
    ) -> Self {
        // Each sequence has a time of its own.
        world.portal_clock.forward(world.clock.shows() - world.portal_clock.shows());
        world.clock.forward(world.began - world.clock.shows());
        count(&tally.cases);
        let keys = MemoryKeyStore::with_keys_from(Box::new(move || new_key()));
        let mut case = Self {
            world,
            tally,
            folder: TempDir::new().expect("a folder"),
            keychain: Keychain { keys, seen: Arc::default(), records: world.records.clone() },
            mishaps: Mishaps::default(),
            program: None,
            disturbance: None,
            own_clock_ahead: TimeDelta::zero(),
            paper: Paper::default(),
            code_shown: false,
            last_employee: world.records.last_employee().await,
            revoked: BTreeSet::new(),
            ended_here: BTreeSet::new(),
            lock: None,
            giving_up: false,
            history: Vec::new(),
        };
        case.start().await;
        case
    }

    async fn start(&mut self) {
        self.program = None;
        self.code_shown = false;
        let anchors = vec![self.world.trust_anchor.clone()];
        let client = PortalClient::new(&self.world.address, &anchors).expect("a portal client");
        let journal = SqliteJournal::open(&self.folder.path().join("journal.sqlite")).await.expect("a journal");
        let mishaps = &self.mishaps;
        let program = Guide::new(
            Around { inner: self.keychain.clone(), mishaps: mishaps.clone() },
            Around { inner: PortalThrough::new(client), mishaps: mishaps.clone() },
            Around { inner: journal, mishaps: mishaps.clone() },
            self.world.clock.clone(),
            settings(true, anchors),
        );
        let interference = self.disturbance.map_or(Interference::None, Disturbance::interference);
        program.portal().inner.interfere(interference);
        self.program = Some(program);
    }

    fn program(&self) -> &Program {
        self.program.as_ref().expect("the program runs")
    }

    async fn journey(&self) -> Option<Journey> {
        self.program().current().await.expect("the journal")
    }

    async fn certificates_there(&self) -> Vec<CertificateThere> {
        self.world.records.certificates_since(self.last_employee).await
    }

    /// Whether the portal takes the token of this computer: who has lost it cannot tell the portal anything.
    async fn token_is_good(&self, journey: &Journey) -> bool {
        let Some(key) = journey.step.key() else { return false };
        let Ok(token) = self.keychain.keys.device_token(key.id).await else { return false };
        self.program().portal().inner.inner().certificate_state(&token).await.is_ok()
    }

    /// What leads on from here.
    async fn going_on(&self, journey: Option<&Journey>) -> Act {
        match journey.map(|journey| &journey.step) {
            None => Act::OpenInvitation,
            Some(Step::Invited(_) | Step::KeyMade(_)) => Act::Enrol,
            Some(Step::Issued(issued)) if issued.device_registered_at.is_some() => Act::Review { wrong: false },
            Some(Step::Issued(_)) if self.code_shown => Act::ConfirmCode,
            Some(Step::Issued(_)) => Act::Enrol,
            Some(Step::Reviewed(_)) => Act::Sign,
            Some(Step::Signed(_)) => Act::Deliver,
            Some(Step::Active(state)) if state.details_to_check => Act::Review { wrong: false },
            Some(Step::Active(state)) if state.issued.code_to_keep => Act::ConfirmCode,
            Some(Step::Active(_)) => Act::Watch,
            Some(Step::Suspended(_)) => {
                let there = self.certificates_there().await;
                let own = journey.and_then(serial_number);
                let own = there.iter().find(|certificate| own.as_ref() == Some(&certificate.serial_number));
                let is_suspended = own.is_some_and(|own| own.is_stopped() && !own.is_revoked());
                if is_suspended { Act::AuthorityReinstates } else { Act::Refresh }
            }
            Some(Step::Stopped(_)) => Act::TellPortal,
            Some(Step::Revoked(_)) => Act::StartOver,
        }
    }

    /// Does it, with a mishap, and checks what is true afterwards.
    async fn happens(&mut self, act: &Act, mishap: Mishap) -> Result<Outcome, TestCaseError> {
        let before = self.journey().await;
        let act = if matches!(act, Act::GoOn) { self.going_on(before.as_ref()).await } else { act.clone() };
        *self.keychain.seen.lock().expect("the lock") = Seen::default();
        let outcome = self.perform(&act, before.as_ref(), mishap).await;
        self.mishaps.prepare(Mishap::None);
        if outcome == Outcome::Killed {
            self.start().await;
        }
        let after = self.journey().await;
        self.history.push(format!("{act:?} with {mishap:?}: {outcome:?}, {}", step_name(after.as_ref())));
        self.note(outcome, after.as_ref());
        self.check(&act, outcome, before.as_ref(), after.as_ref()).await?;
        Ok(outcome)
    }

    fn note(&self, outcome: Outcome, after: Option<&Journey>) {
        count(&self.tally.acts);
        *self.tally.reached.lock().expect("the lock").entry(step_name(after)).or_default() += 1;
        match outcome {
            Outcome::Done => count(&self.tally.done),
            Outcome::Refused(problem) => {
                *self.tally.refusals.lock().expect("the lock").entry(problem.name()).or_default() += 1;
            }
            Outcome::Killed => count(&self.tally.kills),
            Outcome::Nothing => {}
        }
    }

    async fn perform(&mut self, act: &Act, before: Option<&Journey>, mishap: Mishap) -> Outcome {
        let folder = self.world.folder.path();
        let portal_clock = &self.world.portal_clock;
        let own = before.and_then(serial_number);
        match act {
            Act::Restart => {
                count(&self.tally.restarts);
                self.start().await;
            }
            Act::Disturb(disturbance) => {
                self.disturbance = Some(*disturbance);
                self.program().portal().inner.interfere(disturbance.interference());
            }
            Act::Calm => {
                self.disturbance = None;
                self.program().portal().inner.interfere(Interference::None);
            }
            Act::Pass { minutes } => {
                count(&self.tally.clock_jumps);
                self.tally.days_passed.fetch_add(minutes / 1_440, Ordering::Relaxed);
                self.world.clock.forward(TimeDelta::minutes(*minutes));
            }
            Act::MoveOwnClock { minutes } => {
                count(&self.tally.clock_jumps);
                self.move_own_clock(TimeDelta::minutes(*minutes));
            }
            Act::SetOwnClock => self.move_own_clock(-self.own_clock_ahead),
            Act::AuthoritySuspends | Act::AuthorityReinstates | Act::AuthorityRevokes => {
                let Some(own) = own else { return Outcome::Nothing };
                let reason = portal_api::RevocationReason::CessationOfOperation;
                let done = match act {
                    Act::AuthoritySuspends => portal::suspend(folder, None, portal_clock, &own).await.is_ok(),
                    Act::AuthorityReinstates => portal::reinstate(folder, None, portal_clock, &own).await.is_ok(),
                    _ => portal::revoke(folder, None, portal_clock, &own, reason, &[]).await.is_ok(),
                };
                if !done {
                    return Outcome::Nothing;
                }
            }
            act => return self.perform_here(act, before, mishap).await,
        }
        Outcome::Done
    }

    fn move_own_clock(&mut self, by: TimeDelta) {
        self.own_clock_ahead += by;
        self.world.clock.forward(by);
        // The portal keeps its own time.
        self.world.portal_clock.forward(-by);
    }

    /// What is done with the program.
    async fn perform_here(&mut self, act: &Act, before: Option<&Journey>, mishap: Mishap) -> Outcome {
        if matches!(act, Act::OpenInvitation) && before.is_none() {
            self.paper = Paper { invitation: Some(self.world.invite().await), revocation_code: None };
        }
        if matches!(act, Act::StartOver) {
            self.giving_up = true;
        }
        self.mishaps.prepare(mishap);
        let program = self.program.as_ref().expect("the program runs");
        let paper = &self.paper;
        let played = tokio::select! {
            biased;
            played = play(program, act, before, paper) => Some(played),
            () = self.mishaps.0.killed.notified() => None,
        };
        self.tally.answers_lost.fetch_add(self.mishaps.answers_lost(), Ordering::Relaxed);
        match played {
            None => Outcome::Killed,
            Some(Ok(code)) => {
                if let Some(code) = code {
                    self.paper.revocation_code = Some(code);
                    self.code_shown = true;
                }
                if matches!(act, Act::StartOver) {
                    self.giving_up = false;
                }
                Outcome::Done
            }
            Some(Err(error)) => {
                let loses = matches!(
                    self.disturbance,
                    Some(Disturbance::RegistrationLost | Disturbance::RenewalLost | Disturbance::ReceiptLost)
                );
                if loses && error.problem() == ProblemCode::PortalUnreachable {
                    count(&self.tally.answers_lost);
                }
                Outcome::Refused(error.problem())
            }
        }
    }

    /// What must be true after each act.
    async fn check(
        &mut self,
        act: &Act,
        outcome: Outcome,
        before: Option<&Journey>,
        after: Option<&Journey>,
    ) -> Result<(), TestCaseError> {
        let there = self.certificates_there().await;
        self.check_uses(before)?;
        self.check_what_ended(&there, after)?;
        self.check_lock(&there, after)?;
        self.check_nothing_twice(&there)?;
        self.check_keys(outcome, after).await?;
        let log = self.program().use_log(1).await.expect("the journal");
        prop_assert_eq!(log.state, UseLogState::Intact);
        if matches!(act, Act::Refresh | Act::TellPortal) && outcome == Outcome::Done {
            self.check_what_was_read(&there, after)?;
        }
        if matches!(act, Act::Suspend) && !matches!(outcome, Outcome::Killed | Outcome::Refused(ProblemCode::WrongStep))
        {
            let closed = after.is_some_and(|journey| is_closed(&journey.step));
            prop_assert!(closed, "a suspension holds here, whatever the portal says");
        }
        Ok(())
    }

    /// No key is opened where the portal, which could be heard, says that its certificate is suspended or revoked, or
    /// where that is known here.
    fn check_uses(&self, before: Option<&Journey>) -> Result<(), TestCaseError> {
        let seen = self.keychain.seen.lock().expect("the lock");
        let heard = self.disturbance.is_none_or(Disturbance::lets_status_through);
        let clock_is_wrong = self.own_clock_ahead.abs() > TimeDelta::minutes(5);
        for (purpose, state) in &seen.opened {
            count(&self.tally.keys_opened);
            let closed = before.is_some_and(|journey| is_closed(&journey.step));
            prop_assert!(!closed, "a key was opened for {purpose:?} after it was locked here");
            // A new key proves that it is there, before anybody vouches for it.
            if *purpose == KeyPurpose::CertificationRequest {
                continue;
            }
            let stopped = matches!(state.as_deref(), Some("suspended" | "revoked"));
            prop_assert!(!(stopped && heard), "a key was opened for {purpose:?} that is {state:?} at the portal");
            let told_the_time = self.disturbance.is_none();
            prop_assert!(!(clock_is_wrong && told_the_time), "a key was opened for {purpose:?} by a wrong clock");
        }
        Ok(())
    }

    /// What is revoked stays so, at the portal and here.
    fn check_what_ended(&mut self, there: &[CertificateThere], after: Option<&Journey>) -> Result<(), TestCaseError> {
        for certificate in there {
            let came_back = self.revoked.contains(&certificate.serial_number) && !certificate.is_revoked();
            prop_assert!(!came_back, "a revoked certificate is {} at the portal", certificate.state);
            if certificate.is_revoked() {
                self.revoked.insert(certificate.serial_number.clone());
            }
        }
        let Some(journey) = after else { return Ok(()) };
        let Some(serial_number) = serial_number(journey) else { return Ok(()) };
        let ended = matches!(journey.step, Step::Stopped(_) | Step::Revoked(_));
        let came_back = self.ended_here.contains(&serial_number) && !ended;
        prop_assert!(!came_back, "a certificate that ended here came back as {}", step_name(after));
        if ended {
            self.ended_here.insert(serial_number);
        }
        Ok(())
    }

    /// What was suspended here is used again only after somebody lifted that at the portal, and the portal is told of it.
    fn check_lock(&mut self, there: &[CertificateThere], after: Option<&Journey>) -> Result<(), TestCaseError> {
        let Some(journey) = after else {
            self.lock = None;
            return Ok(());
        };
        let Some(serial_number) = serial_number(journey) else { return Ok(()) };
        let Some(certificate) = there.iter().find(|certificate| certificate.serial_number == serial_number) else {
            return Ok(());
        };
        let same = self.lock.as_ref().is_some_and(|lock| lock.serial_number == serial_number);
        if matches!(journey.step, Step::Suspended(_)) {
            if !same || waits_for_portal(&journey.step) {
                self.lock = Some(Lock { serial_number, reinstated: certificate.reinstated });
            }
        } else if let Some(lock) = self.lock.as_ref().filter(|_| same && !is_closed(&journey.step)) {
            let lifted = certificate.reinstated > lock.reinstated;
            prop_assert!(lifted, "a suspension was lifted here that nobody lifted at the portal");
            self.lock = None;
        }
        Ok(())
    }

    /// One declaration for each employee's certificates (the terms do not change here), and one certificate in use.
    fn check_nothing_twice(&self, there: &[CertificateThere]) -> Result<(), TestCaseError> {
        let mut of_employee: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        for certificate in there {
            let (declarations, active) = of_employee.entry(&certificate.employee_id).or_default();
            *declarations += certificate.declared;
            *active += usize::from(certificate.is_active());
        }
        for (declarations, active) in of_employee.values() {
            prop_assert!(*declarations <= 1, "{declarations} declarations were accepted: {there:?}");
            prop_assert!(*active <= 1, "{active} certificates of one employee are in use: {there:?}");
        }
        Ok(())
    }

    /// The keychain holds the keys that the journey needs, and no other that is not known as left behind.
    async fn check_keys(&self, outcome: Outcome, after: Option<&Journey>) -> Result<(), TestCaseError> {
        let held: BTreeSet<Uuid> = self.keychain.keys.key_ids().iter().map(|id| id.0).collect();
        let named: BTreeSet<Uuid> =
            after.into_iter().flat_map(|journey| journey.step.keys()).map(|key| key.id.0).collect();
        let needed = match after.map(|journey| &journey.step) {
            None | Some(Step::Invited(_)) => 0,
            Some(Step::Active(state)) if state.renewal.is_some() => 2,
            Some(_) => 1,
        };
        prop_assert_eq!(named.len(), needed, "keys that the journey names");
        if !self.giving_up {
            prop_assert!(named.is_subset(&held), "a key was lost: {:?} of {:?}", held, named);
        }
        let announced = self.program().journal().announced_keys().await.expect("the journal");
        let left: BTreeSet<Uuid> = announced.iter().map(|(id, _)| id.0).collect();
        let unknown: Vec<_> = held.iter().filter(|id| !named.contains(*id) && !left.contains(*id)).collect();
        prop_assert!(unknown.is_empty(), "keys that nobody knows of any more: {unknown:?}");
        let made = self.keychain.seen.lock().expect("the lock").made;
        if made > 0 && outcome != Outcome::Killed {
            prop_assert_eq!(&held, &named, "after a new key was made, no other is left behind");
        }
        prop_assert!(made <= 1, "{made} keys were made in one act");
        Ok(())
    }

    /// After a reading that went well, the certificate is here what it is at the portal.
    fn check_what_was_read(&self, there: &[CertificateThere], after: Option<&Journey>) -> Result<(), TestCaseError> {
        let Some(journey) = after else { return Ok(()) };
        let Some(issued) = journey.step.issued().filter(|issued| issued.device_registered_at.is_some()) else {
            return Ok(());
        };
        let serial_number = issued.held.certificate.serial_number();
        let certificate = there.iter().find(|certificate| certificate.serial_number == serial_number);
        let certificate = certificate.expect("the portal knows the certificate");
        prop_assert!(!waits_for_portal(&journey.step), "what waited was told");
        if is_closed(&journey.step) {
            let ended = matches!(journey.step, Step::Revoked(_));
            prop_assert!(!ended || certificate.is_revoked(), "not revoked at the portal: {certificate:?}");
        } else {
            prop_assert!(
                !certificate.is_stopped() || self.next_is_in_use(there, journey),
                "{} here, {} at the portal",
                step_name(after),
                certificate.state
            );
        }
        Ok(())
    }

    /// The next certificate has taken the place of this one at the portal, and waits to do so here.
    fn next_is_in_use(&self, there: &[CertificateThere], journey: &Journey) -> bool {
        let own = serial_number(journey);
        let next = there.iter().find(|next| next.renews.is_some() && next.renews == own && next.is_active());
        matches!(&journey.step, Step::Active(state) if state.renewal.is_some()) && next.is_some()
    }

    /// Everything works again, and the program is started once more: what was begun comes to its end.
    async fn settle(&mut self) -> Result<(), TestCaseError> {
        for act in [Act::Calm, Act::SetOwnClock, Act::Restart, Act::Watch] {
            self.happens(&act, Mishap::None).await?;
        }
        let Some(journey) = self.journey().await else { return Ok(()) };
        let now = self.world.clock.shows();
        let is_over = journey.step.issued().is_some_and(|issued| issued.held.certificate.not_after() < now);
        let can_tell = self.token_is_good(&journey).await;
        let there = self.certificates_there().await;
        let own = serial_number(&journey);
        let certificate = there.iter().find(|certificate| own.as_ref() == Some(&certificate.serial_number));
        if is_closed(&journey.step) {
            if !can_tell {
                return Ok(());
            }
            prop_assert!(!waits_for_portal(&journey.step), "the portal was told as soon as it could be");
            let certificate = certificate.expect("the portal knows the certificate");
            prop_assert!(certificate.is_stopped() || matches!(journey.step, Step::Stopped(_)), "told: {certificate:?}");
            // A next certificate that is not in use yet cannot come into use while this one is stopped.
            let of_employee = there.iter().filter(|other| other.employee_id == certificate.employee_id);
            let in_use: Vec<_> = of_employee.filter(|other| other.is_active()).collect();
            prop_assert!(in_use.is_empty(), "suspended here, and yet in use at the portal: {in_use:?}");
            return Ok(());
        }
        if is_over {
            return Ok(());
        }
        // The rest of the way, whatever was lost before.
        if !self.goes_on_into_use().await? {
            return Ok(());
        }
        let outcome = self.happens(&Act::Renew, Mishap::None).await?;
        prop_assert_eq!(outcome, Outcome::Done, "a certificate in use can be renewed");
        self.goes_on_into_use().await?;
        let Some(journey) = self.journey().await else { return Ok(()) };
        prop_assert_eq!(step_name(Some(&journey)), "active", "nothing was lost on the way");
        let there = self.certificates_there().await;
        let own = serial_number(&journey);
        let certificate = there.iter().find(|certificate| own.as_ref() == Some(&certificate.serial_number));
        let certificate = certificate.expect("the portal knows the certificate");
        let declaration = journey.step.declaration().map(|declaration| declaration.id.to_string());
        prop_assert_eq!(&certificate.declared_by, &declaration, "the declaration of this computer is the portal's");
        prop_assert_eq!(self.keychain.keys.keys(), 1);
        Ok(())
    }

    /// Leads on to a certificate in use with its details checked; false where the portal allows none.
    async fn goes_on_into_use(&mut self) -> Result<bool, TestCaseError> {
        for _ in 0..8 {
            let journey = self.journey().await;
            if matches!(journey.as_ref().map(|journey| &journey.step), Some(Step::Active(state)) if !state.details_to_check)
            {
                return Ok(true);
            }
            let act = self.going_on(journey.as_ref()).await;
            let outcome = self.happens(&Act::GoOn, Mishap::None).await?;
            let at_fault = Outcome::Refused(ProblemCode::InvitationExpired);
            if outcome == at_fault || self.journey().await.is_some_and(|journey| is_closed(&journey.step)) {
                return Ok(false);
            }
            prop_assert_eq!(outcome, Outcome::Done, "{:?} leads on", act);
        }
        Err(TestCaseError::fail("something was lost on the way"))
    }
}

/// One act with the program. Gives back a new revocation code where there is one.
async fn play(
    program: &Program,
    act: &Act,
    before: Option<&Journey>,
    paper: &Paper,
) -> Result<Option<String>, JourneyError> {
    let quiet = &|_| {};
    let nowhere = || ReferenceNumber::parse("AMP-2222-3333").expect("a number");
    let reference = || paper.invitation.as_ref().map_or_else(nowhere, |(reference, _)| reference.clone());
    let one_time_code = || {
        let typed = paper.invitation.as_ref().map_or("2222-3333-4444", |(_, code)| code);
        OneTimeCode::parse(typed).expect("a code")
    };
    let revocation_code = || {
        let typed = paper.revocation_code.as_deref().unwrap_or("2222-3333-4444");
        RevocationCode::parse(typed).expect("a code")
    };
    match act {
        Act::OpenInvitation => program.open_invitation(&reference(), one_time_code()).await.map(drop)?,
        Act::Enrol => {
            let undecided = before.is_some_and(|journey| {
                matches!(&journey.step, Step::Invited(state)
                    if !state.invitation.earlier.is_empty() && state.invitation.on_earlier.is_none())
            });
            if undecided {
                program.decide_on_earlier(OnEarlier::Keep).await?;
            }
            let enrolled = program.enrol(&password(), Some(one_time_code()), quiet).await?;
            return Ok(enrolled.revocation_code.map(|code| code.expose().to_owned()));
        }
        Act::ConfirmCode => program.confirm_revocation_code().await.map(drop)?,
        Act::Review { wrong } => {
            let wrong: &[DetailField] = if *wrong { &[DetailField::Email] } else { &[] };
            let issued = before.filter(|journey| journey.step.issued().is_some());
            let given = issued.map_or_else(Vec::new, |journey| answers(journey, wrong));
            program.review(&given).await.map(drop)?;
        }
        Act::Sign => {
            let binding = program.terms().await?.swap_remove(0);
            let consents = binding.terms().consents().map(|clause| clause.id.clone()).collect();
            let accepted = AcceptedTerms { sha256: binding.sha256_hex(), consents };
            program.sign(&accepted, &password(), quiet).await.map(drop)?;
        }
        Act::Deliver => program.deliver(&password(), quiet).await.map(drop)?,
        Act::Suspend => program.suspend().await.map(drop)?,
        Act::TellPortal => program.tell_portal().await.map(drop)?,
        Act::Refresh => program.refresh().await.map(drop)?,
        Act::Watch => program.watch().await.map(drop)?,
        Act::SuspendByCode => program.suspend_by_code(&reference(), &revocation_code()).await.map(drop)?,
        Act::RevokeByCode => {
            let reason = RevocationReason::KeyCompromise;
            program.revoke_by_code(&reference(), &revocation_code(), reason).await.map(drop)?;
        }
        Act::Revoke => {
            let reason = RevocationReason::AffiliationChanged;
            program.revoke(reason, &password(), quiet).await.map(drop)?;
        }
        Act::Renew => {
            let renewed = program.renew(&password(), quiet).await?;
            return Ok(Some(renewed.revocation_code.expose().to_owned()));
        }
        Act::RenewRevocationCode => {
            let code = program.renew_revocation_code(&password(), quiet).await?;
            return Ok(Some(code.expose().to_owned()));
        }
        Act::StartOver => program.start_over().await?,
        Act::GoOn
        | Act::AuthoritySuspends
        | Act::AuthorityReinstates
        | Act::AuthorityRevokes
        | Act::Restart
        | Act::Disturb(_)
        | Act::Calm
        | Act::Pass { .. }
        | Act::MoveOwnClock { .. }
        | Act::SetOwnClock => {}
    }
    Ok(None)
}

/// RSA keys, made by a thread of its own ahead of time.
fn key_mill() -> Arc<dyn Fn() -> Arc<dyn SigningKey> + Send + Sync> {
    let (made, next) = sync_channel(8);
    std::thread::spawn(move || while made.send(keys::new_rsa_key()).is_ok() {});
    let next = Mutex::new(next);
    Arc::new(move || next.lock().expect("the lock").recv().expect("the mill makes keys"))
}

fn sequences() -> ProptestConfig {
    let given = ProptestConfig::default();
    let is_given = |name| std::env::var_os(name).is_some();
    ProptestConfig {
        cases: if is_given("PROPTEST_CASES") { given.cases } else { CASES },
        rng_seed: if is_given("PROPTEST_RNG_SEED") { given.rng_seed } else { RngSeed::Fixed(SEED) },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(KEPT_FAILURES))),
        max_shrink_iters: 400,
        max_shrink_time: 30_000,
        ..given
    }
}

#[test]
fn whatever_happens_nothing_is_used_that_must_not_be_nothing_is_lost_and_nothing_is_done_twice() {
    let began = Instant::now();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let world = runtime.block_on(World::new());
    let tally = Tally::default();
    let new_key = key_mill();
    let config = sequences();
    let seed = config.rng_seed;
    let mut runner = TestRunner::new(config);
    let head_start = prop_oneof![1 => Just(0), 2 => Just(IN_USE_AFTER - 1), 3 => Just(IN_USE_AFTER)];
    let sequence = (head_start, vec(phrase(), 6..=MOST_PHRASES));
    let played = runner.run(&sequence, |(head_start, phrases)| {
        runtime.block_on(async {
            let mut case = Case::begin(&world, &tally, Arc::clone(&new_key)).await;
            let played = async {
                for _ in 0..head_start {
                    case.happens(&Act::GoOn, Mishap::None).await?;
                }
                for (act, mishap) in phrases.iter().flatten() {
                    case.happens(act, *mishap).await?;
                }
                case.settle().await
            }
            .await;
            played.map_err(|error| TestCaseError::fail(format!("{error}\n  {}", case.history.join("\n  "))))
        })
    });
    let read = |number: &AtomicU32| number.load(Ordering::Relaxed);
    let told = writeln!(
        std::io::stderr(),
        "{} sequences of {} acts in {:.0} s ({seed:?}): {} done, {} kills, {} restarts, {} answers lost, {} clock jumps \
         ({} days), {} uses of a key\n  after an act: {:?}\n  refused: {:?}",
        read(&tally.cases),
        read(&tally.acts),
        began.elapsed().as_secs_f32(),
        read(&tally.done),
        read(&tally.kills),
        read(&tally.restarts),
        read(&tally.answers_lost),
        read(&tally.clock_jumps),
        tally.days_passed.load(Ordering::Relaxed),
        read(&tally.keys_opened),
        tally.reached.lock().expect("the lock"),
        tally.refusals.lock().expect("the lock"),
    );
    told.expect("the figures are told");
    match played {
        Ok(()) => {}
        Err(TestError::Fail(reason, acts)) => panic!("{reason}\nin the shortest sequence found: {acts:?}"),
        Err(TestError::Abort(reason)) => panic!("not played to the end: {reason}"),
    }
}
