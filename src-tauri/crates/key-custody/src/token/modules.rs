//! Which PKCS#11 modules may be loaded. A module is code that runs in this program, so the list comes from the
//! computer's own configuration or from the one who puts the program together, and from nowhere else.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Where p11-kit's modules are described (`p11-kit(8)`, `pkcs11.conf(5)`): what packages bring, then what the
/// computer's administrator says, which wins. What lies in the home folder is not read: whoever can write there could
/// otherwise run code in this program.
const CONFIGURATION: [&str; 2] = ["/usr/share/p11-kit/modules", "/etc/pkcs11/modules"];

/// Where a module lies that is described without a folder.
#[cfg(target_arch = "x86_64")]
const LIBRARIES: [&str; 3] = ["/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11"];
/// Where a module lies that is described without a folder.
#[cfg(not(target_arch = "x86_64"))]
const LIBRARIES: [&str; 3] = ["/usr/lib/aarch64-linux-gnu/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11"];

/// The names under which `enable-in` and `disable-in` may speak of this program.
const OUR_NAMES: [&str; 2] = ["certifikatguide", "certifikat"];

/// Most modules that are taken.
const MOST_MODULES: usize = 64;
/// Most bytes of a description.
const LONGEST_DESCRIPTION: u64 = 16 * 1024;

/// The PKCS#11 modules that may be loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Modules(Arc<[PathBuf]>);

/// A module is named by its whole path: anything else would be looked for in folders that others may write to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the path of a PKCS#11 module has to be absolute: {}", .0.display())]
pub struct ModulePathNotAbsolute(PathBuf);

impl Modules {
    /// These modules, in this order.
    ///
    /// # Errors
    /// [`ModulePathNotAbsolute`].
    pub fn listed(paths: impl IntoIterator<Item = PathBuf>) -> Result<Self, ModulePathNotAbsolute> {
        let paths = paths
            .into_iter()
            .take(MOST_MODULES)
            .map(|path| if path.is_absolute() { Ok(path) } else { Err(ModulePathNotAbsolute(path)) })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(paths.into()))
    }

    /// The modules that p11-kit knows on this computer. Where there is no p11-kit (Windows, macOS) there are none.
    #[must_use]
    pub fn of_p11_kit() -> Self {
        Self::read_p11_kit(&CONFIGURATION.map(Path::new), &LIBRARIES.map(Path::new))
    }

    /// The modules that are described in `configuration`, folders of `*.module` files of which a later folder overrides
    /// an earlier one; a module without a folder of its own lies in the first of `libraries` that has it.
    ///
    /// Left out are modules that hold trust anchors and no keys (`trust-policy`), that run elsewhere (`remote`), that
    /// are switched off for this program, and descriptions that cannot be read.
    #[must_use]
    pub fn read_p11_kit(configuration: &[&Path], libraries: &[&Path]) -> Self {
        let mut described: BTreeMap<OsString, BTreeMap<String, String>> = BTreeMap::new();
        for folder in configuration {
            for file in module_files(folder) {
                if let (Some(name), Some(text)) = (file.file_name(), bounded(&file)) {
                    described.entry(name.to_owned()).or_default().extend(settings(&text));
                }
            }
        }
        let mut paths: Vec<PathBuf> = Vec::new();
        for (name, settings) in &described {
            match path_of(settings, libraries) {
                Some(path) if !paths.iter().any(|other| same_file(other, &path)) => paths.push(path),
                Some(_) => {}
                None => tracing::debug!(?name, "no PKCS#11 module for this program"),
            }
        }
        paths.truncate(MOST_MODULES);
        Self(paths.into())
    }

    /// The paths.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.0
    }
}

fn module_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "module") && path.is_file())
        .collect();
    files.sort();
    files.truncate(MOST_MODULES);
    files
}

fn bounded(file: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(file).ok()?.take(LONGEST_DESCRIPTION).read_to_string(&mut text).ok()?;
    Some(text)
}

/// `name: value` lines (`pkcs11.conf(5)`).
fn settings(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
}

fn path_of(settings: &BTreeMap<String, String>, libraries: &[&Path]) -> Option<PathBuf> {
    let setting = |name: &str| settings.get(name).map(String::as_str);
    let names_us = |list: &str| {
        list.split(|character: char| character == ',' || character.is_whitespace())
            .any(|program| OUR_NAMES.contains(&program))
    };
    if setting("trust-policy") == Some("yes")
        || setting("remote").is_some()
        || setting("enable-in").is_some_and(|list| !names_us(list))
        || setting("disable-in").is_some_and(names_us)
    {
        return None;
    }
    let module = Path::new(setting("module").filter(|module| !module.is_empty())?);
    if module.is_absolute() {
        return Some(module.to_owned());
    }
    // A name only: `..` would lead out of the folders that belong to the system.
    if module.file_name() != Some(module.as_os_str()) {
        return None;
    }
    libraries.iter().map(|folder| folder.join(module)).find(|path| path.is_file())
}

/// One module may be described twice under different names; loaded twice it would show each token twice.
fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    struct Computer(tempfile::TempDir);

    impl Computer {
        fn new() -> Self {
            let computer = Self(tempfile::tempdir().expect("a folder"));
            for folder in ["package", "administrator", "libraries"] {
                fs::create_dir(computer.path(folder)).expect("a folder");
            }
            computer
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) -> &Self {
            fs::write(self.path(name), text).expect("written");
            self
        }

        fn modules(&self) -> Vec<PathBuf> {
            let configuration = [self.path("package"), self.path("administrator")];
            let configuration: Vec<&Path> = configuration.iter().map(PathBuf::as_path).collect();
            Modules::read_p11_kit(&configuration, &[&self.path("nowhere"), &self.path("libraries")]).paths().to_vec()
        }
    }

    #[test]
    fn a_module_is_found_by_its_path_or_by_its_name_among_the_libraries() {
        let computer = Computer::new();
        computer
            .write("libraries/card.so", "")
            .write("package/card.module", "# a card\n  module:  card.so \npriority: 1\n")
            .write("package/other.module", "module: /opt/other/other.so\n")
            .write("package/README", "module: /opt/readme.so\n");
        assert_eq!(computer.modules(), [computer.path("libraries/card.so"), PathBuf::from("/opt/other/other.so")]);
    }

    #[test]
    fn the_administrator_overrides_what_a_package_says() {
        let computer = Computer::new();
        computer
            .write("package/card.module", "module: /opt/old.so\n")
            .write("administrator/card.module", "module: /opt/new.so\n")
            .write("package/off.module", "module: /opt/off.so\n")
            .write("administrator/off.module", "disable-in: firefox certifikatguide\n")
            .write("package/elsewhere.module", "module: /opt/elsewhere.so\nenable-in: firefox\n")
            .write("package/here.module", "module: /opt/here.so\nenable-in: firefox, certifikat\n");
        assert_eq!(computer.modules(), [PathBuf::from("/opt/new.so"), PathBuf::from("/opt/here.so")]);
    }

    #[test]
    fn what_holds_no_keys_leads_out_of_the_libraries_or_cannot_be_read_is_left_out() {
        let computer = Computer::new();
        computer
            .write("evil.so", "")
            .write("package/trust.module", "module: /opt/trust.so\ntrust-policy: yes\n")
            .write("package/remote.module", "remote: |ssh computer p11-kit remote /opt/x.so\nmodule: /opt/x.so\n")
            .write("package/out.module", "module: ../evil.so\n")
            .write("package/gone.module", "module: gone.so\n")
            .write("package/empty.module", "")
            .write("package/nothing.module", "module:\n");
        fs::write(computer.path("package/binary.module"), [0xff, 0xfe]).expect("written");
        assert_eq!(computer.modules(), Vec::<PathBuf>::new());
    }

    #[test]
    fn one_module_under_two_names_is_one() {
        let computer = Computer::new();
        let library = computer.path("libraries/card.so");
        computer
            .write("libraries/card.so", "")
            .write("package/a.module", "module: card.so\n")
            .write("package/b.module", &format!("module: {}\n", library.display()));
        std::os::unix::fs::symlink(&library, computer.path("libraries/alias.so")).expect("a link");
        computer.write("package/c.module", "module: alias.so\n");
        assert_eq!(computer.modules(), [library]);
    }

    #[test]
    fn a_module_without_its_whole_path_is_not_listed() {
        let path = PathBuf::from("libsofthsm2.so");
        assert_eq!(Modules::listed([path.clone()]), Err(ModulePathNotAbsolute(path)));
    }
}
