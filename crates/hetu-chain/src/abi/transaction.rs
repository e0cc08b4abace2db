//! Encodings of transactions that are signed and sent.

use ethers_core::types::transaction::eip1559::Eip1559TransactionRequest;
use ethers_core::types::transaction::eip2718::TypedTransaction;
use ethers_core::types::{Signature as EthersSignature, TransactionRequest, U256};
use ethers_core::utils::rlp::Rlp;

use super::convert::{address, amount, h160, u256};
use crate::identity::{Fees, SigningRequest, UnsignedTransaction};
use crate::{Amount, ChainId, Signature};

/// The type of EIP-1559 transactions (EIP-2718).
const EIP_1559: u8 = 2;

impl UnsignedTransaction {
    /// Decodes signed bytes, of the types that this crate creates.
    pub(crate) fn of_signed(bytes: &[u8]) -> Option<Self> {
        let (decoded, _) = TypedTransaction::decode_signed(&Rlp::new(bytes)).ok()?;
        let fees = match &decoded {
            TypedTransaction::Legacy(legacy) => {
                Fees::Legacy { gas_price: price(legacy.gas_price)? }
            }
            TypedTransaction::Eip1559(dynamic) => Fees::Dynamic {
                max_fee: price(dynamic.max_fee_per_gas)?,
                tip: price(dynamic.max_priority_fee_per_gas)?,
            },
            TypedTransaction::Eip2930(_) => return None,
        };
        Some(Self {
            chain_id: ChainId::new(decoded.chain_id()?.as_u64()),
            nonce: u64::try_from(*decoded.nonce()?).ok()?,
            to: decoded.to_addr().copied().map(address),
            value: decoded.value().copied().map_or(Amount::ZERO, amount),
            data: decoded.data().map(|data| data.to_vec()).unwrap_or_default(),
            gas: u64::try_from(*decoded.gas()?).ok()?,
            fees,
        })
    }

    /// Returns the request to the signer.
    pub(crate) fn request(&self) -> SigningRequest<'_> {
        SigningRequest::Transaction { transaction: self, hash: self.hash() }
    }

    /// Returns the signature in `signed`, if these are the bytes of this transaction with a
    /// signature.
    pub(crate) fn signature_in(&self, signed: &[u8]) -> Option<Signature> {
        // Only r and s are read; the other values of a remote signer are not interpreted.
        let list = match self.fees {
            Fees::Dynamic { .. } => signed.strip_prefix(&[EIP_1559])?,
            Fees::Legacy { .. } => signed,
        };
        let list = Rlp::new(list);
        let last = list.item_count().ok()?.checked_sub(1)?;
        let r: U256 = list.val_at(last.checked_sub(1)?).ok()?;
        let s: U256 = list.val_at(last).ok()?;
        let mut bytes = [0; 65];
        r.to_big_endian(&mut bytes[..32]);
        s.to_big_endian(&mut bytes[32..64]);
        // Only encoding again proves that the signed bytes are this transaction, without trailing
        // bytes.
        [27, 28].into_iter().find_map(|recovery| {
            bytes[64] = recovery;
            let signature = Signature::parse(&bytes).ok()?;
            (self.signed(&signature) == signed).then_some(signature)
        })
    }

    /// Returns the hash to sign.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.typed().sighash().0
    }

    /// Returns the bytes to send.
    pub(crate) fn signed(&self, signature: &Signature) -> Vec<u8> {
        let parity = u64::from(signature.is_y_odd());
        let v = match self.fees {
            // EIP-155 folds the chain into the recovery byte of legacy transactions.
            // EIP-2294 bounds chain ids so that this never saturates.
            Fees::Legacy { .. } => {
                self.chain_id.get().saturating_mul(2).saturating_add(35 + parity)
            }
            Fees::Dynamic { .. } => parity,
        };
        let signature = EthersSignature {
            r: U256::from_big_endian(&signature.r()),
            s: U256::from_big_endian(&signature.s()),
            v,
        };
        self.typed().rlp_signed(&signature).to_vec()
    }

    fn typed(&self) -> TypedTransaction {
        let mut transaction: TypedTransaction = match self.fees {
            Fees::Dynamic { max_fee, tip } => Eip1559TransactionRequest::new()
                .max_fee_per_gas(max_fee)
                .max_priority_fee_per_gas(tip)
                .into(),
            Fees::Legacy { gas_price } => TransactionRequest::new().gas_price(gas_price).into(),
        };
        transaction.set_chain_id(self.chain_id.get());
        transaction.set_nonce(self.nonce);
        transaction.set_value(u256(self.value));
        transaction.set_data(self.data.clone().into());
        transaction.set_gas(self.gas);
        if let Some(to) = self.to {
            transaction.set_to(h160(to));
        }
        transaction
    }
}

fn price(wei: Option<U256>) -> Option<u64> {
    u64::try_from(wei?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Amount, ChainId, Wallet};

    // The worked example of EIP-155.
    #[test]
    fn a_legacy_transaction_is_that_of_eip_155() {
        let wallet: Wallet = "46".repeat(32).parse().unwrap();
        let transaction = UnsignedTransaction {
            chain_id: ChainId::new(1),
            nonce: 9,
            to: Some(Address::new([0x35; 20])),
            value: Amount::from_hetu(1),
            data: Vec::new(),
            gas: 21_000,
            fees: Fees::Legacy { gas_price: 20_000_000_000 },
        };
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

    /// Returns the creation of a contract, and a call at a legacy price.
    fn transactions() -> (UnsignedTransaction, UnsignedTransaction) {
        let creation = UnsignedTransaction {
            chain_id: ChainId::new(31_337),
            nonce: 0,
            to: None,
            value: Amount::ZERO,
            data: vec![1, 2, 3],
            gas: 100_000,
            fees: Fees::Dynamic { max_fee: 7, tip: 1 },
        };
        let call = UnsignedTransaction {
            to: Some(Address::new([1; 20])),
            fees: Fees::Legacy { gas_price: 3 },
            ..creation.clone()
        };
        (creation, call)
    }

    #[test]
    fn the_signature_is_found_in_the_bytes_of_the_same_transaction_only() {
        let wallet: Wallet = "46".repeat(32).parse().unwrap();
        let (creation, call) = transactions();
        let signed = [&creation, &call].map(|transaction| {
            let signature = wallet.sign_hash_sync(&transaction.hash());
            let signed = transaction.signed(&signature);
            assert_eq!(transaction.signature_in(&signed), Some(signature));
            assert_eq!(transaction.signature_in(&signed[..signed.len() - 1]), None);
            assert_eq!(transaction.signature_in(&[&signed[..], &[0]].concat()), None);
            for position in 0..signed.len() {
                let mut damaged = signed.clone();
                damaged[position] ^= 1;
                assert_ne!(transaction.signature_in(&damaged), Some(signature));
            }
            signed
        });
        assert_eq!(creation.signature_in(&signed[1]), None);
        assert_eq!(call.signature_in(&signed[0]), None);
        let other = UnsignedTransaction { nonce: 1, ..call };
        assert_eq!(other.signature_in(&signed[1]), None);
        for bytes in [&[][..], &[0x02], &[0xc0], &[0xff; 70]] {
            assert_eq!(creation.signature_in(bytes), None);
        }
    }

    #[test]
    fn signed_bytes_are_read_back_and_others_are_not() {
        let wallet: Wallet = "46".repeat(32).parse().unwrap();
        let (creation, call) = transactions();
        for transaction in [creation, call] {
            let signed = transaction.signed(&wallet.sign_hash_sync(&transaction.hash()));
            assert_eq!(UnsignedTransaction::of_signed(&signed), Some(transaction));
            assert_eq!(UnsignedTransaction::of_signed(&signed[..signed.len() - 1]), None);
        }
        assert_eq!(UnsignedTransaction::of_signed(&[]), None);
        assert_eq!(UnsignedTransaction::of_signed(&[0x02]), None);
    }
}
