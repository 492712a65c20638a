//! The commands for what must be done to the data: bringing its tables up to date, erasing what was kept long enough, verifying the event log, changing the key
//! of the CPR numbers.

use crate::{Store, print_line};
use clap::Args;
use portal::{ChainHead, KeyRotation, RetentionRun, SystemClock};
use std::error::Error;

#[derive(Args)]
pub(crate) struct Retention {
    #[command(flatten)]
    store: Store,
    /// Erases it. Without this it is only counted.
    #[arg(long)]
    run: bool,
    /// Counts it and erases nothing, as without --run.
    #[arg(long, conflicts_with = "run")]
    dry_run: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Migrate {
    /// --database names here the role that owns the tables, or is to own them.
    #[command(flatten)]
    store: Store,
    /// The role that `serve` and the staff's commands run under: it is given what they need, and loses what else it had of
    /// the portal's tables. PostgreSQL only.
    #[arg(long, value_name = "ROLE")]
    grant_to: Option<String>,
}

#[derive(Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    store: Store,
    /// Where the log ended at an earlier time, EVENT:HASH as this command printed it then: holds that it is still there.
    #[arg(long, value_name = "EVENT:HASH", value_parser = noted)]
    noted: Option<ChainHead>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct RotatePersonalNumberKey {
    #[command(flatten)]
    store: Store,
    /// Makes no new key: goes on with what was broken off, and wraps what instances with the earlier key have sealed since.
    #[arg(long)]
    finish: bool,
    /// As --finish; then destroys the earlier keys in this data folder. There is no way back.
    #[arg(long, conflicts_with = "finish")]
    destroy_earlier: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Brings the tables up to date.
pub(crate) async fn migrate(Migrate { store, grant_to }: Migrate) -> Result<(), Box<dyn Error>> {
    let migrated = portal::migrate(&store.data, store.database.as_deref(), grant_to.as_deref()).await?;
    print_line(&serde_json::to_string(&migrated)?)
}

/// Counts or erases what was kept for six years.
pub(crate) async fn retention(Retention { store, run, dry_run: _, json }: Retention) -> Result<(), Box<dyn Error>> {
    let run = if run { RetentionRun::Erase } else { RetentionRun::Dry };
    let retained = portal::retain(&store.data, store.database.as_deref(), &SystemClock, run).await?;
    if json {
        return print_line(&serde_json::to_string(&retained)?);
    }
    print_line(&format!(
        "{}, issued until {}:",
        if retained.erased { "Erased" } else { "Due to be erased (nothing was)" },
        retained.issued_until.to_rfc3339()
    ))?;
    let counts = retained.counts;
    for (what, count) in [
        ("certificates", counts.certificates),
        ("certificates of which the declaration stays for a younger one", counts.certificates_in_part),
        ("orders, each an employee with CPR number and invitation", counts.orders),
        ("certificates of local registration authorities", counts.authority_certificates),
        ("declarations with their receipts", counts.declarations),
        ("computers", counts.devices),
        ("uses of a key", counts.activities),
        ("events that no longer tell of whom they are", counts.events),
    ] {
        print_line(&format!("{count:>10}  {what}"))?;
    }
    if retained.traces_left {
        print_line("What was erased may still be in the files of the database; the log says why. Run it again later.")?;
    }
    Ok(())
}

/// Verifies the event log; fails where it does not hold.
pub(crate) async fn audit(Audit { store, noted, json }: Audit) -> Result<(), Box<dyn Error>> {
    let audit = portal::audit(&store.data, store.database.as_deref(), noted.as_ref()).await?;
    if json {
        print_line(&serde_json::to_string(&audit)?)?;
    } else {
        print_line(&format!("{} events, {} of them no longer tell of whom they are", audit.events, audit.erased))?;
        if let Some(head) = &audit.head {
            print_line(&format!("ends at {}:{}", head.event, head.hash))?;
        }
        for broken in &audit.breaks {
            print_line(&format!("event {}: {}", broken.event, crate::name(&broken.fault)))?;
        }
    }
    if audit.holds { Ok(()) } else { Err("the event log's chain does not hold".into()) }
}

/// Changes the master key of the CPR numbers.
pub(crate) async fn rotate_personal_number_key(arguments: RotatePersonalNumberKey) -> Result<(), Box<dyn Error>> {
    let RotatePersonalNumberKey { store, finish, destroy_earlier, json } = arguments;
    let rotation = match (finish, destroy_earlier) {
        (_, true) => KeyRotation::DestroyEarlier,
        (true, false) => KeyRotation::Finish,
        (false, false) => KeyRotation::NewKey,
    };
    let database = store.database.as_deref();
    let rotated = portal::rotate_personal_number_key(&store.data, database, &SystemClock, rotation).await?;
    if json {
        return print_line(&serde_json::to_string(&rotated)?);
    }
    print_line(&format!("Key {} counts; {} CPR numbers were put under it", rotated.key, rotated.wrapped))?;
    rotated.destroyed.iter().try_for_each(|key| print_line(&format!("Key {key} was destroyed")))
}

fn noted(text: &str) -> Result<ChainHead, String> {
    let (event, hash) = text.split_once(':').ok_or("not EVENT:HASH")?;
    let event = event.parse().map_err(|_| "the event is not a number")?;
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("the hash is not 64 hexadecimal digits".to_owned());
    }
    Ok(ChainHead { event, hash: hash.to_lowercase() })
}
