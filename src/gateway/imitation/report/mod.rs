//! Delivery reports of an imitated gateway: the inverse of a receiver.

mod candidates;
mod document_in_form;
mod draft;
mod imitated;
mod item;
mod receiver_url;
mod report_imitation;
mod writer;

pub use imitated::ImitatedReport;
pub use report_imitation::ReportImitation;
