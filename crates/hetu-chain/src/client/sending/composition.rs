//! Composition of contract calls by the handles.

use super::contract_call::ContractCall;
use super::together::{ChangePart, try_together};
use crate::client::error::ChainError;
use crate::client::policy::Reservation;
use crate::model::TransactionReceipt;
use crate::{Address, Amount};

impl<'client, T> ContractCall<'client, T> {
    /// Sends `value` of HETU with the call.
    pub(in crate::client) fn paying(mut self, value: Amount) -> Self {
        self.call.value = value;
        self
    }

    /// Makes the calls that `preparation` returns for the account before this one.
    pub(in crate::client) fn prepared_by<F>(
        mut self,
        preparation: impl FnOnce(Address) -> F + Send + 'client,
    ) -> Self
    where
        F: Future<Output = Result<Vec<ContractCall<'client>>, ChainError>> + Send + 'client,
    {
        self.preparation = Some(Box::new(move |account| Box::pin(preparation(account))));
        self
    }

    /// Makes the call `first` before this one, as one change with it.
    pub(in crate::client) fn after<U: 'client>(self, first: ContractCall<'client, U>) -> Self {
        self.prepared_by(move |account| async move {
            let (mut steps, mut last) = first.expanded(account).await?;
            last.depends = !steps.is_empty();
            steps.push(last.returning(Ok));
            Ok(steps)
        })
    }

    /// Does not send the call while the pending block would refuse it with this error because of
    /// other transactions.
    pub(in crate::client) const fn unless_pending_block_refuses(
        mut self,
        error: &'static str,
    ) -> Self {
        self.pending_refusal = Some(error);
        self
    }

    /// Uses `foresight` to predict a refusal if the node cannot simulate the change as a whole.
    pub(in crate::client) fn foreseeing<F>(
        mut self,
        foresight: impl FnOnce(Address) -> F + Send + 'client,
    ) -> Self
    where
        F: Future<Output = Result<(), ChainError>> + Send + 'client,
    {
        self.foresight = Some(Box::new(move |account| Box::pin(foresight(account))));
        self
    }

    /// Returns the calls to make first, and the call itself without these preparations.
    pub(super) async fn expanded(
        mut self,
        account: Address,
    ) -> Result<(Vec<ContractCall<'client>>, Self), ChainError> {
        let mut steps = match self.preparation.take() {
            Some(preparation) => preparation(account).await?,
            None => Vec::new(),
        };
        for step in &mut steps {
            step.options = self.options.of_preparation();
        }
        Ok((steps, self))
    }

    /// Simulates the whole change before its first call is made, so that no call is wasted.
    pub(super) async fn check_whole(
        &mut self,
        account: Address,
        first: Vec<ChangePart>,
    ) -> Result<(), ChainError> {
        let mut parts = first;
        parts.push(self.part());
        for part in &parts {
            self.preparer(account).check_policy(&part.call).await?;
        }
        match try_together(&self.settings.reader, account, &parts).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // The preparations take earlier blocks, so this call will not be in the current pending
            // block.
            Err(error) if self.pending_refusal.is_some_and(|known| error.is_revert(known)) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        match self.foresight.take() {
            Some(foresight) => foresight(account).await,
            None => Ok(()),
        }
    }

    /// Returns the call as part of a change that is simulated as a whole.
    pub(super) fn part(&self) -> ChangePart {
        ChangePart { call: self.call.clone(), only_ours: self.only_ours }
    }

    /// Reserves what the call would spend in the spend policy, without making the call.
    pub(in crate::client) async fn reserved(
        self,
        account: Address,
    ) -> Result<Option<Reservation>, ChainError> {
        self.preparer(account).check_policy(&self.call).await?.reserve()
    }

    /// Sets the result of the call to the value that `read_receipt` returns for the receipt.
    pub(in crate::client) fn returning<U>(
        self,
        read_receipt: impl Fn(TransactionReceipt) -> Result<U, ChainError> + Send + Sync + 'static,
    ) -> ContractCall<'client, U> {
        ContractCall {
            settings: self.settings,
            call: self.call,
            only_ours: self.only_ours,
            preparation: self.preparation,
            foresight: self.foresight,
            depends: self.depends,
            pending_refusal: self.pending_refusal,
            options: self.options,
            key: self.key,
            read_receipt: Box::new(read_receipt),
        }
    }
}
