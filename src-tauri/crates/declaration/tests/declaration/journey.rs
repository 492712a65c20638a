//! What an employee and a portal do with a declaration when all is well.

use crate::authority::{AUTHORITY, Holder, at, employee_named, now};
use declaration::receipt::{self, RECEIPT_FORMAT, Receipt, ReceiptError};
use declaration::terms::{TermsDocument, shipped};
use declaration::{
    Acceptance, AcceptanceFacts, DeclarationError, DetailField, DraftDeclaration, Indication, Level, SignedDeclaration,
    VerificationCode, details, render_terms, verify, verify_declaration,
};
use pki::Profile;
use std::time::Instant;
use uuid::Uuid;

pub fn acceptance(holder: &Holder, terms: &TermsDocument) -> Acceptance {
    let facts = AcceptanceFacts {
        declaration_id: Uuid::from_u128(0x0193_5d4c_7b2a_7e11_9c3f_5a6b_7c8d_9e0f),
        details: details(holder.certificate()),
        signing_time: now(),
        app_version: "0.1.0".to_owned(),
        portal: "Øveportalen".to_owned(),
        practice: true,
    };
    Acceptance::new(facts, terms, holder.certificate())
}

pub fn draft(holder: &Holder) -> DraftDeclaration {
    let terms = &shipped()[0];
    DraftDeclaration::render(acceptance(holder, terms), terms, holder.certificate()).expect("rendered")
}

pub fn signed(holder: &Holder) -> SignedDeclaration {
    draft(holder).sign(&holder.key, &holder.chain[..2]).expect("signed")
}

pub fn receipt_for(declaration: &SignedDeclaration) -> Receipt {
    let acceptance = declaration.acceptance();
    Receipt {
        format: RECEIPT_FORMAT,
        declaration_id: acceptance.declaration_id,
        declaration_sha256: hex::encode(declaration.sha256()),
        certificate_serial_number: acceptance.certificate.serial_number.clone(),
        signer: acceptance.signer.clone(),
        organisation: acceptance.organisation.clone(),
        portal: acceptance.portal.clone(),
        accepted_at: at("2026-11-24T11:34:09Z"),
        practice: true,
    }
}

#[test]
fn the_same_acceptance_renders_to_the_same_bytes() {
    let holder = &AUTHORITY.employee;
    assert_eq!(draft(holder).pdf(), draft(holder).pdf());
}

#[test]
fn rendering_and_signing_take_no_time_that_a_person_would_notice() {
    let holder = &AUTHORITY.employee;
    let _warm = draft(holder);
    let begin = Instant::now();
    let draft = draft(holder);
    let rendered = begin.elapsed();
    let begin = Instant::now();
    let signed = draft.sign(&holder.key, &holder.chain[..2]).expect("signed");
    let signing = begin.elapsed();
    let begin = Instant::now();
    let verified = verify_declaration(
        signed.pdf(),
        std::slice::from_ref(&AUTHORITY.anchor),
        Profile::PracticeEmployee,
        now(),
        shipped(),
    );
    let verifying = begin.elapsed();
    assert!(verified.is_ok());
    assert!(rendered.as_secs() < 5, "rendering took {rendered:?}");
    assert!(signing.as_secs() < 2, "signing took {signing:?}");
    assert!(verifying.as_secs() < 10, "verifying took {verifying:?}");
}

#[test]
fn a_signed_declaration_passes_the_portals_verification() {
    for holder in [&AUTHORITY.employee, &AUTHORITY.employee_p256] {
        let signed = signed(holder);
        let anchors = std::slice::from_ref(&AUTHORITY.anchor);
        let verified = verify_declaration(signed.pdf(), anchors, Profile::PracticeEmployee, now(), shipped())
            .unwrap_or_else(|report| panic!("{:?}", report.findings));
        assert_eq!(verified.acceptance(), signed.acceptance());
        assert_eq!(verified.certificate().certificate(), holder.certificate());
        assert_eq!(verified.terms(), &shipped()[0]);
        let report = verified.report();
        assert_eq!(report.indication, Indication::TotalPassed);
        assert_eq!(report.level, Some(Level::BaselineB));
        assert_eq!(report.signing_time, Some(now()));
        assert_eq!(report.signed_revision, Some(0..signed.pdf().len()));
        assert_eq!(report.attachment, Some(signed.acceptance().to_json()));
    }
}

#[test]
fn the_english_terms_can_be_accepted_too() {
    let holder = &AUTHORITY.employee_p256;
    let terms = &shipped()[1];
    let draft = DraftDeclaration::render(acceptance(holder, terms), terms, holder.certificate()).expect("rendered");
    let signed = draft.sign(&holder.key, &holder.chain).expect("signed");
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let verified = verify_declaration(signed.pdf(), anchors, Profile::PracticeEmployee, now(), shipped());
    assert!(verified.is_ok());
}

#[test]
fn signing_leaves_the_rendered_document_as_it_was() {
    let holder = &AUTHORITY.employee_p256;
    let draft = draft(holder);
    let rendered = draft.pdf().to_vec();
    let signed = draft.sign(&holder.key, &holder.chain).expect("signed");
    assert_eq!(&signed.pdf()[..rendered.len()], rendered);
}

#[test]
fn the_details_are_always_the_same_eight_in_plain_danish() {
    let details = details(AUTHORITY.employee.certificate());
    let shown: Vec<_> = details.iter().map(|detail| (detail.field, detail.value.as_str())).collect();
    assert_eq!(
        shown,
        [
            (DetailField::Name, "Øvebruger Eksempel"),
            (DetailField::Organisation, "Øvelseskommune Å"),
            (DetailField::Cvr, "12345678"),
            (DetailField::EmployeeId, "UI:DK-E:G:6fd2a4a1-6a3f-4c1e-9b57-3f1f5d0c2b11"),
            (DetailField::Email, "oevebruger@example.org"),
            (DetailField::Issuer, "Øvelse udstedende CA"),
            (DetailField::Validity, "24. november 2026 – 24. november 2029"),
            (DetailField::Purpose, "Log-in og underskrift på vegne af Øvelseskommune Å, ikke til private formål"),
        ]
    );
}

#[test]
fn an_acceptance_that_lacks_a_detail_or_a_consent_is_not_rendered() {
    let holder = &AUTHORITY.employee_p256;
    let terms = &shipped()[0];
    let whole = acceptance(holder, terms);
    let mut without_detail = whole.clone();
    without_detail.details.pop();
    let mut without_consent = whole.clone();
    without_consent.consents.pop();
    let mut other_value = whole.clone();
    other_value.details[0].value = "En anden".to_owned();
    let mut other_signer = whole;
    other_signer.signer = "En anden".to_owned();
    for acceptance in [without_detail, without_consent, other_value, other_signer] {
        let outcome = DraftDeclaration::render(acceptance, terms, holder.certificate());
        assert!(matches!(outcome, Err(DeclarationError::AcceptanceMismatch)));
    }
}

#[test]
fn a_declaration_is_signed_with_its_own_certificate_only() {
    let colleague = &AUTHORITY.colleague;
    let outcome = draft(&AUTHORITY.employee_p256).sign(&colleague.key, &colleague.chain);
    assert!(matches!(outcome, Err(DeclarationError::AcceptanceMismatch)));
    let outcome = draft(&AUTHORITY.employee_p256).sign(&colleague.key, &AUTHORITY.employee_p256.chain);
    assert!(matches!(outcome, Err(DeclarationError::Signing(_))));
}

#[test]
fn a_hostile_name_comes_out_as_text_and_the_declaration_holds() {
    for name in [
        "#panic(\"x\") *fed* $x^2$ \\ [navn]",
        "Åse \"; } #import \"layout.typ\" // <label> @ref",
        "張偉 Ægtesen",
        "Ærlig Æøå Ñandú Żółć Ελένη Привет",
        "A\u{301}",
        &"Langtnavn".repeat(7),
    ] {
        let (holder, anchor) = employee_named(name);
        let signed = signed(&holder);
        let verified = verify_declaration(signed.pdf(), &[anchor], Profile::PracticeEmployee, now(), shipped());
        let verified = verified.unwrap_or_else(|report| panic!("{name}: {:?}", report.findings));
        assert_eq!(verified.acceptance().signer, name);
    }
}

#[test]
fn the_portals_receipt_is_verified_for_exactly_the_declaration_that_was_sent() {
    let declaration = signed(&AUTHORITY.employee_p256);
    let receipt = receipt_for(&declaration);
    let pdf = receipt::issue(&receipt, &AUTHORITY.seal.key, &AUTHORITY.seal.chain[..2]).expect("issued");
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let id = receipt.declaration_id;
    let sha256 = declaration.sha256();
    let verify = |profile, id, sha256: &[u8; 32]| receipt::verify(&pdf, anchors, profile, now(), id, sha256);
    assert_eq!(verify(Profile::PracticeSeal, id, &sha256).expect("holds"), receipt);
    assert!(matches!(verify(Profile::PracticeSeal, Uuid::nil(), &sha256), Err(ReceiptError::OtherDeclaration(_))));
    assert!(matches!(verify(Profile::PracticeSeal, id, &[0; 32]), Err(ReceiptError::OtherBytes)));
    assert!(matches!(verify(Profile::PracticeEmployee, id, &sha256), Err(ReceiptError::Signature(_))));
    let mut damaged = pdf.clone();
    damaged[pdf.len() / 4] ^= 1;
    let outcome = receipt::verify(&damaged, anchors, Profile::PracticeSeal, now(), id, &sha256);
    assert!(matches!(outcome, Err(ReceiptError::Signature(_))));
}

#[test]
fn an_employee_cannot_issue_a_receipt() {
    let declaration = signed(&AUTHORITY.employee_p256);
    let receipt = receipt_for(&declaration);
    let holder = &AUTHORITY.employee_p256;
    let pdf = receipt::issue(&receipt, &holder.key, &holder.chain).expect("issued");
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let outcome =
        receipt::verify(&pdf, anchors, Profile::PracticeSeal, now(), receipt.declaration_id, &declaration.sha256());
    assert!(matches!(outcome, Err(ReceiptError::Signature(_))));
}

#[test]
fn the_terms_alone_are_not_signed() {
    for terms in shipped() {
        let pdf = render_terms(terms, now()).expect("rendered");
        assert_eq!(pdf, render_terms(terms, now()).expect("rendered"));
        let report = verify(&pdf, &[], Profile::Any, now());
        assert!(report.has(VerificationCode::NoSignature));
        assert_eq!(report.indication, Indication::TotalFailed);
    }
}
