//! `otpost completions` and `otpost man`: files for shells and for `man`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments::command;
use crate::error::CommandError;

/// The program and its version, at the foot of a man page.
const SOURCE: &str = concat!("otpost ", env!("CARGO_PKG_VERSION"));

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode, CommandError> {
    // Into memory first: the generator would panic if the reader closed the pipe.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "otpost", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the man page of all commands, or of one.
pub(crate) fn man(verb: Option<&str>) -> Result<ExitCode, CommandError> {
    let mut all = command();
    // The names of the pages are those of the files: `otpost-send`.
    all.build();
    let page = match verb {
        None => Man::new(all),
        Some(verb) => {
            let found = all.get_subcommands().find(|command| command.get_name() == verb).cloned();
            let found = found.ok_or_else(|| {
                CommandError::Usage("unknown command: see `otpost --help`".to_owned())
            })?;
            let name = format!("otpost-{verb}");
            Man::new(found.display_name(name.clone())).title(name).source(SOURCE)
        }
    };
    page.render(&mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}
