//! `otpost diagnose`: tests the connection to a gateway.

use std::io::Write;
use std::process::ExitCode;

use otpost::gateway::HttpGatewayBuilder;
use otpost::transport::{Diagnosis, Finding};
use serde_json::{Value, json};

use crate::REFUSED;
use crate::arguments::{GatewayArguments, OutputArguments};
use crate::error::CommandError;
use crate::output::print_json;
use crate::runtime::block_on;
use crate::style::{BAD, GOOD};

/// Prints the finding of each step, and fails if the gateway is not reached.
pub(crate) fn diagnose(
    gateway: &GatewayArguments,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    let gateway = gateway.build(HttpGatewayBuilder::build)?;
    let diagnosis = block_on(gateway.diagnose())?;
    if output.json {
        print_json(&document(&diagnosis))?;
    } else {
        let mut stdout = anstream::stdout().lock();
        for finding in diagnosis.findings() {
            write_finding(&mut stdout, finding)?;
        }
        match diagnosis.failed() {
            Some(_) => writeln!(stdout, "{BAD}not reached{BAD:#}")?,
            None => writeln!(stdout, "{GOOD}reached{GOOD:#}")?,
        }
    }
    Ok(match diagnosis.failed() {
        Some(_) => ExitCode::from(REFUSED),
        None => ExitCode::SUCCESS,
    })
}

/// Prints a finding as the library does, with colours.
fn write_finding(output: &mut impl Write, finding: &Finding) -> Result<(), CommandError> {
    let (style, verdict) = if finding.is_good { (GOOD, "ok") } else { (BAD, "FAILED") };
    let (stage, time) = (finding.stage.as_str(), finding.elapsed.as_millis());
    writeln!(output, "{stage:<7} {style}{verdict:<6}{style:#} {time:>5} ms  {}", finding.what)?;
    if let Some(hint) = finding.hint {
        // 25 is the column at which the texts of the lines above begin.
        writeln!(output, "{:>25}{hint}", "-> ")?;
    }
    Ok(())
}

fn document(diagnosis: &Diagnosis) -> Value {
    let findings = diagnosis.findings().iter().map(|finding| {
        json!({
            "stage": finding.stage.as_str(),
            "ok": finding.is_good,
            "what": finding.what,
            "hint": finding.hint,
            "elapsed_ms": u64::try_from(finding.elapsed.as_millis()).unwrap_or(u64::MAX),
            "local": finding.local.map(|address| address.to_string()),
            "remote": finding.remote.map(|address| address.to_string()),
        })
    });
    json!({
        "reached": diagnosis.failed().is_none(),
        "findings": findings.collect::<Vec<_>>(),
    })
}
