//! Delivery reports: the compiled `[reports]` of a spec, which reads them from requests.

mod conditions;
mod document;
mod example;
mod place;
mod plan;
mod reader;
mod source;
mod time;
mod words;

pub(super) use document::FormDocument;
pub(super) use example::check_report_examples;
pub(super) use plan::ReportsPlan;
pub(crate) use reader::{ReadReports, ReportReader, UnreadReason};
pub(super) use time::ReportTimeForm;
