//! The stores that the replicas of one miner share.

use std::sync::Arc;

use hetu_cambium::AcceptanceWindow;
use prometheus_client::registry::Registry;

use super::XylemBuilder;
use crate::error::XylemError;
use crate::redis::RedisShared;
use crate::serving::StoreAnswers;

/// Connects to Redis, if `builder` configures it, and makes `builder` use its stores.
pub(super) async fn share(
    builder: &mut XylemBuilder,
    registry: &mut Registry,
) -> Result<Option<StoreAnswers>, XylemError> {
    let Some(options) = &builder.redis else { return Ok(None) };
    let identity = builder.network.identity()?;
    let miner = (identity.chain, builder.netuid, identity.signer.address());
    let (window, clock) = (AcceptanceWindow::default(), Arc::clone(&builder.clock));
    let shared = RedisShared::connect(options, miner, window, clock).await?;
    shared.register_in(registry);
    builder.verification.replay_store = Some(shared.replay_store());
    builder.verification.session_store = Some(shared.sessions());
    builder.serving.rates = Some(shared.rates());
    Ok(Some(Box::new(move || shared.is_available())))
}
