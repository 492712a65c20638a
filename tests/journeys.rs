//! One journey a user story, with the real portal in this process, real TLS and the real journal.

use certifikatguide_tests::doubles::{Interference, KeychainFault, PortalThrough};
use certifikatguide_tests::keys::new_rsa_key;
use certifikatguide_tests::practice::{PracticePortal, WRONG_CODE};
use certifikatguide_tests::workplace::{
    Workplace, accepted, answers, enrol, journey, password, problem, settings, sign,
};
use chrono::TimeDelta;
use declaration::DetailField;
use lifecycle::ports::{Clock, Journal, KeyStore, Portal};
use lifecycle::{
    Acknowledgement, CertificateState, DocumentKind, Guide, KeyPurpose, OneTimeCode, Password, ProblemCode,
    ReferenceNumber, Step,
};
use local_store::SqliteJournal;
use pki::Certificate;
use portal_client::PortalClient;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_employee_goes_from_invitation_to_a_receipt() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let journey = journey(&guide).await;
    let Step::Active(active) = &journey.step else { panic!("not active: {:?}", journey.step) };

    let description = active.issued.held.certificate.description();
    assert_eq!(description.common_name, "Øvebruger Eksempel");
    assert_eq!(description.cvr.as_deref(), Some("12345678"));

    let anchors = [workplace.portal.trust_anchor()];
    let pdf = guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a declaration");
    let verified = declaration::verify_declaration(
        &pdf,
        &anchors,
        pki::Profile::PracticeEmployee,
        workplace.clock.shows(),
        declaration::terms::shipped(),
    );
    assert!(verified.is_ok(), "the declaration verifies");
    let receipt = guide.document(DocumentKind::Receipt).await.expect("the journal").expect("a receipt");
    assert!(receipt.starts_with(b"%PDF-"));

    let purposes: Vec<KeyPurpose> =
        guide.use_log(10).await.expect("the use log").lines.iter().rev().map(|line| line.key_use.purpose).collect();
    assert_eq!(
        purposes,
        [
            KeyPurpose::CertificationRequest,
            KeyPurpose::DeviceRegistration,
            KeyPurpose::DeclarationSignature,
            KeyPurpose::DeclarationSubmission,
        ]
    );
    assert!(guide.journal().outgoing().await.expect("the outbox").is_none(), "nothing waits in the outbox");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_closed_at_any_step_goes_on_where_it_was() {
    let workplace = Workplace::new().await;
    let (reference, code) = workplace.portal.invite().await;
    let again = OneTimeCode::parse(code.expose()).expect("the code");
    workplace.start().await.open_invitation(&reference, code).await.expect("the invitation opens");

    let guide = workplace.start().await;
    assert!(matches!(journey(&guide).await.step, Step::Invited(_)));
    assert!(guide.code_needed(&journey(&guide).await), "the code is not stored");
    assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), ProblemCode::CodeNeeded);
    assert_eq!(workplace.keychain.keys(), 0, "no key is made in vain");
    guide.portal().interfere(Interference::CutOff);
    assert_eq!(problem(guide.enrol(&password(), Some(again), &|_| {}).await), ProblemCode::PortalUnreachable);
    assert!(matches!(journey(&guide).await.step, Step::KeyMade(_)), "the key is kept");
    guide.portal().interfere(Interference::None);
    enrol(&guide).await;
    assert_eq!(workplace.keychain.keys(), 1);

    let guide = workplace.start().await;
    let answers = answers(&journey(&guide).await, &[]);
    guide.review(&answers).await.expect("all details are correct");

    let guide = workplace.start().await;
    assert!(matches!(journey(&guide).await.step, Step::Reviewed(_)));
    sign(&guide).await.expect("signed and delivered");

    let guide = workplace.start().await;
    assert!(matches!(journey(&guide).await.step, Step::Active(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declaration_whose_receipt_is_lost_is_delivered_once_and_signed_once() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::ReceiptLost);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    let signed = guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a declaration");

    let guide = workplace.start().await;
    assert!(matches!(journey(&guide).await.step, Step::Signed(_)));
    assert_eq!(problem(sign(&guide).await), ProblemCode::WrongStep, "it is not signed again");
    guide.deliver(&password(), &|_| {}).await.expect("the receipt comes at the second asking");

    let kept = guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a declaration");
    assert_eq!(kept, signed);
    assert_eq!(workplace.portal.declarations().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_detail_answered_wrong_stops_the_journey_and_revokes_the_certificate() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let answers = answers(&journey(&guide).await, &[DetailField::Email]);
    let journey = guide.review(&answers).await.expect("the portal is told");
    let Step::Stopped(stopped) = &journey.step else { panic!("not stopped: {:?}", journey.step) };
    assert_eq!(stopped.wrong_fields().collect::<Vec<_>>(), [DetailField::Email]);
    let Acknowledgement::ReadBack { standing } = &stopped.portal else { panic!("the portal was not told") };
    assert_eq!(standing.state, CertificateState::Revoked);

    assert_eq!(problem(guide.sign(&accepted(&guide).await, &password(), &|_| {}).await), ProblemCode::WrongStep);
    guide.start_over().await.expect("a new start");
    assert_eq!(workplace.keychain.keys(), 0, "the key is gone");
    assert!(guide.current().await.expect("the journal").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_detail_is_remembered_while_the_portal_cannot_be_told() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let answers = answers(&journey(&guide).await, &[DetailField::Name, DetailField::Cvr]);
    guide.portal().interfere(Interference::CutOff);
    assert_eq!(problem(guide.review(&answers).await), ProblemCode::PortalUnreachable);

    let guide = workplace.start().await;
    assert_eq!(problem(guide.start_over().await), ProblemCode::WrongStep, "the portal must know first");
    let journey = guide.tell_portal().await.expect("the portal is told now");
    let Step::Stopped(stopped) = &journey.step else { panic!("not stopped: {:?}", journey.step) };
    assert!(matches!(stopped.portal, Acknowledgement::ReadBack { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_missing_or_given_twice_is_no_review() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let mut answers = answers(&journey(&guide).await, &[]);
    let last = answers.pop().expect("an answer");
    assert_eq!(problem(guide.review(&answers).await), ProblemCode::AnswersIncomplete);
    let first = answers[0];
    answers.push(first);
    assert_eq!(problem(guide.review(&answers).await), ProblemCode::AnswersIncomplete);
    answers.pop();
    answers.push(last);
    assert!(guide.review(&answers).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspension_locks_this_computer_first_and_then_reads_back_what_the_portal_says() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let unlocked_before = workplace.keychain.times_unlocked();
    let suspended = guide.suspend().await.expect("the portal is told");
    let Step::Suspended(state) = &suspended.step else { panic!("not suspended: {:?}", suspended.step) };
    let Acknowledgement::ReadBack { standing } = &state.portal else { panic!("nothing was read back") };
    assert_eq!(standing.state, CertificateState::Suspended);
    assert_eq!(workplace.keychain.times_unlocked(), unlocked_before, "neither key nor password was needed");
    assert!(guide.suspend().await.is_ok(), "twice does no harm");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspension_without_a_network_locks_here_and_waits_to_be_told() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    guide.portal().interfere(Interference::CutOff);
    assert_eq!(problem(guide.suspend().await), ProblemCode::PortalUnreachable);

    let guide = workplace.start().await;
    let Step::Suspended(state) = journey(&guide).await.step else { panic!("the lock did not last") };
    assert_eq!(state.portal, Acknowledgement::Waiting);
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::WrongStep);
    let Step::Suspended(state) = guide.tell_portal().await.expect("the portal is told").step else { panic!() };
    assert!(matches!(state.portal, Acknowledgement::ReadBack { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_code_says_how_many_tries_are_left_and_the_fifth_locks() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    for left in [4, 3, 2, 1] {
        let outcome = guide.open_invitation(&reference, OneTimeCode::parse(WRONG_CODE).expect("a code")).await;
        let error = outcome.expect_err("a wrong code");
        assert_eq!((error.problem(), error.tries_left()), (ProblemCode::CodeWrong, Some(left)));
    }
    let fifth = guide.open_invitation(&reference, OneTimeCode::parse(WRONG_CODE).expect("a code")).await;
    assert_eq!(problem(fifth), ProblemCode::CodeLocked);
    assert_eq!(problem(guide.open_invitation(&reference, code).await), ProblemCode::CodeLocked);
    assert!(guide.current().await.expect("the journal").is_none(), "no journey was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_another_person_opens_nothing() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, _) = workplace.portal.invite().await;
    let (_, code_of_another) = workplace.portal.invite().await;
    assert_eq!(problem(guide.open_invitation(&reference, code_of_another).await), ProblemCode::CodeWrong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_invitation_says_so() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    workplace.clock.forward(TimeDelta::days(15));
    assert_eq!(problem(guide.open_invitation(&reference, code).await), ProblemCode::InvitationExpired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_is_not_there_says_so() {
    let workplace = Workplace::new().await;
    // Port 9 (discard) of this machine: nobody listens there.
    let guide = workplace.start_towards("https://127.0.0.1:9", vec![workplace.portal.trust_anchor()]).await;
    let reference = ReferenceNumber::parse("AMP-AAAA-AAAA").expect("a reference number");
    let outcome = guide.open_invitation(&reference, OneTimeCode::parse(WRONG_CODE).expect("a code")).await;
    assert_eq!(problem(outcome), ProblemCode::PortalUnreachable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_with_another_certificate_than_expected_gets_no_code() {
    let workplace = Workplace::new().await;
    let another_portal = PracticePortal::start(&workplace.clock).await;
    let guide = workplace.start_towards(another_portal.address(), vec![workplace.portal.trust_anchor()]).await;
    let (reference, code) = another_portal.invite().await;
    let outcome = guide.open_invitation(&reference, code).await;
    assert_eq!(problem(outcome), ProblemCode::PortalCertificateUnexpected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keychain_that_is_absent_or_locked_says_so_and_leaves_everything_as_it_was() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    for (fault, code) in
        [(KeychainFault::Absent, ProblemCode::KeychainAbsent), (KeychainFault::Locked, ProblemCode::KeychainLocked)]
    {
        workplace.keychain.fail_with(fault);
        assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), code);
        assert!(matches!(journey(&guide).await.step, Step::Invited(_)));
    }
    workplace.keychain.fail_with(KeychainFault::None);
    assert!(guide.enrol(&password(), None, &|_| {}).await.is_ok(), "a keychain that comes later works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_password_makes_no_key_and_a_wrong_one_signs_nothing() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let weak = Password::typed("kort".into());
    assert_eq!(problem(guide.enrol(&weak, None, &|_| {}).await), ProblemCode::PasswordTooWeak);
    assert_eq!(workplace.keychain.keys(), 0);

    enrol(&guide).await;
    let answers = answers(&journey(&guide).await, &[]);
    guide.review(&answers).await.expect("all details are correct");
    let accepted = accepted(&guide).await;
    let wrong = Password::typed("en helt anden".into());
    assert_eq!(problem(guide.sign(&accepted, &wrong, &|_| {}).await), ProblemCode::PasswordWrong);
    assert!(matches!(journey(&guide).await.step, Step::Reviewed(_)));
    assert_eq!(guide.portal().submissions(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_that_the_portal_did_not_sign_or_that_do_not_match_their_hash_are_refused() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    let genuine = declaration::terms::shipped()[0].bytes();
    let other =
        String::from_utf8_lossy(genuine).replace("må ikke anvendes til brugerens private", "må anvendes til alle");
    assert_ne!(other.as_bytes(), genuine);
    for interference in [Interference::TermsContent(other.into_bytes()), Interference::TermsHash] {
        guide.portal().interfere(interference);
        assert_eq!(problem(guide.terms().await), ProblemCode::TermsNotGenuine);
    }
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::TermsNotGenuine);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_terms_that_were_shown_are_signed_and_only_with_every_consent() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let mut accepted = accepted(&guide).await;
    let consent = accepted.consents.pop().expect("a consent");
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::ConsentsMissing);
    accepted.consents.push(consent);
    accepted.sha256 = "0".repeat(64);
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::TermsChanged);
    assert!(guide.document(DocumentKind::Declaration).await.expect("the journal").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_for_another_key_or_of_another_profile_is_not_taken() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");

    let (other_reference, other_code) = workplace.portal.invite().await;
    let request = pki::certification_request::build(&*new_rsa_key()).expect("a request");
    let client = PortalClient::new(workplace.portal.address(), &[workplace.portal.trust_anchor()]).expect("a client");
    let others = client.simple_enroll(&other_reference, &other_code, &request).await.expect("another certificate");
    guide.portal().interfere(Interference::Certificates(others));
    assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), ProblemCode::CertificateNotForKey);
    let Step::KeyMade(state) = journey(&guide).await.step else { panic!("the key is kept") };

    let ca = Certificate::from_der(workplace.portal.trust_anchor().certificate().der()).expect("the anchor");
    assert_ne!(ca.subject_public_key_info(), state.key.subject_public_key_info);
    guide.portal().interfere(Interference::None);
    enrol(&guide).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_valid_yet_by_a_clock_that_is_behind_is_not_taken() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    // The portal's clock is an hour ahead of this computer's.
    workplace.portal.clock().forward(TimeDelta::hours(1));
    assert_eq!(problem(guide.enrol(&password(), None, &|_| {}).await), ProblemCode::ClockImplausible);
    assert!(matches!(journey(&guide).await.step, Step::KeyMade(_)));
    workplace.clock.forward(TimeDelta::hours(1));
    workplace.portal.clock().forward(TimeDelta::hours(-1));
    assert!(guide.enrol(&password(), None, &|_| {}).await.is_ok(), "an hour later it is taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_is_not_for_this_declaration_delivers_nothing() {
    let workplace = Workplace::new().await;
    let other = workplace.with_another_computer();
    let guide = other.active().await;
    let receipt_of_another = guide.document(DocumentKind::Receipt).await.expect("the journal").expect("a receipt");

    let workplace = other.with_another_computer();
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::Receipt(receipt_of_another));
    assert_eq!(problem(sign(&guide).await), ProblemCode::ReceiptNotGenuine);
    assert!(matches!(journey(&guide).await.step, Step::Signed(_)));
    guide.portal().interfere(Interference::None);
    assert!(guide.deliver(&password(), &|_| {}).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_certificate_signs_nothing() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    workplace.clock.forward(TimeDelta::days(4 * 366));
    assert!(
        workplace.clock.now()
            > journey(&guide).await.step.issued().expect("a certificate").held.certificate.not_after()
    );
    let before = workplace.keychain.times_unlocked();
    assert!(guide.sign(&accepted, &password(), &|_| {}).await.is_err());
    assert_eq!(workplace.keychain.times_unlocked(), before, "the gate kept the key shut");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_forgot_the_password_before_this_computer_was_registered_can_begin_anew() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    guide.portal().interfere(Interference::RegistrationRefused);
    assert!(guide.enrol(&password(), None, &|_| {}).await.is_err());
    assert!(matches!(journey(&guide).await.step, Step::Issued(_)), "the certificate is kept");

    let guide = workplace.start().await;
    let forgotten = Password::typed("var det mon dette".into());
    assert_eq!(problem(guide.enrol(&forgotten, None, &|_| {}).await), ProblemCode::PasswordWrong);
    guide.start_over().await.expect("a new start");
    assert_eq!(workplace.keychain.keys(), 0);
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("a new invitation opens");
    enrol(&guide).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_closed_before_the_revocation_code_was_kept_shows_a_new_one() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let first = guide.enrol(&password(), None, &|_| {}).await.expect("the certificate comes");

    let guide = workplace.start().await;
    assert_eq!(problem(guide.confirm_revocation_code().await), ProblemCode::WrongStep, "nobody has seen a code");
    let second = guide.enrol(&password(), None, &|_| {}).await.expect("the computer is registered again");
    let text = |enrolled: &lifecycle::Enrolled| {
        enrolled.revocation_code.as_ref().expect("a revocation code").expose().to_owned()
    };
    assert_ne!(text(&first), text(&second), "the first code is replaced");
    guide.confirm_revocation_code().await.expect("the code is kept");
    let answers = answers(&journey(&guide).await, &[]);
    guide.review(&answers).await.expect("the journey goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_forgot_the_password_before_signing_leaves_a_suspended_certificate_behind() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::CutOff);
    assert_eq!(problem(guide.start_over().await), ProblemCode::PortalUnreachable, "the portal must know first");
    assert!(matches!(journey(&guide).await.step, Step::Suspended(_)), "but it is locked here already");
    guide.portal().interfere(Interference::None);
    guide.start_over().await.expect("a new start");
    assert!(guide.current().await.expect("the journal").is_none());
    assert_eq!(workplace.keychain.keys(), 0);
    assert_eq!(workplace.portal.certificate_states().await, [portal_api::CertificateState::Suspended]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declared_certificate_is_not_given_up_but_what_the_lra_reinstates_is_unlocked() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    assert_eq!(problem(guide.start_over().await), ProblemCode::WrongStep);
    let suspended = guide.suspend().await.expect("the portal is told");
    assert_eq!(problem(guide.start_over().await), ProblemCode::WrongStep);
    assert!(matches!(guide.refresh().await.expect("the state").step, Step::Suspended(_)), "it does not unlock itself");
    let serial_number = suspended.step.issued().expect("a certificate").held.certificate.serial_number().to_owned();
    workplace.portal.reinstate(&serial_number).await;
    assert!(matches!(guide.refresh().await.expect("the state").step, Step::Active(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_from_elsewhere_keeps_the_key_shut_while_a_declaration_is_being_written() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let elsewhere = workplace.start().await;
    let accepted = accepted(&guide).await;
    let suspend_while_rendering = |stage| {
        if stage == lifecycle::Stage::RenderingDeclaration {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(elsewhere.suspend()).expect("suspended from elsewhere")
            });
        }
    };
    let outcome = guide.sign(&accepted, &password(), &suspend_while_rendering).await;
    assert_eq!(problem(outcome), ProblemCode::CertificateSuspended);
    assert!(guide.document(DocumentKind::Declaration).await.expect("the journal").is_none(), "nothing was signed");
    assert_eq!(guide.portal().submissions(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declaration_that_the_portal_refuses_for_good_leads_back_to_the_terms() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::DeclarationRefused);
    assert_eq!(problem(sign(&guide).await), ProblemCode::DeclarationRefused);
    assert!(matches!(journey(&guide).await.step, Step::Reviewed(_)));
    assert!(guide.journal().outgoing().await.expect("the outbox").is_none(), "it is not sent again");
    guide.portal().interfere(Interference::None);
    sign(&guide).await.expect("a new declaration is signed and delivered");
    assert_eq!(workplace.portal.declarations().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_a_practice_portal_is_not_taken_for_a_real_one() {
    let workplace = Workplace::new().await;
    let (reference, code) = workplace.portal.invite().await;
    let guide = workplace.start().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let journal = SqliteJournal::open(&workplace.journal()).await.expect("the journal");
    let trust_anchors = vec![workplace.portal.trust_anchor()];
    let client = PortalClient::new(workplace.portal.address(), &trust_anchors).expect("a portal client");
    let own = settings(false, trust_anchors);
    let real =
        Guide::new(workplace.keychain.clone(), PortalThrough::new(client), journal, workplace.clock.clone(), own);
    assert_eq!(problem(real.enrol(&password(), None, &|_| {}).await), ProblemCode::OtherPortal);

    // And for a real one, a certificate of the practice profile is none, even from the anchor that was configured.
    let folder = TempDir::new().expect("a folder");
    let journal = SqliteJournal::open(&folder.path().join("journal.sqlite")).await.expect("a journal");
    let trust_anchors = vec![workplace.portal.trust_anchor()];
    let client = PortalClient::new(workplace.portal.address(), &trust_anchors).expect("a portal client");
    let own = settings(false, trust_anchors);
    let real =
        Guide::new(workplace.keychain.clone(), PortalThrough::new(client), journal, workplace.clock.clone(), own);
    let (reference, code) = workplace.portal.invite().await;
    real.open_invitation(&reference, code).await.expect("the invitation opens");
    assert_eq!(problem(real.enrol(&password(), None, &|_| {}).await), ProblemCode::CertificateNotOfProfile);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_was_suspended_elsewhere_is_not_used_here() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let issued = journey(&guide).await.step.issued().expect("a certificate").clone();
    let token = workplace.keychain.device_token(issued.key.id).await.expect("the device token");
    let serial_number = issued.held.certificate.serial_number();
    guide.portal().inner().suspend(&token, serial_number).await.expect("suspended without this program");
    let unlocked_before = workplace.keychain.times_unlocked();
    assert_eq!(problem(sign(&guide).await), ProblemCode::CertificateSuspended);
    assert_eq!(workplace.keychain.times_unlocked(), unlocked_before, "the issuer was asked before the key was opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_responder_is_silent_its_last_answer_counts_as_long_as_it_said_and_no_longer() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    let accepted = accepted(&guide).await;
    guide.portal().interfere(Interference::StatusWithheld);
    workplace.clock.forward(TimeDelta::hours(2));
    let unlocked_before = workplace.keychain.times_unlocked();
    assert_eq!(problem(guide.sign(&accepted, &password(), &|_| {}).await), ProblemCode::StatusUntold);
    assert_eq!(workplace.keychain.times_unlocked(), unlocked_before, "the key was not opened");

    // tryLater ([RFC 6960 §4.2.1]) is no answer either.
    let try_later = vec![0x30, 0x03, 0x0a, 0x01, 0x03];
    for silence in [Interference::StatusWithheld, Interference::StatusAnswer(try_later)] {
        let workplace = Workplace::new().await;
        let guide = workplace.reviewed().await;
        guide.portal().interfere(silence);
        workplace.clock.forward(TimeDelta::minutes(50));
        sign(&guide).await.expect("the answer from enrolment still counts");
        assert!(guide.portal().status_requests() >= 1, "but the responder was asked first");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_about_the_status_that_proves_nothing_keeps_the_key_shut() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    for answer in [Vec::new(), b"good".to_vec(), vec![0x30, 0x03, 0x0a, 0x01, 0x00]] {
        guide.portal().interfere(Interference::StatusAnswer(answer));
        let unlocked_before = workplace.keychain.times_unlocked();
        assert_eq!(problem(sign(&guide).await), ProblemCode::StatusUntold);
        assert_eq!(workplace.keychain.times_unlocked(), unlocked_before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_declaration_is_delivered_after_a_suspension_was_lifted() {
    for receipt_lost in [false, true] {
        let workplace = Workplace::new().await;
        let guide = workplace.reviewed().await;
        guide.portal().interfere(if receipt_lost { Interference::ReceiptLost } else { Interference::DeliveryCutOff });
        assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
        guide.portal().interfere(Interference::None);
        let suspended = guide.suspend().await.expect("the portal is told");
        let serial_number = suspended.step.issued().expect("a certificate").held.certificate.serial_number().to_owned();
        workplace.portal.reinstate(&serial_number).await;
        let lifted = guide.refresh().await.expect("the state");
        assert!(matches!(lifted.step, Step::Signed(_)), "receipt lost: {receipt_lost}, {:?}", lifted.step);
        let delivered = guide.deliver(&password(), &|_| {}).await.expect("the same declaration is delivered");
        assert!(matches!(delivered.step, Step::Active(_)));
        assert_eq!(workplace.portal.declarations().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspending_again_suspends_again_what_the_lra_had_lifted() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let suspended = guide.suspend().await.expect("the portal is told");
    let serial_number = suspended.step.issued().expect("a certificate").held.certificate.serial_number().to_owned();
    workplace.portal.reinstate(&serial_number).await;
    let Step::Suspended(state) = guide.suspend().await.expect("the portal is told again").step else { panic!() };
    let Acknowledgement::ReadBack { standing } = &state.portal else { panic!("nothing was read back") };
    assert_eq!(standing.state, CertificateState::Suspended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_keychain_leaves_a_way_on() {
    // Before the declaration: begin anew.
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    workplace.keychain.empty();
    assert_eq!(problem(sign(&guide).await), ProblemCode::KeyMissing);
    guide.start_over().await.expect("a new start");
    assert!(guide.current().await.expect("the journal").is_none());

    // With a certificate that was locked here and not told, or stopped: once the portal has revoked it.
    for stopped in [false, true] {
        let workplace = Workplace::new().await;
        let guide = if stopped { workplace.enrolled().await } else { workplace.active().await };
        let answers = answers(&journey(&guide).await, &[DetailField::Email]);
        workplace.keychain.empty();
        let told = if stopped { guide.review(&answers).await } else { guide.suspend().await };
        assert_eq!(problem(told), ProblemCode::KeyMissing);
        assert_eq!(problem(guide.refresh().await), ProblemCode::KeyMissing);
        assert_eq!(problem(guide.start_over().await), ProblemCode::WrongStep);
        let held = journey(&guide).await.step.issued().expect("a certificate").held.clone();
        workplace.portal.revoke(held.certificate.serial_number()).await;
        let revoked = guide.refresh().await.expect("the issuer says so to anybody");
        match &revoked.step {
            Step::Stopped(state) if stopped => {
                assert_eq!(state.wrong_fields().collect::<Vec<_>>(), [DetailField::Email])
            }
            Step::Revoked(_) if !stopped => {}
            other => panic!("{other:?}"),
        }
        guide.start_over().await.expect("a new start");
    }

    // With a certificate in use: once the portal has revoked it.
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    workplace.keychain.empty();
    assert_eq!(problem(guide.refresh().await), ProblemCode::KeyMissing);
    let serial_number =
        journey(&guide).await.step.issued().expect("a certificate").held.certificate.serial_number().to_owned();
    workplace.portal.revoke(&serial_number).await;
    let revoked = guide.refresh().await.expect("the issuer says so to anybody");
    assert!(matches!(revoked.step, Step::Revoked(_)), "{:?}", revoked.step);
    guide.start_over().await.expect("a new start");
}
