//! The user database, for those who may log in.

use super::caller::EmployeeCaller;
use super::problem::Refusal;
use crate::administration::canonical_serial_number;
use crate::masking::holds_number;
use crate::portal::Portal;
use crate::storage::{Sitting, Sought};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use portal_api::{DIRECTORY_NAME_LIMIT, DirectoryPage, DirectoryQuery, Problem, ProblemKind};
use std::sync::Arc;

/// Longest serial number, in hexadecimal digits ([RFC 5280 §4.1.2.2]: at most 20 octets).
const SERIAL_LIMIT: usize = 40;

/// Finds employee certificates by name, organisation or serial number. Only for those whose own certificate would log in;
/// only what its holder has consented to. Written down as a log-in, once for the requests that follow one another within ten
/// minutes.
#[utoipa::path(get, path = "/v1/directory", tag = "directory", params(DirectoryQuery), security(("certificate" = [])),
    responses(
        (status = 200, body = DirectoryPage),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "too-many-requests", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn search(
    State(portal): State<Arc<Portal>>,
    caller: EmployeeCaller,
    query: Result<Query<DirectoryQuery>, QueryRejection>,
) -> Result<Json<DirectoryPage>, Refusal> {
    let now = portal.now();
    caller.log_in(&portal, Sitting::MayGoOn, now).await?;
    let invalid = |why: &str| Refusal::with(ProblemKind::RequestInvalid, why);
    let Query(query) =
        query.map_err(|_| invalid("the query is not one of name, organisation and serial, and after"))?;
    let after = query.after.unwrap_or_default();
    let serial;
    let sought = match (query.name.as_deref(), query.organisation.as_deref(), query.serial.as_deref()) {
        (Some(name), None, None) => Sought::Name(name.trim()),
        (None, Some(organisation), None) => {
            let organisation = organisation.trim();
            let is_cvr = organisation.len() == 8 && organisation.bytes().all(|byte| byte.is_ascii_digit());
            if is_cvr { Sought::Cvr(organisation) } else { Sought::Organisation(organisation) }
        }
        (None, None, Some(typed)) => {
            serial = canonical_serial_number(typed);
            Sought::SerialNumber(&serial)
        }
        (_, _, _) => return Err(invalid("exactly one of name, organisation and serial is asked for")),
    };
    let (text, limit) = match sought {
        Sought::Name(text) | Sought::Organisation(text) | Sought::Cvr(text) => (text, DIRECTORY_NAME_LIMIT),
        Sought::SerialNumber(text) => (text, SERIAL_LIMIT),
        Sought::PersonOf(_) => return Err(Refusal::internal("a person is not asked for in a query")),
    };
    let length = text.chars().count();
    if length == 0 || length > limit || text.contains('\0') || after.len() > SERIAL_LIMIT || after.contains('\0') {
        return Err(invalid("what is asked for is empty or too long"));
    }
    if holds_number(text) {
        return Err(invalid("CPR numbers are not in the user database"));
    }
    Ok(Json(portal.storage.published(sought, &after, now).await?))
}

/// What is published about the caller: of all of the person's certificates for this organisation. Written down as a search
/// is.
#[utoipa::path(get, path = "/v1/directory/me", tag = "directory", security(("certificate" = [])), responses(
    (status = 200, body = DirectoryPage),
    (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "too-many-requests", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn me(
    State(portal): State<Arc<Portal>>,
    caller: EmployeeCaller,
) -> Result<Json<DirectoryPage>, Refusal> {
    let now = portal.now();
    let own = Sought::PersonOf(caller.record.employee_id);
    caller.log_in(&portal, Sitting::MayGoOn, now).await?;
    // One answer, however many there are: a person has few.
    let mut own_entries = portal.storage.published(own, "", now).await?;
    while let Some(after) = own_entries.next.take() {
        let more = portal.storage.published(own, &after, now).await?;
        own_entries.entries.extend(more.entries);
        own_entries.next = more.next;
    }
    Ok(Json(own_entries))
}
