//! `otpost serve`: sends the messages of software that is not written in Rust.
//!
//! A request passes these steps, and each of them can refuse it: its host ([`hosts`]), its
//! credentials ([`access`]) or its signature ([`signature`]), its message ([`incoming`],
//! [`composer`]), the number ([`destinations`]), the limits ([`quota`]), and the gateway.

mod access;
mod composer;
mod counters;
mod delivery;
mod destinations;
mod hosts;
mod incoming;
mod log;
mod quota;
mod region_rules;
mod replays;
mod reply;
mod routes;
mod secrets;
mod server;
mod signature;
mod state;
mod stop;

use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use otpost::clock::TokioTimer;
use otpost::gateway::{HttpGateway, HttpGatewayBuilder};
use otpost::provider::{Provider, Retry};

use crate::arguments::{AccessArguments, ServeArguments};
use crate::error::CommandError;
use crate::runtime::block_on;
use access::CallerAccess;
use composer::Composer;
use counters::Counters;
use destinations::Destinations;
use hosts::AllowedHosts;
use incoming::FormFields;
use log::progress;
use quota::Quota;
use region_rules::warn_of_region_rules;
use replays::Replays;
use signature::HookKeys;
use state::ServeState;

/// The time that must be left for a retry.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// The time in seconds for which Supabase and Zitadel wait for a response.
const HOOK_WAIT: u64 = 5;

/// Serves requests until the process is asked to stop.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<ExitCode, CommandError> {
    check_listen(arguments)?;
    let gateway = arguments.gateway.build(HttpGatewayBuilder::build)?;
    let listen = arguments.listen;
    let listener = TcpListener::bind(listen)
        .map_err(|error| CommandError::Refused(format!("--listen {listen}: {error}")))?;
    let address = listener.local_addr()?;
    let served = block_on(async {
        let stop = stop::stop_signal()?;
        let state = state(arguments, gateway)?;
        announce(arguments, &state, &address.to_string());
        server::run(listener, state, stop).await.map_err(CommandError::Io)
    })?;
    served.map(|()| ExitCode::SUCCESS)
}

/// Refuses an address that other machines can reach, unless callers need credentials.
fn check_listen(arguments: &ServeArguments) -> Result<(), CommandError> {
    let AccessArguments { callers, supabase, zitadel, .. } = &arguments.access;
    let has_keys = !callers.is_empty() || supabase.is_some() || !zitadel.is_empty();
    if arguments.listen.ip().is_loopback() || has_keys {
        return Ok(());
    }
    Err(CommandError::Usage(format!(
        "--listen {}: other machines can reach this address, and could send messages: give \
         --caller NAME=env:NAME or the key of a hook, or listen on 127.0.0.1",
        arguments.listen
    )))
}

fn state(arguments: &ServeArguments, gateway: HttpGateway) -> Result<ServeState, CommandError> {
    let ServeArguments { access, form, limits, listen, .. } = arguments;
    // The sender of a hook is another machine, and a host name is that of a proxy. The proxy may send
    // the requests of everyone here, and nothing in them has to show it.
    let is_local = listen.ip().is_loopback()
        && access.supabase.is_none()
        && access.zitadel.is_empty()
        && access.hosts.is_empty();
    let deadline = Duration::from_secs(arguments.deadline);
    let zitadel = Some(&access.zitadel).filter(|sources| !sources.is_empty());
    let supabase = access.supabase.as_ref();
    let provider = Retry::new(gateway.clone())
        .with_retries(arguments.retry)
        .with_deadline(deadline)
        .with_least_time(LEAST_TIME);
    Ok(ServeState {
        hosts: AllowedHosts::new(listen.ip(), &access.hosts),
        access: CallerAccess::new(&access.callers, is_local)?,
        supabase: supabase.map(|source| HookKeys::standard("--supabase", source)).transpose()?,
        zitadel: zitadel.map(|sources| HookKeys::zitadel("--zitadel", sources)).transpose()?,
        fields: FormFields {
            to: form.to.clone(),
            text: form.text.clone(),
            code: form.code.clone(),
            secret: form.secret.clone(),
        },
        composer: Composer::new(&arguments.text, arguments.national)?,
        destinations: Destinations::new(&arguments.regions, &arguments.kinds),
        quota: Quota::new(*limits),
        replays: Replays::new(),
        gateway,
        provider,
        is_dry: arguments.dry_run,
        deadline,
        counters: Counters::install()?,
        timer: TokioTimer::new(),
    })
}

/// Prints what the server does and who may use it.
fn announce(arguments: &ServeArguments, state: &ServeState, address: &str) {
    let regions: Vec<_> = arguments.regions.iter().map(ToString::to_string).collect();
    let gateway = state.gateway.name();
    progress(&format!("sending through {gateway} to {}", regions.join(", ")));
    warn_of_region_rules(&arguments.regions, &state.composer, arguments.text.app.as_deref());
    let callers = state.access.names().map(|names| names.collect::<Vec<_>>());
    let callers = match callers.as_deref() {
        None => "any program on this machine".to_owned(),
        Some([]) => "nobody, because there is no --caller".to_owned(),
        Some(names) => names.join(", "),
    };
    progress(&format!("/send and /hooks/ory: {callers}"));
    for (path, keys) in [("supabase", &state.supabase), ("zitadel", &state.zitadel)] {
        if keys.is_some() {
            progress(&format!("/hooks/{path}: signed"));
        }
    }
    if !arguments.listen.ip().is_loopback() {
        progress("warning: connections are not encrypted: put a proxy with TLS in front of it");
    }
    let deadline = arguments.deadline;
    let has_hook = state.supabase.is_some() || state.zitadel.is_some();
    if has_hook && deadline >= HOOK_WAIT {
        progress(&format!(
            "warning: --deadline {deadline}: the callers of hooks wait {HOOK_WAIT} s, and take a \
             message that is sent later for an error"
        ));
    }
    if state.is_dry {
        progress("warning: this is a dry run, and no message is sent");
    }
    progress(&format!("listening on http://{address}"));
}
