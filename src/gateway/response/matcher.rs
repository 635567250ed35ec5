use std::borrow::Cow;
use std::fmt;

use http::HeaderName;

use super::answer::Answer;
use super::json::Json;
use super::pattern::{Pattern, PatternBudget, PatternMatch};
use super::pointer::Pointer;
use super::xml::XmlPath;
use crate::gateway::error::SpecError;
use crate::gateway::lint::Lint;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::spec::{Outcome, Predicate, Rule, Scalar, StatusSet, When};

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
    Json(&'r Pointer),
    Status,
    Xml(&'r XmlPath),
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(what) => f.write_str(what),
            Self::Form(key) => write!(f, "the field `{key}` does not match"),
            Self::Header(name) => write!(f, "the header `{name}` does not match"),
            Self::Json(pointer) => write!(f, "the value at `{pointer}` does not match"),
            Self::Status => f.write_str("the status does not match"),
            Self::Xml(path) => write!(f, "the value at `{path}` does not match"),
        }
    }
}

#[derive(Clone, Debug)]
struct Check {
    predicate: Predicate,
    regex: Option<Pattern>,
}

impl Matcher {
    pub(super) fn compile(
        rule: &Rule,
        scope: &Symbols<'_>,
        budget: &PatternBudget,
        path: &str,
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
        if rule.then.outcome == Outcome::Accepted {
            if *when == When::default() {
                let hint = "add a condition for success: a status, or a part of the body";
                return Err(SpecError::new(
                    format!("{path}.when"),
                    "the rule accepts every response",
                    hint,
                ));
            }
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
        let checks = |part: &str, predicates: &[(String, Predicate)]| {
            predicates
                .iter()
                .map(|(name, predicate)| {
                    let path = format!("{path}.when.{part}.{name}");
                    Ok((name.clone(), Check::compile(predicate, budget, &path)?))
                })
                .collect::<Result<Vec<_>, SpecError>>()
        };
        let regex_path = format!("{path}.when.body_regex");
        Ok(Self {
            status,
            headers: checks("header", &when.header)?,
            body_contains: when.body_contains.clone(),
            body_empty: when.body_empty,
            body_equals: when.body_equals.clone(),
            body_regex: when
                .body_regex
                .as_deref()
                .map(|text| Pattern::compile(text, budget, &regex_path))
                .transpose()?,
            json: checks("json", &when.json)?
                .into_iter()
                .map(|(text, check)| {
                    Ok((Pointer::parse(&text, &format!("{path}.when.json"))?, check))
                })
                .collect::<Result<_, SpecError>>()?,
            form: checks("form", &when.form)?,
            xml: checks("xml", &when.xml)?
                .into_iter()
                .map(|(text, check)| {
                    Ok((XmlPath::parse(&text, &format!("{path}.when.xml"))?, check))
                })
                .collect::<Result<_, SpecError>>()?,
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
                Some(_) => values.any(|value| check.holds_text(Some(&value))),
            };
            if !holds {
                return Fit::No(Why::Header(name));
            }
        }
        if self.asks_for_body() && !answer.has_body() {
            return Fit::NoBody;
        }
        let text = || answer.text().trim();
        if self.body_empty.is_some_and(|empty| empty != text().is_empty()) {
            return no("`body_empty` does not match");
        }
        // Some gateways end the body with a line break, so white space around it does not count.
        if self.body_equals.as_ref().is_some_and(|equal| equal.trim() != text()) {
            return no("the body is not equal to `body_equals`");
        }
        if self.body_contains.as_ref().is_some_and(|part| !text().contains(part.as_str())) {
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
            return no("the body is not JSON");
        }
        for (pointer, check) in &self.json {
            if !check.holds_json(answer.json().and_then(|json| pointer.find(json))) {
                return Fit::No(Why::Json(pointer));
            }
        }
        for (key, check) in &self.form {
            if !check.holds_text(answer.form(key)) {
                return Fit::No(Why::Form(key));
            }
        }
        if !self.xml.is_empty() && !answer.is_xml() {
            return no("the body is not XML");
        }
        for (path, check) in &self.xml {
            if !check.holds_text(answer.xml(path)) {
                return Fit::No(Why::Xml(path));
            }
        }
        Fit::Yes
    }

    const fn asks_for_body(&self) -> bool {
        self.body_contains.is_some()
            || self.body_empty.is_some()
            || self.body_equals.is_some()
            || self.body_regex.is_some()
            || !self.json.is_empty()
            || !self.form.is_empty()
            || !self.xml.is_empty()
    }
}

impl Check {
    fn compile(
        predicate: &Predicate,
        budget: &PatternBudget,
        path: &str,
    ) -> Result<Self, SpecError> {
        // Such a rule is a mistake: it never applies, or hides all rules after it.
        let no_values = predicate.one_of.as_ref().is_some_and(Vec::is_empty);
        let no_range =
            matches!((predicate.at_least, predicate.at_most), (Some(a), Some(b)) if a > b);
        if no_values || no_range || *predicate == Predicate::default() {
            let hint = "give a value, or one of equals, in, regex, exists, at_least, at_most";
            return Err(SpecError::new(path, "the condition matches nothing or everything", hint));
        }
        let regex = predicate.regex.as_deref();
        let regex = regex.map(|text| Pattern::compile(text, budget, path)).transpose()?;
        Ok(Self { predicate: predicate.clone(), regex })
    }

    /// Tests a JSON value. A string never equals a number, and `null` counts as absent.
    fn holds_json(&self, value: Option<&Json<'_>>) -> bool {
        let value = value.filter(|value| !matches!(value, Json::Null));
        let number = match value {
            // A spec cannot contain an integer above `i64`, so larger numbers match no integer.
            // `1.0` is not an integer either.
            Some(Json::Int(number)) => Some(*number),
            _ => None,
        };
        let equals = |scalar: &Scalar| match (scalar, value) {
            (Scalar::Bool(wanted), Some(Json::Bool(value))) => value == wanted,
            (Scalar::Int(wanted), _) => number == Some(*wanted),
            (Scalar::Text(wanted), Some(Json::Text(text))) => text == wanted,
            _ => false,
        };
        self.holds(value.is_some(), number, equals, || value.and_then(Json::text))
    }

    /// Tests a text value. In headers, forms and XML every value is text, and a number is its
    /// digits.
    fn holds_text(&self, value: Option<&str>) -> bool {
        let number = value.and_then(|text| text.parse().ok());
        let equals = |scalar: &Scalar| match scalar {
            Scalar::Bool(wanted) => value == Some(if *wanted { "true" } else { "false" }),
            Scalar::Int(wanted) => number == Some(*wanted),
            Scalar::Text(wanted) => value == Some(wanted.as_str()),
        };
        self.holds(value.is_some(), number, equals, || value.map(Cow::Borrowed))
    }

    fn holds<'t>(
        &self,
        is_there: bool,
        number: Option<i64>,
        equals: impl Fn(&Scalar) -> bool,
        text: impl Fn() -> Option<Cow<'t, str>>,
    ) -> bool {
        let wanted = &self.predicate;
        wanted.exists.is_none_or(|exists| exists == is_there)
            && wanted.one_of.as_ref().is_none_or(|values| values.iter().any(equals))
            && wanted.at_least.is_none_or(|least| number.is_some_and(|number| number >= least))
            && wanted.at_most.is_none_or(|most| number.is_some_and(|number| number <= most))
            && self.regex.as_ref().is_none_or(|regex| {
                // An open match counts as none here: the value is longer than a rule expects.
                text().is_some_and(|text| regex.search(&text) == PatternMatch::Yes)
            })
    }
}
