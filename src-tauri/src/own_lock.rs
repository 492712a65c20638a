//! One program at a time on one data folder: two would race for the same journal and practice portal.
//!
//! The single-instance plugin finds the first program over the session bus and brings its window to the front. Where
//! there is no session bus it silently holds nobody back; this lock does.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};
use thiserror::Error;

/// The lock; given back when dropped, and by the system when the program dies.
pub struct OwnLock {
    _file: File,
}

/// Why the lock is not had.
#[derive(Debug, Error)]
pub enum OwnLockError {
    /// Another program holds it.
    #[error("the program is already running on this data folder")]
    AlreadyRunning,
    /// The file cannot be opened or locked.
    #[error("the lock file cannot be opened or locked")]
    Unavailable(#[source] io::Error),
}

/// How long a program that is closing may keep the next one waiting.
const PATIENCE: Duration = Duration::from_millis(1500);
const INTERVAL: Duration = Duration::from_millis(50);

impl OwnLock {
    /// Takes the lock, and gives a program that is just closing the time to end.
    ///
    /// # Errors
    /// [`OwnLockError`]; [`OwnLockError::AlreadyRunning`] where the other program goes on running.
    pub fn take_patiently(data: &Path) -> Result<Self, OwnLockError> {
        let asked_at = Instant::now();
        loop {
            match Self::take(data) {
                Err(OwnLockError::AlreadyRunning) if asked_at.elapsed() < PATIENCE => std::thread::sleep(INTERVAL),
                taken => return taken,
            }
        }
    }

    /// Takes the lock of the data folder `data`.
    ///
    /// # Errors
    /// [`OwnLockError`].
    pub fn take(data: &Path) -> Result<Self, OwnLockError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data.join("certifikatguide.lock"))
            .map_err(OwnLockError::Unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OwnLockError::AlreadyRunning),
            Err(TryLockError::Error(error)) => Err(OwnLockError::Unavailable(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_program_on_a_folder_is_held_back_until_the_first_has_ended() {
        let data = tempfile::tempdir().expect("a folder");
        let first = OwnLock::take(data.path()).expect("nobody holds it");
        assert!(matches!(OwnLock::take(data.path()), Err(OwnLockError::AlreadyRunning)));
        drop(first);
        assert!(OwnLock::take(data.path()).is_ok());
    }
}
