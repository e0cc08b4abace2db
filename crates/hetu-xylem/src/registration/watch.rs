//! The supervision of the miner's registration while it serves.

use std::path::PathBuf;
use std::time::Duration;

use hetu_chain::Hetutensor;
use hetu_chain::model::Registration;
use hetu_metastruct::Metastruct;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::joining::{JoinOutcome, correct_endpoint};
use super::state::RegistrationState;
use crate::metrics::Label;

/// The minimum pause after the chain refused a change of the endpoint.
const UPDATE_PAUSE: Duration = Duration::from_secs(1);
/// The longest wait for a new block before the cached view is checked again.
const LOOK_INTERVAL: Duration = Duration::from_secs(15);

/// One gauge for each state. The gauge of the current state is 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegistrationMetrics {
    states: Family<Label, Gauge>,
}

impl RegistrationMetrics {
    pub(crate) fn registered_in(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "How the miner stands on chain: 1 for the state that it is in";
        registry.register("registration", help, metrics.states.clone());
        metrics
    }

    fn set(&self, current: RegistrationState) {
        for state in RegistrationState::ALL {
            let value = i64::from(state == current);
            self.states.get_or_create(&[("state", state.name())]).set(value);
        }
    }
}

/// A watch of the miner's registration, which also corrects the endpoint.
pub(crate) struct RegistrationWatch {
    hetu: Hetutensor,
    subnet: Metastruct,
    registration: Registration,
    metrics: RegistrationMetrics,
    home: PathBuf,
    state: watch::Sender<RegistrationState>,
    /// `true` if this process still has to change the endpoint.
    is_pending: bool,
    last_update: Instant,
}

impl RegistrationWatch {
    /// Creates the watch and reads the chain again, after the change `joined`.
    pub(crate) async fn begin(
        hetu: Hetutensor,
        subnet: Metastruct,
        registration: Registration,
        joined: &JoinOutcome,
        metrics: RegistrationMetrics,
        home: PathBuf,
    ) -> Self {
        let is_pending = match joined {
            JoinOutcome::EndpointPending { reason } => {
                tracing::warn!(
                    reason,
                    "the endpoint on chain is another one and cannot be changed yet: the miner \
                     serves, and changes it when it may"
                );
                true
            }
            _ => false,
        };
        let (state, _) = watch::channel(RegistrationState::Confirmed);
        let last_update = Instant::now();
        let watch =
            Self { hetu, subnet, registration, metrics, home, state, is_pending, last_update };
        match watch.subnet.refresh().await {
            Ok(_) => watch.look(),
            // The sent transaction is confirmed, and a later view will contain it.
            Err(error) => {
                tracing::warn!(%error, "the place of the miner on chain was not read again")
            }
        }
        watch
    }

    /// Returns a receiver of the state.
    pub(crate) fn state(&self) -> watch::Receiver<RegistrationState> {
        self.state.subscribe()
    }

    /// Checks every block. Never returns.
    pub(crate) async fn run(mut self) {
        let mut blocks = self.subnet.blocks();
        loop {
            // An error means that no publisher is left. The timer then replaces the blocks.
            if timeout(LOOK_INTERVAL, blocks.changed()).await.is_ok_and(|seen| seen.is_err()) {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
            if self.is_pending && self.last_update.elapsed() >= UPDATE_PAUSE {
                self.try_to_update().await;
            }
            self.look();
        }
    }

    async fn try_to_update(&mut self) {
        self.last_update = Instant::now();
        match correct_endpoint(&self.hetu, &self.registration, &self.home).await {
            Ok(JoinOutcome::EndpointPending { reason }) => {
                tracing::info!(reason, "the endpoint on chain cannot be changed yet");
            }
            Ok(_) => {
                // The change counts as pending until the view contains it.
                self.is_pending = self.subnet.refresh().await.is_err();
            }
            Err(error) => tracing::warn!(%error, "the endpoint on chain was not changed"),
        }
    }

    fn look(&self) {
        let view = self.subnet.view();
        let Ok(address) = self.hetu.address() else { return };
        let endpoint = &self.registration.endpoint;
        let state = RegistrationState::of(&view, address, endpoint, self.is_pending);
        self.metrics.set(state);
        if self.state.send_replace(state) != state {
            tell(state, view.block.id.number);
        }
    }
}

fn tell(state: RegistrationState, block: u64) {
    match state {
        RegistrationState::Confirmed => {
            tracing::info!(block, "the chain confirms the miner and its endpoint");
        }
        RegistrationState::NotRegistered => tracing::error!(
            block,
            "the miner is not registered any more: validators do not find it; start it anew"
        ),
        RegistrationState::NotAMiner => tracing::error!(
            block,
            "the account of the miner takes part as something else: validators do not find it"
        ),
        RegistrationState::Inactive => tracing::error!(
            block,
            "the miner's stake is below the threshold: validators do not call it; add stake"
        ),
        RegistrationState::EndpointPending => {
            tracing::warn!(block, "the chain still names another endpoint");
        }
        RegistrationState::EndpointDiffers => tracing::error!(
            block,
            "the chain names another endpoint: is the same key in use elsewhere?"
        ),
    }
}
