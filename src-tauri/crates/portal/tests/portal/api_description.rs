//! The portal tried by its own description: schemathesis makes requests from `/openapi.json`, right ones and wrong ones, with
//! the methods that an address has and with others, and holds each answer against what is written there.

use crate::client::{computer, declare, enrolled};
use crate::support::program::{RunningProgram, done, portal, skip};
use crate::support::{EmployeeKey, folder_with_keys, order};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lifecycle::ports::Portal as _;
use pki::{Certificate, TrustAnchor};
use portal::SystemClock;
use portal_client::PortalClient;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const SETTINGS: &str = include_str!("api_description/schemathesis.toml");
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/portal/api_description/hooks.py");
const REVOCATION: &str = "/v1/certificates/{serial}/revocation";

/// The portal, and the program that tries it.
struct Trial {
    program: RunningProgram,
    schemathesis: PathBuf,
    data: TempDir,
    client: PortalClient,
}

/// Who calls.
struct Caller<'a> {
    /// A folder of its own.
    name: &'static str,
    /// Beside the settings that all have: parameters and secrets, which so stand in no command line.
    settings: String,
    arguments: Vec<String>,
    /// The body of a certification request.
    key: &'a EmployeeKey,
    declaration: &'a [u8],
}

impl Trial {
    /// None where schemathesis is not there.
    fn start() -> Option<Self> {
        let Some(pyhanko) = std::env::var_os("PYHANKO") else {
            skip("PYHANKO names no program, beside which schemathesis would be (run `make test`)");
            return None;
        };
        let schemathesis = Path::new(&pyhanko).with_file_name("schemathesis");
        if !schemathesis.is_file() {
            skip(&format!("{} is not there (run `make test`)", schemathesis.display()));
            return None;
        }
        let data = folder_with_keys();
        let program = RunningProgram::start([Path::new("--data"), data.path()]);
        let anchor = fs::read(&program.ready.trust_anchor).expect("the trust anchor's file");
        let anchor = TrustAnchor::from_pem(&anchor).expect("a trust anchor");
        let client = PortalClient::new(&program.ready.portal, &[anchor]).expect("a client");
        Some(Self { program, schemathesis, data, client })
    }

    async fn invite(&self) -> portal::Invited {
        portal::invite(self.data.path(), None, &SystemClock, &order()).await.expect("invited")
    }

    /// Makes the requests, and returns to which operations how many were accepted that follow the description.
    fn run(&self, caller: &Caller<'_>) -> BTreeMap<String, u64> {
        let folder = self.data.path().join(caller.name);
        fs::create_dir(&folder).expect("a folder");
        self.write_bodies(caller, &folder);
        fs::write(folder.join("schemathesis.toml"), [SETTINGS, &caller.settings].concat()).expect("a file");
        let ended = Command::new(&self.schemathesis)
            .args(["--config-file", "schemathesis.toml", "--no-color", "run"])
            .arg(self.program.url("/openapi.json"))
            .args(["--report", "json", "--report-json-path", "report.json"])
            .args(&caller.arguments)
            .env("PORTAL_URL", &self.program.ready.portal)
            .env("PORTAL_TRUST_ANCHOR", &self.program.ready.trust_anchor)
            .env("PORTAL_HOOKS", HOOKS)
            .env("PORTAL_BODIES", &folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NO_PROXY", "127.0.0.1")
            .current_dir(&folder)
            .output()
            .expect("schemathesis runs");
        let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
        assert!(ended.status.success(), "as {}: {said}", caller.name);
        let report = fs::read(folder.join("report.json")).expect("a report");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        let rates = report["valid_rates"].as_object().expect("rates").iter();
        rates
            .map(|(operation, phases)| {
                let phases = phases.as_object().expect("phases").values();
                (operation.clone(), phases.map(|phase| phase["accepted"].as_u64().expect("a count")).sum())
            })
            .collect()
    }

    /// Right bodies, those that are no JSON, made by OpenSSL where it can.
    fn write_bodies(&self, caller: &Caller<'_>, folder: &Path) {
        fs::write(folder.join("request.p10"), caller.key.request()).expect("a file");
        fs::write(folder.join("declaration.pdf"), caller.declaration).expect("a file");
        let openssl = |arguments: &[&str]| done(Command::new("openssl").args(arguments).current_dir(folder), b"");
        fs::write(folder.join("issuing.pem"), fs::read(self.data.path().join("issuing-ca.pem")).expect("a CA"))
            .expect("a file");
        openssl(&["ocsp", "-issuer", "issuing.pem", "-serial", "0x4f", "-no_nonce", "-reqout", "request.ocsp"]);
        openssl(&["ts", "-query", "-data", "issuing.pem", "-sha256", "-cert", "-out", "request.tsq"]);
    }

    /// What shows this certificate.
    fn identity(&self, name: &str, chain: &[Certificate], key: &EmployeeKey) -> Vec<String> {
        let pem = |label: &str, der: &[u8]| {
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
        };
        let mut both = pem("PRIVATE KEY", key.pkcs8.secret_pkcs8_der());
        for certificate in chain {
            both.push_str(&pem("CERTIFICATE", certificate.der()));
        }
        let path = self.data.path().join(format!("{name}.pem"));
        fs::write(&path, both).expect("a file");
        vec!["--request-cert".to_owned(), path.to_string_lossy().into_owned()]
    }
}

fn with(mut arguments: Vec<String>, more: &[&str]) -> Vec<String> {
    arguments.extend(more.iter().map(ToString::to_string));
    arguments
}

/// Asserts that requests to these operations were accepted: else the answers that matter were not looked at.
fn accepted(rates: &BTreeMap<String, u64>, operations: &[&str]) {
    for operation in operations {
        assert!(rates.get(*operation).is_some_and(|accepted| *accepted > 0), "{operation}: {rates:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_nothing_is_answered_as_the_description_says() {
    let Some(trial) = Trial::start() else { return };
    let key = EmployeeKey::generate();
    let nobody =
        Caller { name: "nobody", settings: String::new(), arguments: Vec::new(), key: &key, declaration: b"%PDF-1.7" };
    let rates = trial.run(&nobody);
    accepted(
        &rates,
        &["GET /v1/capabilities", "GET /v1/terms", "POST /v1/practice/invitations", "POST /ocsp", "POST /tsa"],
    );
    accepted(
        &rates,
        &["GET /ocsp/{request}", "GET /crl/issuing-ca.crl", "GET /.well-known/est/cacerts", "GET /readyz"],
    );
    for (operation, accepted) in &rates {
        let is_open = !operation.contains("/v1/")
            || ["capabilities", "terms", "practice"].iter().any(|open| operation.contains(open));
        let is_open = is_open && !operation.contains("enroll");
        assert!(is_open || *accepted == 0, "{operation} was open to nobody in particular");
    }
    trial.program.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employee_with_a_certificate_is_answered_as_the_description_says() {
    let Some(trial) = Trial::start() else { return };
    let (key, mut identity) = enrolled(&trial.client, &trial.invite().await).await;
    let device = trial.client.register_device(&identity, &computer("Øvelsesplads 7", Vec::new())).await;
    identity.device_token = Some(device.expect("registered").token);
    let (id, document) = declare(&trial.client, &identity).await;
    let shown = trial.identity("employee", &identity.chain, &key);
    let serial = identity.chain[0].serial_number();
    // Without its token, a request still comes over the connection that shows the certificate: that is no way in.
    let parameters = format!(
        "[checks.ignored_auth]\nenabled = false\n[parameters]\n\"path.serial\" = \"{serial}\"\n\
         \"path.id\" = \"{id}\"\n\"header.Idempotency-Key\" = \"{id}\"\n"
    );
    let next_key = EmployeeKey::generate();
    let mut caller = Caller {
        name: "employee",
        settings: parameters,
        // What is revoked can do nothing more: that comes last.
        arguments: with(shown, &["--exclude-path", REVOCATION]),
        key: &next_key,
        declaration: &document,
    };
    let rates = trial.run(&caller);
    accepted(&rates, &["POST /v1/session", "GET /v1/directory/me", "GET /v1/directory", "POST /v1/declarations"]);
    accepted(&rates, &["GET /v1/declarations/{id}/receipt", "PUT /v1/certificates/{serial}/device"]);
    accepted(&rates, &["POST /.well-known/est/simplereenroll"]);

    caller.name = "employee-at-the-end";
    caller.arguments = with(trial.identity("employee", &identity.chain, &key), &["--include-path", REVOCATION]);
    accepted(&trial.run(&caller), &["POST /v1/certificates/{serial}/revocation"]);
    trial.program.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_with_its_token_and_codes_is_answered_as_the_description_says() {
    let Some(trial) = Trial::start() else { return };
    let invited = trial.invite().await;
    let (key, identity) = enrolled(&trial.client, &invited).await;
    let device = trial.client.register_device(&identity, &computer("Øvelsesplads 7", Vec::new())).await;
    let device = device.expect("registered");
    let settings = format!(
        "[parameters]\n\"path.serial\" = \"{}\"\n[auth.openapi.device]\nbearer = \"{}\"\n\
         [auth.openapi.invitation]\nusername = \"{reference}\"\npassword = \"{}\"\n\
         [auth.openapi.revocation-code]\nusername = \"{reference}\"\npassword = \"{}\"\n",
        identity.chain[0].serial_number(),
        device.token.expose(),
        invited.code.as_str(),
        device.revocation_code.expose(),
        reference = invited.reference,
    );
    let arguments = with(Vec::new(), &["--exclude-path-regex", "revocation"]);
    let mut caller = Caller { name: "computer", settings, arguments, key: &key, declaration: b"%PDF-1.7" };
    let rates = trial.run(&caller);
    accepted(
        &rates,
        &["GET /v1/me", "GET /v1/invitation", "POST /.well-known/est/simpleenroll", "POST /v1/suspension"],
    );
    accepted(&rates, &["POST /v1/certificates/{serial}/suspension"]);

    caller.name = "computer-at-the-end";
    caller.arguments = with(Vec::new(), &["--include-path-regex", "^/v1/(certificates/.*/)?revocation"]);
    accepted(&trial.run(&caller), &["POST /v1/certificates/{serial}/revocation", "POST /v1/revocation"]);
    trial.program.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_registration_authority_is_answered_as_the_description_says() {
    let Some(trial) = Trial::start() else { return };
    let (key, identity) = enrolled(&trial.client, &trial.invite().await).await;
    let out = trial.data.path().join("lra");
    let password = b"et langt kodeord";
    let mut issue = portal();
    issue.args(["lra", "issue", "--organisation", "Øvelseskommune Å", "--cvr", "12345678"]);
    issue.args(["--name", "Øvebruger Eksempel", "--email", "lra@example.org", "--out"]).arg(&out);
    done(issue.arg("--data").arg(trial.data.path()), password);
    let mut open = Command::new("openssl");
    open.args(["pkcs8", "-passin", "stdin", "-in"]).arg(out.join("lra.key"));
    let mut both = done(&mut open, password);
    both.extend(fs::read(out.join("lra.pem")).expect("a certificate"));
    fs::write(out.join("both.pem"), both).expect("a file");
    let arguments = vec!["--request-cert".to_owned(), out.join("both.pem").to_string_lossy().into_owned()];
    let mut caller = Caller {
        name: "authority",
        settings: format!("[parameters]\n\"path.serial\" = \"{}\"\n", identity.chain[0].serial_number()),
        arguments: with(arguments.clone(), &["--include-tag", "lra", "--exclude-path-regex", "revocation"]),
        key: &key,
        declaration: b"%PDF-1.7",
    };
    let rates = trial.run(&caller);
    accepted(&rates, &["GET /v1/lra/certificates/{serial}", "POST /v1/lra/certificates/{serial}/suspension"]);
    accepted(&rates, &["POST /v1/lra/certificates/{serial}/reinstatement"]);
    caller.name = "authority-at-the-end";
    caller.arguments = with(arguments, &["--include-path-regex", "^/v1/lra/.*/revocation"]);
    accepted(&trial.run(&caller), &["POST /v1/lra/certificates/{serial}/revocation"]);
    trial.program.end();
}
