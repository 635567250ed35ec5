use crate::gateway::error::SpecError;

pub(super) fn check(_: &str, place: &str) -> Result<(), SpecError> {
    let hint = "enable the feature `xml` of otpost";
    Err(SpecError::new(place, "XML is not supported", hint))
}
