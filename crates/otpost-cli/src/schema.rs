//! `otpost schema`: prints the JSON Schema of spec files.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::error::CommandError;

/// A link to `schema/gateway.schema.json` of the repository, so that it is in the package.
const SCHEMA: &str = include_str!("../gateway.schema.json");

/// Prints the schema to standard output.
pub(crate) fn schema() -> Result<ExitCode, CommandError> {
    io::stdout().lock().write_all(SCHEMA.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
