//! The Merkle tree of a subnet's rewards.

use std::collections::BTreeMap;

use super::{RewardClaim, RewardRoot};
use crate::primitives::{Bytes32, keccak256};
use crate::{Address, Amount, NetUid};

/// The amounts that accounts have earned on a subnet until an epoch, as a Merkle tree over
/// cumulative amounts, in the format of `RewardDistributor` and OpenZeppelin's
/// `StandardMerkleTree`.
///
/// ```
/// use hetu_chain::{Address, Amount, NetUid, model::RewardTree};
///
/// let (first, second) = (Address::new([1; 20]), Address::new([2; 20]));
/// let earned = [(first, Amount::from_hetu(3)), (second, Amount::from_hetu(4))];
/// let tree = RewardTree::new(NetUid::new(1), earned).expect("two accounts");
/// assert_eq!(tree.total(), Amount::from_hetu(7));
/// let claim = tree.claim(second).expect("it has earned something");
/// assert_eq!(claim.cumulative, Amount::from_hetu(4));
/// ```
#[derive(Clone, Debug)]
pub struct RewardTree {
    netuid: NetUid,
    total: Amount,
    earned: BTreeMap<Address, Amount>,
    /// The nodes of the tree. The children of the node at `place` are at `2 * place + 1` and
    /// `2 * place + 2`.
    nodes: Vec<[u8; 32]>,
    /// The accounts in the order of their leaves, which end the tree, last first.
    leaves: Vec<Address>,
}

impl RewardTree {
    /// Creates the tree over the amounts that accounts have earned so far. The amounts of an
    /// account that occurs twice are added. Returns `None` if there is no account, or if the sum is
    /// more than a contract can hold.
    pub fn new(
        netuid: NetUid,
        earned: impl IntoIterator<Item = (Address, Amount)>,
    ) -> Option<Self> {
        let mut by_account = BTreeMap::new();
        let mut total = Amount::ZERO;
        for (account, amount) in earned {
            total = total.checked_add(amount)?;
            let sum: &mut Amount = by_account.entry(account).or_default();
            *sum = sum.checked_add(amount)?;
        }
        let mut leaves: Vec<_> = by_account
            .iter()
            .map(|(&account, &amount)| (leaf(netuid, account, amount), account))
            .collect();
        leaves.sort_unstable();
        let nodes = nodes_over(leaves.iter().map(|&(hash, _)| hash).collect())?;
        let leaves = leaves.into_iter().map(|(_, account)| account).collect();
        Some(Self { netuid, total, earned: by_account, nodes, leaves })
    }

    /// Returns the sum of the amounts that all accounts have earned.
    pub const fn total(&self) -> Amount {
        self.total
    }

    /// Returns the root that a keeper publishes for `epoch`.
    pub fn root(&self, epoch: u64) -> RewardRoot {
        RewardRoot { root: Bytes32::from(self.nodes[0]), total: self.total, epoch }
    }

    /// Returns the claim of `account`, if it has a leaf.
    pub fn claim(&self, account: Address) -> Option<RewardClaim> {
        let cumulative = *self.earned.get(&account)?;
        let position = self.leaves.iter().position(|&holder| holder == account)?;
        let mut place = self.nodes.len() - 1 - position;
        let mut proof = Vec::new();
        while place > 0 {
            let sibling = if place.is_multiple_of(2) { place - 1 } else { place + 1 };
            proof.push(Bytes32::from(self.nodes[sibling]));
            place = (place - 1) / 2;
        }
        Some(RewardClaim { netuid: self.netuid, account, cumulative, proof })
    }

    /// Returns the claims of all accounts, by address.
    pub fn claims(&self) -> impl Iterator<Item = RewardClaim> {
        self.earned.keys().filter_map(|&account| self.claim(account))
    }
}

/// Returns the hash of a leaf. Leaves are hashed twice, so that no leaf can pose as an inner node.
fn leaf(netuid: NetUid, account: Address, cumulative: Amount) -> [u8; 32] {
    let mut encoded = [0; 96];
    encoded[30..32].copy_from_slice(&netuid.get().to_be_bytes());
    encoded[44..64].copy_from_slice(account.as_bytes());
    encoded[64..].copy_from_slice(&cumulative.to_be_bytes());
    keccak256(keccak256(encoded))
}

/// Returns all nodes of the tree, root first, or `None` without leaves.
fn nodes_over(leaves: Vec<[u8; 32]>) -> Option<Vec<[u8; 32]>> {
    let inner = leaves.len().checked_sub(1)?;
    let mut nodes = vec![[0; 32]; inner];
    nodes.extend(leaves.into_iter().rev());
    for place in (0..inner).rev() {
        nodes[place] = parent(nodes[2 * place + 1], nodes[2 * place + 2]);
    }
    Some(nodes)
}

fn parent(first: [u8; 32], second: [u8; 32]) -> [u8; 32] {
    keccak256([first.min(second), first.max(second)].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NETUID: NetUid = NetUid::new(1);

    fn account(number: u8) -> Address {
        Address::new([number; 20])
    }

    fn leads_to_root(claim: &RewardClaim, root: Bytes32) -> bool {
        let start = leaf(claim.netuid, claim.account, claim.cumulative);
        let end =
            claim.proof.iter().fold(start, |node, &sibling| parent(node, *sibling.as_bytes()));
        Bytes32::from(end) == root
    }

    #[test]
    fn one_account_needs_no_proof() {
        let tree = RewardTree::new(NETUID, [(account(1), Amount::from_hetu(1))]).unwrap();
        let claim = tree.claim(account(1)).unwrap();
        assert!(claim.proof.is_empty());
        assert!(leads_to_root(&claim, tree.root(1).root));
    }

    #[test]
    fn what_an_account_is_named_twice_for_is_added_up() {
        let one = (account(1), Amount::from_hetu(1));
        let tree = RewardTree::new(NETUID, [one, one]).unwrap();
        assert_eq!(tree.claim(account(1)).unwrap().cumulative, Amount::from_hetu(2));
        assert_eq!(tree.claims().count(), 1);
    }

    #[test]
    fn no_accounts_and_sums_too_large_make_no_tree() {
        assert!(RewardTree::new(NETUID, []).is_none());
        let all = [(account(1), Amount::MAX), (account(2), Amount::from_wei(1))];
        assert!(RewardTree::new(NETUID, all).is_none());
    }

    proptest! {
        #[test]
        fn every_claim_leads_to_the_root_and_no_other_does(
            amounts in prop::collection::vec(0..1_000_u128, 1..40),
        ) {
            let earned = amounts.iter().enumerate().map(|(index, &wei)| {
                (account(u8::try_from(index).unwrap()), Amount::from_wei(wei))
            });
            let tree = RewardTree::new(NETUID, earned).unwrap();
            let root = tree.root(1).root;
            for claim in tree.claims() {
                prop_assert!(leads_to_root(&claim, root));
                let more = claim.cumulative.saturating_add(Amount::from_wei(1));
                let forged = RewardClaim { cumulative: more, ..claim };
                prop_assert!(!leads_to_root(&forged, root));
            }
        }
    }
}
