//! "Why can't I sign?" and the certificate's own screen: with the real portal in this process, real TLS and the real
//! journal; and the real program.

use certifikatguide_tests::doubles::{Interference, KeychainFault, MemoryKeyStore, PortalThrough, StandingClock};
use certifikatguide_tests::practice::certifikat;
use certifikatguide_tests::workplace::{TestGuide, Workplace, answers, journey, sign};
use chrono::TimeDelta;
use declaration::DetailField;
use lifecycle::ports::{Change, Journal, KeyStore, Portal};
use lifecycle::{
    ChainRole, DiagnosedCertificate, Diagnosis, DiagnosisParts, JournalPart, Journey, JourneyError, LinkState,
    NotAtHand, Obstacle, PortalPart, Probe, ProbeOutcome, ProbeTarget, ProblemCode, diagnose,
};
use local_store::SqliteJournal;
use pki::{Certificate, FindingCode, Severity, TrustAnchor, Verdict};
use portal_client::PortalClient;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use tempfile::TempDir;

type Parts<'a> = DiagnosisParts<'a, MemoryKeyStore, PortalThrough<PortalClient>, SqliteJournal, StandingClock>;
type Part<'a> = JournalPart<'a, SqliteJournal>;

/// The journal that the program works with.
fn in_use(guide: &TestGuide) -> Part<'_> {
    JournalPart {
        journal: Ok(guide.journal()),
        place: "journal.sqlite".into(),
        in_use: true,
        practice: true,
        trust_anchors: guide.settings().trust_anchors.clone(),
    }
}

/// Everything that a computer with one journal has.
fn parts<'a>(workplace: &'a Workplace, guide: &'a TestGuide) -> Parts<'a> {
    DiagnosisParts {
        key_store: &workplace.keychain,
        portal: PortalPart::AtHand(guide.portal()),
        journals: vec![in_use(guide)],
        clock: &workplace.clock,
    }
}

async fn diagnosis(workplace: &Workplace, guide: &TestGuide) -> Diagnosis {
    diagnose(parts(workplace, guide), &|_, _| {}).await
}

#[track_caller]
fn the_only(diagnosis: &Diagnosis) -> &DiagnosedCertificate {
    assert_eq!(diagnosis.certificates.len(), 1, "one certificate");
    &diagnosis.certificates[0]
}

/// The problems that stop the certificate; it has no others.
#[track_caller]
fn problems(certificate: &DiagnosedCertificate) -> Vec<ProblemCode> {
    assert!(certificate.obstacles.is_empty() || !certificate.usable);
    assert!(!(certificate.usable && certificate.waits));
    let problem = |obstacle: &Obstacle| match obstacle {
        Obstacle::Problem(problem) => *problem,
        Obstacle::Finding(finding) => panic!("{finding:?}"),
    };
    certificate.obstacles.iter().map(problem).collect()
}

fn of(diagnosis: &Diagnosis, target: ProbeTarget) -> Vec<&Probe> {
    diagnosis.probes.iter().filter(|probe| probe.target == target).collect()
}

/// Everything that fails: what, with which problem, and the words about it.
fn failing(diagnosis: &Diagnosis) -> Vec<(ProbeTarget, ProblemCode, &str)> {
    diagnosis
        .probes
        .iter()
        .filter_map(|probe| match &probe.outcome {
            ProbeOutcome::Fails { problem, detail } => Some((probe.target, *problem, detail.as_str())),
            ProbeOutcome::Works { .. } | ProbeOutcome::NotUsed => None,
        })
        .collect()
}

fn host(address: &str) -> &str {
    address.split("://").nth(1).expect("an address").split('/').next().expect("a host")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_in_use_with_everything_in_order_has_no_obstacle_and_every_probe_works() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let begun = Mutex::new(Vec::new());
    let diagnosis = diagnose(parts(&workplace, &guide), &|target, address: Option<&str>| {
        begun.lock().expect("the list").push((target, address.map(str::to_owned)));
    })
    .await;
    let certificate = the_only(&diagnosis);
    assert!(certificate.usable && certificate.under_way && certificate.practice);
    assert_eq!(problems(certificate), []);
    assert_eq!(certificate.portal, workplace.portal.address());
    assert_eq!(failing(&diagnosis), []);
    for target in [
        ProbeTarget::Keychain,
        ProbeTarget::Journal,
        ProbeTarget::Portal,
        ProbeTarget::Clock,
        ProbeTarget::Ocsp,
        ProbeTarget::RevocationList,
    ] {
        let probes = of(&diagnosis, target);
        assert!(!probes.is_empty(), "{target:?}");
        for probe in probes {
            assert!(matches!(probe.outcome, ProbeOutcome::Works { .. }), "{probe:?}");
            assert!(begun.lock().expect("the list").contains(&(target, probe.address.clone())), "{probe:?} was told");
        }
    }
    for target in [ProbeTarget::Proxy, ProbeTarget::TimeStamp] {
        assert!(of(&diagnosis, target).iter().all(|probe| probe.outcome == ProbeOutcome::NotUsed), "{target:?}");
    }
    let asked: Vec<_> = of(&diagnosis, ProbeTarget::Ocsp).iter().filter_map(|probe| probe.address.clone()).collect();
    assert!(asked.contains(&workplace.portal.address().to_owned()), "{asked:?}");
    assert!(asked.iter().any(|address| address.starts_with(workplace.portal.status_address())), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_still_to_be_done_is_an_obstacle_too() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let diagnosis_now = diagnosis(&workplace, &guide).await;
    assert_eq!(problems(the_only(&diagnosis_now)), [ProblemCode::DetailsUnchecked, ProblemCode::DeclarationUnsigned]);
    assert!(the_only(&diagnosis_now).waits, "nothing is in the way, there is only something left to do");

    let answers = answers(&journey(&guide).await, &[]);
    guide.review(&answers).await.expect("all details are correct");
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::DeclarationUnsigned]);

    guide.portal().interfere(Interference::DeliveryCutOff);
    sign(&guide).await.expect_err("signed, but not delivered");
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::DeclarationUndelivered]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_that_was_not_registered_is_told_so() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let (reference, code) = workplace.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    assert_eq!(diagnosis(&workplace, &guide).await.certificates, [], "there is no certificate yet");
    guide.portal().interfere(Interference::RegistrationRefused);
    let password = certifikatguide_tests::workplace::password();
    assert!(guide.enrol(&password, None, &|_| {}).await.is_err(), "the certificate comes, the registration does not");
    guide.portal().interfere(Interference::None);
    assert_eq!(
        problems(the_only(&diagnosis(&workplace, &guide).await)),
        [ProblemCode::DeviceUnregistered, ProblemCode::DetailsUnchecked, ProblemCode::DeclarationUnsigned]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_here_or_elsewhere_and_a_revocation_are_found() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let issued = journey(&guide).await.step.issued().expect("a certificate").clone();
    let serial_number = issued.held.certificate.serial_number();
    let token = workplace.keychain.device_token(issued.key.id).await.expect("the device token");
    guide.portal().inner().suspend(&token, serial_number).await.expect("suspended without this program");
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::CertificateSuspended]);

    guide.suspend().await.expect("suspended here too");
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::CertificateSuspended]);

    workplace.portal.revoke(serial_number).await;
    assert_eq!(
        problems(the_only(&diagnosis(&workplace, &guide).await)),
        [ProblemCode::CertificateSuspended, ProblemCode::CertificateRevoked]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_that_the_portal_has_not_heard_of_locks_the_certificate_all_the_same() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::CutOff);
    guide.suspend().await.expect_err("the portal is not told");
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::CertificateSuspended]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_detail_answered_wrong_and_the_revocation_that_follows_are_both_found() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let answers = answers(&journey(&guide).await, &[DetailField::Email]);
    guide.portal().interfere(Interference::CutOff);
    guide.review(&answers).await.expect_err("the portal is not told");
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::DetailsWrong]);
    guide.portal().interfere(Interference::None);
    guide.tell_portal().await.expect("the portal is told");
    let problems = problems(the_only(&diagnosis(&workplace, &guide).await));
    assert!(problems.contains(&ProblemCode::CertificateRevoked), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_obstacle_is_named_at_once_and_not_the_first_alone() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    workplace.clock.forward(TimeDelta::days(4 * 366));
    workplace.keychain.empty();
    guide.portal().interfere(Interference::CutOff);
    let diagnosis = diagnosis(&workplace, &guide).await;
    assert_eq!(
        problems(the_only(&diagnosis)),
        [
            ProblemCode::CertificateExpired,
            ProblemCode::KeyMissing,
            ProblemCode::DeviceUnknown,
            ProblemCode::StatusUntold
        ]
    );
    let failing = failing(&diagnosis);
    let problems: Vec<ProblemCode> = failing.iter().map(|(_, problem, _)| *problem).collect();
    for expected in [ProblemCode::PortalUnreachable, ProblemCode::ResponderSilent, ProblemCode::RevocationListUnusable]
    {
        assert!(problems.contains(&expected), "{expected:?} in {failing:?}");
    }
    assert!(!problems.contains(&ProblemCode::KeychainAbsent), "the keychain is empty, but it works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_responder_that_is_silent_is_named_by_its_host_while_its_last_answer_still_counts() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::StatusWithheld);
    let diagnosis_now = diagnosis(&workplace, &guide).await;
    assert!(the_only(&diagnosis_now).usable, "the answer from signing still counts");
    let (portal, status) = (host(workplace.portal.address()), host(workplace.portal.status_address()));
    let failing_now = failing(&diagnosis_now);
    for (target, problem, named) in [
        (ProbeTarget::Ocsp, ProblemCode::ResponderSilent, portal),
        (ProbeTarget::Ocsp, ProblemCode::ResponderSilent, status),
        (ProbeTarget::RevocationList, ProblemCode::RevocationListUnusable, status),
    ] {
        assert!(
            failing_now.iter().any(|(failed, why, detail)| (*failed, *why) == (target, problem)
                && detail.starts_with(named)
                && detail.contains("503")),
            "{target:?} at {named} in {failing_now:?}"
        );
    }
    workplace.clock.forward(TimeDelta::hours(2));
    assert_eq!(problems(the_only(&diagnosis(&workplace, &guide).await)), [ProblemCode::StatusUntold]);

    guide.portal().interfere(Interference::PortalStatusWithheld);
    let diagnosis = diagnosis(&workplace, &guide).await;
    assert!(the_only(&diagnosis).usable, "the responder that the certificate names answers");
    assert_eq!(failing(&diagnosis).len(), 1, "{:?}", failing(&diagnosis));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_proves_nothing_is_told_apart_from_none() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::StatusAnswer(b"not an answer".to_vec()));
    let diagnosis_now = diagnosis(&workplace, &guide).await;
    assert_eq!(problems(the_only(&diagnosis_now)), [ProblemCode::StatusUntold]);
    assert!(
        failing(&diagnosis_now).iter().all(
            |(target, problem, _)| (*target, *problem) == (ProbeTarget::Ocsp, ProblemCode::ResponderAnswerUnusable)
        )
    );

    // Over plain HTTP anybody can have put it there: as at the gate, the last answer still counts.
    guide.portal().interfere(Interference::NamedStatusAnswer(b"not an answer".to_vec()));
    let diagnosis_now = diagnosis(&workplace, &guide).await;
    assert!(the_only(&diagnosis_now).usable);
    assert!(!failing(&diagnosis_now).is_empty());

    let try_later = vec![0x30, 0x03, 0x0a, 0x01, 0x03];
    guide.portal().interfere(Interference::StatusAnswer(try_later));
    let diagnosis = diagnosis(&workplace, &guide).await;
    assert!(the_only(&diagnosis).usable, "'try later' is no answer, and the last one still counts");
    assert!(failing(&diagnosis).iter().all(|(_, problem, _)| *problem == ProblemCode::ResponderSilent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_is_not_there_is_named_and_the_rest_is_tried_all_the_same() {
    let workplace = Workplace::new().await;
    workplace.active().await;
    let guide = workplace.start_towards("https://localhost:1", vec![workplace.portal.trust_anchor()]).await;
    let diagnosis = diagnosis(&workplace, &guide).await;
    assert!(the_only(&diagnosis).usable, "the certificate is in order, and its own responder answers");
    let failing = failing(&diagnosis);
    assert!(
        failing.iter().any(|(target, problem, detail)| {
            (*target, *problem) == (ProbeTarget::Portal, ProblemCode::PortalUnreachable)
                && detail.starts_with("localhost:1: ")
        }),
        "{failing:?}"
    );
    for target in [ProbeTarget::Keychain, ProbeTarget::Journal, ProbeTarget::RevocationList] {
        assert!(of(&diagnosis, target).iter().all(|probe| matches!(probe.outcome, ProbeOutcome::Works { .. })));
    }
    assert_eq!(of(&diagnosis, ProbeTarget::Ocsp).len(), 2, "the portal's responder and the certificate's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_in_the_portals_place_is_told_apart_from_nobody() {
    let workplace = Workplace::new().await;
    workplace.active().await;
    let anchor = TrustAnchor::new(unknown_root());
    let guide = workplace.start_towards(workplace.portal.address(), vec![anchor]).await;
    let diagnosis = diagnosis(&workplace, &guide).await;
    let failing = failing(&diagnosis);
    assert!(
        failing.iter().any(|(target, problem, _)| {
            (*target, *problem) == (ProbeTarget::Portal, ProblemCode::PortalCertificateUnexpected)
        }),
        "{failing:?}"
    );
    let certificate = the_only(&diagnosis);
    assert!(
        certificate.obstacles.iter().any(|obstacle| matches!(
            obstacle,
            Obstacle::Finding(finding) if finding.code == FindingCode::PathNotFound && finding.severity == Severity::Error
        )),
        "its path ends at no trust anchor: {:?}",
        certificate.obstacles
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keychain_that_is_locked_or_absent_stops_the_certificate_and_is_told_as_what_it_is() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    for (fault, problem) in
        [(KeychainFault::Locked, ProblemCode::KeychainLocked), (KeychainFault::Absent, ProblemCode::KeychainAbsent)]
    {
        workplace.keychain.fail_with(fault);
        let diagnosis = diagnosis(&workplace, &guide).await;
        assert_eq!(problems(the_only(&diagnosis)), [problem], "that the key is missing cannot be told");
        let failing = failing(&diagnosis);
        assert_eq!(
            failing.iter().map(|(target, why, _)| (*target, *why)).collect::<Vec<_>>(),
            [(ProbeTarget::Keychain, problem)]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_is_found_by_the_portals() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    workplace.clock.forward(TimeDelta::days(-2));
    workplace.portal.clock().forward(TimeDelta::days(2));
    let diagnosis = diagnosis(&workplace, &guide).await;
    let problems = problems(the_only(&diagnosis));
    for expected in [ProblemCode::CertificateNotYetValid, ProblemCode::ClockImplausible] {
        assert!(problems.contains(&expected), "{expected:?} in {problems:?}");
    }
    let failing = failing(&diagnosis);
    let clock = failing.iter().find(|(target, _, _)| *target == ProbeTarget::Clock).expect("the clock's probe");
    assert_eq!(clock.1, ProblemCode::ClockImplausible);
    assert!(clock.2.contains("172800 s apart"), "{}", clock.2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_put_back_while_the_portal_is_away_is_found_by_what_it_said_last() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::CutOff);
    workplace.clock.forward(TimeDelta::minutes(-10));
    let diagnosis = diagnosis(&workplace, &guide).await;
    assert!(problems(the_only(&diagnosis)).contains(&ProblemCode::ClockImplausible));
    assert!(failing(&diagnosis).iter().any(|(_, problem, _)| *problem == ProblemCode::ClockImplausible));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_was_given_up_stands_behind_the_one_in_use_and_nobody_is_asked_about_it() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.start_over().await.expect("given up");
    drop(guide);
    let guide = workplace.active().await;
    let before = guide.portal().status_requests();
    let diagnosis = diagnosis(&workplace, &guide).await;
    assert_eq!(guide.portal().status_requests() - before, 2, "the portal's responder and the certificate's, once each");
    let [current, given_up] = &diagnosis.certificates[..] else { panic!("two certificates") };
    assert!(current.usable && current.under_way && !given_up.under_way);
    let problems = problems(given_up);
    assert!(problems.contains(&ProblemCode::CertificateGivenUp), "{problems:?}");
    assert!(problems.contains(&ProblemCode::CertificateSuspended), "it was suspended first: {problems:?}");
    assert!(!problems.contains(&ProblemCode::KeyMissing), "its key was deleted: {problems:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_of_practice_is_read_beside_the_real_one_and_its_certificate_is_of_another_portal() {
    let workplace = Workplace::new().await;
    let practice = workplace.active().await;
    let folder = TempDir::new().expect("a folder");
    let real = SqliteJournal::open(&folder.path().join("journal.sqlite")).await.expect("a journal");
    let journals = vec![
        JournalPart {
            journal: Ok(&real),
            place: "journal.sqlite".into(),
            in_use: true,
            practice: false,
            trust_anchors: Vec::new(),
        },
        JournalPart { place: "practice-journal.sqlite".into(), in_use: false, ..in_use(&practice) },
    ];
    let diagnosis = diagnose(DiagnosisParts { journals, ..parts(&workplace, &practice) }, &|_, _| {}).await;
    assert_eq!(problems(the_only(&diagnosis)), [ProblemCode::OtherPortal]);
    assert!(the_only(&diagnosis).under_way);
    assert_eq!(of(&diagnosis, ProbeTarget::Journal).len(), 2);
    for target in [ProbeTarget::Ocsp, ProbeTarget::RevocationList] {
        assert!(of(&diagnosis, target).iter().all(|probe| probe.outcome == ProbeOutcome::NotUsed), "{target:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_told_and_hides_nothing_of_the_other_one() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("journal.sqlite");
    std::fs::write(&path, [0x55; 4096]).expect("a file");
    let error = SqliteJournal::open(&path).await.err().expect("it is no journal");
    let damaged = NotAtHand { problem: JourneyError::from(error).problem(), detail: "not a database".into() };
    let part = JournalPart {
        journal: Err(damaged),
        place: path.display().to_string(),
        in_use: false,
        practice: false,
        trust_anchors: Vec::new(),
    };
    let journals = vec![part, in_use(&guide)];
    let diagnosis = diagnose(DiagnosisParts { journals, ..parts(&workplace, &guide) }, &|_, _| {}).await;
    assert!(the_only(&diagnosis).usable);
    assert_eq!(failing(&diagnosis), [(ProbeTarget::Journal, ProblemCode::JournalDamaged, "not a database")]);
    assert_eq!(of(&diagnosis, ProbeTarget::Journal)[0].address.as_deref(), path.to_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_client_for_the_portal_the_certificate_is_still_told_about() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let missing =
        NotAtHand { problem: ProblemCode::PortalNotSetUp, detail: "the trust anchor is not remembered".into() };
    let portal = PortalPart::Missing(missing);
    let diagnosis = diagnose(DiagnosisParts { portal, ..parts(&workplace, &guide) }, &|_, _| {}).await;
    assert_eq!(problems(the_only(&diagnosis)), [ProblemCode::PortalNotSetUp]);
    assert_eq!(
        failing(&diagnosis),
        [(ProbeTarget::Portal, ProblemCode::PortalNotSetUp, "the trust anchor is not remembered")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_that_has_nothing_yet_is_told_about_too() {
    let workplace = Workplace::new().await;
    workplace.keychain.fail_with(KeychainFault::Absent);
    let nothing: Parts<'_> = DiagnosisParts {
        key_store: &workplace.keychain,
        portal: PortalPart::NotKnown,
        journals: Vec::new(),
        clock: &workplace.clock,
    };
    let diagnosis = diagnose(nothing, &|_, _| {}).await;
    assert_eq!(diagnosis.certificates, []);
    for probe in &diagnosis.probes {
        let expected_to_fail = probe.target == ProbeTarget::Keychain;
        assert_eq!(probe.outcome != ProbeOutcome::NotUsed, expected_to_fail, "{probe:?}");
    }
}

// --- the certificate's own screen ---

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_certificate_is_shown_with_its_whole_chain_and_the_state_of_each_link() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    assert_eq!(guide.examine_own().await.expect("the journal"), None, "there is none yet");
    drop(guide);
    let guide = workplace.active().await;
    let examination = guide.examine_own().await.expect("the journal").expect("a certificate");
    assert_eq!(examination.verdict, Verdict::Valid, "{:?}", examination.findings);
    let links: Vec<_> = examination.chain.iter().map(|link| (link.role, link.state)).collect();
    assert_eq!(
        links,
        [
            (ChainRole::EndEntity, LinkState::Holds),
            (ChainRole::Authority, LinkState::StatusUntold),
            (ChainRole::TrustAnchor, LinkState::Holds)
        ],
        "whether the authority was revoked, nobody was asked"
    );
    assert!(examination.status.is_some_and(|status| status.state == pki::CertificateState::Good));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_this_computer_knows_of_a_suspension_or_revocation_is_never_shown_as_good() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.portal().interfere(Interference::CutOff);
    guide.suspend().await.expect_err("the portal is not told");
    let examination = guide.examine_own().await.expect("the journal").expect("a certificate");
    assert_eq!((examination.verdict, examination.chain[0].state), (Verdict::Invalid, LinkState::Suspended));

    guide.portal().interfere(Interference::None);
    workplace.portal.revoke(examination.certificate.serial_number()).await;
    guide.refresh().await.expect("the portal is asked");
    let examination = guide.examine_own().await.expect("the journal").expect("a certificate");
    assert_eq!((examination.verdict, examination.chain[0].state), (Verdict::Invalid, LinkState::Revoked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_a_wrong_detail_stopped_is_never_shown_as_one_that_holds() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    guide.portal().interfere(Interference::CutOff);
    let answers = answers(&journey(&guide).await, &[DetailField::Email]);
    guide.review(&answers).await.expect_err("the portal is not told");
    let examination = guide.examine_own().await.expect("the journal").expect("a certificate");
    assert_eq!((examination.verdict, examination.chain[0].state), (Verdict::Invalid, LinkState::Revoked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_about_the_status_that_is_too_old_leaves_it_untold_and_says_so() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    workplace.clock.forward(TimeDelta::hours(2));
    let examination = guide.examine_own().await.expect("the journal").expect("a certificate");
    assert_eq!(examination.status, None);
    assert_eq!(examination.chain[0].state, LinkState::StatusUntold);
    let untold = examination.findings.iter().find(|finding| finding.code == FindingCode::StatusUnknown);
    assert_eq!(untold.map(|finding| (finding.severity, finding.place)), Some((Severity::Warning, Some(0))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_outside_its_period_shows_which_link_that_is() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let own = journey(&guide).await.step.issued().expect("a certificate").held.certificate.clone();
    workplace.clock.forward(TimeDelta::days(4 * 366));
    let examination = guide.examine_file(std::slice::from_ref(&own)).await.expect("a certificate");
    assert_eq!((examination.verdict, examination.chain[0].state), (Verdict::Invalid, LinkState::Expired));
    assert_eq!(examination.chain.len(), 3, "the authorities of the journey under way help");
    workplace.clock.forward(TimeDelta::days(-5 * 366));
    let examination = guide.examine_file(&[own]).await.expect("a certificate");
    assert_eq!((examination.verdict, examination.chain[0].state), (Verdict::Invalid, LinkState::NotYetValid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_whose_issuer_is_not_known_here_cannot_be_judged_and_is_not_called_invalid() {
    let workplace = Workplace::new().await;
    let guide = workplace.start().await;
    let stranger = signed_by_a_stranger();
    let examination = guide.examine_file(std::slice::from_ref(&stranger)).await.expect("a certificate");
    assert_eq!(examination.verdict, Verdict::Indeterminate, "{:?}", examination.findings);
    assert_eq!(examination.chain.len(), 1);
    assert_eq!(examination.chain[0].state, LinkState::Unproven);
    assert_eq!(guide.examine_file(&[]).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authoritys_certificate_is_another_kind_and_nothing_worse_and_a_trust_anchor_is_one() {
    let workplace = Workplace::new().await;
    let guide = workplace.enrolled().await;
    let authority = journey(&guide).await.step.issued().expect("a certificate").held.intermediates[0].clone();
    let examination = guide.examine_file(&[authority]).await.expect("a certificate");
    assert_eq!(examination.verdict, Verdict::Indeterminate, "{:?}", examination.findings);
    assert!(examination.findings.iter().all(|finding| finding.severity != Severity::Error));
    let links: Vec<_> = examination.chain.iter().map(|link| (link.role, link.state)).collect();
    assert_eq!(links, [(ChainRole::EndEntity, LinkState::StatusUntold), (ChainRole::TrustAnchor, LinkState::Holds)]);

    let root = workplace.portal.trust_anchor().certificate().clone();
    let examination = guide.examine_file(&[root]).await.expect("a certificate");
    assert_eq!(examination.verdict, Verdict::Valid, "{:?}", examination.findings);
    assert_eq!((examination.chain[0].role, examination.chain[0].state), (ChainRole::TrustAnchor, LinkState::Holds));
    let examination = guide.examine_file(&[unknown_root()]).await.expect("a certificate");
    assert_eq!((examination.verdict, examination.chain[0].state), (Verdict::Indeterminate, LinkState::Unproven));
}

/// A root that nobody here has heard of.
fn unknown_root() -> Certificate {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut parameters = rcgen::CertificateParams::default();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "Ukendt udsteder");
    Certificate::from_der(parameters.self_signed(&key).expect("a certificate").der()).expect("a certificate")
}

fn signed_by_a_stranger() -> Certificate {
    let issuer_key = rcgen::KeyPair::generate().expect("a key");
    let mut issuer = rcgen::CertificateParams::default();
    issuer.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    issuer.distinguished_name.push(rcgen::DnType::CommonName, "Ukendt udsteder");
    let issuer = rcgen::Issuer::new(issuer, issuer_key);
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "Øvebruger Eksempel");
    let key = rcgen::KeyPair::generate().expect("a key");
    let signed = parameters.signed_by(&key, &issuer).expect("a certificate");
    Certificate::from_der(signed.der()).expect("a certificate")
}

// --- the real program ---

fn outcome(command: &mut Command, status: i32) -> Output {
    let output = command.stdin(std::process::Stdio::null()).output().expect("the program runs");
    let words = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{words}");
    output
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn text(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

#[cfg(unix)]
fn alone(home: &Path) -> Command {
    let mut command = certifikatguide_tests::computer::elsewhere(home, certifikat());
    command.arg("--data").arg(home.join("certifikatguide"));
    command
}

#[cfg(unix)]
#[test]
fn in_an_empty_folder_and_without_a_keychain_the_program_says_so_and_leaves_nothing_behind() {
    let home = TempDir::new().expect("a folder");
    let report = json(&outcome(alone(home.path()).args(["doctor", "--json"]), 1));
    assert_eq!(report["usable"], false);
    assert_eq!(report["certificates"], serde_json::json!([]));
    let probes = report["probes"].as_array().expect("probes");
    let keychain = probes.iter().find(|probe| probe["target"] == "keychain").expect("the keychain's probe");
    assert_eq!((&keychain["outcome"], &keychain["problem"]), (&"fails".into(), &"keychain-absent".into()));
    assert!(keychain["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    assert!(probes.iter().all(|probe| probe["target"] == "keychain" || probe["outcome"] == "not-used"), "{report}");

    let danish = outcome(alone(home.path()).arg("doctor"), 1);
    for words in ["Du kan ikke underskrive", "Computeren har ingen nøglering", "Gør dette", "invitation"] {
        assert!(text(&danish).contains(words), "{words} in {}", text(&danish));
    }
    let english = outcome(alone(home.path()).args(["--language", "en", "doctor"]), 1);
    for words in ["You cannot sign", "Do this"] {
        assert!(text(&english).contains(words), "{words} in {}", text(&english));
    }
    for placeholder in ['{', '}'] {
        assert!(!text(&danish).contains(placeholder) && !text(&english).contains(placeholder));
    }
    assert!(!home.path().join("certifikatguide").exists(), "looking makes no folder");
}

#[cfg(unix)]
#[test]
fn with_a_damaged_journal_the_program_says_so_and_does_not_touch_it() {
    let home = TempDir::new().expect("a folder");
    let folder = home.path().join("certifikatguide");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("journal.sqlite"), [0x55; 4096]).expect("a file");
    let report = json(&outcome(alone(home.path()).args(["doctor", "--json"]), 1));
    let probes = report["probes"].as_array().expect("probes");
    let journal = probes.iter().find(|probe| probe["target"] == "journal").expect("the journal's probe");
    assert_eq!(journal["problem"], "journal-damaged");
    assert_eq!(std::fs::read(folder.join("journal.sqlite")).expect("the file"), [0x55; 4096]);
}

#[cfg(unix)]
#[test]
fn a_certificate_file_is_looked_at_as_well() {
    let home = TempDir::new().expect("a folder");
    let file = home.path().join("stranger.pem");
    std::fs::write(&file, signed_by_a_stranger().to_pem()).expect("a file");
    let report = json(&outcome(alone(home.path()).args(["doctor", "--json"]).arg(&file), 1));
    let examined = &report["files"][0];
    assert_eq!(examined["common_name"], "Øvebruger Eksempel");
    assert_eq!(examined["verdict"], "indeterminate");
    assert_eq!(examined["chain"][0]["state"], "unproven");
    assert!(examined["findings"].as_array().is_some_and(|findings| {
        findings.iter().all(|finding| finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()))
    }));
    outcome(alone(home.path()).arg("doctor").arg(home.path().join("no-such-file")), 2);

    let root = home.path().join("root.pem");
    std::fs::write(&root, unknown_root().to_pem()).expect("a file");
    let validate = |more: &[&str]| {
        let mut program = alone(home.path());
        program.args(more).arg("validate").arg(&file).arg("--trust").arg(&root);
        outcome(&mut program, 1)
    };
    let report = json(&validate(&["--json"]));
    let findings = report["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| finding["remedy"] == "choose-another-certificate"), "{report}");
    assert!(text(&validate(&[])).contains("Gør dette: "), "a finding is told with what can be done about it");
    assert!(text(&validate(&["--language", "en"])).contains("Do this: "));
}

/// The portal of this journey is nowhere: what is asked is the proxy, and that does not answer.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_does_not_answer_is_named_and_what_it_is_told_in_confidence_is_not() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let home = TempDir::new().expect("a folder");
    let folder = home.path().join("certifikatguide");
    std::fs::create_dir(&folder).expect("a folder");
    let elsewhere = Journey { revision: 0, portal: "https://portal.invalid".into(), ..journey(&guide).await };
    let journal = SqliteJournal::open(&folder.join("journal.sqlite")).await.expect("a journal");
    journal.record(Change::to(elsewhere)).await.expect("recorded");
    drop(journal);
    let anchor = workplace.portal.trust_anchor().certificate().to_pem();
    std::fs::write(folder.join("trust-anchor.pem"), anchor).expect("a file");
    let report = tokio::task::spawn_blocking(move || {
        let mut program = alone(home.path());
        program.env("HTTPS_PROXY", "http://someone:confidential@127.0.0.1:9").args(["doctor", "--json"]);
        json(&outcome(&mut program, 1))
    });
    let report = report.await.expect("the program runs");
    let probes = report["probes"].as_array().expect("probes");
    let proxy = probes.iter().find(|probe| probe["target"] == "proxy").expect("the proxy's probe");
    assert_eq!((&proxy["problem"], &proxy["address"]), (&"proxy-unreachable".into(), &"127.0.0.1:9".into()));
    assert!(!report.to_string().contains("confidential"), "{report}");
}

/// A whole journey by the real program, in a keychain of its own.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_whole_journey_the_program_finds_nothing_wrong_and_without_a_network_it_says_who_is_silent() {
    use certifikatguide_tests::computer::{Computer, Keychain};
    use certifikatguide_tests::workplace::PASSWORD;

    let computer = Computer::start(Keychain::Unlocked).expect("a computer with a keychain");
    let portal = certifikatguide_tests::practice::PracticePortal::start(&StandingClock::at(chrono::Utc::now())).await;
    let anchor = computer.home().join("root.pem");
    std::fs::write(&anchor, portal.trust_anchor().certificate().to_pem()).expect("a file");
    let (reference, code) = portal.invite().await;
    let program = |arguments: &[&str], input: &str, status: i32| {
        let mut command = computer.command(certifikat());
        command.arg("--data").arg(computer.data()).args(arguments);
        given(&mut command, input, status)
    };
    let address = portal.address();
    let (reference, anchor) = (reference.to_string(), anchor.to_str().expect("a path of UTF-8").to_owned());
    let enrol =
        ["enrol", "--portal", address, "--reference", &reference, "--code-stdin", "--trust-anchor", &anchor, "--json"];
    program(&enrol, &format!("{}\n{PASSWORD}\n", code.expose()), 0);

    let report = json(&program(&["doctor", "--json"], "", 1));
    let codes = |report: &Value| -> Vec<String> {
        let obstacles = report["certificates"][0]["obstacles"].as_array().expect("obstacles").clone();
        obstacles.iter().filter_map(|obstacle| obstacle["code"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(codes(&report), ["details-unchecked", "declaration-unsigned"], "what is to be done next");

    program(&["review", "--confirm-all"], "", 0);
    let terms = json(&program(&["terms", "--json"], "", 0));
    program(&["sign", "--accept-terms", terms["sha256"].as_str().expect("a hash")], &format!("{PASSWORD}\n"), 0);
    let report = json(&program(&["doctor", "--json"], "", 0));
    assert_eq!(report["usable"], true);
    assert_eq!(codes(&report), [] as [&str; 0]);
    assert_eq!(report["certificates"][0]["common_name"], "Øvebruger Eksempel");
    assert!(text(&program(&["doctor"], "", 0)).starts_with("Du kan underskrive"));

    let named = host(portal.status_address()).to_owned();
    drop(portal);
    let report = json(&program(&["doctor", "--json"], "", 3));
    assert_eq!(report["usable"], true, "the answer from signing still counts: {report}");
    let probes = report["probes"].as_array().expect("probes");
    assert!(
        probes.iter().any(|probe| probe["problem"] == "responder-silent"
            && probe["detail"].as_str().is_some_and(|detail| detail.starts_with(&named))),
        "{report}"
    );
    let danish = program(&["doctor"], "", 3);
    assert!(text(&danish).contains("VIRKER IKKE") && text(&danish).contains(&named), "{}", text(&danish));

    std::fs::remove_file(computer.data().join("trust-anchor.pem")).expect("the trust anchor is there");
    let report = json(&program(&["doctor", "--json"], "", 1));
    assert_eq!(codes(&report), ["portal-not-set-up"]);
}

#[cfg(unix)]
fn given(command: &mut Command, input: &str, status: i32) -> Output {
    use std::io::Write;
    use std::process::Stdio;
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut program = started.expect("the program starts");
    // A program that reads nothing may have ended already.
    let _ = program.stdin.take().expect("its input").write_all(input.as_bytes());
    let output = program.wait_with_output().expect("the program runs");
    let words = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{words}");
    output
}
