//! The work that one message causes.

/// The work that one message causes, counted while it is done.
///
/// The size of the message bounds all of it, whatever the message contains: fields are parsed at
/// most twice, the signature base is hashed once, the content once for each of two algorithms, and
/// at most one public key is recovered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkCount {
    /// Bytes of structured fields given to a parser.
    pub bytes_parsed: usize,
    /// Bytes of signature bases and contents given to a hash function.
    pub bytes_hashed: usize,
    /// Components that the signature covers.
    pub components: usize,
    /// Public keys recovered from a signature.
    pub recoveries: usize,
}
