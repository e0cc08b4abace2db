//! Reasons of reverted calls.

use alloy_primitives::{U256, hex};

/// Selector of `Error(string)`.
const ERROR: [u8; 4] = hex!("08c379a0");
/// Selector of `Panic(uint256)`.
const PANIC: [u8; 4] = hex!("4e487b71");

/// Returns the reason in revert data, if it is a Solidity reason or panic. A custom error has none:
/// a caller that knows the contract decodes it from the data.
pub(crate) fn reason(data: &[u8]) -> Option<String> {
    let (selector, body) = data.split_first_chunk::<4>()?;
    match *selector {
        ERROR => {
            let offset = word(body, 0)?;
            let length = word(body, offset)?;
            let start = offset.checked_add(32)?;
            let text = body.get(start..start.checked_add(length)?)?;
            Some(String::from_utf8_lossy(text).into_owned())
        }
        PANIC => Some(panic(word(body, 0)?)),
        _ => None,
    }
}

fn word(body: &[u8], at: usize) -> Option<usize> {
    let bytes = body.get(at..at.checked_add(32)?)?;
    U256::from_be_slice(bytes).try_into().ok()
}

fn panic(code: usize) -> String {
    let meaning = match code {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popping on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => return format!("unknown panic code: {code:#x}"),
    };
    meaning.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_read() {
        let data = hex!(
            "08c379a0"
            "0000000000000000000000000000000000000000000000000000000000000020"
            "0000000000000000000000000000000000000000000000000000000000000009"
            "4e4f545f4f574e45520000000000000000000000000000000000000000000000"
        );
        assert_eq!(reason(&data).as_deref(), Some("NOT_OWNER"));
    }

    #[test]
    fn a_panic_is_named() {
        let data = hex!(
            "4e487b71"
            "0000000000000000000000000000000000000000000000000000000000000011"
        );
        assert_eq!(reason(&data).as_deref(), Some("arithmetic underflow or overflow"));
    }

    #[test]
    fn what_is_malformed_or_unknown_has_no_reason() {
        assert_eq!(reason(&[]), None);
        assert_eq!(reason(&hex!("08c379a0")), None);
        assert_eq!(reason(&hex!("12345678")), None);
        let mut endless = hex!("08c379a0").to_vec();
        endless.extend([0xff; 64]);
        assert_eq!(reason(&endless), None);
    }
}
