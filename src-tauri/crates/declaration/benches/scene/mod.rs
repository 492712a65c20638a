//! What is measured: some employees, each with a key, a certificate and a signed declaration.

use crate::authority::{AUTHORITY, Holder, TestKey, VALIDITY, at, employee_for, now};
use crate::statuses::{evidence_of, gathered_at};
use declaration::terms::shipped;
use declaration::time_stamp::{self, PRACTICE_TIME_STAMP_POLICY, TimeStampAuthority, TimeStampRequest};
use declaration::{
    Acceptance, AcceptanceFacts, DraftDeclaration, Level, SignedDeclaration, VerificationReport, add_evidence,
    add_time_stamp, details, time_stamp_request_for, verify, verify_declaration,
};
use pki::{Profile, TrustAnchor};
use std::cell::Cell;
use uuid::Uuid;

/// More than the documents for which Typst's cache keeps what was not used again: nobody's text is there from the last
/// time, the terms are.
const EMPLOYEES: usize = 6;

const NONCE: [u8; 16] = [0x80; 16];

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Render,
    Sign,
    RenderAndSign,
    CheckTimeStamp,
    VerifyBaselineB,
    VerifyBaselineLt,
    VerifyDeclaration,
}

impl Task {
    pub const ALL: [Self; 7] = [
        Self::Render,
        Self::Sign,
        Self::RenderAndSign,
        Self::CheckTimeStamp,
        Self::VerifyBaselineB,
        Self::VerifyBaselineLt,
        Self::VerifyDeclaration,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Render => "render",
            Self::Sign => "sign",
            Self::RenderAndSign => "render and sign",
            Self::CheckTimeStamp => "check a time-stamp",
            Self::VerifyBaselineB => "verify B-B",
            Self::VerifyBaselineLt => "verify B-LT",
            Self::VerifyDeclaration => "verify B-LT and render again",
        }
    }
}

pub struct Employee {
    pub holder: Holder,
    /// The rendered document, ready to be signed.
    pub prepared: Vec<u8>,
    /// The signed document at level B-B.
    pub baseline_b: Vec<u8>,
    /// The same at B-LT.
    pub baseline_lt: Vec<u8>,
}

pub struct Scene {
    pub employees: Vec<Employee>,
    /// How many there were.
    declarations: Cell<u64>,
    token: Vec<u8>,
}

/// One run of a task, ready to begin.
pub enum Work<'a> {
    Render(&'a Holder, Box<Acceptance>),
    Sign(&'a Holder, Box<DraftDeclaration>),
    RenderAndSign(&'a Holder, Box<Acceptance>),
    CheckTimeStamp(&'a [u8]),
    Verify(&'a [u8], Level),
    VerifyDeclaration(&'a [u8]),
}

/// What came out of it: dropped after the time is taken, and by nobody optimized away.
#[allow(dead_code, reason = "kept until the time is taken")]
pub enum Outcome {
    Draft(Box<DraftDeclaration>),
    Signed(Box<SignedDeclaration>),
    Token(Box<time_stamp::TimeStampToken>),
    Report(Box<VerificationReport>),
}

impl Scene {
    pub fn new() -> Self {
        let mut scene = Self { employees: Vec::new(), declarations: Cell::new(0), token: stamp([7; 32]) };
        for letter in ('A'..).take(EMPLOYEES) {
            let name = format!("Øvebruger Eksempel {letter}");
            let holder = employee_for(TestKey::rsa(), &name, &AUTHORITY.issuing, &AUTHORITY.root, VALIDITY);
            let draft = render(&holder, scene.acceptance(&holder));
            let prepared = draft.pdf().to_vec();
            let baseline_b = sign(&holder, draft).pdf().to_vec();
            let baseline_lt = long_term(&holder, &baseline_b);
            scene.employees.push(Employee { holder, prepared, baseline_b, baseline_lt });
        }
        scene
    }

    /// The next run of a task: another employee each time, and a declaration that was not there before.
    pub fn next(&self, task: Task) -> Work<'_> {
        let turn = usize::try_from(self.declarations.get()).expect("few") % EMPLOYEES;
        let Employee { holder, baseline_b, baseline_lt, .. } = &self.employees[turn];
        let acceptance = self.acceptance(holder);
        match task {
            Task::Render => Work::Render(holder, Box::new(acceptance)),
            Task::Sign => Work::Sign(holder, Box::new(render(holder, acceptance))),
            Task::RenderAndSign => Work::RenderAndSign(holder, Box::new(acceptance)),
            Task::CheckTimeStamp => Work::CheckTimeStamp(&self.token),
            Task::VerifyBaselineB => Work::Verify(baseline_b, Level::BaselineB),
            Task::VerifyBaselineLt => Work::Verify(baseline_lt, Level::BaselineLt),
            Task::VerifyDeclaration => Work::VerifyDeclaration(baseline_lt),
        }
    }

    fn acceptance(&self, holder: &Holder) -> Acceptance {
        let number = self.declarations.get();
        self.declarations.set(number + 1);
        let seconds = i64::try_from(number % 50).expect("below 50");
        let facts = AcceptanceFacts {
            declaration_id: Uuid::from_u128(0x0193_5d4c_7b2a_7e11_9c3f_0000_0000_0000 + u128::from(number)),
            details: details(holder.certificate()),
            signing_time: now() + chrono::TimeDelta::seconds(seconds),
            app_version: "0.1.0".to_owned(),
            portal: "Øveportalen".to_owned(),
            practice: true,
        };
        Acceptance::new(facts, &shipped()[0], holder.certificate())
    }
}

impl Work<'_> {
    pub fn run(self) -> Outcome {
        match self {
            Self::Render(holder, acceptance) => Outcome::Draft(Box::new(render(holder, *acceptance))),
            Self::Sign(holder, draft) => Outcome::Signed(Box::new(sign(holder, *draft))),
            Self::RenderAndSign(holder, acceptance) => {
                Outcome::Signed(Box::new(sign(holder, render(holder, *acceptance))))
            }
            Self::CheckTimeStamp(token) => {
                let checked = time_stamp::verify(token, &[7; 32], &[], anchors(), gathered_at());
                Outcome::Token(Box::new(checked.expect("the time-stamp holds")))
            }
            Self::Verify(pdf, level) => {
                let report = verify(pdf, anchors(), Profile::PracticeEmployee, gathered_at());
                assert_eq!(report.level, Some(level), "{:?}", report.findings);
                Outcome::Report(Box::new(report))
            }
            Self::VerifyDeclaration(pdf) => {
                let verified = verify_declaration(pdf, anchors(), Profile::PracticeEmployee, gathered_at(), shipped());
                Outcome::Report(Box::new(verified.expect("the declaration holds").report().clone()))
            }
        }
    }
}

fn render(holder: &Holder, acceptance: Acceptance) -> DraftDeclaration {
    DraftDeclaration::render(acceptance, &shipped()[0], holder.certificate()).expect("rendered")
}

fn sign(holder: &Holder, draft: DraftDeclaration) -> SignedDeclaration {
    draft.sign(&holder.key, &holder.chain[..2]).expect("signed")
}

fn long_term(holder: &Holder, pdf: &[u8]) -> Vec<u8> {
    let request = time_stamp_request_for(pdf, NONCE).expect("a signed document");
    let token = answer(&request);
    let pdf = add_time_stamp(pdf, &token).expect("there is room");
    let certificates = [holder.certificate(), AUTHORITY.time_stamps.certificate()];
    add_evidence(&pdf, &evidence_of(&certificates)).expect("added")
}

fn stamp(digest: [u8; 32]) -> Vec<u8> {
    answer(&TimeStampRequest::new(digest, NONCE)).der().to_vec()
}

fn answer(request: &TimeStampRequest) -> time_stamp::TimeStampToken {
    let holder = &AUTHORITY.time_stamps;
    let authority = TimeStampAuthority {
        key: &holder.key,
        chain: &holder.chain[..2],
        policy: PRACTICE_TIME_STAMP_POLICY,
        accuracy_seconds: 1,
    };
    let time = at("2026-11-24T11:35:00Z");
    let response = time_stamp::issue(request.der(), &authority, &[0x80, 0x01], time).expect("the authority answers");
    request.verify_response(&response.der, anchors(), time).expect("the time-stamp holds")
}

fn anchors() -> &'static [TrustAnchor] {
    std::slice::from_ref(&AUTHORITY.anchor)
}

/// Where the documents' evidence was gathered: the moment of the verification, RFC 3339.
pub fn moment() -> String {
    gathered_at().to_rfc3339()
}
