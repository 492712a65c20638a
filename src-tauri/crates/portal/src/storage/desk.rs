//! What the desk of the local registration authority asks for and orders: users of one organisation, by CVR number, and
//! nobody else's. No CPR number comes out of here, sealed or not.

use super::database::{Row, Transaction, query};
use super::{
    Actor, Event, NewInvitation, RevocationDetail, Storage, StorageError, reason, record, record_invitation, state,
    time, uuid,
};
use crate::credential::CodeHash;
use chrono::{DateTime, Utc};
use portal_api::{CertificateStatus, DetailField};
use uuid::Uuid;

/// How many events of a user are told.
const HISTORY_LIMIT: i64 = 100;

/// A user of an organisation: one order of a certificate, and what became of it.
pub(crate) struct DeskUser {
    pub(crate) id: Uuid,
    pub(crate) given_name: String,
    pub(crate) surname: String,
    pub(crate) common_name: String,
    pub(crate) email: String,
    pub(crate) place_of_work: Option<String>,
    /// Whom the user calls.
    pub(crate) authority_name: String,
    pub(crate) authority_phone: Option<String>,
    pub(crate) authority_email: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    /// Letters and digits only.
    pub(crate) reference: String,
    /// Wrong tries with the one-time code.
    pub(crate) tries: u32,
    pub(crate) expires_at: DateTime<Utc>,
    /// True where somebody was given a one-time code: with a letter, or by the staff with the invitation.
    pub(crate) has_code: bool,
    /// The certificate that counts: what is suspended before what is in use, that before what waits for its declaration,
    /// and that before what is revoked.
    pub(crate) certificate: Option<DeskCertificate>,
    /// Which details were reported as wrong, where that certificate was revoked for it.
    pub(crate) wrong_details: Vec<DetailField>,
    /// The same person's next order, made since that certificate was revoked.
    pub(crate) followed_by: Option<Uuid>,
}

/// A certificate of a user.
pub(crate) struct DeskCertificate {
    pub(crate) status: CertificateStatus,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_after: DateTime<Utc>,
    /// The computer that it is registered for.
    pub(crate) device_name: Option<String>,
    /// The certificate that it renews.
    pub(crate) renews: Option<String>,
}

/// Something that happened to a user's invitation or certificates.
pub(crate) struct DeskEvent {
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: String,
    /// As the event log names whoever did it; None for what was written before it did.
    pub(crate) actor: Option<String>,
    /// The person whose certificate of a local registration authority it was done with.
    pub(crate) authority_name: Option<String>,
}

/// A user with everything that the desk shows.
pub(crate) struct DeskUserDetails {
    pub(crate) user: DeskUser,
    /// The newest first.
    pub(crate) certificates: Vec<DeskCertificate>,
    /// The latest first.
    pub(crate) history: Vec<DeskEvent>,
}

/// What came of an order.
pub(crate) enum Ordered {
    /// It is recorded now.
    Now,
    /// It was recorded before, with the same content.
    Already,
    /// The form was used before, for something else.
    FormUsed,
    /// The authority's certificate was withdrawn.
    NotPermitted,
}

/// A one-time code to be put in the place of the one before.
pub(crate) struct NewCode<'a> {
    pub(crate) user: Uuid,
    pub(crate) cvr: &'a str,
    pub(crate) code_hash: &'a CodeHash,
    /// Tells one letter from another.
    pub(crate) form: Uuid,
    pub(crate) expires_at: DateTime<Utc>,
}

/// What came of a new one-time code.
pub(crate) enum CodeIssued {
    /// It is the one that works now.
    Now,
    /// The form made a code before, which was shown: the hash of the one that works now, and until when it does.
    FormUsed { code_hash: CodeHash, expires_at: DateTime<Utc> },
    /// There is a certificate: the invitation has been used.
    InvitationUsed,
    /// No such user in the organisation.
    Unknown,
    /// The authority's certificate was withdrawn.
    NotPermitted,
}

pub(super) const USER_COLUMNS: &str = "SELECT e.id, e.given_name, e.surname, e.common_name, e.email, e.place_of_work, \
     e.authority_name, e.authority_phone, e.authority_email, e.created_at, i.reference, i.tries, i.expires_at, \
     EXISTS (SELECT 1 FROM event v WHERE v.reference = i.reference AND (v.kind = 'code-issued' \
     OR (v.kind = 'invited' AND v.authority_serial_number IS NULL))) AS has_code, \
     c.serial_number, c.state, c.reason, c.since, c.not_before, c.not_after, c.renews, \
     (SELECT d.name FROM device d WHERE d.serial_number = c.serial_number) AS device_name, \
     (SELECT v.detail FROM event v WHERE v.serial_number = c.serial_number AND v.kind = 'revoked' \
     ORDER BY v.id DESC LIMIT 1) AS revocation, \
     (SELECT n.id FROM employee n WHERE n.personal_number_hash = e.personal_number_hash AND n.cvr = e.cvr \
     AND n.id <> e.id AND n.created_at >= c.since ORDER BY n.created_at DESC, n.id LIMIT 1) AS followed_by";
/// Employees, each with the invitation and the certificate that counts.
pub(super) const USERS: &str = "FROM employee e JOIN invitation i ON i.employee_id = e.id \
     LEFT JOIN certificate c ON c.serial_number = (SELECT s.serial_number FROM certificate s \
     WHERE s.employee_id = e.id ORDER BY CASE s.state WHEN 'suspended' THEN 0 WHEN 'active' THEN 1 \
     WHEN 'awaiting-declaration' THEN 2 ELSE 3 END, s.not_before DESC, s.serial_number LIMIT 1)";

impl Storage {
    /// One user of an organisation, with certificates and history.
    pub(crate) async fn user_of_organisation(
        &self,
        id: Uuid,
        cvr: &str,
    ) -> Result<Option<DeskUserDetails>, StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let one = format!("{USER_COLUMNS} {USERS} WHERE e.id = $1 AND e.cvr = $2");
        let row =
            query(sqlx::AssertSqlSafe(one)).bind(id.to_string()).bind(cvr).fetch_optional(&mut transaction).await?;
        let Some(row) = row else { return Ok(None) };
        let user = user(&row)?;
        let certificates = query(
            "SELECT c.serial_number, c.state, c.reason, c.since, c.not_before, c.not_after, c.renews, \
             d.name AS device_name FROM certificate c LEFT JOIN device d ON d.serial_number = c.serial_number \
             WHERE c.employee_id = $1 ORDER BY c.not_before DESC, c.serial_number",
        )
        .bind(id.to_string())
        .fetch_all(&mut transaction)
        .await?;
        let history = query(
            "SELECT v.at, v.kind, v.actor, a.name AS authority_name FROM event v \
             LEFT JOIN authority_certificate a ON a.serial_number = v.authority_serial_number \
             WHERE v.reference = $1 OR v.serial_number IN (SELECT serial_number FROM certificate WHERE employee_id = $2) \
             ORDER BY v.id DESC LIMIT $3",
        )
        .bind(&user.reference)
        .bind(id.to_string())
        .bind(HISTORY_LIMIT)
        .fetch_all(&mut transaction)
        .await?;
        Ok(Some(DeskUserDetails {
            user,
            certificates: certificates.iter().map(certificate).collect::<Result<_, _>>()?,
            history: history.iter().map(event).collect::<Result<_, _>>()?,
        }))
    }

    /// Records an order of a local registration authority, once: the id is the form's.
    pub(crate) async fn order(
        &self,
        new: &NewInvitation<'_>,
        place_of_work: &str,
        by: Actor<'_>,
    ) -> Result<Ordered, StorageError> {
        let mut transaction = self.begin().await?;
        if !acts(&mut transaction, by).await? {
            return Ok(Ordered::NotPermitted);
        }
        let id = new.employee_id.to_string();
        let inserted = query(
            "INSERT INTO employee (id, given_name, surname, common_name, email, organisation, cvr, place_of_work, \
             authority_name, authority_phone, authority_email, personal_number_sealed, personal_number_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&id)
        .bind(&new.subject.given_name)
        .bind(&new.subject.surname)
        .bind(&new.subject.common_name)
        .bind(&new.subject.email)
        .bind(&new.subject.organisation)
        .bind(&new.subject.cvr)
        .bind(place_of_work)
        .bind(&new.authority.name)
        .bind(&new.authority.phone)
        .bind(&new.authority.email)
        .bind(&new.personal_number.sealed)
        .bind(&new.personal_number.hash)
        .bind(new.created_at.timestamp())
        .execute(&mut transaction)
        .await?;
        if inserted == 0 {
            let same = query(
                "SELECT 1 FROM employee WHERE id = $1 AND given_name = $2 AND surname = $3 AND email = $4 \
                 AND cvr = $5 AND place_of_work = $6 AND personal_number_hash = $7",
            )
            .bind(&id)
            .bind(&new.subject.given_name)
            .bind(&new.subject.surname)
            .bind(&new.subject.email)
            .bind(&new.subject.cvr)
            .bind(place_of_work)
            .bind(&new.personal_number.hash)
            .finds_any(&mut transaction)
            .await?;
            return Ok(if same { Ordered::Already } else { Ordered::FormUsed });
        }
        record_invitation(&mut transaction, new, by).await?;
        transaction.commit().await?;
        Ok(Ordered::Now)
    }

    /// Puts a new one-time code in the place of the one before, once for a form; wrong tries no longer count.
    pub(crate) async fn issue_code(
        &self,
        code: &NewCode<'_>,
        by: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<CodeIssued, StorageError> {
        let mut transaction = self.begin().await?;
        if !acts(&mut transaction, by).await? {
            return Ok(CodeIssued::NotPermitted);
        }
        let found = query(
            "SELECT i.reference, i.serial_number, i.code_salt, i.code_hash, i.expires_at FROM invitation i \
             JOIN employee e ON e.id = i.employee_id WHERE e.id = $1 AND e.cvr = $2",
        )
        .bind(code.user.to_string())
        .bind(code.cvr)
        .fetch_optional(&mut transaction)
        .await?;
        let Some(row) = found else { return Ok(CodeIssued::Unknown) };
        let reference: String = row.try_get("reference")?;
        let certificate: Option<String> = row.try_get("serial_number")?;
        if certificate.is_some() {
            return Ok(CodeIssued::InvitationUsed);
        }
        let form = code.form.to_string();
        let before = query("SELECT 1 FROM event WHERE reference = $1 AND kind = 'code-issued' AND detail = $2")
            .bind(&reference)
            .bind(&form)
            .finds_any(&mut transaction)
            .await?;
        if before {
            let code_hash = CodeHash { salt: row.try_get("code_salt")?, hash: row.try_get("code_hash")? };
            return Ok(CodeIssued::FormUsed { code_hash, expires_at: time(&row, "expires_at")? });
        }
        query(
            "UPDATE invitation SET code_salt = $1, code_hash = $2, tries = 0, expires_at = $3 \
             WHERE reference = $4",
        )
        .bind(&code.code_hash.salt)
        .bind(&code.code_hash.hash)
        .bind(code.expires_at.timestamp())
        .bind(&reference)
        .execute(&mut transaction)
        .await?;
        let issued = Event { reference: Some(&reference), detail: Some(&form), ..Event::new(now, "code-issued", by) };
        record(&mut transaction, &issued).await?;
        transaction.commit().await?;
        Ok(CodeIssued::Now)
    }
}

/// True where the certificate that a local registration authority acts with is not withdrawn.
pub(super) async fn acts(transaction: &mut Transaction, by: Actor<'_>) -> Result<bool, StorageError> {
    let active =
        query("SELECT 1 FROM authority_certificate WHERE serial_number = $1 AND kind = 'lra' AND state = 'active'")
            .bind(by.authority_serial_number())
            .finds_any(&mut *transaction)
            .await?;
    Ok(active)
}

pub(super) fn user(row: &Row) -> Result<DeskUser, StorageError> {
    let serial_number: Option<String> = row.try_get("serial_number")?;
    let revocation: Option<String> = row.try_get("revocation")?;
    let revocation = revocation
        .map(|detail| serde_json::from_str::<RevocationDetail>(&detail))
        .transpose()
        .map_err(|_| StorageError::Damaged("detail of a revocation"))?;
    let followed_by: Option<String> = row.try_get("followed_by")?;
    let tries: i64 = row.try_get("tries")?;
    Ok(DeskUser {
        id: uuid(row.try_get("id")?)?,
        given_name: row.try_get("given_name")?,
        surname: row.try_get("surname")?,
        common_name: row.try_get("common_name")?,
        email: row.try_get("email")?,
        place_of_work: row.try_get("place_of_work")?,
        authority_name: row.try_get("authority_name")?,
        authority_phone: row.try_get("authority_phone")?,
        authority_email: row.try_get("authority_email")?,
        created_at: time(row, "created_at")?,
        reference: row.try_get("reference")?,
        tries: u32::try_from(tries).map_err(|_| StorageError::Damaged("number of tries"))?,
        expires_at: time(row, "expires_at")?,
        has_code: row.try_get("has_code")?,
        certificate: serial_number.map(|_| certificate(row)).transpose()?,
        wrong_details: revocation.map_or_else(Vec::new, |revocation| revocation.wrong_details),
        followed_by: followed_by.map(uuid).transpose()?,
    })
}

fn certificate(row: &Row) -> Result<DeskCertificate, StorageError> {
    Ok(DeskCertificate {
        status: CertificateStatus {
            serial_number: row.try_get("serial_number")?,
            state: state(row.try_get("state")?)?,
            reason: reason(row.try_get("reason")?)?,
            since: time(row, "since")?,
        },
        not_before: time(row, "not_before")?,
        not_after: time(row, "not_after")?,
        device_name: row.try_get("device_name")?,
        renews: row.try_get("renews")?,
    })
}

fn event(row: &Row) -> Result<DeskEvent, StorageError> {
    Ok(DeskEvent {
        at: time(row, "at")?,
        kind: row.try_get("kind")?,
        actor: row.try_get("actor")?,
        authority_name: row.try_get("authority_name")?,
    })
}
