//! The reason of a revert in the text of a node, for nodes that do not return the contract's own
//! bytes.

use super::revert::{Revert, decode_revert};

/// The words before the reason in lower case, those of single nodes first.
const INTRODUCTIONS: &[&str] = &[
    "reverted with reason string",
    "reverted with custom error",
    "reverted with panic code",
    "reverted with an unrecognized custom error (return data:",
    "revert reason=[",
    "revert reason:",
    "execution reverted:",
    "transaction reverted:",
    "execution reverted",
    "reverted:",
    "revert:",
    "reverted",
    "revert ",
    "revert",
];
/// Words between the introduction and the reason.
const PREFIXES: &[&str] =
    &["revert:", "revert reason:", "custom error", "error(", "reverted", "panic:"];
/// The complete rest of messages without a reason.
const NO_REASON: &[&str] = &["evmerror: revert", "without a reason", "revert", "0x", "none"];

/// Returns the revert of a contract, if an error with this data and message is one.
///
/// The data takes precedence over the message, unless no known contract defines it.
pub(crate) fn revert_of(data: Option<&[u8]>, message: &str) -> Option<Revert> {
    let by_data = data.map(decode_revert);
    match by_data {
        Some(Revert::Unknown(bytes)) if bytes.is_empty() => {
            Some(revert_in_words(message).unwrap_or(Revert::Unknown(bytes)))
        }
        Some(revert) => Some(revert),
        None => revert_in_words(message),
    }
}

/// Returns the revert that a message reports, without a reason if it contains none.
fn revert_in_words(message: &str) -> Option<Revert> {
    // The length equals that of the message, so that positions apply to both.
    let lower = message.to_ascii_lowercase();
    let (start, introduction) =
        INTRODUCTIONS.iter().find_map(|words| lower.find(words).map(|start| (start, *words)))?;
    let rest = message.get(start + introduction.len()..).unwrap_or_default();
    // The bracket that the introduction opened.
    let rest =
        if introduction.ends_with('[') { rest.split(']').next().unwrap_or(rest) } else { rest };
    let reason = without_prefixes(trimmed(rest));
    if let Some(revert) = encoded(reason).or_else(|| panic_code(introduction, rest)) {
        return Some(revert);
    }
    if reason.is_empty() || NO_REASON.contains(&reason.to_ascii_lowercase().as_str()) {
        return Some(Revert::Unknown(Vec::new()));
    }
    let call = reason.strip_suffix(')').and_then(|call| call.split_once('('));
    Some(match call.filter(|_| lower.contains("custom error")) {
        Some((name, arguments)) => {
            let arguments = arguments.split(',').map(str::trim).filter(|text| !text.is_empty());
            Revert::Custom { name: name.to_owned(), arguments: arguments.map(Into::into).collect() }
        }
        _ => Revert::Reason(reason.to_owned()),
    })
}

fn without_prefixes(mut reason: &str) -> &str {
    while let Some(prefix) = PREFIXES.iter().find(|prefix| begins_with(reason, prefix)) {
        let rest = reason.get(prefix.len()..).unwrap_or_default();
        // The parenthesis that the prefix opened.
        let rest =
            if prefix.ends_with('(') { rest.split(')').next().unwrap_or(rest) } else { rest };
        reason = trimmed(rest);
    }
    reason
}

fn begins_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

fn trimmed(text: &str) -> &str {
    let text = text.trim_matches([' ', ':']);
    let quoted = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote).and_then(|text| text.strip_suffix(*quote)));
    quoted.unwrap_or(text)
}

/// Returns the bytes of the contract within the message.
fn encoded(reason: &str) -> Option<Revert> {
    let digits = reason.strip_prefix("0x")?;
    let end = digits.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(digits.len());
    let bytes = hex::decode(&digits[..end]).ok().filter(|bytes| bytes.len() >= 4)?;
    Some(decode_revert(&bytes))
}

/// Returns the code of a failed assertion, such as in
/// `panic: arithmetic underflow or overflow (0x11)`.
fn panic_code(introduction: &str, rest: &str) -> Option<Revert> {
    let is_panic =
        introduction.ends_with("panic code") || rest.to_ascii_lowercase().contains("panic");
    let (_, digits) = rest.split_once("0x").filter(|_| is_panic)?;
    let end = digits.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(digits.len());
    u64::from_str_radix(&digits[..end], 16).ok().map(Revert::Panic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_in_words_of_nodes_is_read() {
        for message in [
            "execution reverted: INSUFFICIENT_STAKE",
            "Execution reverted: INSUFFICIENT_STAKE",
            "Internal JSON-RPC error.: execution reverted: INSUFFICIENT_STAKE",
            "execution reverted: revert: INSUFFICIENT_STAKE",
            "revert: INSUFFICIENT_STAKE",
            "Reverted INSUFFICIENT_STAKE",
            "VM Exception while processing transaction: revert INSUFFICIENT_STAKE",
            "VM Exception while processing transaction: reverted with reason string \
             'INSUFFICIENT_STAKE'",
            "VM execution error.: revert: INSUFFICIENT_STAKE",
            "message execution failed (exit=[33], revert reason=[Error(INSUFFICIENT_STAKE)], vm \
             error=[33])",
            "execution reverted: \"INSUFFICIENT_STAKE\"",
        ] {
            let revert = revert_of(None, message);
            assert_eq!(revert, Some(Revert::Reason("INSUFFICIENT_STAKE".into())), "{message}");
        }
        let long = "execution reverted: ERC20: transfer amount exceeds balance";
        let reason = Revert::Reason("ERC20: transfer amount exceeds balance".into());
        assert_eq!(revert_of(Some(&[]), long), Some(reason));
    }

    #[test]
    fn custom_error_and_panic_in_words_are_read() {
        let custom = "reverted with custom error 'NotRegistered(7, 0x12)'";
        let expected = Revert::Custom {
            name: "NotRegistered".into(),
            arguments: vec!["7".into(), "0x12".into()],
        };
        assert_eq!(revert_of(None, custom), Some(expected));
        for message in [
            "reverted with panic code 0x11 (Arithmetic operation overflowed)",
            "execution reverted: panic: arithmetic underflow or overflow (0x11)",
        ] {
            assert_eq!(revert_of(None, message), Some(Revert::Panic(0x11)), "{message}");
        }
    }

    #[test]
    fn refusal_without_reason_has_none() {
        for message in [
            "execution reverted",
            "execution reverted: EvmError: Revert",
            "Transaction reverted without a reason",
            "VM Exception while processing transaction: revert",
            "Reverted 0x",
            "reverted with reason string ''",
        ] {
            assert_eq!(revert_of(None, message), Some(Revert::Unknown(Vec::new())), "{message}");
        }
        assert_eq!(revert_of(None, "header not found"), None);
        assert_eq!(revert_of(Some(&[1, 2]), "no"), Some(Revert::Unknown(vec![1, 2])));
    }

    #[test]
    fn bytes_in_words_count_as_data() {
        let reason = "0x08c379a0\
            0000000000000000000000000000000000000000000000000000000000000020\
            0000000000000000000000000000000000000000000000000000000000000002\
            4e4f000000000000000000000000000000000000000000000000000000000000";
        for message in [
            format!("execution reverted: {reason}"),
            format!("message execution failed: exit 33, revert reason: {reason}, vm error: none"),
            format!("Reverted {reason}"),
            format!("execution reverted: custom error 0x08c379a0: {}", &reason[10..]),
        ] {
            let revert = revert_of(None, &message).unwrap();
            let is_bytes = matches!(&revert, Revert::Unknown(bytes) if bytes.len() == 4);
            assert!(revert.is_reason("NO") || is_bytes, "{message}: {revert}");
        }
    }
}
