//! Declarations accepted with everything that belongs to it, beside what the processors would allow if there were nothing but
//! its parts; suspensions meanwhile.

use crate::Failure;
use crate::people::{Key, Person, expect, suspend};
use crate::process::Process;
use crate::rows::{Row, median, milliseconds, part};
use crate::support::client_at;
use chrono::Utc;
use declaration::receipt::{self, RECEIPT_FORMAT, Receipt};
use declaration::time_stamp::NONCE_BYTES;
use declaration::{Acceptance, add_time_stamp, time_stamp_request_for, verify_declaration};
use reqwest::StatusCode;
use rustls::time_provider::DefaultTimeProvider;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Clients that submit at the same time.
const AT_ONCE: usize = 8;
/// Suspensions under the load, for a hundredth part that means something.
const SUSPENSIONS: usize = 200;
/// Of which the parts are measured.
const ALONE: usize = 20;

struct Prepared {
    person: Person,
    id: Uuid,
    document: Vec<u8>,
}

pub async fn measure(count: u32) -> Result<Vec<Row>, Failure> {
    let portal = Arc::new(Process::start(None)?);
    let count = usize::try_from(count)?;
    eprintln!("  {count} employees enrol and sign");
    let mut keys = Key::generate_many(count + ALONE + SUSPENSIONS)?;
    let mut to_suspend = Vec::with_capacity(SUSPENSIONS);
    for key in keys.split_off(count + ALONE) {
        let person = Person::enrol(&portal, key).await?;
        let token = person.register(&portal).await?;
        to_suspend.push((person.serial_number().to_owned(), token));
    }
    let mut prepared = Vec::with_capacity(count + ALONE);
    for key in keys {
        let person = Person::enrol(&portal, key).await?;
        let (id, document) = person.declaration()?;
        prepared.push(Prepared { person, id, document });
    }
    let alone = parts(&portal, &prepared.split_off(count)).await?;
    let cores =
        std::thread::available_parallelism().map_or(1.0, |cores| f64::from(u32::try_from(cores.get()).unwrap_or(1)));

    eprintln!("  the load");
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let prepared = Arc::new(prepared);
    let suspending = tokio::spawn(suspensions(Arc::clone(&portal), to_suspend, Arc::clone(&done)));
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (portal, prepared, next) = (Arc::clone(&portal), Arc::clone(&prepared), Arc::clone(&next));
        workers.spawn(async move {
            while let Some(Prepared { person, id, document }) = prepared.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = person.submit(&portal, *id, document.clone()).await?;
                expect(answer, StatusCode::CREATED)?.bytes().await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let each = milliseconds(began.elapsed()) / f64::from(u32::try_from(count)?);
    done.store(true, Ordering::Relaxed);
    let mut suspended = suspending.await??;
    eprintln!("  {} suspensions under the load", suspended.len());
    Ok(vec![
        Row {
            what: "declaration accepted: verified, rendered again, receipted, on the disk".into(),
            unit: "ms",
            ours: each,
            peer: Some(alone / cores),
            peer_name: Some(format!("its parts alone, {alone:.1} ms of a processor, on all processors")),
            ratio_limit: Some(2.0),
            ..Row::default()
        },
        Row {
            what: "suspension under that load, 99 of 100".into(),
            unit: "ms",
            ours: part(&mut suspended, 0.99),
            limit: Some(250.0),
            ..Row::default()
        },
    ])
}

/// What one declaration costs in processor time, client and portal together, part by part with nothing beside it.
async fn parts(portal: &Process, samples: &[Prepared]) -> Result<f64, Failure> {
    let terms = declaration::terms::shipped();
    let anchors = [portal.anchor.clone()];
    let [mut connected, mut verified, mut receipted, mut stamped] = [const { Vec::new() }; 4];
    for Prepared { person, document, .. } in samples {
        // The handshake with both certificates, and the smallest request there is.
        let began = Instant::now();
        let alive = person.client.get(portal.url("/healthz")).send().await?;
        expect(alive, StatusCode::OK)?.bytes().await?;
        connected.push(milliseconds(began.elapsed()));

        let began = Instant::now();
        let report = verify_declaration(document, &anchors, pki::Profile::PracticeEmployee, Utc::now(), terms);
        verified.push(milliseconds(began.elapsed()));
        let acceptance = report.map_err(|report| format!("{report:?}"))?.acceptance().clone();

        let began = Instant::now();
        let receipt = receipt::issue(&receipt_of(&acceptance), &person.key, &person.chain)?;
        receipted.push(milliseconds(began.elapsed()));

        let began = Instant::now();
        let request = time_stamp_request_for(&receipt, [0x80; NONCE_BYTES])?;
        let query =
            portal.anybody.post(portal.status_url("/tsa")).header("content-type", "application/timestamp-query");
        let answer = expect(query.body(request.der().to_vec()).send().await?, StatusCode::OK)?.bytes().await?;
        add_time_stamp(&receipt, &request.verify_response(&answer, &anchors, Utc::now())?)?;
        stamped.push(milliseconds(began.elapsed()));
    }
    let [connection, verification, receipt, stamp] =
        [&mut connected, &mut verified, &mut receipted, &mut stamped].map(|values| median(values));
    eprintln!(
        "  alone: connection {connection:.2} ms, verification {verification:.2} ms, receipt {receipt:.2} ms, time-stamp {stamp:.2} ms"
    );
    Ok(connection + verification + receipt + stamp)
}

fn receipt_of(acceptance: &Acceptance) -> Receipt {
    Receipt {
        format: RECEIPT_FORMAT,
        declaration_id: acceptance.declaration_id,
        declaration_sha256: "0".repeat(64),
        certificate_serial_number: "4f".into(),
        signer: acceptance.signer.clone(),
        organisation: acceptance.organisation.clone(),
        portal: acceptance.portal.clone(),
        accepted_at: Utc::now(),
        practice: true,
    }
}

/// How long each takes until its answer is there, one after the other, for as long as the load lasts.
async fn suspensions(
    portal: Arc<Process>,
    certificates: Vec<(String, String)>,
    done: Arc<AtomicBool>,
) -> Result<Vec<f64>, Failure> {
    // As somebody who opens the app for it: a connection of its own.
    let mut took = Vec::with_capacity(certificates.len());
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    for (serial_number, token) in certificates {
        pace.tick().await;
        if done.load(Ordering::Relaxed) {
            break;
        }
        let began = Instant::now();
        let client = client_at(&portal.anchor, Arc::new(DefaultTimeProvider), None);
        suspend(&client, &portal, &serial_number, &token).await?;
        took.push(milliseconds(began.elapsed()));
    }
    Ok(took)
}
