//! What must be true before a key is used: the clock, the status, and who is asked for it; and what is heard of the
//! certificate while nobody uses it. With the real portal in this process, real TLS and the real journal.

use certifikatguide_tests::doubles::Interference;
use certifikatguide_tests::workplace::{TestGuide, Workplace, accepted, journey, password, problem, sign};
use chrono::{DateTime, TimeDelta, Utc};
use der::{Decode, Encode};
use lifecycle::gate::PortalTime;
use lifecycle::ports::{Journal, KeptStatus, KeyStore, Portal, Responder, StatusEvidence};
use lifecycle::{JourneyError, KeyPurpose, Password, ProblemCode, StatusUntold, Step, UseLogState};
use local_store::SqliteJournal;

/// Forgets the answer about the status that was kept at enrolment.
async fn forget_kept_status(workplace: &Workplace) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(workplace.journal());
    let mut connection = sqlx::ConnectOptions::connect(&options).await.expect("the journal's file");
    sqlx::query("DELETE FROM status_answer").execute(&mut connection).await.expect("forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_differs_from_the_portals_by_more_than_five_minutes_keeps_the_key_shut() {
    for wrong_by in [TimeDelta::minutes(6), TimeDelta::minutes(-6), TimeDelta::days(900), TimeDelta::days(-900)] {
        let workplace = Workplace::new().await;
        let guide = workplace.reviewed().await;
        let accepted = accepted(&guide).await;
        let unlocked_before = workplace.keychain.times_unlocked();
        // The portal keeps its own time.
        workplace.clock.forward(wrong_by);
        workplace.portal.clock().forward(-wrong_by);
        let outcome = guide.sign(&accepted, &password(), &|_| {}).await;
        assert_eq!(problem(outcome), ProblemCode::ClockImplausible, "{wrong_by}");
        assert_eq!(workplace.keychain.times_unlocked(), unlocked_before, "the key was not opened");
        workplace.clock.forward(-wrong_by);
        workplace.portal.clock().forward(wrong_by);
        sign(&guide).await.expect("with the right time it is signed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_within_five_minutes_of_the_portals_is_taken() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    workplace.clock.forward(TimeDelta::minutes(4));
    workplace.portal.clock().forward(TimeDelta::minutes(-4));
    sign(&guide).await.expect("clocks differ by a little");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_put_back_while_nobody_answers_keeps_the_key_shut() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let unlocked_before = workplace.keychain.times_unlocked();
    // What was heard is known also when nobody can be heard any more.
    let journal = guide.journal();
    let (id, now) = (journey(&guide).await.id, workplace.clock.shows());
    let kept = journal.status_answer(id).await.expect("the journal").expect("an answer");
    let heard_later = PortalTime { said: now + TimeDelta::minutes(10), heard_at: now + TimeDelta::minutes(10) };
    let kept = KeptStatus { portal_time: Some(heard_later), ..kept };
    journal.keep_status_answer(id, &kept).await.expect("kept");
    guide.portal().interfere(Interference::NamedStatusAnswer(b"nobody".to_vec()));
    assert_eq!(problem(sign(&guide).await), ProblemCode::ClockImplausible);
    assert_eq!(workplace.keychain.times_unlocked(), unlocked_before, "the key was not opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_portals_responder_is_silent_the_one_that_the_certificate_names_is_asked() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    forget_kept_status(&workplace).await;
    guide.portal().interfere(Interference::PortalStatusWithheld);
    sign(&guide).await.expect("the certificate's responder says that it is good");
    let kept = guide.journal().status_answer(journey(&guide).await.id).await.expect("the journal");
    assert!(matches!(kept.expect("an answer is kept").evidence, StatusEvidence::Ocsp(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_responder_answers_the_revocation_list_does() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    forget_kept_status(&workplace).await;
    guide.portal().interfere(Interference::RespondersSilent);
    sign(&guide).await.expect("the certificate is not on the list");
    let kept = guide.journal().status_answer(journey(&guide).await.id).await.expect("the journal");
    assert!(matches!(kept.expect("the list is kept").evidence, StatusEvidence::RevocationList(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_that_only_the_revocation_list_tells_of_keeps_the_key_shut() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let issued = journey(&guide).await.step.issued().expect("a certificate").clone();
    let token = workplace.keychain.device_token(issued.key.id).await.expect("the device token");
    guide.portal().inner().suspend(&token, issued.held.certificate.serial_number()).await.expect("suspended");
    forget_kept_status(&workplace).await;
    guide.portal().interfere(Interference::RespondersSilent);
    let unlocked_before = workplace.keychain.times_unlocked();
    assert_eq!(problem(sign(&guide).await), ProblemCode::CertificateSuspended);
    assert_eq!(workplace.keychain.times_unlocked(), unlocked_before, "the key was not opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_that_did_not_answer_is_named() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    forget_kept_status(&workplace).await;
    guide.portal().interfere(Interference::StatusWithheld);
    let untold = sign(&guide).await.expect_err("nobody answers");
    assert!(matches!(untold, JourneyError::StatusUntold(StatusUntold::NoAnswer(_))), "{untold:?}");
    let status = workplace.portal.status_address();
    assert_eq!(
        untold.silent_addresses(),
        [workplace.portal.address(), &format!("{status}/ocsp"), &format!("{status}/crl/issuing-ca.crl")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_kept_answer_is_renewed_when_half_its_life_is_over_and_not_before() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.preserve().await.expect("what the declaration lacks is fetched");
    let asked = guide.portal().status_requests();
    let watched = guide.watch().await.expect("the watch");
    assert!(!watched.changed && watched.failures.is_empty());
    assert_eq!(guide.portal().status_requests(), asked, "the answer is fresh");
    assert!(watched.next <= TimeDelta::minutes(30), "the answer lives an hour: {}", watched.next);

    workplace.clock.forward(TimeDelta::minutes(31));
    guide.watch().await.expect("the watch");
    assert_eq!(guide.portal().status_requests(), asked + 1);
    let kept = guide.kept_status(&journey(&guide).await).await.expect("the journal").expect("an answer");
    assert!(kept.next_update.expect("a next one") > workplace.clock.shows() + TimeDelta::minutes(55));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_noticed_by_the_watch_without_anybody_asking() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let held = journey(&guide).await.step.issued().expect("a certificate").held.clone();
    workplace.portal.revoke(held.certificate.serial_number()).await;
    let watched = guide.watch().await.expect("the watch");
    assert!(watched.changed);
    assert!(matches!(journey(&guide).await.step, Step::Revoked(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_is_noticed_by_the_watch_from_the_issuer_where_the_portal_no_longer_knows_this_computer() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let issued = journey(&guide).await.step.issued().expect("a certificate").clone();
    let token = workplace.keychain.device_token(issued.key.id).await.expect("the device token");
    guide.portal().inner().suspend(&token, issued.held.certificate.serial_number()).await.expect("suspended");
    workplace.keychain.empty();
    workplace.clock.forward(TimeDelta::minutes(31));
    assert!(guide.watch().await.expect("the watch").changed);
    assert!(matches!(journey(&guide).await.step, Step::Suspended(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_hears_nothing_changes_nothing_and_is_soon_tried_again() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let before = journey(&guide).await;
    guide.portal().interfere(Interference::CutOff);
    let watched = guide.watch().await.expect("the watch");
    assert!(!watched.changed && !watched.failures.is_empty());
    assert_eq!(watched.next, TimeDelta::minutes(5));
    assert_eq!(journey(&guide).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_answer_outlives_a_restart_with_the_portals_time() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let id = journey(&guide).await.id;
    let journal = SqliteJournal::open(&workplace.journal()).await.expect("the journal");
    let kept = journal.status_answer(id).await.expect("the journal").expect("an answer");
    let time = kept.portal_time.expect("the portal said what time it has");
    let difference = |one: DateTime<Utc>, other: DateTime<Utc>| (one - other).abs();
    assert!(difference(time.said, workplace.clock.shows()) <= TimeDelta::seconds(1));
    assert!(difference(time.heard_at, workplace.clock.shows()) <= TimeDelta::seconds(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_use_is_in_the_log_with_its_document_and_every_refusal_with_its_reason() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    let wrong = Password::typed("en helt anden kode".into());
    assert_eq!(problem(guide.sign(&accepted, &wrong, &|_| {}).await), ProblemCode::PasswordWrong);
    guide.portal().interfere(Interference::StatusAnswer(b"good".to_vec()));
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::StatusUntold);
    guide.portal().interfere(Interference::None);
    let journey = guide.sign(&accepted, &password(), &|_| {}).await.expect("signed and delivered");

    let log = guide.use_log(4).await.expect("the journal");
    assert_eq!(log.state, UseLogState::Intact);
    let declaration = journey.step.declaration().expect("a declaration").id;
    let told: Vec<_> =
        log.lines.iter().rev().map(|line| (line.key_use.purpose, line.key_use.refused, line.number)).collect();
    assert_eq!(
        told,
        [
            (KeyPurpose::DeclarationSignature, Some(ProblemCode::PasswordWrong), 3),
            (KeyPurpose::DeclarationSignature, Some(ProblemCode::StatusUntold), 4),
            (KeyPurpose::DeclarationSignature, None, 5),
            (KeyPurpose::DeclarationSubmission, None, 6),
        ]
    );
    for line in &log.lines[..2] {
        assert_eq!(line.key_use.document, Some(declaration));
        assert_eq!(line.key_use.program_version, "0.0.0-test");
        assert_eq!(line.key_use.portal, workplace.portal.address());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_three_wrong_passwords_the_next_try_waits_also_when_the_program_was_started_anew() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    for _ in 0..3 {
        let wrong = Password::typed("en helt anden kode".into());
        assert_eq!(problem(guide.sign(&accepted, &wrong, &|_| {}).await), ProblemCode::PasswordWrong);
    }
    drop(guide);
    let guide = workplace.start().await;
    let told = guide.sign(&accepted, &password(), &|_| {}).await.expect_err("too soon");
    assert_eq!(told.problem(), ProblemCode::PasswordWait);
    assert!(told.wait_until().expect("until when") > workplace.clock.shows());
    assert_eq!(workplace.keychain.times_unlocked(), 1, "only for enrolment was the key opened");
    workplace.clock.forward(TimeDelta::seconds(6));
    guide.sign(&accepted, &password(), &|_| {}).await.expect("now the right password is taken");
}

/// The status answers of one certificate as they are at this moment, for whoever wants to replay them.
async fn overheard(workplace: &Workplace, guide: &TestGuide) -> Vec<u8> {
    let issued = journey(guide).await.step.issued().expect("a certificate").clone();
    let issuer = &issued.held.intermediates[0];
    let request = pki::OcspRequest::new(&issued.held.certificate, issuer, [7; 32]).expect("a request");
    let named = format!("{}/ocsp", workplace.portal.status_address());
    let without_nonce = without_nonce(request.der());
    guide.portal().inner().ocsp_response(Responder::Named(&named), &without_nonce).await.expect("an answer").response
}

/// The request without its extensions, which anybody may ask with: the nonce is the last field of `TBSRequest`.
fn without_nonce(request: &[u8]) -> Vec<u8> {
    let mut parsed = x509_ocsp::OcspRequest::from_der(request).expect("a request");
    parsed.tbs_request.request_extensions = None;
    parsed.to_der().expect("a request")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_that_was_proven_once_is_not_outdone_by_an_older_answer_that_somebody_replays() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    workplace.clock.forward(TimeDelta::minutes(1));
    let good = overheard(&workplace, &guide).await;
    workplace.clock.forward(TimeDelta::minutes(1));
    let issued = journey(&guide).await.step.issued().expect("a certificate").clone();
    let token = workplace.keychain.device_token(issued.key.id).await.expect("the device token");
    guide.portal().inner().suspend(&token, issued.held.certificate.serial_number()).await.expect("suspended");
    // The issuer's answer is heard, and then nobody but the attacker.
    let suspended = overheard(&workplace, &guide).await;
    guide.portal().interfere(Interference::NamedStatusAnswer(suspended));
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::CertificateSuspended);
    guide.portal().interfere(Interference::NamedStatusAnswer(good));
    let unlocked_before = workplace.keychain.times_unlocked();
    for minutes in [0, 59] {
        workplace.clock.forward(TimeDelta::minutes(minutes));
        guide.sign(&accepted, &password(), &|_| {}).await.expect_err("the key stays shut");
    }
    assert_eq!(workplace.keychain.times_unlocked(), unlocked_before);
    assert!(matches!(journey(&guide).await.step, Step::Suspended(_)), "what was proven is remembered in the journey");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_answer_that_somebody_replays_does_not_take_the_place_of_the_kept_one() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    workplace.clock.forward(TimeDelta::minutes(1));
    let older = overheard(&workplace, &guide).await;
    workplace.clock.forward(TimeDelta::minutes(40));
    guide.watch().await.expect("the answer is renewed");
    let id = journey(&guide).await.id;
    let kept = guide.journal().status_answer(id).await.expect("the journal").expect("an answer");
    guide.portal().interfere(Interference::NamedStatusAnswer(older));
    sign(&guide).await.expect("the newer answer, which is kept, still counts");
    assert_eq!(guide.journal().status_answer(id).await.expect("the journal"), Some(kept));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_portals_time_is_remembered_while_only_the_certificates_responder_answers() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    let journal = guide.journal();
    let (id, now) = (journey(&guide).await.id, workplace.clock.shows());
    let kept = journal.status_answer(id).await.expect("the journal").expect("an answer");
    let heard_later = PortalTime { said: now + TimeDelta::minutes(10), heard_at: now + TimeDelta::minutes(10) };
    journal.keep_status_answer(id, &KeptStatus { portal_time: Some(heard_later), ..kept }).await.expect("kept");
    guide.portal().interfere(Interference::PortalStatusUnreachable);
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::ClockImplausible);
    let kept = journal.status_answer(id).await.expect("the journal").expect("an answer");
    assert_eq!(kept.portal_time, Some(heard_later), "and is not forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_over_plain_http_and_proves_nothing_does_not_keep_a_fresh_answer_from_counting() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    for junk in [b"<html>log on to the network</html>".to_vec(), Vec::new(), vec![0x30, 0x03, 0x0a, 0x01, 0x06]] {
        guide.portal().interfere(Interference::NamedStatusAnswer(junk));
        let evidence = guide.watch().await.expect("the watch");
        assert!(!evidence.changed);
    }
    sign(&guide).await.expect("the answer from enrolment still counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_that_was_lifted_is_not_taken_over_again_from_the_kept_answer() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let suspended = guide.suspend().await.expect("the portal is told");
    let serial_number = suspended.step.issued().expect("a certificate").held.certificate.serial_number().to_owned();
    workplace.clock.forward(TimeDelta::minutes(31));
    guide.watch().await.expect("the issuer says that it is suspended, and that is kept");
    workplace.clock.forward(TimeDelta::minutes(1));
    workplace.portal.reinstate(&serial_number).await;
    workplace.clock.forward(TimeDelta::minutes(35));
    guide.portal().interfere(Interference::StatusWithheld);
    for _ in 0..2 {
        let watched = guide.watch().await.expect("the watch");
        assert!(matches!(journey(&guide).await.step, Step::Active(_)), "the portal says that it is lifted");
        assert!(!watched.failures.is_empty(), "that no responder answered is told");
        assert_eq!(watched.next, TimeDelta::minutes(5), "and not asked again every minute");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_the_next_try_is_not_shortened_by_asking_again_or_by_another_refusal() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    for _ in 0..3 {
        let wrong = Password::typed("en helt anden kode".into());
        assert_eq!(problem(guide.sign(&accepted, &wrong, &|_| {}).await), ProblemCode::PasswordWrong);
    }
    guide.portal().interfere(Interference::StatusAnswer(b"good".to_vec()));
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::StatusUntold);
    guide.portal().interfere(Interference::None);
    for _ in 0..40 {
        assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::PasswordWait);
    }
    let log = guide.use_log(1000).await.expect("the journal");
    assert_eq!(log.lines.len(), 6, "who is told to wait has not tried, and fills no log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_alarm_succeeds_also_where_the_watch_tells_the_portal_at_the_same_moment() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::CutOff);
    guide.suspend().await.expect_err("the portal is not told");
    guide.portal().interfere(Interference::None);
    let (alarm, watch) = tokio::join!(guide.suspend(), guide.watch());
    assert!(matches!(alarm.expect("suspended").step, Step::Suspended(_)));
    watch.expect("the watch");
    assert_eq!(workplace.portal.certificate_states().await, [portal_api::CertificateState::Suspended]);
}
