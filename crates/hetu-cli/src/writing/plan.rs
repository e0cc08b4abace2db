//! Planned transactions, and their cost.

use hetu::chain::client::{ContractCall, DryRun};
use hetu::{Address, Amount, Hetutensor};
use serde::Serialize;

use super::consent::Gravity;
use crate::account::SendingAccount;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::table;

/// A plan of transactions. None of them is signed.
#[derive(Debug, Serialize)]
pub(crate) struct WritePlan {
    network: String,
    chain_id: u64,
    account: Address,
    /// Name of the sender, for people.
    #[serde(skip)]
    sender: String,
    intent: String,
    transactions: Vec<PlannedTransaction>,
    /// Warnings to consider before consent.
    warnings: Vec<String>,
    /// `true` if the plan ends something, so that the user is asked even with `--yes`.
    #[serde(skip)]
    ends_something: bool,
    /// Total HETU value of the transactions.
    value: Decimal,
    /// Maximum cost of the known gas.
    max_fee: Decimal,
    /// Sum of the value and the maximum fee.
    total: Decimal,
    /// `true` if the gas of each transaction is known. It is unknown where a contract call reverts
    /// until the previous transactions are included.
    is_complete: bool,
}

#[derive(Debug, Serialize)]
struct PlannedTransaction {
    function: String,
    /// Target address, or `None` if the transaction creates a contract.
    to: Option<Address>,
    value: Decimal,
    gas_limit: Option<u64>,
    max_fee: Option<Decimal>,
}

impl WritePlan {
    pub(super) fn new(hetu: &Hetutensor, sender: &SendingAccount, intent: String) -> Self {
        let network = hetu.network();
        Self {
            network: network.name.clone(),
            chain_id: network.chain_id.get(),
            account: sender.address,
            sender: sender.to_string(),
            intent,
            transactions: Vec::new(),
            warnings: Vec::new(),
            ends_something: false,
            value: Amount::ZERO.into(),
            max_fee: Amount::ZERO.into(),
            total: Amount::ZERO.into(),
            is_complete: true,
        }
    }

    /// Adds the transaction of `call`, or returns the error that it would cause.
    pub(crate) async fn rehearse<T>(&mut self, call: ContractCall<'_, T>) -> Result<(), CliError> {
        let rehearsed = call.dry_run_as(self.account).await?;
        self.add(&rehearsed);
        Ok(())
    }

    /// Adds a call of `contract` that cannot be tried before the inclusion of the planned ones.
    pub(crate) fn follow(&mut self, function: &str, contract: Option<Address>) {
        self.push(PlannedTransaction {
            function: function.to_owned(),
            to: contract,
            value: Amount::ZERO.into(),
            gas_limit: None,
            max_fee: None,
        });
    }

    /// Adds a warning to consider before consent.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Adds a warning like [`WritePlan::warn`], about something that the plan ends.
    pub(crate) fn warn_of_end(&mut self, warning: impl Into<String>) {
        self.warn(warning);
        self.ends_something = true;
    }

    /// Adds a warning like [`WritePlan::warn_of_end`], if `to` is the zero address.
    pub(crate) fn warn_of_burn(&mut self, to: Address) {
        if to == Address::ZERO {
            self.warn_of_end("the zero address receives it, of which there is no key: it is lost");
        }
    }

    /// Returns the degree to which the plan needs consent.
    pub(super) const fn gravity(&self) -> Gravity {
        match (self.transactions.is_empty(), self.ends_something) {
            (true, _) => Gravity::Nothing,
            (false, true) => Gravity::Ends,
            (false, false) => Gravity::Sends,
        }
    }

    pub(super) fn intent(&self) -> &str {
        &self.intent
    }

    fn add(&mut self, rehearsed: &DryRun) {
        for preparation in &rehearsed.preparations {
            self.add(preparation);
        }
        let estimate = rehearsed.estimate.as_ref();
        self.push(PlannedTransaction {
            function: rehearsed.function.clone(),
            to: rehearsed.to,
            value: rehearsed.value.into(),
            gas_limit: estimate.map(|estimate| estimate.gas_limit),
            max_fee: estimate.map(|estimate| estimate.max_fee().into()),
        });
    }

    fn push(&mut self, transaction: PlannedTransaction) {
        let fee = transaction.max_fee.map_or(Amount::ZERO, |Decimal(fee)| fee);
        self.is_complete &= transaction.max_fee.is_some();
        self.value = self.value.0.saturating_add(transaction.value.0).into();
        self.max_fee = self.max_fee.0.saturating_add(fee).into();
        self.total = self.value.0.saturating_add(self.max_fee.0).into();
        self.transactions.push(transaction);
    }

    /// Returns the plan as text for people.
    pub(super) fn text(&self) -> String {
        let rows = self.transactions.iter().map(|transaction| {
            [
                transaction.function.clone(),
                transaction.to.map_or_else(|| "a new contract".to_owned(), |to| to.to_string()),
                transaction.value.to_string(),
                transaction.gas_limit.map_or_else(unknown, |gas| gas.to_string()),
                transaction.max_fee.map_or_else(unknown, |fee| fee.to_string()),
            ]
        });
        let transactions = table(["transaction", "to", "HETU", "gas", "HETU for gas"], rows);
        let warnings: String =
            self.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
        let known = if self.is_complete { "" } else { ", and the gas that is not known yet" };
        format!(
            "{}\non {} (chain {}), as {}\n{transactions}\n{warnings}at most {} HETU: {} sent, {} for gas{known}",
            self.intent,
            self.network,
            self.chain_id,
            self.sender,
            self.total,
            self.value,
            self.max_fee,
        )
    }
}

fn unknown() -> String {
    "?".to_owned()
}
