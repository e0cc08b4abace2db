//! Tests of `hetu stake`.

use crate::documented::assert_documented;
use crate::run::CHAIN;
use crate::scene::Scene;

#[test]
fn stake_is_added_allocated_and_taken_back() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let change = |arguments: &[&str]| {
        let outcome = scene.outcome(arguments);
        assert_documented(&format!("hetu stake {}", arguments[1]), &outcome);
        outcome
    };
    change(&["stake", "add", "100"]);
    assert_eq!(change(&["stake", "allocate", &netuid, "60"])["current"], "60");
    let lowered = change(&["stake", "deallocate", &netuid, "20"]);
    assert_eq!((&lowered["previous"], &lowered["current"]), (&"60".into(), &"40".into()));
    change(&["stake", "remove", "10"]);

    let shown = scene.read(&["stake", "show"]);
    assert_documented("hetu stake show", &shown);
    assert_eq!((&shown["total"], &shown["available"]), (&"90".into(), &"50".into()));
    assert_eq!(shown["allocations"][0]["allocated"], "40");
    let other = scene.read(&["stake", "show", "--subnet", "9"]);
    assert_eq!(other["allocations"].as_array().unwrap().len(), 0);
    let text = scene.run(&["stake", "show"]).stdout;
    assert!(text.contains("available") && text.contains("50"), "{text}");
}

#[test]
fn refused_changes_of_stake_say_what_to_do() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    scene.change(&["stake", "add", "100"]);
    scene.change(&["stake", "allocate", &netuid, "60"]);
    for (arguments, reason, hint) in [
        (&["stake", "remove", "50"][..], "AMOUNT_NOT_AVAILABLE", "hetu stake deallocate"),
        (&["stake", "allocate", &netuid, "101"], "INSUFFICIENT_AVAILABLE_STAKE", "hetu stake add"),
        (&["stake", "deallocate", &netuid, "61"], "INSUFFICIENT_ALLOCATION", "hetu stake show"),
    ] {
        let ended = scene.run(&[arguments, &["--yes"]].concat());
        ended.assert_failed(CHAIN, reason);
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
}
