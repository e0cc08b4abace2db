//! Untrusted text of miners, made safe for errors and logs.

/// The maximum bytes of untrusted text in an error. Replies may have megabytes, and errors are
/// kept, logged and shown.
const LONGEST: usize = 512;

/// Returns `text` with control characters escaped, so that it stays in one line, cut to 512 bytes.
pub(crate) fn shortened(text: &str) -> String {
    let mut short = String::new();
    for character in text.chars() {
        // A control character needs up to nine bytes when it is escaped.
        if short.len() + 10 > LONGEST {
            short.push('…');
            break;
        }
        if character.is_control() {
            short.extend(character.escape_default());
        } else {
            short.push(character);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_stays_as_it_is() {
        assert_eq!(shortened("no such service: \"täglich\""), "no such service: \"täglich\"");
    }

    #[test]
    fn long_text_is_cut_and_control_characters_are_escaped() {
        assert!(shortened(&"ä".repeat(1 << 20)).len() <= LONGEST);
        assert!(shortened(&"\u{9f}".repeat(1 << 20)).len() <= LONGEST);
        assert_eq!(shortened("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
    }
}
