//! A change of the chain, from the request to the result.

use hetu::chain::ChainError;
use hetu::chain::client::ContractCall;
use hetu::{Address, Hetutensor, NetUid};
use serde::Serialize;

use super::arguments::WriteArguments;
use super::consent::Consent;
use super::interruption;
use super::plan::WritePlan;
use super::sending::{HasReceipt, Sending};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

/// A command that changes the chain, before consent.
#[derive(Debug)]
pub(crate) struct Writer<'run> {
    consent: Consent<'run>,
    hetu: Hetutensor,
}

impl<'run> Writer<'run> {
    /// Selects the sender and checks that consent is possible, then connects.
    pub(super) async fn open(
        arguments: &'run WriteArguments,
        context: &Context,
        output: &'run Output,
    ) -> Result<Self, CliError> {
        let consent = Consent::open(arguments, context, output)?;
        let hetu = context.connect().await?.with_send_options(arguments.send_options());
        Ok(Self { consent, hetu })
    }

    /// Returns the connection, without a key.
    pub(crate) const fn hetu(&self) -> &Hetutensor {
        &self.hetu
    }

    /// Returns the address of the sender.
    pub(crate) const fn account(&self) -> Address {
        self.consent.account()
    }

    /// Checks that the subnet exists, because contracts revert in different ways if it does not.
    ///
    /// # Errors
    ///
    /// Returns [`ChainError::NoSubnet`] if it does not exist.
    pub(crate) async fn check_subnet(&self, netuid: NetUid) -> Result<(), CliError> {
        if self.hetu.subnets().exists(netuid).await? {
            return Ok(());
        }
        Err(ChainError::NoSubnet(netuid).into())
    }

    /// Creates a plan. `intent` describes it in the imperative.
    pub(crate) fn plan(&self, intent: impl Into<String>) -> WritePlan {
        WritePlan::new(&self.hetu, self.consent.sender(), intent.into())
    }

    /// Asks for consent to the plan, unless it sends no transaction, and decrypts the key. Returns
    /// `None` for a dry run, which is then complete.
    ///
    /// # Errors
    ///
    /// Returns [`CliError::Interrupted`] if an earlier command sent a transaction and did not learn
    /// its outcome: this change may repeat it.
    pub(crate) async fn agree(
        &self,
        plan: &WritePlan,
    ) -> Result<Option<(Hetutensor, Sending<'run>)>, CliError> {
        let Some((hetu, sending)) = self.agree_to_mend(plan).await? else {
            return Ok(None);
        };
        interruption::check(&hetu, self.consent.output()).await?;
        Ok(Some((hetu, sending)))
    }

    /// Asks like [`Writer::agree`], for commands that resolve transactions of earlier ones.
    pub(crate) async fn agree_to_mend(
        &self,
        plan: &WritePlan,
    ) -> Result<Option<(Hetutensor, Sending<'run>)>, CliError> {
        let Some(wallet) = self.consent.given_to(plan, WritePlan::text, plan.gravity())? else {
            return Ok(None);
        };
        let hetu = self.consent.sign_with(wallet, self.hetu.clone()).await?;
        let intent = plan.intent().to_owned();
        let sending = Sending::new(self.consent.output(), intent, &hetu)?;
        Ok(Some((hetu, sending)))
    }

    /// Makes a change of one call, and prints its outcome as converted by `result`.
    pub(crate) async fn make<T: HasReceipt, R: Serialize>(
        &self,
        intent: impl Into<String>,
        call: impl AsyncFn(&Hetutensor) -> Result<ContractCall<'_, T>, CliError>,
        result: impl FnOnce(&T) -> R,
    ) -> Result<(), CliError> {
        self.make_planned(self.plan(intent), call, result).await
    }

    /// Makes a change like [`Writer::make`], with a plan that holds warnings.
    pub(crate) async fn make_planned<T: HasReceipt, R: Serialize>(
        &self,
        mut plan: WritePlan,
        call: impl AsyncFn(&Hetutensor) -> Result<ContractCall<'_, T>, CliError>,
        result: impl FnOnce(&T) -> R,
    ) -> Result<(), CliError> {
        plan.rehearse(call(&self.hetu).await?).await?;
        let Some((hetu, mut sending)) = self.agree(&plan).await? else {
            return Ok(());
        };
        let happened = sending.send(call(&hetu).await?).await?;
        sending.report(result(&happened));
        Ok(())
    }
}
