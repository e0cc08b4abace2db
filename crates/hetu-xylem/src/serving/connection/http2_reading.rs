//! Passes HTTP/2 bytes to h2 in small pieces, and rejects long trailers.

use std::io;

/// The number of bytes passed to h2 at a time. h2 decodes heads for as long as it has bytes, before
/// any head is charged. After each piece it must return the heads it has decoded.
pub(super) const TURN_BYTES: usize = 4 * 1024;
/// Maximum length of encoded trailers, in bytes. h2 keeps decoded trailers until the reply is
/// written, and decodes up to a hundred bytes from each byte. The protocol uses none; a checksum
/// fits.
const TRAILER_BYTES: usize = 64;
/// The length of the connection preface (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;
/// The length of a frame header (RFC 9113, section 4.1).
const FRAME_HEAD_BYTES: usize = 9;
const HEADERS: u8 = 1;
const END_HEADERS: u8 = 4;

/// The bytes read from one HTTP/2 connection.
#[derive(Debug)]
pub(super) struct Http2Reading {
    /// Number of bytes of this turn.
    turn: usize,
    /// Number of bytes to skip before the next frame header.
    to_skip: usize,
    frame_head: [u8; FRAME_HEAD_BYTES],
    /// Number of bytes of the frame header that have arrived.
    length: usize,
    /// The highest opened stream.
    newest_stream: u32,
}

/// The error of request trailers that are longer than [`TRAILER_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trailers of a request are longer than {TRAILER_BYTES} bytes")]
pub(super) struct LongTrailers;

impl From<LongTrailers> for io::Error {
    fn from(error: LongTrailers) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

impl Http2Reading {
    pub(super) const fn new() -> Self {
        Self {
            turn: 0,
            to_skip: PREFACE_BYTES,
            frame_head: [0; FRAME_HEAD_BYTES],
            length: 0,
            newest_stream: 0,
        }
    }

    /// Starts another turn if the current one is over. Returns `true` in that case.
    pub(super) const fn take_turn_end(&mut self) -> bool {
        let is_over = self.turn >= TURN_BYTES;
        if is_over {
            self.turn = 0;
        }
        is_over
    }

    /// Records that the peer has sent no more for now. h2 processes all bytes it has before the
    /// next read.
    pub(super) const fn note_pause(&mut self) {
        self.turn = 0;
    }

    /// Follows the frames in `bytes`, the next bytes of the connection.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) -> Result<(), LongTrailers> {
        self.turn += bytes.len();
        while !bytes.is_empty() {
            let skipped = self.to_skip.min(bytes.len());
            self.to_skip -= skipped;
            bytes = &bytes[skipped..];
            let taken = (FRAME_HEAD_BYTES - self.length).min(bytes.len());
            if self.to_skip > 0 || taken == 0 {
                continue;
            }
            self.frame_head[self.length..][..taken].copy_from_slice(&bytes[..taken]);
            self.length += taken;
            bytes = &bytes[taken..];
            if self.length == FRAME_HEAD_BYTES {
                self.length = 0;
                self.look_at_frame()?;
            }
        }
        Ok(())
    }

    fn look_at_frame(&mut self) -> Result<(), LongTrailers> {
        let [high, middle, low, kind, flags, stream @ ..] = self.frame_head;
        self.to_skip = u32::from_be_bytes([0, high, middle, low]) as usize;
        if kind != HEADERS {
            return Ok(());
        }
        // The highest bit is reserved and ignored.
        let stream = u32::from_be_bytes(stream) & (u32::MAX >> 1);
        if stream > self.newest_stream {
            self.newest_stream = stream;
            return Ok(());
        }
        // Without the flag, CONTINUATION frames with more bytes would follow.
        let is_short = self.to_skip <= TRAILER_BYTES && flags & END_HEADERS != 0;
        if is_short { Ok(()) } else { Err(LongTrailers) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, length: usize) -> Vec<u8> {
        let mut frame = u32::try_from(length).unwrap().to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(vec![0xff; length]);
        frame
    }

    /// Returns the outcome of these frames, read in pieces of each length.
    fn outcome(frames: &[Vec<u8>]) -> Result<(), LongTrailers> {
        let mut bytes = vec![b'P'; PREFACE_BYTES];
        bytes.extend(frames.concat());
        let outcomes = [1, 7, 9, 1_000, bytes.len()].map(|piece| {
            let mut reading = Http2Reading::new();
            bytes.chunks(piece).try_for_each(|piece| reading.follow(piece))
        });
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
        outcomes[0]
    }

    #[test]
    fn long_trailers_end_the_reading_and_long_heads_do_not() {
        let (head, data) = (frame(HEADERS, END_HEADERS, 1, 5_000), frame(0, 0, 1, 300));
        let other = frame(HEADERS, END_HEADERS, 3, 5_000);
        let short = frame(HEADERS, END_HEADERS | 1, 1, TRAILER_BYTES);
        assert_eq!(outcome(&[head.clone(), data.clone(), other.clone(), short]), Ok(()));
        let long = frame(HEADERS, END_HEADERS | 1, 1, TRAILER_BYTES + 1);
        assert_eq!(outcome(&[head.clone(), data.clone(), long]), Err(LongTrailers));
        let continued = frame(HEADERS, 1, 1, 1);
        assert_eq!(outcome(&[head, data, other, continued]), Err(LongTrailers));
    }

    #[test]
    fn reserved_bit_of_a_stream_opens_no_other_stream() {
        let head = frame(HEADERS, END_HEADERS, 1, 5);
        let trailers = frame(HEADERS, END_HEADERS, 1 | (1 << 31), 500);
        assert_eq!(outcome(&[head, trailers]), Err(LongTrailers));
    }

    #[test]
    fn turn_ends_after_its_bytes_and_begins_again() {
        let mut reading = Http2Reading::new();
        reading.follow(&[0; TURN_BYTES - 1]).unwrap();
        assert!(!reading.take_turn_end());
        reading.follow(&[0]).unwrap();
        assert!(reading.take_turn_end() && !reading.take_turn_end());
        reading.follow(&[0; TURN_BYTES - 1]).unwrap();
        reading.note_pause();
        reading.follow(&[0]).unwrap();
        assert!(!reading.take_turn_end());
    }
}
