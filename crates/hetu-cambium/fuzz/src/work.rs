//! Whole messages of peers, with their work as the oracle: their size bounds it, regardless of
//! their contents.

use hetu_cambium::{WorkCount, fields};
use http::HeaderMap;

use crate::{ALLOCATOR, Message, Peers, peers::now};

/// The maximum number of components of a request and of a reply (sections 2 and 5 of the
/// specification).
const COMPONENTS: usize = 11;
/// The maximum length of a signature base, in bytes.
const BASE_BYTES: usize = 64 << 10;
/// The bytes of names and punctuation that a base adds to a message.
const BASE_FRAME: usize = 512;
/// Bytes of memory for each byte of a message, beside the fixed allowance.
const MEMORY_FACTOR: usize = 64;
const MEMORY_ALLOWANCE: usize = 128 << 10;
/// The largest message that is made of a text, in bytes.
const MESSAGE_BYTES: usize = 256 << 10;

/// Verifies the bounds at every stage of the verification of a request.
pub fn request(message: &Message<'_>) {
    let peers = Peers::get();
    let Some(mut request) = message.request(&peers.replaced()) else { return };
    amplify(&mut request.headers);
    let target = request.uri.to_string().len() + request.method.as_str().len();
    let sent = Size::of(&request.headers, target, message.content);
    let mut work = WorkCount::default();
    let outcome = within_memory(&sent, || {
        now(peers.verifier.receive(&request, message.content, &peers.guard, &mut work))
    });
    check(&work, &sent, 0);
    if let Ok(claim) = peers.verifier.examine(&request) {
        assert!(claim.retained_bytes() <= 3 * sent.signature_fields + 512);
        if let Ok(bound) = claim.bind() {
            assert!(bound.retained_bytes() <= sent.signature_fields + 512);
        }
    }
    drop(outcome);
}

/// Verifies the bounds of a reply to each of the requests that were sent.
pub fn reply(message: &Message<'_>) {
    let peers = Peers::get();
    let Some(status) = message.status() else { return };
    let mut headers = message.headers(&peers.replaced());
    amplify(&mut headers);
    let received = Size::of(&headers, 0, message.content);
    for exchange in &peers.exchanges {
        // The base of a reply covers parts of the request too.
        let own = Size::of(&exchange.request.headers, 128, b"");
        let mut work = WorkCount::default();
        let pending = &exchange.pending;
        let outcome = within_memory(&received, || {
            let content = message.content;
            pending.verify_counted(status, &headers, content, &*peers.clock, &mut work)
        });
        check(&work, &received, own.head);
        drop(outcome);
    }
}

/// The size of a message as it was received.
struct Size {
    head: usize,
    signature_fields: usize,
    digest_field: usize,
    content: usize,
}

impl Size {
    fn of(headers: &HeaderMap, start: usize, content: &[u8]) -> Self {
        let bytes = |name: &http::HeaderName| -> usize {
            headers.get_all(name).iter().map(|line| line.len() + 2).sum()
        };
        let all = headers.iter().map(|(name, line)| name.as_str().len() + line.len() + 2);
        Self {
            head: start + all.sum::<usize>(),
            signature_fields: bytes(&fields::SIGNATURE_INPUT) + bytes(&fields::SIGNATURE),
            digest_field: bytes(&fields::CONTENT_DIGEST),
            content: content.len(),
        }
    }
}

fn check(work: &WorkCount, size: &Size, request_head: usize) {
    // A field in an unusual form is parsed twice.
    let parsed = 2 * size.signature_fields + size.digest_field;
    assert!(work.bytes_parsed <= parsed, "{work:?}");
    let base = (size.head + request_head + BASE_FRAME).min(BASE_BYTES);
    assert!(work.bytes_hashed <= base + 2 * size.content, "{work:?}");
    assert!(work.components <= COMPONENTS, "{work:?}");
    assert!(work.recoveries <= 1, "{work:?}");
}

/// Runs `operation` with a memory limit. An allocation beyond it ends the process.
fn within_memory<T>(size: &Size, operation: impl FnOnce() -> T) -> T {
    let bytes = size.head + size.content;
    let allowance = bytes * MEMORY_FACTOR + MEMORY_ALLOWANCE;
    ALLOCATOR.set_limit(ALLOCATOR.allocated() + allowance).unwrap();
    let outcome = operation();
    ALLOCATOR.set_limit(usize::MAX).unwrap();
    outcome
}

/// Makes long heads of short texts. `amplify: 200 x` repeats the lines of the field `x`, and
/// `lengthen: 200 x` their values.
fn amplify(headers: &mut HeaderMap) {
    for (order, is_line) in [("lengthen", false), ("amplify", true)] {
        let orders: Vec<_> = headers.get_all(order).iter().cloned().collect();
        headers.remove(order);
        for text in orders.iter().take(4).filter_map(|order| order.to_str().ok()) {
            let Some((count, name)) = text.split_once(' ') else { continue };
            let (Ok(count), Ok(name)) = (count.parse(), name.parse()) else { continue };
            repeat(headers, &name, count, is_line);
        }
    }
}

fn repeat(headers: &mut HeaderMap, name: &http::HeaderName, count: usize, is_line: bool) {
    let lines: Vec<_> = headers.get_all(name).iter().cloned().collect();
    let room = MESSAGE_BYTES.saturating_sub(Size::of(headers, 0, b"").head);
    for line in lines {
        let count = count.min(room / (line.len() + 64)).min(2_000);
        if is_line {
            (0..count).for_each(|_| drop(headers.try_append(name, line.clone())));
        } else if let Ok(longer) = line.as_bytes().repeat(count.max(1)).try_into() {
            headers.insert(name, longer);
        }
    }
}
