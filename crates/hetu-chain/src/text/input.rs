//! Text from files, standard input and the environment, in the encodings of editors and shells of
//! all systems.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// The byte order mark, which some editors put before UTF-8.
const MARK: char = '\u{feff}';

/// Returns `text` without a leading byte order mark.
///
/// Marks at other positions are part of the text and stay.
///
/// # Examples
///
/// ```
/// use hetu_chain::text::without_mark;
///
/// assert_eq!(without_mark("\u{feff}correct horse"), "correct horse");
/// ```
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Returns `bytes` as text, without a leading byte order mark. The bytes are not copied, so that
/// secrets stay in one place.
///
/// # Errors
/// [`InvalidText`] for any encoding other than UTF-8.
///
/// # Examples
///
/// ```
/// use hetu_chain::text::{InvalidText, decode_text};
///
/// assert_eq!(decode_text(b"\xef\xbb\xbfcorrect horse"), Ok("correct horse"));
/// assert_eq!(decode_text(b"\xff\xfeh\0i\0"), Err(InvalidText::OtherEncoding));
/// ```
pub fn decode_text(bytes: &[u8]) -> Result<&str, InvalidText> {
    if is_wide(bytes) {
        return Err(InvalidText::OtherEncoding);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| InvalidText::Utf8 { offset: error.valid_up_to() })?;
    Ok(without_mark(text))
}

/// Reads a text of at most `limit` bytes, without a leading byte order mark.
///
/// The text is erased when it is dropped, because it may be a password.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] for a longer text, [`io::ErrorKind::InvalidData`] with an
/// [`InvalidText`] for any encoding other than UTF-8, and the errors of `source`.
pub fn read_text(source: impl Read, limit: u64) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    read_bounded(source, limit, &mut bytes)?;
    let text = decode_text(&bytes)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Fills `bytes` piece by piece. A vector that grows by itself leaves copies of secrets in memory.
fn read_bounded(
    mut source: impl Read,
    limit: u64,
    bytes: &mut Zeroizing<Vec<u8>>,
) -> io::Result<()> {
    let mut piece = Zeroizing::new([0; 4_096]);
    loop {
        let count = match source.read(&mut *piece) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let length = bytes.len() + count;
        if length as u64 > limit {
            let reason = format!("longer than {limit} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        if length > bytes.capacity() {
            let mut grown = Zeroizing::new(Vec::with_capacity(2 * length));
            grown.extend_from_slice(bytes);
            *bytes = grown;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

/// Returns `true` for UTF-16 and UTF-32, with and without byte order mark: all configuration begins
/// with ASCII, and in UTF-16 every second byte of ASCII is zero.
fn is_wide(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.get(..2).is_some_and(|first| first.contains(&0))
}

/// The reason for which bytes are not valid text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidText {
    /// A text in UTF-16 or UTF-32.
    #[error("the text is in UTF-16 or UTF-32: save it in UTF-8")]
    OtherEncoding,
    /// Bytes that are not UTF-8.
    #[error("the text is not in UTF-8: byte {offset} is no character")]
    Utf8 {
        /// The number of leading bytes that are valid.
        offset: usize,
    },
}

impl From<InvalidText> for io::Error {
    fn from(invalid: InvalidText) -> Self {
        Self::new(io::ErrorKind::InvalidData, invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_mark_in_front_is_ignored_and_others_stay() {
        assert_eq!(decode_text(b"\xef\xbb\xbf"), Ok(""));
        assert_eq!(decode_text("\u{feff}a\u{feff}b".as_bytes()), Ok("a\u{feff}b"));
        assert_eq!(decode_text("\u{feff}\u{feff}a".as_bytes()), Ok("\u{feff}a"));
        assert_eq!(decode_text("鍵".as_bytes()), Ok("鍵"));
        assert_eq!(*read_text(&b"\xef\xbb\xbfkey\n"[..], 7).unwrap(), "key\n");
    }

    #[test]
    fn text_in_other_encoding_is_refused() {
        for bytes in [
            &b"\xff\xfeh\0i\0"[..],
            b"\xfe\xff\0h\0i",
            b"h\0i\0",
            b"\0h\0i",
            b"\xff\xfe\0\0h\0\0\0",
            b"\0\0\xfe\xff\0\0\0h",
        ] {
            assert_eq!(decode_text(bytes), Err(InvalidText::OtherEncoding), "{bytes:?}");
        }
        assert_eq!(decode_text(b"caf\xe9"), Err(InvalidText::Utf8 { offset: 3 }));
        let error = read_text(&b"\xff\xfe"[..], 9).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("UTF-16"), "{error}");
    }

    #[test]
    fn text_above_limit_is_refused() {
        let long = "x".repeat(10_000);
        assert_eq!(*read_text(long.as_bytes(), 10_000).unwrap(), long);
        let error = read_text(long.as_bytes(), 9_999).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
