use http::header::HeaderName;

use super::incoming::{IncomingReport, header_name};
use super::rejection::ReportRejection;
use crate::gateway::error::SpecError;
use crate::gateway::spec::AlgorithmFrom;
use crate::mac_key::HashFunction;

/// A header that names the hash function of a signature.
#[derive(Clone, Debug)]
pub(super) struct AlgorithmHeader {
    name: HeaderName,
    parameter: Option<String>,
    map: Vec<(String, HashFunction)>,
}

impl AlgorithmHeader {
    pub(super) fn compile(from: &AlgorithmFrom, path: &str) -> Result<Self, SpecError> {
        let path = format!("{path}.algorithm_from");
        let AlgorithmFrom { header, key, map } = from;
        if map.is_empty() {
            let hint = "write the names of the gateway, such as { HmacSHA256 = \"sha256\" }";
            return Err(SpecError::new(path, "the map is empty", hint));
        }
        let name = header_name(header, &format!("{path}.header"))?;
        let map = map.iter().map(|(word, algorithm)| (word.clone(), algorithm.function()));
        Ok(Self { name, parameter: key.clone(), map: map.collect() })
    }

    /// Returns the functions that the header can name.
    pub(super) fn functions(&self) -> impl Iterator<Item = HashFunction> {
        self.map.iter().map(|(_, function)| *function)
    }

    /// Returns the hash function that the header names, or `None` if it names none or is missing.
    pub(super) fn function(
        &self,
        request: &IncomingReport<'_>,
    ) -> Result<Option<HashFunction>, ReportRejection> {
        let value = match request.header(&self.name) {
            Err(ReportRejection::Missing) => return Ok(None),
            value => std::str::from_utf8(value?).map_err(|_| ReportRejection::Algorithm)?,
        };
        let word = match &self.parameter {
            None => value,
            Some(parameter) => {
                let pairs = value.split(',').filter_map(|pair| pair.split_once('='));
                let mut words = pairs.filter(|(name, _)| name.trim() == parameter);
                let Some((_, word)) = words.next() else { return Ok(None) };
                if words.next().is_some() {
                    return Err(ReportRejection::Duplicate);
                }
                word.trim()
            }
        };
        let found = self.map.iter().find(|(known, _)| known == word);
        found.map(|(_, function)| Some(*function)).ok_or(ReportRejection::Algorithm)
    }
}
