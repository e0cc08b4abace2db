//! The signature base: the text that is signed (RFC 9421, section 2.5).

use super::error::BaseError;
use super::input::SignatureInput;
use super::message::Message;

/// The beginning of the last line of a base.
const PARAMETERS_LINE: &str = "\"@signature-params\": ";

/// Returns the text that a signature with this input signs: one line for each covered component and
/// a last one, `@signature-params`, that ends without a line feed.
///
/// # Errors
/// [`BaseError`] if the message has no value for a covered component.
pub fn signature_base(input: &SignatureInput, message: &Message<'_>) -> Result<String, BaseError> {
    // The requests of this protocol fit into this capacity, so that the text is rarely moved.
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
