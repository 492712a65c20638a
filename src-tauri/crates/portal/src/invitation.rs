//! What a local registration authority orders: an invitation for one employee.

use crate::certificate_authority::valid_email_address;
use crate::clock::Clock;
use crate::credential::{self, CodeHash};
use crate::error::PortalError;
use crate::masking::{address_holds_number, holds_number};
use crate::personal_number::{PersonalNumber, PersonalNumberVault};
use crate::storage::{NewInvitation, PERSONAL_NUMBER_SETTING, Storage};
use chrono::{DateTime, TimeDelta, Utc};
use portal_api::{LocalRegistrationAuthority, OrderedSubject};
use std::path::Path;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long an invitation works unless the order says otherwise.
pub const INVITATION_VALIDITY: TimeDelta = TimeDelta::days(14);

/// An order of the local registration authority.
pub struct InvitationOrder {
    /// Whom the certificate will name.
    pub subject: OrderedSubject,
    /// The employee's CPR number; the certificate does not hold it.
    pub personal_number: PersonalNumber,
    /// Whom the employee calls when something is wrong.
    pub authority: LocalRegistrationAuthority,
    /// How long the invitation works.
    pub validity: TimeDelta,
}

/// What the local registration authority hands on: the reference number by one channel, the code by another.
pub struct Invited {
    /// The reference number, e.g. `AMP-7K3M-9QXT`.
    pub reference: String,
    /// The one-time code, e.g. `4V8T-Q2NB-7HXK`. The portal keeps only its hash.
    pub code: Zeroizing<String>,
    /// From when on the invitation no longer works.
    pub expires_at: DateTime<Utc>,
}

/// Why an order is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OrderRejected {
    /// A name is empty, longer than 64 characters ([RFC 5280 Appendix A.1]), or holds control characters or what may be a CPR
    /// number.
    #[error("a name is empty, longer than 64 characters, or holds control characters or a CPR number: {0}")]
    Name(&'static str),
    /// The CVR number is not eight digits.
    #[error("the CVR number is not eight digits")]
    Cvr,
    /// The e-mail address is not one that a certificate can hold.
    #[error("the e-mail address is not one, or its host name is not in its ASCII form")]
    Email,
    /// An e-mail address holds what may be a CPR number: it would stand in the certificate, for everybody to read.
    #[error(
        "the e-mail address holds what may be a CPR number: everybody could read it in the certificate; use another address"
    )]
    EmailHoldsNumber,
    /// The CPR number is not ten digits with a real date.
    #[error("the CPR number is not ten digits with a real date")]
    PersonalNumber,
    /// The validity is not between an hour and 90 days.
    #[error("an invitation is valid for between an hour and 90 days")]
    Validity,
}

/// Why there is no invitation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InviteError {
    /// The order cannot be carried out as it stands.
    #[error(transparent)]
    Rejected(#[from] OrderRejected),
    /// The portal failed.
    #[error(transparent)]
    Portal(#[from] PortalError),
}

impl InvitationOrder {
    /// Checks what a certificate must be able to hold.
    ///
    /// # Errors
    /// [`OrderRejected`].
    pub fn check(&self) -> Result<(), OrderRejected> {
        let subject = &self.subject;
        for (field, text) in [
            ("given name", &subject.given_name),
            ("surname", &subject.surname),
            ("name", &subject.common_name),
            ("organisation", &subject.organisation),
            ("name of the local registration authority", &self.authority.name),
        ] {
            check_name(field, text)?;
        }
        for (field, text) in [
            ("telephone number of the local registration authority", &self.authority.phone),
            ("e-mail address of the local registration authority", &self.authority.email),
        ] {
            if text.as_ref().is_some_and(|text| text.len() > 256 || text.chars().any(char::is_control)) {
                return Err(OrderRejected::Name(field));
            }
        }
        check_cvr(&subject.cvr)?;
        check_email(&subject.email)?;
        if self.authority.email.as_deref().is_some_and(address_holds_number) {
            return Err(OrderRejected::EmailHoldsNumber);
        }
        if !(TimeDelta::hours(1)..=TimeDelta::days(90)).contains(&self.validity) {
            return Err(OrderRejected::Validity);
        }
        Ok(())
    }
}

/// Checks that a certificate can hold a name.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), OrderRejected> {
    let length = name.chars().count();
    let is_name = name.trim() == name && !name.chars().any(char::is_control) && !holds_number(name);
    if length == 0 || length > 64 || !is_name {
        return Err(OrderRejected::Name(field));
    }
    Ok(())
}

/// Checks that a certificate can hold an e-mail address.
pub(crate) fn check_email(address: &str) -> Result<(), OrderRejected> {
    if !valid_email_address(address) {
        return Err(OrderRejected::Email);
    }
    if address_holds_number(address) { Err(OrderRejected::EmailHoldsNumber) } else { Ok(()) }
}

/// Checks the form of a CVR number. Modulus 11 is not asked for: official test organisations fail it.
pub(crate) fn check_cvr(cvr: &str) -> Result<(), OrderRejected> {
    if cvr.len() != 8 || !cvr.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(OrderRejected::Cvr);
    }
    Ok(())
}

/// Makes an invitation on the data of a portal, whether that portal runs at the moment or not.
///
/// `database` is a URL such as `sqlite:///var/lib/portal/portal.sqlite`; None for the one in the data folder.
///
/// # Errors
/// [`InviteError::Rejected`] where the order cannot be carried out, [`InviteError::Portal`] where the portal's files or
/// database fail.
pub async fn invite(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    order: &InvitationOrder,
) -> Result<Invited, InviteError> {
    order.check()?;
    crate::key_file::private_folder(data)?;
    let vault = PersonalNumberVault::open(data)?;
    let storage = Storage::open(data, database).await.map_err(PortalError::from)?;
    let invited = match storage.agree(vec![(PERSONAL_NUMBER_SETTING, vault.fingerprint())]).await {
        Ok(None) => create(&storage, &vault, clock.now(), order, false).await,
        // A number that was hashed with another key would not be found again.
        Ok(Some(setting)) => Err(PortalError::OtherInstances { setting }.into()),
        Err(error) => Err(PortalError::from(error).into()),
    };
    storage.close().await;
    invited
}

/// Records a checked order.
pub(crate) async fn create(
    storage: &Storage,
    vault: &PersonalNumberVault,
    now: DateTime<Utc>,
    order: &InvitationOrder,
    practice: bool,
) -> Result<Invited, InviteError> {
    order.check()?;
    let employee_id = Uuid::new_v4();
    let reference = credential::new_reference().map_err(|_| PortalError::KeyGeneration)?;
    let code = credential::new_code().map_err(|_| PortalError::KeyGeneration)?;
    let canonical = Zeroizing::new(code.replace('-', ""));
    let code_hash = CodeHash::of(&canonical).map_err(|_| PortalError::KeyGeneration)?;
    let personal_number = vault.seal(&order.personal_number, employee_id)?;
    let expires_at = DateTime::from_timestamp((now + order.validity).timestamp(), 0).ok_or(OrderRejected::Validity)?;
    storage
        .create_invitation(&NewInvitation {
            employee_id,
            reference: &reference,
            practice,
            code_hash: &code_hash,
            subject: &order.subject,
            authority: &order.authority,
            personal_number: &personal_number,
            created_at: now,
            expires_at,
        })
        .await
        .map_err(PortalError::from)?;
    Ok(Invited { reference: credential::grouped(&reference), code, expires_at })
}

/// The made-up order of a practice portal.
pub(crate) fn practice_order() -> Result<InvitationOrder, OrderRejected> {
    Ok(InvitationOrder {
        subject: OrderedSubject {
            given_name: "Øvebruger".into(),
            surname: "Eksempel".into(),
            common_name: "Øvebruger Eksempel".into(),
            email: "øvebruger@example.org".into(),
            organisation: "Øvelseskommune Å".into(),
            cvr: "12345678".into(),
        },
        // A substitute number, which no person has.
        personal_number: PersonalNumber::parse("6101010000")?,
        authority: LocalRegistrationAuthority {
            name: "Øvelseskommune Å, brugeradministrationen".into(),
            phone: None,
            email: Some("lra@example.org".into()),
        },
        validity: INVITATION_VALIDITY,
    })
}
