use std::fmt;

use http::HeaderName;

use super::answer::Answer;
use super::check::{Check, ListPlace, Unmet};
use super::pattern::{Pattern, PatternBudget, PatternMatch};
use super::pointer::Pointer;
use super::xml::XmlPath;
use crate::gateway::error::SpecError;
use crate::gateway::lint::Lint;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::spec::{Outcome, Predicate, Rule, StatusSet, When};

/// The compiled conditions of a rule.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    status: Option<StatusSet>,
    headers: Vec<(String, Check)>,
    body_contains: Option<String>,
    body_empty: Option<bool>,
    body_equals: Option<String>,
    pub(super) body_regex: Option<Pattern>,
    json: Vec<(Pointer, Check)>,
    form: Vec<(String, Check)>,
    xml: Vec<(XmlPath, Check)>,
}

/// The result of testing a rule against a response.
pub(super) enum Fit<'r> {
    Yes,
    No(Why<'r>),
    /// All other conditions hold, but the required body did not arrive or is longer than its
    /// searched part.
    NoBody,
}

/// The first condition that does not hold.
pub(super) enum Why<'r> {
    Body(&'static str),
    Form(&'r str),
    Header(&'r str),
    Json(&'r Pointer, &'r Check),
    NotJson,
    NotXml,
    Status,
    Xml(&'r XmlPath),
}

impl Why<'_> {
    /// Describes the condition. The difference is found only here, because most responses need no
    /// explanation.
    pub(super) fn describe(&self, answer: &Answer<'_>) -> String {
        match self {
            Self::Body(what) => (*what).to_owned(),
            Self::Form(key) => format!("the field `{key}` does not match"),
            Self::Header(name) => format!("the header `{name}` does not match"),
            Self::Json(pointer, check) => {
                let values = answer.json().map(|json| pointer.find_all(json)).unwrap_or_default();
                check.mismatch(&values).describe(pointer)
            }
            Self::NotJson => format!("the body is not JSON: it is {}", answer.kind()),
            Self::NotXml => format!("the body is not XML: it is {}", answer.kind()),
            Self::Status => "the status does not match".to_owned(),
            Self::Xml(path) => {
                let mismatch = answer.xml(path).map_or(Unmet::Absent, |_| Unmet::Other);
                mismatch.describe(path)
            }
        }
    }
}

impl Matcher {
    pub(super) fn compile(
        rule: &Rule,
        scope: &Symbols<'_>,
        budget: &PatternBudget,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        let when = &rule.when;
        let mut status = when.status.clone();
        if status.as_ref().is_some_and(StatusSet::is_empty) {
            let hint = "write 200, \"200-299\" or a list of them";
            return Err(SpecError::new(
                format!("{path}.when.status"),
                "the list of statuses is empty",
                hint,
            ));
        }
        let is_success = matches!(rule.then.outcome, Outcome::Accepted | Outcome::Duplicate);
        if is_success && *when == When::default() {
            let hint = "add a condition for success: a status, or a part of the body";
            let problem = "the rule accepts every response";
            return Err(SpecError::new(format!("{path}.when"), problem, hint));
        }
        if rule.then.outcome == Outcome::Duplicate {
            // Gateways refuse a duplicate with success or a client error, and an error page of a
            // server proves nothing.
            status.get_or_insert_with(StatusSet::answered);
        }
        if rule.then.outcome == Outcome::Accepted {
            // The body can restrict success but not extend it: `OK` in a page with status 500 is
            // not a success.
            status.get_or_insert_with(StatusSet::success);
        }
        if when.body_contains.is_some() {
            scope.lint(Lint::BodyContains, &format!("{path}.when.body_contains"))?;
        }
        for (name, _) in &when.header {
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                let hint = "use letters, digits and hyphens";
                return Err(SpecError::new(
                    format!("{path}.when.header.{name}"),
                    "it is not a header name",
                    hint,
                ));
            }
        }
        let check = |part: &str, name: &str, predicate: &Predicate| {
            let list = match part {
                "json" if name.split('/').any(|token| token == "*") => ListPlace::Always,
                "xml" if !name.ends_with(']') => ListPlace::Optional,
                _ => ListPlace::Never,
            };
            let path = format_args!("{path}.when.{part}.{name}");
            Check::compile(predicate, list, budget, &path)
        };
        let named = |part: &str, predicates: &[(String, Predicate)]| {
            predicates
                .iter()
                .map(|(name, predicate)| Ok((name.clone(), check(part, name, predicate)?)))
                .collect::<Result<Vec<_>, SpecError>>()
        };
        let regex = when.body_regex.as_deref();
        let regex = regex
            .map(|text| Pattern::compile(text, budget, &format_args!("{path}.when.body_regex")));
        let json = when.json.iter().map(|(text, predicate)| {
            let check = check("json", text, predicate)?;
            Ok::<_, SpecError>((Pointer::parse(text, format_args!("{path}.when.json"))?, check))
        });
        let xml = when.xml.iter().map(|(text, predicate)| {
            let check = check("xml", text, predicate)?;
            Ok::<_, SpecError>((XmlPath::parse(text, &format_args!("{path}.when.xml"))?, check))
        });
        Ok(Self {
            status,
            headers: named("header", &when.header)?,
            body_contains: when.body_contains.clone(),
            body_empty: when.body_empty,
            body_equals: when.body_equals.clone(),
            body_regex: regex.transpose()?,
            json: json.collect::<Result<_, _>>()?,
            form: named("form", &when.form)?,
            xml: xml.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn fit(&self, answer: &Answer<'_>) -> Fit<'_> {
        let no = |what| Fit::No(Why::Body(what));
        // Status and headers come first: if they do not match, the rule fails for certain, even if
        // the body is missing. So a later rule or the status table can still decide.
        if self.status.as_ref().is_some_and(|set| !set.holds(answer.status.as_u16())) {
            return Fit::No(Why::Status);
        }
        for (name, check) in &self.headers {
            let mut values = answer.header(name).peekable();
            let holds = match values.peek() {
                // The condition `exists = false` holds for a missing header.
                None => check.holds_text(None),
                // What no value may be, each of them must not be.
                Some(_) if check.is_negated() => values.all(|value| check.holds_text(Some(&value))),
                Some(_) => values.any(|value| check.holds_text(Some(&value))),
            };
            if !holds {
                return Fit::No(Why::Header(name));
            }
        }
        if self.asks_for_body() && !answer.has_body() {
            return Fit::NoBody;
        }
        // Some gateways end the body with a line break, so it has no white space around it here.
        if self.body_empty.is_some_and(|empty| empty != answer.text().is_empty()) {
            return no("`body_empty` does not match");
        }
        if self.body_equals.as_ref().is_some_and(|equal| equal.trim() != answer.text()) {
            return no("the body is not equal to `body_equals`");
        }
        if self.body_contains.as_ref().is_some_and(|part| !answer.text().contains(part.as_str())) {
            return no("the body does not contain `body_contains`");
        }
        match self.body_regex.as_ref().map(|regex| regex.search(answer.text())) {
            None | Some(PatternMatch::Yes) => {}
            Some(PatternMatch::No) => return no("the body does not match `body_regex`"),
            // The part that was not searched would decide, like a body that did not arrive.
            Some(PatternMatch::Open) => return Fit::NoBody,
        }
        // Without this test, `exists = false` would match an HTML error page.
        if !self.json.is_empty() && answer.json().is_none() {
            return Fit::No(Why::NotJson);
        }
        for (pointer, check) in &self.json {
            let json = answer.json();
            // Almost all conditions are about one value, for which nothing is allocated.
            let (one, all);
            let values = if pointer.is_list() {
                all = json.map(|json| pointer.find_all(json)).unwrap_or_default();
                all.as_slice()
            } else {
                one = json.and_then(|json| pointer.find(json));
                one.as_slice()
            };
            if !check.holds_json(values) {
                return Fit::No(Why::Json(pointer, check));
            }
        }
        for (key, check) in &self.form {
            // One of the values says the contrary of the other, so neither proves anything.
            if answer.has_form_conflict(key) || !check.holds_text(answer.form(key)) {
                return Fit::No(Why::Form(key));
            }
        }
        if !self.xml.is_empty() && !answer.is_xml() {
            return Fit::No(Why::NotXml);
        }
        for (path, check) in &self.xml {
            let holds = match check.is_list() {
                true => check.holds_texts(&answer.xml_all(path)),
                false => check.holds_text(answer.xml(path)),
            };
            if !holds {
                return Fit::No(Why::Xml(path));
            }
        }
        Fit::Yes
    }

    pub(super) const fn asks_for_body(&self) -> bool {
        self.body_contains.is_some()
            || self.body_empty.is_some()
            || self.body_equals.is_some()
            || self.body_regex.is_some()
            || !self.json.is_empty()
            || !self.form.is_empty()
            || !self.xml.is_empty()
    }
}
