use http::HeaderName;

use super::source::ReportView;
use crate::gateway::error::SpecError;
use crate::gateway::response::{Check, ListPlace, MAX_PLACE, PatternBudget, Pointer, XmlPath};
use crate::gateway::spec::{Predicate, ReportBody, ReportConditions};

/// The compiled conditions of a rule for reports.
#[derive(Clone, Debug)]
pub(super) struct ConditionPlan {
    headers: Vec<(String, Check)>,
    query: Vec<(String, Check)>,
    form: Vec<(String, Check)>,
    json: Vec<ConditionOnJson>,
    xml: Vec<(XmlPath, Check)>,
}

#[derive(Clone, Debug)]
struct ConditionOnJson {
    pointer: Pointer,
    /// `true` if the pointer is relative to the whole body.
    is_document: bool,
    check: Check,
}

impl ConditionPlan {
    pub(super) fn compile(
        when: &ReportConditions,
        budget: &PatternBudget,
        path: &str,
    ) -> Result<Self, SpecError> {
        if *when == ReportConditions::default() {
            let problem = "the rule matches every report";
            return Err(SpecError::new(path, problem, "add a condition"));
        }
        let tables = [&when.header, &when.query, &when.form, &when.json, &when.xml];
        if tables.into_iter().flatten().any(|(name, _)| name.len() > MAX_PLACE) {
            return Err(SpecError::new(path, "a place has more than 512 bytes", "shorten it"));
        }
        if let Some((name, _)) =
            when.header.iter().find(|(name, _)| HeaderName::from_bytes(name.as_bytes()).is_err())
        {
            let path = format!("{path}.header.{name}");
            let hint = "use letters, digits and hyphens";
            return Err(SpecError::new(path, "it is not a header name", hint));
        }
        let check = |part: &str, name: &str, is: &Predicate| {
            let list = match part {
                "json" if name.split('/').any(|token| token == "*") => ListPlace::Always,
                "xml" if !name.ends_with(']') => ListPlace::Optional,
                _ => ListPlace::Never,
            };
            Check::compile(is, list, budget, &format_args!("{path}.{part}.{name}"))
        };
        let named = |part: &str, conditions: &[(String, Predicate)]| {
            let compile =
                |(name, is): &(String, Predicate)| Ok((name.clone(), check(part, name, is)?));
            conditions.iter().map(compile).collect::<Result<Vec<_>, SpecError>>()
        };
        let json = when.json.iter().map(|(text, is)| {
            let (is_document, pointer) = match text.strip_prefix('^') {
                Some(pointer) => (true, pointer),
                None => (false, text.as_str()),
            };
            let pointer = Pointer::parse(pointer, format_args!("{path}.json"))?;
            Ok(ConditionOnJson { pointer, is_document, check: check("json", text, is)? })
        });
        let xml = when.xml.iter().map(|(text, is)| {
            let check = check("xml", text, is)?;
            Ok((XmlPath::parse(text, &format_args!("{path}.xml"))?, check))
        });
        Ok(Self {
            headers: named("header", &when.header)?,
            query: named("query", &when.query)?,
            form: named("form", &when.form)?,
            json: json.collect::<Result<_, SpecError>>()?,
            xml: xml.collect::<Result<_, SpecError>>()?,
        })
    }

    /// Returns the kinds of bodies that the conditions are about.
    pub(super) fn bodies(&self) -> impl Iterator<Item = ReportBody> {
        let kinds = [
            (!self.form.is_empty()).then_some(ReportBody::Form),
            (!self.json.is_empty()).then_some(ReportBody::Json),
            (!self.xml.is_empty()).then_some(ReportBody::Xml),
        ];
        kinds.into_iter().flatten()
    }

    /// Returns whether all conditions hold.
    pub(super) fn hold(&self, view: ReportView<'_, '_>) -> bool {
        let content = view.content();
        let header =
            |(name, check): &(String, Check)| check.holds_text(view.header(name).as_deref());
        self.headers.iter().all(header)
            && self.query.iter().all(|(name, check)| check.holds_text(view.query(name)))
            && self.form.iter().all(|(key, check)| check.holds_text(content.form(key)))
            && self.json.iter().all(|condition| condition.holds(view))
            // Without this test, `exists = false` would hold for a body that is not XML.
            && (self.xml.is_empty() || content.is_xml())
            && self.xml.iter().all(|(path, check)| match check.is_list() {
                true => check.holds_texts(&content.xml_all(path)),
                false => check.holds_text(content.xml(path)),
            })
    }
}

impl ConditionOnJson {
    fn holds(&self, view: ReportView<'_, '_>) -> bool {
        let json = if self.is_document { view.document() } else { view.json() };
        let Some(json) = json else { return false };
        match self.pointer.is_list() {
            true => self.check.holds_json(&self.pointer.find_all(json)),
            false => self.check.holds_json(self.pointer.find(json).as_slice()),
        }
    }
}
