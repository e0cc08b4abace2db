//! Registration in a subnet: cost, missing stake, and transactions.

use hetu::chain::ChainError;
use hetu::chain::client::{ContractCall, RegisteredDendron, RegistrationAttempt};
use hetu::chain::model::{Hyperparameters, RawEndpoint, Registration, Role};
use hetu::{Amount, Hetutensor, NetUid};

use crate::error::CliError;
use crate::writing::{Sending, WritePlan, Writer};

/// The requested registration.
#[derive(Debug)]
pub(super) struct RegistrationRequest {
    pub(super) netuid: NetUid,
    pub(super) role: Role,
    /// Stake to allocate. `None` for the minimum of the role.
    pub(super) stake: Option<Amount>,
    pub(super) endpoint: RawEndpoint,
    pub(super) metrics_endpoint: RawEndpoint,
    /// Maximum cost. `None` for the current cost.
    pub(super) max_cost: Option<Amount>,
}

/// A registration with all values determined.
#[derive(Debug)]
pub(super) struct PlannedRegistration {
    pub(super) registration: Registration,
    cost: Amount,
    /// Maximum cost. `None` on a network with only the published contracts, which accept any cost.
    max_cost: Option<Amount>,
    /// Amount that has to be staked first.
    missing: Amount,
}

impl PlannedRegistration {
    /// Determines the omitted values, and checks that stake is the only missing requirement.
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

    /// Returns the transactions of the registration as a plan.
    pub(super) async fn plan(&self, writer: &Writer<'_>) -> Result<WritePlan, CliError> {
        let trial = RegistrationTrial { joining: self, writer };
        writer.hetu().dendrons().retry_while_blocks_are_full(trial).await
    }

    /// Stakes the missing amount and registers, in a later block if this one is full.
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

/// A trial of a registration, which yields its plan.
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

/// A registration in progress.
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
        // The stake exists already if an earlier attempt was refused because of a full block.
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

/// Returns the maximum cost for the contract, if the contract accepts one. Tries the registration,
/// so that a refusal unrelated to stake is detected before any stake is added.
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
        // An explicit limit must be enforced, so missing support is an error.
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
