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

/// Every Rust source below `src-tauri` but tests: its path there and its text without comments.
fn sources() -> Vec<(String, String)> {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri"));
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources") {
            let path = entry.expect("an entry of the sources").path();
            let name = path.strip_prefix(root).expect("below the sources").display().to_string();
            if path.is_dir() {
                if !["tests", "gen", "target"].iter().any(|skipped| path.ends_with(skipped)) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((name, code.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    found
}

/// Where `what` stands in the sources, without repetition.
fn places(what: &str) -> BTreeSet<String> {
    sources().into_iter().filter(|(_, text)| text.contains(what)).map(|(name, _)| name).collect()
}

#[test]
fn no_code_path_reaches_a_key_around_the_gate() {
    let lifecycle = |file: &str| format!("crates/lifecycle/src/{file}");
    // A permit is made in the gate only, and a key is opened in the use cases only, which need one.
    assert_eq!(places("Permit {"), BTreeSet::from([lifecycle("gate.rs")]));
    let opening: BTreeSet<String> =
        places(".unlock(").into_iter().filter(|name| !name.starts_with("crates/key-custody/")).collect();
    assert_eq!(opening, BTreeSet::from([lifecycle("enrol.rs"), lifecycle("key_use.rs"), lifecycle("renew.rs")]));
    // The next certificate's key is opened to register it, and the journey's copied to export it: each through the gate.
    assert_eq!(places("permit_next("), BTreeSet::from([lifecycle("gate.rs"), lifecycle("renew.rs")]));
    assert_eq!(places("permit_export("), BTreeSet::from([lifecycle("gate.rs"), lifecycle("transfer.rs")]));
    for moved in [".import_key(", ".export_key("] {
        let moving: BTreeSet<String> =
            places(moved).into_iter().filter(|name| !name.starts_with("crates/key-custody/")).collect();
        assert_eq!(moving, BTreeSet::from([lifecycle("transfer.rs")]), "{moved}");
    }
    // A private key in a file is decrypted by the one crate that keeps keys, with the reader of such files.
    for decrypted in ["key_bags(", "next_decrypted("] {
        let readers: BTreeSet<String> = places(decrypted)
            .into_iter()
            .filter(|name| !name.starts_with("crates/key-custody/") && !name.starts_with("crates/pki/src/container/"))
            .collect();
        assert_eq!(readers, BTreeSet::new(), "{decrypted}");
    }
    // Leave without a certificate is for the certification request only.
    assert_eq!(places("permit_certification_request("), BTreeSet::from([lifecycle("enrol.rs"), lifecycle("gate.rs")]));
    // Whoever makes a place for keys makes it to put the guide together, not to use it.
    let composition = ["crates/cli/src/journey.rs", "src/composition.rs"].map(str::to_owned).into();
    let users: BTreeSet<String> = ["KeyPlace::", "OsKeychain::", "Pkcs11Token::"]
        .into_iter()
        .flat_map(places)
        .filter(|name| !name.starts_with("crates/key-custody/"))
        .collect();
    assert_eq!(users, composition);
}
