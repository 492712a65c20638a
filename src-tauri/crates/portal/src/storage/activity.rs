//! What was done with a certificate's key, from where, and who does what.

use super::database::{On, Transaction, query, query_scalar};
use super::{CertificateRecord, Storage, StorageError, state_name, time};
use chrono::{DateTime, TimeDelta, Utc};
use portal_api::{ACTIVITY_LIMIT, Activity, ActivityDevice, ActivityKind, CertificateState};
use uuid::Uuid;

/// For how long a declaration that is sent again, or an alarm that is raised again, is still the same act.
pub(super) const SAME_ACT: TimeDelta = TimeDelta::minutes(10);

/// From where a caller with a certificate calls.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// The IP address.
    pub(crate) address: String,
    /// What the client calls itself, printable and of bounded length.
    pub(crate) agent: String,
    /// The name of the registered computer whose token it showed.
    pub(crate) device_name: Option<String>,
}

/// Who does something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// Someone with reference number and one-time code.
    Invitation,
    /// Someone with the certificate's key, and from where.
    Certificate(&'a Origin),
    /// A computer with its device token.
    DeviceToken,
    /// Someone with reference number and revocation code.
    RevocationCode,
    /// The staff, on the word of the local registration authority.
    Authority,
    /// The local registration authority itself, with its certificate, for the organisation with this CVR number.
    LocalRegistrationAuthority { serial_number: &'a str, cvr: &'a str },
    /// The portal by itself.
    Portal,
}

/// Whether a log-in begins a sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sitting {
    Begins,
    /// It goes on where there was a log-in from the same computer within ten minutes: each request shows the certificate anew.
    MayGoOn,
}

/// What came of a log-in.
pub(crate) enum LoggedIn {
    /// Log-in is open, and this one is written down.
    Now,
    /// The certificate's state, which does not let it in.
    Refused(CertificateState),
}

impl Actor<'_> {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Certificate(_) => "certificate",
            Self::DeviceToken => "device-token",
            Self::RevocationCode => "revocation-code",
            Self::Authority | Self::LocalRegistrationAuthority { .. } => "authority",
            Self::Portal => "portal",
        }
    }

    /// The serial number of the certificate that a local registration authority acts with.
    pub(super) fn authority_serial_number(&self) -> Option<&str> {
        match self {
            Self::LocalRegistrationAuthority { serial_number, .. } => Some(serial_number),
            Self::Invitation
            | Self::Certificate(_)
            | Self::DeviceToken
            | Self::RevocationCode
            | Self::Authority
            | Self::Portal => None,
        }
    }
}

impl Origin {
    pub(super) async fn record(
        &self,
        transaction: &mut Transaction,
        kind: ActivityKind,
        serial_number: &str,
        document: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        query(
            "INSERT INTO activity (id, at, kind, serial_number, address, agent, device_name, document) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(Uuid::new_v4().to_string())
        .bind(now.timestamp())
        .bind(kind_name(kind))
        .bind(serial_number)
        .bind(&self.address)
        .bind(&self.agent)
        .bind(&self.device_name)
        .bind(document)
        .execute(&mut *transaction)
        .await?;
        if self.device_name.is_none() && kind != ActivityKind::DeviceRegistration {
            tracing::warn!(serial_number, kind = kind_name(kind), address = self.address, "an unregistered computer");
        }
        Ok(())
    }

    /// Whether the same was done from the same computer within ten minutes.
    async fn is_same_act<'a>(
        &self,
        on: impl Into<On<'a>>,
        kind: ActivityKind,
        serial_number: &str,
        document: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        query(
            "SELECT 1 FROM activity WHERE serial_number = $1 AND kind = $2 AND document IS NOT DISTINCT FROM $3 \
             AND at > $4 AND address = $5 AND agent = $6 AND device_name IS NOT DISTINCT FROM $7 LIMIT 1",
        )
        .bind(serial_number)
        .bind(kind_name(kind))
        .bind(document)
        .bind((now - SAME_ACT).timestamp())
        .bind(&self.address)
        .bind(&self.agent)
        .bind(&self.device_name)
        .finds_any(on)
        .await
    }
}

impl Storage {
    /// Lets a certificate in that is active, and writes it down where it begins a sitting.
    pub(crate) async fn log_in(
        &self,
        serial_number: &str,
        origin: &Origin,
        sitting: Sitting,
        now: DateTime<Utc>,
    ) -> Result<LoggedIn, StorageError> {
        const STATE: &str = "SELECT state FROM certificate WHERE serial_number = $1";
        let goes_on = async |on: On<'_>| match sitting {
            Sitting::Begins => Ok(false),
            Sitting::MayGoOn => origin.is_same_act(on, ActivityKind::LogIn, serial_number, None, now).await,
        };
        // Without the write lock at first: those who search do so more than once.
        if goes_on(On::Database(&self.database)).await? {
            let state: String = query_scalar(STATE).bind(serial_number).fetch_one(&self.database).await?;
            if state == state_name(CertificateState::Active) {
                return Ok(LoggedIn::Now);
            }
        }
        let mut transaction = self.begin().await?;
        let state: String = query_scalar(STATE).bind(serial_number).fetch_one(&mut transaction).await?;
        if state != state_name(CertificateState::Active) {
            return Ok(LoggedIn::Refused(super::state(state)?));
        }
        if !goes_on(On::Transaction(&mut transaction)).await? {
            origin.record(&mut transaction, ActivityKind::LogIn, serial_number, None, now).await?;
        }
        transaction.commit().await?;
        Ok(LoggedIn::Now)
    }

    /// Writes down an act that changes nothing: a declaration was sent, or its receipt asked for, once more. Not again
    /// within ten minutes from the same computer: that is one act, whose answer was lost.
    pub(crate) async fn record_declaration_again(
        &self,
        serial_number: &str,
        declaration: Uuid,
        origin: &Origin,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut transaction = self.begin().await?;
        let document = declaration.to_string();
        let kind = ActivityKind::Declaration;
        if origin.is_same_act(&mut transaction, kind, serial_number, Some(&document), now).await? {
            return Ok(());
        }
        origin.record(&mut transaction, ActivityKind::Declaration, serial_number, Some(&document), now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What was lately done with the certificates of one invitation, the newest first. Whoever has no more than the
    /// secrets of a revoked certificate is told what was done with that one until then, and nothing of what came after it.
    pub(crate) async fn activities(&self, of: &CertificateRecord) -> Result<Vec<Activity>, StorageError> {
        let told = match of.state {
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended => {
                "$2 IS NOT NULL AND $3 IS NOT NULL"
            }
            CertificateState::Revoked => "a.serial_number = $2 AND a.at <= $3",
        };
        let rows = query(sqlx::AssertSqlSafe(format!(
            "SELECT a.id, a.at, a.kind, a.address, a.agent, a.device_name, a.document FROM activity a \
             JOIN certificate c ON c.serial_number = a.serial_number WHERE c.employee_id = $1 AND {told} \
             ORDER BY a.number DESC LIMIT $4"
        )))
        .bind(of.employee_id.to_string())
        .bind(&of.serial_number)
        .bind(of.since.timestamp())
        .bind(i64::try_from(ACTIVITY_LIMIT).unwrap_or(i64::MAX))
        .fetch_all(&self.database)
        .await?;
        rows.iter()
            .map(|row| {
                let document: Option<String> = row.try_get("document")?;
                let device_name: Option<String> = row.try_get("device_name")?;
                Ok(Activity {
                    id: super::uuid(row.try_get("id")?)?,
                    at: time(row, "at")?,
                    kind: kind(row.try_get("kind")?)?,
                    address: row.try_get("address")?,
                    agent: row.try_get("agent")?,
                    device: device_name.map_or(ActivityDevice::Unregistered, ActivityDevice::Registered),
                    document: document.map(super::uuid).transpose()?,
                })
            })
            .collect()
    }
}

fn kind_name(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::LogIn => "log-in",
        ActivityKind::Declaration => "declaration",
        ActivityKind::DeviceRegistration => "device-registration",
        ActivityKind::Renewal => "renewal",
        ActivityKind::Revocation => "revocation",
    }
}

fn kind(name: String) -> Result<ActivityKind, StorageError> {
    [
        ActivityKind::LogIn,
        ActivityKind::Declaration,
        ActivityKind::DeviceRegistration,
        ActivityKind::Renewal,
        ActivityKind::Revocation,
    ]
    .into_iter()
    .find(|kind| kind_name(*kind) == name)
    .ok_or(StorageError::Damaged("kind of an activity"))
}
