//! Tests of `hetu weights`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::documented::assert_documented;
use crate::run::{CHAIN, NOT_FOUND, USAGE};
use crate::scene::Scene;

/// Starts a subnet with the miner of account 3 and the validator of account 2. The wallet of the
/// validator is `me`.
fn scene() -> (Scene, String, String) {
    let (scene, netuid) = Scene::with_subnet();
    let miner = scene.register_miner(3, netuid);
    scene.register_validator(2, netuid);
    (scene, netuid.to_string(), miner.to_string())
}

#[test]
fn weights_are_set_from_arguments_and_files_and_shown() {
    let (scene, netuid, miner) = scene();
    let typed = format!("{miner}=65535");
    let set = scene.outcome(&["weights", "set", &netuid, &typed]);
    assert_documented("hetu weights set", &set);
    let shown = scene.read(&["weights", "show", &netuid]);
    assert_documented("hetu weights show", &shown);
    assert_eq!(shown["rows"][0]["weights"], set["weights"]);
    assert_eq!(shown["rows"][0]["validator"], scene.address(2).to_string());

    let file = scene.home.path().join("row.json");
    fs::write(&file, format!(r#"{{"{miner}": 7}}"#)).unwrap();
    let from_file = ["weights", "set", &netuid, "--file", file.to_str().unwrap()];
    let soon = scene.run(&[&from_file[..], &["--yes"]].concat());
    soon.assert_failed(CHAIN, "WeightsRateLimited");
    scene.mine(100);
    scene.change(&from_file);
    let shown = scene.read(&["weights", "show", &netuid, "me"]);
    assert_eq!(shown["rows"][0]["weights"][0]["weight"], 7);
    let nobody = scene.read(&["weights", "show", &netuid, &miner]);
    assert_eq!(nobody["rows"][0]["weights"].as_array().unwrap().len(), 0);
}

#[test]
fn rows_that_are_none_are_refused_before_anything_is_sent() {
    let (scene, netuid, miner) = scene();
    let file = scene.home.path().join("row.json");
    fs::write(&file, format!(r#"{{"{miner}": 0.5}}"#)).unwrap();
    let file = file.to_str().unwrap();
    let (one, other) = (format!("{miner}=1"), format!("{miner}=2"));
    for row in [&[][..], &["0x1=1"], &[&one, &other], &["--file", file], &[&one, "--file", file]] {
        let ended = scene.run(&[&["weights", "set", &netuid, "--yes"], row].concat());
        assert_eq!(ended.code, Some(USAGE), "{row:?}: {}", ended.stderr);
    }
    let missing = scene.run(&["weights", "set", &netuid, "--file", "nowhere.json", "--yes"]);
    missing.assert_failed(1, "nowhere.json");
    let stranger = format!("{}=1", scene.address(7));
    let ended = scene.run(&["weights", "set", &netuid, &stranger, "--yes"]);
    ended.assert_failed(CHAIN, "hetu dendron list");
    scene.run(&["weights", "show", "7"]).assert_failed(NOT_FOUND, "no subnet 7");
}

#[test]
fn a_commitment_is_revealed_with_nothing_but_what_is_kept_here() {
    let (scene, netuid, miner) = scene();
    scene.keep("owner", 1);
    let rules = ["commit_reveal_enabled=true", "commit_reveal_period=10"];
    let open = [&["subnet", "set-params", &netuid, "--wallet", "owner"], &rules[..]].concat();
    scene.change(&open);
    let typed = format!("{miner}=42");
    let as_me = ["--wallet", "me"];
    let plain = scene.run(&[&["weights", "set", &netuid, &typed, "--yes"], &as_me[..]].concat());
    plain.assert_failed(CHAIN, "CommitRevealRequired");
    let reveal = [&["weights", "reveal", &netuid], &as_me[..]].concat();
    scene.run(&[&reveal[..], &["--yes"]].concat()).assert_failed(NOT_FOUND, "no commitment");

    let home = scene.home.path().join("commitments");
    let commit = [&["weights", "commit", &netuid, &typed], &as_me[..]].concat();
    scene.read(&[&commit[..], &["--dry-run"]].concat());
    assert!(!home.exists(), "a dry run keeps no secret");
    let committed = scene.outcome(&commit);
    assert_documented("hetu weights commit", &committed);
    let file = the_only_secret(&home);
    assert!(file.ends_with(format!("{}.json", committed["commitment"].as_str().unwrap())));
    assert_is_private(&file);
    scene.run(&[&commit[..], &["--yes"]].concat()).assert_failed(CHAIN, "CommitmentOpen");
    scene.run(&[&reveal[..], &["--yes"]].concat()).assert_failed(CHAIN, "RevealTooEarly");

    scene.mine(10);
    let elsewhere = file.with_extension("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    let lost = scene.run(&[&reveal[..], &["--yes"]].concat());
    lost.assert_failed(NOT_FOUND, "on another machine");
    fs::rename(&elsewhere, &file).unwrap();
    let revealed = scene.outcome(&reveal);
    assert_documented("hetu weights reveal", &revealed);
    let shown = scene.read(&["weights", "show", &netuid]);
    assert_eq!(shown["rows"][0]["weights"][0]["weight"], 42);

    scene.mine(100);
    let next = scene.outcome(&commit);
    assert_ne!(next["commitment"], committed["commitment"], "each has a salt of its own");
    assert_ne!(the_only_secret(&home), file, "what is of no more use is deleted");
}

fn the_only_secret(home: &Path) -> PathBuf {
    let only = |folder: &Path| {
        let entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        entry.path()
    };
    only(&only(home))
}

#[cfg(unix)]
fn assert_is_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
}

#[cfg(not(unix))]
fn assert_is_private(_: &Path) {}
