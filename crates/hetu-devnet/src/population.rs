//! Population of a subnet with many miners, for tests of clients at full size.

use alloy_primitives::{TxKind, U256, keccak256};
use hetu_chain::{Amount, NetUid, Wallet};
use tokio::task::spawn_blocking;

use crate::Devnet;
use crate::artifacts::bytecode;
use crate::chain::Chain;
use crate::convert::{evm_address, wei};
use crate::deploying::{OutgoingCall, send};
use crate::devnet::joined;
use crate::error::DevnetError;

const FIRST_PORT: u32 = 1;

/// A group of miners that join a subnet. Their accounts are contracts without private keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// Subnet to join, which has to be active.
    pub netuid: NetUid,
    /// Number of miners. They serve at 127.0.0.1, at the ports from 1 on.
    pub miners: u16,
    /// Stake that each miner allocates to the subnet.
    pub stake: Amount,
    /// Registration fee of each miner: the subnet's `base_dendron_cost`.
    pub cost: Amount,
    /// Number of registrations in one block: the subnet's `max_registrations_per_block`.
    pub per_block: u16,
}

impl Devnet {
    /// Registers `population` in its subnet, at the expense of the account with this index. The
    /// registrations follow the ordinary rules and are as fast as the chain mines. The chain has to
    /// mine each transaction as soon as it arrives.
    ///
    /// # Errors
    ///
    /// Returns [`DevnetError::Deployment`] if the contracts revert, or the account cannot pay.
    ///
    /// # Panics
    ///
    /// Panics if there is no such account.
    pub async fn populate(
        &self,
        account: usize,
        population: Population,
    ) -> Result<(), DevnetError> {
        let wallet = self.accounts()[account].wallet.clone();
        let (chain, contracts) = (self.chain(), self.contracts());
        let joining = spawn_blocking(move || {
            let places = [contracts.whetu, contracts.global_staking, contracts.dendron_manager];
            let places = places.map(|address| evm_address(address).into_word());
            let creation = [bytecode("DendronCrowd")?, places.concat()].concat();
            join(&chain, &wallet, &population, creation, evm_address(contracts.whetu))
        });
        joined(joining).await.unwrap_or(Err(DevnetError::RuntimeStopped))
    }
}

fn join(
    chain: &Chain,
    wallet: &Wallet,
    population: &Population,
    creation: Vec<u8>,
    whetu: alloy_primitives::Address,
) -> Result<(), DevnetError> {
    let each = wei(population.stake).saturating_add(wei(population.cost));
    let money = each.saturating_mul(U256::from(population.miners));
    let create = OutgoingCall { to: TxKind::Create, value: U256::ZERO, input: creation };
    let place = send(chain, wallet, create, "create the crowd")?.unwrap_or_default();
    let deposit =
        OutgoingCall { to: TxKind::Call(whetu), value: money, input: call("deposit()", &[]) };
    send(chain, wallet, deposit, "wrap HETU for the crowd")?;
    let transfer =
        call("transfer(address,uint256)", &[evm_address(place).into_word().into(), money]);
    let transfer = OutgoingCall { to: TxKind::Call(whetu), value: U256::ZERO, input: transfer };
    send(chain, wallet, transfer, "pay the crowd")?;

    let mut joined = 0;
    while joined < population.miners {
        let count = population.per_block.max(1).min(population.miners - joined);
        let arguments = [
            U256::from(population.netuid.get()),
            U256::from(count),
            wei(population.stake),
            wei(population.cost),
            U256::from(FIRST_PORT + u32::from(joined)),
        ];
        let input = call("join(uint16,uint256,uint256,uint256,uint32)", &arguments);
        let step = OutgoingCall { to: TxKind::Call(evm_address(place)), value: U256::ZERO, input };
        send(chain, wallet, step, "let the crowd join")?;
        joined += count;
    }
    Ok(())
}

/// Encodes a function call with arguments of one word each.
fn call(signature: &str, arguments: &[U256]) -> Vec<u8> {
    let words = arguments.iter().flat_map(|argument| argument.to_be_bytes::<32>());
    keccak256(signature)[..4].iter().copied().chain(words).collect()
}
