//! Calls that are never mined.

use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest};
use revm::context::{BlockEnv, TxEnv};
use revm::context_interface::result::{ExecutionResult, HaltReason};
use revm::state::EvmState;

use super::block::{Block, environment};
use super::execute::{ExecutionMode, trial};
use super::invalid::TransactionRefusal;
use super::state::{WorldState, bytecode};
use super::state_reader::StateReader;
use super::view::ChainView;

/// Error of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Invalid(#[from] TransactionRefusal),
    #[error("execution reverted")]
    Reverted(Bytes),
    #[error("{0}")]
    Halted(String),
    #[error("gas required exceeds allowance ({0})")]
    GasExceedsAllowance(u64),
}

/// A call that can run repeatedly.
#[derive(Clone, Debug)]
pub(crate) struct EvmCall {
    chain_id: u64,
    reader: StateReader,
    block: BlockEnv,
    pub(crate) transaction: TxEnv,
}

impl EvmCall {
    /// Returns the call of `request`, on the state after `block`.
    ///
    /// It may use `gas_cap` gas, or less if the request names a lower limit.
    pub(crate) fn new(
        view: &ChainView,
        block: &Block,
        chain_id: u64,
        gas_cap: u64,
        request: TransactionRequest,
    ) -> Result<Self, TransactionRefusal> {
        let mut environment = environment(block.header.inner());
        let transaction = transaction(request, chain_id, gas_cap)?;
        // A call without a price pays none, so the base fee must not reject it.
        if transaction.gas_price == 0 {
            environment.basefee = 0;
        }
        Ok(Self { chain_id, reader: view.reader(block), block: environment, transaction })
    }

    pub(crate) fn override_state(
        &mut self,
        accounts: StateOverride,
    ) -> Result<(), TransactionRefusal> {
        let state = &mut self.reader.state;
        for (address, account) in accounts {
            if account.move_precompile_to.is_some() {
                let message = "movePrecompileToAddress is not supported: leave it out";
                return Err(TransactionRefusal::Other(message.to_owned()));
            }
            if let Some(balance) = account.balance {
                state.set_balance(address, balance);
            }
            if let Some(nonce) = account.nonce {
                state.set_nonce(address, nonce);
            }
            if let Some(code) = account.code {
                state.set_code(address, bytecode(code)?);
            }
            if account.state.is_some() && account.state_diff.is_some() {
                let message = format!("account {address} has both 'state' and 'stateDiff'");
                return Err(TransactionRefusal::Other(message));
            }
            if let Some(slots) = account.state {
                state.clear_storage(address);
                set_slots(state, address, slots);
            }
            set_slots(state, address, account.state_diff.into_iter().flatten());
        }
        Ok(())
    }

    pub(crate) fn override_block(
        &mut self,
        block: BlockOverrides,
    ) -> Result<(), TransactionRefusal> {
        if block.block_hash.is_some() {
            let message = "overriding block hashes is not supported: leave blockHash out";
            return Err(TransactionRefusal::Other(message.to_owned()));
        }
        let environment = &mut self.block;
        environment.number = block.number.unwrap_or(environment.number);
        environment.timestamp = block.time.map_or(environment.timestamp, U256::from);
        environment.gas_limit = block.gas_limit.unwrap_or(environment.gas_limit);
        environment.beneficiary = block.coinbase.unwrap_or(environment.beneficiary);
        environment.prevrandao = block.random.or(environment.prevrandao);
        if let Some(base_fee) = block.base_fee.filter(|_| self.transaction.gas_price > 0) {
            environment.basefee = base_fee.try_into().unwrap_or(u64::MAX);
        }
        Ok(())
    }

    /// Runs the call with `gas` gas and returns the result.
    pub(crate) fn run(&self, gas: u64) -> Result<ExecutionResult, TransactionRefusal> {
        let mut transaction = self.transaction.clone();
        transaction.gas_limit = gas;
        trial(
            &mut self.reader.clone(),
            self.chain_id,
            &self.block,
            transaction,
            ExecutionMode::Call,
        )
        .map(|(result, _)| result)
    }

    /// Runs the call with its full gas and returns the result with the accessed and changed state.
    pub(crate) fn trial(&self) -> Result<(ExecutionResult, EvmState), TransactionRefusal> {
        let transaction = self.transaction.clone();
        trial(
            &mut self.reader.clone(),
            self.chain_id,
            &self.block,
            transaction,
            ExecutionMode::Call,
        )
    }

    /// Runs the call and returns its output.
    pub(crate) fn output(&self) -> Result<Bytes, CallError> {
        succeeded(self.run(self.transaction.gas_limit)?)
            .map(|result| result.into_output().unwrap_or_default())
    }

    /// Returns the funds of the sender for gas, in wei: its balance minus the value of the call.
    pub(crate) fn funds(&self) -> Result<U256, TransactionRefusal> {
        let balance = self.reader.state.balance(&self.transaction.caller);
        let value = self.transaction.value;
        balance
            .checked_sub(value)
            .ok_or(TransactionRefusal::InsufficientFunds { balance, cost: value })
    }

    /// Adds an access list to the call, as in an EIP-2930 transaction.
    pub(crate) fn announce(&mut self, list: AccessList) {
        self.transaction.tx_type = self.transaction.tx_type.max(1);
        self.transaction.access_list = list;
    }

    /// Returns `true` if every transaction like this one may access `address` at the lower price.
    pub(crate) fn warms(&self, address: &Address) -> bool {
        let sender = self.transaction.caller;
        let to = match self.transaction.kind {
            TxKind::Call(to) => to,
            TxKind::Create => sender.create(self.reader.state.nonce(&sender)),
        };
        [sender, to, self.block.beneficiary].contains(address)
    }

    pub(crate) fn block_gas_limit(&self) -> u64 {
        self.block.gas_limit
    }

    /// Returns `true` for a payment to an account without code.
    pub(crate) fn is_transfer(&self) -> bool {
        match self.transaction.kind {
            TxKind::Call(to) => {
                self.transaction.data.is_empty() && !self.reader.state.has_code(&to)
            }
            TxKind::Create => false,
        }
    }
}

/// Converts a failed run to an error.
pub(crate) fn succeeded(result: ExecutionResult) -> Result<ExecutionResult, CallError> {
    match result {
        ExecutionResult::Revert { output, .. } => Err(CallError::Reverted(output)),
        ExecutionResult::Halt { reason, .. } => Err(CallError::Halted(halted(&reason))),
        success @ ExecutionResult::Success { .. } => Ok(success),
    }
}

/// Returns the halt reason of the EVM in the words of go-ethereum.
fn halted(reason: &HaltReason) -> String {
    let words = match reason {
        HaltReason::OutOfGas(_) => "out of gas",
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID",
        HaltReason::OutOfOffset => "return data out of bounds",
        HaltReason::CreateCollision => "contract address collision",
        HaltReason::CreateContractSizeLimit => "max code size exceeded",
        HaltReason::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded",
        HaltReason::StateChangeDuringStaticCall | HaltReason::CallNotAllowedInsideStatic => {
            "write protection"
        }
        HaltReason::OutOfFunds => "insufficient balance for transfer",
        HaltReason::CallTooDeep => "max call depth exceeded",
        other => return other.to_string(),
    };
    words.to_owned()
}

fn set_slots(
    state: &mut WorldState,
    address: Address,
    slots: impl IntoIterator<Item = (B256, B256)>,
) {
    for (slot, value) in slots {
        state.set_slot(address, slot.into(), value.into());
    }
}

fn transaction(
    request: TransactionRequest,
    chain_id: u64,
    gas_cap: u64,
) -> Result<TxEnv, TransactionRefusal> {
    if request.blob_versioned_hashes.is_some() || request.authorization_list.is_some() {
        return Err(TransactionRefusal::TypeNotSupported);
    }
    if let Some(have) = request.chain_id.filter(|id| *id != chain_id) {
        return Err(TransactionRefusal::ChainId { have, want: chain_id });
    }
    let has_fee_cap =
        request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if request.gas_price.is_some() && has_fee_cap {
        return Err(TransactionRefusal::TwoFeeStyles);
    }
    let tx_type = match (has_fee_cap, request.access_list.is_some()) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    };
    let tip = request.max_priority_fee_per_gas.unwrap_or_default();
    let input = request.input.try_into_unique_input().map_err(|_| TransactionRefusal::TwoInputs)?;
    Ok(TxEnv {
        tx_type,
        caller: request.from.unwrap_or_default(),
        gas_limit: request.gas.unwrap_or(gas_cap).min(gas_cap),
        gas_price: request.gas_price.or(request.max_fee_per_gas).unwrap_or_default(),
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: input.unwrap_or_default(),
        nonce: request.nonce.unwrap_or_default(),
        chain_id: Some(chain_id),
        access_list: request.access_list.unwrap_or_default(),
        gas_priority_fee: has_fee_cap.then_some(tip),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    })
}
