//! The tamper matrix: each covered component and each parameter of a signature is changed, one at a
//! time, and every change is refused.

use std::sync::Arc;

use hetu_cambium::{
    CallerSession, Envelope, Erc8128Revision, Nonce, PendingReply, RequestSigner, SessionLimits,
    content_digest, fields,
};
use hetu_chain::NetUid;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri};

use crate::sessions;
use crate::support::{CHAIN, NETUID, Peers, Sent, now, wallet};

const TARGET: &str = "http://miner.example:8091/math-sum?trace=no";
const CONTENT: &[u8] = br#"{"x":5.0,"y":3.0}"#;

/// The method that signs the requests and replies of a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wallet,
    Earlier,
    Session,
}

const KINDS: [Kind; 3] = [Kind::Wallet, Kind::Earlier, Kind::Session];

struct Scene {
    peers: Peers,
    kind: Kind,
    session: CallerSession,
}

impl Scene {
    fn new(kind: Kind) -> Self {
        let (mut peers, _) = sessions::with_sessions(SessionLimits::default());
        peers.verifier = peers.verifier.clone().with_earlier_revision();
        let session = sessions::open(&peers, None);
        Self { peers, kind, session }
    }

    fn signer(&self) -> RequestSigner {
        let revision = match self.kind {
            Kind::Earlier => Erc8128Revision::Earlier,
            _ => Erc8128Revision::Newest,
        };
        self.peers.signer.clone().with_revision(revision)
    }

    fn send(&self) -> Sent {
        let (mut parts, ()) = Request::post(TARGET).body(()).unwrap().into_parts();
        let envelope = self.peers.envelope();
        let pending = match self.kind {
            Kind::Session => self.session.sign(&mut parts, CONTENT, &envelope).unwrap(),
            _ => now(self.signer().sign(&mut parts, CONTENT, &envelope)).unwrap(),
        };
        Sent { parts, content: CONTENT.to_vec(), pending }
    }

    /// Asserts that `change` of a request is refused and uses up no nonce.
    fn refuses(&self, what: &str, change: impl FnOnce(&mut Sent)) {
        let original = self.send();
        let mut changed = original.clone();
        change(&mut changed);
        let before = self.peers.guard.len();
        let outcome = self.peers.receive(&changed).map(drop);
        assert!(outcome.is_err(), "{:?}: {what} was accepted", self.kind);
        assert_eq!(self.peers.guard.len(), before, "{:?}: {what}", self.kind);
        assert_eq!(self.peers.refusal(&original), None, "{:?}: {what}", self.kind);
    }
}

fn set(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    headers.insert(name, value.parse().unwrap());
}

fn input(headers: &HeaderMap) -> String {
    headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned()
}

/// Returns every parameter of a signature in its written form.
fn parameters(input: &str) -> Vec<String> {
    let (_, parameters) = input.split_once(");").unwrap();
    parameters.split(';').map(str::to_owned).collect()
}

/// Returns every component that a signature covers in its written form.
fn components(input: &str) -> Vec<String> {
    let (_, list) = input.split_once("=(").unwrap();
    list.split_once(')').unwrap().0.split(' ').map(str::to_owned).collect()
}

/// Returns all changes of the member of `Signature-Input`: each parameter and component left out,
/// each parameter with another value, and neighbours swapped.
fn changed_inputs(input: &str) -> Vec<String> {
    let mut changed = Vec::new();
    for parameter in parameters(input) {
        changed.push(input.replace(&format!(";{parameter}"), ""));
        let (name, value) = parameter.split_once('=').unwrap();
        let other = match value.strip_prefix('"') {
            Some(text) => format!("{name}=\"x{text}"),
            None => format!("{name}={value}1"),
        };
        changed.push(input.replace(&parameter, &other));
        let next = match value.strip_suffix('"') {
            Some(text) => format!("{name}={text}x\""),
            None => format!("{name}={}", value.parse::<u64>().unwrap() + 1),
        };
        changed.push(input.replace(&parameter, &next));
    }
    let components = components(input);
    for component in &components {
        let alone = input.replacen(&format!("{component} "), "", 1);
        let alone =
            if alone == input { input.replacen(&format!(" {component}"), "", 1) } else { alone };
        changed.push(alone);
    }
    for pair in components.windows(2) {
        let [first, second] = pair else { unreachable!() };
        changed.push(input.replacen(&format!("{first} {second}"), &format!("{second} {first}"), 1));
    }
    changed.push(input.replace(");", ");extra;"));
    changed.push(input.replacen("=(", "=(\"host\" ", 1));
    changed
}

#[test]
fn every_covered_component_of_a_request_is_bound() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        scene.refuses("the method", |sent| sent.parts.method = Method::PUT);
        for (what, target) in [
            ("the authority", "http://other.example:8091/math-sum?trace=no"),
            ("the port", "http://miner.example:8092/math-sum?trace=no"),
            ("the path", "http://miner.example:8091/math-sun?trace=no"),
            ("the case of the path", "http://miner.example:8091/Math-sum?trace=no"),
            ("the escapes of the path", "http://miner.example:8091/math%2Dsum?trace=no"),
            ("the query", "http://miner.example:8091/math-sum?trace=yes"),
            ("an empty query", "http://miner.example:8091/math-sum?"),
            ("no query", "http://miner.example:8091/math-sum"),
        ] {
            scene.refuses(what, |sent| sent.parts.uri = Uri::from_static(target));
        }
        scene.refuses("the content", |sent| sent.content.push(b' '));
        scene.refuses("the content and its digest", |sent| {
            sent.content = b"{}".to_vec();
            sent.parts.headers.insert(fields::CONTENT_DIGEST, content_digest(b"{}"));
        });
        scene.refuses("no digest", |sent| drop(sent.parts.headers.remove(&fields::CONTENT_DIGEST)));
        let names = [CONTENT_TYPE, fields::CONTENT_DIGEST].into_iter().chain([
            fields::CAMBIUM_VERSION,
            fields::HETU_NETUID,
            fields::HETU_RECIPIENT,
            fields::HETU_TIMEOUT_MS,
        ]);
        for name in names.filter(|name| scene.send().parts.headers.contains_key(name)) {
            scene.refuses(name.as_str(), |sent| drop(sent.parts.headers.remove(&name)));
            scene.refuses(name.as_str(), |sent| {
                let again = sent.parts.headers[&name].clone();
                sent.parts.headers.append(&name, again);
            });
        }
        let other = wallet(3).address().to_lower_hex();
        for (name, value) in [
            (CONTENT_TYPE, "application/vnd.hetu.cambium.v1+bincode"),
            (CONTENT_TYPE, "application/json; charset=utf-8"),
            (fields::CAMBIUM_VERSION, "2"),
            (fields::HETU_NETUID, "2"),
            (fields::HETU_RECIPIENT, &other),
            (fields::HETU_TIMEOUT_MS, "1501"),
        ] {
            scene.refuses(name.as_str(), |sent| set(&mut sent.parts.headers, &name, value));
        }
    }
}

#[test]
fn the_scheme_is_bound() {
    for kind in [Kind::Wallet, Kind::Session] {
        let mut scene = Scene::new(kind);
        let sent = scene.send();
        let http = scene.peers.verifier.clone();
        scene.peers.verifier = http.clone().with_scheme(hetu_cambium::Scheme::Https);
        assert!(scene.peers.refusal(&sent).is_some());
        scene.peers.verifier = http;
        assert_eq!(scene.peers.refusal(&sent), None);
    }
}

#[test]
fn everything_that_the_signature_of_a_request_says_is_bound() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let count = changed_inputs(&input(&scene.send().parts.headers)).len();
        assert!(count > 30, "{count}");
        for number in 0..count {
            scene.refuses(&format!("change {number}"), |sent| {
                let own = input(&sent.parts.headers);
                let changed = changed_inputs(&own).swap_remove(number);
                assert_ne!(own, changed);
                set(&mut sent.parts.headers, &fields::SIGNATURE_INPUT, &changed);
            });
        }
        for name in [fields::SIGNATURE, fields::SIGNATURE_INPUT] {
            scene.refuses(name.as_str(), |sent| drop(sent.parts.headers.remove(&name)));
        }
    }
}

#[test]
fn every_bit_of_the_signature_counts() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let length = if kind == Kind::Session { 32 } else { 65 };
        for byte in 0..length {
            scene.refuses(&format!("byte {byte}"), |sent| {
                flip(&mut sent.parts.headers, byte);
            });
        }
    }
}

/// Flips a bit of one byte of the signature.
fn flip(headers: &mut HeaderMap, byte: usize) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let text = headers[&fields::SIGNATURE].to_str().unwrap();
    let (label, encoded) = text.split_once("=:").unwrap();
    let mut bytes = STANDARD.decode(encoded.trim_end_matches(':')).unwrap();
    bytes[byte] ^= 1;
    let changed = format!("{label}=:{}:", STANDARD.encode(bytes));
    set(headers, &fields::SIGNATURE, &changed);
}

const REPLY: &[u8] = br#"{"result":8.0}"#;

fn verify(
    peers: &Peers,
    pending: &PendingReply,
    status: StatusCode,
    headers: &HeaderMap,
    content: &[u8],
) -> bool {
    pending.verify(status, headers, content, &*peers.clock).is_ok()
}

#[test]
fn everything_of_a_reply_is_bound() {
    for kind in KINDS {
        let Scene { peers, session, .. } = Scene::new(kind);
        let scene = Scene { kind, session, peers };
        let sent = scene.send();
        let peers = &scene.peers;
        let headers = peers.reply(&peers.receive(&sent).unwrap(), REPLY);
        let accepts = |status, headers: &HeaderMap, content: &[u8]| {
            verify(peers, &sent.pending, status, headers, content)
        };
        assert!(accepts(StatusCode::OK, &headers, REPLY));
        assert!(!accepts(StatusCode::CREATED, &headers, REPLY));
        assert!(!accepts(StatusCode::OK, &headers, b"{}"));
        let changed = |change: &dyn Fn(&mut HeaderMap)| {
            let mut headers = headers.clone();
            change(&mut headers);
            headers
        };
        let digest = changed(&|headers| {
            headers.insert(fields::CONTENT_DIGEST, content_digest(b"{}"));
        });
        assert!(!accepts(StatusCode::OK, &digest, b"{}"));
        for name in
            [CONTENT_TYPE, fields::CONTENT_DIGEST, fields::SIGNATURE, fields::SIGNATURE_INPUT]
        {
            let less = changed(&|headers| drop(headers.remove(&name)));
            assert!(!accepts(StatusCode::OK, &less, REPLY), "{kind:?}: {name}");
        }
        let other = changed(&|headers| set(headers, &CONTENT_TYPE, "text/html"));
        assert!(!accepts(StatusCode::OK, &other, REPLY));
        let inputs = changed_inputs(&input(&headers));
        assert!(inputs.len() > 25, "{}", inputs.len());
        for input in inputs {
            let other = changed(&|headers| set(headers, &fields::SIGNATURE_INPUT, &input));
            assert!(!accepts(StatusCode::OK, &other, REPLY), "{kind:?}: {input}");
        }
        for byte in 0..if kind == Kind::Session { 32 } else { 65 } {
            let other = changed(&|headers| flip(headers, byte));
            assert!(!accepts(StatusCode::OK, &other, REPLY), "{kind:?}: byte {byte}");
        }
    }
}

#[test]
fn a_reply_is_bound_to_every_part_of_its_request() {
    let peers = Peers::new();
    let sign = |method: Method, target: &str, content: &[u8], recipient: u8| {
        let request = Request::builder().method(method).uri(target).body(());
        let (mut parts, ()) = request.unwrap().into_parts();
        let timeout = peers.envelope().timeout;
        let envelope = Envelope::new(NETUID, wallet(recipient).address(), timeout);
        // The nonce is the same, so that only the tested part differs.
        let nonce = Nonce::parse("the nonce of both requests").unwrap();
        let signed = peers.signer.sign_with_nonce(&mut parts, content, &envelope, nonce);
        let pending = now(signed).unwrap();
        Sent { parts, content: content.to_vec(), pending }
    };
    let sent = sign(Method::POST, TARGET, CONTENT, 2);
    let headers = peers.reply(&peers.receive(&sent).unwrap(), REPLY);
    assert!(verify(&peers, &sent.pending, StatusCode::OK, &headers, REPLY));
    for other in [
        sign(Method::PUT, TARGET, CONTENT, 2),
        sign(Method::POST, "http://other.example:8091/math-sum?trace=no", CONTENT, 2),
        sign(Method::POST, "http://miner.example:8091/math-sun?trace=no", CONTENT, 2),
        sign(Method::POST, "http://miner.example:8091/math-sum?trace=on", CONTENT, 2),
        sign(Method::POST, "http://miner.example:8091/math-sum", CONTENT, 2),
        sign(Method::POST, TARGET, b"{}", 2),
        sign(Method::POST, TARGET, CONTENT, 3),
    ] {
        assert!(!verify(&peers, &other.pending, StatusCode::OK, &headers, REPLY));
    }
}

#[test]
fn nothing_signed_for_one_subnet_chain_or_caller_serves_for_another() {
    let peers = Peers::new();
    for (chain, netuid) in [(CHAIN, NetUid::new(2)), (hetu_chain::ChainId::new(1), NETUID)] {
        let signer = RequestSigner::new(Arc::new(peers.caller.clone()), chain)
            .with_clock(peers.clock.clone());
        let timeout = peers.envelope().timeout;
        let envelope = Envelope::new(netuid, peers.miner.address(), timeout);
        assert!(peers.refusal(&peers.send_by(&signer, envelope)).is_some());
    }
}
