//! The verification of requests.

use std::sync::Arc;

use hetu_cambium::server::RequestPipeline;
use hetu_cambium::{
    HeadLimits, RegisteredAccounts, ReplayGuard, ReplayLimits, ReplayStore, ReplySigner,
    RequestVerifier, SessionLimits, SessionStore, Sessions,
};
use hetu_chain::identity::ContractSignatureVerifier;
use hetu_chain::{Clock, NetUid};

use super::endpoint::AdvertisedEndpoint;
use super::network::Identity;
use crate::error::XylemError;
use crate::limits::ServerLimits;
use crate::registered::RegisteredCallers;

/// The options of verification.
pub(super) struct VerificationOptions {
    pub(super) replay_limits: ReplayLimits,
    pub(super) replay_store: Option<Arc<dyn ReplayStore>>,
    /// The limits of sessions, or `None` if sessions are disabled.
    pub(super) sessions: Option<SessionLimits>,
    pub(super) session_store: Option<Arc<dyn SessionStore>>,
    pub(super) accepts_earlier_revision: bool,
    pub(super) contracts: Option<Arc<dyn ContractSignatureVerifier>>,
}

/// The addressee of accepted requests.
pub(super) struct Addressee<'a> {
    pub(super) identity: &'a Identity,
    pub(super) netuid: NetUid,
    pub(super) endpoint: Option<&'a AdvertisedEndpoint>,
    pub(super) is_behind_proxy: bool,
}

/// A verifier and its replay guard, which opens after a delay.
pub(super) struct Verification {
    verifier: RequestVerifier,
    guard: ReplayGuard,
    clock: Arc<dyn Clock>,
}

impl Default for VerificationOptions {
    fn default() -> Self {
        Self {
            replay_limits: ReplayLimits::default(),
            replay_store: None,
            sessions: Some(SessionLimits::default()),
            session_store: None,
            accepts_earlier_revision: false,
            contracts: None,
        }
    }
}

impl VerificationOptions {
    /// Creates the verifier of requests to `addressee`, and starts the delay after which its replay
    /// guard opens.
    pub(super) fn begin(
        self,
        addressee: &Addressee<'_>,
        registered: &RegisteredCallers,
        clock: &Arc<dyn Clock>,
    ) -> Result<Verification, XylemError> {
        let clock = Arc::clone(clock);
        let verifier = self.verifier(addressee, registered, &clock)?;
        let guard = match self.replay_store {
            None => ReplayGuard::new(verifier.window(), self.replay_limits, Arc::clone(&clock)),
            Some(store) => ReplayGuard::with_store(verifier.window(), store, Arc::clone(&clock)),
        }?;
        let guard = guard.with_reserve_for(reserve_for(registered));
        Ok(Verification { verifier, guard, clock })
    }

    fn verifier(
        &self,
        addressee: &Addressee<'_>,
        registered: &RegisteredCallers,
        clock: &Arc<dyn Clock>,
    ) -> Result<RequestVerifier, XylemError> {
        let Addressee { identity, netuid, endpoint, is_behind_proxy } = *addressee;
        let verifier = RequestVerifier::new(identity.chain, netuid, identity.signer.address());
        let mut verifier = verifier.with_clock(Arc::clone(clock));
        if let Some(limits) = self.sessions {
            let clock = Arc::clone(clock);
            let sessions = match &self.session_store {
                None => Sessions::new(limits, clock),
                Some(store) => Sessions::in_store(limits, clock, Arc::clone(store)),
            };
            let sessions = sessions.with_reserve_for(reserve_for(registered));
            verifier = verifier.with_sessions(Arc::new(sessions));
        }
        if self.accepts_earlier_revision {
            verifier = verifier.with_earlier_revision();
        }
        if let Some(contracts) = &self.contracts {
            verifier = verifier.with_contract_signature_verifier(Arc::clone(contracts));
        }
        match endpoint {
            Some(endpoint) => endpoint.address(verifier, is_behind_proxy),
            None => Ok(verifier),
        }
    }
}

impl Verification {
    /// Waits until the replay guard opens, and returns the pipeline that signs as `identity`.
    pub(super) async fn open(self, identity: Identity, limits: &ServerLimits) -> RequestPipeline {
        let Self { verifier, guard, clock } = self;
        tokio::time::sleep(guard.opens_in()).await;
        let replies = ReplySigner::new(identity.signer, identity.chain).with_clock(clock);
        let head_limits = HeadLimits::default().with_bytes(limits.head_bytes());
        RequestPipeline::new(verifier, guard, replies).with_head_limits(head_limits)
    }
}

fn reserve_for(registered: &RegisteredCallers) -> RegisteredAccounts {
    let registered = registered.clone();
    RegisteredAccounts::new(move |account| registered.contains(account.address))
}
