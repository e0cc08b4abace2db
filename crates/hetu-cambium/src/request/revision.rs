//! Supported revisions of ERC-8128.

use hetu_chain::ChainId;

use crate::AccountId;
use crate::account::{parse_decimal, parse_wire_address};

/// A revision of ERC-8128. The standard is a draft, and its revisions are incompatible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Erc8128Revision {
    /// The newest one, commit `0f738bf` of `slice-so/ERCs`: the account is a CAIP-10 id, the tag
    /// identifies the kind of signature, and the whole target is covered.
    #[default]
    Newest,
    /// The previous one, commit `0a15bd5`, which published libraries support: the account is
    /// `erc8128:<chain id>:<address>`, and neither scheme nor `Content-Type` must be covered.
    Earlier,
}

/// The prefix of chain and address in a `keyid` of the earlier revision.
pub(super) const EARLIER_PREFIX: &str = "erc8128:";

impl Erc8128Revision {
    /// Returns the `keyid` that names `account`.
    pub(super) fn keyid(self, account: AccountId) -> String {
        match self {
            Self::Newest => account.to_string(),
            Self::Earlier => {
                format!("{EARLIER_PREFIX}{}:{}", account.chain, account.address.to_lower_hex())
            }
        }
    }

    /// Returns the account that `keyid` names.
    pub(super) fn account(self, keyid: &str) -> Option<AccountId> {
        match self {
            Self::Newest => keyid.parse().ok(),
            Self::Earlier => {
                let (chain, address) = keyid.strip_prefix(EARLIER_PREFIX)?.split_once(':')?;
                let address = parse_wire_address(address)?;
                Some(AccountId::new(ChainId::new(parse_decimal(chain)?), address))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::Address;

    use super::*;

    #[test]
    fn each_revision_reads_its_own_accounts() {
        let address: Address = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf".parse().unwrap();
        let account = AccountId::new(ChainId::new(1), address);
        for revision in [Erc8128Revision::Newest, Erc8128Revision::Earlier] {
            assert_eq!(revision.account(&revision.keyid(account)), Some(account));
        }
        let earlier = Erc8128Revision::Earlier;
        let mixed = "erc8128:1:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
        assert_eq!(earlier.account(mixed), Some(account));
        for keyid in [
            "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "erc8128:01:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "erc8128:1:7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "erc8128:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf00",
            "erc8128:1",
            // A wrong checksum, and capitals only.
            "erc8128:1:0x7E5F4552091a69125d5DfCb7b8C2659029395Bdf",
            "erc8128:1:0x7E5F4552091A69125D5DFCB7B8C2659029395BDF",
        ] {
            assert_eq!(earlier.account(keyid), None, "{keyid}");
        }
        assert_eq!(Erc8128Revision::Newest.account(&earlier.keyid(account)), None);
    }
}
