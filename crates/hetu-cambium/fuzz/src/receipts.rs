//! Untrusted receipts, compared with those that were signed.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use hetu_cambium::{Erc8128Revision, Receipt, Scheme, VerifiedReceipt};
use http::StatusCode;
use serde_json::Value;

use crate::peers::{Peers, SignedExchange, authority};

/// Untrusted JSON, or a real receipt with changes.
#[derive(Clone, Debug)]
pub enum ReceiptInput<'a> {
    Json(&'a [u8]),
    Edited { receipt: u8, edits: Vec<ReceiptEdit<'a>> },
}

#[derive(Arbitrary, Clone, Debug)]
pub enum ReceiptEdit<'a> {
    /// An insertion of text into one of the texts.
    Insert {
        text: u8,
        at: u8,
        what: &'a str,
    },
    /// A removal of characters from one of the texts.
    Cut {
        text: u8,
        at: u8,
        length: u8,
    },
    /// A replacement of a text by that of another receipt.
    Exchange {
        text: u8,
        receipt: u8,
    },
    /// A change of the case of a letter.
    ChangeCase {
        text: u8,
        at: u8,
    },
    RepeatField {
        of_reply: bool,
        from: u8,
        to: u8,
    },
    DropField {
        of_reply: bool,
        field: u8,
    },
    AddField {
        of_reply: bool,
        name: &'a str,
        value: &'a str,
    },
    DropContent {
        of_reply: bool,
    },
    SetStatus(u16),
}

impl<'a> Arbitrary<'a> for ReceiptInput<'a> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        if bytes.peek_bytes(1) == Some(b"{") {
            return Ok(Self::Json(bytes.bytes(bytes.len())?));
        }
        let receipt = u8::arbitrary(bytes)?;
        let edits = bytes.arbitrary_iter()?.take(8).collect::<Result<_, _>>()?;
        Ok(Self::Edited { receipt, edits })
    }
}

/// A real receipt and its verified contents.
pub struct SignedReceipt {
    pub json: Value,
    proven: VerifiedReceipt,
}

pub fn signed_receipts() -> &'static [SignedReceipt] {
    static SIGNED: LazyLock<Vec<SignedReceipt>> =
        LazyLock::new(|| Peers::get().exchanges.iter().filter_map(keep).collect());
    &SIGNED
}

fn keep(exchange: &SignedExchange) -> Option<SignedReceipt> {
    let revision = exchange.revision?;
    let (request, reply) = (&exchange.request, &exchange.reply);
    let receipt = Receipt::new(request, Scheme::Http, &authority(), StatusCode::OK, reply);
    let receipt = receipt.unwrap().with_contents(&exchange.content, &exchange.reply_content);
    if revision == Erc8128Revision::Earlier {
        // The scheme is not signed, so the receipt proves no target.
        assert!(receipt.verify().is_err());
        return None;
    }
    let proven = receipt.verify().unwrap();
    Some(SignedReceipt { json: serde_json::from_str(&receipt.to_json()).unwrap(), proven })
}

/// Verifies that a receipt proves only signed contents.
pub fn run(input: &ReceiptInput<'_>) {
    let edited;
    let json = match input {
        ReceiptInput::Json(json) => *json,
        ReceiptInput::Edited { receipt, edits } => {
            let mut value = chosen(signed_receipts(), *receipt).json.clone();
            for edit in edits {
                apply(edit, &mut value);
            }
            edited = value.to_string();
            edited.as_bytes()
        }
    };
    let Ok(receipt) = Receipt::from_json(json) else { return };
    let written = receipt.to_json();
    assert_eq!(Receipt::from_json(written.as_bytes()), Ok(receipt.clone()));
    if let Ok(verified) = receipt.verify() {
        let is_signed = signed_receipts().iter().any(|signed| is_same(&verified, signed));
        assert!(is_signed, "the content is not signed: {verified:?}");
    }
}

/// Returns `true` if `verified` holds the signed contents, or a part of them.
fn is_same(verified: &VerifiedReceipt, signed: &SignedReceipt) -> bool {
    let mut verified = verified.clone();
    if verified.request_content.is_none() {
        verified.request_content = signed.proven.request_content.clone();
    }
    if verified.reply_content.is_none() {
        verified.reply_content = signed.proven.reply_content.clone();
    }
    verified == signed.proven
}

fn chosen<T>(of: &[T], number: u8) -> &T {
    &of[usize::from(number) % of.len()]
}

fn message(value: &mut Value, of_reply: bool) -> &mut Value {
    &mut value[if of_reply { "reply" } else { "request" }]
}

/// Returns every text of a receipt, in order.
fn texts(value: &mut Value) -> Vec<&mut String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter_mut().flat_map(texts).collect(),
        Value::Object(members) => members.values_mut().flat_map(texts).collect(),
        _ => vec![],
    }
}

fn with_text(value: &mut Value, number: u8, change: impl FnOnce(&mut String)) {
    let mut texts = texts(value);
    if !texts.is_empty() {
        let number = usize::from(number) % texts.len();
        change(texts[number]);
    }
}

/// Returns a position in `text`, among the first 255 bytes.
fn place(text: &str, at: u8) -> usize {
    let at = usize::from(at) % (text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn apply(edit: &ReceiptEdit<'_>, value: &mut Value) {
    match edit {
        ReceiptEdit::Insert { text, at, what } => with_text(value, *text, |text| {
            text.insert_str(place(text, *at), what);
        }),
        ReceiptEdit::Cut { text, at, length } => with_text(value, *text, |text| {
            let start = place(text, *at);
            let end = start + place(&text[start..], *length);
            text.replace_range(start..end, "");
        }),
        ReceiptEdit::Exchange { text, receipt } => {
            let mut other = chosen(signed_receipts(), *receipt).json.clone();
            with_text(&mut other, *text, |other| {
                with_text(value, *text, |text| text.clone_from(other));
            });
        }
        ReceiptEdit::ChangeCase { text, at } => with_text(value, *text, |text| {
            let (before, after) = text.split_at(place(text, *at));
            let changed = |letter: char| match letter.is_ascii_uppercase() {
                true => letter.to_ascii_lowercase(),
                false => letter.to_ascii_uppercase(),
            };
            let mut after = after.chars();
            *text = format!(
                "{before}{}",
                after.next().map(changed).into_iter().chain(after).collect::<String>()
            );
        }),
        ReceiptEdit::RepeatField { of_reply, from, to } => {
            let Value::Array(fields) = &mut message(value, *of_reply)["fields"] else { return };
            if !fields.is_empty() {
                let field = chosen(fields, *from).clone();
                fields.insert(usize::from(*to) % (fields.len() + 1), field);
            }
        }
        ReceiptEdit::DropField { of_reply, field } => {
            let Value::Array(fields) = &mut message(value, *of_reply)["fields"] else { return };
            if !fields.is_empty() {
                fields.remove(usize::from(*field) % fields.len());
            }
        }
        ReceiptEdit::AddField { of_reply, name, value: line } => {
            let Value::Array(fields) = &mut message(value, *of_reply)["fields"] else { return };
            fields.push(serde_json::json!([name, line]));
        }
        ReceiptEdit::DropContent { of_reply } => {
            if let Some(members) = message(value, *of_reply).as_object_mut() {
                members.remove("content");
            }
        }
        ReceiptEdit::SetStatus(status) => value["reply"]["status"] = (*status).into(),
    }
}
