//! The requests that may say a status, the most faithful ones first. Whether one says it is for the
//! caller to find out: a rule can contradict a word, and a condition can be hard to meet.

use super::super::synthesis::meeting;
use super::draft::ReportDraft;
use crate::gateway::spec::{PlainText, ReportRule, ReportsSpec};
use crate::provider::ReportStatus;

/// The maximum number of examples whose form is used for another status.
const MAX_FORMS: usize = 4;
/// A word that no gateway has, so that it says nothing.
const UNLISTED: &str = "unlisted";

/// Returns drafts of a report with this status.
pub(super) fn candidates(
    spec: &ReportsSpec,
    status: ReportStatus,
) -> impl Iterator<Item = ReportDraft> {
    let words = move || {
        let lists = spec.statuses.iter().filter(move |(known, _)| *known == status);
        let listed = lists.flat_map(|(_, words)| words).map(|PlainText(word)| word.as_str());
        listed.chain((status == ReportStatus::Unknown).then_some(UNLISTED))
    };
    let rules = move || spec.rule.iter().filter(move |rule| rule.then.status == status);
    let of_words = forms(spec)
        .flat_map(move |form| words().flat_map(move |word| with_word(spec, form.clone(), word)));
    let of_rules = forms(spec)
        .flat_map(move |form| rules().filter_map(move |rule| with_rule(spec, form.clone(), rule)));
    of_examples(spec, status).chain(of_words).chain(of_rules)
}

/// Returns the reports of the examples that say the status.
fn of_examples(spec: &ReportsSpec, status: ReportStatus) -> impl Iterator<Item = ReportDraft> {
    spec.examples().iter().flat_map(move |example| {
        let expected = example.expected().iter().enumerate();
        let wanted = expected.filter(move |(_, report)| report.status() == status);
        wanted.filter_map(move |(at, _)| ReportDraft::of_example(spec, example, at))
    })
}

/// Returns the forms of some examples, and an empty one.
fn forms(spec: &ReportsSpec) -> impl Iterator<Item = ReportDraft> {
    let examples = spec.examples().iter().take(MAX_FORMS);
    let forms = examples.filter_map(move |example| ReportDraft::of_example(spec, example, 0));
    forms.chain([ReportDraft::empty(spec)])
}

/// Puts a word to each place of the status in turn, and first to the one that has a value.
fn with_word(
    spec: &ReportsSpec,
    mut form: ReportDraft,
    word: &str,
) -> impl Iterator<Item = ReportDraft> {
    without_code(spec, &mut form);
    let places = spec.status.0.iter();
    let used = places.clone().find(|place| form.get(place).is_some());
    let first = used.and_then(|place| put(&form, place, word));
    let alone = places.filter_map(move |place| {
        let mut form = form.clone();
        spec.status.0.iter().filter(|other| *other != place).for_each(|other| form.remove(other));
        put(&form, place, word)
    });
    first.into_iter().chain(alone.collect::<Vec<_>>())
}

fn put(form: &ReportDraft, place: &str, word: &str) -> Option<ReportDraft> {
    let mut form = form.clone();
    form.put_text(place, word)?;
    Some(form)
}

/// Meets the conditions of a rule.
fn with_rule(spec: &ReportsSpec, mut form: ReportDraft, rule: &ReportRule) -> Option<ReportDraft> {
    without_code(spec, &mut form);
    let when = &rule.when;
    let tables = [
        ("form:", &when.form),
        ("header:", &when.header),
        ("", &when.json),
        ("query:", &when.query),
        ("xml:", &when.xml),
    ];
    for (kind, conditions) in tables {
        for (name, predicate) in conditions {
            let place = format!("{kind}{name}");
            match meeting(predicate) {
                None => form.remove(&place),
                Some(value) => form.put(&place, value)?,
            }
        }
    }
    Some(form)
}

/// Removes the code of another status. A place of the status itself stays.
fn without_code(spec: &ReportsSpec, form: &mut ReportDraft) {
    let places = spec.code.0.iter().filter(|place| !spec.status.0.contains(place));
    places.for_each(|place| form.remove(place));
}
