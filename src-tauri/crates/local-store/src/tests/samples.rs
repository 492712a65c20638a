//! Journeys in every step.

use chrono::{DateTime, Utc};
use declaration::{ConfirmedDetail, DetailField};
use lifecycle::ports::Change;
use lifecycle::{
    Acknowledgement, Active, CertificateStanding, CertificateState, DeclarationEntry, EarlierCertificate,
    HeldCertificate, Import, Invitation, Invited, InvitedSubject, Issued, Journey, KeyId, KeyMade, KeyPlaceName,
    KeyPurpose, KeyReference, KeyUse, LocalRegistrationAuthority, OnEarlier, Origin, ReferenceNumber, RegisteredBy,
    Renewal, Reviewed, Revoked, Signed, Step, Stopped, Suspended,
};
use pki::Certificate;
use std::sync::LazyLock;
use uuid::Uuid;

const PORTAL: &str = "https://localhost:8443/";

static HELD: LazyLock<HeldCertificate> = LazyLock::new(|| HeldCertificate {
    certificate: certificate("Øvebruger Eksempel"),
    intermediates: vec![certificate("Øvelses-CA 1"), certificate("Øvelses-CA 2")],
});

fn certificate(common_name: &str) -> Certificate {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let mut parameters = rcgen::CertificateParams::default();
    parameters.not_before = rcgen::date_time_ymd(2026, 11, 24);
    parameters.not_after = rcgen::date_time_ymd(2029, 11, 24);
    parameters.distinguished_name.push(rcgen::DnType::CommonName, common_name);
    let certificate = parameters.self_signed(&key).expect("a certificate");
    Certificate::from_der(certificate.der()).expect("a certificate")
}

pub(super) fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 123_456_789).expect("a time")
}

/// A journey that is not recorded yet.
pub(super) fn journey(step: Step) -> Journey {
    Journey { id: Uuid::now_v7(), revision: 0, portal: PORTAL.into(), practice: true, step }
}

pub(super) fn change(journey: Journey) -> Change {
    Change::to(journey)
}

pub(super) fn key_use(number: u32) -> KeyUse {
    const PURPOSES: [KeyPurpose; 4] = [
        KeyPurpose::CertificationRequest,
        KeyPurpose::DeviceRegistration,
        KeyPurpose::DeclarationSignature,
        KeyPurpose::DeclarationSubmission,
    ];
    KeyUse {
        key: KeyId(Uuid::from_u128(u128::from(number))),
        purpose: PURPOSES[number as usize % 4],
        at: time(i64::from(number)),
        portal: PORTAL.into(),
        document: number.is_multiple_of(2).then(|| Uuid::from_u128(u128::from(number))),
        program_version: "1.0.0".into(),
        refused: None,
    }
}

/// Every state, in the order of a journey, and every form of what is optional in it.
pub(super) fn steps() -> Vec<Step> {
    let invitation = Invitation {
        reference: ReferenceNumber::parse("AMP-7K3M-9QXT").expect("a reference number"),
        expires_at: time(86_400),
        subject: InvitedSubject {
            common_name: "Øvebruger Eksempel".into(),
            email: "øvebruger@example.org".into(),
            organisation: "Øvelseskommune Å".into(),
            cvr: "12345678".into(),
        },
        authority: LocalRegistrationAuthority {
            name: "Øvelseskommune Å, brugeradministration".into(),
            phone: Some("70 25 89 25".into()),
            email: None,
        },
        earlier: vec![EarlierCertificate {
            serial_number: "ab12".into(),
            not_after: time(86_400),
            state: CertificateState::Active,
            device_name: Some("PC-1".into()),
            registered_at: Some(time(0)),
        }],
        on_earlier: Some(OnEarlier::Supersede),
    };
    let key = KeyReference {
        id: KeyId(Uuid::from_u128(7)),
        subject_public_key_info: vec![0x30, 0],
        made_at: time(1),
        place: KeyPlaceName::default(),
    };
    let issued = Issued {
        origin: Origin::Invitation(invitation.clone()),
        key: key.clone(),
        held: HELD.clone(),
        device_registered_at: None,
        replaces: None,
        code_to_keep: false,
    };
    let imported = Import { subject: invitation.subject.clone(), imported_at: time(1), registered: None };
    let registered_by =
        RegisteredBy { reference: invitation.reference.clone(), authority: invitation.authority.clone() };
    let registered = Issued { device_registered_at: Some(time(2)), ..issued.clone() };
    let confirmed = vec![
        ConfirmedDetail { field: DetailField::Name, value: "Øvebruger Eksempel".into() },
        ConfirmedDetail { field: DetailField::Organisation, value: "Øvelseskommune Å".into() },
    ];
    let declaration = DeclarationEntry {
        id: Uuid::from_u128(9),
        sha256: "ab".repeat(32),
        signed_at: time(3),
        terms_sha256: "cd".repeat(32),
        accepted_at: Some(time(4)),
        time_stamped_at: None,
        elsewhere: false,
        follows: None,
    };
    let standing = |state| CertificateStanding { state, since: time(4), read_at: time(5), declaration_needed: false };
    let active = Active {
        issued: registered.clone(),
        declaration: declaration.clone(),
        standing: None,
        renewal: None,
        details_to_check: false,
    };
    let suspended = Suspended {
        issued: registered.clone(),
        declaration: Some(declaration.clone()),
        locked_at: time(6),
        portal: Acknowledgement::Waiting,
    };
    let read_back = |state| Acknowledgement::ReadBack { standing: standing(state) };
    let stopped = Stopped {
        issued: registered.clone(),
        wrong: confirmed.clone(),
        stopped_at: time(7),
        portal: Acknowledgement::Waiting,
    };
    vec![
        Step::Invited(Invited { invitation: invitation.clone(), place: KeyPlaceName::default() }),
        Step::KeyMade(KeyMade { invitation, key: key.clone() }),
        Step::Issued(issued.clone()),
        Step::Issued(Issued { origin: Origin::Import(imported.clone()), ..issued.clone() }),
        Step::Issued(Issued {
            origin: Origin::Import(Import { registered: Some(registered_by), ..imported }),
            replaces: Some(key.clone()),
            ..issued
        }),
        Step::Reviewed(Reviewed { issued: registered.clone(), confirmed }),
        Step::Signed(Signed { issued: registered.clone(), declaration: declaration.clone() }),
        Step::Active(active.clone()),
        Step::Active(Active { standing: Some(standing(CertificateState::Active)), ..active.clone() }),
        Step::Active(Active {
            renewal: Some(Renewal { key: key.clone(), held: None }),
            details_to_check: true,
            issued: Issued { code_to_keep: true, ..active.issued.clone() },
            ..active.clone()
        }),
        Step::Active(Active { renewal: Some(Renewal { key, held: Some(HELD.clone()) }), ..active }),
        Step::Suspended(suspended.clone()),
        Step::Suspended(Suspended { declaration: None, portal: read_back(CertificateState::Suspended), ..suspended }),
        Step::Stopped(stopped.clone()),
        Step::Stopped(Stopped { portal: read_back(CertificateState::Revoked), ..stopped }),
        Step::Revoked(Revoked {
            issued: registered,
            declaration: Some(declaration),
            standing: standing(CertificateState::AwaitingDeclaration),
            alarm: None,
        }),
    ]
}
