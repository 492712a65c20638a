//! What changed from one version of the terms to another, place by place, as people compare them side by side.

use crate::terms::Terms;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;

/// Where in the terms a text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermsPlace {
    /// The title.
    Title,
    /// What precedes the sections.
    Preamble,
    /// The text of the section of this number (`2`), or what precedes its clauses.
    Section(String),
    /// The clause of this number (`2.3`).
    Clause(String),
    /// What the employee declares by signing.
    Closing,
}

/// One place of the terms in both versions. Its number is that of the later version, where it is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedText {
    /// Where.
    pub place: TermsPlace,
    /// How it was; empty where it was not there.
    pub before: Vec<TextPart>,
    /// How it is; empty where it is no longer there.
    pub after: Vec<TextPart>,
}

impl ComparedText {
    /// Whether the text is another than before, or is new or gone.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.before.iter().chain(&self.after).any(|part| part.changed)
    }
}

/// A run of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    /// The words with the white space between them.
    pub text: String,
    /// True where the other version does not have them here.
    pub changed: bool,
}

/// Compares two versions of the terms: all places in the later one's order, and what is gone where it was. Sections and
/// clauses are the same where their ids are.
#[must_use]
pub fn compare_terms(before: &Terms, after: &Terms) -> Vec<ComparedText> {
    let old = places(before);
    let new = places(after);
    let known: BTreeMap<&str, &Place<'_>> = old.iter().map(|place| (place.key.as_str(), place)).collect();
    let still_there: BTreeMap<&str, ()> = new.iter().map(|place| (place.key.as_str(), ())).collect();
    let mut compared: Vec<ComparedText> = Vec::new();
    let mut passed = 0;
    for place in &new {
        // What is gone stands before the first place that followed it and is still there.
        if let Some(found) = old.iter().position(|old| old.key == place.key).filter(|found| *found >= passed) {
            let gone = old[passed..found].iter().filter(|old| !still_there.contains_key(old.key.as_str()));
            compared.extend(gone.map(|gone| compare(gone.place.clone(), gone.text, "")));
            passed = found + 1;
        }
        let text_before = known.get(place.key.as_str()).map_or("", |old| old.text);
        compared.push(compare(place.place.clone(), text_before, place.text));
    }
    let gone = old[passed..].iter().filter(|old| !still_there.contains_key(old.key.as_str()));
    compared.extend(gone.map(|gone| compare(gone.place.clone(), gone.text, "")));
    compared
}

struct Place<'a> {
    /// Names the place in every version.
    key: String,
    place: TermsPlace,
    text: &'a str,
}

fn places(terms: &Terms) -> Vec<Place<'_>> {
    let mut places = vec![
        Place { key: "title".into(), place: TermsPlace::Title, text: &terms.title },
        Place { key: "preamble".into(), place: TermsPlace::Preamble, text: &terms.preamble },
    ];
    for (section_index, section) in terms.sections.iter().enumerate() {
        let number = (section_index + 1).to_string();
        let key = format!("section {}", section.id);
        places.push(Place { key, place: TermsPlace::Section(number.clone()), text: &section.lead });
        for (clause_index, clause) in section.clauses.iter().enumerate() {
            let key = format!("clause {}", clause.id);
            let place = TermsPlace::Clause(format!("{number}.{}", clause_index + 1));
            places.push(Place { key, place, text: &clause.text });
        }
    }
    places.push(Place { key: "closing".into(), place: TermsPlace::Closing, text: &terms.closing });
    places
}

fn compare(place: TermsPlace, before: &str, after: &str) -> ComparedText {
    let mut compared = ComparedText { place, before: Vec::new(), after: Vec::new() };
    for change in TextDiff::from_words(before, after).iter_all_changes() {
        let text = change.value();
        match change.tag() {
            ChangeTag::Equal => {
                push(&mut compared.before, text, false);
                push(&mut compared.after, text, false);
            }
            ChangeTag::Delete => push(&mut compared.before, text, true),
            ChangeTag::Insert => push(&mut compared.after, text, true),
        }
    }
    compared
}

fn push(parts: &mut Vec<TextPart>, text: &str, changed: bool) {
    match parts.last_mut() {
        Some(last) if last.changed == changed => last.text.push_str(text),
        Some(_) | None => parts.push(TextPart { text: text.to_owned(), changed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{Clause, shipped};

    fn in_force() -> Terms {
        shipped()[0].terms().clone()
    }

    fn changed(compared: &[ComparedText]) -> Vec<&ComparedText> {
        compared.iter().filter(|text| text.is_changed()).collect()
    }

    fn text(parts: &[TextPart]) -> String {
        parts.iter().map(|part| part.text.as_str()).collect()
    }

    #[test]
    fn nothing_changes_between_a_version_and_itself_and_every_text_is_there() {
        let terms = in_force();
        let compared = compare_terms(&terms, &terms);
        assert!(changed(&compared).is_empty());
        let clauses: usize = terms.sections.iter().map(|section| section.clauses.len()).sum();
        assert_eq!(compared.len(), 3 + terms.sections.len() + clauses);
        assert!(compared.iter().all(|text| text.before == text.after));
    }

    #[test]
    fn a_changed_word_is_marked_on_both_sides_and_the_rest_is_not() {
        let before = in_force();
        let mut after = before.clone();
        let section = before.sections.iter().position(|section| !section.clauses.is_empty()).expect("clauses");
        let clause = &mut after.sections[section].clauses[0];
        let (rest, last) = clause.text.rsplit_once(' ').expect("several words");
        let last = last.to_owned();
        clause.text = format!("{rest} straks");
        let compared = compare_terms(&before, &after);
        let [only] = changed(&compared)[..] else { panic!("one text is changed") };
        assert_eq!(only.place, TermsPlace::Clause(format!("{}.1", section + 1)));
        assert_eq!(text(&only.before), before.sections[section].clauses[0].text);
        assert_eq!(text(&only.after), after.sections[section].clauses[0].text);
        let marked = |parts: &[TextPart]| -> String {
            parts.iter().filter(|part| part.changed).map(|part| part.text.as_str()).collect()
        };
        assert_eq!((marked(&only.before), marked(&only.after)), (last, "straks".to_owned()));
    }

    #[test]
    fn a_new_clause_stands_where_it_is_and_a_removed_one_where_it_was() {
        let before = in_force();
        let mut after = before.clone();
        let section = after.sections.iter_mut().find(|section| section.clauses.len() > 2).expect("some clauses");
        let number = before.sections.iter().position(|old| old.id == section.id).expect("the section") + 1;
        let removed = section.clauses.remove(1);
        section.clauses.insert(0, Clause { id: "new".into(), text: "En ny pligt.".into() });
        let compared = compare_terms(&before, &after);
        let [new, gone] = changed(&compared)[..] else { panic!("two texts are changed") };
        assert_eq!((&new.place, new.before.len()), (&TermsPlace::Clause(format!("{number}.1")), 0));
        assert_eq!(text(&new.after), "En ny pligt.");
        assert_eq!((text(&gone.before), gone.after.len()), (removed.text, 0));
        let places: Vec<&TermsPlace> = compared.iter().map(|text| &text.place).collect();
        let kept = places.iter().position(|place| **place == TermsPlace::Clause(format!("{number}.2"))).expect("kept");
        assert!(std::ptr::eq(&compared[kept + 1], gone), "the removed clause stands after the one that preceded it");
    }

    #[test]
    fn two_versions_without_one_common_clause_are_shown_whole() {
        let before = in_force();
        let mut after = before.clone();
        for clause in after.sections.iter_mut().flat_map(|section| &mut section.clauses) {
            clause.id.push_str("-2");
        }
        let compared = compare_terms(&before, &after);
        let clauses: usize = before.sections.iter().map(|section| section.clauses.len()).sum();
        assert_eq!(changed(&compared).len(), 2 * clauses);
    }
}
