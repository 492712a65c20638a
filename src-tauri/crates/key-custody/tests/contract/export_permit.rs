//! Leave to export a key, got from the gate as the program gets it.

use chrono::TimeDelta;
use lifecycle::gate::{Evidence, ExportPermit, permit_export};
use lifecycle::{
    Active, DeclarationEntry, HeldCertificate, Import, InvitedSubject, Issued, KeyReference, Origin, Policy, Step,
};
use pki::{Certificate, CertificateState, CertificateStatus, StatusSource};
use uuid::Uuid;

/// For a key whose certificate is in use, where the organisation's policy allows export.
pub(crate) fn export_permit(reference: &KeyReference, certificate: &Certificate) -> ExportPermit {
    let at = certificate.not_before() + TimeDelta::hours(1);
    let issued = Issued {
        origin: Origin::Import(Import {
            subject: InvitedSubject {
                common_name: "Øvebruger Eksempel".into(),
                email: "oevebruger@example.org".into(),
                organisation: "Øvelseskommune Å".into(),
                cvr: "12345678".into(),
            },
            imported_at: at,
            registered: None,
        }),
        key: reference.clone(),
        held: HeldCertificate { certificate: certificate.clone(), intermediates: Vec::new() },
        device_registered_at: Some(at),
        replaces: None,
        code_to_keep: false,
    };
    let declaration = DeclarationEntry {
        id: Uuid::nil(),
        sha256: String::new(),
        signed_at: at,
        terms_sha256: String::new(),
        accepted_at: Some(at),
        time_stamped_at: None,
        elsewhere: false,
        follows: None,
    };
    let step = Step::Active(Active { issued, declaration, standing: None, renewal: None, details_to_check: false });
    let status = CertificateStatus {
        state: CertificateState::Good,
        source: StatusSource::Ocsp,
        this_update: at,
        next_update: Some(at),
    };
    let policy = Policy::parse(b"export = true").expect("a policy");
    permit_export(&step, at, &Evidence { status, portal_time: None }, &policy).expect("the gate is open")
}
