//! Holds the import table of the house: who may import whom, and what the core must never know.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};

/// The crates of ours that each crate may use outside its tests. Anything else is forbidden.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    BTreeMap::from([
        ("pki", BTreeSet::new()),
        ("declaration", BTreeSet::from(["pki"])),
        ("lifecycle", BTreeSet::from(["declaration", "pki"])),
        ("portal-api", BTreeSet::new()),
        ("key-custody", BTreeSet::from(["lifecycle", "pki"])),
        ("local-store", BTreeSet::from(["lifecycle", "pki"])),
        ("portal-client", BTreeSet::from(["lifecycle", "declaration", "pki", "portal-api"])),
        ("portal", BTreeSet::from(["portal-api", "declaration", "pki"])),
        ("cli", BTreeSet::from(["lifecycle", "key-custody", "local-store", "portal-client", "declaration", "pki"])),
        (
            "certifikatguide",
            BTreeSet::from(["lifecycle", "key-custody", "local-store", "portal-client", "declaration", "pki"]),
        ),
    ])
}

/// What the core must never know, by the crates that would bring it.
const FORBIDDEN_IN_CORE: &[&str] = &[
    "tauri",
    "tokio",
    "reqwest",
    "hyper",
    "axum",
    "keyring",
    "keyring-core",
    "sqlx",
    "rusqlite",
    "rustls",
    "tempfile",
    "tracing-subscriber",
];

#[test]
fn every_crate_imports_only_what_the_table_allows() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata of this workspace");
    let table = allowed();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut broken = Vec::new();
    for package in &metadata.packages {
        if package.name.as_str() == "certifikatguide-tests" {
            continue;
        }
        let Some(may) = table.get(package.name.as_str()) else {
            broken.push(format!("{} is not in the table", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if ours.contains(name) && dependency.kind != DependencyKind::Development && !may.contains(name) {
                broken.push(format!("{} imports {name}", package.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_core_knows_no_runtime_network_keychain_database_or_window() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata of this workspace");
    let mut broken = Vec::new();
    for package in &metadata.packages {
        if !["pki", "declaration", "lifecycle", "portal-api"].contains(&package.name.as_str()) {
            continue;
        }
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Development {
                continue;
            }
            if FORBIDDEN_IN_CORE.contains(&dependency.name.as_str()) {
                broken.push(format!("{} imports {}", package.name, dependency.name));
            }
            if dependency.name == "chrono" && dependency.features.iter().any(|feature| feature == "clock") {
                broken.push(format!("{} can read the clock", package.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_window_talks_to_tauri_from_one_file_only() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src");
    let mut importing = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(sources)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the window's sources") {
            let path = entry.expect("an entry of the window's sources").path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("@tauri-apps/")) {
                importing.push(path.strip_prefix(sources).expect("below the sources").display().to_string());
            }
        }
    }
    assert_eq!(importing, ["lib/backend/tauri.ts"]);
}
