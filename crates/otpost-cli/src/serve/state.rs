//! The parts of the server, which all requests share.

use std::time::Duration;

use otpost::clock::TokioTimer;
use otpost::gateway::HttpGateway;
use otpost::provider::Retry;

use super::access::CallerAccess;
use super::composer::Composer;
use super::counters::Counters;
use super::destinations::Destinations;
use super::hosts::AllowedHosts;
use super::incoming::FormFields;
use super::quota::Quota;
use super::replays::Replays;
use super::signature::HookKeys;

/// The parts of the server.
pub(super) struct ServeState {
    pub(super) hosts: AllowedHosts,
    pub(super) access: CallerAccess,
    /// The keys of the hooks that are enabled.
    pub(super) supabase: Option<HookKeys>,
    pub(super) zitadel: Option<HookKeys>,
    pub(super) fields: FormFields,
    pub(super) composer: Composer,
    pub(super) destinations: Destinations,
    pub(super) quota: Quota,
    pub(super) replays: Replays,
    pub(super) gateway: HttpGateway,
    pub(super) provider: Retry<HttpGateway>,
    pub(super) is_dry: bool,
    pub(super) deadline: Duration,
    pub(super) counters: Counters,
    pub(super) timer: TokioTimer,
}
