//! The event log as a chain: each event has a link, and each link a hash over the one before, so that no event can be
//! changed, left out or put in later without the links after it telling so.
//!
//! All hashes are SHA-256. A text is encoded as its length in bytes (eight bytes, big-endian) and its UTF-8, with a byte 1
//! before; a text that is not there as a byte 0. Numbers are eight bytes, big-endian. Then
//!
//! - the payload's commitment is the hash over [`PAYLOAD`], a salt of 16 random bytes, reference number, serial number, detail
//!   and the authority's serial number;
//! - the acting certificate's commitment, where there is one, is the hash over [`ACTING`], another such salt and its serial
//!   number;
//! - the link is the hash over [`LINK`], the hash before (32 zero bytes before the first), the event's number, its time, its
//!   kind, its actor, the payload's commitment, and the acting certificate's where there is one.
//!
//! **Erasure** blanks what tells of whom an event was, and the salt with it. The commitment stays and says nothing any more:
//! without the salt nobody can try out what was hashed. So the chain holds, and what is still there is still proven.
//!
//! Events from before the chain are linked when the database is first opened after its migration, up to the last one that the
//! migration saw, and never later ones: an event that was written past the portal stays without a link.

use super::database::{Row, Transaction, query, query_as, query_scalar};
use super::erasure::{ERASED, ErasedCounts};
use super::{Event, Storage, StorageError};
use aws_lc_rs::{digest, rand};

const PAYLOAD: &[u8] = b"portal event payload 1";
const ACTING: &[u8] = b"portal event acting certificate 1";
const LINK: &[u8] = b"portal event link 1";
const SALT: usize = 16;
const HASH: usize = 32;
const LAST_BEFORE_THE_CHAIN: &str = "last event before the chain";
/// How many events are linked in one transaction, and how many are read at once.
const PAGE: i64 = 500;

/// Where the chain ends: what is noted elsewhere, so that events cannot be cut off from its end unnoticed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChainHead {
    /// The number of the last event.
    pub event: i64,
    /// Its link, hexadecimal.
    pub hash: String,
}

/// Where the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ChainBreak {
    /// The number of the event.
    pub event: i64,
    /// What is wrong with it.
    pub fault: ChainFault,
}

/// What is wrong with an event of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainFault {
    /// It has no link: it was written past the portal.
    NotLinked,
    /// What it tells is not what was linked.
    Altered,
    /// Its link does not follow from the one before: an event before it was taken out, or its own time, kind or actor is not
    /// what was linked.
    DoesNotFollow,
    /// Its link is there, and it is not.
    Missing,
    /// It was noted with another link.
    NotAsNoted,
    /// More or fewer events tell of nobody than the erasures up to it say that they blanked.
    NotAsErased,
}

/// What came of verifying the event log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Audit {
    /// True where every event has its link and every link follows.
    pub holds: bool,
    /// How many events there are.
    pub events: u64,
    /// How many of them tell no longer of whom they were.
    pub erased: u64,
    /// Where the chain ends; None where there are no events.
    pub head: Option<ChainHead>,
    /// Where it does not hold, the first ones.
    pub breaks: Vec<ChainBreak>,
}

/// How many breaks are named: who reads them looks into the database after the first.
const BREAKS: usize = 100;

/// What a link is made of, as the event has it.
struct Linked {
    event: i64,
    at: i64,
    kind: String,
    actor: Option<String>,
    /// Reference number, serial number, detail, the authority's serial number.
    payload: [Option<String>; 4],
    acting: Option<String>,
}

/// A commitment with its salt, where that is still there.
struct Commitment {
    hash: Vec<u8>,
    salt: Option<Vec<u8>>,
}

impl Commitment {
    fn new(domain: &[u8], texts: &[Option<String>]) -> Result<Self, StorageError> {
        let mut salt = vec![0; SALT];
        rand::fill(&mut salt).map_err(|_| StorageError::NoRandomness)?;
        Ok(Self { hash: committed(domain, &salt, texts), salt: Some(salt) })
    }

    /// True where `texts` are what was committed to, or where both they and the salt were erased.
    fn holds(&self, domain: &[u8], texts: &[Option<String>]) -> bool {
        match &self.salt {
            Some(salt) => committed(domain, salt, texts) == self.hash,
            None => texts.iter().all(Option::is_none),
        }
    }
}

fn committed(domain: &[u8], salt: &[u8], texts: &[Option<String>]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(domain);
    context.update(salt);
    texts.iter().for_each(|text| update(&mut context, text.as_deref()));
    context.finish().as_ref().to_vec()
}

fn update(context: &mut digest::Context, text: Option<&str>) {
    match text {
        None => context.update(&[0]),
        Some(text) => {
            context.update(&[1]);
            context.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(text.as_bytes());
        }
    }
}

impl Linked {
    fn link(&self, before: &[u8], payload: &[u8], acting: Option<&[u8]>) -> Vec<u8> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(LINK);
        context.update(before);
        context.update(&self.event.to_be_bytes());
        context.update(&self.at.to_be_bytes());
        update(&mut context, Some(&self.kind));
        update(&mut context, self.actor.as_deref());
        context.update(payload);
        context.update(acting.unwrap_or_default());
        context.finish().as_ref().to_vec()
    }

    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            event: row.try_get("id")?,
            at: row.try_get("at")?,
            kind: row.try_get("kind")?,
            actor: row.try_get("actor")?,
            payload: [
                row.try_get("reference")?,
                row.try_get("serial_number")?,
                row.try_get("detail")?,
                row.try_get("authority_serial_number")?,
            ],
            acting: row.try_get("acting_serial_number")?,
        })
    }

    /// Links the event to the one before. The transaction holds the write lock.
    async fn append(&self, transaction: &mut Transaction) -> Result<(), StorageError> {
        let before: Option<Vec<u8>> = query_scalar("SELECT hash FROM event_link ORDER BY event_id DESC LIMIT 1")
            .fetch_optional(&mut *transaction)
            .await?;
        let payload = Commitment::new(PAYLOAD, &self.payload)?;
        let acting = match &self.acting {
            Some(_) => Some(Commitment::new(ACTING, std::slice::from_ref(&self.acting))?),
            None => None,
        };
        let acting_hash = acting.as_ref().map(|acting| acting.hash.as_slice());
        let hash = self.link(&before.unwrap_or_else(|| vec![0; HASH]), &payload.hash, acting_hash);
        query(
            "INSERT INTO event_link (event_id, hash, payload_commitment, payload_salt, acting_commitment, acting_salt) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.event)
        .bind(&hash)
        .bind(&payload.hash)
        .bind(payload.salt)
        .bind(acting.as_ref().map(|acting| acting.hash.clone()))
        .bind(acting.and_then(|acting| acting.salt))
        .execute(&mut *transaction)
        .await?;
        Ok(())
    }
}

/// Links an event that was just recorded.
pub(super) async fn append(transaction: &mut Transaction, id: i64, event: &Event<'_>) -> Result<(), StorageError> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let linked = Linked {
        event: id,
        at: event.at.timestamp(),
        kind: event.kind.to_owned(),
        actor: Some(event.by.name().to_owned()),
        payload: [
            owned(event.reference),
            owned(event.serial_number),
            owned(event.detail),
            owned(event.by.authority_serial_number()),
        ],
        acting: owned(event.acting_serial_number),
    };
    linked.append(transaction).await
}

impl Storage {
    /// Links the events from before the chain, in order; goes on where it was broken off.
    pub(super) async fn link_earlier_events(&self) -> Result<(), StorageError> {
        let last: String = query_scalar("SELECT value FROM instance_setting WHERE name = $1")
            .bind(LAST_BEFORE_THE_CHAIN)
            .fetch_one(&self.database)
            .await?;
        let last: i64 = last.parse().map_err(|_| StorageError::Damaged(LAST_BEFORE_THE_CHAIN))?;
        // Without the write lock at first: nearly always there is nothing to do.
        while last > 0 && last_linked(&mut self.database.begin_reading().await?).await? < last {
            let mut transaction = self.begin().await?;
            let rows = query(
                "SELECT id, at, kind, actor, reference, serial_number, detail, authority_serial_number, \
                 acting_serial_number FROM event WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
            )
            .bind(last_linked(&mut transaction).await?)
            .bind(last)
            .bind(PAGE)
            .fetch_all(&mut transaction)
            .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                Linked::read(&row)?.append(&mut transaction).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Where the chain ends.
    pub(crate) async fn chain_head(&self) -> Result<Option<ChainHead>, StorageError> {
        let head: Option<(i64, Vec<u8>)> =
            query_as("SELECT event_id, hash FROM event_link ORDER BY event_id DESC LIMIT 1")
                .fetch_optional(&self.database)
                .await?;
        Ok(head.map(|(event, hash)| ChainHead { event, hash: hex::encode(hash) }))
    }

    /// Verifies the event log from its first event to its last, and that it holds the event that was `noted` elsewhere.
    pub(crate) async fn audit(&self, noted: Option<&ChainHead>) -> Result<Audit, StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let mut audit = Audit { holds: true, events: 0, erased: 0, head: None, breaks: Vec::new() };
        let mut noted_is_found = noted.is_none();
        let mut told_as_erased = 0_u64;
        let (mut after, mut before) = (i64::MIN, vec![0; HASH]);
        loop {
            let rows = query(
                "SELECT e.id, e.at, e.kind, e.actor, e.reference, e.serial_number, e.detail, e.authority_serial_number, \
                 e.acting_serial_number, l.hash, l.payload_commitment, l.payload_salt, l.acting_commitment, l.acting_salt \
                 FROM event e LEFT JOIN event_link l ON l.event_id = e.id WHERE e.id > $1 ORDER BY e.id LIMIT $2",
            )
            .bind(after)
            .bind(PAGE)
            .fetch_all(&mut transaction)
            .await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get("id")?;
            for row in &rows {
                audit.events += 1;
                let linked = Linked::read(row)?;
                let Some(hash) = row.try_get::<Option<Vec<u8>>>("hash")? else {
                    audit.found(linked.event, ChainFault::NotLinked);
                    continue;
                };
                let payload =
                    Commitment { hash: row.try_get("payload_commitment")?, salt: row.try_get("payload_salt")? };
                let acting: Option<Vec<u8>> = row.try_get("acting_commitment")?;
                if linked.link(&before, &payload.hash, acting.as_deref()) != hash {
                    audit.found(linked.event, ChainFault::DoesNotFollow);
                }
                let acting_holds = match acting {
                    None => linked.acting.is_none(),
                    Some(hash) => {
                        let acting = Commitment { hash, salt: row.try_get("acting_salt")? };
                        acting.holds(ACTING, std::slice::from_ref(&linked.acting))
                    }
                };
                if !payload.holds(PAYLOAD, &linked.payload) || !acting_holds {
                    audit.found(linked.event, ChainFault::Altered);
                }
                if payload.salt.is_none() {
                    audit.erased += 1;
                }
                if let (ERASED, [_, _, Some(detail), _]) = (linked.kind.as_str(), &linked.payload) {
                    let counts: Option<ErasedCounts> = serde_json::from_str(detail).ok();
                    told_as_erased += counts.map_or(0, |counts| counts.events);
                }
                let head = ChainHead { event: linked.event, hash: hex::encode(&hash) };
                if let Some(noted) = noted.filter(|noted| noted.event == head.event) {
                    noted_is_found = true;
                    if noted.hash != head.hash {
                        audit.found(head.event, ChainFault::NotAsNoted);
                    }
                }
                // From what is stored, so that one break is told once and not for every event after it.
                before = hash;
                audit.head = Some(head);
            }
        }
        // Whoever can write to the database can blank an event as an erasure does, but not say so in the chain.
        if audit.erased != told_as_erased {
            let event = audit.head.as_ref().map_or(0, |head| head.event);
            audit.found(event, ChainFault::NotAsErased);
        }
        let missing: Vec<i64> = query_scalar(
            "SELECT l.event_id FROM event_link l LEFT JOIN event e ON e.id = l.event_id WHERE e.id IS NULL ORDER BY l.event_id",
        )
        .fetch_all(&mut transaction)
        .await?;
        missing.into_iter().for_each(|event| audit.found(event, ChainFault::Missing));
        if let Some(noted) = noted.filter(|_| !noted_is_found) {
            audit.found(noted.event, ChainFault::Missing);
        }
        Ok(audit)
    }
}

impl Audit {
    fn found(&mut self, event: i64, fault: ChainFault) {
        self.holds = false;
        if self.breaks.len() < BREAKS {
            self.breaks.push(ChainBreak { event, fault });
        }
    }
}

async fn last_linked(transaction: &mut Transaction) -> Result<i64, StorageError> {
    query_scalar("SELECT COALESCE(MAX(event_id), 0) FROM event_link").fetch_one(transaction).await
}
