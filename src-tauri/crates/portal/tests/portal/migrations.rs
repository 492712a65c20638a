//! The rule that lets a new version of the portal be put beside the one before: for as long as both run, both work on the same
//! tables. From migration 7 on, a migration only adds what the version before can live with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The first migration that the rule holds for.
const FIRST: u32 = 7;

/// What may nevertheless be taken away, by migration and how the statement begins, with why the version before can live with it.
const EXCEPTIONS: &[(u32, &str)] = &[
    // The triggers of 8 let pass what those before it did, and an erasure besides: each is made anew in the same transaction.
    (8, "drop trigger event_is_never_changed"),
    (8, "drop trigger activity_is_never_deleted"),
    (8, "create trigger"),
    // What they refuse, no version has ever done.
    (10, "create trigger"),
    // Tries of numbers that nobody has are counted anew; whoever guesses has gained five of them.
    (10, "delete from unknown_reference"),
    (10, "truncate unknown_reference"),
];

/// The statements of every migration under the rule, in small letters and with single spaces, without comments.
fn statements(dialect: &str) -> BTreeMap<u32, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
    let mut found = BTreeMap::new();
    for file in fs::read_dir(folder).expect("migrations") {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let number: u32 = name.split('_').next().expect("a number").parse().expect("a number");
        let sql = fs::read_to_string(&path).expect("UTF-8");
        let sql: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
        let sql = sql.join(" ").to_lowercase();
        let statements = sql.split(';').map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "));
        found.insert(number, statements.filter(|one| !one.is_empty()).collect());
    }
    found
}

/// Why the version before cannot live with a statement; None where it can.
fn objection(statement: &str) -> Option<&'static str> {
    let has = |words: &str| format!(" {statement} ").contains(&format!(" {words} "));
    if has("drop") && !has("drop index") {
        return Some("it takes something away: do that in a later version");
    }
    if ["create unique index", "create trigger", "add constraint", "add check"].into_iter().any(&has) {
        return Some("the version before may write what this refuses");
    }
    if has("rename") {
        return Some("the version before knows the old name");
    }
    if has("add column") && has("not null") && !has("default") {
        return Some("the version before writes rows without this column");
    }
    if has("alter column") && (has("set not null") || has("type")) {
        return Some("the version before writes what the column no longer takes");
    }
    let changes_data = ["update", "delete", "truncate"].iter().any(|word| statement.starts_with(word));
    changes_data.then_some("the version before may be reading and writing these rows")
}

#[test]
fn a_migration_only_adds_what_the_version_before_can_live_with() {
    let mut used = vec![false; EXCEPTIONS.len()];
    for dialect in ["sqlite", "postgresql"] {
        for (number, statements) in statements(dialect).range(FIRST..) {
            for statement in statements {
                let Some(why) = objection(statement) else { continue };
                let excepted = EXCEPTIONS.iter().position(|(of, begin)| of == number && statement.starts_with(begin));
                let Some(place) = excepted else { panic!("{dialect}, migration {number}: {why}:\n{statement}") };
                used[place] = true;
            }
        }
    }
    assert!(used.into_iter().all(|used| used), "an exception that nothing needs is taken off the list");
}

#[test]
fn what_takes_away_renames_or_demands_is_seen() {
    for refused in [
        "drop table device",
        "alter table device drop column name",
        "alter table device rename column name to called",
        "alter table device rename to computer",
        "alter table device add column colour text not null",
        "create unique index device_by_name on device (name)",
        "alter table device alter column name set not null",
        "alter table device alter column registered_at type text",
        "update device set name = ''",
        "delete from device",
    ] {
        assert!(objection(refused).is_some(), "{refused}");
    }
    for taken in [
        "create table colour (name text not null)",
        "alter table device add column colour text",
        "alter table device add column colour text not null default 'blue'",
        "create index device_by_name on device (name)",
        "insert into instance_setting (name, value) values ('a', 'b')",
    ] {
        assert_eq!(objection(taken), None, "{taken}");
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let numbers = |dialect: &str| statements(dialect).into_keys().collect::<Vec<_>>();
    assert_eq!(numbers("sqlite"), numbers("postgresql"));
    assert!(numbers("sqlite").into_iter().eq((1..).take(numbers("sqlite").len())), "one after the other");
}
