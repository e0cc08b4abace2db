//! The durable count of the maximum gas fees of an account in the last 24 hours.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SpendPolicy;
use crate::client::error::{ChainError, FeeLedgerError, PolicyViolation};
use crate::network::Network;
use crate::text::ForeignError;
use crate::{Address, Amount, Clock, SystemClock, durable_file};

const VERSION: u32 = 1;
/// The maximum file size. A file holds at most one entry per hour.
const LONGEST_FILE: u64 = 16 << 10;
const HOUR: u64 = 3_600;
/// The number of whole hours after which an hour is no longer counted.
const HOURS_COUNTED: u64 = 24;

/// A count of fees that outlives the process, shared by all processes of the account.
///
/// Fees are counted at their maximum, before any transaction is signed. The fee in a receipt does
/// not lower the count, because receipts come from the node. A node that understates fees could
/// otherwise cause the ceiling to be spent repeatedly.
#[derive(Clone, Debug)]
struct FeeLedger {
    path: PathBuf,
}

/// The fees of one account on one chain, by hour since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    version: u32,
    hours: BTreeMap<u64, Amount>,
}

/// A fee that was counted before its transaction was signed.
#[derive(Debug)]
pub(in crate::client) struct CountedFee {
    ledger: FeeLedger,
    hour: u64,
    fee: Amount,
}

/// The limit on the fees of one account in 24 hours.
#[derive(Clone, Debug)]
pub(in crate::client) struct DailyFees {
    folder: PathBuf,
    ledger: FeeLedger,
    ceiling: Amount,
    clock: Arc<dyn Clock>,
}

impl DailyFees {
    /// Creates the limit for `account`, from the policy or else from the network. The count is
    /// stored in `folder`.
    pub(in crate::client) fn new(
        folder: PathBuf,
        network: &Network,
        account: Address,
        policy: Option<&SpendPolicy>,
    ) -> Self {
        let path = folder.join(format!("{}-{}.fees", network.chain_id, account.to_lower_hex()));
        let clock =
            policy.map_or_else(|| Arc::new(SystemClock) as _, |policy| Arc::clone(&policy.clock));
        let ceiling = policy.and_then(|policy| policy.max_daily_fee);
        Self {
            folder,
            ledger: FeeLedger { path },
            ceiling: ceiling.unwrap_or(network.fees.max_per_day),
            clock,
        }
    }

    /// Counts the fee of a transaction that is about to be signed.
    pub(in crate::client) async fn count(&self, fee: Amount) -> Result<CountedFee, ChainError> {
        let Self { folder, ledger, ceiling, clock } = self.clone();
        let now = clock.unix_time();
        blocking(move || {
            let folder = &folder;
            durable_file::create_private_folder(folder).map_err(failed(folder, "created"))?;
            ledger.count(fee, ceiling, now)
        })
        .await
    }
}

impl CountedFee {
    /// Removes the fee of a transaction that was not sent from the count. If this fails, the fee
    /// stays counted.
    pub(in crate::client) async fn take_back(self) {
        let Self { ledger, hour, fee } = self;
        let taken_back = blocking(move || {
            ledger.change(|hours| {
                let counted = hours.get(&hour).copied().unwrap_or_default();
                hours.insert(hour, counted.saturating_sub(fee));
                Ok(())
            })
        });
        if let Err(error) = taken_back.await {
            tracing::warn!(%error, "the fee of a transaction that was not sent stays counted");
        }
    }
}

impl FeeLedger {
    fn count(self, fee: Amount, ceiling: Amount, now: Duration) -> Result<CountedFee, ChainError> {
        let hour = now.as_secs() / HOUR;
        self.change(|hours| {
            // Hours in the future also count. They occur after the clock was set back.
            hours.retain(|counted, _| counted.saturating_add(HOURS_COUNTED) >= hour);
            let spent = hours.values().copied().fold(Amount::ZERO, Amount::saturating_add);
            if spent.saturating_add(fee) > ceiling && !fee.is_zero() {
                return Err(PolicyViolation::DailyFee { fee, spent, ceiling }.into());
            }
            let counted = hours.entry(hour).or_default();
            *counted = counted.saturating_add(fee);
            Ok(())
        })?;
        Ok(CountedFee { ledger: self, hour, fee })
    }

    /// Changes the file while holding its lock.
    fn change(
        &self,
        change: impl FnOnce(&mut BTreeMap<u64, Amount>) -> Result<(), ChainError>,
    ) -> Result<(), ChainError> {
        let _lock = self.lock()?;
        let mut hours = self.read()?;
        change(&mut hours)?;
        let text = serde_json::to_vec(&Hours { version: VERSION, hours })
            .map_err(|error| failed(&self.path, "written")(error.into()))?;
        durable_file::replace(&self.path, &text).map_err(failed(&self.path, "written"))?;
        Ok(())
    }

    /// Waits for the lock, which is held only for the duration of a write.
    fn lock(&self) -> Result<File, FeeLedgerError> {
        let path = self.path.with_extension("fees.lock");
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed(&path, "opened"))?;
        file.lock().map_err(failed(&path, "locked"))?;
        Ok(file)
    }

    fn read(&self) -> Result<BTreeMap<u64, Amount>, FeeLedgerError> {
        let path = &self.path;
        let Some(bytes) = durable_file::read(path, LONGEST_FILE).map_err(failed(path, "read"))?
        else {
            return Ok(BTreeMap::new());
        };
        let damaged = |reason| FeeLedgerError::Damaged { path: path.clone(), reason };
        let Hours { version, hours } =
            serde_json::from_slice(&bytes).map_err(|error| damaged(ForeignError::new(error)))?;
        if version != VERSION {
            return Err(damaged(format!("its version is {version}, not {VERSION}").into()));
        }
        Ok(hours)
    }
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> FeeLedgerError {
    let path = path.to_owned();
    move |source| FeeLedgerError::File { path, action, source }
}

/// Runs `work`, which waits for the disk, on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ChainError> + Send + 'static,
) -> Result<T, ChainError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| {
        Err(failed(Path::new("file"), "reached")(io::Error::other(stopped)).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable_file::FaultyFiles;

    const DAY: Duration = Duration::from_secs(86_400);
    const START: Duration = Duration::from_secs(1_700_000_000);

    fn ledger(folder: &tempfile::TempDir) -> FeeLedger {
        FeeLedger { path: folder.path().join("1-0x00.fees") }
    }

    fn count(
        folder: &tempfile::TempDir,
        fee: u64,
        now: Duration,
    ) -> Result<CountedFee, ChainError> {
        ledger(folder).count(Amount::from_hetu(fee), Amount::from_hetu(10), now)
    }

    fn spent(outcome: Result<CountedFee, ChainError>) -> Amount {
        let Err(ChainError::Policy(PolicyViolation::DailyFee { spent, .. })) = outcome else {
            panic!("{outcome:?}");
        };
        spent
    }

    #[test]
    fn daily_fee_counts_for_a_day_across_restarts() {
        let folder = tempfile::tempdir().unwrap();
        count(&folder, 6, START).unwrap();
        count(&folder, 4, START + DAY / 2).unwrap();
        assert_eq!(spent(count(&folder, 1, START + DAY)), Amount::from_hetu(10));
        let next_day = START + DAY + Duration::from_secs(HOUR);
        assert_eq!(spent(count(&folder, 7, next_day)), Amount::from_hetu(4));
        count(&folder, 6, next_day).unwrap();
    }

    #[test]
    fn clock_that_is_set_back_does_not_reset_daily_fee() {
        let folder = tempfile::tempdir().unwrap();
        count(&folder, 10, START).unwrap();
        assert_eq!(spent(count(&folder, 1, START - DAY * 30)), Amount::from_hetu(10));
    }

    #[tokio::test]
    async fn fee_of_unsent_transaction_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        count(&folder, 3, START).unwrap();
        count(&folder, 7, START).unwrap().take_back().await;
        count(&folder, 7, START).unwrap();
        assert_eq!(spent(count(&folder, 1, START)), Amount::from_hetu(10));
    }

    // A fee that was reported as counted is still counted after a crash. Any other fee may be.
    #[test]
    fn fee_ledger_keeps_what_it_counted_at_every_failing_step() {
        let folder = tempfile::tempdir().unwrap();
        FaultyFiles::at_every_step(folder.path(), |files, fault| {
            files.heal();
            let _ = std::fs::remove_file(ledger(&folder).path);
            count(&folder, 1, START).unwrap();
            files.arm();
            let counted = count(&folder, 4, START);
            let was_hit = files.disarm();
            assert_eq!(counted.is_err(), was_hit, "{fault:?}");
            files.crash_or_not();
            let spent = spent(count(&folder, 10, START));
            let least = Amount::from_hetu(if counted.is_ok() { 5 } else { 1 });
            assert!((least..=Amount::from_hetu(5)).contains(&spent), "{fault:?} {spent}");
        });
    }

    #[test]
    fn damaged_fee_ledger_refuses_every_fee() {
        let folder = tempfile::tempdir().unwrap();
        for bad in ["", "{", "{\"version\":2,\"hours\":{}}", "{\"version\":1,\"hours\":{\"1\":-1}}"]
        {
            std::fs::write(ledger(&folder).path, bad).unwrap();
            let outcome = count(&folder, 1, START);
            assert!(
                matches!(outcome, Err(ChainError::FeeLedger(FeeLedgerError::Damaged { .. }))),
                "{bad} {outcome:?}"
            );
        }
    }
}
