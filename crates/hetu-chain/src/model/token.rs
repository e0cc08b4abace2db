//! Tokens and permits.

use serde::{Deserialize, Serialize};

use crate::primitives::keccak256;
use crate::{Address, Amount, ChainId, NetUid, Signature};

/// The name, symbol and decimals of an ERC-20 token. The name and the symbol are free text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenLabel {
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// The number of decimals of an amount.
    pub decimals: u8,
}

/// The token of a subnet (`AlphaToken.getTokenInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlphaTokenInfo {
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// The total supply.
    pub total_supply: Amount,
    /// The subnet.
    pub netuid: NetUid,
    /// The first account that could mint it: the SubnetManager.
    pub first_minter: Address,
    /// The time of its creation, in seconds since 1970.
    pub created_at: u64,
}

/// An allowance that is given by signature (ERC-2612). Any account that has it can submit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permit {
    /// The holder of the WHETU.
    pub owner: Address,
    /// The account that may transfer it.
    pub spender: Address,
    /// The amount.
    pub value: Amount,
    /// The time until which the permit can be submitted, in seconds since 1970.
    pub deadline: u64,
    /// The owner's signature.
    pub signature: Signature,
}

/// The content of a permit, before it is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermitText {
    pub(crate) owner: Address,
    pub(crate) spender: Address,
    pub(crate) value: Amount,
    pub(crate) nonce: u64,
    pub(crate) deadline: u64,
}

impl PermitText {
    /// Returns the hash that the owner signs (EIP-712). The domain is computed here: a node that
    /// provided it could obtain signatures for other tokens.
    pub(crate) fn hash(&self, chain: ChainId, whetu: Address) -> [u8; 32] {
        let domain = keccak256(
            [
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,\
                     address verifyingContract)",
                ),
                keccak256("Wrapped HETU"),
                keccak256("1"),
                number(chain.get()),
                word(whetu),
            ]
            .concat(),
        );
        let content = keccak256(
            [
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,\
                     uint256 deadline)",
                ),
                word(self.owner),
                word(self.spender),
                self.value.to_be_bytes(),
                number(self.nonce),
                number(self.deadline),
            ]
            .concat(),
        );
        keccak256([&[0x19, 0x01][..], &domain, &content].concat())
    }
}

fn word(address: Address) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.as_bytes());
    word
}

fn number(number: u64) -> [u8; 32] {
    Amount::from_wei(number.into()).to_be_bytes()
}
