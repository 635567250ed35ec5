//! `otpost check`: checks spec files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use otpost::gateway::SpecWarning;
use serde_json::json;

use crate::REFUSED;
use crate::arguments::OutputArguments;
use crate::error::CommandError;
use crate::input::spec;
use crate::output::print_json;

/// Prints one line per file and warning, and fails if a file has an error.
pub(crate) fn check(files: &[PathBuf], output: OutputArguments) -> Result<ExitCode, CommandError> {
    let checked: Vec<_> = files.iter().map(|file| (file, warnings(file))).collect();
    if output.json {
        let files = checked.iter().map(|(file, checked)| {
            let (warnings, error) = match checked {
                Ok(warnings) => (warnings.iter().map(ToString::to_string).collect(), None),
                Err(problem) => (Vec::new(), Some(problem)),
            };
            let file = file.display().to_string();
            json!({ "file": file, "ok": error.is_none(), "error": error, "warnings": warnings })
        });
        print_json(&json!({ "files": files.collect::<Vec<_>>() }))?;
    } else {
        let mut stdout = io::stdout().lock();
        for (file, checked) in &checked {
            let file = file.display();
            match checked {
                Ok(warnings) => {
                    for warning in warnings {
                        writeln!(stdout, "{file}: warning: {warning}")?;
                    }
                    writeln!(stdout, "{file}: ok")?;
                }
                Err(problem) => writeln!(stdout, "{file}: {problem}")?,
            }
        }
    }
    Ok(match checked.iter().all(|(_, checked)| checked.is_ok()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(REFUSED),
    })
}

/// Returns the warnings for a file, or its error: the key path, the problem and a hint.
fn warnings(file: &Path) -> Result<Vec<SpecWarning>, String> {
    spec(file)?.check().map_err(|error| error.to_string())
}
