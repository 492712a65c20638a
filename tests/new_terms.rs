//! The terms change while certificates are in use: the employee sees what is new and declares again, and nothing else
//! changes. Against the real portal.

use certifikatguide_tests::doubles::Interference;
use certifikatguide_tests::practice::{PracticePortal, later_terms};
use certifikatguide_tests::workplace::{TestGuide, Workplace, accepted, answers, journey, password, problem, sign};
use declaration::TermsPlace;
use declaration::terms::{TermsDocument, shipped};
use lifecycle::ports::Journal;
use lifecycle::{DocumentKind, Journey, KeyPurpose, ProblemCode, Step};

async fn serial_number(guide: &TestGuide) -> String {
    journey(guide).await.step.issued().expect("a certificate").held.certificate.serial_number().to_owned()
}

/// An employee whose certificate is in use, and whom the portal asks for a declaration of new terms.
async fn asked_to_declare_again() -> (Workplace, TestGuide) {
    let workplace = Workplace::new().await;
    drop(workplace.active().await);
    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    guide.watch().await.expect("watched");
    (workplace, guide)
}

fn sha256_hex(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn asks_for_new_declaration(journey: &Journey) -> bool {
    let Step::Active(active) = &journey.step else { panic!("not active: {:?}", journey.step) };
    active.asks_for_new_declaration()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_terms_are_shown_beside_the_old_ones_and_declared_while_the_certificate_stays_in_use() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let first = journey(&guide).await;
    let serial = serial_number(&guide).await;
    guide.watch().await.expect("watched");
    assert!(!asks_for_new_declaration(&journey(&guide).await));
    assert!(guide.changed_terms(&guide.terms().await.expect("the terms")).await.expect("the journal").is_empty());
    assert_eq!(problem(sign(&guide).await), ProblemCode::WrongStep, "nothing is declared twice");

    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    assert!(guide.watch().await.expect("watched").changed);
    assert!(asks_for_new_declaration(&journey(&guide).await));
    assert_eq!(workplace.portal.state_of(&serial).await, portal_api::CertificateState::Active, "it stays in use");

    let in_force = guide.terms().await.expect("signed by the portal");
    let changed = guide.changed_terms(&in_force).await.expect("the journal");
    assert_eq!(changed.iter().map(|changed| changed.language.as_str()).collect::<Vec<_>>(), ["da", "en"]);
    let texts: Vec<_> = changed[0].texts.iter().filter(|text| text.is_changed()).collect();
    let [reworded, added] = &texts[..] else { panic!("{texts:?}") };
    assert!(matches!(&reworded.place, TermsPlace::Clause(_)) && !reworded.before.is_empty());
    assert!(added.before.is_empty() && added.after[0].text == "En pligt mere.");

    sign(&guide).await.expect("declared again");
    let second = journey(&guide).await;
    assert_ne!(second.id, first.id, "the one before is in the archive");
    assert_eq!(serial_number(&guide).await, serial, "the certificate is the same");
    let declared = second.step.declaration().expect("a declaration");
    assert_eq!(declared.terms_sha256, in_force[0].sha256_hex());
    assert_eq!(workplace.portal.declarations().await, 2);
    let kept = guide.journal().document(first.id, DocumentKind::Declaration).await.expect("the journal");
    assert!(kept.is_some(), "the earlier declaration is kept");
    guide.watch().await.expect("watched");
    assert!(!asks_for_new_declaration(&journey(&guide).await));

    let archived = guide.archived_declarations().await.expect("the journal");
    assert_eq!(archived.iter().map(|declaration| declaration.in_force).collect::<Vec<_>>(), [true, false]);
    let uses = guide.use_log(100).await.expect("the log").lines;
    let signed = uses.iter().filter(|line| line.key_use.purpose == KeyPurpose::DeclarationSignature).count();
    assert_eq!(signed, 2);
    assert_eq!(guide.watch().await.expect("watched").suspicious, 0, "one's own declaration is nobody else's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_declaration_whose_receipt_is_lost_is_delivered_once() {
    let (workplace, guide) = asked_to_declare_again().await;
    guide.portal().interfere(Interference::ReceiptLost);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    let guide = workplace.start().await;
    assert!(matches!(journey(&guide).await.step, Step::Signed(_)));
    guide.deliver(&password(), &|_| {}).await.expect("the receipt comes at the second asking");
    assert!(!asks_for_new_declaration(&journey(&guide).await));
    assert_eq!(workplace.portal.declarations().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_declaration_that_the_portal_refuses_leaves_the_certificate_in_use() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    let first = journey(&guide).await.step.declaration().expect("a declaration").clone();
    drop(guide);
    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    guide.watch().await.expect("watched");
    guide.portal().interfere(Interference::DeclarationRefused);
    assert_eq!(problem(sign(&guide).await), ProblemCode::DeclarationRefused);
    let back = journey(&guide).await;
    assert!(asks_for_new_declaration(&back), "the terms are asked for again");
    assert_eq!(back.step.declaration(), Some(&first), "the declaration before is in force");
    assert_eq!(guide.journal().outgoing().await.expect("the journal"), None);
    let document = guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a document");
    assert_eq!(sha256_hex(&document), first.sha256);
    assert!(guide.document(DocumentKind::Receipt).await.expect("the journal").is_some());
    let archived = guide.archived_declarations().await.expect("the journal");
    assert_eq!(archived.len(), 1, "the refused one was never a declaration");
    guide.portal().interfere(Interference::None);
    guide.renew(&password(), &|_| {}).await.expect("renewed all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_declaration_that_waits_can_be_given_up_and_the_certificate_stays_in_use() {
    let (workplace, guide) = asked_to_declare_again().await;
    guide.portal().interfere(Interference::DeliveryCutOff);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    let waiting = journey(&guide).await;
    assert!(waiting.step.in_use_until().is_some(), "one is reminded of its end all the same");
    let serial = serial_number(&guide).await;

    guide.start_over().await.expect("given up");
    assert!(asks_for_new_declaration(&journey(&guide).await));
    assert_eq!(workplace.portal.state_of(&serial).await, portal_api::CertificateState::Active, "it stays in use");
    guide.portal().interfere(Interference::ReceiptLost);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    guide.portal().interfere(Interference::None);
    assert_eq!(problem(guide.start_over().await), ProblemCode::WrongStep, "the portal has it: it is not given up");
    guide.deliver(&password(), &|_| {}).await.expect("the receipt comes at the second asking");
    assert_eq!(workplace.portal.declarations().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declaration_that_waited_beyond_the_end_of_its_certificate_leaves_a_way_on() {
    let (workplace, guide) = asked_to_declare_again().await;
    guide.portal().interfere(Interference::DeliveryCutOff);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    let end = journey(&guide).await.step.in_use_until().expect("in use");
    workplace.clock.forward(end + chrono::TimeDelta::days(1) - workplace.clock.shows());
    guide.start_over().await.expect("what has expired is used by nobody");
    assert!(guide.current().await.expect("the journal").is_none(), "a new invitation can begin");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_declaration_that_was_suspended_while_it_waited_is_delivered_after_reinstatement() {
    let (workplace, guide) = asked_to_declare_again().await;
    guide.portal().interfere(Interference::DeliveryCutOff);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    guide.portal().interfere(Interference::None);
    guide.suspend().await.expect("suspended");
    assert_eq!(problem(guide.start_over().await), ProblemCode::WrongStep, "a declared certificate is revoked first");
    let serial = serial_number(&guide).await;
    workplace.portal.reinstate(&serial).await;
    guide.refresh().await.expect("lifted");
    assert!(matches!(journey(&guide).await.step, Step::Signed(_)));
    guide.deliver(&password(), &|_| {}).await.expect("delivered");
    assert!(!asks_for_new_declaration(&journey(&guide).await));
}

/// Puts the files of a computer aside, as a backup does; returns what brings them back.
fn put_aside(workplace: &Workplace) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let journal = workplace.journal();
    let folder = std::fs::read_dir(journal.parent().expect("a folder")).expect("a folder");
    let files = folder.map(|entry| entry.expect("a file").path()).filter(|path| path.is_file());
    files.map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect()
}

fn bring_back(workplace: &Workplace, files: &[(std::path::PathBuf, Vec<u8>)]) {
    for (path, _) in put_aside(workplace) {
        std::fs::remove_file(path).expect("removed");
    }
    for (path, bytes) in files {
        std::fs::write(path, bytes).expect("written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_declaration_gives_way_to_one_that_the_portal_took_meanwhile() {
    let (workplace, guide) = asked_to_declare_again().await;
    guide.journal().close().await;
    let before = put_aside(&workplace);
    let guide = workplace.start().await;
    guide.portal().interfere(Interference::DeliveryCutOff);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    guide.journal().close().await;
    let waiting = put_aside(&workplace);
    bring_back(&workplace, &before);
    let guide = workplace.start().await;
    sign(&guide).await.expect("declared from the restored files");
    let taken = journey(&guide).await.step.declaration().expect("a declaration").id;
    guide.journal().close().await;
    bring_back(&workplace, &waiting);

    let guide = workplace.start().await;
    guide.deliver(&password(), &|_| {}).await.expect("the portal has one");
    let Step::Active(active) = journey(&guide).await.step else { panic!("not active") };
    assert_eq!((active.declaration.id, active.declaration.elsewhere), (taken, true));
    assert_eq!(guide.journal().outgoing().await.expect("the journal"), None);
    assert_eq!(workplace.portal.declarations().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_before_the_terms_changed_cannot_be_signed() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let shown = accepted(&guide).await;
    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    guide.watch().await.expect("watched");
    assert_eq!(problem(guide.sign(&shown, &password(), &|_| {}).await), ProblemCode::TermsChanged);
    assert_eq!(workplace.portal.declarations().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_waits_for_a_declaration_of_the_new_terms() {
    let workplace = Workplace::new().await;
    workplace.active().await;
    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    let end = journey(&guide).await.step.issued().expect("a certificate").held.certificate.not_after();
    workplace.clock.forward(end - chrono::TimeDelta::days(30) - workplace.clock.shows());
    guide.renew(&password(), &|_| {}).await.expect("renewed");
    assert!(matches!(journey(&guide).await.step, Step::Issued(_)), "its details and the terms wait");
    let changed = guide.changed_terms(&guide.terms().await.expect("the terms")).await.expect("the journal");
    assert_eq!(changed.len(), 2, "what is new is shown then as well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_renewed_before_the_terms_changed_declares_them_too() {
    let workplace = Workplace::with_short_certificates().await;
    let guide = workplace.active().await;
    guide.renew(&password(), &|_| {}).await.expect("renewed");
    let all_correct = answers(&journey(&guide).await, &[]);
    guide.review(&all_correct).await.expect("the details are checked");
    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    guide.watch().await.expect("watched");
    assert!(asks_for_new_declaration(&journey(&guide).await));
    sign(&guide).await.expect("declared again");
    assert!(!asks_for_new_declaration(&journey(&guide).await));
    assert_eq!(workplace.portal.declarations().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_that_another_computer_has_declared_meanwhile_are_not_declared_twice() {
    let workplace = Workplace::new().await;
    workplace.active().await;
    let workplace = workplace.with_terms(&later_terms()).await;
    let (first, second) = (workplace.start().await, workplace.start().await);
    first.watch().await.expect("watched");
    assert!(asks_for_new_declaration(&journey(&second).await));
    sign(&first).await.expect("declared");
    assert_eq!(problem(sign(&second).await), ProblemCode::WrongStep);
    assert!(!asks_for_new_declaration(&journey(&second).await));
    assert_eq!(workplace.portal.declarations().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_never_takes_back_or_rewrites_terms_that_were_in_force() {
    let clock = certifikatguide_tests::doubles::StandingClock::at(chrono::Utc::now());
    let portal = PracticePortal::start(&clock).await.with_terms(&later_terms()).await;
    let version = |bytes: &[u8]| TermsDocument::from_bytes(bytes).expect("terms").terms().version;
    assert_eq!(version(&later_terms()[0]), shipped()[0].terms().version + 1);
    let mut rewritten = later_terms();
    rewritten[0].push(b'\n');
    let (portal, refused) = portal.refuses_terms(&rewritten).await;
    assert!(refused.contains("with another text"), "{refused}");
    let older: Vec<Vec<u8>> = shipped().iter().map(|document| document.bytes().to_vec()).collect();
    let (portal, refused) = portal.refuses_terms(&older).await;
    assert!(refused.contains("a later version"), "{refused}");
    let (_, refused) = portal.refuses_terms(&later_terms()[1..]).await;
    assert!(refused.contains("exactly one of them binding"), "{refused}");
}
