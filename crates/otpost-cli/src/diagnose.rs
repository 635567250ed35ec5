//! `otpost diagnose`: tests the connection to a gateway.

use std::io::Write;
use std::process::ExitCode;

use otpost::gateway::HttpGatewayBuilder;
use otpost::provider::Stage;
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
    let diagnosis = block_on(gateway.diagnose_http())?;
    let note = environment_note(&diagnosis);
    if output.json {
        print_json(&document(&diagnosis, note.as_deref()))?;
    } else {
        let mut stdout = anstream::stdout().lock();
        for finding in diagnosis.findings() {
            write_finding(&mut stdout, finding)?;
        }
        if let Some(note) = &note {
            writeln!(stdout, "{note}")?;
        }
        match diagnosis.failed().map(|failed| failed.stage) {
            None => writeln!(stdout, "{GOOD}reached{GOOD:#}")?,
            Some(Stage::Headers) => {
                writeln!(stdout, "{BAD}reached, but it does not respond as a gateway does{BAD:#}")?;
            }
            Some(_) => writeln!(stdout, "{BAD}not reached{BAD:#}")?,
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

/// Returns a hint if the gateway is not reached without a proxy, and the environment names one.
///
/// Such a machine often has no other way to the internet. Other tools, such as curl, then work.
fn environment_note(diagnosis: &Diagnosis) -> Option<String> {
    let failed = diagnosis.failed()?;
    let is_direct = diagnosis.findings().iter().all(|finding| finding.stage != Stage::Proxy);
    if !is_direct || !matches!(failed.stage, Stage::Dns | Stage::Tcp | Stage::Tls | Stage::Request)
    {
        return None;
    }
    let names =
        ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let name = names.iter().find(is_set)?;
    // Not its value, which can contain a password.
    Some(format!(
        "the environment variable {name} is set: other programs use this proxy, and otpost uses only \
         the one in the spec: set proxy in [connection]"
    ))
}

fn document(diagnosis: &Diagnosis, note: Option<&str>) -> Value {
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
        "note": note,
        "findings": findings.collect::<Vec<_>>(),
    })
}
