//! The four fields that address a request.

use std::str::FromStr;
use std::time::Duration;

use hetu_chain::{Address, NetUid};
use http::{HeaderMap, HeaderName};

use crate::account::{parse_decimal, parse_wire_address};
use crate::{PROTOCOL_VERSION, Reason, Refusal, fields};

/// The fields of a request from a client of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallFields {
    pub(super) audience: Audience,
    pub(super) timeout: Duration,
}

/// The miner and the subnet of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    pub(crate) netuid: NetUid,
    pub(crate) recipient: Address,
}

impl CallFields {
    /// Reads the four fields, or returns `None` if all are absent, as in plain ERC-8128 requests.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        if !fields::CALL_FIELDS.iter().any(|name| headers.contains_key(name)) {
            return Ok(None);
        }
        read_version(headers)?;
        let audience =
            Audience { netuid: read_netuid(headers)?, recipient: read_recipient(headers)? };
        Ok(Some(Self { audience, timeout: read_timeout(headers)? }))
    }

    /// Reads the fields of a request in a session that was opened for `audience`. Subnet and
    /// recipient may be absent, and must be equal to those of the session if they are present.
    pub(super) fn read_in_session(
        headers: &HeaderMap,
        audience: Audience,
    ) -> Result<Self, Refusal> {
        read_version(headers)?;
        let mut said = audience;
        if headers.contains_key(&fields::HETU_NETUID) {
            said.netuid = read_netuid(headers)?;
        }
        if headers.contains_key(&fields::HETU_RECIPIENT) {
            said.recipient = read_recipient(headers)?;
        }
        let fields = Self { audience: said, timeout: read_timeout(headers)? };
        fields.check(audience).map(|()| fields)
    }

    /// Checks that the request is for `audience`.
    pub(super) fn check(&self, audience: Audience) -> Result<(), Refusal> {
        if self.audience.recipient != audience.recipient {
            let detail = "the request is addressed to another miner";
            Err(Refusal::new(Reason::WrongRecipient, detail))
        } else if self.audience.netuid != audience.netuid {
            Err(Refusal::new(Reason::WrongNetuid, "the request is for another subnet"))
        } else {
            Ok(())
        }
    }
}

fn read_version(headers: &HeaderMap) -> Result<(), Refusal> {
    let version: u16 = decimal(headers, &fields::CAMBIUM_VERSION)?;
    if version == PROTOCOL_VERSION {
        return Ok(());
    }
    let detail = "cambium-version names another version of the protocol: 1 is spoken here";
    Err(Refusal::new(Reason::UnsupportedVersion, detail))
}

fn read_netuid(headers: &HeaderMap) -> Result<NetUid, Refusal> {
    decimal(headers, &fields::HETU_NETUID).map(NetUid::new)
}

fn read_recipient(headers: &HeaderMap) -> Result<Address, Refusal> {
    parse_wire_address(single(headers, &fields::HETU_RECIPIENT)?)
        .ok_or_else(|| malformed(&fields::HETU_RECIPIENT))
}

fn read_timeout(headers: &HeaderMap) -> Result<Duration, Refusal> {
    match decimal::<u32>(headers, &fields::HETU_TIMEOUT_MS)? {
        0 => Err(malformed(&fields::HETU_TIMEOUT_MS)),
        milliseconds => Ok(Duration::from_millis(milliseconds.into())),
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
        let audience = Audience { netuid: NetUid::new(1), recipient: RECIPIENT.parse().unwrap() };
        let expected = CallFields { audience, timeout: Duration::from_millis(1_500) };
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
            ["1", "1", "0x7E5F4552091A69125D5DFCB7B8C2659029395BDF", "1500"],
            ["1", "1", "0x7E5F4552091a69125d5DfCb7b8C2659029395Bdf", "1500"],
            ["1", "1", RECIPIENT, "0"],
            ["1", "1", RECIPIENT, "1.5"],
            ["1", "1", RECIPIENT, "4294967296"],
        ] {
            assert_eq!(read(values), Err(Reason::MalformedRequest), "{values:?}");
        }
        assert_eq!(read(["2", "1", RECIPIENT, "1500"]), Err(Reason::UnsupportedVersion));
    }
}
