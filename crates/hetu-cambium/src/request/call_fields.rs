//! The four fields that say for whom a request is.

use std::str::FromStr;
use std::time::Duration;

use hetu_chain::{Address, NetUid};
use http::{HeaderMap, HeaderName};

use crate::account::parse_decimal;
use crate::{PROTOCOL_VERSION, Reason, Refusal, fields};

/// The fields of a request that a client of this protocol made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallFields {
    pub(super) netuid: NetUid,
    pub(super) recipient: Address,
    pub(super) timeout: Duration,
}

impl CallFields {
    /// Reads the four fields; nothing if all are absent, as in plain ERC-8128 requests.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        if !fields::CALL_FIELDS.iter().any(|name| headers.contains_key(name)) {
            return Ok(None);
        }
        let version: u16 = decimal(headers, &fields::CAMBIUM_VERSION)?;
        if version != PROTOCOL_VERSION {
            return Err(Refusal::new(
                Reason::UnsupportedVersion,
                "cambium-version names another version of the protocol: 1 is spoken here",
            ));
        }
        let netuid: u16 = decimal(headers, &fields::HETU_NETUID)?;
        let recipient = Address::from_str(single(headers, &fields::HETU_RECIPIENT)?)
            .map_err(|_| malformed(&fields::HETU_RECIPIENT))?;
        let milliseconds: u32 = decimal(headers, &fields::HETU_TIMEOUT_MS)?;
        if milliseconds == 0 {
            return Err(malformed(&fields::HETU_TIMEOUT_MS));
        }
        Ok(Some(Self {
            netuid: NetUid::new(netuid),
            recipient,
            timeout: Duration::from_millis(milliseconds.into()),
        }))
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Refusal> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next().and_then(|line| line.to_str().ok()), lines.next()) {
        (Some(text), None) => Ok(text.trim_matches([' ', '\t'])),
        _ => Err(malformed(name)),
    }
}

fn decimal<N: FromStr>(headers: &HeaderMap, name: &HeaderName) -> Result<N, Refusal> {
    parse_decimal(single(headers, name)?).ok_or_else(|| malformed(name))
}

fn malformed(name: &HeaderName) -> Refusal {
    let detail = format!("the field {name} is missing, repeated or cannot be read");
    Refusal::new(Reason::MalformedRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPIENT: &str = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

    fn read(values: [&str; 4]) -> Result<Option<CallFields>, Reason> {
        let lines = fields::CALL_FIELDS.into_iter().zip(values);
        let headers: HeaderMap = lines
            .filter(|(_, value)| *value != "-")
            .map(|(name, value)| (name, value.parse().unwrap()))
            .collect();
        CallFields::read(&headers).map_err(|refusal| refusal.reason())
    }

    #[test]
    fn all_four_or_none() {
        let expected = CallFields {
            netuid: NetUid::new(1),
            recipient: RECIPIENT.parse().unwrap(),
            timeout: Duration::from_millis(1_500),
        };
        assert_eq!(read(["1", "1", RECIPIENT, "1500"]), Ok(Some(expected)));
        assert_eq!(read(["-", "-", "-", "-"]), Ok(None));
        for position in 0..4 {
            let mut values = ["1", "1", RECIPIENT, "1500"];
            values[position] = "-";
            assert_eq!(read(values), Err(Reason::MalformedRequest), "{position}");
        }
    }

    #[test]
    fn each_field_is_read_strictly() {
        for values in [
            ["01", "1", RECIPIENT, "1500"],
            ["1", "65536", RECIPIENT, "1500"],
            ["1", "+1", RECIPIENT, "1500"],
            ["1", "", RECIPIENT, "1500"],
            ["1", "1", "0x12", "1500"],
            ["1", "1", RECIPIENT, "0"],
            ["1", "1", RECIPIENT, "1.5"],
            ["1", "1", RECIPIENT, "4294967296"],
        ] {
            assert_eq!(read(values), Err(Reason::MalformedRequest), "{values:?}");
        }
        assert_eq!(read(["2", "1", RECIPIENT, "1500"]), Err(Reason::UnsupportedVersion));
    }
}
