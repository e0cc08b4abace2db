//! Plans with destructive effects: they print a warning, and need a confirmation even with `--yes`.

use crate::run::USAGE;
use crate::scene::Scene;

const ZERO: &str = "0x0000000000000000000000000000000000000000";

fn warnings(scene: &Scene, arguments: &[&str]) -> String {
    scene.read(&[arguments, &["--dry-run"]].concat())["warnings"].to_string()
}

#[test]
fn transfer_to_the_zero_address_is_not_sent_with_yes_alone() {
    let (scene, _) = Scene::with_subnet();
    let burn = ["token", "transfer", ZERO, "1"];
    assert!(warnings(&scene, &burn).contains("it is lost"));
    let ended = scene.run(&[&burn[..], &["--yes"]].concat());
    ended.assert_failed(USAGE, "--force");
    assert!(ended.stderr.contains("warning: the zero address"), "{}", ended.stderr);
    assert_eq!(scene.transactions_of(scene.address(2)), 0);
    scene.change(&[&burn[..], &["--force"]].concat());
    assert_eq!(scene.transactions_of(scene.address(2)), 1);
}

#[test]
fn allocation_that_deactivates_a_validator_is_not_sent_with_yes_alone() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(2, netuid);
    let netuid = netuid.to_string();
    let before = scene.transactions_of(scene.address(2));
    for lower in [["stake", "allocate", &netuid, "201"], ["stake", "deallocate", &netuid, "299"]] {
        assert!(warnings(&scene, &lower).contains("becomes inactive"), "{lower:?}");
        let ended = scene.run(&[&lower[..], &["--yes"]].concat());
        ended.assert_failed(USAGE, "--force");
        assert_eq!(scene.transactions_of(scene.address(2)), before);
    }
    let plan = scene.read(&["stake", "allocate", &netuid, "201", "--dry-run"]);
    assert_eq!(
        plan["intent"],
        format!("set what is allocated to subnet {netuid} from 500 to 201 HETU of stake")
    );
    scene.change(&["stake", "allocate", &netuid, "201", "--force"]);
    let shown = scene.read(&["dendron", "show", &netuid, "me"]);
    assert_eq!(shown["dendron"]["is_active"], false);
}

#[test]
fn allowance_that_stays_is_warned_of() {
    let (scene, _) = Scene::with_subnet();
    let friend = scene.address(5).to_string();
    let approve = ["token", "approve", &friend, "5"];
    assert!(warnings(&scene, &approve).contains("the allowance stays"));
    scene.change(&approve);
    assert_eq!(warnings(&scene, &["token", "approve", &friend, "0"]), "[]");
}

#[test]
fn rules_that_deactivate_dendrons_are_not_sent_with_yes_alone() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_miner(3, netuid);
    scene.keep("owner", 1);
    let netuid = netuid.to_string();
    let raise = ["subnet", "set-params", &netuid, "dendron_threshold=300", "--wallet", "owner"];
    assert!(warnings(&scene, &raise).contains("1 active dendrons"));
    scene.run(&[&raise[..], &["--yes"]].concat()).assert_failed(USAGE, "--force");
    let lower = ["subnet", "set-params", &netuid, "dendron_threshold=100", "--wallet", "owner"];
    assert_eq!(warnings(&scene, &lower), "[]");
}
