//! Credentials in the URLs of nodes.

use hetu_chain::Hetutensor;
use hetu_chain::network::RpcUrl;
use hetu_chain::rpc::TransportOptions;

use super::{at, plain};
use crate::setup::devnet_chain;

#[tokio::test]
async fn credentials_of_address_are_sent_decoded() {
    let chain = devnet_chain().await;
    for (credentials, encoded) in [
        // The credentials are "a@b:c", "key:", "key:" and "u:p:w", as `base64` encodes them.
        ("a%40b:c", "yubiomm="),
        ("key", "a2v5og=="),
        ("key:", "a2v5og=="),
        ("u:p%3Aw", "dtpwonc="),
    ] {
        let node = plain(&chain).await;
        let mut network = at(&chain, &[&node]);
        let url: RpcUrl = format!("http://{credentials}@{}/", node.address()).parse().unwrap();
        network.endpoints = vec![url.clone()];
        Hetutensor::connect(network.clone()).await.unwrap();
        let sent = node.requests_with(&format!("authorization: basic {encoded}\r\n"));
        assert_eq!((sent, sent > 0), (node.requests(), true), "{credentials}");

        let before = node.requests();
        let options = TransportOptions::default().header(&url, "authorization", "Bearer own");
        Hetutensor::connect_with(network, &options.unwrap()).await.unwrap();
        let own = node.requests_with("authorization: bearer own\r\n");
        assert_eq!(own, node.requests() - before, "a named header counts");
    }
}
