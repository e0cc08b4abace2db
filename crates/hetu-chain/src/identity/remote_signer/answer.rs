//! Answers of signing services, which are verified before use.

use std::error::Error;

use serde::Deserialize;
use serde_json::Value;

use crate::identity::{SignerError, SigningRequest, recover_address};
use crate::rpc::HexBytes;
use crate::text::ForeignError;
use crate::{Address, Signature};

/// Returns the signature in `answer`, if it is one of `request` by `account`.
pub(super) fn signature(
    answer: &Value,
    request: &SigningRequest<'_>,
    account: Address,
) -> Result<Signature, SignerError> {
    let signature = match request {
        SigningRequest::Transaction { transaction, .. } => transaction
            .signature_in(&transaction_bytes(answer)?)
            .ok_or_else(|| wrong("it signed another transaction than it was asked to"))?,
        SigningRequest::PersonalMessage(_) | SigningRequest::Hash(_) => message_signature(answer)?,
    };
    let signer = recover_address(&request.hash(), &signature).map_err(wrong)?;
    if signer == account {
        return Ok(signature);
    }
    Err(wrong(format!("it signed something else, or as {signer} and not as {account}")))
}

/// The answer to a transaction. Nodes return the signed bytes and the transaction as JSON, some
/// gateways only the bytes. Only the bytes prove what was signed.
#[derive(Deserialize)]
#[serde(untagged)]
enum SignedAnswer {
    WithFields { raw: HexBytes },
    Alone(HexBytes),
}

fn transaction_bytes(answer: &Value) -> Result<Vec<u8>, SignerError> {
    match SignedAnswer::deserialize(answer) {
        Ok(SignedAnswer::WithFields { raw } | SignedAnswer::Alone(raw)) => Ok(raw.0),
        Err(_) => Err(wrong("its answer has no bytes of a signed transaction")),
    }
}

fn message_signature(answer: &Value) -> Result<Signature, SignerError> {
    let HexBytes(mut bytes) = HexBytes::deserialize(answer).map_err(wrong)?;
    // Some services return the parity instead of 27 or 28.
    if let Some(recovery @ (0 | 1)) = bytes.last_mut() {
        *recovery += 27;
    }
    Signature::parse(&bytes).map_err(wrong)
}

fn wrong(reason: impl Into<Box<dyn Error + Send + Sync>>) -> SignerError {
    SignerError::WrongAnswer { reason: ForeignError::new(reason) }
}
