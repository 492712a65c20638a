//! The desk's list of an organisation's users, a page at a time: chosen, counted and searched by the database, so that no
//! organisation is ever read whole.

use super::database::{Query, Row, Transaction, query};
use super::desk::{USER_COLUMNS, USERS, user};
use super::directory::{folded, folded_as_in_ascii};
use super::{DeskUser, Storage, StorageError, TRIES};
use chrono::{DateTime, Utc};

/// Users on one page.
pub(crate) const USER_PAGE: u64 = 50;

/// Which users of an organisation are listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UsersSought<'a> {
    /// The organisation's CVR number.
    pub(crate) cvr: &'a str,
    /// Words, each of which stands in name, e-mail address, place of work, reference number or serial number.
    pub(crate) search: &'a str,
    pub(crate) chosen: UsersChosen,
    /// From 1; beyond the last one, the last one.
    pub(crate) page: u64,
    pub(crate) now: DateTime<Utc>,
}

/// Which of those that a search finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsersChosen {
    All,
    /// Who has reported wrong details, and for whom no new certificate was ordered since.
    WrongDetails,
    /// How it stands with them: a state of a certificate, `expired`, or `invited`, `code-locked` and `invitation-expired` where
    /// there is no certificate.
    Standing(&'static str),
}

/// A page of the list.
pub(crate) struct UserPage {
    /// The latest order first.
    pub(crate) users: Vec<DeskUser>,
    pub(crate) page: u64,
    pub(crate) pages: u64,
    pub(crate) counts: UserCounts,
    /// True where the organisation has no user at all.
    pub(crate) nobody: bool,
}

/// How many users a search finds.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserCounts {
    standings: Vec<(String, u64)>,
    wrong_details: u64,
}

impl UserCounts {
    pub(crate) fn of(&self, chosen: UsersChosen) -> u64 {
        let sum = |standing: Option<&str>| {
            let counted = self.standings.iter().filter(|(name, _)| standing.is_none_or(|standing| standing == name));
            counted.map(|(_, count)| count).sum()
        };
        match chosen {
            UsersChosen::All => sum(None),
            UsersChosen::WrongDetails => self.wrong_details,
            UsersChosen::Standing(name) => sum(Some(name)),
        }
    }
}

/// What is searched, in small letters as far as the databases agree about them.
const SEARCHED: &str = folded!(
    "(e.common_name || ' ' || e.email || ' ' || COALESCE(e.place_of_work, '') || ' ' || i.reference || ' ' || \
     SUBSTR(i.reference, 1, 3) || '-' || SUBSTR(i.reference, 4, 4) || '-' || SUBSTR(i.reference, 8) || ' ' || \
     COALESCE(c.serial_number, ''))"
);

/// The users of organisation `$1` at the time `$2`, each with how it stands and what is searched.
fn listed() -> String {
    format!(
        "SELECT e.id, e.created_at, {SEARCHED} AS searched, \
         CASE WHEN c.serial_number IS NULL THEN CASE WHEN i.expires_at <= $2 THEN 'invitation-expired' \
         WHEN i.tries >= {TRIES} THEN 'code-locked' ELSE 'invited' END \
         WHEN c.state = 'revoked' THEN 'revoked' WHEN c.not_after < $2 THEN 'expired' ELSE c.state END AS standing, \
         CASE WHEN c.state = 'revoked' AND (SELECT v.detail FROM event v WHERE v.serial_number = c.serial_number \
         AND v.kind = 'revoked' ORDER BY v.id DESC LIMIT 1) LIKE '%\"wrong_details\":[\"%' \
         AND NOT EXISTS (SELECT 1 FROM employee n WHERE n.personal_number_hash = e.personal_number_hash \
         AND n.cvr = e.cvr AND n.id <> e.id AND n.created_at >= c.since) THEN 1 ELSE 0 END AS wrong_details \
         {USERS} WHERE e.cvr = $1"
    )
}

/// How many words of a search count.
const WORDS: usize = 8;

/// A condition for each word of a search, with the values of its parameters, the first of which is `$3`.
fn conditions(search: &str) -> (String, Vec<String>) {
    let (mut sql, mut values) = (String::new(), Vec::new());
    // No database takes a NUL in a text, and a person's name has few words: each is looked for in everybody.
    let words = search.split(|letter: char| letter.is_whitespace() || letter.is_control());
    for word in words.filter(|word| !word.is_empty()).take(WORDS) {
        // Letters other than those of ASCII and the Danish ones are small in some databases only.
        let mut spellings =
            vec![word.to_lowercase(), folded_as_in_ascii(word), folded_as_in_ascii(&word.to_uppercase())];
        spellings.dedup();
        let mut either = Vec::new();
        for spelling in spellings {
            values.push(format!("%{}%", spelling.replace('!', "!!").replace('%', "!%").replace('_', "!_")));
            either.push(format!("l.searched LIKE ${} ESCAPE '!'", values.len() + 2));
        }
        sql.push_str(&format!(" AND ({})", either.join(" OR ")));
    }
    (sql, values)
}

impl Storage {
    /// A page of the users that are sought, and how many there are.
    pub(crate) async fn users_of_organisation(&self, sought: &UsersSought<'_>) -> Result<UserPage, StorageError> {
        let (searched, words) = conditions(sought.search);
        let listed = listed();
        let bound = |sql: String| {
            let query = query(sqlx::AssertSqlSafe(sql)).bind(sought.cvr).bind(sought.now.timestamp());
            words.iter().fold(query, Query::bind)
        };
        let mut transaction = self.database.begin_reading().await?;
        let counted = bound(format!(
            "SELECT l.standing, COUNT(*) AS number, SUM(l.wrong_details) AS wrong_details FROM ({listed}) l \
             WHERE TRUE{searched} GROUP BY l.standing"
        ));
        let counts = counts(&counted.fetch_all(&mut transaction).await?)?;
        let pages = counts.of(sought.chosen).div_ceil(USER_PAGE).max(1);
        let page = sought.page.clamp(1, pages);
        let chosen = match sought.chosen {
            UsersChosen::All => String::new(),
            UsersChosen::WrongDetails => " AND l.wrong_details = 1".to_owned(),
            UsersChosen::Standing(name) => format!(" AND l.standing = '{name}'"),
        };
        let order = "created_at DESC";
        let (limit, offset) = (USER_PAGE, (page - 1) * USER_PAGE);
        let shown = bound(format!(
            "{USER_COLUMNS} {USERS} JOIN (SELECT l.id FROM ({listed}) l WHERE TRUE{searched}{chosen} \
             ORDER BY l.{order}, l.id LIMIT {limit} OFFSET {offset}) shown ON shown.id = e.id ORDER BY e.{order}, e.id"
        ));
        let users = shown.fetch_all(&mut transaction).await?.iter().map(user).collect::<Result<Vec<_>, _>>()?;
        let nobody = users.is_empty() && !has_users(&mut transaction, sought.cvr).await?;
        Ok(UserPage { users, page, pages, counts, nobody })
    }
}

async fn has_users(transaction: &mut Transaction, cvr: &str) -> Result<bool, StorageError> {
    query("SELECT 1 FROM employee WHERE cvr = $1 LIMIT 1").bind(cvr).finds_any(transaction).await
}

fn counts(rows: &[Row]) -> Result<UserCounts, StorageError> {
    let mut counts = UserCounts::default();
    for row in rows {
        let (number, wrong): (i64, i64) = (row.try_get("number")?, row.try_get("wrong_details")?);
        counts.standings.push((row.try_get("standing")?, number.unsigned_abs()));
        counts.wrong_details += wrong.unsigned_abs();
    }
    Ok(counts)
}
