//! Transitions between views: to the next block, and back to an earlier one.

use std::sync::Arc;

use hetu_chain::Address;
use hetu_chain::model::{
    Block, ChainEvent, Dendron, DendronEvent, Hyperparameters, StakingEvent, Subnet, SubnetEvent,
};

use crate::members::TouchedMembers;
use crate::{Member, View};

/// The values that a block replaced, kept so that they can be restored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undo {
    pub(crate) members: TouchedMembers,
    subnet: Option<(Arc<Subnet>, Hyperparameters)>,
}

impl Undo {
    /// Returns the number of remembered members.
    pub(crate) fn len(&self) -> usize {
        self.members.len() + usize::from(self.subnet.is_some())
    }
}

/// Returns the view after `block`, which has these events in this order.
pub(crate) fn advance(
    view: &View,
    block: Block,
    events: &[ChainEvent],
    allows_private_addresses: bool,
) -> (View, Undo) {
    let mut step = BlockStep {
        view,
        block,
        touched: TouchedMembers::new(),
        subnet: None,
        rules: view.hyperparameters,
        allows_private_addresses,
    };
    events.iter().for_each(|event| step.apply(event));
    step.finish()
}

/// Returns the view before the changes that `undo` remembers, as the view of `block`.
pub(crate) fn go_back(view: &View, block: Block, undo: &Undo) -> View {
    let (subnet, hyperparameters) =
        undo.subnet.clone().unwrap_or_else(|| (Arc::clone(&view.subnet), view.hyperparameters));
    let members = match undo.members.is_empty() {
        true => Arc::clone(&view.members),
        false => Arc::new(view.members.with(&undo.members)),
    };
    View { block, subnet, hyperparameters, members }
}

struct BlockStep<'view> {
    view: &'view View,
    block: Block,
    touched: TouchedMembers,
    subnet: Option<Arc<Subnet>>,
    rules: Hyperparameters,
    allows_private_addresses: bool,
}

impl BlockStep<'_> {
    fn apply(&mut self, event: &ChainEvent) {
        if event.netuid() != Some(self.view.netuid()) {
            return;
        }
        match event {
            ChainEvent::Dendron(event) => self.apply_to_dendron(event),
            // The stake of a dendron is this value and not the one in its record: on the published
            // network, any account can write that record.
            ChainEvent::Staking(StakingEvent::AllocationChanged { account, current, .. }) => {
                self.change(*account, |dendron| dendron.stake = *current);
            }
            ChainEvent::Subnet(SubnetEvent::Activated { .. }) => {
                let mut subnet = Subnet::clone(self.subnet.as_ref().unwrap_or(&self.view.subnet));
                subnet.is_active = true;
                self.subnet = Some(Arc::new(subnet));
            }
            ChainEvent::Subnet(SubnetEvent::HyperparametersUpdated { hyperparameters, .. }) => {
                self.rules = **hyperparameters;
            }
            _ => {}
        }
    }

    fn apply_to_dendron(&mut self, event: &DendronEvent) {
        let time = self.block.time;
        match event {
            DendronEvent::Registered {
                netuid,
                account,
                stake,
                role,
                endpoint,
                metrics_endpoint,
                ..
            } => {
                let mut dendron = Dendron::new(*netuid, *account, *role);
                dendron.is_active = true;
                dendron.stake = *stake;
                dendron.registered_at = self.block.id.number;
                dendron.last_update = time;
                dendron.endpoint = endpoint.clone();
                dendron.metrics_endpoint = metrics_endpoint.clone();
                self.put(dendron);
            }
            DendronEvent::Deregistered { account, .. } => {
                self.touched.insert(*account, None);
            }
            DendronEvent::EndpointsUpdated { account, endpoint, metrics_endpoint, .. } => {
                self.change(*account, |dendron| {
                    dendron.endpoint = endpoint.clone();
                    dendron.metrics_endpoint = metrics_endpoint.clone();
                    dendron.last_update = time;
                });
            }
            DendronEvent::ActivityChanged { account, is_active, .. } => {
                self.change(*account, |dendron| dendron.is_active = *is_active);
            }
            _ => {}
        }
    }

    fn change(&mut self, account: Address, change: impl FnOnce(&mut Dendron)) {
        let known = match self.touched.get(&account) {
            Some(touched) => touched.as_ref(),
            None => self.view.get(account),
        };
        // Accounts that are not in the subnet can also bind stake to it.
        if let Some(member) = known {
            let mut dendron = member.dendron.clone();
            change(&mut dendron);
            self.put(dendron);
        }
    }

    fn put(&mut self, dendron: Dendron) {
        let member = Member::new(dendron, self.allows_private_addresses);
        self.touched.insert(member.address(), Some(Arc::new(member)));
    }

    fn finish(self) -> (View, Undo) {
        let Self { view, block, mut touched, subnet, rules, .. } = self;
        touched.retain(|address, now| view.get(*address) != now.as_ref());
        let before = touched.keys().map(|address| (*address, view.get(*address).cloned()));
        let mut undo = Undo { members: before.collect(), subnet: None };
        if subnet.is_some() || rules != view.hyperparameters {
            undo.subnet = Some((Arc::clone(&view.subnet), view.hyperparameters));
        }
        let members = match touched.is_empty() {
            true => Arc::clone(&view.members),
            false => Arc::new(view.members.with(&touched)),
        };
        let subnet = subnet.unwrap_or_else(|| Arc::clone(&view.subnet));
        (View { block, subnet, hyperparameters: rules, members }, undo)
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::model::{HyperparameterChanges, RawEndpoint, Role};
    use hetu_chain::{Amount, BlockId, NetUid};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn block(number: u64) -> Block {
        let hash = |number: u64| [u8::try_from(number % 256).unwrap(); 32].into();
        Block::new(
            BlockId { number, hash: hash(number) },
            hash(number.wrapping_sub(1)),
            12 * number,
        )
    }

    fn empty() -> View {
        let zero = Address::ZERO;
        let subnet = json!({
            "netuid": 1, "owner": zero, "alpha_token": zero, "pool": zero, "locked": Amount::ZERO,
            "pool_initial": Amount::ZERO, "burned": Amount::ZERO, "created_at": 0,
            "is_active": false, "name": "Sums", "description": ""
        });
        let rules = HyperparameterChanges { tempo: Some(9), ..Default::default() }.or_zeros();
        let subnet = serde_json::from_value(subnet).unwrap();
        View::new(block(0), subnet, rules, Vec::new(), true)
    }

    fn account(number: u8) -> Address {
        Address::new([number; 20])
    }

    fn registered(number: u8, role: Role, stake: u64) -> ChainEvent {
        ChainEvent::Dendron(DendronEvent::Registered {
            netuid: NetUid::new(1),
            account: account(number),
            stake: Amount::from_hetu(stake),
            role,
            requested_role: role,
            endpoint: RawEndpoint::new("8.8.8.8", 80),
            metrics_endpoint: RawEndpoint::default(),
        })
    }

    fn allocated(number: u8, netuid: u16, stake: u64) -> ChainEvent {
        ChainEvent::Staking(StakingEvent::AllocationChanged {
            account: account(number),
            netuid: NetUid::new(netuid),
            previous: Amount::ZERO,
            current: Amount::from_hetu(stake),
        })
    }

    #[test]
    fn stake_is_the_allocation_and_never_what_a_record_says() {
        let forged = ChainEvent::Dendron(DendronEvent::StakeChanged {
            netuid: NetUid::new(1),
            account: account(1),
            previous: Amount::ZERO,
            current: Amount::from_hetu(1_000_000),
        });
        let elsewhere = allocated(1, 2, 9_999);
        let stranger = allocated(2, 1, 9_999);
        let events = [registered(1, Role::Miner, 200), forged, elsewhere, stranger];
        let (view, _) = advance(&empty(), block(1), &events, true);
        assert_eq!((view.len(), view.total_stake()), (1, Amount::from_hetu(200)));
        let member = view.get(account(1)).unwrap();
        assert_eq!((member.dendron.registered_at, member.dendron.last_update), (1, 12));
        let (view, _) = advance(&view, block(2), &[allocated(1, 1, 250)], true);
        assert_eq!(view.total_stake(), Amount::from_hetu(250));
    }

    #[test]
    fn a_block_in_which_nothing_happens_shares_all_of_the_view() {
        let (one, _) = advance(&empty(), block(1), &[registered(1, Role::Miner, 200)], true);
        let (two, undo) = advance(&one, block(2), &[allocated(9, 1, 5)], true);
        assert!(Arc::ptr_eq(&one.members, &two.members));
        assert_eq!((undo.len(), two.block), (0, block(2)));
        assert!(one.has_content_of(&two) && one != two);
    }

    #[test]
    fn one_who_leaves_and_joins_in_one_block_is_there_in_the_new_role() {
        let left = ChainEvent::Dendron(DendronEvent::Deregistered {
            netuid: NetUid::new(1),
            account: account(1),
        });
        let (one, _) = advance(&empty(), block(1), &[registered(1, Role::Miner, 200)], true);
        let events =
            [left, allocated(1, 1, 0), allocated(1, 1, 500), registered(1, Role::Validator, 500)];
        let (two, undo) = advance(&one, block(2), &events, true);
        assert_eq!((two.miners().len(), two.validators().len()), (0, 1));
        assert_eq!(two.total_stake(), Amount::from_hetu(500));
        let changes = one.differences(&two);
        let is_role =
            |change: &crate::SubnetChange| matches!(change, crate::SubnetChange::Role { .. });
        assert!(changes.iter().any(is_role), "{changes:?}");
        assert_eq!(go_back(&two, block(1), &undo), one);
    }

    #[test]
    fn hosts_that_are_too_long_are_cut_as_a_page_cuts_them() {
        let mut event = registered(1, Role::Miner, 200);
        if let ChainEvent::Dendron(DendronEvent::Registered { endpoint, .. }) = &mut event {
            endpoint.host = "a".repeat(10_000);
        }
        let (view, _) = advance(&empty(), block(1), &[event], true);
        assert_eq!(view.get(account(1)).unwrap().dendron.endpoint.host.len(), 255);
    }

    fn any_event() -> impl Strategy<Value = ChainEvent> {
        let role = prop_oneof![Just(Role::Miner), Just(Role::Validator)];
        prop_oneof![
            (0..9_u8, role, 0..9_u64)
                .prop_map(|(number, role, stake)| registered(number, role, stake)),
            (0..9_u8, 1..3_u16, 0..9_u64)
                .prop_map(|(number, netuid, stake)| allocated(number, netuid, stake)),
            (0..9_u8).prop_map(|number| ChainEvent::Dendron(DendronEvent::Deregistered {
                netuid: NetUid::new(1),
                account: account(number),
            })),
            (0..9_u8, any::<bool>()).prop_map(|(number, is_active)| {
                ChainEvent::Dendron(DendronEvent::ActivityChanged {
                    netuid: NetUid::new(1),
                    account: account(number),
                    is_active,
                    stake: Amount::ZERO,
                })
            }),
            Just(ChainEvent::Subnet(SubnetEvent::Activated {
                netuid: NetUid::new(1),
                owner: Address::ZERO,
                time: 0,
            })),
        ]
    }

    proptest! {
        #[test]
        fn going_back_gives_every_view_again_and_lists_are_always_sorted(
            blocks in prop::collection::vec(prop::collection::vec(any_event(), 0..8), 1..12)
        ) {
            let mut views = vec![empty()];
            let mut undos = Vec::new();
            for (number, events) in (1..).zip(&blocks) {
                let (view, undo) = advance(views.last().unwrap(), block(number), events, true);
                let members = view.members().map(|member| Member::clone(member));
                let anew = View { members: Arc::new(crate::members::Members::new(members)), ..view.clone() };
                prop_assert_eq!(anew.miners(), view.miners());
                prop_assert_eq!(anew.validators(), view.validators());
                prop_assert_eq!(anew.total_stake(), view.total_stake());
                views.push(view);
                undos.push(undo);
            }
            let mut view = views.pop().unwrap();
            while let (Some(before), Some(undo)) = (views.pop(), undos.pop()) {
                view = go_back(&view, before.block, &undo);
                prop_assert_eq!(&view, &before);
            }
        }
    }
}
