//! Commands on a network with contracts that have only the published functions.

use hetu_devnet::Devnet;

use crate::run::CHAIN;
use crate::scene::Scene;

fn scene() -> (Scene, String) {
    let scene = Scene::of(Devnet::builder().published_interface(true));
    let netuid = scene.open_subnet();
    scene.keep("me", 2);
    scene.write_network();
    (scene, netuid.to_string())
}

impl Scene {
    /// Writes the network of the chain, because the preset `local` names contracts that it does not
    /// have.
    fn write_network(&self) {
        let network = self.devnet.network().to_toml();
        std::fs::write(self.home.path().join("networks.toml"), network).unwrap();
    }
}

#[test]
fn reading_and_taking_part_work() {
    let (scene, netuid) = scene();
    assert_eq!(scene.read(&["network", "check"])["contracts"], "published");
    let register = ["dendron", "register", &netuid, "--role", "miner"];
    scene.change(&[&register[..], &["--endpoint", "127.0.0.1:8091"]].concat());
    let shown = scene.read(&["subnet", "show", &netuid]);
    assert_eq!(shown["dendrons"][0]["stake"], "200");
    assert_eq!(scene.read(&["subnet", "list"])["subnets"][0]["name"], "Sums");
    assert_eq!(scene.read(&["stake", "show"])["allocated"], "200");
    assert_eq!(scene.read(&["weights", "show", &netuid])["rows"].as_array().unwrap().len(), 0);
}

#[test]
fn what_the_network_lacks_is_said_clearly() {
    let (scene, netuid) = scene();
    let row = format!("{}=1", scene.address(3));
    let commit = scene.run(&["weights", "commit", &netuid, &row, "--yes"]);
    commit.assert_failed(CHAIN, "does not have commitWeights");
    let register = ["dendron", "register", &netuid, "--role", "validator", "--yes"];
    let limited = scene.run(&[&register[..], &["--max-cost", "1"]].concat());
    limited.assert_failed(CHAIN, "does not have registerNeuronWithStakeAllocation");
    assert_eq!(scene.read(&["stake", "show"])["total"], "0");
}
