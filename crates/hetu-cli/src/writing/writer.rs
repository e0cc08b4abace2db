//! From the wish to the result.

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

/// A command that changes the chain, before it is agreed to.
#[derive(Debug)]
pub(crate) struct Writer<'run> {
    consent: Consent<'run>,
    hetu: Hetutensor,
}

impl<'run> Writer<'run> {
    /// Settles who sends and that it can be agreed to, then connects.
    pub(super) async fn open(
        arguments: &'run WriteArguments,
        context: &Context,
        output: &'run Output,
    ) -> Result<Self, CliError> {
        let consent = Consent::open(arguments, context, output)?;
        let hetu = context.connect().await?.with_send_options(arguments.send_options());
        Ok(Self { consent, hetu })
    }

    /// The connection, without a key.
    pub(crate) const fn hetu(&self) -> &Hetutensor {
        &self.hetu
    }

    /// Who is going to send.
    pub(crate) const fn account(&self) -> Address {
        self.consent.account()
    }

    /// Checks that the subnet exists, which contracts refuse in different ways.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub(crate) async fn check_subnet(&self, netuid: NetUid) -> Result<(), CliError> {
        if self.hetu.subnets().exists(netuid).await? {
            return Ok(());
        }
        Err(ChainError::NoSubnet(netuid).into())
    }

    /// Begins a plan; `intent` says in the imperative what it does.
    pub(crate) fn plan(&self, intent: impl Into<String>) -> WritePlan {
        WritePlan::new(&self.hetu, self.consent.sender(), intent.into())
    }

    /// Asks for consent to the plan, unless it sends nothing, and decrypts the key. Nothing if
    /// it was a dry run, which is then over.
    ///
    /// # Errors
    /// [`CliError::Interrupted`] if an earlier command sent something and did not learn what
    /// became of it: what is done now may be what was done then.
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

    /// As [`Writer::agree`], for commands that see to what earlier ones left behind.
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

    /// Makes the change that is one call, and prints what `result` makes of its outcome.
    pub(crate) async fn make<T: HasReceipt, R: Serialize>(
        &self,
        intent: impl Into<String>,
        call: impl AsyncFn(&Hetutensor) -> Result<ContractCall<'_, T>, CliError>,
        result: impl FnOnce(&T) -> R,
    ) -> Result<(), CliError> {
        self.make_planned(self.plan(intent), call, result).await
    }

    /// As [`Writer::make`], with a plan that holds warnings.
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
