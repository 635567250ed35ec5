//! `otpost sandbox`: plays gateways on this machine, and shows the messages that arrive.

mod access;
mod answers;
mod api;
mod body;
mod call;
mod code;
mod event;
mod events;
mod fault;
mod inbox;
mod loaded;
mod loopback;
mod magic;
mod markup;
mod mask;
mod page;
mod query;
mod receive;
mod record;
mod report_client;
mod report_desk;
mod reports;
mod route;
mod sampler;
mod server;
mod state;
mod stream;
mod values;
mod wanted;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use otpost::SecretString;
use otpost::gateway::GatewaySpec;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::arguments::SandboxArguments;
use crate::error::CommandError;
use crate::runtime::block_on;
use access::SandboxAccess;
use loaded::{LoadedGateway, SandboxAddress, read_specs, report_imitation};
use report_desk::{PublicReportKey, ReportDesk, WantedReports};
use server::ConnectionLimits;
use state::{Sandbox, SandboxSettings};
use values::{GivenValues, read_token};

pub(crate) use magic::magic_help;

/// Runs the sandbox until Ctrl-C.
pub(crate) fn sandbox(arguments: &SandboxArguments) -> Result<ExitCode, CommandError> {
    if arguments.openapi {
        write!(io::stdout().lock(), "{}", api::OPENAPI)?;
        return Ok(ExitCode::SUCCESS);
    }
    let token = arguments.token.as_deref().map(read_token).transpose()?;
    if token.is_none() && !arguments.listen.ip().is_loopback() {
        return Err(CommandError::Usage(
            "--listen: other machines can reach this address: expected also --token env:NAME or \
             --token file:PATH"
                .to_owned(),
        ));
    }
    let specs = read_specs(&arguments.gateways)?;
    let given = GivenValues::read(&arguments.vars, &specs)?;
    block_on(run(arguments, token, &specs, &given))??;
    Ok(ExitCode::SUCCESS)
}

async fn run(
    arguments: &SandboxArguments,
    token: Option<SecretString>,
    specs: &[GatewaySpec],
    given: &GivenValues,
) -> Result<(), CommandError> {
    let reports = arguments.report_url();
    let reports = reports.map_err(|form| CommandError::Usage(format!("--reports: {form}")))?;
    let listener = bind(arguments.listen).await?;
    let listen = listener.local_addr()?;
    let origin = format!("http://{listen}");
    let slow = arguments.slow;
    let address = SandboxAddress { local: reachable(listen), origin: origin.clone(), slow };
    let reports = reports.as_ref();
    let report = |spec: &GatewaySpec| match reports {
        Some(url) => report_imitation(spec, &given.of(spec), url.as_str()),
        None => Ok(None),
    };
    let imitations = specs.iter().map(report).collect::<Result<Vec<_>, _>>()?;
    let load = |(spec, reports): (&GatewaySpec, &Option<_>)| {
        LoadedGateway::new(spec, &given.of(spec), reports.as_ref(), &address)
    };
    let gateways = specs.iter().zip(&imitations).map(load).collect::<Result<Vec<_>, _>>()?;
    let automatic = arguments.deliver_after.map(WantedReports::delivered_after);
    let report_origin = reports.map(|url| url.origin().to_owned());
    let reports = ReportDesk::new(report_origin, imitations, automatic.as_ref());
    let is_strict = arguments.strict;
    let access = SandboxAccess::new(listen, &arguments.hosts, token);
    check_given(specs, given, &reports)?;
    let is_shortened = arguments.gateways.is_empty();
    print_banner(&gateways, &access, &origin, &reports, is_shortened)?;
    let (stopping, stopping_seen) = watch::channel(false);
    let settings =
        SandboxSettings { access, given: given.redactor(specs), origin, is_strict, slow, reports };
    let sandbox = Arc::new(Sandbox::new(gateways, settings, stopping_seen));
    let limits = ConnectionLimits::USUAL;
    server::serve(listener, sandbox, limits, stop_signal(), stopping).await?;
    Ok(())
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(listen).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program uses the port: choose another one with --listen 127.0.0.1:0"
            }
            _ => "choose another address with --listen",
        };
        CommandError::Refused(format!("{listen}: {error}: {hint}"))
    })
}

/// Returns the address at which this machine reaches the sandbox.
const fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Prints the base URLs. Programs that start the sandbox read the address in the first line.
///
/// If no gateway was named, only the first URL is printed in full: those of the whole catalogue
/// would move the address of the phone out of the terminal.
fn print_banner(
    gateways: &[LoadedGateway],
    access: &SandboxAccess,
    origin: &str,
    reports: &ReportDesk,
    is_shortened: bool,
) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    let page = if access.needs_token() { "/?token=TOKEN" } else { "" };
    writeln!(stdout, "The phone is at {origin}{page} (Ctrl-C stops the sandbox).")?;
    writeln!(stdout, "Configure a base URL in an application or an SDK:")?;
    let shown = if is_shortened { 1 } else { gateways.len() };
    let width = gateways.iter().take(shown).map(|gateway| gateway.id.len()).max();
    let width = width.unwrap_or_default();
    for gateway in gateways.iter().take(shown) {
        let (id, url, name) = (&gateway.id, &gateway.base_url, &gateway.name);
        writeln!(stdout, "  {id:width$}  {url}  {name}")?;
    }
    let more = gateways.len().saturating_sub(shown);
    if more > 0 {
        writeln!(stdout, "  and {more} gateways of `otpost catalogue`, such as {origin}/g/kannel")?;
    }
    match gateways {
        [_] => writeln!(stdout, "It is also at {origin}, for programs that take only an origin.")?,
        _ => writeln!(
            stdout,
            "Programs that take only an origin use {origin}: the request shows the gateway."
        )?,
    }
    print_keys(&mut stdout, gateways, reports)?;
    stdout.flush()
}

/// Prints the public keys of the gateways that sign their reports with a private key.
fn print_keys(
    out: &mut impl Write,
    gateways: &[LoadedGateway],
    reports: &ReportDesk,
) -> io::Result<()> {
    let keys = gateways.iter().enumerate();
    let keys = keys.filter_map(|(index, gateway)| Some((&gateway.id, reports.key(index)?)));
    for (at, (id, key)) in keys.enumerate() {
        if at == 0 {
            writeln!(out, "Configure the public keys of delivery reports, new at each start:")?;
        }
        match key {
            // A key in PEM has several lines, which are not indented, so that they can be copied.
            Ok(PublicReportKey { variable, value }) if value.contains('\n') => {
                writeln!(out, "  {id}  {variable}\n{}", value.trim_end())?;
            }
            Ok(PublicReportKey { variable, value }) => {
                writeln!(out, "  {id}  {variable}  {value}")?;
            }
            Err(problem) => writeln!(out, "  {id}  no key: {problem}")?,
        }
    }
    Ok(())
}

/// Refuses a public key of the command line: its private key would have to sign.
fn check_given(
    specs: &[GatewaySpec],
    given: &GivenValues,
    reports: &ReportDesk,
) -> Result<(), CommandError> {
    for (index, spec) in specs.iter().enumerate() {
        let Some(Ok(PublicReportKey { variable, .. })) = reports.key(index) else { continue };
        if given.of(spec).iter().any(|(name, _)| *name == variable) {
            return Err(CommandError::Usage(format!(
                "--var {variable}: the sandbox signs the reports of {} with its own key, and \
                 prints the public key: expected no value",
                spec.id()
            )));
        }
    }
    Ok(())
}

/// Waits for Ctrl-C, or for the signal with which supervisors stop a program.
#[cfg(unix)]
async fn stop_signal() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn stop_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
