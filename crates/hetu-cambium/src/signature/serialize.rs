//! Fast strict serialisation, which every signature needs.

use sfv::{ItemSerializer, KeyRef, RefBareItem};

/// Writes a parameter in the form of RFC 9651 (section 4.1.1.2): `;key="value"`, or `;key` if it is
/// true.
pub(super) fn write_parameter(text: &mut String, key: &KeyRef, value: RefBareItem<'_>) {
    text.push(';');
    text.push_str(key.as_str());
    match value {
        RefBareItem::Boolean(true) => {}
        // Most values are strings without escapes.
        RefBareItem::String(string) if !string.as_str().contains(['"', '\\']) => {
            text.push_str("=\"");
            text.push_str(string.as_str());
            text.push('"');
        }
        value => {
            text.push('=');
            let _ = ItemSerializer::with_buffer(text).bare_item(value);
        }
    }
}
