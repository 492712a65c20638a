//! The organisation's policy as a file. What it says is understood in the core ([`Policy`]); here it is found, and
//! trusted only where nobody but the administrator can have written it.

use lifecycle::{Policy, PolicyError};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where the machine's policy stands: where only the administrator can write.
pub const MACHINE_POLICY: &str = if cfg!(target_os = "windows") {
    r"C:\Program Files\Certifikatguide\policy.toml"
} else if cfg!(target_os = "macos") {
    "/Library/Application Support/Certifikatguide/policy.toml"
} else {
    "/etc/certifikatguide/policy.toml"
};

/// More bytes than these are no policy; the core says how many are one.
const LONGEST: u64 = 1024 * 1024;

/// The policy that is in force, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectivePolicy {
    /// The policy.
    pub policy: Policy,
    /// Its file; `None` where there is none, and the policy that of a computer without one.
    pub path: Option<PathBuf>,
}

/// Why no policy can be told. Nothing is done without knowing what is allowed.
#[derive(Debug, Error)]
pub enum PolicyFileError {
    /// It cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the administrator can have written it.
    #[error("{path} can be changed by others than the administrator")]
    Unprotected {
        /// Which.
        path: PathBuf,
    },
    /// It is not understood.
    #[error("{path}: {source}")]
    NotUnderstood {
        /// Which.
        path: PathBuf,
        /// What is wrong, with the line.
        source: PolicyError,
    },
}

/// The machine's policy; where the machine has none, the one in the file that is `given`, for trying one out.
///
/// # Errors
/// [`PolicyFileError`].
pub fn effective_policy(given: Option<&Path>) -> Result<EffectivePolicy, PolicyFileError> {
    effective(Path::new(MACHINE_POLICY), given)
}

fn effective(machine: &Path, given: Option<&Path>) -> Result<EffectivePolicy, PolicyFileError> {
    if let Some(policy) = read(machine, true)? {
        return Ok(EffectivePolicy { policy, path: Some(machine.to_owned()) });
    }
    match given {
        None => Ok(EffectivePolicy { policy: Policy::default(), path: None }),
        Some(given) => match read(given, false)? {
            Some(policy) => Ok(EffectivePolicy { policy, path: Some(given.to_owned()) }),
            None => Err(PolicyFileError::Unreadable {
                path: given.to_owned(),
                source: io::Error::from(io::ErrorKind::NotFound),
            }),
        },
    }
}

/// The policy in a file; `None` where there is no such file.
fn read(path: &Path, of_the_machine: bool) -> Result<Option<Policy>, PolicyFileError> {
    let unreadable = |source| PolicyFileError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let protected = |path: &Path, metadata: &Metadata| {
        let unprotected = || PolicyFileError::Unprotected { path: path.to_owned() };
        if is_protected(metadata, of_the_machine) { Ok(()) } else { Err(unprotected()) }
    };
    protected(path, &file.metadata().map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    let policy = Policy::parse(&bytes);
    let policy = policy.map_err(|source| PolicyFileError::NotUnderstood { path: path.to_owned(), source })?;
    // Whoever can exchange the folder's files has the policy, whoever can exchange what it names has what it decides.
    let folder = path.parent().filter(|_| of_the_machine);
    for named in [folder, policy.trust_anchor(), policy.pkcs11_module()].into_iter().flatten() {
        // One that is not there is told where it is used.
        if let Ok(metadata) = named.metadata() {
            protected(named, &metadata)?;
        }
    }
    Ok(Some(policy))
}

#[cfg(unix)]
fn is_protected(metadata: &Metadata, of_the_machine: bool) -> bool {
    use std::os::unix::fs::MetadataExt;
    let by_others = metadata.mode() & 0o022 != 0;
    !by_others && (!of_the_machine || metadata.uid() == 0)
}

#[cfg(not(unix))]
fn is_protected(_metadata: &Metadata, _of_the_machine: bool) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        path
    }

    #[test]
    fn without_a_file_the_policy_is_that_of_a_computer_without_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let none = effective(&folder.path().join("none"), None).expect("a policy");
        assert_eq!(none, EffectivePolicy { policy: Policy::default(), path: None });
    }

    #[test]
    fn a_policy_that_is_given_counts_where_the_machine_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let given = file(folder.path(), "given.toml", "export = true", 0o644);
        let policy = effective(&folder.path().join("none"), Some(&given)).expect("a policy");
        assert!(policy.policy.export_allowed());
        assert_eq!(policy.path, Some(given));
        let missing = effective(&folder.path().join("none"), Some(&folder.path().join("missing")));
        assert!(matches!(missing, Err(PolicyFileError::Unreadable { .. })));
    }

    #[test]
    fn a_policy_that_others_can_write_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for mode in [0o664, 0o646] {
            let given = file(folder.path(), "given.toml", "export = true", mode);
            let refused = effective(&folder.path().join("none"), Some(&given));
            assert!(matches!(refused, Err(PolicyFileError::Unprotected { .. })), "{mode:o}");
        }
    }

    #[test]
    fn a_policy_that_names_a_file_which_others_can_write_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for (mode, taken) in [(0o644, true), (0o646, false)] {
            let named = file(folder.path(), "root.pem", "", mode);
            let text = format!("trust_anchor = \"{}\"", named.display());
            let given = file(folder.path(), "given.toml", &text, 0o644);
            let read = effective(&folder.path().join("none"), Some(&given));
            assert_eq!(read.is_ok(), taken, "{mode:o}: {read:?}");
        }
    }

    #[test]
    fn a_policy_that_is_not_understood_names_its_file_and_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let given = file(folder.path(), "given.toml", "export = true\nportal = 1", 0o600);
        let refused = effective(&folder.path().join("none"), Some(&given)).expect_err("it is refused").to_string();
        assert!(refused.contains("given.toml: line 2:"), "{refused}");
    }
}
