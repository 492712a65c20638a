//! What comes after enrolment, against the real portal: a second computer, a certificate from a file, the alarm with and
//! without the computer, revocation, the next certificate, and misuse that is noticed.

use certifikatguide_tests::container;
use certifikatguide_tests::doubles::Interference;
use certifikatguide_tests::keys;
use certifikatguide_tests::workplace::{
    PASSWORD, TestGuide, Workplace, answers, enrol, journey, password, problem, sign,
};
use chrono::TimeDelta;
use declaration::DetailField;
use lifecycle::ports::{
    ActivityDevice, ActivityKind, ClientIdentity, DeviceRegistration, Journal, KeyContainer, Portal,
};
use lifecycle::{
    Acknowledgement, CertificateState, DocumentKind, Journey, Judgement, KeyPurpose, OnEarlier, Password, Policy,
    ProblemCode, ReferenceNumber, RevocationCode, RevocationReason, Revoked, Step, UseLogState,
};
use pki::certification_request;
use portal_client::PortalClient;

fn serial_number(journey: &Journey) -> String {
    journey.step.issued().expect("a certificate").held.certificate.serial_number().to_owned()
}

fn not_after(journey: &Journey) -> chrono::DateTime<chrono::Utc> {
    journey.step.issued().expect("a certificate").held.certificate.not_after()
}

/// Moves the clocks to `days` before the certificate ends.
async fn before_the_end(workplace: &Workplace, guide: &TestGuide, days: i64) {
    let end = not_after(&journey(guide).await) - TimeDelta::days(days);
    workplace.clock.forward(end - workplace.clock.shows());
}

async fn state_of(workplace: &Workplace, serial_number: &str) -> portal_api::CertificateState {
    workplace.portal.state_of(serial_number).await
}

/// For what keys were used, oldest first, and not refused.
async fn uses(guide: &TestGuide) -> Vec<KeyPurpose> {
    let log = guide.use_log(1_000).await.expect("the log");
    assert_eq!(log.state, UseLogState::Intact);
    let used = log.lines.iter().rev().filter(|line| line.key_use.refused.is_none());
    used.map(|line| line.key_use.purpose).collect()
}

// A second computer.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_second_computer_one_is_asked_what_happens_to_the_first_and_nothing_is_made_before() {
    let workplace = Workplace::new().await;
    let first = serial_number(&journey(&workplace.active().await).await);
    let workplace = workplace.with_another_computer();
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    let opened = guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let earlier = &opened.step.invitation().expect("an invitation").earlier;
    assert_eq!(earlier.len(), 1);
    assert_eq!(earlier[0].serial_number, first);
    assert_eq!(earlier[0].device_name.as_deref(), Some("PC-1"));
    assert_eq!(earlier[0].state, CertificateState::Active);

    assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), ProblemCode::EarlierUndecided);
    assert_eq!(workplace.keychain.keys(), 0, "no key is made before that is said");

    guide.decide_on_earlier(OnEarlier::Supersede).await.expect("it is said");
    enrol(&guide).await;
    guide.review(&answers(&journey(&guide).await, &[])).await.expect("all details are correct");
    assert_eq!(state_of(&workplace, &first).await, portal_api::CertificateState::Active, "until the new one is in use");
    sign(&guide).await.expect("signed and delivered");
    assert_eq!(state_of(&workplace, &first).await, portal_api::CertificateState::Revoked);
    let second = serial_number(&journey(&guide).await);
    assert_eq!(state_of(&workplace, &second).await, portal_api::CertificateState::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_keeps_the_first_has_two_certificates_in_use() {
    let workplace = Workplace::new().await;
    let first = serial_number(&journey(&workplace.active().await).await);
    let workplace = workplace.with_another_computer();
    workplace.active().await;
    assert_eq!(state_of(&workplace, &first).await, portal_api::CertificateState::Active);
}

// A certificate from a file.

/// A container with a key and its certificate, as another program made them.
async fn container_of_the_portal(workplace: &Workplace, container_password: &str) -> (Vec<u8>, String) {
    let (key, private_key) = keys::new_exportable_rsa_key();
    let (reference, code) = workplace.portal.invite().await;
    let client = PortalClient::new(workplace.portal.address(), &[workplace.portal.trust_anchor()]).expect("a client");
    let request = certification_request::build(&*key).expect("a request");
    let chain = client.simple_enroll(&reference, &code, &request).await.expect("a certificate");
    let bytes = container::made_by_openssl(&private_key, &chain, container_password);
    (bytes, chain[0].serial_number().to_owned())
}

async fn import(guide: &TestGuide, bytes: &[u8], container_password: &str) -> Result<Journey, lifecycle::JourneyError> {
    let container_password = Password::typed(container_password.into());
    let certificates =
        pki::container::read(bytes, Some(container_password.expose())).expect("a container").certificates;
    let container = KeyContainer { bytes, password: &container_password };
    guide.import(&container, &certificates, None, &password(), &|_| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_from_a_file_goes_the_same_way_to_the_receipt_as_an_invited_one() {
    let workplace = Workplace::new().await;
    let (bytes, serial) = container_of_the_portal(&workplace, "filens kode").await;
    let guide = workplace.start().await;
    let imported = import(&guide, &bytes, "filens kode").await.expect("imported");
    assert!(imported.step.invitation().is_none() && imported.step.registered_by().is_none());
    assert_eq!(imported.step.subject().common_name, "Øvebruger Eksempel");
    enrol(&guide).await;
    let registered = journey(&guide).await;
    assert!(registered.step.registered_by().is_some(), "now the portal has said whom to call");
    guide.review(&answers(&registered, &[])).await.expect("all details are correct");
    sign(&guide).await.expect("signed and delivered");
    assert_eq!(state_of(&workplace, &serial).await, portal_api::CertificateState::Active);
    assert_eq!(
        uses(&guide).await,
        [
            KeyPurpose::KeyImport,
            KeyPurpose::DeviceRegistration,
            KeyPurpose::DeclarationSignature,
            KeyPurpose::DeclarationSubmission,
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_from_a_file_that_was_declared_elsewhere_is_in_use_once_its_details_are_checked() {
    let workplace = Workplace::new().await;
    let (bytes, serial) = container_of_the_portal(&workplace, "filens kode").await;
    let there = workplace.start().await;
    import(&there, &bytes, "filens kode").await.expect("imported");
    enrol(&there).await;
    there.review(&answers(&journey(&there).await, &[])).await.expect("all details are correct");
    sign(&there).await.expect("signed and delivered");

    let workplace = workplace.with_another_computer();
    workplace.clock.forward(TimeDelta::minutes(1));
    let here = workplace.start().await;
    import(&here, &bytes, "filens kode").await.expect("imported");
    enrol(&here).await;
    let imported = journey(&here).await;
    assert!(matches!(&imported.step, Step::Active(state) if state.declaration.elsewhere && state.details_to_check));
    assert_eq!(serial_number(&imported), serial);
    here.review(&answers(&imported, &[])).await.expect("all details are correct");
    here.watch().await.expect("watched");
    let judged = here.activities().await.expect("the acts");
    assert!(judged.iter().all(|judged| judged.judgement != Judgement::Suspicious), "{judged:?}");
    assert!(judged.iter().any(|judged| judged.judgement == Judgement::Before), "what was done there");
    workplace.clock.forward(TimeDelta::hours(1));
    let watched = there.watch().await.expect("watched");
    assert_eq!(watched.suspicious, 1, "the computer before hears that another one has taken its place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_ones_own_certificate_leaves_nothing_behind() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let others = Workplace::new().await;
    let (foreign, _) = container_of_the_portal(&others, "filens kode").await;
    assert_eq!(problem(import(&guide, &foreign, "filens kode").await), ProblemCode::CertificateUntrusted);

    let (bytes, _) = container_of_the_portal(&workplace, "filens kode").await;
    let certificates = pki::container::read(&bytes, Some("filens kode")).expect("a container").certificates;
    let weak = Password::typed("kort".into());
    let right = Password::typed("filens kode".into());
    let wrong = Password::typed("en anden kode".into());
    let good = password();
    let attempt = async |container_password, password, serial_number| {
        let container = KeyContainer { bytes: &bytes, password: container_password };
        problem(guide.import(&container, &certificates, serial_number, password, &|_| {}).await)
    };
    assert_eq!(attempt(&right, &weak, None).await, ProblemCode::PasswordTooWeak);
    assert_eq!(attempt(&wrong, &good, None).await, ProblemCode::ContainerPasswordWrong);
    assert_eq!(attempt(&right, &good, Some("ab12")).await, ProblemCode::ContainerCertificateUnclear);
    workplace.clock.forward(TimeDelta::days(4 * 365));
    assert_eq!(attempt(&right, &good, None).await, ProblemCode::CertificateExpired);
    assert!(guide.current().await.expect("the journal").is_none());
    assert_eq!(workplace.keychain.keys(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_certificate_from_a_file_is_not_used() {
    let workplace = Workplace::new().await;
    let (bytes, serial) = container_of_the_portal(&workplace, "filens kode").await;
    workplace.portal.suspend(&serial).await;
    let guide = workplace.start().await;
    import(&guide, &bytes, "filens kode").await.expect("imported");
    assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), ProblemCode::CertificateSuspended);
    assert_eq!(uses(&guide).await, [KeyPurpose::KeyImport], "the gate kept the key shut");
}

// What the organisation allows.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_the_policy_does_not_name_is_not_asked_for_anything() {
    let mut workplace = Workplace::new().await;
    workplace.policy = Policy::parse(b"portals = [\"https://portal.example\"]").expect("a policy");
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    assert_eq!(problem(guide.open_invitation(&reference, code).await), ProblemCode::PortalNotInPolicy);
    assert!(guide.current().await.expect("the journal").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_is_made_where_the_policy_lets_none_be() {
    let mut workplace = Workplace::new().await;
    workplace.policy = Policy::parse(b"key_places = [\"pkcs11\"]").expect("a policy");
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("opened");
    assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), ProblemCode::PolicyForbids);
    assert!(guide.use_log(1).await.expect("the log").lines.is_empty(), "no key was made, and none was used");
    assert!(matches!(journey(&guide).await.step, Step::Invited(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leave_from_the_policy_no_copy_of_the_key_is_made_and_the_log_says_so() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let outcome = guide.export(&password(), &Password::typed("lygte hjul kaffe torsk".into()), &|_| {}).await;
    assert_eq!(problem(outcome), ProblemCode::PolicyForbids);
    let log = guide.use_log(1).await.expect("the log");
    assert_eq!(log.lines[0].key_use.purpose, KeyPurpose::KeyExport);
    assert_eq!(log.lines[0].key_use.refused, Some(ProblemCode::PolicyForbids));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_stays_open_for_the_minutes_that_the_policy_allows_and_not_after_an_alarm() {
    let mut workplace = Workplace::new().await;
    workplace.policy = Policy::parse(b"unlocked_minutes = 5").expect("a policy");
    let guide = workplace.active().await;
    assert!(guide.open_until().await.expect("the journal").is_some());
    let unlocked = workplace.keychain.times_unlocked();
    let nothing = || Password::typed(String::new());
    guide.renew_revocation_code(&nothing(), &|_| {}).await.expect("the key is open");
    assert_eq!(workplace.keychain.times_unlocked(), unlocked);

    workplace.clock.forward(TimeDelta::minutes(5));
    assert_eq!(guide.open_until().await.expect("the journal"), None);
    assert_eq!(problem(guide.renew_revocation_code(&nothing(), &|_| {}).await), ProblemCode::PasswordWrong);
    guide.renew_revocation_code(&password(), &|_| {}).await.expect("the password opens it");
    guide.suspend().await.expect("suspended");
    assert_eq!(guide.open_until().await.expect("the journal"), None, "an alarm closes it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_policy_every_use_asks_for_the_password() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    assert_eq!(guide.open_until().await.expect("the journal"), None);
    let nothing = Password::typed(String::new());
    assert_eq!(problem(guide.renew_revocation_code(&nothing, &|_| {}).await), ProblemCode::PasswordWrong);
}

// The alarm without the computer.

/// A certificate in use, and what its owner keeps on paper.
async fn in_use_with_code(workplace: &Workplace) -> (TestGuide, ReferenceNumber, String) {
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let enrolled = guide.enrol(&password(), None, &|_| {}).await.expect("the certificate comes");
    let code = enrolled.revocation_code.expect("a revocation code").expose().to_owned();
    guide.confirm_revocation_code().await.expect("kept");
    guide.review(&answers(&journey(&guide).await, &[])).await.expect("all details are correct");
    sign(&guide).await.expect("signed and delivered");
    (guide, reference, code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_reference_number_and_code_any_computer_suspends_and_revokes_and_the_own_one_hears_of_it() {
    let workplace = Workplace::new().await;
    let (guide, reference, code) = in_use_with_code(&workplace).await;
    let serial = serial_number(&journey(&guide).await);
    let elsewhere = workplace.another_start().await;
    let typed = RevocationCode::parse(&code.to_lowercase()).expect("a code");
    let state = elsewhere.suspend_by_code(&reference, &typed).await.expect("suspended");
    assert_eq!((state.serial_number, state.state), (serial.clone(), CertificateState::Suspended));
    assert!(elsewhere.current().await.expect("the journal").is_none(), "nothing stays on the other computer");
    let heard = guide.refresh().await.expect("read");
    assert!(matches!(heard.step, Step::Suspended(_)));

    let reason = RevocationReason::KeyCompromise;
    let state = elsewhere.revoke_by_code(&reference, &typed, reason).await.expect("revoked");
    assert_eq!(state.state, CertificateState::Revoked);
    assert!(matches!(guide.refresh().await.expect("read").step, Step::Revoked(_)));
    assert_eq!(state_of(&workplace, &serial).await, portal_api::CertificateState::Revoked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_own_computer_the_code_locks_the_key_as_well() {
    let workplace = Workplace::new().await;
    let (guide, reference, code) = in_use_with_code(&workplace).await;
    guide.suspend_by_code(&reference, &RevocationCode::parse(&code).expect("a code")).await.expect("suspended");
    assert!(matches!(journey(&guide).await.step, Step::Suspended(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_code_and_an_unknown_number_are_answered_the_same_and_the_tries_end() {
    let workplace = Workplace::new().await;
    let (guide, reference, code) = in_use_with_code(&workplace).await;
    let wrong = || RevocationCode::parse("2222-3333-4444").expect("a code");
    let unknown = ReferenceNumber::parse("AMP-2222-3333").expect("a number");
    let known = guide.suspend_by_code(&reference, &wrong()).await;
    let other = guide.suspend_by_code(&unknown, &wrong()).await;
    let tries = known.as_ref().err().and_then(lifecycle::JourneyError::tries_left);
    assert_eq!(other.as_ref().err().and_then(lifecycle::JourneyError::tries_left), tries);
    let wrong_code = ProblemCode::RevocationCodeWrong;
    assert_eq!((problem(known), problem(other)), (wrong_code, wrong_code));
    for _ in 1..10 {
        let _ = guide.suspend_by_code(&reference, &wrong()).await;
    }
    let right = RevocationCode::parse(&code).expect("a code");
    assert_eq!(problem(guide.suspend_by_code(&reference, &right).await), ProblemCode::RevocationCodeLocked);
    assert!(matches!(journey(&guide).await.step, Step::Active(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_revocation_code_revokes_and_the_one_before_does_so_no_more() {
    let workplace = Workplace::new().await;
    let (guide, reference, old) = in_use_with_code(&workplace).await;
    let new = guide.renew_revocation_code(&password(), &|_| {}).await.expect("a new code").expose().to_owned();
    assert!(matches!(journey(&guide).await.step, Step::Active(state) if state.issued.code_to_keep));
    guide.confirm_revocation_code().await.expect("kept");
    assert!(matches!(journey(&guide).await.step, Step::Active(state) if !state.issued.code_to_keep));
    let old = RevocationCode::parse(&old).expect("a code");
    let reason = RevocationReason::KeyCompromise;
    assert_eq!(problem(guide.revoke_by_code(&reference, &old, reason).await), ProblemCode::RevocationCodeWrong);
    let new = RevocationCode::parse(&new).expect("a code");
    guide.revoke_by_code(&reference, &new, reason).await.expect("revoked");
}

// Proof, revocation, and what the local registration authority lifts.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_alarm_came_to_is_read_back_three_ways() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let read = guide.read_back().await.expect("read");
    assert_eq!(read.portal.expect("the portal answers").state, CertificateState::Active);
    assert_eq!(read.ocsp.expect("the issuer answers").state, pki::CertificateState::Good);
    assert_eq!(read.revocation_list.expect("the list is there").state, pki::CertificateState::Good);
    guide.suspend().await.expect("suspended");
    let read = guide.read_back().await.expect("read");
    assert_eq!(read.portal.expect("the portal answers").state, CertificateState::Suspended);
    assert!(matches!(read.ocsp.expect("the issuer answers").state, pki::CertificateState::Suspended { .. }));
    assert!(matches!(read.revocation_list.expect("the list").state, pki::CertificateState::Suspended { .. }));

    guide.portal().interfere(Interference::StatusWithheld);
    let read = guide.read_back().await.expect("read");
    assert!(read.portal.is_ok() && read.ocsp.is_err() && read.revocation_list.is_err(), "each by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_certificate_is_so_for_good_with_the_reason_that_was_given() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let serial = serial_number(&journey(&guide).await);
    assert_eq!(
        problem(
            guide.revoke(RevocationReason::CessationOfOperation, &Password::typed("forkert".into()), &|_| {}).await
        ),
        ProblemCode::PasswordWrong
    );
    assert!(matches!(journey(&guide).await.step, Step::Active(_)));
    let revoked = guide.revoke(RevocationReason::AffiliationChanged, &password(), &|_| {}).await.expect("revoked");
    assert!(matches!(revoked.step, Step::Revoked(_)));
    let status = guide.read_back().await.expect("read").ocsp.expect("the issuer answers").state;
    let expected = pki::RevocationReason::AffiliationChanged;
    assert!(matches!(status, pki::CertificateState::Revoked { reason, .. } if reason == expected), "{status:?}");
    assert!(workplace.portal.try_reinstate(&serial).await.is_err(), "it never comes back");
    assert_eq!(uses(&guide).await.last(), Some(&KeyPurpose::Revocation));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reinstated_certificate_is_unlocked_and_its_details_are_checked_again() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let serial = serial_number(&journey(&guide).await);
    guide.suspend().await.expect("suspended");
    workplace.portal.reinstate(&serial).await;
    let lifted = guide.refresh().await.expect("read");
    assert!(matches!(&lifted.step, Step::Active(state) if state.details_to_check));
    let checked = guide.review(&answers(&lifted, &[])).await.expect("all details are correct");
    assert!(matches!(&checked.step, Step::Active(state) if !state.details_to_check));
    assert_eq!(problem(guide.review(&answers(&checked, &[])).await), ProblemCode::WrongStep);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_detail_of_a_certificate_in_use_stops_it_and_the_portal_suspends_it() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let serial = serial_number(&journey(&guide).await);
    guide.suspend().await.expect("suspended");
    workplace.portal.reinstate(&serial).await;
    let lifted = guide.refresh().await.expect("read");
    let stopped = guide.review(&answers(&lifted, &[DetailField::Email])).await.expect("stopped");
    let Step::Stopped(state) = &stopped.step else { panic!("stopped: {stopped:?}") };
    assert!(
        matches!(&state.portal, Acknowledgement::ReadBack { standing } if standing.state == CertificateState::Suspended)
    );
    assert_eq!(state_of(&workplace, &serial).await, portal_api::CertificateState::Suspended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_portal_does_not_suspend_the_key_is_locked_here_and_revocation_by_code_is_the_way() {
    let workplace = Workplace::without_suspension().await;
    let (guide, reference, code) = in_use_with_code(&workplace).await;
    assert_eq!(problem(guide.suspend().await), ProblemCode::SuspensionNotOffered);
    assert!(matches!(journey(&guide).await.step, Step::Suspended(_)), "locked here");
    let code = RevocationCode::parse(&code).expect("a code");
    guide.revoke_by_code(&reference, &code, RevocationReason::KeyCompromise).await.expect("revoked");
    assert!(matches!(journey(&guide).await.step, Step::Revoked(_)));
}

// The next certificate.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_takes_the_place_of_the_one_before_with_its_own_key_and_the_same_declaration() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    let before = journey(&guide).await;
    let declaration = guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a declaration");
    before_the_end(&workplace, &guide, 40).await;
    let renewed = guide.renew(&password(), &|_| {}).await.expect("renewed");
    assert!(RevocationCode::parse(renewed.revocation_code.expose()).is_ok());
    let Step::Active(state) = &renewed.journey.step else { panic!("in use: {:?}", renewed.journey.step) };
    assert!(state.details_to_check && state.issued.code_to_keep && state.renewal.is_none());
    assert_ne!(serial_number(&renewed.journey), serial_number(&before));
    assert_ne!(
        state.issued.key.subject_public_key_info,
        before.step.key().expect("a key").subject_public_key_info,
        "a new key"
    );
    assert!(not_after(&renewed.journey) > not_after(&before) + TimeDelta::days(5));
    assert_eq!(state_of(&workplace, &serial_number(&before)).await, portal_api::CertificateState::Revoked);
    assert_eq!(state_of(&workplace, &serial_number(&renewed.journey)).await, portal_api::CertificateState::Active);
    assert_eq!(workplace.keychain.keys(), 1, "the key before is deleted");
    assert_eq!(guide.document(DocumentKind::Declaration).await.expect("the journal"), Some(declaration));
    assert_eq!(guide.journal().journeys().await.expect("the journeys").len(), 2, "the one before is in the archive");
    guide.refresh().await.expect("the new token works");
    let judged = guide.activities().await.expect("the acts");
    assert!(judged.iter().all(|judged| judged.judgement != Judgement::Suspicious), "{judged:?}");
    // And the one after it, with the new key.
    guide.confirm_revocation_code().await.expect("kept");
    guide.review(&answers(&journey(&guide).await, &[])).await.expect("all details are correct");
    before_the_end(&workplace, &guide, 1).await;
    guide.renew(&password(), &|_| {}).await.expect("renewed again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_lost_on_the_way_of_a_renewal_the_one_in_use_stays_and_the_next_try_goes_on() {
    for interference in [
        Interference::RenewalLost,
        Interference::RegistrationRefused,
        Interference::RegistrationLost,
        Interference::StatusWithheld,
        Interference::CutOff,
    ] {
        let workplace = Workplace::with_short_certificates().await;
        let guide = workplace.active().await;
        let before = serial_number(&journey(&guide).await);
        before_the_end(&workplace, &guide, 40).await;
        guide.portal().interfere(interference);
        assert!(guide.renew(&password(), &|_| {}).await.is_err());
        assert_eq!(serial_number(&journey(&guide).await), before, "not swapped");
        // The program was stopped there, and its watch has looked since.
        let guide = workplace.start().await;
        guide.watch().await.expect("watched");
        assert_eq!(serial_number(&journey(&guide).await), before, "nor by the watch");
        let renewed = guide.renew(&password(), &|_| {}).await.expect("the next try goes on");
        assert!(matches!(renewed.journey.step, Step::Active(_)));
        assert_eq!(workplace.keychain.keys(), 1);
        let states = workplace.portal.certificate_states().await;
        let active = states.iter().filter(|state| **state == portal_api::CertificateState::Active).count();
        assert_eq!((states.len(), active), (2, 1), "one was renewed, once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_renews_nothing_and_makes_no_key() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let outcome = guide.renew(&Password::typed("forkert".into()), &|_| {}).await;
    assert_eq!(outcome.err().map(|error| error.problem()), Some(ProblemCode::PasswordWrong));
    assert_eq!(workplace.keychain.keys(), 1);
    assert!(matches!(journey(&guide).await.step, Step::Active(state) if state.renewal.is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn also_where_the_key_is_open_the_next_one_is_made_with_the_right_password_only() {
    let mut workplace = Workplace::with_short_certificates().await;
    workplace.policy = Policy::parse(b"unlocked_minutes = 5").expect("a policy");
    let guide = workplace.active().await;
    for wrong in ["", "en anden kode"] {
        let outcome = guide.renew(&Password::typed(wrong.into()), &|_| {}).await;
        assert_eq!(outcome.err().map(|error| error.problem()), Some(ProblemCode::PasswordWrong));
        assert_eq!(workplace.keychain.keys(), 1, "no key is made with it");
    }
    guide.renew(&password(), &|_| {}).await.expect("renewed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_goes_on_with_the_new_password_where_that_was_changed_on_the_way() {
    for interference in [Interference::RenewalLost, Interference::RegistrationLost] {
        let workplace = Workplace::with_short_certificates().await;
        let guide = workplace.active().await;
        guide.portal().interfere(interference);
        assert!(guide.renew(&password(), &|_| {}).await.is_err());
        guide.portal().interfere(Interference::None);
        let new = Password::typed("lygte hjul kaffe torsk".into());
        guide.change_password(&password(), &new, &|_| {}).await.expect("changed");
        guide.renew(&new, &|_| {}).await.expect("renewed");
        let again = guide.renew_revocation_code(&password(), &|_| {}).await;
        assert_eq!(again.err().map(|error| error.problem()), Some(ProblemCode::PasswordWrong), "the old one is gone");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_whose_key_is_gone_is_begun_anew() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::RegistrationRefused);
    assert!(guide.renew(&password(), &|_| {}).await.is_err());
    guide.portal().interfere(Interference::None);
    let next = journey(&guide).await.step.next_key().expect("a key").id;
    lifecycle::ports::KeyStore::delete_key(&workplace.keychain, next).await.expect("gone");
    let renewed = guide.renew(&password(), &|_| {}).await.expect("begun anew");
    assert!(matches!(renewed.journey.step, Step::Active(_)));
    assert_eq!(workplace.keychain.keys(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_after_a_renewal_whose_answer_was_lost_closes_the_certificate_that_is_in_use() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::RegistrationLost);
    assert!(guide.renew(&password(), &|_| {}).await.is_err());
    guide.portal().interfere(Interference::None);
    guide.suspend().await.expect("suspended");
    let states = workplace.portal.certificate_states().await;
    assert!(states.iter().all(|state| *state != portal_api::CertificateState::Active), "{states:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_in_the_middle_of_a_renewal_is_heard() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::RegistrationRefused);
    assert!(guide.renew(&password(), &|_| {}).await.is_err());
    guide.portal().interfere(Interference::None);
    let revoked = guide.revoke(RevocationReason::KeyCompromise, &password(), &|_| {}).await.expect("revoked");
    assert!(matches!(revoked.step, Step::Revoked(_)), "{:?}", revoked.step);
    assert_eq!(workplace.keychain.keys(), 1, "the next key is deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_puts_this_computers_token_out_of_use_does_not_disable_its_alarm() {
    let workplace = Workplace::new().await;
    let (guide, reference, code) = in_use_with_code(&workplace).await;
    workplace.clock.forward(TimeDelta::hours(1));
    let (client, identity) = thief(&workplace, &guide).await;
    let registration = DeviceRegistration { device_name: "PC-2".into(), supersedes: Vec::new() };
    client.register_device(&identity, &registration).await.expect("the portal knows no better");
    let serial = serial_number(&journey(&guide).await);
    let suspended = guide.suspend().await.expect("a token that was put out of use still suspends");
    assert!(matches!(suspended.step, Step::Suspended(_)));
    assert_eq!(state_of(&workplace, &serial).await, portal_api::CertificateState::Suspended);
    workplace.portal.reinstate(&serial).await;
    let code = RevocationCode::parse(&code).expect("a code");
    guide.suspend_by_code(&reference, &code).await.expect("the paper's code suspends as well");
    assert_eq!(state_of(&workplace, &serial).await, portal_api::CertificateState::Suspended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unchecked_certificate_is_neither_renewed_nor_copied() {
    let mut workplace = Workplace::new().await;
    workplace.policy = Policy::parse(b"export = true").expect("a policy");
    let guide = workplace.active().await;
    guide.suspend().await.expect("suspended");
    workplace.portal.reinstate(&serial_number(&journey(&guide).await)).await;
    guide.refresh().await.expect("read");
    let renewed = guide.renew(&password(), &|_| {}).await.err().map(|error| error.problem());
    assert_eq!(renewed, Some(ProblemCode::DetailsUnchecked));
    let copied = guide.export(&password(), &Password::typed("lygte hjul kaffe torsk".into()), &|_| {}).await;
    assert_eq!(problem(copied), ProblemCode::DetailsUnchecked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_its_end_a_certificate_is_not_renewed_and_the_gate_says_why() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    before_the_end(&workplace, &guide, -1).await;
    let outcome = guide.renew(&password(), &|_| {}).await;
    assert_eq!(outcome.err().map(|error| error.problem()), Some(ProblemCode::CertificateExpired));
    guide.start_over().await.expect("the way back leads through a new invitation");
    assert!(guide.current().await.expect("the journal").is_none());
    assert_eq!(workplace.keychain.keys(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_in_the_middle_of_a_renewal_closes_both_certificates() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    before_the_end(&workplace, &guide, 40).await;
    guide.portal().interfere(Interference::RegistrationRefused);
    assert!(guide.renew(&password(), &|_| {}).await.is_err());
    guide.portal().interfere(Interference::None);
    guide.suspend().await.expect("suspended");
    assert_eq!(workplace.keychain.keys(), 1, "the next key is deleted; the one before may be reinstated");
    let states = workplace.portal.certificate_states().await;
    assert!(states.iter().all(|state| *state != portal_api::CertificateState::Active), "{states:?}");
    assert_eq!(
        guide.renew(&password(), &|_| {}).await.err().map(|error| error.problem()),
        Some(ProblemCode::WrongStep)
    );
}

// Misuse.

/// Somebody who has the key, but not this computer.
async fn thief(workplace: &Workplace, guide: &TestGuide) -> (PortalClient, ClientIdentity) {
    let issued = journey(guide).await.step.issued().expect("a certificate").clone();
    let key = workplace.keychain.stolen(issued.key.id);
    let client = PortalClient::new(workplace.portal.address(), &[workplace.portal.trust_anchor()]).expect("a client");
    (client, ClientIdentity { key, chain: issued.held.chain(), device_token: None })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_does_with_the_key_is_noticed_and_leads_to_an_alarm() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    assert_eq!(guide.watch().await.expect("watched").suspicious, 0);
    let own = guide.activities().await.expect("the acts");
    assert!(!own.is_empty() && own.iter().all(|judged| judged.judgement == Judgement::Ours), "{own:?}");

    let (client, identity) = thief(&workplace, &guide).await;
    let request = certification_request::build(&*keys::new_rsa_key()).expect("a request");
    client.simple_reenroll(&identity, &request).await.expect("the portal knows no better");
    let watched = guide.watch().await.expect("watched");
    assert_eq!((watched.suspicious, watched.changed), (1, true));
    let judged = &guide.activities().await.expect("the acts")[0];
    assert_eq!(judged.judgement, Judgement::Suspicious);
    assert_eq!(judged.activity.kind, ActivityKind::Renewal);
    assert_eq!(judged.activity.device, ActivityDevice::Unregistered);
    assert_eq!(judged.activity.address, "127.0.0.1");
    assert_eq!(guide.watch().await.expect("watched").suspicious, 0, "it is told once");

    guide.acknowledge_activity(judged.activity.id).await.expect("acknowledged");
    assert_eq!(guide.activities().await.expect("the acts")[0].judgement, Judgement::Acknowledged);
    guide.suspend().await.expect("suspended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_registers_another_computer_with_a_stolen_key_does_not_blind_the_watch() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.watch().await.expect("watched");
    workplace.clock.forward(TimeDelta::hours(1));
    let (client, identity) = thief(&workplace, &guide).await;
    let registration = DeviceRegistration { device_name: "PC-2".into(), supersedes: Vec::new() };
    client.register_device(&identity, &registration).await.expect("the portal knows no better");
    let watched = guide.watch().await.expect("watched");
    assert_eq!((watched.suspicious, watched.changed), (1, true), "this computer was put out of use");
    let judged = guide.activities().await.expect("the acts");
    assert_eq!(judged[0].judgement, Judgement::Suspicious);
    assert_eq!(guide.watch().await.expect("watched").suspicious, 0, "it is told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_renews_with_a_stolen_key_does_not_escape_the_alarm_of_the_one_it_was_stolen_from() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let (client, identity) = thief(&workplace, &guide).await;
    let key = keys::new_rsa_key();
    let request = certification_request::build(&*key).expect("a request");
    let chain = client.simple_reenroll(&identity, &request).await.expect("the portal knows no better");
    let supersedes = vec![serial_number(&journey(&guide).await)];
    let next = chain[0].serial_number().to_owned();
    let registration = DeviceRegistration { device_name: "PC-2".into(), supersedes };
    let identity = ClientIdentity { key, chain, device_token: None };
    client.register_device(&identity, &registration).await.expect("the portal knows no better");
    assert_eq!(state_of(&workplace, &next).await, portal_api::CertificateState::Active);

    assert!(guide.watch().await.expect("watched").suspicious > 0);
    assert!(matches!(journey(&guide).await.step, Step::Revoked(_)), "the one here gave way");
    guide.portal().interfere(Interference::CutOff);
    assert!(guide.suspend().await.is_err(), "the portal is not told yet");
    guide.portal().interfere(Interference::None);
    guide.watch().await.expect("watched");
    assert_eq!(state_of(&workplace, &next).await, portal_api::CertificateState::Suspended);
    let told = journey(&guide).await;
    let Step::Revoked(Revoked { alarm: Some(alarm), .. }) = told.step else { panic!("{:?}", told.step) };
    assert!(alarm.told_at.is_some());
    workplace.portal.reinstate(&next).await;
    guide.watch().await.expect("watched");
    let state = state_of(&workplace, &next).await;
    assert_eq!(state, portal_api::CertificateState::Active, "what the authority lifts stays so, until one asks again");
    guide.suspend().await.expect("once more");
    assert_eq!(state_of(&workplace, &next).await, portal_api::CertificateState::Suspended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_own_registration_whose_answer_was_lost_is_never_taken_for_somebody_elses() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    workplace.clock.forward(TimeDelta::hours(1));
    guide.portal().interfere(Interference::RegistrationLost);
    assert!(guide.renew_revocation_code(&password(), &|_| {}).await.is_err());
    guide.portal().interfere(Interference::None);
    for hours in [0, 1, 24] {
        workplace.clock.forward(TimeDelta::hours(hours));
        assert_eq!(guide.watch().await.expect("watched").suspicious, 0, "after {hours} hours");
    }
    guide.renew_revocation_code(&password(), &|_| {}).await.expect("a new code");
    assert_eq!(guide.watch().await.expect("watched").suspicious, 0, "both acts stand in the log");
}

// The log.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_the_log_that_was_cut_off_shows_by_what_the_keychain_keeps() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    assert_eq!(guide.use_log(1).await.expect("the log").state, UseLogState::Intact);
    let last = guide.use_log(1).await.expect("the log").lines[0].number;
    workplace.cut_off_log(last).await;
    assert_eq!(guide.use_log(1).await.expect("the log").state, UseLogState::CutOff { number: last });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_made_but_not_recorded_is_deleted_before_the_next_one_is_made() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    // As a program leaves it that is stopped right after the key was made.
    let id = lifecycle::KeyId(uuid::Uuid::from_u128(7));
    guide.journal().announce_key(id, &lifecycle::KeyPlaceName::default()).await.expect("announced");
    let at = workplace.clock.shows();
    lifecycle::ports::KeyStore::create_key(&workplace.keychain, id, &Password::typed(PASSWORD.into()), at)
        .await
        .expect("made");
    enrol(&guide).await;
    assert_eq!(workplace.keychain.keys(), 1);
    assert!(guide.journal().announced_keys().await.expect("the keys").is_empty());
}
