//! `otpost explain`: explains which rule applies to a response.

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use http::StatusCode;
use otpost::gateway::Explanation;
use otpost::provider::{Fate, Receipt, SendError};
use otpost::transport::Response;
use otpost::{Code, Message, PhoneNumber};
use serde_json::{Value, json};

use crate::arguments::OutputArguments;
use crate::error::CommandError;
use crate::input::{read_spec, without_line_end};
use crate::offline::Offline;
use crate::output::print_json;
use crate::pasted::{add_header, parse_response};
use crate::result::{details, printable, result_json};
use crate::style::{BAD, GOOD, UNKNOWN};

/// More than the longest response that a gateway reads, in bytes.
const MAX_RESPONSE: u64 = 1_024 * 1_024;

/// Prints the rule that matches, and the result that `send` would return.
pub(crate) fn explain(
    file: &Path,
    status: Option<u16>,
    headers: &[String],
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    if file == Path::new("-") {
        let problem = "FILE: standard input is the response: expected a file";
        return Err(CommandError::Usage(problem.to_owned()));
    }
    let gateway = read_spec(file)?.sample_gateway(Offline);
    let gateway =
        gateway.map_err(|error| CommandError::Refused(format!("{}: {error}", file.display())))?;
    let response = read(status, headers)?;
    let explanation = gateway.explain(&response);
    let result = gateway.interpret(&sample()?, &response);
    if output.json {
        print_json(&document(&explanation, &result))?;
    } else {
        print(&explanation, &result)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(explanation: &Explanation, result: &Result<Receipt, SendError>) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{explanation}")?;
    match result {
        Ok(receipt) => {
            writeln!(stdout, "result: {GOOD}accepted{GOOD:#}")?;
            if let Some(id) = receipt.message_id() {
                writeln!(stdout, "message id: {}", printable(id))?;
            }
        }
        Err(error) => {
            let fate = error.fate();
            let style = if fate == Fate::Unknown { UNKNOWN } else { BAD };
            writeln!(stdout, "result: {style}{}{style:#}: {}", fate.as_str(), error.kind())?;
            writeln!(stdout, "kind: {}", error.kind().as_str())?;
            if let Some(code) = error.gateway_code() {
                writeln!(stdout, "code: {code}")?;
            }
            for detail in details(error) {
                writeln!(stdout, "{detail}")?;
            }
        }
    }
    Ok(())
}

fn document(explanation: &Explanation, result: &Result<Receipt, SendError>) -> Value {
    json!({
        "outcome": explanation.outcome().as_str(),
        "rule": explanation.rule(),
        "why_not": explanation.why_not(),
        "explanation": explanation.to_string().lines().last(),
        "send": result_json(result),
    })
}

/// Returns the response of standard input with the status and the headers of the arguments.
fn read(status: Option<u16>, headers: &[String]) -> Result<Response, CommandError> {
    let input = io::stdin();
    if input.is_terminal() {
        writeln!(io::stderr(), "Paste the response, then press Ctrl+D.")?;
    }
    let mut bytes = Vec::new();
    input.lock().take(MAX_RESPONSE).read_to_end(&mut bytes)?;
    let mut response = parse_response(without_line_end(&bytes)).map_err(CommandError::Refused)?;
    if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
        *response.status_mut() = status;
    }
    for header in headers {
        let added = add_header(&mut response, header.as_bytes());
        added.map_err(|problem| CommandError::Usage(format!("--header: {problem}")))?;
    }
    Ok(response)
}

/// Returns a message to a fictional number. Rules do not depend on the message.
fn sample() -> Result<Message, CommandError> {
    let invalid = || CommandError::Refused("the sample message is invalid".to_owned());
    let to = PhoneNumber::parse("+12025550123").map_err(|_| invalid())?;
    let code = Code::parse("123456").map_err(|_| invalid())?;
    Ok(Message::new(to, "123456 is your code").map_err(|_| invalid())?.with_code(code))
}
