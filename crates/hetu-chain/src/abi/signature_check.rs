//! `SignatureCheck`: verification of a signature by an account in creation code, which works for
//! any behaviour of the account.

use std::sync::LazyLock;

use ethers_core::abi::AbiEncode;
use ethers_core::types::Bytes;

use super::WrappedSignature;
use super::bytecode::code;
use super::convert::h160;
use crate::Address;

static CODE: LazyLock<Vec<u8>> =
    LazyLock::new(|| code(include_str!("../../abi/SignatureCheck.bytecode.json")));

/// The answer of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureAnswer {
    No,
    Yes,
    /// An account without code, even after the call of its factory.
    NoCode,
}

/// Returns creation code that asks `account` to verify a bare `signature` over `hash`.
pub(crate) fn bare_check(account: Address, hash: [u8; 32], signature: &[u8]) -> Vec<u8> {
    let bare = WrappedSignature {
        factory: Address::ZERO,
        factory_calldata: Vec::new(),
        signature: signature.to_vec(),
    };
    wrapped_check(account, hash, bare)
}

/// Returns creation code that asks `account` to verify a signature over `hash`, and lets its
/// factory create or prepare the account.
pub(crate) fn wrapped_check(
    account: Address,
    hash: [u8; 32],
    wrapped: WrappedSignature,
) -> Vec<u8> {
    let WrappedSignature { factory, factory_calldata, signature } = wrapped;
    let arguments =
        (h160(account), hash, Bytes::from(signature), h160(factory), Bytes::from(factory_calldata));
    [&CODE[..], &AbiEncode::encode(arguments)].concat()
}

/// Decodes the data that the creation code returned, or returns `None` if it has another form.
pub(crate) fn signature_answer(returned: &[u8]) -> Option<SignatureAnswer> {
    match returned {
        [0] => Some(SignatureAnswer::No),
        [1] => Some(SignatureAnswer::Yes),
        [2] => Some(SignatureAnswer::NoCode),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_follow_the_code() {
        let account = Address::new([0xaa; 20]);
        let call = bare_check(account, [0xbb; 32], &[0xcc; 33]);
        assert!(call.starts_with(&CODE) && !CODE.is_empty());
        let words: Vec<_> = call[CODE.len()..].chunks(32).map(hex::encode).collect();
        let number = |value: u16| format!("{value:0>64x}");
        let expected = [
            format!("{:0>64}", "aa".repeat(20)),
            "bb".repeat(32),
            number(0xa0),
            number(0),
            number(0x100),
            number(33),
            "cc".repeat(32),
            format!("{:0<64}", "cc"),
            number(0),
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn an_answer_is_one_byte_of_three() {
        assert_eq!(signature_answer(&[0]), Some(SignatureAnswer::No));
        assert_eq!(signature_answer(&[1]), Some(SignatureAnswer::Yes));
        assert_eq!(signature_answer(&[2]), Some(SignatureAnswer::NoCode));
        let mut word = [0; 32];
        word[31] = 1;
        for other in [&[][..], &[3], &[255], &[1, 1], &[0, 1], &word] {
            assert_eq!(signature_answer(other), None, "{other:?}");
        }
    }
}
