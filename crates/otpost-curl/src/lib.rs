#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod body;
mod candidate;
mod cmd;
mod coding;
mod curl_import;
mod data;
mod documentation;
mod draft;
mod equals;
mod error;
mod frozen;
mod headers;
mod heuristics;
mod import;
mod invocation;
mod json;
mod literals;
mod needs;
mod note;
mod number;
mod options;
mod pairs;
mod pasted;
mod pin;
mod places;
mod role;
mod sample;
mod shell;
mod url_syntax;
mod variables;
mod xml;

pub use curl_import::CurlImport;
pub use import::import;
pub use note::CurlNote;
pub use sample::Sample;
