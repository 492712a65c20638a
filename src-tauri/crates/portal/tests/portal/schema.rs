//! The tables in both dialects.

use crate::support::database::{Database, database_of};
use std::collections::BTreeSet;

/// Every table, view, index and trigger, and every column with its type and whether it can be empty.
#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_tables_indexes_and_triggers() {
    let data = tempfile::tempdir().expect("a folder");
    portal::users(data.path(), None).await.expect("SQLite");
    let url = database_of(data.path()).expect("PostgreSQL");
    portal::users(data.path(), Some(&url)).await.expect("PostgreSQL");
    let mut sqlite = Database::sqlite(data.path()).await;
    let mut postgresql = Database::at(&url).await;

    let columns = |rows: Vec<Vec<Option<String>>>| -> BTreeSet<String> {
        rows.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect()
    };
    let of_sqlite = "SELECT m.name, p.name, CASE p.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' \
        ELSE lower(p.type) END, CASE WHEN p.\"notnull\" OR p.type = 'INTEGER' THEN 'NO' ELSE 'YES' END FROM sqlite_master m \
        JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx%'";
    let of_postgresql = "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable::text \
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE '\\_sqlx%'";
    let expected = columns(sqlite.rows(of_sqlite, &[]).await);
    assert!(expected.contains("event id bigint NO"), "{expected:?}");
    assert_eq!(columns(postgresql.rows(of_postgresql, &[]).await), expected);

    let of_sqlite =
        "SELECT type, name, tbl_name FROM sqlite_master WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL";
    // Those that a constraint brings along have no statement of their own in SQLite.
    let of_postgresql = "SELECT 'index', i.indexname::text, i.tablename::text FROM pg_indexes i \
        WHERE i.schemaname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conname = i.indexname \
        AND k.connamespace = current_schema()::regnamespace) \
        UNION SELECT 'trigger', trigger_name::text, event_object_table::text FROM information_schema.triggers \
        WHERE trigger_schema = current_schema() \
        UNION SELECT 'view', viewname::text, viewname::text FROM pg_views WHERE schemaname = current_schema()";
    assert_eq!(columns(postgresql.rows(of_postgresql, &[]).await), columns(sqlite.rows(of_sqlite, &[]).await));
}
