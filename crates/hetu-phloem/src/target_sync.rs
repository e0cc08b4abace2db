//! The synchronisation of a router's miners with the view.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hetu_chain::model::Role;
use hetu_metastruct::{Member, Metastruct, View};
use parking_lot::Mutex;

use crate::{Router, Target};

/// The view that the router's miners were taken from.
#[derive(Debug, Default)]
pub(crate) struct TargetSync {
    seen: ArcSwapOption<View>,
    updating: Mutex<()>,
}

impl TargetSync {
    /// Checks for a newer view, which is almost free if there is none. While another caller takes
    /// it over, the router keeps the previous miners.
    pub(crate) fn follow(&self, metastruct: &Metastruct, router: &Router) {
        let is_seen = |view: &Arc<View>| {
            self.seen.load().as_ref().is_some_and(|seen| Arc::ptr_eq(seen, view))
        };
        if is_seen(&metastruct.view()) {
            return;
        }
        let Some(_guard) = self.updating.try_lock() else { return };
        let view = metastruct.view();
        if !is_seen(&view) {
            let has_changed = self.seen.load().as_ref().is_none_or(|seen| !is_same(seen, &view));
            if has_changed {
                router.replace(view.miners().iter().filter_map(|miner| Target::of(miner)));
            }
            self.seen.store(Some(view));
        }
    }
}

/// Returns `true` if both views have the same miners with the same endpoints and stakes. Most
/// blocks change none of these, and views share unchanged parts.
fn is_same(one: &View, other: &View) -> bool {
    let (one, other) = (one.miners(), other.miners());
    let is_same_miner = |(one, other): (&Arc<Member>, &Arc<Member>)| {
        let is_active = |member: &Member| member.is_active(Role::Miner);
        Arc::ptr_eq(one, other)
            || one.address() == other.address()
                && one.endpoint == other.endpoint
                && one.dendron.stake == other.dendron.stake
                && is_active(one) == is_active(other)
    };
    std::ptr::eq(one, other) || one.len() == other.len() && one.iter().zip(other).all(is_same_miner)
}

#[cfg(test)]
mod tests {
    use hetu_chain::Amount;
    use hetu_chain::model::{RawEndpoint, Registration};
    use hetu_devnet::Devnet;

    use super::*;
    use crate::RouteOptions;

    #[tokio::test]
    async fn the_list_of_miners_is_made_anew_when_they_change_and_not_with_each_block() {
        let devnet = Devnet::builder().start().await.unwrap();
        let owner = devnet.connect_as(0).await.unwrap();
        let netuid = devnet.open_subnet(&owner).await.unwrap();
        let metastruct = Metastruct::builder(owner, netuid).start().await.unwrap();
        let (sync, router) = (TargetSync::default(), Router::seeded(1));
        let known = || router.explain(&RouteOptions::default()).candidates.len();
        let register = async |port: u16| {
            let endpoint = RawEndpoint::new("127.0.0.1", port);
            let registration = Registration::miner(netuid, Amount::from_hetu(200), endpoint);
            let miner = devnet.connect_as(2).await.unwrap();
            miner.dendrons().ensure(&registration).await.unwrap();
            metastruct.refresh().await.unwrap();
            sync.follow(&metastruct, &router);
        };
        register(80).await;
        assert_eq!(known(), 1);
        // A missing miner that returns shows that the list was made again.
        router.replace([]);
        let before = metastruct.view().block.id.number;
        devnet.mine(3).await;
        metastruct.refresh().await.unwrap();
        assert!(metastruct.view().block.id.number > before);
        sync.follow(&metastruct, &router);
        assert_eq!(known(), 0);
        register(81).await;
        assert_eq!(known(), 1);
    }
}
