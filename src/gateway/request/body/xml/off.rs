use super::scan::PATH;
use crate::gateway::error::SpecError;

pub(super) fn check(_: &str) -> Result<(), SpecError> {
    let hint = "enable the feature `xml` of otpost";
    Err(SpecError::new(PATH, "XML is not supported", hint))
}
