//! Disks without room: a small file system in memory, or a limit to how long the program's files may grow.

use super::observed::Observer;
use super::scene::Disk;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A disk that is full from one call of a port on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FullDisk {
    /// What makes it full.
    pub limit: Limit,
    /// Right before the call of this number.
    pub call: usize,
    /// How many bytes of room there are then.
    pub room: u64,
}

/// What makes a disk full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A file system in memory of a few megabytes (tmpfs(5)) that another file fills: `ENOSPC`.
    FileSystem,
    /// The program's files may grow no more (`RLIMIT_FSIZE`, getrlimit(2)): `EFBIG`.
    FileSize,
}

/// Puts the journal's folder on a file system of its own that only the program sees, and takes what is in it out again.
const ON_SMALL_DISK: &str = r#"
set -e
journal=$1; shift
cp -a "$journal" "$journal.before"
mount -t tmpfs -o size=3m tmpfs "$journal"
cp -a "$journal.before/." "$journal"
status=0; "$@" || status=$?
cp -a "$journal/." "$journal.after"
exit $status
"#;

/// A write that is too long fails instead of ending the program.
const WITHOUT_SIGNAL: &str = r#"trap '' XFSZ; shift; exec "$@""#;

/// In a namespace of its own: the rest of the system sees no new file system, and it is gone with the program.
const NAMESPACE: [&str; 4] = ["--user", "--map-root-user", "--mount", "--"];

impl FullDisk {
    /// Whether this system lets one have a small file system.
    #[must_use]
    pub fn file_systems_can_be_mounted() -> bool {
        Command::new("unshare")
            .args(NAMESPACE)
            .args(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    pub(super) fn launcher(self, disk: &Disk, program: &Path) -> tokio::process::Command {
        let journal = disk.journal();
        let folder = journal.parent().unwrap_or(&journal);
        let mut command = match self.limit {
            Limit::FileSystem => {
                let mut command = tokio::process::Command::new("unshare");
                command.args(NAMESPACE).args(["sh", "-c", ON_SMALL_DISK, "sh"]);
                command
            }
            Limit::FileSize => {
                let mut command = tokio::process::Command::new("sh");
                command.args(["-c", WITHOUT_SIGNAL, "sh"]);
                command
            }
        };
        command.arg(folder).arg(program);
        command
    }

    /// Puts what was on the program's own file system where the journal's folder is.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn take_over(self, disk: &Disk) -> io::Result<()> {
        match self.limit {
            Limit::FileSize => Ok(()),
            Limit::FileSystem => {
                let journal = disk.journal();
                let folder = journal.parent().unwrap_or(&journal);
                fs::remove_dir_all(folder)?;
                fs::rename(folder.with_extension("after"), folder)
            }
        }
    }

    pub(super) fn to_text(self) -> String {
        let limit = match self.limit {
            Limit::FileSystem => "file-system",
            Limit::FileSize => "file-size",
        };
        format!("{limit} {} {}", self.call, self.room)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let limit = match words.next()? {
            "file-system" => Limit::FileSystem,
            "file-size" => Limit::FileSize,
            _ => return None,
        };
        Some(Self { limit, call: words.next()?.parse().ok()?, room: words.next()?.parse().ok()? })
    }
}

/// Fills the disk of this process.
pub(super) struct Filler {
    full: FullDisk,
    journal: PathBuf,
    filler: PathBuf,
    calls: AtomicUsize,
}

impl Filler {
    pub(super) fn new(full: FullDisk, disk: &Disk) -> Self {
        let journal = disk.journal();
        let filler = journal.with_extension("filler");
        Self { full, journal, filler, calls: AtomicUsize::new(0) }
    }

    fn fill(&self) -> io::Result<()> {
        match self.full.limit {
            Limit::FileSystem => {
                let mut filler = OpenOptions::new().create(true).append(true).open(&self.filler)?;
                while filler.write_all(&[0; 4096]).is_ok() {}
                let length = filler.metadata()?.len();
                filler.set_len(length.saturating_sub(self.full.room))
            }
            Limit::FileSize => {
                let mut log = self.journal.clone().into_os_string();
                log.push("-wal");
                let length = File::open(log).and_then(|log| log.metadata()).map_or(0, |log| log.len());
                limit_file_size(Some(length + self.full.room))
            }
        }
    }

    /// From now on there is room.
    pub(super) fn make_room(&self) {
        match self.full.limit {
            Limit::FileSystem => match fs::remove_file(&self.filler) {
                Ok(()) => {}
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
            },
            Limit::FileSize => limit_file_size(None).expect("the limit is raised"),
        }
    }
}

fn limit_file_size(current: Option<u64>) -> io::Result<()> {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = current.or(maximum);
    Ok(setrlimit(Resource::Fsize, Rlimit { current, maximum })?)
}

impl Observer for Filler {
    fn before(&self, _call: &'static str) -> usize {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.full.call {
            self.fill().expect("the disk is filled");
        }
        number
    }

    fn after(&self, _call: &'static str, _number: usize) {}
}
