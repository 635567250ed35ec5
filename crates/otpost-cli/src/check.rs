//! `otpost check`: checks spec files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use otpost::gateway::SpecWarning;

use crate::REFUSED;
use crate::error::CommandError;
use crate::input::spec;

/// Prints one line per file and warning, and fails if a file has an error.
pub(crate) fn check(files: &[PathBuf]) -> Result<ExitCode, CommandError> {
    let mut output = io::stdout().lock();
    let mut code = ExitCode::SUCCESS;
    for file in files {
        match warnings(file) {
            Ok(warnings) => {
                for warning in warnings {
                    writeln!(output, "{}: warning: {warning}", file.display())?;
                }
                writeln!(output, "{}: ok", file.display())?;
            }
            Err(problem) => {
                writeln!(output, "{}: {problem}", file.display())?;
                code = ExitCode::from(REFUSED);
            }
        }
    }
    Ok(code)
}

/// Returns the warnings for a file, or its error: the key path, the problem and a hint.
fn warnings(file: &Path) -> Result<Vec<SpecWarning>, String> {
    spec(file)?.check().map_err(|error| error.to_string())
}
