//! PKCS #12 ([RFC 7292]), from the outside in: integrity, safes, bags.

use const_oid::db::rfc5911::{ID_DATA, ID_ENCRYPTED_DATA};
use der::oid::ObjectIdentifier;

use super::pkcs12_protection::{self as protection, Password, WorkLeft};
use super::{Container, ContainerError, ContainerFormat, Found, MAXIMUM_PASSWORD_BYTES, damaged};
use crate::ber::{CONTEXT_0, Element, INTEGER, NotBer, Octets, SEQUENCE, SET};

const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const PKCS8_SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const SAFE_CONTENTS_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.6");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");

/// The tag of encryptedContent, `[0] IMPLICIT OCTET STRING`, in its primitive form.
const PRIMITIVE_CONTEXT_0: u8 = 0x80;

/// How deep safes are looked into that lie in safes.
const MAXIMUM_SAFE_DEPTH: u8 = 4;

/// Reads a PFX. The key bags are counted, not opened.
pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Container, ContainerError> {
    match open(bytes, password.unwrap_or_default(), || Found::new(ContainerFormat::Pkcs12)) {
        Err(ContainerError::PasswordWrong) if password.is_none() => Err(ContainerError::PasswordNeeded),
        opened => opened?.found.finish(),
    }
}

/// What takes the bags of a file as they are come upon.
pub(super) trait TakesBags {
    /// A `PrivateKeyInfo` or, where it `is_encrypted`, an `EncryptedPrivateKeyInfo`, in BER.
    fn take_key(&mut self, is_encrypted: bool, encoding: &[u8]) -> Result<(), ContainerError>;

    /// A certificate, in DER.
    fn take_certificate(&mut self, der: &[u8]) -> Result<(), ContainerError>;
}

impl TakesBags for Found {
    fn take_key(&mut self, _: bool, _: &[u8]) -> Result<(), ContainerError> {
        self.holds_private_key = true;
        Ok(())
    }

    fn take_certificate(&mut self, der: &[u8]) -> Result<(), ContainerError> {
        self.add(der)
    }
}

/// A file that was opened.
pub(super) struct Opened<F> {
    /// What took its bags.
    pub(super) found: F,
    /// The encodings of the password that can be the file's: the first has opened it so far.
    pub(super) passwords: Vec<Password>,
    /// Whether the MAC holds, or a safe was decrypted: then the first password is the file's.
    pub(super) password_is_proven: bool,
    /// What is left for the keys.
    pub(super) work: WorkLeft,
}

/// Opens a PFX and gives its bags to what `taker` makes, anew for each encoding of the password.
pub(super) fn open<F: TakesBags>(
    bytes: &[u8],
    password: &str,
    taker: impl Fn() -> F,
) -> Result<Opened<F>, ContainerError> {
    if password.len() > MAXIMUM_PASSWORD_BYTES {
        return Err(ContainerError::PasswordTooLong { limit: MAXIMUM_PASSWORD_BYTES });
    }
    let file = PersonalInformationExchange::read(bytes)?;
    let mut passwords = Password::encodings(password);
    let mut work = WorkLeft::new();
    let (found, place) = match &file.mac {
        Some(mac) => file.open_checked(mac, &passwords, &mut work, taker),
        None => file.open_unchecked(&passwords, &mut work, taker),
    }?;
    passwords.drain(..place);
    let password_is_proven = file.mac.is_some() || file.has_encrypted_safe()?;
    Ok(Opened { found, passwords, password_is_proven, work })
}

/// `PFX` ([RFC 7292 §4]): the octets that the MAC covers, and the MAC.
struct PersonalInformationExchange<'a> {
    authenticated_safe: Octets<'a>,
    mac: Option<protection::Mac<'a>>,
}

impl<'a> PersonalInformationExchange<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, ContainerError> {
        let mut fields = Element::whole_of(bytes, SEQUENCE).and_then(|outer| outer.children()).map_err(is_damaged)?;
        fields.next().and_then(|version| version.expect(INTEGER)).map_err(is_damaged)?;
        let (content_type, content) = fields.next().and_then(content_info).map_err(is_damaged)?;
        if content_type != ID_DATA {
            // A signature instead of a MAC: the public-key integrity mode.
            return Err(ContainerError::Unsupported { algorithm: content_type });
        }
        let authenticated_safe =
            content.ok_or(NotBer).and_then(|content| content.octet_string()).map_err(is_damaged)?;
        let mac = match fields.next_if_any().map_err(is_damaged)? {
            Some(mac_data) => Some(protection::Mac::read(mac_data)?),
            None => None,
        };
        fields.finish().map_err(is_damaged)?;
        Ok(Self { authenticated_safe, mac })
    }

    /// Opens the file under the password whose MAC holds; tells which one.
    fn open_checked<F: TakesBags>(
        &self,
        mac: &protection::Mac<'_>,
        passwords: &[Password],
        work: &mut WorkLeft,
        taker: impl Fn() -> F,
    ) -> Result<(F, usize), ContainerError> {
        for (place, password) in passwords.iter().enumerate() {
            if mac.holds(password, &self.authenticated_safe, work)? {
                // The password is proven: what cannot be decrypted now is damaged before it was sealed.
                return match self.open(password, work, taker()) {
                    Err(ContainerError::PasswordWrong) => Err(damaged(ContainerFormat::Pkcs12)),
                    opened => Ok((opened?, place)),
                };
            }
        }
        // The MAC fails alike for a wrong password and for an altered file. Where the password decrypts a safe all the
        // same, it is the right one.
        for password in passwords {
            match self.open(password, work, taker()) {
                Err(ContainerError::PasswordWrong) => {}
                Err(other @ (ContainerError::TooManyIterations { .. } | ContainerError::Unsupported { .. })) => {
                    return Err(other);
                }
                Ok(_) if !self.has_encrypted_safe()? => {}
                Ok(_) | Err(_) => return Err(damaged(ContainerFormat::Pkcs12)),
            }
        }
        Err(ContainerError::PasswordWrong)
    }

    /// Opens a file without a MAC under the first password that decrypts it; tells which one.
    fn open_unchecked<F: TakesBags>(
        &self,
        passwords: &[Password],
        work: &mut WorkLeft,
        taker: impl Fn() -> F,
    ) -> Result<(F, usize), ContainerError> {
        for (place, password) in passwords.iter().enumerate() {
            match self.open(password, work, taker()) {
                Err(ContainerError::PasswordWrong) => {}
                opened => return Ok((opened?, place)),
            }
        }
        Err(ContainerError::PasswordWrong)
    }

    fn open<F: TakesBags>(&self, password: &Password, work: &mut WorkLeft, mut found: F) -> Result<F, ContainerError> {
        let mut safes = self.safes().map_err(is_damaged)?;
        while let Some(safe) = safes.next_if_any().map_err(is_damaged)? {
            let (content_type, content) = content_info(safe).map_err(is_damaged)?;
            let content = content.ok_or(NotBer).map_err(is_damaged)?;
            match content_type {
                ID_DATA => {
                    let contents = content.octet_string().map_err(is_damaged)?;
                    take_safe_contents(&contents, 0, &mut found)?;
                }
                ID_ENCRYPTED_DATA => {
                    let (algorithm, encrypted) = encrypted_content(content).map_err(is_damaged)?;
                    let contents = protection::decrypt(algorithm, &encrypted, password, work)?;
                    // A wrong password can leave a padding that looks right, one time in 256: see what it decrypts to.
                    if Element::whole_of(&contents, SEQUENCE).is_err() {
                        return Err(ContainerError::PasswordWrong);
                    }
                    take_safe_contents(&contents, 0, &mut found)?;
                }
                other => return Err(ContainerError::Unsupported { algorithm: other }),
            }
        }
        Ok(found)
    }

    fn has_encrypted_safe(&self) -> Result<bool, ContainerError> {
        let mut safes = self.safes().map_err(is_damaged)?;
        while let Some(safe) = safes.next_if_any().map_err(is_damaged)? {
            if content_info(safe).map_err(is_damaged)?.0 == ID_ENCRYPTED_DATA {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn safes(&self) -> Result<crate::ber::Elements<'_>, NotBer> {
        Element::whole_of(&self.authenticated_safe, SEQUENCE)?.children()
    }
}

fn is_damaged(NotBer: NotBer) -> ContainerError {
    damaged(ContainerFormat::Pkcs12)
}

/// `ContentInfo`: the type, and what is inside its explicit tag.
fn content_info(element: Element<'_>) -> Result<(ObjectIdentifier, Option<Element<'_>>), NotBer> {
    let mut fields = element.expect(SEQUENCE)?.children()?;
    let content_type = fields.next()?.object_identifier()?;
    let content = match fields.next_if(CONTEXT_0)? {
        Some(tagged) => Some(tagged.only_child()?),
        None => None,
    };
    fields.finish()?;
    Ok((content_type, content))
}

/// `EncryptedData` ([RFC 5652 §8]): the algorithm and the octets.
fn encrypted_content(element: Element<'_>) -> Result<(Element<'_>, Octets<'_>), NotBer> {
    let mut encrypted_data = element.expect(SEQUENCE)?.children()?;
    encrypted_data.next()?.expect(INTEGER)?;
    let mut content = encrypted_data.next()?.expect(SEQUENCE)?.children()?;
    content.next()?.object_identifier()?;
    let algorithm = content.next()?.expect(SEQUENCE)?;
    let octets = content.next()?.octets(PRIMITIVE_CONTEXT_0)?;
    content.finish()?;
    Ok((algorithm, octets))
}

/// `SafeContents` ([RFC 7292 §4.2]): certificates and keys are given to `found`, everything else is passed over.
fn take_safe_contents(bytes: &[u8], depth: u8, found: &mut impl TakesBags) -> Result<(), ContainerError> {
    if depth > MAXIMUM_SAFE_DEPTH {
        return Err(damaged(ContainerFormat::Pkcs12));
    }
    let mut bags = Element::whole_of(bytes, SEQUENCE).and_then(|bags| bags.children()).map_err(is_damaged)?;
    while let Some(bag) = bags.next_if_any().map_err(is_damaged)? {
        let (bag_type, value) = safe_bag(bag).map_err(is_damaged)?;
        match bag_type {
            KEY_BAG | PKCS8_SHROUDED_KEY_BAG => {
                found.take_key(bag_type == PKCS8_SHROUDED_KEY_BAG, value.encoding)?;
            }
            CERT_BAG => {
                if let Some(certificate) = certificate(value).map_err(is_damaged)? {
                    found.take_certificate(&certificate)?;
                }
            }
            SAFE_CONTENTS_BAG => take_safe_contents(value.encoding, depth + 1, found)?,
            // CRLs, secrets, and what others have added.
            _ => {}
        }
    }
    Ok(())
}

fn safe_bag(bag: Element<'_>) -> Result<(ObjectIdentifier, Element<'_>), NotBer> {
    let mut fields = bag.expect(SEQUENCE)?.children()?;
    let bag_type = fields.next()?.object_identifier()?;
    let value = fields.next()?.expect(CONTEXT_0)?.only_child()?;
    // The attributes: a friendly name and a key's identifier.
    fields.next_if(SET)?;
    fields.finish()?;
    Ok((bag_type, value))
}

/// The DER of a `CertBag`, or `None` where it is no X.509 certificate.
fn certificate(value: Element<'_>) -> Result<Option<Octets<'_>>, NotBer> {
    let mut fields = value.expect(SEQUENCE)?.children()?;
    let kind = fields.next()?.object_identifier()?;
    let tagged = fields.next()?.expect(CONTEXT_0)?;
    fields.finish()?;
    if kind == X509_CERTIFICATE { tagged.only_child()?.octet_string().map(Some) } else { Ok(None) }
}
