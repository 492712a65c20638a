//! The terms that ship: to the letter those that were published. Declarations name their SHA-256, so that a file that
//! changes by a byte takes the ground from under every declaration of it; a new version is a new file and a new line here.

use declaration::terms::shipped;
use std::fs;
use std::path::Path;

/// File and SHA-256 of every version that was ever shipped.
const PUBLISHED: [(&str, &str); 2] = [
    ("oces-sikkerhedserklaering-1.da.json", "2976ce8594484e1fcbd3889e7c8a322017a93ab0e2ed13999cde07798fbfc6eb"),
    ("oces-sikkerhedserklaering-1.en.json", "e8e76b3ed0f4840497a023b1eeab53a2fabd865d6e845113c1d99883f4b9327e"),
];

#[test]
fn the_terms_ship_unchanged_to_the_letter() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("terms");
    let shipped: Vec<(String, String)> = shipped()
        .iter()
        .map(|document| {
            let terms = document.terms();
            let file = format!("{}-{}.{}.json", terms.id, terms.version, terms.language);
            assert!(fs::read(folder.join(&file)).expect("the file") == document.bytes(), "{file} ships as it is");
            (file, document.sha256_hex())
        })
        .collect();
    assert_eq!(shipped, PUBLISHED.map(|(file, sha256)| (file.to_owned(), sha256.to_owned())));
    let files = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(files, PUBLISHED.len(), "every file of terms ships");
}
