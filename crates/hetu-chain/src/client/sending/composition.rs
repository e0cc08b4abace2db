//! The composition of calls: what the handles make of a bare contract call.

use super::contract_call::ContractCall;
use super::together::{ChangePart, try_together};
use crate::client::error::ChainError;
use crate::client::policy::Reservation;
use crate::model::TransactionReceipt;
use crate::{Address, Amount};

impl<'client, T> ContractCall<'client, T> {
    /// Sends `value` of HETU along.
    pub(in crate::client) fn paying(mut self, value: Amount) -> Self {
        self.call.value = value;
        self
    }

    /// Makes the calls that `preparation` finds for the account before this one.
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

    /// Makes `first` before, as one change with this one.
    pub(in crate::client) fn after<U: 'client>(self, first: ContractCall<'client, U>) -> Self {
        self.prepared_by(move |account| async move {
            let (mut steps, mut last) = first.expanded(account).await?;
            last.depends = !steps.is_empty();
            steps.push(last.returning(Ok));
            Ok(steps)
        })
    }

    /// Does not send it while the block that nodes are making would refuse it with this error,
    /// because of others that wait for it.
    pub(in crate::client) const fn unless_pending_block_refuses(
        mut self,
        error: &'static str,
    ) -> Self {
        self.pending_refusal = Some(error);
        self
    }

    /// Asks `foresight` whether the change would be refused, if the node cannot try it as a whole.
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

    /// Returns the calls to be made first, and the call itself, which then makes none of them.
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

    /// Tries all of a change before the first of it is made, so that none is made in vain.
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
            // The calls before it take blocks of their own, so it comes into a later one.
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

    /// Returns the call as a part of a change that is tried as a whole.
    pub(super) fn part(&self) -> ChangePart {
        ChangePart { call: self.call.clone(), only_ours: self.only_ours }
    }

    /// Counts for the spend policy what the call would spend, without making it.
    pub(in crate::client) async fn reserved(
        self,
        account: Address,
    ) -> Result<Option<Reservation>, ChainError> {
        self.preparer(account).check_policy(&self.call).await?.reserve()
    }

    /// Returns what `read_receipt` makes of the receipt.
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
