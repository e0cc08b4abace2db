//! The signature base: the text that is signed (RFC 9421, section 2.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hetu_chain::{Signature, Signer, SignerError, SigningRequest};
use http::HeaderValue;

use super::error::BaseError;
use super::input::SignatureInput;
use super::message::Message;

/// The label of our signatures. Labels carry no meaning (RFC 9421, section 7.2.5).
const LABEL: &str = "hetu";

/// What the last line of a base begins with.
const PARAMETERS_LINE: &str = "\"@signature-params\": ";

/// The text that a signature with this input is over: one line for each covered component and a
/// last one, `@signature-params`, that ends without a line feed.
///
/// # Errors
/// [`BaseError`] if the message has no value for a covered component.
pub fn signature_base(input: &SignatureInput, message: &Message<'_>) -> Result<String, BaseError> {
    // Long enough for the requests of this protocol, so that the text is seldom moved.
    let mut base = String::with_capacity(1_024);
    for component in input.components() {
        let value = message.value(component)?;
        component.write(&mut base);
        base.push_str(": ");
        base.push_str(&value);
        base.push('\n');
    }
    base.push_str(PARAMETERS_LINE);
    input.write(&mut base);
    Ok(base)
}

/// Signs `base` as wallets sign messages (ERC-191, version 0x45).
pub(crate) async fn sign_base(signer: &dyn Signer, base: &str) -> Result<Signature, SignerError> {
    signer.sign(SigningRequest::PersonalMessage(base.as_bytes())).await
}

/// The fields `Signature-Input` and `Signature` for one signature over `base`, whose last line has
/// the input already.
pub(crate) fn signature_fields(base: &str, signature: &[u8]) -> (HeaderValue, HeaderValue) {
    let line = base.rsplit('\n').next().unwrap_or_default();
    let input = line.strip_prefix(PARAMETERS_LINE).unwrap_or_default();
    let input = [LABEL, "=", input].concat();
    let signature = [LABEL, "=:", &STANDARD.encode(signature), ":"].concat();
    #[expect(clippy::expect_used, reason = "structured fields are visible ASCII")]
    let value = |text: String| HeaderValue::try_from(text).expect("a field value");
    (value(input), value(signature))
}
