//! What people call this computer.

/// Most characters of a name.
const LONGEST: usize = 64;

/// The computer's name without what cannot be printed, 1 to 64 characters; `computer` where it has none.
#[must_use]
pub fn computer_name() -> String {
    printable(&gethostname::gethostname().to_string_lossy())
}

fn printable(name: &str) -> String {
    let name: String = name.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
    let name = name.trim();
    if name.is_empty() { "computer".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shortened_to_what_can_be_printed() {
        assert_eq!(printable("PC-1\n"), "PC-1");
        assert_eq!(printable(&"å".repeat(100)).chars().count(), 64);
        assert_eq!(printable(" \u{7} "), "computer");
        assert!(!computer_name().is_empty());
    }
}
