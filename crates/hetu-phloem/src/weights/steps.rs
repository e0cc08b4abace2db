//! The transitions between the steps of a plan.

use hetu_chain::ChainError;
use hetu_chain::client::{CommittedWeights, ContractCall};

use super::chain_state::{ChainState, Landing};
use super::error::WeightError;
use super::plan::{FinishedPlan, PlanStage, PlanUnderWay, SetterState, SettingMethod, WeightPlan};
use super::progress::{SettingStep, StepMoment, WaitReason, WeightProgress};
use super::setter::WeightSetter;
use crate::judging::MinerScore;

/// More than a plan has, with a reserve for reorganisations.
const MOST_STEPS: usize = 16;

/// The result of a step: `None` if another step follows, or the progress for the caller.
type Stepped = Result<Option<WeightProgress>, WeightError>;

impl WeightSetter {
    /// Takes all steps that are possible at the newest block, and returns instead of waiting for
    /// another block. The row is made from `scores` when it is time for one; later calls do not
    /// change it.
    ///
    /// Call it repeatedly: after each round of questions, or at each new block.
    ///
    /// Cancel safety: dropping the future has the effect of a crash, which does no harm; a signed
    /// transaction is still sent.
    ///
    /// # Errors
    /// [`WeightError`]; see [`WeightError::retryability`](hetu_chain::Retryable::retryability).
    pub async fn advance(&mut self, scores: &[MinerScore]) -> Result<WeightProgress, WeightError> {
        for _ in 0..MOST_STEPS {
            let seen = self.look().await?;
            let stepped = match self.state.current.clone() {
                None => self.plan(&seen, scores).await?,
                Some(PlanUnderWay { plan, stage }) => self.step(&seen, plan, stage).await?,
            };
            if let Some(progress) = stepped {
                return Ok(progress);
            }
        }
        Err(WeightError::Unsettled)
    }

    async fn step(&mut self, seen: &ChainState, plan: WeightPlan, stage: PlanStage) -> Stepped {
        if plan.registered_at != seen.registered_at {
            self.give_up().await?;
            let (account, registered_at) = (self.validator, seen.registered_at);
            return Err(WeightError::Reregistered { account, registered_at });
        }
        let was_included = stage == PlanStage::Included;
        let landing = seen.landing(&self.hetu, self.validator, &plan, was_included).await?;
        match (stage, landing) {
            (PlanStage::Included, Landing::Landed) => self.finish(seen, plan).await,
            (PlanStage::Planned, Landing::NotYet) => self.begin(seen, plan).await,
            // The plan was not sent, so rows from elsewhere do not matter.
            (PlanStage::Planned, Landing::Other) => self.drop_plan().await,
            (_, Landing::Landed) => self.go_on(plan, PlanStage::Included).await,
            (_, Landing::Other) => self.set_elsewhere(seen).await,
            (PlanStage::Setting, Landing::NotYet) => self.set(seen, plan).await,
            (PlanStage::Committing, Landing::NotYet) => self.commit(seen, plan).await,
            (PlanStage::Committed { reveal_from, reveal_until }, Landing::NotYet) => {
                self.wait(seen, plan, reveal_from, reveal_until).await
            }
            (PlanStage::Revealing { reveal_until }, Landing::NotYet) => {
                self.reveal(seen, plan, reveal_until).await
            }
            // A block included it, and a reorganisation removed it.
            (PlanStage::Included, Landing::NotYet) => match plan.method {
                SettingMethod::CommitReveal => self.go_on(plan, PlanStage::Committing).await,
                SettingMethod::Plain | SettingMethod::Published => {
                    self.go_on(plan, PlanStage::Setting).await
                }
            },
        }
    }

    /// Begins a plan of which no transaction was sent.
    async fn begin(&mut self, seen: &ChainState, plan: WeightPlan) -> Stepped {
        if let Some(reason) = plan.mismatch(seen) {
            tracing::info!(plan = %plan.id, reason, "weights are planned anew");
            return self.drop_plan().await;
        }
        let stage = match plan.method {
            SettingMethod::CommitReveal => PlanStage::Committing,
            SettingMethod::Plain | SettingMethod::Published => PlanStage::Setting,
        };
        self.go_on(plan, stage).await
    }

    async fn set(&mut self, seen: &ChainState, plan: WeightPlan) -> Stepped {
        if self.was_not_sent(&plan, SettingStep::Set)? && plan.mismatch(seen).is_some() {
            return self.drop_plan().await;
        }
        let (hetu, netuid) = (self.hetu.clone(), seen.view.netuid());
        let call = match plan.method {
            SettingMethod::Published => hetu.weights().set(netuid, &plan.weights),
            _ => hetu.weights().set_with_version(netuid, &plan.weights, plan.version_key),
        };
        match self.send(call, &plan, SettingStep::Set).await {
            Ok(_) => self.go_on(plan, PlanStage::Included).await,
            Err(error) => self.refused(error).await,
        }
    }

    async fn commit(&mut self, seen: &ChainState, plan: WeightPlan) -> Stepped {
        if let Some(commitment) = seen.commitment.filter(|known| known.hash == plan.id) {
            let (reveal_from, reveal_until) = (commitment.reveal_from, commitment.reveal_until);
            return self.go_on(plan, PlanStage::Committed { reveal_from, reveal_until }).await;
        }
        if self.was_not_sent(&plan, SettingStep::Commit)? && plan.mismatch(seen).is_some() {
            return self.drop_plan().await;
        }
        let hetu = self.hetu.clone();
        let call = hetu.weights().commit(seen.view.netuid(), plan.id);
        match self.send(call, &plan, SettingStep::Commit).await {
            Ok(CommittedWeights { commitment, .. }) => {
                let (reveal_from, reveal_until) = (commitment.reveal_from, commitment.reveal_until);
                self.go_on(plan, PlanStage::Committed { reveal_from, reveal_until }).await
            }
            Err(error) => self.refused(error).await,
        }
    }

    async fn wait(
        &mut self,
        seen: &ChainState,
        plan: WeightPlan,
        reveal_from: u64,
        reveal_until: u64,
    ) -> Stepped {
        // Checked before the owner of the open commitment: from this block on another one may
        // replace it.
        if seen.block() >= reveal_until {
            return self.expired(&plan, reveal_until).await;
        }
        if seen.commitment.is_none_or(|known| known.hash != plan.id) {
            // A reorganisation removed the commitment.
            return self.go_on(plan, PlanStage::Committing).await;
        }
        if seen.block() < reveal_from {
            let reason = WaitReason::Reveal;
            return Ok(Some(WeightProgress::Waiting { reason, until_block: reveal_from }));
        }
        self.go_on(plan, PlanStage::Revealing { reveal_until }).await
    }

    async fn reveal(&mut self, seen: &ChainState, plan: WeightPlan, reveal_until: u64) -> Stepped {
        if self.was_not_sent(&plan, SettingStep::Reveal)? && seen.block() >= reveal_until {
            return self.expired(&plan, reveal_until).await;
        }
        let hetu = self.hetu.clone();
        let call = hetu.weights().reveal(seen.view.netuid(), &plan.secret());
        match self.send(call, &plan, SettingStep::Reveal).await {
            Ok(_) => self.go_on(plan, PlanStage::Included).await,
            Err(WeightError::Chain(error)) if error.is_revert("RevealTooLate") => {
                self.expired(&plan, reveal_until).await
            }
            // A node that is behind reports this too, and without the secret the row cannot be
            // revealed.
            Err(WeightError::Chain(error))
                if error.is_revert("RevealTooEarly") || error.is_revert("NoCommitment") =>
            {
                Err(WeightError::Unsettled)
            }
            Err(error) => self.refused(error).await,
        }
    }

    /// Finishes a plan after its row was read back.
    async fn finish(&mut self, seen: &ChainState, plan: WeightPlan) -> Stepped {
        let WeightPlan { id, epoch_end, weights, .. } = plan;
        let seen_at = seen.block();
        let finished = Some(FinishedPlan { id, epoch_end, seen_at });
        self.save(SettingStep::Finish, SetterState { current: None, finished }).await?;
        tracing::info!(netuid = %seen.view.netuid(), epoch_end, seen_at, "weights are set");
        Ok(Some(WeightProgress::Set { epoch_end, seen_at, weights }))
    }

    async fn go_on(&mut self, plan: WeightPlan, stage: PlanStage) -> Stepped {
        self.record(plan, stage).await.map(|()| None)
    }

    async fn drop_plan(&mut self) -> Stepped {
        self.give_up().await.map(|()| None)
    }

    async fn expired(&mut self, plan: &WeightPlan, reveal_until: u64) -> Stepped {
        self.give_up().await?;
        Ok(Some(WeightProgress::Expired { epoch_end: plan.epoch_end, reveal_until }))
    }

    async fn set_elsewhere(&mut self, seen: &ChainState) -> Stepped {
        self.give_up().await?;
        let (account, seen_at) = (self.validator, seen.block());
        Err(WeightError::SetElsewhere { account, seen_at })
    }

    /// Gives the plan up if the contract refused its content.
    async fn refused(&mut self, error: WeightError) -> Stepped {
        let WeightError::Chain(ChainError::Reverted { revert, .. }) = &error else {
            return Err(error);
        };
        let reason = revert.to_string();
        self.give_up().await?;
        Err(WeightError::Outdated { reason })
    }

    fn was_not_sent(&self, plan: &WeightPlan, step: SettingStep) -> Result<bool, WeightError> {
        Ok(self.hetu.transactions().sent_once(&plan.key(step))?.is_none())
    }

    /// Sends the call unless it was sent before, and waits until a block includes it.
    async fn send<T>(
        &self,
        call: ContractCall<'_, T>,
        plan: &WeightPlan,
        step: SettingStep,
    ) -> Result<T, WeightError> {
        let mut sent = call.once(plan.key(step)).send().await?;
        self.tell(step, StepMoment::Sent);
        let included = sent.confirmed().await?;
        self.tell(step, StepMoment::Included);
        Ok(included)
    }
}
