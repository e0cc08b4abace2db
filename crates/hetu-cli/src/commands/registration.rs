//! Taking part in a subnet: what it costs, what has to be staked first, and doing it.

use hetu::chain::ChainError;
use hetu::chain::client::{ContractCall, RegisteredDendron, RegistrationAttempt};
use hetu::chain::model::{Hyperparameters, RawEndpoint, Registration, Role};
use hetu::{Amount, Hetutensor, NetUid};

use crate::error::CliError;
use crate::writing::{Sending, WritePlan, Writer};

/// A registration as it is typed.
#[derive(Debug)]
pub(super) struct RegistrationRequest {
    pub(super) netuid: NetUid,
    pub(super) role: Role,
    /// Nothing for the least that the role asks for.
    pub(super) stake: Option<Amount>,
    pub(super) endpoint: RawEndpoint,
    pub(super) metrics_endpoint: RawEndpoint,
    /// Nothing for what it costs now.
    pub(super) max_cost: Option<Amount>,
}

/// A registration as it is going to be made.
#[derive(Debug)]
pub(super) struct PlannedRegistration {
    pub(super) registration: Registration,
    cost: Amount,
    /// Nothing where the network has only the published contracts, which take any cost.
    max_cost: Option<Amount>,
    /// What has to be staked first.
    missing: Amount,
}

impl PlannedRegistration {
    /// Settles what is left open, and makes sure that nothing but stake is missing.
    pub(super) async fn new(
        writer: &Writer<'_>,
        request: RegistrationRequest,
    ) -> Result<Self, CliError> {
        let RegistrationRequest { netuid, role, stake, endpoint, metrics_endpoint, max_cost } =
            request;
        let rules = writer.hetu().subnets().hyperparameters(netuid).await?;
        let least = least_stake(&rules, role);
        let stake = stake.unwrap_or(least);
        if stake < least {
            return Err(CliError::StakeTooSmall { netuid, role, least });
        }
        let registration = Registration { netuid, role, stake, endpoint, metrics_endpoint };
        let quote = writer.hetu().dendrons().quote_for(writer.account(), &registration).await?;
        Ok(Self {
            missing: quote.missing_stake,
            max_cost: limit(writer, &registration, quote.cost, max_cost).await?,
            registration,
            cost: quote.cost,
        })
    }

    /// What would be sent.
    pub(super) async fn plan(&self, writer: &Writer<'_>) -> Result<WritePlan, CliError> {
        let trial = RegistrationTrial { joining: self, writer };
        writer.hetu().dendrons().retry_while_blocks_are_full(trial).await
    }

    /// Stakes what is missing, and registers: in a later block if others fill this one.
    pub(super) async fn send(
        &self,
        hetu: &Hetutensor,
        sending: &mut Sending<'_>,
    ) -> Result<RegisteredDendron, CliError> {
        let attempt = SentRegistration { joining: self, hetu, sending };
        hetu.dendrons().retry_while_blocks_are_full(attempt).await
    }

    fn intent(&self) -> String {
        let Registration { netuid, role, stake, .. } = &self.registration;
        let mut intent = format!(
            "register as {role} of subnet {netuid} with {stake} HETU of stake, for {} HETU",
            self.cost
        );
        if !self.missing.is_zero() {
            intent += &format!(", after staking {} HETU more", self.missing);
        }
        intent
    }

    fn call<'client>(
        &self,
        hetu: &'client Hetutensor,
        missing: Amount,
    ) -> ContractCall<'client, RegisteredDendron> {
        hetu.dendrons().stake_and_register(&self.registration, missing, self.max_cost)
    }
}

/// The plan of a registration, for which it is tried.
struct RegistrationTrial<'joining> {
    joining: &'joining PlannedRegistration,
    writer: &'joining Writer<'joining>,
}

impl RegistrationAttempt for RegistrationTrial<'_> {
    type Output = WritePlan;
    type Error = CliError;

    async fn register(&mut self) -> Result<WritePlan, CliError> {
        let Self { joining, writer } = self;
        let mut plan = writer.plan(joining.intent());
        plan.rehearse(joining.call(writer.hetu(), joining.missing)).await?;
        Ok(plan)
    }

    fn is_refused_by_block(error: &CliError) -> bool {
        error.is_registration_limit()
    }
}

/// A registration that is made.
struct SentRegistration<'joining, 'sending> {
    joining: &'joining PlannedRegistration,
    hetu: &'joining Hetutensor,
    sending: &'joining mut Sending<'sending>,
}

impl RegistrationAttempt for SentRegistration<'_, '_> {
    type Output = RegisteredDendron;
    type Error = CliError;

    async fn register(&mut self) -> Result<RegisteredDendron, CliError> {
        let Self { joining, hetu, sending } = self;
        let PlannedRegistration { registration, cost, .. } = joining;
        // The stake is there already if a block refused the registration before.
        let account = hetu.address()?;
        let missing = hetu.dendrons().missing_stake(account, registration, *cost).await?;
        sending.send(joining.call(hetu, missing)).await
    }

    fn is_refused_by_block(error: &CliError) -> bool {
        error.is_registration_limit()
    }

    fn note_waiting(&mut self) {
        self.sending.note("this block takes no more registrations: waiting for the next");
    }
}

const fn least_stake(rules: &Hyperparameters, role: Role) -> Amount {
    match role {
        Role::Validator => rules.validator_threshold,
        _ => rules.dendron_threshold,
    }
}

/// The highest cost that the contract is told, if it takes one. Tries the registration, so that a
/// refusal which no stake would change is known before anything is staked.
async fn limit(
    writer: &Writer<'_>,
    registration: &Registration,
    cost: Amount,
    typed: Option<Amount>,
) -> Result<Option<Amount>, CliError> {
    let limit = typed.unwrap_or(cost);
    if cost > limit {
        return Err(ChainError::TooExpensive { price: cost, limit }.into());
    }
    let dendrons = writer.hetu().dendrons();
    let tried = dendrons.register_for_at_most(registration, limit);
    match tried.dry_run_as(writer.account()).await {
        // Whoever names a limit relies on it.
        Err(ChainError::Unsupported { .. }) if typed.is_none() => Ok(None),
        Err(error)
            if !error.is_revert("INSUFFICIENT_AVAILABLE_STAKE")
                && !error.is_registration_limit() =>
        {
            Err(error.into())
        }
        _ => Ok(Some(limit)),
    }
}
