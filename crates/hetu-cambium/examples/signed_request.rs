//! Prints a signed call as JSON, for a look at it or for verifiers that others wrote. It is signed by
//! the earlier revision of ERC-8128, which published libraries speak.
//!
//! `signed_request ENDPOINT RECIPIENT CHAIN_ID`
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hetu_cambium::{Envelope, Erc8128Revision, RequestSigner, Service, SignedRequest};
use hetu_chain::{ChainId, NetUid, Wallet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize, JsonSchema)]
struct MathSum {
    x: f64,
    y: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sum {
    result: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "MathSum";
    type Request = Self;
    type Reply = Sum;
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: ENDPOINT RECIPIENT CHAIN_ID");
    let endpoint = argument()?.parse()?;
    let recipient = argument()?.parse()?;
    let chain = ChainId::new(argument()?.parse()?);

    // A key for tests alone.
    let mut secret = [0; 32];
    secret[31] = 1;
    let wallet = Wallet::from_secret_bytes(&secret)?;
    let address = wallet.address();
    let signer =
        RequestSigner::new(Arc::new(wallet), chain).with_revision(Erc8128Revision::Earlier);
    let envelope = Envelope::new(NetUid::new(1), recipient, Duration::from_secs(5));
    let call = MathSum { x: 5.0, y: 3.0 };

    // A wallet in memory signs at once, so there is nothing to wait for.
    let signing = pin!(signer.call::<MathSum>(&endpoint, &call, &envelope));
    let Poll::Ready(signed) = signing.poll(&mut Context::from_waker(Waker::noop())) else {
        return Err("the wallet did not sign at once".into());
    };
    let SignedRequest { request, .. } = signed?;
    let mut headers = BTreeMap::new();
    for (name, value) in request.headers() {
        headers.insert(name.as_str(), value.to_str()?);
    }
    let document = json!({
        "address": address.to_lower_hex(),
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "content": std::str::from_utf8(request.body())?,
    });
    println!("{document}");
    Ok(())
}
