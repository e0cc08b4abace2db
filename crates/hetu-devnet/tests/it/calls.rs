use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::{Value, json};

use crate::support::{bare, number};

fn word(value: u64) -> B256 {
    U256::from(value).into()
}

#[tokio::test]
async fn a_call_sees_the_state_of_the_block_it_names() {
    let net = bare().await;
    let address = net.create_box().await;
    let first = net.fill_box(address, 7).await;
    let second = net.fill_box(address, 8).await;
    let call = json!({"to": address});
    let old = [
        first["blockNumber"].clone(),
        first["blockHash"].clone(),
        json!({"blockHash": first["blockHash"]}),
        json!({"blockHash": first["blockHash"], "requireCanonical": true}),
        json!({"blockNumber": first["blockNumber"]}),
    ];
    for block in old {
        let value: B256 = net.get("eth_call", json!([call, block])).await;
        assert_eq!(value, word(7), "{block}");
        let value: B256 = net.get("eth_getStorageAt", json!([address, "0x0", block])).await;
        assert_eq!(value, word(7), "{block}");
    }
    let new = ["latest", "safe", "finalized", "pending"].map(Value::from);
    for block in new.into_iter().chain([second["blockNumber"].clone()]) {
        let value: B256 = net.get("eth_call", json!([call, block])).await;
        assert_eq!(value, word(8), "{block}");
    }
    let before: Bytes = net.get("eth_getCode", json!([address, "earliest"])).await;
    assert!(before.is_empty());
    let nonce: U256 =
        net.get("eth_getTransactionCount", json!([net.address(0), first["blockNumber"]])).await;
    assert_eq!(nonce, U256::from(2));

    for unknown in [json!("0x999"), json!({"blockHash": B256::ZERO})] {
        let error = net.refused("eth_call", json!([call, unknown])).await;
        assert_eq!(error.code(), -32_000);
        assert_eq!(error.message(), "header not found");
    }
}

#[tokio::test]
async fn a_call_can_run_creation_code() {
    let net = bare().await;
    // The code returns the word 0x2a.
    let code = Bytes::from(hex!("602a60005260206000f3"));
    let value: B256 = net.get("eth_call", json!([{"input": code}, "latest"])).await;
    assert_eq!(value, word(0x2a));
    assert_eq!(net.devnet.block_number(), 0);
}

#[tokio::test]
async fn a_call_can_pretend_another_state() {
    let net = bare().await;
    let address = net.create_box().await;
    net.fill_box(address, 7).await;
    let slots = json!({word(0).to_string(): word(9)});
    let call = json!({"to": address});
    for change in [json!({"state": slots}), json!({"stateDiff": slots})] {
        let overrides = json!({address.to_string(): change});
        let value: B256 = net.get("eth_call", json!([call, "latest", overrides])).await;
        assert_eq!(value, word(9));
    }
    // The code returns the number of the block.
    let code = Bytes::from(hex!("4360005260206000f3"));
    let elsewhere = Address::repeat_byte(0xcc);
    let overrides = json!({elsewhere.to_string(): {"code": code}});
    let call = json!({"to": elsewhere});
    let value: B256 = net.get("eth_call", json!([call, "latest", overrides])).await;
    assert_eq!(value, word(2));
    let block = json!({"number": "0x64"});
    let value: B256 = net.get("eth_call", json!([call, "latest", overrides, block])).await;
    assert_eq!(value, word(100));
    let code: Bytes = net.get("eth_getCode", json!([elsewhere])).await;
    assert!(code.is_empty());
}

#[tokio::test]
async fn code_can_read_the_hashes_of_earlier_blocks() {
    let net = bare().await;
    net.devnet.mine(3).await;
    // The code returns the hash of the parent block.
    let code = Bytes::from(hex!("600143034060005260206000f3"));
    let address = Address::repeat_byte(0xcc);
    let overrides = json!({address.to_string(): {"code": code}});
    for height in 1..=3_u64 {
        let block = net.block(U256::from(height)).await;
        let hash: Value =
            net.get("eth_call", json!([{"to": address}, block["number"], overrides])).await;
        assert_eq!(hash, block["parentHash"]);
    }
}

#[tokio::test]
async fn a_call_without_a_price_pays_nothing() {
    let net = bare().await;
    let stranger = Address::repeat_byte(0xaa);
    let call = json!({"from": stranger, "to": net.address(0)});
    let output: Bytes = net.get("eth_call", json!([call])).await;
    assert!(output.is_empty());

    let paying =
        json!({"from": stranger, "to": net.address(0), "gasPrice": "0x77359400", "gas": "0x5208"});
    let error = net.refused("eth_call", json!([paying])).await;
    assert!(error.message().starts_with("insufficient funds for gas * price + value"));
    let sending = json!({"from": stranger, "to": net.address(0), "value": "0x1"});
    let error = net.refused("eth_estimateGas", json!([sending])).await;
    assert!(error.message().starts_with("insufficient funds"));
}

#[tokio::test]
async fn what_runs_out_of_gas_says_so() {
    let net = bare().await;
    let address = net.create_box().await;
    let input = Bytes::from(U256::from(1).to_be_bytes::<32>());
    let call = json!({"from": net.address(0), "to": address, "input": input, "gas": "0x6000"});
    let error = net.refused("eth_call", json!([call])).await;
    assert_eq!(error.message(), "out of gas");
    let error = net.refused("eth_estimateGas", json!([call])).await;
    assert_eq!(error.message(), "gas required exceeds allowance (24576)");
}

#[tokio::test]
async fn a_call_can_pretend_to_be_rich_and_to_have_other_code() {
    let net = bare().await;
    let stranger = Address::repeat_byte(0xaa);
    let target = Address::repeat_byte(0xcc);
    // The code returns its own balance. The nonce of its caller is not checked.
    let code = Bytes::from(hex!("4760005260206000f3"));
    let overrides = json!({
        stranger.to_string(): {"balance": "0xde0b6b3a7640000", "nonce": "0x9"},
        target.to_string(): {"code": code, "balance": "0x5"},
    });
    let call = json!({"from": stranger, "to": target, "value": "0x2"});
    let value: B256 = net.get("eth_call", json!([call, "latest", overrides])).await;
    assert_eq!(value, word(7));
    let gas: U256 = net.get("eth_estimateGas", json!([call, "latest", overrides])).await;
    assert!(gas > U256::from(21_000));

    // The call creates a contract. The address of the contract follows from the nonce.
    let creation = Bytes::from(hex!("3060005260206000f3"));
    let call = json!({"from": stranger, "input": creation});
    let address: B256 = net.get("eth_call", json!([call, "latest", overrides])).await;
    assert_eq!(address, stranger.create(9).into_word());
    let balance: U256 = net.get("eth_getBalance", json!([stranger])).await;
    assert_eq!(balance, U256::ZERO);
}

#[tokio::test]
async fn overrides_of_state_replace_all_slots_and_differences_one() {
    let net = bare().await;
    let address = Address::repeat_byte(0xcc);
    // The code returns the sum of the slots 0 and 1.
    let code = Bytes::from(hex!("60005460015401" "60005260206000f3"));
    net.get::<()>("anvil_setCode", json!([address, code])).await;
    net.get::<bool>("anvil_setStorageAt", json!([address, "0x1", word(40)])).await;
    let slots = json!({word(0).to_string(): word(2)});
    for (change, expected) in [("state", 2), ("stateDiff", 42)] {
        let overrides = json!({address.to_string(): {change: slots}});
        let sum: B256 = net.get("eth_call", json!([{"to": address}, "latest", overrides])).await;
        assert_eq!(sum, word(expected), "{change}");
    }
    for (change, message) in [
        (json!({"state": slots, "stateDiff": slots}), "has both 'state' and 'stateDiff'"),
        (json!({"movePrecompileToAddress": address}), "movePrecompileToAddress is not supported"),
        (json!({"code": "0xef0100"}), "invalid code"),
    ] {
        let overrides = json!({address.to_string(): change});
        let error = net.refused("eth_call", json!([{"to": address}, "latest", overrides])).await;
        assert!(error.message().contains(message), "{error}");
    }
}

#[tokio::test]
async fn a_call_can_pretend_another_block() {
    let net = bare().await;
    let address = Address::repeat_byte(0xcc);
    let elsewhere = Address::repeat_byte(0xdd);
    let block = json!({
        "number": "0x64",
        "time": "0x77359400",
        "gasLimit": "0x1234",
        "feeRecipient": elsewhere,
        "prevRandao": word(5),
        "baseFeePerGas": "0x7",
    });
    let cases = [
        (hex!("4360005260206000f3"), word(100)),
        (hex!("4260005260206000f3"), word(2_000_000_000)),
        (hex!("4560005260206000f3"), word(0x1234)),
        (hex!("4160005260206000f3"), elsewhere.into_word()),
        (hex!("4460005260206000f3"), word(5)),
        (hex!("4860005260206000f3"), word(7)),
    ];
    for (code, expected) in cases {
        let overrides = json!({address.to_string(): {"code": Bytes::from(code)}});
        let from = net.address(0);
        let call = json!({"from": from, "to": address, "gas": "0xffff", "gasPrice": "0x7"});
        let word: B256 = net.get("eth_call", json!([call, "latest", overrides, block])).await;
        assert_eq!(word, expected, "{code:?}");
    }
    // The price is too low for this block; a call without a price pays none.
    let poor = json!({"from": net.address(0), "gas": "0xffff", "gasPrice": "0x6"});
    let error = net.refused("eth_call", json!([poor, "latest", {}, block])).await;
    assert_eq!(error.message(), "max fee per gas less than block base fee");
    let free = json!({"from": net.address(0), "gas": "0xffff"});
    let _: Bytes = net.get("eth_call", json!([free, "latest", {}, block])).await;
    let error = net.refused("eth_call", json!([{}, "latest", {}, {"blockHash": {}}])).await;
    assert!(error.message().contains("overriding block hashes is not supported"));
}

#[tokio::test]
async fn a_revert_says_why_in_message_and_data() {
    let net = bare().await;
    // The code reverts with the bytes after its first twelve.
    let reverting = |data: &[u8]| {
        let length = [u8::try_from(data.len()).unwrap()];
        let parts = [&[0x60][..], &length, &hex!("600c600039"), &[0x60], &length, &hex!("6000fd")];
        Bytes::from([parts.concat(), data.to_vec()].concat())
    };
    let panic = |code: u64| [&hex!("4e487b71")[..], word(code).as_slice()].concat();
    let reason = [
        &hex!("08c379a0")[..],
        word(32).as_slice(),
        word(4).as_slice(),
        B256::right_padding_from(b"NOPE").as_slice(),
    ]
    .concat();
    let cases = [
        (Vec::new(), "execution reverted"),
        (hex!("deadbeef").to_vec(), "execution reverted"),
        (reason, "execution reverted: NOPE"),
        (panic(0x01), "execution reverted: assert(false)"),
        (panic(0x11), "execution reverted: arithmetic underflow or overflow"),
        (panic(0x12), "execution reverted: division or modulo by zero"),
        (panic(0x32), "execution reverted: out-of-bounds access of an array or bytesN"),
        (panic(0x99), "execution reverted: unknown panic code: 0x99"),
    ];
    for (data, message) in cases {
        let call = json!({"input": reverting(&data)});
        for method in ["eth_call", "eth_estimateGas"] {
            let error = net.refused(method, json!([call, "latest"])).await;
            assert_eq!((error.code(), error.message()), (3, message));
            let told: Bytes = serde_json::from_str(error.data().unwrap().get()).unwrap();
            assert_eq!(told, Bytes::from(data.clone()));
        }
    }
}

#[tokio::test]
async fn what_the_machine_stops_says_why() {
    let net = bare().await;
    let address = Address::repeat_byte(0xcc);
    let cases = [
        (&hex!("fe")[..], "invalid opcode: INVALID"),
        (&hex!("6000565b")[..], "invalid jump destination"),
        (&hex!("5050")[..], "stack underflow"),
        (&hex!("5b600056")[..], "out of gas"),
    ];
    for (code, message) in cases {
        let overrides = json!({address.to_string(): {"code": Bytes::copy_from_slice(code)}});
        let call = json!({"to": address, "gas": "0x186a0"});
        let error = net.refused("eth_call", json!([call, "latest", overrides])).await;
        assert_eq!((error.code(), error.message()), (-32_000, message));
    }
    // The node reduces a gas limit above its own instead of refusing the call.
    let code = Bytes::from(hex!("5a60005260206000f3"));
    let overrides = json!({address.to_string(): {"code": code}});
    let call = json!({"to": address, "gas": "0xffffffffff"});
    let gas: U256 = net.get("eth_call", json!([call, "latest", overrides])).await;
    assert!(gas < U256::from(50_000_000) && gas > U256::from(49_900_000));
}

#[tokio::test]
async fn an_access_list_names_what_a_call_touches() {
    let net = bare().await;
    let (outer, inner) = (Address::repeat_byte(0xcc), net.create_box().await);
    // The code reads its slot 5 and then calls the box, which reads its slot 0.
    let code =
        [&hex!("60055450" "60206000600060006000" "73")[..], inner.as_slice(), &hex!("5af100")]
            .concat();
    net.get::<()>("anvil_setCode", json!([outer, Bytes::from(code)])).await;
    let call = json!({"from": net.address(0), "to": outer});
    let answer: Value = net.get("eth_createAccessList", json!([call, "latest"])).await;
    let mut expected = [
        json!({"address": outer, "storageKeys": [word(5)]}),
        json!({"address": inner, "storageKeys": [word(0)]}),
    ];
    expected.sort_by_key(|item| item["address"].to_string());
    assert_eq!(answer["accessList"], json!(expected));
    assert_eq!(answer.get("error"), None);
    // The intrinsic gas includes the list, which saves gas while the call runs.
    let listed = json!({"from": net.address(0), "to": outer, "accessList": answer["accessList"]});
    let estimate: U256 = net.get("eth_estimateGas", json!([listed])).await;
    assert!(number(&answer["gasUsed"]) <= estimate.to::<u64>());

    let transfer = json!({"from": net.address(0), "to": net.address(1), "value": "0x1"});
    let answer: Value = net.get("eth_createAccessList", json!([transfer])).await;
    assert_eq!(answer, json!({"accessList": [], "gasUsed": "0x5208"}));
    let reverting = json!({"from": net.address(0), "input": "0x60006000fd"});
    let answer: Value = net.get("eth_createAccessList", json!([reverting])).await;
    assert_eq!(answer["error"], "execution reverted");
}

#[tokio::test]
async fn malformed_parameters_are_told_apart() {
    let net = bare().await;
    for (method, params) in [
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([])),
        ("eth_call", json!([{"to": "nobody"}])),
        ("eth_getBlockByNumber", json!(["yesterday", false])),
    ] {
        let error = net.refused(method, params).await;
        assert_eq!(error.code(), -32_602, "{method}");
    }
    assert_eq!(net.refused("eth_unheardOf", json!([])).await.code(), -32_601);
    assert_eq!(number(&net.block("latest").await["number"]), 0);
}
