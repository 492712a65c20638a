//! Certificate policies along a path, in extensions that are not critical: PKITS has most of them critical, where they are
//! refused before they are processed.

mod support;

use pki::{FindingCode, Profile, Verdict, validate};

use support::{AUTHORITIES, EMPLOYEE_KEY, ISSUING_KEY, OTHER_KEY, ROOT_KEY, Recipe, authority, employee, now};

const A: &str = "1.2.3.4";
const B: &str = "1.2.3.5";
const ANY: &str = "2.5.29.32.0";

type RawExtension = (&'static str, bool, &'static [u8]);

/// requireExplicitPolicy with so many certificates to skip: SEQUENCE { [0] n }.
const EXPLICIT_NOW: RawExtension = ("2.5.29.36", false, b"\x30\x03\x80\x01\x00");
const EXPLICIT_AFTER_2: RawExtension = ("2.5.29.36", false, b"\x30\x03\x80\x01\x02");
const EXPLICIT_AFTER_3: RawExtension = ("2.5.29.36", false, b"\x30\x03\x80\x01\x03");
/// requireExplicitPolicy and inhibitPolicyMapping, both from now on.
const EXPLICIT_WITHOUT_MAPPING: RawExtension = ("2.5.29.36", false, b"\x30\x06\x80\x01\x00\x81\x01\x00");
/// A is B from here on.
const A_TO_B: RawExtension = ("2.5.29.33", false, b"\x30\x0C\x30\x0A\x06\x03\x2A\x03\x04\x06\x03\x2A\x03\x05");
const INHIBIT_ANY_NOW: RawExtension = ("2.5.29.54", false, b"\x02\x01\x00");

/// The policies and extensions of one authority.
struct Storey(&'static [&'static str], &'static [RawExtension]);

/// Whether an employee's certificate with these policies holds below two authorities, the upper one first.
fn holds(upper: &Storey, lower: &Storey, policies: &[&'static str]) -> bool {
    let made = |name, storey: &Storey| Recipe {
        policies: storey.0.to_vec(),
        other_extensions: storey.1.to_vec(),
        ..authority(name)
    };
    let (above, below) = (made("Øvelse øvre-CA", upper), made("Øvelse nedre-CA", lower));
    let between = [
        above.issue(&OTHER_KEY, &authority("Øvelse rod-CA").subject, &ROOT_KEY),
        below.issue(&ISSUING_KEY, &above.subject, &OTHER_KEY),
    ];
    let recipe = Recipe { policies: policies.to_vec(), ..employee() };
    let certificate = recipe.issue(&EMPLOYEE_KEY, &below.subject, &ISSUING_KEY);
    let report = validate(&certificate, &between, &AUTHORITIES.anchors(), now(), Profile::Any);
    match report.verdict {
        Verdict::Valid => true,
        Verdict::Invalid => {
            assert!(report.has_error(FindingCode::PolicyMissing), "{:#?}", report.findings);
            false
        }
        Verdict::Indeterminate => panic!("{:#?}", report.findings),
    }
}

#[test]
fn policies_matter_only_where_one_is_required() {
    assert!(holds(&Storey(&[A], &[]), &Storey(&[B], &[]), &[A]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[B], &[]), &[A]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[A], &[]), &[]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[], &[]), &[A]));
    assert!(holds(&Storey(&[A, B], &[EXPLICIT_NOW]), &Storey(&[A], &[]), &[A]));
}

#[test]
fn a_requirement_begins_after_the_certificates_that_it_skips() {
    assert!(!holds(&Storey(&[], &[EXPLICIT_AFTER_2]), &Storey(&[], &[]), &[]));
    assert!(holds(&Storey(&[], &[EXPLICIT_AFTER_3]), &Storey(&[], &[]), &[]));
}

#[test]
fn a_mapped_policy_counts_under_its_new_name_unless_mapping_is_inhibited() {
    assert!(holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[A], &[A_TO_B]), &[B]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[A], &[A_TO_B]), &[A]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_WITHOUT_MAPPING]), &Storey(&[A], &[A_TO_B]), &[B]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_WITHOUT_MAPPING]), &Storey(&[A], &[A_TO_B]), &[A]));
}

#[test]
fn any_policy_stands_for_every_policy_that_is_still_valid_unless_it_is_inhibited() {
    assert!(holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[ANY], &[]), &[A]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_NOW]), &Storey(&[ANY], &[]), &[B]));
    assert!(holds(&Storey(&[ANY], &[EXPLICIT_NOW]), &Storey(&[ANY], &[]), &[B]));
    assert!(!holds(&Storey(&[A], &[EXPLICIT_NOW, INHIBIT_ANY_NOW]), &Storey(&[ANY], &[]), &[A]));
    assert!(holds(&Storey(&[A], &[EXPLICIT_NOW, INHIBIT_ANY_NOW]), &Storey(&[A], &[]), &[A]));
}
