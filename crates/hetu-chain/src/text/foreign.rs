//! Text of other programs, in messages for people.

use std::fmt;

/// The maximum number of displayed characters of a foreign text.
const LONGEST: usize = 1_000;

/// A text of a node, contract or peer, displayed so that it stays on one line of a log and has no
/// effect on a terminal: control characters and those that change the writing direction are
/// escaped, and only the first 1,000 characters are displayed.
///
/// Displaying an already displayed text does not change it.
///
/// # Examples
///
/// ```
/// use hetu_chain::text::ForeignText;
///
/// let told = "no such method\nWARN all is well\u{1b}[2J";
/// assert_eq!(ForeignText::new(told).to_string(), r"no such method\nWARN all is well\u{1b}[2J");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ForeignText<'text>(&'text str);

impl<'text> ForeignText<'text> {
    /// Marks `text` as foreign.
    pub const fn new(text: &'text str) -> Self {
        Self(text)
    }
}

impl fmt::Display for ForeignText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, character) in self.0.chars().enumerate() {
            if index == LONGEST {
                return fmt::Write::write_char(formatter, '…');
            }
            if is_obeyed(character) {
                write!(formatter, "{}", character.escape_default())?;
            } else {
                fmt::Write::write_char(formatter, character)?;
            }
        }
        Ok(())
    }
}

/// Returns `true` if terminals or line readers interpret the character.
fn is_obeyed(character: char) -> bool {
    let is_format = matches!(
        character,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    character.is_control() || is_format
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn foreign_text_is_one_bounded_line() {
        assert_eq!(ForeignText::new("plain: ü 鍵 \\n").to_string(), "plain: ü 鍵 \\n");
        let obeyed = "a\r\nb\t\u{1b}]52;c;\u{7}\u{9b}2J\u{202e}txt\u{2028}\u{85}";
        let shown = ForeignText::new(obeyed).to_string();
        let expected = r"a\r\nb\t\u{1b}]52;c;\u{7}\u{9b}2J\u{202e}txt\u{2028}\u{85}";
        assert_eq!(shown, expected);
        let long = "x".repeat(1_000_000);
        assert_eq!(ForeignText::new(&long).to_string().chars().count(), LONGEST + 1);
    }

    proptest! {
        #[test]
        fn foreign_text_shown_twice_is_shown_once(text in any::<String>()) {
            let once = ForeignText::new(&text).to_string();
            prop_assert!(!once.contains(is_obeyed));
            prop_assert_eq!(ForeignText::new(&once).to_string(), once);
        }
    }
}
