//! Certificates and their status, judged by OpenSSL, and by hand where OpenSSL does not look.

use crate::support::{Employee, TestPortal};
use der::asn1::{Null, OctetString};
use der::{Decode, Encode};
use pki::Certificate;
use portal::Clock as _;
use portal_api::RevocationReason;
use reqwest::StatusCode;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{CrlNumber, CrlReason};
use x509_cert::serial_number::SerialNumber;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspRequest, OcspResponse, OcspResponseStatus, Request, TbsRequest, Version,
};

const NONCE: der::asn1::ObjectIdentifier = const_oid::db::rfc6960::ID_PKIX_OCSP_NONCE;
const SHA256: der::asn1::ObjectIdentifier = const_oid::db::rfc5912::ID_SHA_256;

/// OpenSSL with files of its own; None, with a message, where it is not installed.
struct OpenSsl(TempDir);

impl OpenSsl {
    fn found() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success()) {
            return Some(Self(tempfile::tempdir().expect("a folder")));
        }
        // The test harness shows this with --nocapture, and with a failure.
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: the program openssl is not installed");
        }
        None
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    /// Runs it, and returns what it said on both outputs; fails where it failed.
    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("openssl").args(arguments).current_dir(self.0.path()).output().expect("openssl runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "openssl {arguments:?} failed:\n{said}");
        said
    }
}

async fn fetched(portal: &TestPortal, path: &str) -> Vec<u8> {
    let response = portal.anonymous().get(portal.status_url(path)).send().await.expect("an answer");
    assert!(response.status().is_success());
    response.bytes().await.expect("a body").to_vec()
}

/// Seconds since 1970 of the portal's clock, which OpenSSL is told to judge by.
fn at(portal: &TestPortal) -> String {
    portal::Clock::now(portal.clock.as_ref()).timestamp().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_finds_every_certificate_strictly_in_order() {
    let Some(openssl) = OpenSsl::found() else { return };
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let root = openssl.file("root.pem", portal.trust_anchor().certificate().to_pem());
    let issuing = openssl.file("issuing.pem", employee.chain[1].to_pem());
    openssl.file("employee.pem", employee.certificate().to_pem());
    for name in ["seal.pem", "ocsp-responder.pem", "time-stamping.pem"] {
        openssl.file(name, fs::read(portal.data.path().join(name)).expect("a certificate"));
    }
    let (root, issuing, now) = (text(&root), text(&issuing), at(&portal));
    for name in ["employee.pem", "seal.pem", "ocsp-responder.pem", "time-stamping.pem"] {
        openssl.run(&["verify", "-x509_strict", "-attime", &now, "-CAfile", root, "-untrusted", issuing, name]);
    }
    let said =
        openssl.run(&["x509", "-in", "employee.pem", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space"]);
    assert!(said.contains("Salt Length: 0x20"), "RSASSA-PSS with a salt of 32 bytes:\n{said}");
    let subject = "Subject: C=DK, organizationIdentifier=NTRDK-12345678, O=Øvelseskommune Å, serialNumber=UI:DK-E:G:";
    assert!(said.contains(subject), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_reads_good_hold_and_good_again_over_ocsp_and_crl() {
    let Some(openssl) = OpenSsl::found() else { return };
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    openssl.file("root.pem", portal.trust_anchor().certificate().to_pem());
    openssl.file("issuing.pem", employee.chain[1].to_pem());
    openssl.file("employee.pem", employee.certificate().to_pem());
    let (url, now) = (portal.status_url("/ocsp"), at(&portal));
    let ocsp = |hash: &str| {
        let certificate = ["-issuer", "issuing.pem", hash, "-cert", "employee.pem", "-url", &url];
        // For the hours of the answer itself OpenSSL looks at the computer's clock, which is not the portal's here: it is
        // made not to mind, and the hours are read below.
        let judged = ["-CAfile", "root.pem", "-attime", &now, "-validity_period", "1000000000"];
        let arguments = [&["ocsp"], &certificate[..], &judged].concat();
        openssl.run(&arguments.into_iter().filter(|argument| !argument.is_empty()).collect::<Vec<_>>())
    };
    let crl = |der: Vec<u8>| {
        openssl.file("issuing.crl", der);
        let said = openssl.run(&["crl", "-inform", "DER", "-in", "issuing.crl", "-CAfile", "issuing.pem", "-text"]);
        assert!(said.contains("verify OK"), "{said}");
        said
    };

    for hash in ["", "-sha256"] {
        let said = ocsp(hash);
        assert!(said.contains("Response verify OK") && said.contains("employee.pem: good"), "{said}");
        let hours = ["This Update: Nov 24 12:00:00 2026 GMT", "Next Update: Nov 24 13:00:00 2026 GMT"];
        assert!(hours.iter().all(|hour| said.contains(hour)), "{said}");
    }
    assert!(crl(fetched(&portal, "/crl/issuing-ca.crl").await).contains("No Revoked Certificates"));
    crl_of_root(&openssl, &portal).await;

    portal.suspend(&employee, &device).await;
    let said = ocsp("");
    assert!(said.contains("employee.pem: revoked") && said.contains("Reason: certificateHold"), "{said}");
    assert!(crl(fetched(&portal, "/crl/issuing-ca.crl").await).contains("Certificate Hold"));

    portal.reinstate(&employee).await.expect("reinstated");
    assert!(ocsp("").contains("employee.pem: good"));
    assert!(crl(fetched(&portal, "/crl/issuing-ca.crl").await).contains("No Revoked Certificates"));

    portal.revoke_with_token(&employee, &device, r#"{"reason":"wrong-details","wrong_details":["cvr"]}"#).await;
    let said = ocsp("");
    assert!(said.contains("employee.pem: revoked") && said.contains("Reason: superseded"), "{said}");
}

/// An older complete list is brought up to date by the delta list alone, both ways.
#[tokio::test(flavor = "multi_thread")]
async fn openssl_reads_hold_and_its_end_from_the_delta_list() {
    let Some(openssl) = OpenSsl::found() else { return };
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let issuing = &employee.chain[1];
    openssl.file("root.pem", portal.trust_anchor().certificate().to_pem());
    openssl.file("issuing.pem", issuing.to_pem());
    openssl.file("employee.pem", employee.certificate().to_pem());
    let publish = |name: &'static str, der: Vec<u8>| {
        openssl.file("list.crl", der);
        let said =
            openssl.run(&["crl", "-inform", "DER", "-in", "list.crl", "-CAfile", "issuing.pem", "-text", "-out", name]);
        assert!(said.contains("verify OK"), "{said}");
        fs::read_to_string(openssl.0.path().join(name)).expect("what openssl wrote")
    };
    let judge = |base: &str, with_delta: bool| {
        let now = at(&portal);
        let mut arguments = vec!["verify", "-attime", &now, "-crl_check", "-extended_crl", "-CAfile", "root.pem"];
        arguments.extend(["-untrusted", "issuing.pem", "-CRLfile", base]);
        if with_delta {
            arguments.extend(["-use_deltas", "-CRLfile", "delta.crl"]);
        }
        arguments.push("employee.pem");
        let output = Command::new("openssl").args(arguments).current_dir(openssl.0.path()).output().expect("openssl");
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };

    let said = publish("good.crl", fetched(&portal, "/crl/issuing-ca.crl").await);
    assert!(said.contains("X509v3 Freshest CRL") && said.contains("/crl/issuing-ca-delta.crl"), "{said}");
    assert!(judge("good.crl", false).0);

    portal.suspend(&employee, &device).await;
    let said = publish("delta.crl", fetched(&portal, "/crl/issuing-ca-delta.crl").await);
    assert!(said.contains("X509v3 Delta CRL Indicator: critical") && said.contains("Certificate Hold"), "{said}");
    assert!(!said.contains("Freshest CRL"), "[RFC 5280 §5.2.6]: {said}");
    assert!(judge("good.crl", false).0, "the older complete list does not know");
    let (holds, said) = judge("good.crl", true);
    assert!(!holds && said.contains("revoked"), "{said}");
    publish("held.crl", fetched(&portal, "/crl/issuing-ca.crl").await);
    assert!(!judge("held.crl", false).0);

    portal.reinstate(&employee).await.expect("reinstated");
    let said = publish("delta.crl", fetched(&portal, "/crl/issuing-ca-delta.crl").await);
    assert!(said.contains("Remove From CRL"), "{said}");
    let (holds, said) = judge("held.crl", true);
    assert!(holds, "{said}");
    assert!(judge("good.crl", true).0);

    portal.revoke(employee.serial(), RevocationReason::KeyCompromise, &[]).await.expect("revoked");
    let said = publish("delta.crl", fetched(&portal, "/crl/issuing-ca-delta.crl").await);
    assert!(said.contains("Key Compromise") && !said.contains("Remove From CRL"), "{said}");
    assert!(!judge("held.crl", true).0 && !judge("good.crl", true).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_list_and_the_delta_list_say_the_same_as_the_newest_complete_list() {
    use pki::{CertificateState, RevocationList, UnverifiedRevocationList};
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let issuing = &employee.chain[1];
    let list = |path: &'static str| async {
        let list = UnverifiedRevocationList::from_der(fetched(&portal, path).await).expect("a list");
        list.verify(issuing).expect("the issuing CA's signature holds")
    };
    let now = || portal::Clock::now(portal.clock.as_ref());
    let mut complete: Vec<RevocationList<Vec<u8>>> = vec![list("/crl/issuing-ca.crl").await];
    let mut states = Vec::new();
    for step in 0..6 {
        // Also across the hours after which the lists are made anew.
        portal.clock.advance(chrono::TimeDelta::minutes(40));
        match step {
            0 | 2 | 4 => assert!(portal.suspend(&employee, &device).await.status().is_success()),
            1 | 3 => drop(portal.reinstate(&employee).await.expect("reinstated")),
            _ => drop(portal.revoke(employee.serial(), RevocationReason::Superseded, &[]).await),
        }
        let delta = list("/crl/issuing-ca-delta.crl").await;
        let newest = list("/crl/issuing-ca.crl").await;
        assert!(delta.list().is_delta() && !newest.list().is_delta());
        assert_eq!(delta.list().number(), newest.list().number(), "RFC 5280 §5.2.3");
        let expected = newest.status(employee.certificate(), now()).expect("a status").state;
        for older in &complete {
            let status = older.status_with_delta(&delta, employee.certificate(), now()).expect("a status");
            assert_eq!(status.state, expected, "step {step}");
        }
        states.push(matches!(expected, CertificateState::Good));
        complete.push(newest);
    }
    assert_eq!(states, [false, true, false, true, false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_has_just_started_lists_the_same_as_the_one_that_took_in_each_change() {
    async fn listed(portal: &TestPortal) -> Vec<x509_cert::crl::RevokedCert> {
        // Old enough that a new list is made.
        portal.clock.advance(chrono::TimeDelta::hours(2));
        let list = CertificateList::from_der(&fetched(portal, "/crl/issuing-ca.crl").await).expect("a CRL");
        list.tbs_cert_list.revoked_certificates.unwrap_or_default()
    }
    let portal = TestPortal::practice().await;
    assert!(listed(&portal).await.is_empty());
    let mut employees = Vec::new();
    for _ in 0..4 {
        employees.push(portal.declared().await);
    }
    for (employee, device) in &employees[..3] {
        assert!(portal.suspend(employee, device).await.status().is_success());
        listed(&portal).await;
    }
    portal.reinstate(&employees[0].0).await.expect("reinstated");
    portal.revoke(employees[1].0.serial(), RevocationReason::Superseded, &[]).await.expect("revoked");
    portal.revoke(employees[3].0.serial(), RevocationReason::KeyCompromise, &[]).await.expect("revoked");
    let taken_in = listed(&portal).await;
    assert_eq!(taken_in.len(), 3);
    let portal = portal.restart().await;
    assert_eq!(listed(&portal).await, taken_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_ahead_for_a_while_takes_nobody_off_the_lists() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let listed = || async {
        let list = CertificateList::from_der(&fetched(&portal, "/crl/issuing-ca.crl").await).expect("a CRL");
        list.tbs_cert_list.revoked_certificates.unwrap_or_default().len()
    };
    portal.revoke(employee.serial(), RevocationReason::Superseded, &[]).await.expect("revoked");
    assert_eq!(listed().await, 1);
    // Four years ahead: the certificate has ended, and is on no list that is made then but the first.
    let ahead = chrono::TimeDelta::days(4 * 365);
    portal.clock.advance(ahead);
    assert_eq!(listed().await, 1);
    portal.clock.advance(chrono::TimeDelta::hours(2));
    assert_eq!(listed().await, 0);
    portal.clock.advance(-ahead);
    assert_eq!(listed().await, 1, "it has not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_list_starts_from_the_oldest_complete_list_that_may_still_be_relied_on() {
    use pki::UnverifiedRevocationList;
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    fetched(&portal, "/crl/issuing-ca.crl").await;
    portal.suspend(&employee, &device).await;
    let entries = || async {
        let delta = fetched(&portal, "/crl/issuing-ca-delta.crl").await;
        UnverifiedRevocationList::from_der(delta).expect("a list").entry_count()
    };
    assert_eq!(entries().await, 1);
    portal.clock.advance(chrono::TimeDelta::hours(25));
    assert_eq!(entries().await, 0, "every list that does not know it has expired: the next ones start from themselves");
    assert_eq!(
        fetched(&portal, "/crl/issuing-ca-delta.crl").await,
        fetched(&portal, "/crl/issuing-ca-delta.crl").await
    );
}

async fn crl_of_root(openssl: &OpenSsl, portal: &TestPortal) {
    openssl.file("root.crl", fetched(portal, "/crl/root-ca.crl").await);
    let said = openssl.run(&["crl", "-inform", "DER", "-in", "root.crl", "-CAfile", "root.pem", "-noout"]);
    assert!(said.contains("verify OK"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_list_gets_a_new_number_when_something_has_happened_and_only_then() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let list = || async {
        let list = CertificateList::from_der(&fetched(&portal, "/crl/issuing-ca.crl").await).expect("a CRL");
        let number = list.tbs_cert_list.crl_extensions.into_iter().flatten();
        let mut number = number.filter(|one| one.extn_id == <CrlNumber as const_oid::AssociatedOid>::OID);
        let number = number.next_back().expect("a CRL number").extn_value.as_bytes().to_vec();
        (u32::from_der(&number).expect("a number"), list.tbs_cert_list.revoked_certificates.unwrap_or_default())
    };
    let (first, entries) = list().await;
    assert!(entries.is_empty());
    assert_eq!(list().await.0, first, "nothing has happened");
    portal.suspend(&employee, &device).await;
    let (second, entries) = list().await;
    assert!(second > first);
    assert_eq!(hex::encode(entries[0].serial_number.as_bytes()), employee.serial());
    portal.clock.advance(chrono::TimeDelta::hours(2));
    assert!(list().await.0 > second, "an old list is made anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ocsp_answer_gives_the_nonce_back_and_does_without_one() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    for nonce in [None, Some(vec![7; 32]), Some(vec![1]), Some(vec![9; 128])] {
        let answer = basic(&post(&portal, ask(&employee, employee.serial(), nonce.clone())).await);
        let given = answer.nonce().map(|nonce| nonce.0.as_bytes().to_vec());
        assert_eq!(given, nonce);
        assert!(matches!(answer.tbs_response_data.responses[0].cert_status, CertStatus::Good(Null)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ocsp_answer_is_given_until_the_certificate_stands_otherwise_or_half_its_time_is_over() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let request = ask(&employee, employee.serial(), None);
    let answer = || async { post(&portal, request.clone()).await };
    let good = answer().await;
    assert_eq!(answer().await, good, "signed once");
    assert_eq!(portal.suspend(&employee, &device).await.status(), StatusCode::OK);
    let on_hold = answer().await;
    let status = basic(&on_hold).tbs_response_data.responses[0].cert_status;
    assert!(matches!(status, CertStatus::Revoked(_)), "no answer from before is given");
    assert_eq!(answer().await, on_hold);
    portal.reinstate(&employee).await.expect("reinstated");
    let good_again = answer().await;
    assert!(matches!(basic(&good_again).tbs_response_data.responses[0].cert_status, CertStatus::Good(Null)));

    // Past half of its time it is given once more, while the next one is signed.
    portal.clock.advance(chrono::TimeDelta::minutes(31));
    let given = basic(&answer().await);
    assert_eq!(given.to_der().expect("DER"), basic(&good_again).to_der().expect("DER"));
    let mut asked = 0;
    while answer().await == good_again {
        asked += 1;
        assert!(asked < 10_000, "the next answer is signed meanwhile");
    }
    // Past all of it, it is not.
    portal.clock.advance(chrono::TimeDelta::hours(2));
    let produced_at = basic(&answer().await).tbs_response_data.produced_at.0.to_unix_duration().as_secs();
    assert_eq!(i64::try_from(produced_at).expect("a time"), portal.clock.now().timestamp());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ocsp_answer_to_a_nonce_is_never_given_twice() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let request = ask(&employee, employee.serial(), Some(vec![7; 32]));
    let first = post(&portal, request.clone()).await;
    portal.clock.advance(chrono::TimeDelta::minutes(1));
    let second = post(&portal, request).await;
    let produced = |answer: &[u8]| basic(answer).tbs_response_data.produced_at.0;
    assert!(produced(&second) > produced(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_was_revoked_and_then_ended_is_on_one_list_more() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let listed = || async {
        let list = CertificateList::from_der(&fetched(&portal, "/crl/issuing-ca.crl").await).expect("a CRL");
        list.tbs_cert_list.revoked_certificates.unwrap_or_default().len()
    };
    assert_eq!(listed().await, 0);
    let end = employee.certificate().not_after();
    portal.clock.advance(end - portal.clock.now() - chrono::TimeDelta::seconds(30));
    assert_eq!(listed().await, 0, "the last list before the revocation");
    portal.revoke(employee.serial(), RevocationReason::KeyCompromise, &[]).await.expect("revoked");
    portal.clock.advance(chrono::TimeDelta::minutes(1));
    // RFC 5280 §3.3: not removed until it is on one regularly issued list beyond the certificate's end.
    assert_eq!(listed().await, 1);
    portal.clock.advance(chrono::TimeDelta::hours(2));
    assert_eq!(listed().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ocsp_answer_over_get_says_the_same() {
    use base64::Engine;
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let request = base64::engine::general_purpose::STANDARD.encode(ask(&employee, employee.serial(), None));
    let encoded = request.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for path in [request, encoded] {
        let answer = basic(&fetched(&portal, &format!("/ocsp/{path}")).await);
        assert!(matches!(answer.tbs_response_data.responses[0].cert_status, CertStatus::Good(Null)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_was_never_issued_is_unknown_and_never_good() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let answer = basic(&post(&portal, ask(&employee, "4242424242", None)).await);
    assert!(matches!(answer.tbs_response_data.responses[0].cert_status, CertStatus::Unknown(Null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portals_own_certificates_are_good() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let seal = Certificate::from_pem(&fs::read(portal.data.path().join("seal.pem")).expect("the seal"));
    let answer = basic(&post(&portal, ask(&employee, seal.expect("a certificate").serial_number(), None)).await);
    assert!(matches!(answer.tbs_response_data.responses[0].cert_status, CertStatus::Good(Null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_compromised_is_said_to_be() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let path = portal.url(&format!("/v1/certificates/{}/revocation", employee.serial()));
    let revoke = portal.client(Some(&employee)).post(path).header("content-type", "application/json");
    revoke.body(r#"{"reason":"key-compromise"}"#).send().await.expect("an answer");
    let answer = basic(&post(&portal, ask(&employee, employee.serial(), None)).await);
    let CertStatus::Revoked(info) = answer.tbs_response_data.responses[0].cert_status else {
        panic!("the certificate is revoked");
    };
    assert_eq!(info.revocation_reason, Some(CrlReason::KeyCompromise));
}

/// ITU-T X.509 on the reason `certificateHold`: the revocation that takes the place of a hold has the date of the hold.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_revoked_while_on_hold_could_not_be_relied_on_since_the_hold() {
    let portal = TestPortal::practice().await;
    let (on_hold, device) = portal.declared().await;
    let lifted = portal.employee().await;
    let suspended_at = portal::Clock::now(portal.clock.as_ref());
    for employee in [&on_hold, &lifted] {
        portal.suspend_by_authority(employee).await.expect("suspended");
    }
    portal.reinstate(&lifted).await.expect("reinstated");
    portal.clock.advance(chrono::TimeDelta::hours(5));
    let reason = RevocationReason::KeyCompromise;
    for employee in [&on_hold, &lifted] {
        portal.revoke(employee.serial(), reason, &[]).await.expect("revoked");
    }
    let revoked_at = portal::Clock::now(portal.clock.as_ref());
    let list = CertificateList::from_der(&fetched(&portal, "/crl/issuing-ca.crl").await).expect("a list");
    let list = list.tbs_cert_list.revoked_certificates.expect("entries");
    for (employee, since) in [(&on_hold, suspended_at), (&lifted, revoked_at)] {
        let since = std::time::Duration::from_secs(since.timestamp().unsigned_abs());
        let answer = basic(&post(&portal, ask(employee, employee.serial(), None)).await);
        let CertStatus::Revoked(info) = &answer.tbs_response_data.responses[0].cert_status else {
            panic!("the certificate is revoked");
        };
        assert_eq!(info.revocation_reason, Some(CrlReason::KeyCompromise));
        assert_eq!(info.revocation_time.0.to_unix_duration(), since);
        let serial = hex::decode(employee.serial()).expect("hexadecimal");
        let entry = list.iter().find(|entry| entry.serial_number.as_bytes() == serial).expect("an entry");
        assert_eq!(entry.revocation_date.to_unix_duration(), since);
    }
    assert_eq!(portal.me(&device).await.certificate.since, revoked_at, "the employee is told when it was revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_runs_for_years_answers_with_a_responder_certificate_that_holds() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        for _ in 0..2 {
            let answer = basic(&post(&portal, ask(&employee, employee.serial(), None)).await);
            let responder = &answer.certs.as_ref().expect("the responder's certificate")[0];
            let responder = Certificate::from_der(&responder.to_der().expect("DER")).expect("a certificate");
            let now = portal::Clock::now(portal.clock.as_ref());
            assert!(responder.not_before() <= now && responder.not_after() > now + chrono::TimeDelta::days(59));
            let data = answer.tbs_response_data.to_der().expect("DER");
            let (key, algorithm) = (responder.subject_public_key_info(), pki::SignatureAlgorithm::RsaPssSha256);
            pki::verify_signature(key, algorithm, &data, answer.signature.raw_bytes()).expect("the signature holds");
            seen.insert(responder.serial_number().to_owned());
        }
        portal.clock.advance(chrono::TimeDelta::days(200));
    }
    assert_eq!(seen.len(), 3, "a new one only when the old one soon expires");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_ocsp_request_is_answered_as_one() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    for request in [
        b"nonsense".to_vec(),
        Vec::new(),
        ask(&employee, employee.serial(), Some(Vec::new())),
        ask(&employee, employee.serial(), Some(vec![1; 129])),
    ] {
        let answer = OcspResponse::from_der(&post(&portal, request).await).expect("an OCSP response");
        assert_eq!(answer.response_status, OcspResponseStatus::MalformedRequest);
    }
}

async fn post(portal: &TestPortal, request: Vec<u8>) -> Vec<u8> {
    let response = portal
        .anonymous()
        .post(portal.status_url("/ocsp"))
        .header("content-type", "application/ocsp-request")
        .body(request)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/ocsp-response");
    response.bytes().await.expect("a body").to_vec()
}

pub(crate) fn basic(answer: &[u8]) -> BasicOcspResponse {
    let answer = OcspResponse::from_der(answer).expect("an OCSP response");
    assert_eq!(answer.response_status, OcspResponseStatus::Successful);
    let bytes = answer.response_bytes.expect("a basic response");
    BasicOcspResponse::from_der(bytes.response.as_bytes()).expect("a basic response")
}

/// A request about one serial number of the employee's issuer.
pub(crate) fn ask(employee: &Employee, serial: &str, nonce: Option<Vec<u8>>) -> Vec<u8> {
    let issuer = x509_cert::Certificate::from_der(employee.chain[1].der()).expect("the issuing CA").tbs_certificate;
    let hash = |bytes: &[u8]| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        OctetString::new(digest.as_ref()).expect("a hash")
    };
    let req_cert = CertId {
        hash_algorithm: spki::AlgorithmIdentifierOwned { oid: SHA256, parameters: None },
        issuer_name_hash: hash(&issuer.subject.to_der().expect("a name")),
        issuer_key_hash: hash(issuer.subject_public_key_info.subject_public_key.raw_bytes()),
        serial_number: SerialNumber::new(&hex::decode(serial).expect("hexadecimal")).expect("a serial number"),
    };
    let request_extensions = nonce.map(|nonce| {
        let value = OctetString::new(nonce).expect("a nonce").to_der().expect("a nonce");
        vec![Extension { extn_id: NONCE, critical: false, extn_value: OctetString::new(value).expect("a nonce") }]
    });
    OcspRequest {
        tbs_request: TbsRequest {
            version: Version::V1,
            requestor_name: None,
            request_list: vec![Request { req_cert, single_request_extensions: None }],
            request_extensions,
        },
        optional_signature: None,
    }
    .to_der()
    .expect("a request")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
