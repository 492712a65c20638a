//! Real OCES certificates and revocation lists through the program: what `inspect` and `validate` say of every one.
//!
//! The environment variable `OCES_SAMPLES` names their folder. They are not ours to ship; where it is absent each test
//! says that it was skipped.

mod program;

use std::path::{Path, PathBuf};

use program::{certifikat, file, findings, result};
use serde_json::{Value, json};

#[allow(clippy::print_stderr, reason = "a skipped test says so where the person who runs it looks")]
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("OCES_SAMPLES").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("SKIPPED: OCES_SAMPLES names no folder with real OCES certificates");
    }
    folder
}

fn path(folder: &Path, file: &str) -> String {
    let path = folder.join(file);
    assert!(path.is_file(), "{} is missing", path.display());
    path.to_str().expect("a path of UTF-8").to_owned()
}

/// The fields of `inspect --json` that other programs rely on.
const DESCRIPTION: [&str; 18] = [
    "generation",
    "kind",
    "environment",
    "common_name",
    "organisation",
    "cvr",
    "employee_id",
    "email",
    "serial_number",
    "issuer",
    "not_before",
    "not_after",
    "policies",
    "key",
    "signature",
    "key_usage",
    "sha256",
    "warnings",
];

type Found = (&'static str, Option<u64>);

struct Sample {
    file: &'static str,
    at: &'static str,
    between: &'static [&'static str],
    root: &'static str,
    /// The names along the path, the certificate's first.
    path: &'static [&'static str],
    /// What stands against it as an employee's certificate, and as any.
    as_employee: &'static [Found],
    as_any: &'static [Found],
    description: Value,
}

const OCES1_ROOT: &str = "ca/oces1_TDC_OCES_Systemtest_CA_II_09e37c69.pem";
const OCES2_ROOT: &str = "ca/oces2_TRUST2408_Systemtest_VII_Primary_CA_0e2fd1fd.pem";
const OCES2_XIX: &str = "ca/oces2_TRUST2408_Systemtest_XIX_CA_f2085125.pem";
const OCES3_TEST_ROOT: &str = "ca/oces3_Den_Danske_Stat_OCES_rod-CA_d1bcec41.pem";
const OCES3_TEST_ISSUING: &str = "ca/oces3_Den_Danske_Stat_OCES_udstedende-CA_1_57c78523.pem";
const OCES3_ROOT: &str = "ca/oces3_Den_Danske_Stat_OCES_rod-CA_06fcb2cb.pem";
const OCES3_ISSUING: &str = "ca/oces3_Den_Danske_Stat_OCES_udstedende-CA_1_5b5662aa.pem";
/// Each list with an instant within its window.
const LISTS: [(&str, &str); 2] =
    [("crl/oces1-full-116184.crl", "2009-12-08T12:00:00Z"), ("crl/oces1-partitioned-170.crl", "2009-12-08T06:00:00Z")];
const LIST_ISSUER: &str = "ca/oces1_TDC_OCES_CA_39c75cae.pem";

const TEST: Found = ("test-certificate", Some(0));
const VII: &str = "TRUST2408 Systemtest VII Primary CA";
const XIX: &str = "TRUST2408 Systemtest XIX CA";
const ISSUING: &str = "Den Danske Stat OCES udstedende-CA 1";
const ROOT: &str = "Den Danske Stat OCES rod-CA";

/// Every certificate of the folders `employee` and `other`.
fn table() -> Vec<Sample> {
    let five = json!(["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement"]);
    let three = json!(["digitalSignature", "nonRepudiation", "keyEncipherment"]);
    let without_non_repudiation = json!(["digitalSignature", "keyEncipherment", "dataEncipherment", "keyAgreement"]);
    vec![
        Sample {
            file: "employee/oces1-employee-t61string.pem",
            at: "2005-06-07T00:00:00Z",
            between: &[],
            root: OCES1_ROOT,
            path: &["Test Bruger 2", "TDC OCES Systemtest CA II"],
            // SHA-1 and RSA 1024, of the certificate and of the root; and the policy is one of TDC's for tests.
            as_employee: &[
                ("key-too-weak", Some(0)),
                TEST,
                ("policy-missing", Some(0)),
                ("algorithm-forbidden", Some(0)),
                ("key-too-weak", Some(1)),
            ],
            as_any: &[("key-too-weak", Some(0)), TEST, ("algorithm-forbidden", Some(0)), ("key-too-weak", Some(1))],
            description: json!({
                "generation": "oces1", "kind": "employee", "environment": "test",
                "common_name": "Test Bruger 2", "organisation": "TDC TOTALLØSNINGER A/S", "cvr": "25767535",
                "employee_id": "CVR:25767535-RID:1118061043356", "email": "support@certifikat.dk",
                "serial_number": "40364b37", "issuer": "TDC OCES Systemtest CA II",
                "not_before": "2005-06-06T12:04:00Z", "not_after": "2007-06-06T12:34:00Z",
                "policies": ["1.1.1.1.1.1.1.1.1.2"], "key": "RSA 1024", "signature": "RSA PKCS#1 SHA-1",
                "key_usage": &five,
                "sha256": "453611058253d03db823b7feb0e0fd47c5d91ef5f0df2b5b81d9d4e7f7833e6e",
                "warnings": [
                    "an RSA key of 1024 bits is too weak to be trusted today",
                    "the signature algorithm RSA PKCS#1 SHA-1 is not accepted",
                ],
            }),
        },
        Sample {
            file: "employee/oces2-employee.pem",
            at: "2017-01-28T00:00:00Z",
            between: &[OCES2_XIX],
            root: OCES2_ROOT,
            path: &["TU GENEREL MOCES gyldig", XIX, VII],
            as_employee: &[TEST],
            as_any: &[TEST],
            description: json!({
                "generation": "oces2", "kind": "employee", "environment": "test",
                "common_name": "TU GENEREL MOCES gyldig", "organisation": "NETS DANID A/S", "cvr": "30808460",
                "employee_id": "CVR:30808460-RID:45490598", "email": "tu-support@danid.dk",
                "serial_number": "5818c19c", "issuer": XIX,
                "not_before": "2017-01-27T09:09:05Z", "not_after": "2020-01-27T09:08:52Z",
                "policies": ["1.3.6.1.4.1.31313.2.4.6.2.5"], "key": "RSA 2048", "signature": "RSA PKCS#1 SHA-256",
                "key_usage": &five,
                "sha256": "ba54940c203f3f4feaa094097be9a09832f03b46e707516f792e6613ee2e5577",
                "warnings": [],
            }),
        },
        Sample {
            file: "employee/oces2-employee-rdn-order.pem",
            at: "2019-12-14T00:00:00Z",
            between: &["ca/oces2_TRUST2408_Systemtest_XXII_CA_329931a8.pem"],
            root: OCES2_ROOT,
            path: &["TU GENEREL MOCES M CPR gyldig", "TRUST2408 Systemtest XXII CA", VII],
            as_employee: &[TEST],
            as_any: &[TEST],
            description: json!({
                "generation": "oces2", "kind": "employee", "environment": "test",
                "common_name": "TU GENEREL MOCES M CPR gyldig", "organisation": "NETS DANID A/S", "cvr": "30808460",
                "employee_id": "CVR:30808460-RID:42634739", "email": null,
                "serial_number": "5bad375e", "issuer": "TRUST2408 Systemtest XXII CA",
                "not_before": "2019-12-13T13:17:05Z", "not_after": "2022-12-13T13:16:52Z",
                "policies": ["1.3.6.1.4.1.31313.2.4.6.2.6"], "key": "RSA 2048", "signature": "RSA PKCS#1 SHA-256",
                "key_usage": &five,
                "sha256": "b791e96c984d0c734a288ff37deb279f22e0c0abaa78ad952a46c32c5548eea2",
                "warnings": [],
            }),
        },
        Sample {
            file: "employee/oces2-employee-25-hours.pem",
            at: "2014-03-24T13:00:00Z",
            between: &["ca/oces2_TRUST2408_Systemtest_VIII_CA_009b6ec7.pem"],
            root: OCES2_ROOT,
            path: &["TU GENEREL MOCES udløbet PremExp1d1h", "TRUST2408 Systemtest VIII CA", VII],
            as_employee: &[TEST],
            as_any: &[TEST],
            description: json!({
                "generation": "oces2", "kind": "employee", "environment": "test",
                "common_name": "TU GENEREL MOCES udløbet PremExp1d1h", "organisation": "NETS DANID A/S",
                "cvr": "30808460", "employee_id": "CVR:30808460-RID:97517995", "email": "tu-support@danid.dk",
                "serial_number": "4c126de6", "issuer": "TRUST2408 Systemtest VIII CA",
                "not_before": "2014-03-24T12:27:20Z", "not_after": "2014-03-25T13:26:56Z",
                "policies": ["1.3.6.1.4.1.31313.2.4.6.2.5"], "key": "RSA 2048", "signature": "RSA PKCS#1 SHA-256",
                "key_usage": ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment"],
                "sha256": "fa030854b2f3679f0c6ca1553213b783742d8094221bfd9ba499ee7f10422213",
                "warnings": [],
            }),
        },
        Sample {
            file: "employee/oces3-employee-g.pem",
            at: "2023-04-26T00:00:00Z",
            between: &[OCES3_TEST_ISSUING],
            root: OCES3_TEST_ROOT,
            path: &["Lars Larsen", ISSUING, ROOT],
            as_employee: &[TEST],
            as_any: &[TEST],
            description: json!({
                "generation": "oces3", "kind": "employee", "environment": "test",
                "common_name": "Lars Larsen", "organisation": "Testorganisation nr. 96908409", "cvr": "96908409",
                "employee_id": "UI:DK-E:G:2725d207-2d44-4d57-a1af-20b90c59911d", "email": "fmk-support@trifork.com",
                "serial_number": "18d16111f26701943b23ebf0e03ce84811ddaf9b", "issuer": ISSUING,
                "not_before": "2023-04-25T11:03:22Z", "not_after": "2026-04-24T11:03:21Z",
                "policies": ["0.4.0.2042.1.1", "1.2.208.169.1.1.1.2.7"],
                "key": "RSA 3072", "signature": "RSASSA-PSS SHA-256", "key_usage": &three,
                "sha256": "ca242e2e529dceb76beaf961a4964d827827eea682d553cc5fcb54ab8e1f08ad",
                "warnings": ["the CVR number 96908409 fails its check digit, as official test organisations do"],
            }),
        },
        Sample {
            file: "employee/oces3-employee-c.pem",
            at: "2023-04-06T00:00:00Z",
            between: &[OCES3_TEST_ISSUING],
            root: OCES3_TEST_ROOT,
            path: &["Peter Punktafgift", ISSUING, ROOT],
            as_employee: &[TEST],
            as_any: &[TEST],
            description: json!({
                "generation": "oces3", "kind": "employee", "environment": "test",
                "common_name": "Peter Punktafgift", "organisation": "UFST 30808460 Aps", "cvr": "30808460",
                "employee_id": "UI:DK-E:C:aca15e71-0015-4367-a599-3a8f953635ab", "email": "autorisationer@ufst.dk",
                "serial_number": "5e3f460bf79808474f84a21365ca5194eb469b87", "issuer": ISSUING,
                "not_before": "2023-04-05T13:29:27Z", "not_after": "2026-04-04T13:29:26Z",
                "policies": ["0.4.0.2042.1.1", "1.2.208.169.1.1.1.2.7"],
                "key": "RSA 3072", "signature": "RSASSA-PSS SHA-256", "key_usage": &three,
                "sha256": "5977c0dfab58a9b0bce23c3c0ea1c711d038a7ac2fbfcccd9a4acc2cb1eb634c",
                "warnings": [],
            }),
        },
        Sample {
            file: "other/oces2-function.pem",
            at: "2017-06-01T00:00:00Z",
            between: &[OCES2_XIX],
            root: OCES2_ROOT,
            path: &["TU GENEREL FOCES gyldig (funktionscertifikat)", XIX, VII],
            as_employee: &[
                TEST,
                ("not-of-profile", Some(0)),
                ("policy-missing", Some(0)),
                ("key-usage", Some(0)),
                ("subject-field", Some(0)),
            ],
            as_any: &[TEST],
            description: json!({
                "generation": "oces2", "kind": "function", "environment": "test",
                "common_name": "TU GENEREL FOCES gyldig (funktionscertifikat)", "organisation": "NETS DANID A/S",
                "cvr": "30808460", "employee_id": null, "email": null,
                "serial_number": "5818c2c6", "issuer": XIX,
                "not_before": "2017-01-30T07:06:47Z", "not_after": "2020-01-30T07:06:14Z",
                "policies": ["1.3.6.1.4.1.31313.2.4.6.4.2"], "key": "RSA 2048", "signature": "RSA PKCS#1 SHA-256",
                "key_usage": &without_non_repudiation,
                "sha256": "eb9df19441b5b87bb96c07386eb17cd24c8d98856254c45ba555d201d5d6c65c",
                "warnings": [],
            }),
        },
        Sample {
            file: "other/oces2-organisation.pem",
            at: "2017-06-01T00:00:00Z",
            between: &[OCES2_XIX],
            root: OCES2_ROOT,
            path: &["NETS DANID A/S - TU VOCES gyldig", XIX, VII],
            as_employee: &[
                TEST,
                ("not-of-profile", Some(0)),
                ("policy-missing", Some(0)),
                ("key-usage", Some(0)),
                ("subject-field", Some(0)),
            ],
            as_any: &[TEST],
            description: json!({
                "generation": "oces2", "kind": "organisation", "environment": "test",
                "common_name": "NETS DANID A/S - TU VOCES gyldig", "organisation": "NETS DANID A/S",
                "cvr": "30808460", "employee_id": null, "email": "tu-support@danid.dk",
                "serial_number": "5818e231", "issuer": XIX,
                "not_before": "2017-03-13T07:26:01Z", "not_after": "2020-03-13T07:25:23Z",
                "policies": ["1.3.6.1.4.1.31313.2.4.6.3.4"], "key": "RSA 2048", "signature": "RSA PKCS#1 SHA-256",
                "key_usage": &without_non_repudiation,
                "sha256": "13ec6cb2886d61edc865ed55f73d2eded059cd919f9a81b11edd0e8197f61d57",
                "warnings": [],
            }),
        },
        Sample {
            file: "other/oces3-organisation.pem",
            at: "2023-11-01T00:00:00Z",
            between: &[OCES3_TEST_ISSUING],
            root: OCES3_TEST_ROOT,
            path: &["LucaPacioli_ApS_Organisation_Integrationstest_O1", ISSUING, ROOT],
            as_employee: &[TEST, ("not-of-profile", Some(0)), ("policy-missing", Some(0)), ("subject-field", Some(0))],
            as_any: &[TEST],
            description: json!({
                "generation": "oces3", "kind": "organisation", "environment": "test",
                "common_name": "LucaPacioli_ApS_Organisation_Integrationstest_O1", "organisation": "Skatteforvaltningen",
                "cvr": "19552101", "employee_id": null, "email": null,
                "serial_number": "3ba8635898740754c5aa2ad6584adbed1fc679ae", "issuer": ISSUING,
                "not_before": "2023-10-31T16:15:12Z", "not_after": "2026-10-30T16:15:11Z",
                "policies": ["0.4.0.2042.1.1", "1.2.208.169.1.1.1.3.7"],
                "key": "RSA 3072", "signature": "RSASSA-PSS SHA-256", "key_usage": &three,
                "sha256": "3c62dc6e1498b83c9144e6a2eb0a14aaa9eeddf12bda85dc8eebe548b329b40f",
                "warnings": [],
            }),
        },
    ]
}

/// `validate --json` at the sample's date and below its root.
#[track_caller]
fn judge(folder: &Path, sample: &Sample, further: &[&str], status: i32) -> Value {
    let arguments = arguments(folder, sample.file, sample.between, sample.root, sample.at, further);
    result(&certifikat(&arguments), status)
}

fn arguments(folder: &Path, file: &str, between: &[&str], root: &str, at: &str, further: &[&str]) -> Vec<String> {
    let mut arguments = vec!["validate".to_owned(), path(folder, file)];
    arguments.extend(["--trust".to_owned(), path(folder, root)]);
    for authority in between {
        arguments.extend(["--intermediate".to_owned(), path(folder, authority)]);
    }
    arguments.extend(["--at", at, "--json"].map(str::to_owned));
    arguments.extend(further.iter().map(|argument| (*argument).to_owned()));
    arguments
}

fn untold() -> Value {
    json!({"state": "unknown", "reason": null, "source": null, "this_update": null, "next_update": null})
}

/// An error makes a report invalid; no sample leads to less, apart from warnings.
fn verdict_of(found: &[Found]) -> (&'static str, i32) {
    if found == [TEST] { ("valid", 0) } else { ("invalid", 1) }
}

#[test]
fn every_certificate_of_the_folder_is_in_the_table() {
    let Some(folder) = samples() else { return };
    let mut files = Vec::new();
    for kind in ["employee", "other"] {
        for entry in std::fs::read_dir(folder.join(kind)).expect("a folder") {
            files.push(format!("{kind}/{}", entry.expect("an entry").file_name().to_str().expect("a name of UTF-8")));
        }
    }
    let mut in_table: Vec<&str> = table().iter().map(|sample| sample.file).collect();
    in_table.sort_unstable();
    files.sort_unstable();
    assert_eq!(in_table, files);
}

#[test]
fn every_certificate_is_described_in_every_field_that_programs_rely_on() {
    let Some(folder) = samples() else { return };
    for sample in table() {
        let description = result(&certifikat(&["inspect", &path(&folder, sample.file), "--json"]), 0);
        for field in DESCRIPTION {
            assert_eq!(description.get(field), sample.description.get(field), "{field} of {}", sample.file);
            assert!(description.get(field).is_some(), "{field} of {}", sample.file);
        }
    }
}

#[test]
fn every_description_for_people_has_its_danish_letters() {
    let Some(folder) = samples() else { return };
    for (file, letters) in [
        ("employee/oces1-employee-t61string.pem", "TDC TOTALLØSNINGER A/S"),
        ("employee/oces2-employee-25-hours.pem", "TU GENEREL MOCES udløbet PremExp1d1h"),
    ] {
        let output = certifikat(&["inspect", &path(&folder, file)]);
        assert_eq!(output.status.code(), Some(0), "{file}");
        assert!(program::text(&output.stdout).contains(letters), "{file}: {}", program::text(&output.stdout));
    }
}

#[test]
fn every_certificate_is_judged_at_its_date_with_every_finding_and_its_whole_path() {
    let Some(folder) = samples() else { return };
    for sample in table() {
        for (further, expected) in [(&[][..], sample.as_employee), (&["--profile", "any"], sample.as_any)] {
            let (verdict, status) = verdict_of(expected);
            let report = judge(&folder, &sample, further, status);
            assert_eq!(report["verdict"], verdict, "{} {further:?}", sample.file);
            assert_eq!(findings(&report), expected, "{} {further:?}: {report}", sample.file);
            assert_eq!(report["status"], untold(), "{}", sample.file);
            let path = report["path"].as_array().expect("a path");
            let names: Vec<&str> = path.iter().filter_map(|link| link["common_name"].as_str()).collect();
            assert_eq!(names, sample.path, "{}", sample.file);
            for field in ["issuer", "serial_number", "sha256"] {
                assert_eq!(path[0][field], sample.description[field], "{field} of {}", sample.file);
            }
            // What is found is about the certificate that is said to be meant.
            for finding in report["findings"].as_array().expect("findings") {
                let place = finding["place"].as_u64().and_then(|place| usize::try_from(place).ok());
                assert!(place.is_some_and(|place| place < path.len()), "{}: {finding}", sample.file);
            }
        }
    }
}

#[test]
fn no_certificate_of_the_first_generation_is_ever_valid() {
    let Some(folder) = samples() else { return };
    for sample in table().iter().filter(|sample| sample.description["generation"] == "oces1") {
        for profile in ["oces-employee", "practice-employee", "any"] {
            let report = judge(&folder, sample, &["--profile", profile], 1);
            let found = findings(&report);
            assert!(found.contains(&("algorithm-forbidden", Some(0))), "{profile}: {report}");
            assert!(found.contains(&("key-too-weak", Some(0))), "{profile}: {report}");
        }
    }
}

#[test]
fn a_certificate_of_the_test_tree_does_not_hold_under_the_production_root_of_the_same_name() {
    let Some(folder) = samples() else { return };
    let describe = |file| result(&certifikat(&["inspect", &path(&folder, file), "--json"]), 0);
    for (production, test) in [(OCES3_ROOT, OCES3_TEST_ROOT), (OCES3_ISSUING, OCES3_TEST_ISSUING)] {
        let (production, test) = (describe(production), describe(test));
        assert_eq!(production["common_name"], test["common_name"]);
        for (description, environment) in [(&production, "production"), (&test, "test")] {
            assert_eq!(description["environment"], environment, "{description}");
            assert_eq!((&description["kind"], &description["generation"]), (&json!("ca"), &json!("oces3")));
        }
    }
    for sample in table().iter().filter(|sample| sample.root == OCES3_TEST_ROOT) {
        for (between, found, length) in [
            (&[OCES3_ISSUING][..], ("path-not-found", Some(0)), 1),
            // The issuing authority of the test tree is there, and leads to no root that is trusted.
            (&[OCES3_ISSUING, OCES3_TEST_ISSUING], ("path-not-found", Some(1)), 2),
        ] {
            let further = ["--profile", "any"];
            let arguments = arguments(&folder, sample.file, between, OCES3_ROOT, sample.at, &further);
            let report = result(&certifikat(&arguments), 1);
            assert_eq!(report["verdict"], "invalid");
            assert_eq!(findings(&report), [TEST, found], "{}: {report}", sample.file);
            assert_eq!(report["path"].as_array().map(Vec::len), Some(length), "{}", sample.file);
        }
    }
}

#[test]
fn outside_its_validity_period_no_certificate_holds() {
    let Some(folder) = samples() else { return };
    for sample in table() {
        for (at, code) in [("2004-01-01T00:00:00Z", "not-yet-valid"), ("2036-01-01T00:00:00Z", "expired")] {
            let arguments = arguments(&folder, sample.file, sample.between, sample.root, at, &["--profile", "any"]);
            let report = result(&certifikat(&arguments), 1);
            assert_eq!(report["verdict"], "invalid");
            assert!(findings(&report).contains(&(code, Some(0))), "{} at {at}: {report}", sample.file);
        }
    }
}

#[test]
fn a_real_list_of_another_issuer_tells_nothing_about_a_certificate_that_holds() {
    let Some(folder) = samples() else { return };
    for sample in table().iter().filter(|sample| sample.as_any == [TEST]) {
        for (list, _) in LISTS {
            let report = judge(&folder, sample, &["--profile", "any", "--crl", &path(&folder, list)], 3);
            assert_eq!(report["verdict"], "indeterminate", "{} {list}", sample.file);
            assert_eq!(findings(&report), [TEST, ("status-unknown", Some(0))], "{} {list}: {report}", sample.file);
            assert_eq!(report["status"], untold());
        }
    }
}

/// A certificate that says it is by the issuer of the real lists, whose key nobody here has.
fn in_the_name_of_the_list_issuer(folder: &Path) -> String {
    let printable = |text: &str| rcgen::DnValue::PrintableString(text.try_into().expect("a printable string"));
    let mut issuer = rcgen::CertificateParams::default();
    issuer.distinguished_name = rcgen::DistinguishedName::new();
    issuer.distinguished_name.push(rcgen::DnType::CountryName, printable("DK"));
    issuer.distinguished_name.push(rcgen::DnType::OrganizationName, printable("TDC"));
    issuer.distinguished_name.push(rcgen::DnType::CommonName, printable("TDC OCES CA"));
    let issuer = rcgen::Issuer::new(issuer, rcgen::KeyPair::generate().expect("a P-256 key"));
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Øvebruger Eksempel");
    // The first entry of the list of 116,184.
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x45, 0x94, 0x70, 0x76]));
    let key = rcgen::KeyPair::generate().expect("a P-256 key");
    file(folder, "certificate.pem", params.signed_by(&key, &issuer).expect("a certificate").pem().as_bytes())
}

#[test]
fn a_real_list_that_sha_1_signs_proves_nothing_not_even_about_what_is_on_it() {
    let Some(folder) = samples() else { return };
    let own = tempfile::tempdir().expect("a folder");
    let certificate = in_the_name_of_the_list_issuer(own.path());
    for (list, at) in LISTS {
        let (list, root) = (path(&folder, list), path(&folder, LIST_ISSUER));
        let mut arguments = vec!["validate", &certificate, "--trust", &root, "--crl", &list];
        arguments.extend(["--at", at, "--profile", "any", "--json"]);
        let report = result(&certifikat(&arguments), 1);
        assert_eq!(findings(&report), [("signature-invalid", Some(0)), ("status-unsound", Some(0))], "{report}");
        let detail = report["findings"][1]["detail"].as_str().expect("a detail");
        assert!(detail.contains("RSA PKCS#1 SHA-1 is not accepted"), "{detail}");
        assert_eq!(report["status"], untold());
        assert_eq!(report["path"].as_array().map(Vec::len), Some(2));
    }
}
