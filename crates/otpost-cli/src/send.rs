//! `otpost send`: sends a message.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use otpost::clock::{Timer, TokioTimer};
use otpost::gateway::{HttpGateway, HttpGatewayBuilder};
use otpost::provider::{Fate, Provider, Receipt, Retry, SendError, SendErrorKind};
use otpost::{Message, async_trait};

use crate::arguments::{GatewayArguments, MessageArguments, OutputArguments};
use crate::error::CommandError;
use crate::output::print_json;
use crate::result::{details, printable, reason, result_json};
use crate::runtime::block_on;
use crate::style::{BAD, GOOD, UNKNOWN as OPEN};
use crate::{REFUSED, UNKNOWN};

/// Sends the message, and prints the attempts and the result.
pub(crate) fn send(
    gateway: &GatewayArguments,
    message: &MessageArguments,
    retries: u32,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    let message = message.message()?;
    let gateway = gateway.build(HttpGatewayBuilder::build)?;
    progress(&format!("sending to {} through {}", message.to(), gateway.name()));
    let reported = Reported { gateway, sends: AtomicU32::new(0), timer: TokioTimer::new() };
    let provider = Retry::new(reported).with_retries(retries);
    let sent = block_on(provider.send(&message))?;
    let code = match &sent {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) if error.fate() == Fate::Unknown => ExitCode::from(UNKNOWN),
        Err(_) => ExitCode::from(REFUSED),
    };
    // The fate decides the exit code, even if it cannot be printed: a script sends again otherwise.
    if let Err(error) = print(&sent, output) {
        progress(&format!("the result cannot be printed: {error}"));
    }
    Ok(code)
}

/// Prints the result to standard output.
fn print(sent: &Result<Receipt, SendError>, output: OutputArguments) -> io::Result<()> {
    if output.json {
        return print_json(&result_json(sent));
    }
    let mut stdout = anstream::stdout().lock();
    match sent {
        Ok(receipt) => {
            let id = receipt.message_id().map(printable);
            let id = id.map_or_else(String::new, |id| format!(", message id {id}"));
            writeln!(stdout, "{GOOD}accepted{GOOD:#} by {}{id}", receipt.provider())?;
        }
        Err(error) => {
            let fate = error.fate();
            let style = if fate == Fate::Unknown { OPEN } else { BAD };
            writeln!(stdout, "{style}{}{style:#}: {}", fate.as_str(), reason(error))?;
            let why = error.explanation().map(|why| format!("the response: {why}"));
            let is_transport = error.kind() == SendErrorKind::Transport;
            let next = is_transport.then(|| "to find the cause: otpost diagnose".to_owned());
            for detail in details(error).chain(why).chain(next) {
                writeln!(stdout, "  {detail}")?;
            }
        }
    }
    Ok(())
}

/// A gateway that prints the result of each send to standard error.
#[derive(Debug)]
struct Reported {
    gateway: HttpGateway,
    sends: AtomicU32,
    timer: TokioTimer,
}

#[async_trait]
impl Provider for Reported {
    fn name(&self) -> &str {
        self.gateway.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let number = self.sends.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let begin = self.timer.elapsed();
        let sent = self.gateway.send(message).await;
        let time = self.timer.elapsed().saturating_sub(begin).as_millis();
        progress(&match &sent {
            Ok(_) => format!("attempt {number} after {time} ms: {GOOD}accepted{GOOD:#}"),
            Err(error) => {
                format!("attempt {number} after {time} ms: {}; {}", reason(error), error.fate())
            }
        });
        sent
    }
}

/// Prints a line to standard error.
fn progress(line: &str) {
    // Standard error can be closed. The message is sent all the same.
    let _ = writeln!(anstream::stderr(), "{line}");
}
