//! From one block to the next, and back.

use std::sync::Arc;

use hetu_chain::{
    Address, Block, ChainEvent, Dendron, DendronEvent, Hyperparameters, StakingEvent, Subnet,
    SubnetEvent,
};

use crate::members::Touched;
use crate::{Member, View};

/// What a block replaced, so that it can be put back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undo {
    pub(crate) members: Touched,
    subnet: Option<(Arc<Subnet>, Hyperparameters)>,
}

impl Undo {
    /// How much it remembers.
    pub(crate) fn len(&self) -> usize {
        self.members.len() + usize::from(self.subnet.is_some())
    }
}

/// The view after `block`, in which these events happened in this order.
pub(crate) fn advance(
    view: &View,
    block: Block,
    events: &[ChainEvent],
    allows_private_addresses: bool,
) -> (View, Undo) {
    let mut step = Step {
        view,
        block,
        touched: Touched::new(),
        subnet: None,
        rules: view.hyperparameters,
        allows_private_addresses,
    };
    events.iter().for_each(|event| step.apply(event));
    step.finish()
}

/// The view before what `undo` remembers, as the one after `block`.
pub(crate) fn go_back(view: &View, block: Block, undo: &Undo) -> View {
    let (subnet, hyperparameters) =
        undo.subnet.clone().unwrap_or_else(|| (Arc::clone(&view.subnet), view.hyperparameters));
    let members = match undo.members.is_empty() {
        true => Arc::clone(&view.members),
        false => Arc::new(view.members.with(&undo.members)),
    };
    View { block, subnet, hyperparameters, members }
}

struct Step<'view> {
    view: &'view View,
    block: Block,
    touched: Touched,
    subnet: Option<Arc<Subnet>>,
    rules: Hyperparameters,
    allows_private_addresses: bool,
}

impl Step<'_> {
    fn apply(&mut self, event: &ChainEvent) {
        if event.netuid() != Some(self.view.netuid()) {
            return;
        }
        match event {
            ChainEvent::Dendron(event) => self.apply_to_dendron(event),
            // The stake of a dendron is this and not what its record says: on the published
            // network anybody can write that.
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
        // Stake can be bound to a subnet by those who take no part in it.
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
