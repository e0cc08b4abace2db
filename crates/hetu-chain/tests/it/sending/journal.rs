//! Programs that die while they send, and the state that the next run recovers.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hetu_chain::client::{JournalError, RecoveredTransaction, SendOptions, TransactionOutcome};
use hetu_chain::{ChainError, Hetutensor, Retryable};
use serde_json::json;
use tempfile::TempDir;

use super::{Fault, Scene, wei};

const SEND: &str = "eth_sendRawTransaction";

async fn journaled(scene: &Scene, folder: &Path) -> Hetutensor {
    scene.hetu.clone().with_journal(folder).await.unwrap()
}

/// Runs a program that pays the friend five wei under the key "rent" and dies when it submits the
/// transaction: before the node receives it, or after.
async fn die_sending(scene: &Scene, folder: &Path, fault: Fault) {
    scene.node.fail(SEND, 1, fault);
    let asked = scene.node.calls(SEND).len() + 1;
    let (network, wallet) = (scene.node.network(), scene.chain.wallet(2));
    let (friend, journal) = (scene.friend, folder.to_owned());
    let program = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    program.spawn(async move {
        let hetu = Hetutensor::connect(network).await.unwrap().with_wallet(wallet);
        let hetu = hetu.with_journal(journal).await.unwrap();
        hetu.tokens().transfer(friend, wei(5)).once("rent").await.unwrap();
    });
    scene.node.called(SEND, asked).await;
    program.shutdown_background();
    // The lock is released last.
    let lock = File::open(only(folder, "lock")).unwrap();
    while lock.try_lock().is_err() {
        tokio::task::yield_now().await;
    }
}

/// Returns the only file with this extension.
fn only(folder: &Path, ending: &str) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

async fn recovered(hetu: &Hetutensor) -> Vec<RecoveredTransaction> {
    hetu.transactions().recover().await.unwrap().transactions
}

#[tokio::test]
async fn what_was_written_down_but_not_sent_is_sent_once_by_the_next_run() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    assert_eq!(scene.paid().await, 0);

    let hetu = journaled(&scene, folder.path()).await;
    let found = recovered(&hetu).await;
    let [
        RecoveredTransaction {
            function,
            nonce: 0,
            key: Some(key),
            fate: TransactionOutcome::SentAgain,
            ..
        },
    ] = &found[..]
    else {
        panic!("{found:?}");
    };
    assert_eq!((function.as_str(), key.as_str()), ("transfer", "rent"));
    assert_eq!(scene.paid().await, 5);

    // The program runs as usual; it does not pay again.
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
    assert!(recovered(&hetu).await.is_empty());
}

#[tokio::test]
async fn what_was_sent_without_a_receipt_is_known_to_the_next_run() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::HangAfter).await;
    while scene.paid().await == 0 {
        tokio::task::yield_now().await;
    }

    let hetu = journaled(&scene, folder.path()).await;
    let receipt = hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    let again = hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!(receipt, again);
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
    assert_eq!(scene.node.calls(SEND).len(), 1);
}

#[tokio::test]
async fn later_transactions_wait_behind_those_of_the_last_run() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    let hetu = journaled(&scene, folder.path()).await;
    let mut sent = hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    assert_eq!(sent.nonce(), 1);
    sent.confirmed().await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (6, 2));
}

#[tokio::test]
async fn a_transaction_of_the_last_run_that_no_node_takes_stops_later_ones() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    let hetu = journaled(&scene, folder.path()).await;
    let refusal = Fault::Error(-32_000, "transaction underpriced");
    scene.node.fail(SEND, 2, refusal);
    let error = hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    let ChainError::Blocked { transaction, nonce: 0, reason } = error else {
        panic!("{error}");
    };
    assert!(reason.to_string().contains("underpriced"), "{reason}");
    assert!(matches!(recovered(&hetu).await[0].fate, TransactionOutcome::NotTaken { .. }));

    hetu.transactions().cancel(transaction).await.unwrap();
    hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (1, 2));
    // A cancelled payment may be repeated under its key.
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!(scene.paid().await, 6);
}

#[tokio::test]
async fn a_nonce_that_others_used_meanwhile_is_told() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    scene.chain.connect_as(2).await.tokens().transfer(scene.friend, wei(9)).await.unwrap();
    let hetu = journaled(&scene, folder.path()).await;
    let found = recovered(&hetu).await;
    assert_eq!(found[0].fate, TransactionOutcome::Replaced);
    assert_eq!(scene.paid().await, 9);
    assert!(recovered(&hetu).await.is_empty(), "it is settled");
}

#[tokio::test]
async fn a_record_that_was_cut_off_is_told_and_left_out() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    let path = only(folder.path(), "journal");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();

    let hetu = journaled(&scene, folder.path()).await;
    let recovery = hetu.transactions().recover().await.unwrap();
    assert!(recovery.cut_off_record && recovery.transactions.is_empty());
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2, "signed and settled: {text}");
}

#[tokio::test]
async fn a_damaged_journal_is_not_used() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    let path = only(folder.path(), "journal");
    let record = fs::read_to_string(&path).unwrap();
    let other_nonce = record.replace("\"nonce\":0", "\"nonce\":1");
    let other_bytes = record.replace("\"signed\":\"0x02", "\"signed\":\"0x03");
    for damaged in [other_nonce, other_bytes, "{}\n".to_owned(), "\u{0}\n".to_owned()] {
        assert_ne!(damaged, record);
        fs::write(&path, &damaged).unwrap();
        let error = scene.hetu.clone().with_journal(folder.path()).await.unwrap_err();
        let is_damage = matches!(error, ChainError::Journal(JournalError::Damaged { line: 1, .. }));
        assert!(is_damage, "{error}");
    }
    fs::write(&path, record).unwrap();
    assert_eq!(recovered(&journaled(&scene, folder.path()).await).await.len(), 1);
}

#[tokio::test]
async fn two_processes_cannot_use_one_journal() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    drop(journaled(&scene, folder.path()).await);
    let lock = OpenOptions::new().append(true).open(only(folder.path(), "lock")).unwrap();
    lock.lock().unwrap();
    let within = |limit| scene.hetu.clone().with_journal_within(folder.path(), limit);
    let error = within(Duration::from_millis(150)).await.unwrap_err();
    assert!(matches!(error, ChainError::Journal(JournalError::InUse { .. })), "{error}");
    // This process was the last holder, and recorded its id.
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    assert!(error.retryability().is_retryable());
    lock.unlock().unwrap();
    journaled(&scene, folder.path()).await;
}

#[tokio::test]
async fn journal_of_another_process_is_opened_once_it_is_free() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    drop(journaled(&scene, folder.path()).await);
    let lock = OpenOptions::new().append(true).open(only(folder.path(), "lock")).unwrap();
    lock.lock().unwrap();
    let mut opening = Box::pin(journaled(&scene, folder.path()));
    let early = tokio::time::timeout(Duration::from_millis(250), &mut opening).await;
    assert!(early.is_err(), "the other process has it");
    lock.unlock().unwrap();
    opening.await.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    assert_eq!(scene.paid().await, 1);
}

#[tokio::test]
async fn connections_of_one_process_share_a_journal() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let one = journaled(&scene, folder.path()).await;
    let two = journaled(&scene, folder.path()).await;
    one.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    two.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!(scene.paid().await, 5);
}

#[tokio::test]
async fn many_tasks_with_one_key_pay_once() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let hetu = journaled(&scene, folder.path()).await;
    let friend = scene.friend;
    let tasks = (0..20).map(|_| {
        let hetu = hetu.clone();
        tokio::spawn(async move { hetu.tokens().transfer(friend, wei(5)).once("rent").await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
}

#[tokio::test]
async fn a_replacement_counts_under_the_key_of_what_it_replaces() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let hetu = journaled(&scene, folder.path()).await;
    scene.automine(false).await;
    let call = hetu.tokens().transfer(scene.friend, wei(5)).once("rent");
    let mut sent = call.send().await.unwrap();
    sent.bump_fees().await.unwrap();
    let call = hetu.tokens().transfer(scene.friend, wei(5)).once("rent");
    assert_eq!(call.send().await.unwrap().hash(), sent.hash(), "the newest is waited for");
    scene.automine(true).await;
    let receipt = sent.confirmed().await.unwrap();
    let again = hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!(receipt, again);
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
}

#[tokio::test]
async fn keys_name_one_call_and_need_a_journal() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let refused = |error: ChainError| match error {
        ChainError::Journal(error) => error,
        other => panic!("{other}"),
    };
    let call = scene.hetu.tokens().transfer(scene.friend, wei(5)).once("rent");
    assert!(matches!(refused(call.await.unwrap_err()), JournalError::Missing));

    let hetu = journaled(&scene, folder.path()).await;
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    let call = hetu.tokens().transfer(scene.friend, wei(6)).once("rent");
    assert!(matches!(refused(call.await.unwrap_err()), JournalError::KeyTaken { .. }));
    for key in [String::new(), "k".repeat(257)] {
        let call = hetu.tokens().transfer(scene.friend, wei(5)).once(key);
        assert!(matches!(refused(call.await.unwrap_err()), JournalError::KeyLength { .. }));
    }
    assert_eq!(scene.paid().await, 5);
}

#[tokio::test]
async fn a_journal_is_of_one_account() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let straight = scene.chain.connect().await;
    let error = straight.with_journal(folder.path()).await.unwrap_err();
    assert!(matches!(error, ChainError::NoSigner));
    let other = journaled(&scene, folder.path()).await.with_wallet(scene.chain.wallet(3));
    let error = other.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    let is_other = matches!(error, ChainError::Journal(JournalError::OtherAccount { .. }));
    assert!(is_other, "{error}");
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_be_written_down() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let hetu = journaled(&scene, folder.path()).await;
    drop(hetu);
    let path = only(folder.path(), "journal");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = scene.hetu.clone().with_journal(folder.path()).await.unwrap_err();
    assert!(matches!(error, ChainError::Journal(JournalError::File { .. })), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_journal() {
    use std::os::unix::fs::PermissionsExt;

    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let journals = folder.path().join("journals");
    let hetu = journaled(&scene, &journals).await;
    hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&journals), 0o700);
    assert_eq!(mode(&only(&journals, "journal")), 0o600);
}

#[tokio::test]
async fn a_journal_stays_small_and_remembers_its_keys() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let hetu = journaled(&scene, folder.path()).await;
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    let friend = scene.friend;
    for _ in 0..3 {
        let sends = (0..100).map(|_| {
            let hetu = hetu.clone();
            tokio::spawn(async move { hetu.tokens().transfer(friend, wei(1)).await })
        });
        for send in sends.collect::<Vec<_>>() {
            send.await.unwrap().unwrap();
        }
    }
    let path = only(folder.path(), "journal");
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    assert!(lines < 300, "{lines} lines are left of 602");
    drop(hetu);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"record\":").unwrap();

    let hetu = journaled(&scene, folder.path()).await;
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (305, 301));
}

/// Returns the journal of the first chain beside a second one with the same chain id, as after a
/// restart of a localnet.
async fn started_again(folder: &Path) -> (Scene, Scene) {
    let first = Scene::new().await;
    die_sending(&first, folder, Fault::Hang).await;
    (first, Scene::new().await)
}

#[tokio::test]
async fn journal_of_another_genesis_is_neither_sent_nor_waited_for() {
    let folder = TempDir::new().unwrap();
    let (first, second) = started_again(folder.path()).await;
    let hetu = journaled(&second, folder.path()).await;
    assert!(recovered(&hetu).await.is_empty());
    hetu.tokens().transfer(second.friend, wei(1)).await.unwrap();
    assert_eq!((second.paid().await, second.mined().await), (1, 1));
    // The key "rent" belongs to the other chain.
    hetu.tokens().transfer(second.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!((first.paid().await, second.paid().await), (0, 6));
    let left = recovered(&journaled(&first, folder.path()).await).await;
    assert!(matches!(left[0].fate, TransactionOutcome::SentAgain), "{left:?}");
    assert_eq!(first.paid().await, 5);
}

#[tokio::test]
async fn node_that_serves_another_chain_gets_nothing_of_the_journal() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let hetu = journaled(&scene, folder.path()).await;
    scene.automine(false).await;
    let sent = hetu.tokens().transfer(scene.friend, wei(5)).send().await.unwrap();
    let asked = scene.node.calls(SEND).len();
    let other = json!("0x1111111111111111111111111111111111111111111111111111111111111111");
    scene.node.fail("eth_getBlockByNumber", 100, Fault::With(vec![("hash", other)]));
    let error = hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::OtherGenesis { .. }), "{error}");
    let error = hetu.transactions().cancel(sent.hash()).await.unwrap_err();
    assert!(matches!(error, ChainError::OtherGenesis { .. }), "{error}");
    let error = hetu.transactions().recover().await.unwrap_err();
    assert!(matches!(error, ChainError::OtherGenesis { .. }), "{error}");
    assert_eq!(scene.node.calls(SEND).len(), asked);
}

/// Converts the journal to the form of an earlier release, which does not name the genesis.
fn without_genesis(folder: &Path) -> PathBuf {
    let path = only(folder, "journal");
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find("\"genesis\"").unwrap();
    let end = start + text[start..].find(',').unwrap() + 1;
    let genesis = text[start..end].to_owned();
    let name = path.file_name().unwrap().to_str().unwrap();
    let (chain, account) = (name.split('-').next().unwrap(), name.rsplit('-').next().unwrap());
    let older = path.with_file_name(format!("{chain}-{account}"));
    fs::write(&older, text.replace(&genesis, "")).unwrap();
    fs::remove_file(path).unwrap();
    older
}

#[tokio::test]
async fn journal_without_genesis_is_taken_over_if_the_chain_knows_its_transactions() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::HangAfter).await;
    while scene.paid().await == 0 {
        tokio::task::yield_now().await;
    }
    let older = without_genesis(folder.path());
    let hetu = journaled(&scene, folder.path()).await;
    hetu.tokens().transfer(scene.friend, wei(5)).once("rent").await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1), "it was paid once");
    assert!(fs::read_to_string(older).unwrap().contains("moved"));
}

#[tokio::test]
async fn journal_without_genesis_is_not_sent_blindly() {
    let folder = TempDir::new().unwrap();
    let (first, second) = started_again(folder.path()).await;
    without_genesis(folder.path());
    let asked = first.node.calls(SEND).len();
    for scene in [&first, &second] {
        let error = scene.hetu.clone().with_journal(folder.path()).await.unwrap_err();
        let ChainError::Journal(JournalError::UnknownChain { transactions, .. }) = error else {
            panic!("{error}");
        };
        let account = scene.hetu.address().unwrap();
        let listed = scene.hetu.journaled(folder.path(), account).await.unwrap();
        assert_eq!(listed[0].transaction, transactions[0]);
        assert!(!listed[0].names_chain && listed[0].key.as_deref() == Some("rent"));
    }
    assert_eq!((first.node.calls(SEND).len(), second.node.calls(SEND).len()), (asked, 0));

    let account = second.hetu.address().unwrap();
    let transaction = second.hetu.journaled(folder.path(), account).await.unwrap()[0].transaction;
    second.hetu.forget_journaled(folder.path(), account, transaction).await.unwrap();
    journaled(&second, folder.path()).await;
    assert!(second.hetu.journaled(folder.path(), account).await.unwrap().is_empty());
}

#[tokio::test]
async fn forgotten_transaction_is_neither_sent_nor_waited_for() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    die_sending(&scene, folder.path(), Fault::Hang).await;
    let account = scene.hetu.address().unwrap();
    let listed = scene.hetu.journaled(folder.path(), account).await.unwrap();
    assert_eq!((listed.len(), listed[0].nonce, listed[0].function.as_str()), (1, 0, "transfer"));
    let transaction = listed[0].transaction;
    scene.hetu.forget_journaled(folder.path(), account, transaction).await.unwrap();
    let again = scene.hetu.forget_journaled(folder.path(), account, transaction).await;
    assert!(matches!(again, Err(ChainError::UnknownTransaction { .. })), "{again:?}");
    let hetu = journaled(&scene, folder.path()).await;
    assert!(recovered(&hetu).await.is_empty());
    hetu.tokens().transfer(scene.friend, wei(7)).once("rent").await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (7, 1));
}

#[tokio::test]
async fn cancelling_behind_a_missing_nonce_names_it() {
    let (scene, folder) = (Scene::new().await, TempDir::new().unwrap());
    let hetu = journaled(&scene, folder.path()).await;
    let account = scene.hetu.address().unwrap();
    scene.automine(false).await;
    let lost = hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    let waiting = hetu.tokens().transfer(scene.friend, wei(2)).send().await.unwrap();
    let (lost, waiting) = (lost.hash(), waiting.hash());
    scene.lose(lost).await;
    hetu.forget_journaled(folder.path(), account, lost).await.unwrap();
    drop(hetu);

    let mut options = SendOptions::default();
    options.deadline = Duration::from_secs(1);
    let hetu = scene.node.connect().await.with_wallet(scene.chain.wallet(2));
    let hetu = hetu.with_send_options(options).with_journal(folder.path()).await.unwrap();
    let error = hetu.transactions().cancel(waiting).await.unwrap_err();
    assert!(matches!(error, ChainError::NonceGap { nonce: 1, missing: 0, .. }), "{error}");
    let error = hetu.transactions().replace(waiting).await.unwrap().confirmed().await.unwrap_err();
    assert!(matches!(error, ChainError::NonceGap { nonce: 1, missing: 0, .. }), "{error}");
}
