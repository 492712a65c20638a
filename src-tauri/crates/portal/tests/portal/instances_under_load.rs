//! Three instances, each a process, over one PostgreSQL server that writes to the disk before it answers. One is killed in
//! the middle of the load: nothing that was answered is lost, and nothing is there twice.

use crate::instances::number;
use crate::status::{ask, basic};
use crate::support::database::{Database, Server};
use crate::support::{
    DEVICE_NAME, Employee, EmployeeKey, Invited, certificates, client_at, folder_with_keys, json, with_issuing_ca,
};
use der::Decode;
use pki::TrustAnchor;
use portal_api::{DeviceRegistration, PracticeInvitation, Ready};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rustls::time_provider::DefaultTimeProvider;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::CrlReason;
use x509_ocsp::CertStatus;

/// How many work at the same time, and what each of them does.
const WORKERS: usize = 5;
const EMPLOYEES_EACH: usize = 5;
/// After how many employees an instance is killed.
const KILLED_AFTER: usize = 8;

/// Starts an instance; it runs until the child is killed or its standard input ends.
fn start(data: &Path, url: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_portal"))
        .args(["serve", "--practice", "--exit-with-stdin", "--database", url, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("an instance starts")
}

/// A client whose time is the computer's, as that of the instances is.
fn client(anchor: &TrustAnchor, employee: Option<&Employee>) -> Client {
    client_at(anchor, Arc::new(DefaultTimeProvider), employee.map(Employee::identity))
}

fn ready(instance: &mut Child) -> Ready {
    let mut line = String::new();
    BufReader::new(instance.stdout.as_mut().expect("standard output")).read_line(&mut line).expect("a line");
    serde_json::from_str(&line).expect("one line of JSON")
}

/// The instances behind a load balancer that passes over those that do not answer.
struct Instances {
    addresses: Vec<Ready>,
    anchor: TrustAnchor,
    anybody: Client,
    ended: [AtomicBool; 3],
    employees: AtomicUsize,
    time_to_kill: Notify,
    done: AtomicBool,
    /// Every list that was seen, by its number.
    lists: Mutex<BTreeMap<u64, Vec<u8>>>,
}

impl Instances {
    /// Asks one instance, and the next one where that does not answer.
    async fn ask(&self, first: usize, request: impl Fn(&Ready) -> RequestBuilder) -> Response {
        for place in first..first + 12 {
            // Cut off before the answer, or in it: asked again elsewhere, as every client of the portal does.
            if let Ok(answer) = request(&self.addresses[place % 3]).send().await {
                return answer;
            }
        }
        panic!("no instance answers");
    }

    async fn works(&self, worker: usize, round: usize) -> (String, String) {
        let first = worker + round;
        let invited = self.ask(first, |at| self.anybody.post(format!("{}/v1/practice/invitations", at.portal))).await;
        assert_eq!(invited.status(), StatusCode::CREATED);
        let invited: PracticeInvitation = json(invited).await;
        let key = EmployeeKey::generate();
        let request = key.request();
        let enrolled = self
            .ask(first + 1, |at| {
                let enrol = self.anybody.post(format!("{}/.well-known/est/simpleenroll", at.portal));
                let enrol = enrol.basic_auth(&invited.reference, Some(&invited.code));
                enrol.header("content-type", "application/pkcs10").body(request.clone())
            })
            .await;
        assert_eq!(enrolled.status(), StatusCode::OK);
        let data = Path::new(&self.addresses[0].trust_anchor).parent().expect("the data folder");
        let chain = with_issuing_ca(certificates(enrolled).await, data);
        let invited = Invited { reference: invited.reference, code: invited.code };
        let employee = Employee { invited, key, chain };
        let serial = employee.serial();
        let own = client(&self.anchor, Some(&employee));
        let registered = self
            .ask(first + 2, |at| {
                let register = own.put(format!("{}/v1/certificates/{serial}/device", at.portal));
                register.json(&serde_json::json!({ "device_name": DEVICE_NAME }))
            })
            .await;
        assert_eq!(registered.status(), StatusCode::OK);
        let device: DeviceRegistration = json(registered).await;
        let suspended = self
            .ask(first, |at| {
                let suspend = self.anybody.post(format!("{}/v1/certificates/{serial}/suspension", at.portal));
                suspend.bearer_auth(&device.device_token)
            })
            .await;
        assert_eq!(suspended.status(), StatusCode::OK);
        let mut judged = 0;
        for at in &self.addresses {
            judged += usize::from(self.is_on_hold(at, &employee).await);
        }
        assert!(judged >= 2, "both that go on know at once");
        if self.employees.fetch_add(1, Ordering::SeqCst) + 1 == KILLED_AFTER {
            self.time_to_kill.notify_one();
        }
        (serial.to_owned(), employee.invited.reference.replace('-', ""))
    }

    /// False where the instance does not answer.
    async fn is_on_hold(&self, at: &Ready, employee: &Employee) -> bool {
        let asked = self.anybody.post(format!("{}/ocsp", at.status)).header("content-type", "application/ocsp-request");
        let Ok(answer) = asked.body(ask(employee, employee.serial(), None)).send().await else { return false };
        let Ok(answer) = answer.bytes().await else { return false };
        let CertStatus::Revoked(info) = basic(&answer).tbs_response_data.responses[0].cert_status else {
            panic!("{} does not know of a suspension that was answered", at.status);
        };
        assert_eq!(info.revocation_reason, Some(CrlReason::CertificateHold));
        true
    }

    /// Reads the list again and again, of one instance after the other: its number never falls, and no number has two lists.
    async fn reads_lists(&self, first: usize) {
        let mut last = 0;
        let mut place = first;
        while !self.done.load(Ordering::SeqCst) {
            place += 1;
            last = self.reads_list(place, last).await.unwrap_or(last);
        }
    }

    async fn reads_list(&self, place: usize, last: u64) -> Option<u64> {
        let url = format!("{}/crl/issuing-ca.crl", self.addresses[place % 3].status);
        let answer = self.anybody.get(url).send().await.ok()?;
        assert_eq!(answer.status(), StatusCode::OK);
        let der = answer.bytes().await.ok()?.to_vec();
        let number = number(&der);
        assert!(number >= last, "list {number} was given after list {last}");
        let mut lists = self.lists.lock().expect("nobody has failed inside");
        let known = lists.entry(number).or_insert_with(|| der.clone());
        assert_eq!(*known, der, "two lists have the number {number}");
        Some(number)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_instance_that_is_killed_under_load_takes_nothing_with_it() {
    let server = Server::start(&["fsync=on"]);
    let url = server.new_database();
    let data = folder_with_keys();
    // All at once on an empty database and without certificates: one of them makes the tables, one the certificates.
    let mut children = [(); 3].map(|()| start(data.path(), &url));
    let addresses: Vec<Ready> = children.iter_mut().map(ready).collect();
    let pem = fs::read(data.path().join("trust-anchor.pem")).expect("the trust anchor");
    let anchor = TrustAnchor::from_pem(&pem).expect("a trust anchor");
    let instances = Instances {
        anybody: client(&anchor, None),
        addresses,
        anchor,
        ended: [const { AtomicBool::new(false) }; 3],
        employees: AtomicUsize::new(0),
        time_to_kill: Notify::new(),
        done: AtomicBool::new(false),
        lists: Mutex::new(BTreeMap::new()),
    };

    let mut authorities = BTreeSet::new();
    for at in &instances.addresses {
        let issuing =
            instances.anybody.get(format!("{}/ca/issuing-ca.cer", at.status)).send().await.expect("an answer");
        authorities.insert(issuing.bytes().await.expect("a body"));
    }
    assert_eq!(authorities.len(), 1, "there is one CA");

    let load = async {
        let workers = (0..WORKERS).map(|worker| {
            let instances = &instances;
            async move {
                let mut done = Vec::new();
                for round in 0..EMPLOYEES_EACH {
                    done.push(instances.works(worker, round).await);
                }
                done
            }
        });
        let done = all_of(workers).await;
        instances.done.store(true, Ordering::SeqCst);
        done.into_iter().flatten().collect::<BTreeMap<String, String>>()
    };
    let kill = async {
        instances.time_to_kill.notified().await;
        children[0].kill().expect("SIGKILL");
        children[0].wait().expect("it has ended");
        instances.ended[0].store(true, Ordering::SeqCst);
    };
    let (answered, (), (), ()) = tokio::join!(load, kill, instances.reads_lists(0), instances.reads_lists(1));
    assert_eq!(answered.len(), WORKERS * EMPLOYEES_EACH, "no serial number came twice");
    assert!(instances.ended[0].load(Ordering::SeqCst));

    let mut database = Database::at(&url).await;
    let serials: BTreeSet<&str> = answered.keys().map(String::as_str).collect();
    let mut told = async |sql: &'static str| -> Vec<String> {
        database.rows(sql, &[]).await.into_iter().flatten().flatten().collect()
    };
    let stored = told("SELECT serial_number FROM certificate WHERE kind = 'employee' AND state = 'suspended'").await;
    assert_eq!(stored.iter().map(String::as_str).collect::<BTreeSet<_>>(), serials);
    for once in [
        "SELECT serial_number FROM certificate WHERE kind = 'employee'",
        "SELECT serial_number FROM invitation WHERE serial_number IS NOT NULL",
        "SELECT serial_number FROM device",
        "SELECT serial_number FROM event WHERE kind = 'issued' AND reference IS NOT NULL",
        "SELECT serial_number FROM event WHERE kind = 'suspended'",
    ] {
        let mut found = told(once).await;
        found.sort();
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            serials.iter().copied().collect::<Vec<_>>(),
            "{once}"
        );
    }
    for (serial, reference) in &answered {
        let used = "SELECT reference FROM invitation WHERE serial_number = $1";
        assert_eq!(database.rows(used, &[serial]).await, [[Some(reference.clone())]]);
    }

    // The instance that was killed comes again, and gives the list that the others give.
    let mut again = start(data.path(), &url);
    let addresses = [ready(&mut again), instances.addresses[1].clone(), instances.addresses[2].clone()];
    let mut last = BTreeSet::new();
    for at in &addresses {
        let list = instances.anybody.get(format!("{}/crl/issuing-ca.crl", at.status)).send().await.expect("an answer");
        last.insert(list.bytes().await.expect("a body"));
    }
    let last = last.into_iter().collect::<Vec<_>>();
    assert_eq!(last.len(), 1, "all instances give one list");
    let list = CertificateList::from_der(&last[0]).expect("a list").tbs_cert_list;
    let on_list: BTreeSet<String> = list
        .revoked_certificates
        .into_iter()
        .flatten()
        .map(|entry| hex::encode(entry.serial_number.as_bytes()).trim_start_matches('0').to_owned())
        .collect();
    assert_eq!(on_list.iter().map(String::as_str).collect::<BTreeSet<_>>(), serials);
    let numbers = "SELECT number FROM issued_list ORDER BY number";
    let numbers = database.numbers(numbers, &[]).await;
    let expected = i64::try_from(number(&last[0])).expect("a number");
    assert_eq!(numbers, (1..=expected).collect::<Vec<_>>(), "every number was given, and once");

    children[0] = again;
    for child in &mut children {
        drop(child.stdin.take());
        assert!(child.wait().expect("it ends").success(), "it ends in order");
    }
}

/// Waits for all of them, side by side.
async fn all_of<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *output = Some(done),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    futures.into_iter().map(|(_, output)| output.expect("it is done")).collect()
}
