//! Secrets from standard input, one a line; from nowhere else.

use crate::failure::UsageError;
use lifecycle::Password;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Read, stdin};
#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(windows)]
use std::os::windows::io::AsHandle;
use zeroize::Zeroizing;

/// Where secrets come from.
pub(crate) struct Secrets<R>(R);

impl Secrets<File> {
    /// Standard input, unless it is a terminal: it would show what is typed.
    ///
    /// # Errors
    /// [`UsageError::SecretsFromTerminal`].
    pub(crate) fn from_standard_input() -> Result<Self, UsageError> {
        let input = stdin();
        if input.is_terminal() {
            return Err(UsageError::SecretsFromTerminal);
        }
        // The standard library's own reader keeps what it has read for as long as the program runs.
        #[cfg(unix)]
        let unbuffered = input.as_fd().try_clone_to_owned();
        #[cfg(windows)]
        let unbuffered = input.as_handle().try_clone_to_owned();
        Ok(Self(unbuffered.map_err(|_| UsageError::SecretsMissing)?.into()))
    }
}

impl<R: Read> Secrets<R> {
    #[cfg(test)]
    fn from_reader(reader: R) -> Self {
        Self(reader)
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// [`UsageError::SecretsMissing`] where there is none, [`UsageError::SecretUnreadable`] where it is no UTF-8 or
    /// longer than any secret.
    pub(crate) fn line(&mut self) -> Result<Zeroizing<String>, UsageError> {
        let line = self.line_or_empty()?;
        if line.is_empty() { Err(UsageError::SecretsMissing) } else { Ok(line) }
    }

    /// The next line, without its end; empty where a line has nothing else.
    ///
    /// # Errors
    /// As [`Secrets::line`].
    fn line_or_empty(&mut self) -> Result<Zeroizing<String>, UsageError> {
        let longest = Password::LONGEST + 2;
        let mut line = Zeroizing::new(Vec::with_capacity(longest + 1));
        // One by one: nothing behind the line may be taken, since another call reads the next one.
        let mut byte = Zeroizing::new([0]);
        let mut ended = false;
        while self.read_byte(&mut byte)? {
            if byte[0] == b'\n' {
                ended = true;
                break;
            }
            if line.len() == longest {
                return Err(UsageError::SecretUnreadable);
            }
            line.push(byte[0]);
        }
        let text = std::str::from_utf8(&line).map_err(|_| UsageError::SecretUnreadable)?;
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() && !ended {
            return Err(UsageError::SecretsMissing);
        }
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// False where there is no more.
    fn read_byte(&mut self, byte: &mut [u8; 1]) -> Result<bool, UsageError> {
        loop {
            match self.0.read(byte) {
                Ok(read) => return Ok(read == 1),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(UsageError::SecretUnreadable),
            }
        }
    }

    /// The next line as the password of a file, which may be empty.
    pub(crate) fn file_password(&mut self) -> Result<Password, UsageError> {
        Ok(Password::typed(std::mem::take(&mut *self.line_or_empty()?)))
    }

    /// The next line as a password. Whether it is strong enough for a new key is judged where a key is made.
    pub(crate) fn password(&mut self) -> Result<Password, UsageError> {
        Ok(Password::typed(std::mem::take(&mut *self.line()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_comes_on_the_first_line_and_the_password_on_the_second() {
        let mut secrets = Secrets::from_reader(&b"ABCD-EFGH\r\nfire ord p\xc3\xa5 rad\n"[..]);
        assert_eq!(&**secrets.line().expect("a code"), "ABCD-EFGH");
        assert_eq!(secrets.password().expect("a password").expose(), "fire ord på rad");
        assert!(matches!(secrets.line(), Err(UsageError::SecretsMissing)));
    }

    #[test]
    fn the_password_of_a_file_may_be_empty_but_its_line_must_be_there() {
        let mut secrets = Secrets::from_reader(&b"\nfire ord\n"[..]);
        assert_eq!(secrets.file_password().expect("an empty password").expose(), "");
        assert_eq!(secrets.password().expect("a password").expose(), "fire ord");
        assert!(matches!(secrets.file_password(), Err(UsageError::SecretsMissing)));
        assert!(matches!(Secrets::from_reader(&b"\n"[..]).password(), Err(UsageError::SecretsMissing)));
    }

    #[test]
    fn spaces_belong_to_a_password() {
        let mut secrets = Secrets::from_reader(&b"  med mellemrum  "[..]);
        assert_eq!(secrets.password().expect("a password").expose(), "  med mellemrum  ");
    }

    #[test]
    fn a_line_that_never_ends_or_is_no_text_is_refused() {
        let endless = std::io::BufReader::new(std::io::repeat(b'a'));
        assert!(matches!(Secrets::from_reader(endless).line(), Err(UsageError::SecretUnreadable)));
        assert!(matches!(Secrets::from_reader(&b"\xff\xfe\n"[..]).line(), Err(UsageError::SecretUnreadable)));
    }
}
