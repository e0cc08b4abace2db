//! Tokens and permits.

use serde::{Deserialize, Serialize};

use crate::primitives::keccak256;
use crate::{Address, Amount, ChainId, NetUid, Signature};

/// What an ERC-20 token calls itself: free text, but for the decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenLabel {
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// How many digits of an amount stand behind the point.
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
    /// How much of it there is.
    pub total_supply: Amount,
    /// The subnet.
    pub netuid: NetUid,
    /// Who could mint it at first: the SubnetManager.
    pub first_minter: Address,
    /// When it was created, in seconds since 1970.
    pub created_at: u64,
}

/// An allowance given by signature (ERC-2612): whoever has it can put it on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permit {
    /// Who holds the WHETU.
    pub owner: Address,
    /// Who may move it.
    pub spender: Address,
    /// How much.
    pub value: Amount,
    /// Until when the permit can be put on the chain, in seconds since 1970.
    pub deadline: u64,
    /// The owner's signature.
    pub signature: Signature,
}

/// What a permit says, before it is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermitText {
    pub(crate) owner: Address,
    pub(crate) spender: Address,
    pub(crate) value: Amount,
    pub(crate) nonce: u64,
    pub(crate) deadline: u64,
}

impl PermitText {
    /// What the owner signs (EIP-712). The domain is made here and not asked of a node, which
    /// could otherwise obtain signatures for other tokens.
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
