//! Evidence that lasts (B-LT): added behind what was signed, and judged at the time that a time-stamp proves.

use crate::authority::{AUTHORITY, Holder, at, now};
use crate::journey::{receipt_for, signed};
use crate::statuses::{Revoked, evidence_of, gathered_at, list, response};
use crate::time_stamps::{anchors, answer, stamped, stamped_at};
use chrono::{DateTime, TimeDelta, Utc};
use declaration::terms::shipped;
use declaration::{
    Indication, Level, SIGNED_PDF_LIMIT, SubIndication, UpgradeError, ValidationEvidence, VerificationCode,
    VerificationReport, add_evidence, add_time_stamp, receipt, time_stamp_request_for, verify, verify_declaration,
};
use pki::{Certificate, Profile};
use x509_cert::ext::pkix::CrlReason;

fn holder() -> &'static Holder {
    &AUTHORITY.employee_p256
}

fn stamper() -> &'static Certificate {
    AUTHORITY.time_stamps.certificate()
}

fn whole_evidence() -> ValidationEvidence {
    evidence_of(&[holder().certificate(), stamper()])
}

/// A declaration at B-LT.
pub fn long_term(holder: &Holder) -> Vec<u8> {
    let pdf = stamped(signed(holder).pdf(), stamped_at());
    add_evidence(&pdf, &evidence_of(&[holder.certificate(), stamper()])).expect("added")
}

fn report_at(pdf: &[u8], when: DateTime<Utc>) -> VerificationReport {
    verify(pdf, anchors(), Profile::PracticeEmployee, when)
}

/// Some years later, when every certificate has expired.
fn later() -> DateTime<Utc> {
    at("2032-11-24T12:00:00Z")
}

#[test]
fn evidence_makes_the_signature_b_lt_and_leaves_every_byte_before_it_alone() {
    for holder in [&AUTHORITY.employee, &AUTHORITY.employee_p256] {
        let before = stamped(signed(holder).pdf(), stamped_at());
        let pdf = add_evidence(&before, &evidence_of(&[holder.certificate(), stamper()])).expect("added");
        assert!(pdf.starts_with(&before));
        for when in [gathered_at(), later()] {
            let verified = verify_declaration(&pdf, anchors(), Profile::PracticeEmployee, when, shipped())
                .unwrap_or_else(|report| panic!("{:?}", report.findings));
            let report = verified.report();
            assert_eq!((report.indication, report.sub_indication), (Indication::TotalPassed, None));
            assert_eq!((report.level, report.proven_time), (Some(Level::BaselineLt), Some(stamped_at())));
            assert_eq!(report.hints, []);
            assert_eq!(report.signed_revision, Some(0..before.len()));
        }
    }
}

#[test]
fn a_receipt_can_carry_its_evidence_too() {
    let declaration = signed(holder());
    let facts = receipt_for(&declaration);
    let pdf = receipt::issue(&facts, &AUTHORITY.seal.key, &AUTHORITY.seal.chain).expect("issued");
    let pdf = stamped(&pdf, stamped_at());
    let pdf = add_evidence(&pdf, &evidence_of(&[AUTHORITY.seal.certificate(), stamper()])).expect("added");
    let (id, hash) = (facts.declaration_id, declaration.sha256());
    let verified = receipt::verify_with_report(&pdf, anchors(), Profile::PracticeSeal, later(), id, &hash);
    let (read, report) = verified.expect("the receipt holds");
    assert_eq!((read, report.level), (facts, Some(Level::BaselineLt)));
}

#[test]
fn evidence_and_time_stamp_may_come_in_any_order_and_in_pieces() {
    let declaration = signed(holder());
    let whole = whole_evidence();
    let piece = |responses: &[usize]| ValidationEvidence {
        certificates: whole.certificates[..1].to_vec(),
        ocsp_responses: responses.iter().map(|index| whole.ocsp_responses[*index].clone()).collect(),
        revocation_lists: Vec::new(),
    };
    let first = add_evidence(declaration.pdf(), &piece(&[0])).expect("added");
    assert_eq!(report_at(&first, gathered_at()).level, Some(Level::BaselineB));
    let then = stamped(&first, stamped_at());
    let report = report_at(&then, gathered_at());
    assert_eq!(report.level, Some(Level::BaselineT));
    assert_eq!(report.hints.len(), 1, "the authority's status is missing: {:?}", report.hints);
    let last = add_evidence(&then, &piece(&[1, 1, 0])).expect("added");
    let last = add_evidence(&last, &whole).expect("added");
    assert_eq!(report_at(&last, gathered_at()).level, Some(Level::BaselineLt));
    // However it came there, the same evidence is the same document.
    let token_of = |pdf: &[u8]| crate::signatures::cms_of(pdf);
    let straight = stamped(declaration.pdf(), stamped_at());
    let straight = crate::signatures::with_cms(&add_evidence(&straight, &whole).expect("added"), &token_of(&last));
    assert!(straight == last);
    assert!(verify_declaration(&last, anchors(), Profile::PracticeEmployee, later(), shipped()).is_ok());
}

#[test]
fn without_evidence_of_every_status_the_level_stays_b_t_and_a_hint_says_why() {
    let pdf = stamped(signed(holder()).pdf(), stamped_at());
    let whole = whole_evidence();
    let without_signer = ValidationEvidence { ocsp_responses: whole.ocsp_responses[1..].to_vec(), ..whole.clone() };
    let without_stamper = ValidationEvidence { ocsp_responses: whole.ocsp_responses[..1].to_vec(), ..whole.clone() };
    let too_old = at("2026-11-24T10:20:00Z");
    let stale = ValidationEvidence {
        ocsp_responses: vec![response(holder().certificate(), too_old, None), whole.ocsp_responses[1].clone()],
        ..whole.clone()
    };
    let from_the_future = ValidationEvidence {
        ocsp_responses: vec![response(holder().certificate(), at("2026-11-25T11:45:00Z"), None)],
        ..without_signer.clone()
    };
    let of_another = evidence_of(&[&AUTHORITY.root.certificate]);
    for evidence in [ValidationEvidence::default(), without_signer, without_stamper, stale, from_the_future, of_another]
    {
        let report = report_at(&add_evidence(&pdf, &evidence).expect("added"), gathered_at());
        assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineT)));
        assert!(!report.hints.is_empty());
        assert!(report.hints.iter().all(|hint| hint.code == VerificationCode::StatusNotProven));
    }
}

#[test]
fn lists_prove_a_status_as_responses_do() {
    let pdf = stamped(signed(holder()).pdf(), stamped_at());
    for (this_update, level) in [
        (gathered_at(), Level::BaselineLt),
        (at("2026-11-24T11:00:00Z"), Level::BaselineLt),
        (at("2026-11-23T11:00:00Z"), Level::BaselineT),
        (at("2026-11-26T11:00:00Z"), Level::BaselineT),
    ] {
        let lists = vec![list(&AUTHORITY.issuing, this_update, &[])];
        let evidence = ValidationEvidence { revocation_lists: lists, ..ValidationEvidence::default() };
        let report = report_at(&add_evidence(&pdf, &evidence).expect("added"), gathered_at());
        assert_eq!(report.level, Some(level), "list of {this_update}: {:?}", report.hints);
    }
}

fn report_with(signer: Revoked, authority: Revoked) -> VerificationReport {
    let pdf = stamped(signed(holder()).pdf(), stamped_at());
    let evidence = ValidationEvidence {
        ocsp_responses: vec![
            response(holder().certificate(), gathered_at(), signer),
            response(stamper(), gathered_at(), authority),
        ],
        ..whole_evidence()
    };
    report_at(&add_evidence(&pdf, &evidence).expect("added"), later())
}

#[test]
fn a_signer_who_was_revoked_before_the_proven_time_fails_and_after_it_passes() {
    let (before, after) = (stamped_at(), stamped_at() + TimeDelta::seconds(1));
    let report = report_with(Some((before, CrlReason::KeyCompromise)), None);
    assert_eq!((report.indication, report.sub_indication), (Indication::TotalFailed, Some(SubIndication::Revoked)));
    assert!(report.has(VerificationCode::Revoked));
    assert_eq!(report.level, None);
    let report = report_with(Some((after, CrlReason::KeyCompromise)), None);
    assert_eq!((report.indication, report.level), (Indication::TotalPassed, Some(Level::BaselineLt)));
    // On hold is not for good.
    let report = report_with(Some((before, CrlReason::CertificateHold)), None);
    assert_eq!((report.indication, report.sub_indication), (Indication::Indeterminate, Some(SubIndication::TryLater)));
    assert!(report.has(VerificationCode::Suspended));
    let report = report_with(Some((after, CrlReason::CertificateHold)), None);
    assert_eq!(report.level, Some(Level::BaselineLt));
}

#[test]
fn a_time_stamp_authority_that_was_revoked_proves_nothing_unless_for_a_harmless_reason_after() {
    let (before, after) = (stamped_at(), stamped_at() + TimeDelta::seconds(1));
    for (revoked, indication, why) in [
        ((before, CrlReason::Superseded), Indication::TotalFailed, SubIndication::Revoked),
        ((after, CrlReason::KeyCompromise), Indication::Indeterminate, SubIndication::RevokedNoPoe),
        ((after, CrlReason::Unspecified), Indication::Indeterminate, SubIndication::RevokedNoPoe),
        ((before, CrlReason::CertificateHold), Indication::Indeterminate, SubIndication::TryLater),
    ] {
        let report = report_with(None, Some(revoked));
        assert_eq!((report.indication, report.sub_indication), (indication, Some(why)), "{:?}", revoked.1);
        assert!(report.has(VerificationCode::TimeStampAuthority));
    }
    let report = report_with(None, Some((after, CrlReason::Superseded)));
    assert_eq!(report.level, Some(Level::BaselineLt));
}

#[test]
fn a_signer_who_was_revoked_at_any_time_is_in_doubt_where_no_time_is_proven() {
    let revoked = Some((gathered_at(), CrlReason::Superseded));
    let evidence = ValidationEvidence {
        ocsp_responses: vec![response(holder().certificate(), gathered_at(), revoked)],
        ..ValidationEvidence::default()
    };
    let pdf = add_evidence(signed(holder()).pdf(), &evidence).expect("added");
    let report = report_at(&pdf, gathered_at());
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.sub_indication, Some(SubIndication::RevokedNoPoe));
}

#[test]
fn the_certificates_of_the_evidence_complete_a_path() {
    let draft = crate::journey::draft(holder());
    let alone = draft.sign(&holder().key, &holder().chain[..1]).expect("signed");
    let report = report_at(alone.pdf(), now());
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.sub_indication, Some(SubIndication::NoCertificateChainFound));
    let pdf = add_evidence(alone.pdf(), &whole_evidence()).expect("added");
    assert_eq!(report_at(&pdf, now()).indication, Indication::TotalPassed);
}

#[test]
fn evidence_that_no_reader_takes_is_not_added() {
    let pdf = signed(holder()).pdf().to_vec();
    let evidence = |responses: Vec<Vec<u8>>, lists| ValidationEvidence {
        certificates: Vec::new(),
        ocsp_responses: responses,
        revocation_lists: lists,
    };
    let refused = |evidence: &ValidationEvidence| add_evidence(&pdf, evidence).expect_err("refused");
    assert!(matches!(refused(&evidence(vec![vec![0x30, 0]], vec![])), UpgradeError::EvidenceUnreadable));
    assert!(matches!(refused(&evidence(vec![], vec![b"BT ET".to_vec()])), UpgradeError::EvidenceUnreadable));
    let many = vec![response(holder().certificate(), gathered_at(), None); 33];
    assert!(matches!(refused(&evidence(many, vec![])), UpgradeError::TooMuchEvidence));
    let nothing = ValidationEvidence::default();
    assert!(nothing.is_empty());
    assert!(matches!(add_evidence(b"%PDF-1.7", &nothing), Err(UpgradeError::Document { .. })));
    assert!(pdf.len() < SIGNED_PDF_LIMIT);
    let token = {
        let request = time_stamp_request_for(&pdf, [1; 16]).expect("signed");
        let response = answer(request.der(), &AUTHORITY.time_stamps, stamped_at());
        request.verify_response(&response.der, anchors(), now() + TimeDelta::minutes(9)).expect("holds")
    };
    assert!(add_time_stamp(&pdf, &token).is_ok());
}

#[test]
fn a_declaration_with_one_bit_flipped_anywhere_in_its_evidence_is_refused() {
    let pdf = long_term(holder());
    let start = stamped(signed(holder()).pdf(), stamped_at()).len();
    let mut refused = 0;
    for place in (start..pdf.len()).step_by(29) {
        let mut changed = pdf.clone();
        changed[place] ^= 1 << (place % 8);
        let verified = verify_declaration(&changed, anchors(), Profile::PracticeEmployee, gathered_at(), shipped());
        assert!(verified.is_err(), "byte {place} of {}", pdf.len());
        refused += 1;
    }
    assert!(refused > 100);
}
