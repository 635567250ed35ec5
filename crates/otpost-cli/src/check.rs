//! `otpost check`: checks spec files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use otpost::gateway::GatewaySpec;

use crate::REFUSED;
use crate::input::read_text;

/// More than the longest spec, in bytes.
const MAX_SPEC: u64 = 512 * 1_024;

/// Prints one line per file, and fails if a file has an error.
pub(crate) fn check(files: &[PathBuf]) -> io::Result<ExitCode> {
    let mut output = io::stdout().lock();
    let mut code = ExitCode::SUCCESS;
    for file in files {
        match problem(file) {
            None => writeln!(output, "{}: ok", file.display())?,
            Some(problem) => {
                writeln!(output, "{}: {problem}", file.display())?;
                code = ExitCode::from(REFUSED);
            }
        }
    }
    Ok(code)
}

/// Returns the error of a file: the key path, the problem and a hint.
fn problem(file: &Path) -> Option<String> {
    let text = match read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Some("the file is not UTF-8".to_owned());
        }
        Err(error) => return Some(format!("the file cannot be read: {error}")),
    };
    let checked = GatewaySpec::from_toml(&text).and_then(|spec| spec.check());
    checked.err().map(|error| error.to_string())
}

fn read(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        read_text(io::stdin().lock(), MAX_SPEC)
    } else {
        read_text(File::open(file)?, MAX_SPEC)
    }
}
