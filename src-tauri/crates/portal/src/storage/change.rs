//! Changes of state: suspension, reinstatement and revocation, of one certificate and with it of its [`relatives`].

use super::database::{Transaction, query, query_scalar};
use super::{
    Actor, Event, Storage, StorageError, authority, reason, reason_name, record, relatives, state, state_name, time,
    whole_seconds,
};
use chrono::{DateTime, Utc};
use portal_api::{
    ActivityKind, CertificateState, CertificateStatus, ChangedCertificate, DetailField, RevocationReason,
};

/// A change of a certificate's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StateChange {
    /// Suspend it; where it is suspended already, nothing changes.
    Suspend,
    /// Lift the suspension: where `suspended_since` is given, that one and no later one.
    Reinstate { suspended_since: Option<DateTime<Utc>> },
    /// Revoke it for good: made by [`StateChange::revoke`] where the details that are wrong must be named.
    Revoke { reason: RevocationReason, wrong_details: Vec<DetailField> },
    /// Revoke it for the details that a computer reports as wrong, without the key: only what still waits for its
    /// declaration. What is in use is suspended with it, where the portal suspends: that can be undone.
    Report { wrong_details: Vec<DetailField>, suspension: bool },
}

impl StateChange {
    /// A revocation that names each wrong detail once where that is the reason, and none where it is not; None for any
    /// other.
    pub(crate) fn revoke(reason: RevocationReason, mut wrong_details: Vec<DetailField>) -> Option<Self> {
        let named = wrong_details.len();
        wrong_details.sort_by_key(|field| *field as u8);
        wrong_details.dedup();
        let fits = (reason == RevocationReason::WrongDetails) != wrong_details.is_empty();
        (fits && wrong_details.len() == named).then_some(Self::Revoke { reason, wrong_details })
    }

    /// What happens to the relatives that the change reaches; None where they are left alone.
    pub(super) fn of_relatives(&self) -> Option<Self> {
        match self {
            Self::Suspend => Some(Self::Suspend),
            Self::Reinstate { .. } => Some(Self::Reinstate { suspended_since: None }),
            // What gives way takes nothing with it.
            Self::Revoke { reason, .. } => (*reason != RevocationReason::Superseded).then(|| self.clone()),
            Self::Report { suspension, .. } => suspension.then_some(Self::Suspend),
        }
    }
}

/// The detail of a revocation's event.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct RevocationDetail {
    reason: RevocationReason,
    pub(super) wrong_details: Vec<DetailField>,
}

/// What came of asking for a change of state.
pub(crate) enum Changed {
    /// The state as it is now.
    Now(CertificateStatus),
    /// It was suspended, or revoked for this reason, already.
    Already(CertificateStatus),
    /// It is revoked for another reason, or was to be something else: nothing changes any more.
    AlreadyRevoked,
    /// It is not suspended, and so cannot be reinstated: its state.
    NotSuspended(CertificateStatus),
    /// It was suspended anew since the suspension that was to be lifted.
    SuspendedAnew,
    /// No such employee certificate, or one of another organisation than the local registration authority's that asks.
    Unknown,
    /// Whoever asks may not, or no longer: a computer after the declaration, an authority whose certificate was withdrawn.
    NotPermitted,
}

/// What came of asking for a change of state, for the one that was named and for its relatives.
pub(crate) struct Outcome {
    pub(crate) changed: Changed,
    /// The relatives whose state changed with it.
    pub(crate) changed_with_it: Vec<CertificateStatus>,
    /// The employee's other certificates that are suspended, and were before.
    pub(crate) still_suspended: Vec<CertificateStatus>,
}

impl Outcome {
    /// As the local registration authority and the staff are told, with the status that is answered.
    pub(crate) fn told(&self, certificate: &CertificateStatus) -> ChangedCertificate {
        ChangedCertificate {
            certificate: certificate.clone(),
            changed_with_it: self.changed_with_it.clone(),
            still_suspended: self.still_suspended.clone(),
        }
    }
}

impl Changed {
    /// What came of it, with what came of it for a relative: what changed now says more than what was so already.
    fn or(self, of_relative: Self) -> Self {
        match (self, of_relative) {
            (Self::Already(_) | Self::AlreadyRevoked, Self::Now(status)) => Self::Now(status),
            (Self::AlreadyRevoked, Self::Already(status)) => Self::Already(status),
            (
                own @ (Self::Now(_)
                | Self::Already(_)
                | Self::AlreadyRevoked
                | Self::NotSuspended(_)
                | Self::SuspendedAnew
                | Self::Unknown
                | Self::NotPermitted),
                Self::Now(_)
                | Self::Already(_)
                | Self::AlreadyRevoked
                | Self::NotSuspended(_)
                | Self::SuspendedAnew
                | Self::Unknown
                | Self::NotPermitted,
            ) => own,
        }
    }

    /// The status that is answered, where there is one.
    fn status(&self) -> Option<&CertificateStatus> {
        match self {
            Self::Now(status) | Self::Already(status) => Some(status),
            Self::AlreadyRevoked | Self::NotSuspended(_) | Self::SuspendedAnew | Self::Unknown | Self::NotPermitted => {
                None
            }
        }
    }
}

impl Storage {
    /// Changes the state of an employee certificate, on the word of `by`, and that of the [`relatives`] that the change
    /// reaches, all or none. What is answered is the state of the one that is named, or where that was so already and a
    /// relative was not, of that relative.
    ///
    /// Whoever comes first, a revocation stays: a reinstatement at the same time finds the certificate revoked, or is
    /// revoked after it.
    pub(crate) async fn change_state(
        &self,
        serial_number: &str,
        change: &StateChange,
        by: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Outcome, StorageError> {
        let mut transaction = self.begin().await?;
        let refused = |changed| Outcome { changed, changed_with_it: Vec::new(), still_suspended: Vec::new() };
        match authority::allows(&mut transaction, serial_number, by).await? {
            authority::Allowed::Yes => {}
            authority::Allowed::OtherOrganisation => return Ok(refused(Changed::Unknown)),
            authority::Allowed::Withdrawn => return Ok(refused(Changed::NotPermitted)),
        }
        let relatives = relatives::reached(&mut transaction, serial_number, change, by).await?;
        let mut changed = change_one(&mut transaction, serial_number, change, Event::new(now, "", by)).await?;
        if matches!(changed, Changed::NotPermitted | Changed::SuspendedAnew) {
            return Ok(refused(changed));
        }
        let mut changed_with_it = Vec::new();
        if let Some(change) = change.of_relatives() {
            for relative in relatives {
                let event = Event { acting_serial_number: Some(serial_number), ..Event::new(now, "", by) };
                let of_relative = change_one(&mut transaction, &relative, &change, event).await?;
                if let Changed::Now(status) = &of_relative {
                    changed_with_it.push(status.clone());
                }
                changed = changed.or(of_relative);
            }
        }
        if let (Changed::Now(_), StateChange::Revoke { .. }, Actor::Certificate(origin)) = (&changed, change, by) {
            origin.record(&mut transaction, ActivityKind::Revocation, serial_number, None, now).await?;
        }
        let answered = changed.status().map_or(serial_number, |status| &status.serial_number);
        changed_with_it.retain(|status| status.serial_number != answered);
        let mut still_suspended = relatives::suspended(&mut transaction, serial_number).await?;
        still_suspended.retain(|status| status.serial_number != answered && !changed_with_it.contains(status));
        transaction.commit().await?;
        Ok(Outcome { changed, changed_with_it, still_suspended })
    }
}

/// Changes the state of one employee certificate. `event` says who does it, when and by which certificate.
async fn change_one(
    transaction: &mut Transaction,
    serial_number: &str,
    change: &StateChange,
    event: Event<'_>,
) -> Result<Changed, StorageError> {
    let row = query(
        "SELECT state, reason, since, declared_by IS NOT NULL AS declared FROM certificate \
         WHERE serial_number = $1 AND kind = 'employee'",
    )
    .bind(serial_number)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(row) = row else { return Ok(Changed::Unknown) };
    let before = state(row.try_get("state")?)?;
    let declared: bool = row.try_get("declared")?;
    let unchanged = |reason| {
        let (serial_number, since) = (serial_number.to_owned(), time(&row, "since")?);
        Ok::<_, StorageError>(CertificateStatus { serial_number, state: before, reason, since })
    };
    let already = |reason| unchanged(reason).map(Changed::Already);
    let (after, kind) = match (before, change) {
        (CertificateState::Revoked, StateChange::Revoke { reason: again, .. }) => {
            let reason = reason(row.try_get("reason")?)?;
            return if reason == Some(*again) { already(reason) } else { Ok(Changed::AlreadyRevoked) };
        }
        (CertificateState::Revoked, StateChange::Report { .. }) => {
            let reason = reason(row.try_get("reason")?)?;
            let same = reason == Some(RevocationReason::WrongDetails);
            return if same { already(reason) } else { Ok(Changed::AlreadyRevoked) };
        }
        (CertificateState::Revoked, StateChange::Suspend | StateChange::Reinstate { .. }) => {
            return Ok(Changed::AlreadyRevoked);
        }
        (CertificateState::Suspended, StateChange::Suspend) => {
            relatives::record_another_alarm(transaction, serial_number, event).await?;
            return already(None);
        }
        (CertificateState::AwaitingDeclaration | CertificateState::Active, StateChange::Suspend) => {
            (CertificateState::Suspended, "suspended")
        }
        (CertificateState::AwaitingDeclaration | CertificateState::Active, StateChange::Reinstate { .. }) => {
            return unchanged(None).map(Changed::NotSuspended);
        }
        (CertificateState::Suspended, StateChange::Reinstate { suspended_since: Some(judged) })
            if *judged != time(&row, "since")? =>
        {
            return Ok(Changed::SuspendedAnew);
        }
        (CertificateState::Suspended, StateChange::Reinstate { .. }) if declared => {
            (CertificateState::Active, "reinstated")
        }
        (CertificateState::Suspended, StateChange::Reinstate { .. }) => {
            (CertificateState::AwaitingDeclaration, "reinstated")
        }
        (
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
            StateChange::Revoke { reason, wrong_details },
        ) => {
            let event = Event { kind: "revoked", ..event };
            return revoke(transaction, serial_number, *reason, wrong_details, event).await.map(Changed::Now);
        }
        // Declared a moment ago: then it is in use.
        (
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
            StateChange::Report { .. },
        ) if declared => return Ok(Changed::NotPermitted),
        (
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
            StateChange::Report { wrong_details, suspension: _ },
        ) => {
            let (reason, event) = (RevocationReason::WrongDetails, Event { kind: "revoked", ..event });
            return revoke(transaction, serial_number, reason, wrong_details, event).await.map(Changed::Now);
        }
    };
    query("UPDATE certificate SET state = $1, reason = NULL, since = $2 WHERE serial_number = $3")
        .bind(state_name(after))
        .bind(event.at.timestamp())
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    record(transaction, &Event { kind, serial_number: Some(serial_number), ..event }).await?;
    let since = whole_seconds(event.at)?;
    Ok(Changed::Now(CertificateStatus { serial_number: serial_number.to_owned(), state: after, reason: None, since }))
}

/// Revokes a certificate that is not revoked yet, and with it the renewals of it that were never taken into use: what
/// was asked for with its key must not outlive it. `event` says who does it, and when.
pub(super) async fn revoke(
    transaction: &mut Transaction,
    serial_number: &str,
    reason: RevocationReason,
    wrong_details: &[DetailField],
    event: Event<'_>,
) -> Result<CertificateStatus, StorageError> {
    let pending: Vec<String> = query_scalar(
        "SELECT serial_number FROM certificate WHERE renews = $1 AND declared_by IS NULL AND state <> 'revoked'",
    )
    .bind(serial_number)
    .fetch_all(&mut *transaction)
    .await?;
    let detail = |wrong_details: &[DetailField]| {
        serde_json::to_string(&RevocationDetail { reason, wrong_details: wrong_details.to_vec() })
            .map_err(|_| StorageError::Damaged("detail of a revocation"))
    };
    let (own, others) = (detail(wrong_details)?, detail(&[])?);
    let all = std::iter::once((serial_number, &own)).chain(pending.iter().map(|one| (one.as_str(), &others)));
    for (serial_number, detail) in all {
        let revoked = query(
            "UPDATE certificate SET state = 'revoked', reason = $1, since = $2, \
             on_hold_since = CASE WHEN state = 'suspended' THEN since END \
             WHERE serial_number = $3 AND state <> 'revoked'",
        )
        .bind(reason_name(reason))
        .bind(event.at.timestamp())
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
        // One that went with another a moment ago is not revoked twice.
        if revoked > 0 {
            record(transaction, &Event { serial_number: Some(serial_number), detail: Some(detail), ..event }).await?;
        }
    }
    let (serial_number, state, since) = (serial_number.to_owned(), CertificateState::Revoked, whole_seconds(event.at)?);
    Ok(CertificateStatus { serial_number, state, reason: Some(reason), since })
}
