//! Reading lines of unknown length from programs.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// Maximum length of a line excerpt in the log, in bytes.
const EXCERPT_BYTES: usize = 200;

/// The way in which a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// A line feed, which is removed.
    Complete,
    /// The byte limit; the line continues.
    TooLong,
    /// The end of the input.
    EndOfInput,
}

/// Reads a line of at most `limit` bytes into `line`, and discards its previous content.
pub(super) async fn read_line(
    input: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<LineEnd> {
    line.clear();
    let with_line_feed = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    input.take(with_line_feed).read_until(b'\n', line).await?;
    Ok(if line.last() == Some(&b'\n') {
        line.pop();
        LineEnd::Complete
    } else if line.len() > limit {
        LineEnd::TooLong
    } else {
        LineEnd::EndOfInput
    })
}

/// Returns the beginning of a line, for the log.
pub(super) fn excerpt(line: &[u8]) -> String {
    let shown = line.get(..EXCERPT_BYTES).unwrap_or(line);
    String::from_utf8_lossy(shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_bounded() {
        let mut input = &b"ab\n\nabc\nabcd\nrest"[..];
        let mut line = Vec::new();
        let mut read = Vec::new();
        loop {
            let end = read_line(&mut input, &mut line, 3).await.unwrap();
            read.push((String::from_utf8(line.clone()).unwrap(), end));
            if end == LineEnd::EndOfInput {
                break;
            }
        }
        let expected = [
            ("ab", LineEnd::Complete),
            ("", LineEnd::Complete),
            ("abc", LineEnd::Complete),
            ("abcd", LineEnd::TooLong),
            ("", LineEnd::Complete),
            ("rest", LineEnd::TooLong),
            ("", LineEnd::EndOfInput),
        ];
        let expected = expected.map(|(text, end)| (text.to_owned(), end));
        assert_eq!(read, expected);
    }
}
