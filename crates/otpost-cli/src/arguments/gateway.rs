use std::path::PathBuf;

use clap::Args;
use otpost::gateway::{GatewaySpec, HttpGateway, HttpGatewayBuilder, Lint, SpecError, VarSource};

use crate::error::CommandError;
use crate::input::read_spec;

/// A gateway: its spec and the values of its variables.
#[derive(Args)]
pub(crate) struct GatewayArguments {
    /// A spec file in TOML, or a name of `otpost catalogue`; `-` is standard input.
    #[arg(value_name = "GATEWAY")]
    file: PathBuf,
    /// The value of a variable, as `NAME=env:NAME` or `NAME=file:PATH`. Can be repeated.
    ///
    /// A variable that is not secret can also have the value itself, as `NAME=VALUE`.
    // A text: clap would print what it cannot parse.
    #[arg(long = "var", value_name = "NAME=SOURCE")]
    vars: Vec<String>,
    /// Another scheme, host and port for all requests, for example of `otpost sandbox`.
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
}

impl GatewayArguments {
    /// Reads the spec and the values, and builds the gateway.
    pub(crate) fn build(
        &self,
        build: impl FnOnce(HttpGatewayBuilder) -> Result<HttpGateway, SpecError>,
    ) -> Result<HttpGateway, CommandError> {
        let spec = read_spec(&self.file)?;
        let sources = self.vars.iter().map(|var| source(&spec, var)).collect::<Result<Vec<_>, _>>();
        let sources = sources.map_err(CommandError::Usage)?;
        let mut builder = HttpGateway::builder(spec);
        for (name, source) in sources {
            builder = builder.var(name, source);
        }
        if let Some(origin) = &self.origin {
            // The request for a token too: a server for tests must not get a message for which the
            // real gateway has already got the credentials.
            builder = builder.origin(origin).token_origin(origin);
        }
        build(builder).map_err(|error| CommandError::Refused(explain(&error)))
    }
}

/// Returns the name and the source of a variable. An error repeats only a name that the spec
/// declares: any other text can be a secret in the wrong place.
fn source(spec: &GatewaySpec, var: &str) -> Result<(String, VarSource), String> {
    let form = "expected NAME=env:NAME or NAME=file:PATH";
    let (name, value) = var.split_once('=').ok_or_else(|| format!("--var: {form}"))?;
    let declared = spec.vars().find(|(known, _)| *known == name);
    let (_, declared) = declared.ok_or_else(|| {
        let names: Vec<_> = spec.vars().map(|(known, _)| format!("`{known}`")).collect();
        match names.as_slice() {
            [] => "--var: the spec declares no variable".to_owned(),
            _ => format!("--var: unknown variable: expected {}", names.join(", ")),
        }
    })?;
    let source = VarSource::parse(value);
    let is_literal = matches!(source, VarSource::Literal(_));
    if (declared.is_secret() || Lint::is_secret_name(name)) && is_literal {
        return Err(format!(
            "--var {name}: a secret on the command line is visible to other users: write \
             {name}=env:NAME or {name}=file:PATH"
        ));
    }
    Ok((name.to_owned(), source))
}

/// Returns the error with a hint for the command line.
fn explain(error: &SpecError) -> String {
    let text = error.to_string();
    let name = error.path().strip_prefix("vars.");
    match name.zip(text.strip_suffix(error.hint())) {
        // The hint is for an application.
        Some((name, problem)) if error.hint().contains(".var(") => {
            format!("{problem}give it with --var {name}=env:NAME or --var {name}=file:PATH")
        }
        _ => text,
    }
}
