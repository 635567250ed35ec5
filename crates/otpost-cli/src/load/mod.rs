//! `otpost load`: sends many messages to a gateway on this machine, and measures the latency.

mod buckets;
mod loopback;
mod measured;
mod plan;
mod progress;
mod report;
mod run;
mod svg;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use otpost::PhoneNumber;
use otpost::provider::{Fate, Provider, Retry};

use crate::arguments::LoadArguments;
use crate::error::CommandError;
use crate::runtime::block_on;
use crate::{REFUSED, UNKNOWN};
use loopback::{LoopbackOnly, is_loopback};
use measured::Measured;
use plan::LoadPlan;
use progress::LoadProgress;

/// Sends messages at a fixed rate, and prints the fates and the latencies.
pub(crate) fn load(arguments: &LoadArguments) -> Result<ExitCode, CommandError> {
    let plan = plan(arguments)?;
    let transport = LoopbackOnly::new()?;
    let gateway = arguments.gateway.build(|builder| builder.build_with(transport))?;
    let sample = plan.message(0).ok_or_else(|| refused("the sample message is invalid"))?;
    let request = gateway.prepare(&sample).map_err(|error| refused(&error.kind().to_string()))?;
    let origin = loopback_origin(request.expose_url())?;
    // Before the run, so that a wrong path does not cost a result.
    let svg = arguments.svg.as_deref().map(create).transpose()?;
    let name = gateway.name().to_owned();
    let progress = LoadProgress::start(&plan, &origin);
    let provider = Retry::new(gateway).with_retries(arguments.retry);
    let measured = block_on(run::run(provider, &plan, &progress))??;
    progress.finish();
    if arguments.output.json {
        report::print_document(&name, &origin, &plan, &measured)?;
    } else {
        report::print(&measured)?;
    }
    if let Some(mut file) = svg {
        let title = format!("{name}: {} messages per second to {origin}", plan.rate);
        file.write_all(svg::draw(&title, &measured).as_bytes())?;
    }
    Ok(exit_code(&plan, &measured))
}

fn plan(arguments: &LoadArguments) -> Result<LoadPlan, CommandError> {
    let to = arguments.to.as_deref().map(PhoneNumber::parse).transpose();
    let to = to.map_err(|error| CommandError::Usage(format!("--to: {error}")))?;
    Ok(LoadPlan {
        rate: arguments.rate(),
        time: arguments.time,
        connections: arguments.connections,
        to,
    })
}

/// Returns the origin of a URL, or an error if it is not on this machine.
fn loopback_origin(url: &str) -> Result<String, CommandError> {
    let url = url.parse::<http::Uri>().ok();
    let parts = url.as_ref().and_then(|url| Some((url.scheme_str()?, url.authority()?)));
    match parts {
        Some((scheme, authority)) if is_loopback(authority.host()) => {
            Ok(format!("{scheme}://{authority}"))
        }
        _ => Err(CommandError::Usage(
            "load sends to this machine only: start `otpost sandbox`, and give its origin with \
             --origin http://127.0.0.1:8025"
                .to_owned(),
        )),
    }
}

fn create(path: &Path) -> Result<File, CommandError> {
    File::create(path).map_err(|error| {
        let problem = format!("{}: the file cannot be written: {error}", path.display());
        CommandError::Io(io::Error::new(error.kind(), problem))
    })
}

/// Returns 0 only if each message of the plan was accepted.
fn exit_code(plan: &LoadPlan, measured: &Measured) -> ExitCode {
    if measured.fate(Some(Fate::Unknown)) > 0 {
        ExitCode::from(UNKNOWN)
    } else if measured.fate(None) < plan.messages() {
        ExitCode::from(REFUSED)
    } else {
        ExitCode::SUCCESS
    }
}

fn refused(problem: &str) -> CommandError {
    CommandError::Refused(problem.to_owned())
}
