//! The list of the organisation's users: how it stands with each, those who wait for something first among the choices.

use super::caller::Visitor;
use super::form::Posted;
use super::language::Language;
use super::layout::{Frame, hidden, page};
use super::standing::{STANDINGS, Standing, wrong_details_wait};
use super::trouble::Trouble;
use super::{Desk, see_other};
use crate::masking::holds_number;
use crate::storage::{DeskUser, UsersChosen, UsersSought};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// How long before the end of the visitor's own certificate it is told of.
const SOON: TimeDelta = TimeDelta::days(30);
/// Letters of a search text.
const SEARCH_LIMIT: usize = 100;
/// The choice of those whose details are wrong.
const WRONG_DETAILS: &str = "wrong-details";

/// What the list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// A standing's name, or [`WRONG_DETAILS`].
    state: String,
    /// The search text, sealed.
    search: String,
    page: String,
}

/// Which users are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    All,
    WrongDetails,
    In(Standing),
}

impl Choice {
    fn read(name: &str) -> Self {
        let standing = STANDINGS.into_iter().find(|standing| standing.name() == name);
        standing.map_or(if name == WRONG_DETAILS { Self::WrongDetails } else { Self::All }, Self::In)
    }

    fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::WrongDetails => WRONG_DETAILS,
            Self::In(standing) => standing.name(),
        }
    }

    fn of_users(self) -> UsersChosen {
        match self {
            Self::All => UsersChosen::All,
            Self::WrongDetails => UsersChosen::WrongDetails,
            Self::In(standing) => UsersChosen::Standing(standing.name()),
        }
    }
}

/// The list.
pub(super) async fn users(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let (language, now) = (visitor.language, desk.portal.now());
    let search = desk.keys.open_search(&asked.search, visitor.cvr()).unwrap_or_default();
    let choice = Choice::read(&asked.state);
    let sought = UsersSought {
        cvr: visitor.cvr(),
        search: &search,
        chosen: choice.of_users(),
        page: asked.page.parse().unwrap_or(1),
        now,
    };
    let found = desk.portal.storage.users_of_organisation(&sought).await?;
    let (shown, pages) = (found.page, found.pages);
    let address = |choice: Choice, page: u64| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("state", choice.name()), ("search", if search.is_empty() { "" } else { &asked.search })]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        let query = query.finish();
        if query.is_empty() { "/users".to_owned() } else { format!("/users?{query}") }
    };
    let here = address(choice, shown);
    let link = |choice, page| format!("{}{}", language.prefix(), address(choice, page));
    let title = language.say("Brugere", "Users");
    let content = html! {
        div class="title-with-action" {
            h1 { (title) }
            a class="button" href={ (language.prefix()) "/users/new" } { (language.say("Opret bruger", "Create a user")) }
        }
        @if visitor.authority().not_after - now < SOON {
            div class="notice notice-warning" {
                p {
                    (language.say("Dit LRA-certifikat udløber", "Your LRA certificate expires")) " "
                    (language.moment(visitor.authority().not_after)) ". "
                    (language.say("Ring til portalens support for at få et nyt.", "Call the portal's support to get a new one."))
                }
            }
        }
        (search_form(&desk, &visitor, &search, choice))
        nav aria-label=(language.say("Vis kun", "Show only")) class="choices" {
            ul {
                @for (one, words) in choices(language) {
                    @let count = found.counts.of(one.of_users());
                    @if one == Choice::All || one == choice || count > 0 {
                        li {
                            a href=(link(one, 1)) aria-current=[(one == choice).then_some("page")] {
                                (words) " " span class="count" { (count) }
                            }
                        }
                    }
                }
            }
        }
        @if found.users.is_empty() {
            p class="empty" {
                @if found.nobody {
                    (language.say(
                        "Der er ingen brugere endnu. Opret den første med »Opret bruger«.",
                        "There are no users yet. Create the first one with “Create a user”."))
                } @else {
                    (language.say("Ingen brugere passer til søgningen.", "No users match."))
                }
            }
        } @else {
            (table(language, &found.users, now))
        }
        @if pages > 1 {
            nav aria-label=(language.say("Sider", "Pages")) class="pages" {
                @if shown > 1 {
                    a rel="prev" href=(link(choice, shown - 1)) { (language.say("Forrige", "Previous")) }
                }
                span { (language.say("Side", "Page")) " " (shown) " " (language.say("af", "of")) " " (pages) }
                @if shown < pages {
                    a rel="next" href=(link(choice, shown + 1)) { (language.say("Næste", "Next")) }
                }
            }
        }
    };
    Ok(page(&Frame::of(&desk, &visitor, title, &here), &content).into_response())
}

/// Takes a search text, which goes on sealed: a name, or a CPR number that was typed by mistake, is not for addresses.
pub(super) async fn search(State(desk): State<Arc<Desk>>, posted: Posted) -> Result<Response, Trouble> {
    let Posted { visitor, fields } = posted;
    let typed = fields.text("search");
    let mut query = form_urlencoded::Serializer::new(String::new());
    let state = Choice::read(fields.text("state")).name();
    if !state.is_empty() {
        query.append_pair("state", state);
    }
    if !typed.is_empty() && typed.chars().count() <= SEARCH_LIMIT && !holds_number(typed) {
        let sealed = desk.keys.seal(typed, visitor.cvr()).ok_or(Trouble::Failed)?;
        query.append_pair("search", &sealed);
    }
    let query = query.finish();
    let path = if query.is_empty() { "/users".to_owned() } else { format!("/users?{query}") };
    Ok(see_other(visitor.language, &path))
}

fn choices(language: Language) -> impl Iterator<Item = (Choice, &'static str)> {
    let first = [
        (Choice::All, language.say("Alle", "All")),
        (Choice::WrongDetails, language.say("Forkerte oplysninger", "Wrong details")),
    ];
    first.into_iter().chain(STANDINGS.map(|standing| (Choice::In(standing), language.standing(standing))))
}

fn search_form(desk: &Desk, visitor: &Visitor, search: &str, choice: Choice) -> Markup {
    let language = visitor.language;
    html! {
        search {
            form method="post" action={ (language.prefix()) "/users/search" } class="search" {
                (hidden(desk, visitor))
                input type="hidden" name="state" value=(choice.name());
                label for="search" { (language.say("Søg", "Search")) }
                p class="hint" id="search-hint" {
                    (language.say(
                        "Navn, e-mail, tjenestested eller referencenummer. Der søges ikke på CPR-nummer.",
                        "Name, e-mail address, place of work or reference number. CPR numbers are not searched for."))
                }
                div class="search-line" {
                    input type="search" id="search" name="search" value=(search) maxlength=(SEARCH_LIMIT)
                        autocomplete="off" aria-describedby="search-hint";
                    button class="button secondary" { (language.say("Søg", "Search")) }
                }
            }
        }
    }
}

/// The roles are said, since small screens show rows as blocks, which takes them away in some browsers.
fn table(language: Language, users: &[DeskUser], now: DateTime<Utc>) -> Markup {
    let (name, place, standing, since) = (
        language.say("Navn", "Name"),
        language.say("Tjenestested", "Place of work"),
        language.say("Tilstand", "State"),
        language.say("Siden", "Since"),
    );
    html! {
        table role="table" {
            caption class="unseen" { (language.say("Brugere, den senest oprettede først", "Users, the latest first")) }
            thead role="rowgroup" {
                tr role="row" {
                    th role="columnheader" scope="col" { (name) }
                    th role="columnheader" scope="col" { (place) }
                    th role="columnheader" scope="col" { (standing) }
                    th role="columnheader" scope="col" { (since) }
                }
            }
            tbody role="rowgroup" {
                @for user in users {
                    @let stands = Standing::of(user, now);
                    tr role="row" {
                        th role="rowheader" scope="row" {
                            a href={ (language.prefix()) "/users/" (user.id) } { (user.common_name) }
                            span class="beneath" { (user.email) }
                        }
                        td role="cell" data-label=(place) { (user.place_of_work.as_deref().unwrap_or("–")) }
                        td role="cell" data-label=(standing) {
                            span class={ "badge " (stands.name()) } { (language.standing(stands)) }
                            @if wrong_details_wait(user) {
                                " "
                                span class="badge wrong" { (language.say("Forkerte oplysninger", "Wrong details")) }
                            }
                        }
                        td role="cell" data-label=(since) { (language.day(since_when(user))) }
                    }
                }
            }
        }
    }
}

fn since_when(user: &DeskUser) -> DateTime<Utc> {
    user.certificate.as_ref().map_or(user.created_at, |certificate| certificate.status.since)
}
