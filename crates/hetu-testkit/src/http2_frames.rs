//! HTTP/2 frames that no client library would send (RFC 9113, section 4.1).

/// The preface of a client's connection (section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The type of a HEADERS frame.
pub const HEADERS: u8 = 1;
/// The type of an RST_STREAM frame.
pub const RST_STREAM: u8 = 3;
/// The type of a SETTINGS frame.
pub const SETTINGS: u8 = 4;
/// The type of a PING frame.
pub const PING: u8 = 6;
/// The type of a GOAWAY frame.
pub const GO_AWAY: u8 = 7;
/// The type of a CONTINUATION frame.
pub const CONTINUATION: u8 = 9;
/// The flag of the last frame of a stream.
pub const END_STREAM: u8 = 1;
/// The flag of the last frame of a field block.
pub const END_HEADERS: u8 = 4;

/// Returns one frame.
///
/// # Panics
///
/// Panics if `payload` is longer than 4 GiB.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Returns the field block of `GET path`, without the dynamic table (RFC 7541, section 6.2.2).
///
/// # Panics
///
/// Panics if `path` is longer than 255 bytes.
pub fn get(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86];
    for (index, value) in [(0x04, path), (0x01, "miner")] {
        block.extend([index, u8::try_from(value.len()).unwrap()]);
        block.extend(value.bytes());
    }
    block
}

/// Returns the types of the frames in `received`, in order.
pub fn kinds(mut received: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while received.len() >= 9 {
        let length = u32::from_be_bytes([0, received[0], received[1], received[2]]) as usize;
        kinds.push(received[3]);
        received = received.get(9 + length..).unwrap_or_default();
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_written_by_hand_are_listed_by_type() {
        let bytes =
            [frame(HEADERS, END_HEADERS, 1, &get("/ping")), frame(PING, 0, 0, &[0; 8])].concat();
        assert_eq!(bytes[..9], [0, 0, 16, HEADERS, END_HEADERS, 0, 0, 0, 1]);
        assert_eq!(kinds(&bytes), [HEADERS, PING]);
    }
}
