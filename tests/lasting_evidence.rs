//! The signed declaration years later: a trusted time, the evidence that its certificates held, and the file with all
//! that a stranger needs. Against the real portal and its time-stamping authority.

use certifikatguide_tests::doubles::Interference;
use certifikatguide_tests::practice::later_terms;
use certifikatguide_tests::workplace::{TestGuide, Workplace, journey, password, problem, sign};
use chrono::{DateTime, TimeDelta, Utc};
use declaration::{Indication, Level, VerificationReport, verify};
use lifecycle::ports::Journal;
use lifecycle::{DocumentKind, Preservation, PreservationLevel, ProblemCode, RevocationReason, Step};
use pki::Profile;
use std::io::{Cursor, Read};

async fn delivered(guide: &TestGuide) -> Vec<u8> {
    guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a declaration")
}

async fn preserved(guide: &TestGuide) -> Preservation {
    guide.preservation().await.expect("the journal").expect("something was made of it")
}

fn judged(workplace: &Workplace, pdf: &[u8], at: DateTime<Utc>) -> VerificationReport {
    verify(pdf, &[workplace.portal.trust_anchor()], Profile::PracticeEmployee, at)
}

async fn not_after(guide: &TestGuide) -> DateTime<Utc> {
    journey(guide).await.step.issued().expect("a certificate").held.certificate.not_after()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declaration_has_a_trusted_time_when_it_is_sent_and_comes_to_last_by_itself() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let sent = delivered(&guide).await;
    let report = judged(&workplace, &sent, workplace.clock.shows());
    assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineT)));
    let entry = journey(&guide).await.step.declaration().expect("a declaration").clone();
    assert_eq!(entry.time_stamped_at, report.proven_time);

    let watched = guide.watch().await.expect("watched");
    assert!(watched.failures.is_empty(), "{:?}", watched.failures);
    let lasting = preserved(&guide).await;
    assert_eq!(lasting.level, PreservationLevel::LongTerm);
    assert_eq!(Some(lasting.proven_time), report.proven_time);
    assert!(lasting.pdf.starts_with(&sent), "what was sent is untouched");
    assert_eq!(delivered(&guide).await, sent, "what was sent is kept as it is");

    let years_later = not_after(&guide).await + TimeDelta::days(3 * 365);
    let report = judged(&workplace, &lasting.pdf, years_later);
    assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineLt)));
    let verified = declaration::verify_declaration(
        &lasting.pdf,
        &[workplace.portal.trust_anchor()],
        Profile::PracticeEmployee,
        years_later,
        declaration::terms::shipped(),
    );
    assert!(verified.is_ok(), "what was seen is what was signed, also then");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_authority_gives_the_time_the_declaration_goes_without_and_gets_it_later() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::NoTimeStamps);
    sign(&guide).await.expect("signed and delivered all the same");
    let sent = delivered(&guide).await;
    let report = judged(&workplace, &sent, workplace.clock.shows());
    assert_eq!(report.level, Some(Level::BaselineB));
    assert_eq!(guide.preservation().await.expect("the journal"), None);
    let watched = guide.watch().await.expect("watched");
    assert!(watched.failures.is_empty(), "nothing is wrong with the certificate: {:?}", watched.failures);
    assert_eq!(watched.unpreserved.map(|error| error.problem()), Some(ProblemCode::PortalFailed));

    guide.portal().interfere(Interference::None);
    let before = journey(&guide).await;
    guide.watch().await.expect("watched");
    assert_eq!(journey(&guide).await, before, "no other use case is held up");
    let lasting = preserved(&guide).await;
    assert_eq!(lasting.level, PreservationLevel::LongTerm);
    assert_eq!(delivered(&guide).await, sent, "the receipt is about these bytes, so they are kept as they are");
    let report = judged(&workplace, &lasting.pdf, not_after(&guide).await + TimeDelta::days(400));
    assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineLt)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_revoked_later_takes_nothing_from_what_it_signed() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    workplace.clock.forward(TimeDelta::minutes(2));
    guide.revoke(RevocationReason::KeyCompromise, &password(), &|_| {}).await.expect("revoked");
    assert!(matches!(journey(&guide).await.step, Step::Revoked(_)));
    let lasting = guide.preserve().await.expect("the portal answers").expect("a declaration");
    assert_eq!(lasting.level, PreservationLevel::LongTerm);
    let report = judged(&workplace, &lasting.pdf, workplace.clock.shows());
    assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineLt)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archived_declaration_is_found_again_and_leaves_in_one_file_with_all_that_it_takes() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    guide.preserve().await.expect("the portal answers");
    let sent = delivered(&guide).await;
    let end = not_after(&guide).await - TimeDelta::days(20);
    workplace.clock.forward(end - workplace.clock.shows());
    guide.renew(&password(), &|_| {}).await.expect("renewed");

    let archived = guide.archived_declarations().await.expect("the journal");
    let [only] = &archived[..] else { panic!("one declaration, under two certificates: {}", archived.len()) };
    assert!(only.in_force);
    assert_eq!(only.preservation, Some(PreservationLevel::LongTerm));
    assert!(only.matches("øvebruger") && !only.matches("kollega"));

    let file = guide.evidence_file(only.declaration.id).await.expect("the journal").expect("the file");
    assert_eq!(guide.evidence_file(only.declaration.id).await.expect("the journal"), Some(file.clone()));
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("a ZIP file");
    let mut content = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).expect(name).read_to_end(&mut bytes).expect(name);
        bytes
    };
    let lasting = content("declaration.pdf");
    assert_eq!(content("declaration-as-delivered.pdf"), sent);
    let anchor = pki::TrustAnchor::from_pem(&content("trust-anchors.pem")).expect("a trust anchor");
    let later = not_after(&guide).await + TimeDelta::days(365);
    let report = verify(&lasting, std::slice::from_ref(&anchor), Profile::PracticeEmployee, later);
    assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineLt)));
    let terms = declaration::terms::TermsDocument::from_bytes(&content("terms.json")).expect("the terms");
    assert_eq!(terms.sha256_hex(), only.declaration.terms_sha256);
    assert!(content("receipt.pdf").starts_with(b"%PDF-") && !content("READ-ME.txt").is_empty());
    assert_eq!(
        guide.evidence_file(uuid::Uuid::nil()).await.expect("the journal"),
        None,
        "there is no such declaration"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_declaration_comes_to_last_as_well() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::NoTimeStamps);
    sign(&guide).await.expect("delivered without a time-stamp");
    let workplace = workplace.with_terms(&later_terms()).await;
    let guide = workplace.start().await;
    guide.portal().interfere(Interference::NoTimeStamps);
    guide.watch().await.expect("watched");
    guide.portal().interfere(Interference::None);
    sign(&guide).await.expect("the new terms are declared");
    let levels = async || {
        let archived = guide.archived_declarations().await.expect("the journal");
        archived.iter().map(|declaration| declaration.preservation).collect::<Vec<_>>()
    };
    assert_eq!(levels().await, [None, None]);
    assert!(guide.watch().await.expect("watched").changed);
    assert_eq!(levels().await, [Some(PreservationLevel::LongTerm); 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_made_of_a_declaration_that_is_not_delivered() {
    let workplace = Workplace::new().await;
    let guide = workplace.reviewed().await;
    guide.portal().interfere(Interference::ReceiptLost);
    assert_eq!(problem(sign(&guide).await), ProblemCode::PortalUnreachable);
    let Step::Signed(signed) = journey(&guide).await.step else { panic!("its receipt was lost") };
    let id = signed.declaration.id;
    assert_eq!(guide.preserve().await.expect("the journal"), None);
    assert_eq!(guide.preserve_declaration(id).await.expect("the journal"), None);
    guide.watch().await.expect("watched");
    assert_eq!(guide.journal().preservation(id).await.expect("the journal"), None);
    assert!(guide.archived_declarations().await.expect("the journal").is_empty());
    assert_eq!(guide.evidence_file(id).await.expect("the journal"), None);

    guide.portal().interfere(Interference::None);
    guide.deliver(&password(), &|_| {}).await.expect("the receipt comes at the second asking");
    let lasting = guide.preserve().await.expect("the portal answers").expect("it is delivered");
    assert_eq!(lasting.level, PreservationLevel::LongTerm);
    assert_eq!(guide.archived_declarations().await.expect("the journal").len(), 1);
}
