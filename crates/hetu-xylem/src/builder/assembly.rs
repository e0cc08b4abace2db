//! The assembly of a miner from its open parts.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hetu_cambium::server::RequestPipeline;
use hetu_chain::Clock;
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

use super::endpoint::AdvertisedEndpoint;
use super::membership::EnteredSubnet;
use super::network::Identity;
use super::policy_source::OpenPolicy;
use crate::hooks::Hooks;
use crate::metrics::MinerMetrics;
use crate::rates::RateLimiter;
use crate::registered::RegisteredCallers;
use crate::registration::RegistrationWatch;
use crate::serving::{
    CallMetrics, ContentReader, Documents, FailedProofs, HookChecks, Layers, ListenerConfig,
    MetricsPort, MinerControl, PreparedMiner, RateChecks, ReadinessState, Refusals, RequestRouter,
    RequestStack, RoleChecks, ServiceTable, Signatures, StoreAnswers,
};
use crate::tls::TlsAcceptance;

/// The services of a miner and the operator's code around them.
#[derive(Default)]
pub(super) struct ServingOptions {
    pub(super) services: ServiceTable,
    pub(super) layers: Layers,
    pub(super) hooks: Hooks,
    /// The shared rate limiter, or `None` to count in memory.
    pub(super) rates: Option<Arc<dyn RateLimiter>>,
}

/// The open ports of a miner, and the endpoint under which callers reach them.
pub(super) struct OpenEdge {
    pub(super) listener: ListenerConfig,
    pub(super) metrics_port: Option<MetricsPort>,
    pub(super) identity: Identity,
    /// The advertised endpoint, or `None` if the miner finds no address that callers can reach.
    pub(super) endpoint: Option<AdvertisedEndpoint>,
}

/// Everything that a miner opens before it serves.
pub(super) struct OpenedMiner {
    pub(super) registry: Registry,
    pub(super) store_answers: Option<StoreAnswers>,
    pub(super) policy: OpenPolicy,
    pub(super) edge: OpenEdge,
    pub(super) registered: RegisteredCallers,
    pub(super) subnet: EnteredSubnet,
    pub(super) pipeline: RequestPipeline,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) is_behind_proxy: bool,
}

impl ServingOptions {
    /// Assembles the request pipeline.
    pub(super) fn assemble(self, opened: OpenedMiner) -> PreparedMiner {
        let Self { services, layers, hooks, rates } = self;
        let OpenedMiner { mut registry, policy, edge, registered, subnet, pipeline, .. } = opened;
        let OpenEdge { listener, metrics_port, .. } = edge;
        let EnteredSubnet { roles, metastruct, watch } = subnet;
        let (limits, current) = (listener.limits, Arc::clone(&policy.current));
        let address = pipeline.replies().address();

        let shown = listener.tls.as_ref().map(TlsAcceptance::fingerprint);
        // The operator of a proxy publishes the protocols that the proxy accepts.
        let takes_http2_in_clear = shown.is_none() && !opened.is_behind_proxy;
        let verifier = pipeline.verifier();
        let documents = Documents::new(verifier, &services, &limits, shown, takes_http2_in_clear);
        let documents = Arc::new(documents);
        let readiness = Arc::new(ReadinessState {
            address,
            roles: Arc::clone(&roles),
            store_answers: opened.store_answers,
            registration: watch.as_ref().map(RegistrationWatch::state),
            is_stopping: AtomicBool::new(false),
        });
        let refusals = Refusals::registered_in(&mut registry);
        let calls = CallMetrics::registered_in(&mut registry, services.names());
        let takes_sessions = verifier.takes_sessions();
        let failed_proofs = FailedProofs::new(opened.is_behind_proxy);
        let control = MinerControl {
            address,
            policy: Arc::clone(&current),
            readiness: Arc::clone(&readiness),
            documents: Arc::clone(&documents),
        };
        let stack = RequestStack {
            router: RequestRouter::new(services, documents, readiness, takes_sessions),
            signatures: Signatures::new(pipeline, failed_proofs),
            roles: RoleChecks::new(Arc::clone(&current), Arc::clone(&roles), opened.clock),
            rates: RateChecks::new(current, registered, rates),
            contents: ContentReader::new(listener.unverified.clone(), &limits),
            hooks: HookChecks::new(hooks, limits.hook_timeout, roles),
            queue: policy.queue.clone(),
            calls,
            refusals: Arc::new(refusals),
            call_timeout: limits.call_timeout,
        };
        let mut background = JoinSet::new();
        policy.follow(&mut background);
        if let Some(watch) = watch {
            background.spawn(watch.run());
        }
        PreparedMiner {
            stack: Arc::new(stack),
            layers,
            listener,
            control,
            metrics: MinerMetrics::new(registry, metastruct),
            metrics_port,
            background,
        }
    }
}
