//! `otpost account`: asks the gateway about the account.

use std::io::Write;
use std::process::ExitCode;

use otpost::gateway::{AccountState, HttpGatewayBuilder};
use serde_json::json;

use crate::REFUSED;
use crate::arguments::{GatewayArguments, OutputArguments};
use crate::error::CommandError;
use crate::output::print_json;
use crate::result::{printable, reason};
use crate::runtime::block_on;
use crate::style::{BAD, GOOD};

/// Prints the state of the account and its credit.
pub(crate) fn account(
    gateway: &GatewayArguments,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    let gateway = gateway.build(HttpGatewayBuilder::build)?;
    let account = block_on(gateway.account())?;
    let account = match account {
        Ok(account) => account,
        Err(error) => {
            if output.json {
                let stage = error.stage().map(|stage| stage.as_str());
                print_json(&json!({
                    "state": "unknown",
                    "credit": null,
                    "kind": error.kind().as_str(),
                    "stage": stage,
                    "reason": reason(&error),
                }))?;
            }
            return Err(CommandError::Refused(reason(&error)));
        }
    };
    let (word, sentence) = match account.state() {
        AccountState::Active => ("active", "the gateway accepts the credentials"),
        AccountState::NoCredit => ("no_credit", "the account has no credit"),
        AccountState::Unauthorized => ("unauthorized", "the gateway refuses the credentials"),
        _ => ("unknown", "the state of the account is not known"),
    };
    let is_active = account.state() == AccountState::Active;
    if output.json {
        print_json(&json!({ "state": word, "credit": account.credit() }))?;
    } else {
        let style = if is_active { GOOD } else { BAD };
        let mut stdout = anstream::stdout().lock();
        writeln!(stdout, "{style}{word}{style:#}: {sentence}")?;
        if let Some(credit) = account.credit() {
            writeln!(stdout, "credit: {}", printable(credit))?;
        }
    }
    Ok(if is_active { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}
