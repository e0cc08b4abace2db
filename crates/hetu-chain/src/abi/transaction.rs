//! Transactions as the bytes that are signed and sent.

use ethers_core::types::transaction::eip1559::Eip1559TransactionRequest;
use ethers_core::types::transaction::eip2718::TypedTransaction;
use ethers_core::types::{Signature as EthersSignature, TransactionRequest, U256};

use super::convert::{h160, u256};
use crate::{Address, Amount, ChainId, Signature};

/// What a transaction pays for a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fees {
    /// EIP-1559: at most `max_fee`, of which at most `tip` goes to the block's maker.
    Dynamic { max_fee: u64, tip: u64 },
    /// One price, for chains without a base fee.
    Legacy { gas_price: u64 },
}

/// A transaction that is complete but for its signature.
#[derive(Clone, Debug)]
pub(crate) struct UnsignedTransaction(TypedTransaction);

impl UnsignedTransaction {
    pub(crate) fn new(
        chain_id: ChainId,
        nonce: u64,
        to: Option<Address>,
        value: Amount,
        data: Vec<u8>,
        gas: u64,
        fees: Fees,
    ) -> Self {
        let mut transaction: TypedTransaction = match fees {
            Fees::Dynamic { max_fee, tip } => Eip1559TransactionRequest::new()
                .chain_id(chain_id.get())
                .nonce(nonce)
                .value(u256(value))
                .data(data)
                .gas(gas)
                .max_fee_per_gas(max_fee)
                .max_priority_fee_per_gas(tip)
                .into(),
            Fees::Legacy { gas_price } => TransactionRequest::new()
                .chain_id(chain_id.get())
                .nonce(nonce)
                .value(u256(value))
                .data(data)
                .gas(gas)
                .gas_price(gas_price)
                .into(),
        };
        if let Some(to) = to {
            transaction.set_to(h160(to));
        }
        Self(transaction)
    }

    /// The hash to sign.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.0.sighash().0
    }

    /// The bytes to send.
    pub(crate) fn signed(&self, signature: &Signature) -> Vec<u8> {
        let parity = u64::from(signature.is_y_odd());
        let v = match (&self.0, self.0.chain_id()) {
            // EIP-155 folds the chain into the recovery byte of legacy transactions.
            (TypedTransaction::Legacy(_), Some(chain_id)) => chain_id.as_u64() * 2 + 35 + parity,
            _ => parity,
        };
        let signature = EthersSignature {
            r: U256::from_big_endian(&signature.r()),
            s: U256::from_big_endian(&signature.s()),
            v,
        };
        self.0.rlp_signed(&signature).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Wallet;

    // The worked example of EIP-155.
    #[test]
    fn a_legacy_transaction_is_that_of_eip_155() {
        let wallet: Wallet = "46".repeat(32).parse().unwrap();
        let transaction = UnsignedTransaction::new(
            ChainId::new(1),
            9,
            Some(Address::new([0x35; 20])),
            Amount::from_hetu(1),
            Vec::new(),
            21_000,
            Fees::Legacy { gas_price: 20_000_000_000 },
        );
        assert_eq!(
            hex::encode(transaction.hash()),
            "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
        );
        let signed = transaction.signed(&wallet.sign_hash_sync(&transaction.hash()));
        assert_eq!(
            hex::encode(signed),
            "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000\
             8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f\
             761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
        );
    }
}
