//! The revocation lists in force: made where something has happened or the latest are old, by whichever instance of the
//! portal is asked first, and given from memory until then.
//!
//! What belongs on a list is read once, when the first one is made; after that, only what has happened since is read.

use crate::certificate_authority::IssuanceError;
use crate::certificate_authority::revocation_list::{self, Extent};
use crate::error::PortalError;
use crate::portal::Portal;
use crate::storage::{IssuedLists, ListHead, ListIssuer, Listed, Stored};
use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// How long a list may be relied on, and after how long a new one is made even where nothing has happened.
const VALIDITY: TimeDelta = TimeDelta::hours(24);
const RENEWAL: TimeDelta = TimeDelta::hours(1);
/// By how much the clock of another instance, which made the latest list, may be ahead of this one's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);
/// How long a delta list may be relied on: it is there to be asked for often.
const DELTA_VALIDITY: TimeDelta = TimeDelta::hours(6);

/// The root CA's list as this instance last saw it.
pub(crate) type KeptRootList = (ListHead, Bytes);

/// The issuing CA's lists as this instance last saw them.
#[derive(Default)]
pub(crate) struct KeptIssuingLists {
    latest: Option<(ListHead, IssuingLists)>,
    /// What belonged on the issuing CA's complete list when this instance last looked.
    listed: Option<Listed>,
}

/// The issuing CA's lists, DER.
#[derive(Clone)]
pub(crate) struct IssuingLists {
    pub(crate) complete: Bytes,
    /// What has changed since the oldest complete list that may still be relied on ([RFC 5280 §5.2.4]).
    pub(crate) delta: Bytes,
}

impl From<IssuedLists> for IssuingLists {
    fn from(lists: IssuedLists) -> Self {
        Self { complete: lists.complete.into(), delta: lists.delta.into() }
    }
}

/// The issuing CA's latest lists, or new ones where something has happened or the latest are old. Both are made of the
/// same reading and have the same number ([RFC 5280 §5.2.3]).
///
/// Other instances of the portal make lists too. A list is kept only where its number is still the next one; what belongs
/// on it is read after that of the list before, so that the one with the higher number never knows less.
pub(crate) async fn issuing(portal: Arc<Portal>) -> Result<IssuingLists, PortalError> {
    // Also where whoever asked has gone meanwhile: the list is made once, and what was read for it is not lost.
    tokio::spawn(async move { issue(&portal).await }).await.map_err(|_| PortalError::Interrupted)?
}

async fn issue(portal: &Arc<Portal>) -> Result<IssuingLists, PortalError> {
    let mut kept = portal.issuing_lists.lock().await;
    let mut asked_at_event = None;
    loop {
        let now = portal.now();
        let (latest, last_event) = portal.storage.list_standing(ListIssuer::Issuing).await?;
        // What has happened since this request came need not be on the list that it is answered with.
        let enough = *asked_at_event.get_or_insert(last_event);
        if let Some(latest) = latest.filter(|latest| latest.event_id >= enough && is_fresh(latest, now)) {
            if let Some((_, lists)) = kept.latest.as_ref().filter(|(head, _)| *head == latest) {
                return Ok(lists.clone());
            }
            // Another instance has made it, or an earlier run of this one.
            if let Some(lists) = portal.storage.issued_lists(latest.number).await? {
                let lists = IssuingLists::from(lists);
                kept.latest = Some((latest, lists.clone()));
                return Ok(lists);
            }
        }
        let number = next_number(latest);
        // Whatever ended since the latest list was issued is on the next one a last time ([RFC 5280 §3.3]).
        let ended_since = latest.map_or(now, |latest| latest.this_update.min(now));
        let content = portal.storage.list_content(kept.listed.take(), ended_since, now).await?;
        let event_id = content.listed.event_id;
        let signing = Arc::clone(portal);
        let made = tokio::task::spawn_blocking(move || {
            let authority = &signing.authority;
            let complete = Extent::Complete { status_url: Some(&authority.status_url) };
            // Where no older list may be relied on, there is nothing that this one could have changed.
            let delta = Extent::Delta { base: content.base.unwrap_or(number) };
            let (issuing, listed) = (&authority.issuing, content.listed.entries());
            let complete = revocation_list::build(issuing, complete, number, now, now + VALIDITY, listed)?;
            let delta =
                revocation_list::build(issuing, delta, number, now, now + DELTA_VALIDITY, content.changed.iter())?;
            Ok::<_, IssuanceError>((IssuedLists { complete, delta }, content.listed))
        });
        let (lists, listed) = made.await.map_err(|_| PortalError::Interrupted)??;
        kept.listed = Some(listed);
        let head = ListHead { number, event_id, this_update: now };
        if portal.storage.store_issuing_lists(head, &lists, now + VALIDITY).await? == Stored::Now {
            let lists = IssuingLists::from(lists);
            // Stored to the second, and so compared.
            kept.latest = Some((head.as_stored(), lists.clone()));
            return Ok(lists);
        }
    }
}

/// The root CA's latest list, DER, or a new one where that is old. The issuing CA is its only issue, and is not revoked.
pub(crate) async fn root(portal: Arc<Portal>) -> Result<Bytes, PortalError> {
    let mut kept = portal.root_list.lock().await;
    loop {
        let now = portal.now();
        let (latest, _) = portal.storage.list_standing(ListIssuer::Root).await?;
        if let Some(latest) = latest.filter(|latest| is_fresh(latest, now)) {
            if let Some((_, list)) = kept.as_ref().filter(|(head, _)| *head == latest) {
                return Ok(list.clone());
            }
            if let Some(list) = portal.storage.root_list(latest.number).await? {
                let list = Bytes::from(list);
                *kept = Some((latest, list.clone()));
                return Ok(list);
            }
        }
        let number = next_number(latest);
        let signing = Arc::clone(&portal);
        let made = tokio::task::spawn_blocking(move || {
            let complete = Extent::Complete { status_url: None };
            revocation_list::build(&signing.authority.root, complete, number, now, now + VALIDITY, [].iter())
        });
        let list = made.await.map_err(|_| PortalError::Interrupted)??;
        let head = ListHead { number, event_id: 0, this_update: now };
        if portal.storage.store_root_list(head, &list, now + VALIDITY).await? == Stored::Now {
            let list = Bytes::from(list);
            *kept = Some((head.as_stored(), list.clone()));
            return Ok(list);
        }
    }
}

fn next_number(latest: Option<ListHead>) -> u64 {
    latest.map_or(1, |latest| latest.number.saturating_add(1))
}

fn is_fresh(latest: &ListHead, now: DateTime<Utc>) -> bool {
    latest.this_update <= now + CLOCKS_DIFFER && latest.this_update + RENEWAL > now
}
