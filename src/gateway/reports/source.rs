use std::borrow::Cow;
use std::cell::OnceCell;

use http::{HeaderMap, StatusCode};

use super::document::FormDocument;
use crate::gateway::response::{Answer, Json, Pointer};

/// A request with reports. Its parts are parsed when a place or a rule first needs them.
pub(super) struct ReportSource<'a> {
    // A request has the same headers and bodies as a response.
    content: Answer<'a>,
    query: &'a str,
    pairs: OnceCell<Vec<(String, String)>>,
    /// The place of the document, if it is not the body.
    form_document: Option<&'a FormDocument>,
    in_form: OnceCell<Option<Json<'static>>>,
}

impl<'a> ReportSource<'a> {
    pub(super) fn new(
        query: Option<&'a str>,
        headers: &'a HeaderMap,
        body: &'a [u8],
        form_document: Option<&'a FormDocument>,
    ) -> Self {
        let content = Answer::new(StatusCode::OK, headers, Some(body));
        let (query, pairs, in_form) = (query.unwrap_or_default(), OnceCell::new(), OnceCell::new());
        Self { content, query, pairs, form_document, in_form }
    }

    pub(super) const fn content(&self) -> &Answer<'a> {
        &self.content
    }

    /// Returns the first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let parse = || form_urlencoded::parse(self.query.as_bytes()).into_owned().collect();
        let pairs = self.pairs.get_or_init(parse);
        pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the JSON document, which is the body or a part of the form in it.
    pub(super) fn document(&self) -> Option<&Json<'_>> {
        match self.form_document {
            None => self.content.json(),
            Some(place) => self.in_form.get_or_init(|| place.read(&self.content)).as_ref(),
        }
    }

    /// Returns the single reports of a list.
    ///
    /// A value that is a list stands for its items, and any other value for itself. So `each` can
    /// address the list or its items.
    pub(super) fn elements(&self, each: &Pointer) -> Vec<&Json<'_>> {
        let Some(json) = self.document() else { return Vec::new() };
        let found = match each.is_list() {
            true => each.find_all(json),
            false => each.find(json).into_iter().collect(),
        };
        let items = found.into_iter().flat_map(|value| match value {
            Json::Array(items) => items.iter().collect(),
            Json::Null => Vec::new(),
            value => vec![value],
        });
        items.collect()
    }
}

/// One report of a request: an item of its list, or the whole request.
#[derive(Clone, Copy)]
pub(super) struct ReportView<'r, 'a> {
    source: &'r ReportSource<'a>,
    element: Option<&'r Json<'r>>,
}

impl<'r, 'a> ReportView<'r, 'a> {
    pub(super) const fn whole(source: &'r ReportSource<'a>) -> Self {
        Self { source, element: None }
    }

    pub(super) const fn item(source: &'r ReportSource<'a>, element: &'r Json<'r>) -> Self {
        Self { source, element: Some(element) }
    }

    pub(super) const fn content(&self) -> &'r Answer<'a> {
        self.source.content()
    }

    pub(super) fn query(&self, name: &str) -> Option<&'r str> {
        self.source.query(name)
    }

    pub(super) fn header(&self, name: &str) -> Option<Cow<'r, str>> {
        self.source.content().header(name).next()
    }

    /// Returns the JSON to which pointers are relative.
    pub(super) fn json(&self) -> Option<&'r Json<'r>> {
        self.element.or_else(|| self.document())
    }

    /// Returns the whole JSON document.
    pub(super) fn document(&self) -> Option<&'r Json<'r>> {
        self.source.document()
    }
}
