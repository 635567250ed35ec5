//! `otpost render`: shows the request that would be sent.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use otpost::gateway::PreparedRequest;
use otpost::provider::SendError;
use serde_json::{Value, json};

use crate::arguments::{GatewayArguments, MessageArguments, OutputArguments};
use crate::error::CommandError;
use crate::offline::Offline;
use crate::output::{describe, print_json, segments_json};

/// Prints the request with secrets masked, or as a curl command.
pub(crate) fn render(
    gateway: &GatewayArguments,
    message: &MessageArguments,
    is_curl: bool,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    let message = message.message()?;
    let gateway = gateway.build(|builder| builder.build_with(Offline))?;
    let request = gateway.prepare(&message).map_err(|error| refused(&error))?;
    if output.json {
        print_json(&document(&request))?;
    } else if is_curl {
        write!(io::stdout().lock(), "{}", request.to_curl())?;
    } else {
        let shown = request.to_string();
        let segments = describe(request.segments());
        writeln!(io::stdout().lock(), "{}\n\n{segments}", shown.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the error with its source, which names the key of the spec.
fn refused(error: &SendError) -> CommandError {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    CommandError::Refused(format!("{}{source}", error.kind()))
}

/// Returns the masked request as JSON.
fn document(request: &PreparedRequest) -> Value {
    // The printed form is the only masked one. An empty line ends the headers, as in HTTP.
    let shown = request.to_string();
    let (head, body) = shown.split_once("\n\n").unwrap_or((shown.trim_end(), ""));
    let mut lines = head.lines();
    let url = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default().1;
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    json!({
        "method": request.method().as_str(),
        "url": url,
        "headers": headers.iter().map(|(name, value)| json!({ "name": name, "value": value }))
            .collect::<Vec<_>>(),
        "body": body,
        "text": segments_json(request.segments()),
    })
}
