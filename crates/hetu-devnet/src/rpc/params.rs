//! Parameters with more than one accepted format.

use alloy_primitives::U256;
use serde::Deserialize;

use super::error::{RpcResult, invalid_params};

/// A count or a time, as a JSON number or as hexadecimal or decimal digits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Quantity(U256);

impl Quantity {
    pub(crate) fn to_u64(self) -> RpcResult<u64> {
        let too_large = || invalid_params(format!("{} is too large: use less than 2^64", self.0));
        self.0.try_into().map_err(|_| too_large())
    }
}

/// The parameter of `evm_mine`: the time of the block, or an object with more options.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum MineOptions {
    Timestamp(Quantity),
    Object { timestamp: Option<Quantity>, blocks: Option<Quantity> },
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn quantities_are_numbers_or_digits() {
        for value in [json!(16), json!("0x10"), json!("16")] {
            let quantity: Quantity = from_value(value).unwrap();
            assert_eq!(quantity.to_u64().unwrap(), 16);
        }
        let huge: Quantity = from_value(json!("0x10000000000000000")).unwrap();
        assert!(huge.to_u64().is_err());
        assert!(from_value::<Quantity>(json!(-1)).is_err());
    }

    #[test]
    fn mine_options_have_two_forms() {
        let time: MineOptions = from_value(json!("0x3")).unwrap();
        assert!(matches!(time, MineOptions::Timestamp(_)));
        let object: MineOptions = from_value(json!({"blocks": 3})).unwrap();
        assert!(matches!(object, MineOptions::Object { timestamp: None, blocks: Some(_) }));
    }
}
