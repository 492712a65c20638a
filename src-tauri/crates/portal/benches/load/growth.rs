//! What the portal does at every size of its database, on SQLite and on PostgreSQL: whether a step costs more the more there
//! are. The rows that stand for the others are written by SQL; what is measured goes through the running portal.

use crate::Failure;
use crate::people::{Key, Person, enrol, expect, invite, request, suspend};
use crate::process::Process;
use crate::rows::{Row, median, milliseconds};
use crate::status;
use crate::support::database::Server;
use crate::support::{DEVICE_NAME, Employee, EmployeeKey, Invited, certificates, client_at, json, with_issuing_ca};
use portal_api::DeviceRegistration;
use reqwest::StatusCode;
use rustls::time_provider::DefaultTimeProvider;
use sqlx::{ConnectOptions, Connection};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

/// How often each step is measured at each size.
const TIMES: usize = 40;
/// Of these steps.
const STEPS: [&str; 5] =
    ["issue", "suspend", "OCSP answer that is signed now", "new revocation list", "search by name"];

type Medians = [f64; STEPS.len()];

pub async fn measure(most: u32) -> Result<Vec<Row>, Failure> {
    let sizes: Vec<u32> = [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= most).collect();
    let server = Server::start(&[]);
    let mut rows = Vec::new();
    for url in [None, Some(server.new_database())] {
        let name = if url.is_some() { "PostgreSQL" } else { "SQLite" };
        let mut portal = Process::start(url.as_deref())?;
        let person = Person::enrol(&portal, Key::generate()?).await?;
        let (id, document) = person.declaration()?;
        expect(person.submit(&portal, id, document).await?, StatusCode::CREATED)?;
        let mut curve: Vec<(u32, Medians)> = Vec::new();
        let mut there = 0;
        for size in &sizes {
            let database = url.clone().unwrap_or_else(|| format!("sqlite:{}/portal.sqlite", portal.data().display()));
            fill(&database, there, *size).await?;
            there = *size;
            // As after any night: nothing is left in the portal's memory.
            portal = portal.start_again(url.as_deref())?;
            let medians = steps(&portal, &person).await?;
            eprintln!("  {name}, {size} certificates: {STEPS:?} {medians:.2?} ms");
            curve.push((*size, medians));
        }
        let (Some(first), Some(last)) = (curve.first(), curve.last()) else { continue };
        for (place, step) in STEPS.iter().enumerate() {
            // A list is as long as what belongs on it.
            let grows = *step == "new revocation list";
            rows.push(Row {
                what: format!("{step}, {} certificates, {name}", last.0),
                unit: "ms",
                ours: last.1[place],
                peer: Some(first.1[place]),
                peer_name: Some(format!("with {}{}", first.0, between(&curve, place))),
                ratio_limit: (!grows).then_some(2.0),
                ..Row::default()
            });
        }
    }
    Ok(rows)
}

/// What lies between the ends of the curve.
fn between(curve: &[(u32, Medians)], place: usize) -> String {
    let inner = curve.get(1..curve.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().map(|(size, medians)| format!("; {size}: {:.2} ms", medians[place])).collect()
}

async fn steps(portal: &Process, person: &Person) -> Result<Medians, Failure> {
    let [mut issued, mut suspended, mut answered, mut listed, mut found] = [const { Vec::new() }; STEPS.len()];
    let folder = tempfile::tempdir()?;
    let searching = client_at(&portal.anchor, Arc::new(DefaultTimeProvider), Some(person.identity()));
    for round in 0..TIMES {
        let key = EmployeeKey::generate();
        let (invited, request) = (invite(portal).await?, request(&key)?);
        let began = Instant::now();
        let answer = enrol(portal, &invited, &request).await?;
        issued.push(milliseconds(began.elapsed()));
        let invited = Invited { reference: invited.reference, code: invited.code };
        let employee = Employee { invited, key, chain: with_issuing_ca(certificates(answer).await, portal.data()) };

        let client = client_at(&portal.anchor, Arc::new(DefaultTimeProvider), Some(employee.identity()));
        let registration = client.put(portal.url(&format!("/v1/certificates/{}/device", employee.serial())));
        let registration = registration.json(&serde_json::json!({ "device_name": DEVICE_NAME })).send().await?;
        let device: DeviceRegistration = json(expect(registration, StatusCode::OK)?).await;
        let began = Instant::now();
        suspend(&portal.anybody, portal, employee.serial(), &device.device_token).await?;
        suspended.push(milliseconds(began.elapsed()));

        let question = status::request(folder.path(), &employee.chain[1], employee.serial())?;
        let ask = portal.anybody.post(portal.status_url("/ocsp")).header("content-type", "application/ocsp-request");
        let began = Instant::now();
        expect(ask.body(question).send().await?, StatusCode::OK)?.bytes().await?;
        answered.push(milliseconds(began.elapsed()));

        let began = Instant::now();
        let list = portal.anybody.get(portal.status_url("/crl/issuing-ca.crl")).send().await?;
        expect(list, StatusCode::OK)?.bytes().await?;
        // The first list after a start reads everything that belongs on it; said, and not counted.
        if round == 0 {
            eprintln!("  the first list: {:.1} ms", milliseconds(began.elapsed()));
        } else {
            listed.push(milliseconds(began.elapsed()));
        }

        // Of one whom the rows have once, however many there are.
        let search = searching.get(portal.url("/v1/directory?name=%C3%98vebruger%20Eksempel7"));
        let began = Instant::now();
        expect(search.send().await?, StatusCode::OK)?.bytes().await?;
        found.push(milliseconds(began.elapsed()));
    }
    Ok([&mut issued, &mut suspended, &mut answered, &mut listed, &mut found].map(|values| median(values)))
}

/// Adds the employees, invitations, certificates and events with the numbers from `from` up to `to`. Of each hundred
/// certificates one is suspended and one is revoked.
async fn fill(url: &str, from: u32, to: u32) -> Result<(), Failure> {
    let on_postgresql = url.starts_with("postgres");
    let (hexadecimal, bytes, random) = if on_postgresql {
        (
            "lpad(to_hex(MIXED), 8, '0')",
            "convert_to(TEXT, 'UTF8')",
            "decode(md5(random()::text) || md5(random()::text), 'hex')",
        )
    } else {
        ("printf('%08x', MIXED)", "CAST(TEXT AS BLOB)", "randomblob(32)")
    };
    // Spread over the index as random serial numbers are.
    let spread = hexadecimal.replace("MIXED", "(CAST(i AS BIGINT) * 2654435761) % 4294967296");
    let as_bytes = |text: &str| bytes.replace("TEXT", text);
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to})");
    let now = chrono::Utc::now().timestamp();
    let id = format!("({spread} || '-0000-4000-8000-000000000000')");
    let serial = format!("('5' || {spread} || '00000000000000000000000')");
    let statements = [
        format!(
            "{numbers} INSERT INTO employee (id, given_name, surname, common_name, email, organisation, cvr, authority_name, \
             personal_number_sealed, personal_number_hash, created_at, activated_at) SELECT {id}, 'Øvebruger', \
             'Eksempel' || i, 'Øvebruger Eksempel' || i, 'x@example.org', 'Øvelseskommune Å', '12345678', 'It', {}, {}, \
             {now}, {now} FROM n",
            as_bytes("'sealed'"),
            as_bytes(&spread),
        ),
        format!(
            "{numbers} INSERT INTO certificate (serial_number, kind, employee_id, public_key_sha256, der, not_before, \
             not_after, state, reason, since) SELECT {serial}, 'employee', {id}, {}, {}, {now}, {now} + 90000000 + i % 1000, \
             CASE i % 100 WHEN 0 THEN 'suspended' WHEN 1 THEN 'revoked' ELSE 'active' END, \
             CASE i % 100 WHEN 1 THEN 'superseded' END, {now} FROM n",
            as_bytes(&format!("('key' || {spread})")),
            as_bytes(&format!("'{}'", "certificate ".repeat(100))),
        ),
        format!(
            "{numbers} INSERT INTO invitation (reference, employee_id, practice, code_salt, code_hash, created_at, expires_at, \
             serial_number) SELECT 'AMP' || upper({spread}), {id}, {}, {}, {}, {now}, {now}, {serial} FROM n",
            if on_postgresql { "true" } else { "1" },
            as_bytes("'salt'"),
            as_bytes("'hash'"),
        ),
        format!(
            "{numbers} INSERT INTO event (at, kind, reference, serial_number, actor) SELECT {now}, 'issued', \
             'AMP' || upper({spread}), {serial}, 'invitation' FROM n"
        ),
        format!(
            "INSERT INTO event_link (event_id, hash, payload_commitment, payload_salt) SELECT id, {random}, {random}, {random} \
             FROM event WHERE id > (SELECT COALESCE(MAX(event_id), 0) FROM event_link)"
        ),
        "ANALYZE".to_owned(),
    ];
    let mut on_sqlite = None;
    let mut on_server = None;
    if on_postgresql {
        on_server = Some(sqlx::postgres::PgConnectOptions::from_str(url)?.connect().await?);
    } else {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(url)?;
        on_sqlite = Some(options.pragma("synchronous", "OFF").connect().await?);
    }
    for statement in statements {
        let statement = sqlx::AssertSqlSafe(statement);
        if let Some(connection) = &mut on_server {
            sqlx::query(statement).execute(connection).await?;
        } else if let Some(connection) = &mut on_sqlite {
            sqlx::query(statement).execute(connection).await?;
        }
    }
    if let Some(connection) = on_server {
        connection.close().await?;
    }
    if let Some(connection) = on_sqlite {
        connection.close().await?;
    }
    Ok(())
}
