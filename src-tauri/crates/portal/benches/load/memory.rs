//! Memory in the course of minutes under a mixed load: new employees, suspensions, lists, status, declarations that are
//! refused, receipts that are asked for again.

use crate::Failure;
use crate::people::{Key, Person, enrol, expect, invite, request, suspend};
use crate::process::Process;
use crate::rows::{Row, median};
use crate::status;
use crate::support::{EmployeeKey, certificates, with_issuing_ca};
use reqwest::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const AT_ONCE: usize = 4;
/// Suspensions before each new look at the lists.
const BETWEEN_LISTS: u32 = 20;

pub async fn measure(minutes: u32) -> Result<Vec<Row>, Failure> {
    let portal = Arc::new(Process::start(None)?);
    let person = Arc::new(Person::enrol(&portal, Key::generate()?).await?);
    let (id, document) = person.declaration()?;
    expect(person.submit(&portal, id, document.clone()).await?, StatusCode::CREATED)?;
    let end = Instant::now() + Duration::from_secs(u64::from(minutes) * 60);
    let rounds = Arc::new(AtomicU32::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (portal, person, document) = (Arc::clone(&portal), Arc::clone(&person), document.clone());
        let rounds = Arc::clone(&rounds);
        workers.spawn(async move {
            while Instant::now() < end {
                round(&portal, &person, id, &document, rounds.fetch_add(1, Ordering::Relaxed)).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    let mut samples = Vec::new();
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_secs(1)).await;
        samples.push(portal.resident_mebibytes()?);
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let rounds = rounds.load(Ordering::Relaxed);
    // The first fifth is warming up: caches fill, connections of the pool are made.
    let fifth = samples.len() / 5;
    let (early, late) = (median(&mut samples[fifth..2 * fifth].to_vec()), median(&mut samples[4 * fifth..].to_vec()));
    Ok(vec![Row {
        what: format!("memory in the last fifth of {minutes} minutes under load ({rounds} rounds)"),
        unit: "MiB",
        ours: late,
        peer: Some(early),
        peer_name: Some("its second fifth".into()),
        ratio_limit: Some(1.1),
        ..Row::default()
    }])
}

async fn round(portal: &Process, person: &Person, id: uuid::Uuid, document: &[u8], number: u32) -> Result<(), Failure> {
    let key = EmployeeKey::generate();
    let invited = invite(portal).await?;
    let chain = certificates(enrol(portal, &invited, &request(&key)?).await?).await;
    let chain = with_issuing_ca(chain, portal.data());
    let employee = crate::support::Employee {
        invited: crate::support::Invited { reference: invited.reference, code: invited.code },
        key,
        chain,
    };
    let client = crate::support::client_at(
        &portal.anchor,
        Arc::new(rustls::time_provider::DefaultTimeProvider),
        Some(employee.identity()),
    );
    let path = format!("/v1/certificates/{}/device", employee.serial());
    let registration = client.put(portal.url(&path)).json(&serde_json::json!({ "device_name": "Øvelsesplads 7" }));
    let registration = expect(registration.send().await?, StatusCode::OK)?;
    let device: portal_api::DeviceRegistration = crate::support::json(registration).await;
    suspend(&portal.anybody, portal, employee.serial(), &device.device_token).await?;
    let folder = tempfile::tempdir()?;
    let question = status::request(folder.path(), &employee.chain[1], employee.serial())?;
    for _ in 0..3 {
        let ask = portal.anybody.post(portal.status_url("/ocsp")).header("content-type", "application/ocsp-request");
        expect(ask.body(question.clone()).send().await?, StatusCode::OK)?.bytes().await?;
    }
    if number.is_multiple_of(BETWEEN_LISTS) {
        let list = portal.anybody.get(portal.status_url("/crl/issuing-ca.crl")).send().await?;
        expect(list, StatusCode::OK)?.bytes().await?;
    }
    // The same again: the same receipt; another document: refused after all of the verification.
    let again = person.submit(portal, id, document.to_vec()).await?;
    expect(again, StatusCode::OK)?.bytes().await?;
    let mut changed = document.to_vec();
    let place = changed.len() / 2;
    changed[place] ^= 1;
    let refused = person.submit(portal, uuid::Uuid::now_v7(), changed).await?;
    if refused.status().is_success() || refused.status().is_server_error() {
        return Err(format!("a changed declaration is answered {}", refused.status()).into());
    }
    Ok(())
}
