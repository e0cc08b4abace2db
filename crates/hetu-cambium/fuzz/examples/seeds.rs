//! Writes the seeds: messages of real peers and the test vectors, in the form that the targets
//! read.
//!
//! `cargo run --manifest-path crates/hetu-cambium/fuzz/Cargo.toml --example seeds`

use std::fs;
use std::path::{Path, PathBuf};

use hetu_cambium::Codec;
use hetu_cambium_fuzz::bincode_bodies::{SampleBody, SampleChain, SampleChoice, SampleMaps};
use hetu_cambium_fuzz::{Message, Peers, SignedExchange, receipts, stream_frames, work};
use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

fn main() {
    exchanges();
    vectors();
    fields();
    bodies();
    streams();
    for (number, kept) in receipts::signed_receipts().iter().enumerate() {
        write("receipts", &format!("receipt-{number}"), kept.json.to_string().as_bytes());
        // The fuzzer derives the edits from this seed.
        write("receipts", &format!("edited-{number}"), &[u8::try_from(number).unwrap(), 0, 0, 0]);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn write(target: &str, name: &str, seed: &[u8]) {
    // The checks of the target have to hold for each new seed before a fuzzer runs.
    match target {
        "whole_requests" => work::request(&Message::of(seed)),
        "whole_replies" => work::reply(&Message::of(seed)),
        _ => {}
    }
    let folder = folder().join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), seed).unwrap();
}

/// Writes requests and replies, in which a placeholder represents the session.
fn exchanges() {
    let peers = Peers::get();
    let named = |text: Vec<u8>| match String::from_utf8(text) {
        Ok(text) => {
            let named = |text: String, (from, to): &(&str, &str)| text.replace(to, from);
            peers.replaced().iter().fold(text, named).into_bytes()
        }
        Err(error) => error.into_bytes(),
    };
    for (number, exchange) in peers.exchanges.iter().enumerate() {
        let request = &exchange.request;
        let start = format!("{} {}", request.method, request.uri);
        let text = Message::text(&start, &request.headers, &exchange.content);
        let text = named(text);
        write("signature_fields", &format!("request-{number}"), &text);
        write("whole_requests", &format!("request-{number}"), &text);
        let input = request.headers["signature-input"].to_str().unwrap();
        let (_, member) = input.split_once('=').unwrap();
        let text = [member.as_bytes(), b"\n", &text].concat();
        write("structured_fields", &format!("request-{number}"), &named(text));
        let text = named(Message::text("200", &exchange.reply, &exchange.reply_content));
        write("signature_fields", &format!("reply-{number}"), &text);
        write("whole_replies", &format!("reply-{number}"), &text);
    }
    worst_forms(&peers.exchanges[0]);
}

/// Writes heads that were once far more expensive to parse than their size suggests.
fn worst_forms(exchange: &SignedExchange) {
    let request = &exchange.request;
    let start = format!("{} {}", request.method, request.uri);
    for (name, components, more) in [
        ("query", r#""@query-param";name="a" "@query-param";name="b""#, ""),
        ("members", r#""x";key="a" "x";key="b""#, "x: k,\nlengthen: 2000 x\n"),
        ("strict", r#""x";sf "x";bs"#, "x: k,\nlengthen: 2000 x\n"),
        ("lines", r#""content-type""#, "amplify: 2000 content-type\n"),
        ("fields", "", "x: y\namplify: 200 x\n"),
        ("digests", "", "content-digest: sha-512=:AAAA:, \namplify: 200 content-digest\n"),
        ("signatures", "", "signature: b=:AAAA:, \namplify: 200 signature\n"),
        ("inputs", "", "signature-input: b=(), \namplify: 200 signature-input\n"),
    ] {
        let of = |start: &str, headers: &HeaderMap, content: &[u8]| {
            let text = String::from_utf8(Message::text(start, headers, content)).unwrap();
            let text = text.replacen("hetu=(", &format!("hetu=({components} "), 1);
            text.replacen("\n\n", &format!("\n{more}\n"), 1)
        };
        let text = of(&start, &request.headers, &exchange.content);
        write("whole_requests", name, text.as_bytes());
        let text = of("200", &exchange.reply, &exchange.reply_content);
        write("whole_replies", name, text.as_bytes());
    }
}

/// Writes the requests of the ERC, with their original text.
fn vectors() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/erc8128.json");
    let vectors: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let first = &vectors["positive"][0];
    let mut number = 0;
    for list in ["positive", "accepted", "refused"] {
        for case in vectors[list].as_array().unwrap() {
            let text = |name: &str| case[name].as_str().or(first[name].as_str()).unwrap();
            let mut headers = first["headers"].as_object().unwrap().clone();
            for name in ["headers", "set"] {
                headers.extend(case[name].as_object().cloned().unwrap_or_default());
            }
            let mut seed = format!("{} {}\n", text("method"), text("target"));
            for (name, value) in &headers {
                let Some(value) = value.as_str() else { continue };
                seed += &format!("{name}: {value}\n");
            }
            seed += &format!("\n{}", text("content"));
            write("signature_fields", &format!("erc8128-{number:02}"), seed.as_bytes());
            number += 1;
        }
    }
}

fn fields() {
    for (name, input, fields) in [
        (
            "sf",
            r#"("signature-input";sf "priority";sf)"#,
            "signature-input: a=( \"x\"),  b;c=?1\npriority: u=1,  i",
        ),
        (
            "list",
            r#"("cache-status";sf "client-cert";sf)"#,
            "cache-status: a;hit,  (b c);d\nclient-cert: :AAAA:;x",
        ),
        ("key", r#"("x";key="a" "x";key="b";req)"#, "x: a=(1 2);c, d\nx: b=:AAAA:"),
        ("bs", r#"("x";bs "y";bs;req);created=1"#, "x: one, two\nx:  three\ny: 4"),
        ("combined", r#"("x" "@query-param";name="a" "@query-param";name="f")"#, "x: one\nx: two"),
        ("order", r#"("x";req;bs "x";bs "y";req;key="a");b;a=1"#, "x: one\ny: a=1"),
        ("status", r#"("@status" "@request-target";req)"#, ""),
        (
            "names",
            "()",
            "a: eip155:560000:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf\nb: AAAAAAAAAAAAAAAAAAAAAA",
        ),
        (
            "authorities",
            "()",
            "host: Miner.example:8091\nhost: [::1]:80\nhost: 127.0.0.1:\nhost: a.example:+80",
        ),
        ("codecs", "()", "accept: application/*;q=0.5, */*\ncontent-type: application/json; a=b"),
        ("digests", "()", "content-digest: sha-256=:AAAA:, sha-512=:BBBB:, md5=:CCCC:"),
    ] {
        let seed = format!("{input}\nGET /p?a=b%20c&d=e&f=%0A\n{fields}\n\ncontent");
        write("structured_fields", name, seed.as_bytes());
    }
}

fn bodies() {
    let body = |next| SampleBody {
        flag: true,
        small: 1,
        wide: 2,
        number: -0.5,
        letter: '\u{1F33F}',
        text: "ash".to_owned(),
        list: vec![1, 2, 3],
        nothing: vec![(); 3],
        nested: vec![vec![()], vec![]],
        pairs: vec![(-1, "a".to_owned())],
        choice: choice(),
        next,
    };
    both("bB", "body", &body(Some(Box::new(body(None)))));
    both("cC", "choice", &choice());
    let chain = (0..20)
        .fold(SampleChain { next: None }, |chain, _| SampleChain { next: Some(chain.into()) });
    both("nN", "chain", &chain);
    // The lengths are at the limit of depth, and beyond it.
    for links in [63, 64, 500] {
        let deep = [&vec![1; links][..], &[0]].concat();
        write("bincode_bodies", &format!("chain-{links}"), &[b"n", &deep[..]].concat());
    }
    let maps = |nested| SampleMaps {
        numbers: [(1, "one".to_owned())].into(),
        nothing: [((), ())].into(),
        nested,
    };
    both("m", "maps", &maps([("in".to_owned(), maps([].into()))].into()));
    both("v", "nothing", &vec![vec![vec![(), ()], vec![]]]);
    both("t", "tuple", &("text", vec![1_u64, 2], Some(vec![[3_u64; 8]])));
    let key = "CUB_DPTpuVlK-SzFEbzmNt5ZHVQzuaqB55BzZhqa1VM";
    both("oO", "offer", &(key, Some(60_u32)));
    both("gG", "grant", &("AAAAAAAAAAAAAAAAAAAAAA", key, 1_700_000_060_u64, 64_u64));
    let named = format!(r#"O{{"public_key":"{key}","lifetime_seconds":60}}"#);
    write("bincode_bodies", "offer-json", named.as_bytes());
    let problem = r#"P{"type":"about:blank","title":"t","status":503,"detail":"d","reason":"overloaded","retryable":true,"request_id":"r","services":["a"]}"#;
    write("bincode_bodies", "problem-json", problem.as_bytes());
}

fn choice() -> SampleChoice {
    SampleChoice::Many(vec![
        SampleChoice::Unit,
        SampleChoice::Newtype(1),
        SampleChoice::Tuple(-1, 'a'),
        SampleChoice::Struct { text: "b".to_owned(), maybe: Some(true) },
        SampleChoice::Deep(Box::new(SampleChoice::Unit)),
        SampleChoice::Named(vec![("c".to_owned(), SampleChoice::Unit)]),
    ])
}

/// Writes a value in bincode, and in JSON if `kinds` has a second letter.
fn both<T: Serialize>(kinds: &str, name: &str, value: &T) {
    for (kind, codec) in kinds.bytes().zip([Codec::Bincode, Codec::Json]) {
        let seed = [&[kind], &codec.encode(value).unwrap()[..]].concat();
        let name = if codec == Codec::Json { format!("{name}-json") } else { name.to_owned() };
        write("bincode_bodies", &name, &seed);
    }
}

fn streams() {
    for (number, content) in stream_frames::Streams::get().contents.iter().enumerate() {
        write("stream_frames", &format!("whole-{number}"), &[&[0], &content[..]].concat());
        let pieces = [&[8, 1, 0, 7, 40, 2, 90, 3, 11], &content[..]].concat();
        write("stream_frames", &format!("pieces-{number}"), &pieces);
    }
}
