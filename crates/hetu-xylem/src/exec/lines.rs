//! Reading lines of programs, of which nobody knows how long they are.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// What the log shows of a line that it should not have to hold.
const EXCERPT_BYTES: usize = 200;

/// How a line came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// With a line feed, which is cut off.
    Complete,
    /// It goes on beyond the bytes that it was given.
    TooLong,
    /// With the end of the input.
    EndOfInput,
}

/// Reads into `line`, from which it drops what was there, up to `limit` bytes.
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

/// The beginning of a line, for the log.
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
