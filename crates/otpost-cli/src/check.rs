//! `otpost check`: checks spec files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use otpost::gateway::{GatewaySpec, SpecWarning};

use crate::REFUSED;
use crate::input::read_text;

/// More than the longest spec, in bytes.
const MAX_SPEC: u64 = 512 * 1_024;

/// Prints one line per file and warning, and fails if a file has an error.
pub(crate) fn check(files: &[PathBuf]) -> io::Result<ExitCode> {
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
    let text = read(file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "the file is not UTF-8".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    })?;
    let checked = GatewaySpec::from_toml(&text).and_then(|spec| spec.check());
    checked.map_err(|error| error.to_string())
}

fn read(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        read_text(io::stdin().lock(), MAX_SPEC)
    } else {
        read_text(File::open(file)?, MAX_SPEC)
    }
}
