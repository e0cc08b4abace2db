//! A miner that takes its stores from Redis.

use hetu_cambium::AcceptanceWindow;
use hetu_chain::NetUid;
use prometheus_client::registry::Registry;

use super::RedisShared;
use crate::{XylemBuilder, XylemError};

impl XylemBuilder {
    /// Connects with what replicas share, if they do.
    pub(crate) async fn share(
        &mut self,
        netuid: NetUid,
        registry: &mut Registry,
    ) -> Result<(), XylemError> {
        let Some(options) = &self.redis else { return Ok(()) };
        let (signer, chain) = self.home.identity()?;
        let miner = (chain, netuid, signer.address());
        let window = AcceptanceWindow::default();
        let shared = RedisShared::connect(options, miner, window, self.clock.clone()).await?;
        shared.register_in(registry);
        self.replay_store = Some(shared.replay_store());
        self.session_store = Some(shared.sessions());
        self.rates = Some(shared.rates());
        self.store_answers = Some(Box::new(move || shared.is_available()));
        Ok(())
    }
}
