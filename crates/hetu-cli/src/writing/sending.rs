//! Sending of a plan after consent.

use hetu::chain::TxHash;
use hetu::chain::client::{
    CommittedWeights, CompletedTrade, ContractCall, Reallocation, RegisteredDendron,
    RegisteredSubnet, SentTransaction,
};
use hetu::chain::model::TransactionReceipt;
use hetu::{Address, Hetutensor};
use serde::Serialize;
use serde_json::Value;

use super::leftovers::{Leftover, Leftovers};
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::stop_signal::StopSignal;

/// A call result that contains a receipt.
pub(crate) trait HasReceipt {
    fn receipt(&self) -> &TransactionReceipt;
}

impl HasReceipt for TransactionReceipt {
    fn receipt(&self) -> &TransactionReceipt {
        self
    }
}

macro_rules! has_receipt {
    ($($outcome:ty),*) => {
        $(impl HasReceipt for $outcome {
            fn receipt(&self) -> &TransactionReceipt {
                &self.receipt
            }
        })*
    };
}

has_receipt!(CommittedWeights, Reallocation, RegisteredDendron, RegisteredSubnet, CompletedTrade);

/// A change after consent, with its progress.
#[derive(Debug)]
pub(crate) struct Sending<'run> {
    output: &'run Output,
    intent: String,
    network: String,
    account: Address,
    included: Vec<IncludedTransaction>,
    /// Effects of an incomplete change.
    leftovers: Leftovers,
    /// Signal listener, installed before the first transaction, so that none is left unreported.
    stop_signal: StopSignal,
}

/// The result of a change for display.
#[derive(Debug, Serialize)]
struct WriteResult<R> {
    network: String,
    account: Address,
    /// Transactions in order. The last one is the purpose of the others.
    transactions: Vec<IncludedTransaction>,
    result: R,
}

#[derive(Debug, Serialize)]
struct IncludedTransaction {
    function: String,
    hash: TxHash,
    block: u64,
    gas_used: u64,
    /// Fee of the transaction, or `None` if the node does not report it.
    fee: Option<Decimal>,
}

impl IncludedTransaction {
    fn new(function: String, receipt: &TransactionReceipt) -> Self {
        Self {
            function,
            hash: receipt.transaction,
            block: receipt.block.number,
            gas_used: receipt.gas_used,
            fee: receipt.fee.map(Decimal),
        }
    }
}

impl<'run> Sending<'run> {
    pub(super) fn new(
        output: &'run Output,
        intent: String,
        hetu: &Hetutensor,
    ) -> Result<Self, CliError> {
        let network = hetu.network().name.clone();
        let account = hetu.address()?;
        let stop_signal = StopSignal::listen()?;
        let leftovers = Leftovers::default();
        Ok(Self { output, intent, network, account, included: Vec::new(), leftovers, stop_signal })
    }

    /// Sends the prerequisites of `call` and the call itself in sequence, and waits until each is
    /// confirmed. Each one is reported when it is included, so that the user knows it if a later
    /// one fails.
    ///
    /// # Errors
    ///
    /// Returns [`CliError::LeftBehind`] if one fails after others were included.
    pub(crate) async fn send<T: HasReceipt>(
        &mut self,
        call: ContractCall<'_, T>,
    ) -> Result<T, CliError> {
        let (steps, last) = call.in_steps().await?;
        for step in steps {
            let leftover = Leftover::of(&step);
            self.send_alone(step).await.map_err(|error| self.left_behind(error))?;
            self.leftovers.add(leftover);
        }
        let happened = self.send_alone(last).await.map_err(|error| self.left_behind(error))?;
        self.leftovers = Leftovers::default();
        Ok(happened)
    }

    fn left_behind(&self, error: CliError) -> CliError {
        match self.leftovers.told() {
            Some((left, undo)) => CliError::LeftBehind { source: Box::new(error), left, undo },
            None => error,
        }
    }

    async fn send_alone<T: HasReceipt>(
        &mut self,
        call: ContractCall<'_, T>,
    ) -> Result<T, CliError> {
        let function = call.function().to_owned();
        let stage = self.output.stage("sending");
        let sent = call.send().await?;
        stage.done(format_args!("sent {}, {function}", sent.hash()));
        self.wait(&function, sent).await
    }

    /// Reports an intermediate state.
    pub(crate) fn note(&self, text: &str) {
        self.output.note(text);
    }

    /// Waits until a sent transaction is confirmed.
    pub(crate) async fn wait<T: HasReceipt>(
        &mut self,
        function: &str,
        mut sent: SentTransaction<T>,
    ) -> Result<T, CliError> {
        let stage = self.output.stage("waiting for a block to include it");
        let happened = self.or_interrupted(sent.hash(), sent.confirmed()).await??;
        let included = IncludedTransaction::new(function.to_owned(), happened.receipt());
        stage.done(format_args!("included in block {}", included.block));
        self.included.push(included);
        Ok(happened)
    }

    /// Waits for the outcome of the transaction, unless the user stops the command.
    ///
    /// # Errors
    ///
    /// Returns [`CliError::StoppedWaiting`] if the user stops the command.
    pub(crate) async fn or_interrupted<T>(
        &mut self,
        transaction: TxHash,
        waiting: impl Future<Output = T>,
    ) -> Result<T, CliError> {
        tokio::select! {
            biased;
            happened = waiting => Ok(happened),
            stopped = self.stop_signal.wait() => {
                stopped?;
                Err(CliError::StoppedWaiting { transaction })
            }
        }
    }

    /// Prints the transactions and `result`.
    pub(crate) fn report<R: Serialize>(self, result: R) {
        let Self { output, intent, network, account, included, .. } = self;
        let made = WriteResult { network, account, transactions: included, result };
        output.result(&made, |made| text(&intent, made));
    }

    /// Reports the transactions and `result`, in a long-running command.
    pub(crate) fn announce<R: Serialize>(self, result: R) {
        let Self { output, intent, network, account, included, .. } = self;
        let made = WriteResult { network, account, transactions: included, result };
        output.state(&made, |made| Some(text(&intent, made)));
    }
}

fn text<R: Serialize>(intent: &str, made: &WriteResult<R>) -> String {
    let mut rows = Vec::new();
    for transaction in &made.transactions {
        let fee = transaction.fee.map_or_else(String::new, |fee| format!(", for {fee} HETU"));
        let IncludedTransaction { function, hash, block, gas_used, .. } = transaction;
        rows.push((function.clone(), hash.to_string()));
        rows.push((String::new(), format!("block {block}, {gas_used} gas{fee}")));
    }
    if let Ok(Value::Object(result)) = serde_json::to_value(&made.result) {
        rows.extend(
            result.iter().filter_map(|(name, value)| Some((name.replace('_', " "), plain(value)?))),
        );
    }
    format!("done: {intent}\n{}", facts(rows))
}

/// Formats a value for people, if there is one: texts without quotation marks, long lists as a
/// count.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(format!("{} entries", values.len())),
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| {
                Some(format!("{} {}", name.replace('_', " "), plain(value)?))
            });
            Some(members.collect::<Vec<_>>().join(", "))
        }
        other => Some(other.to_string()),
    }
}
