//! Field lines of a stored message, bounded before they are processed.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::InvalidReceipt;
use crate::HeadLimits;

/// Field lines as names and values, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct KeptFields(Vec<(String, String)>);

impl KeptFields {
    /// Copies the fields with these names.
    pub(super) fn of(names: impl Iterator<Item = HeaderName>, headers: &HeaderMap) -> Self {
        let lines = names.flat_map(|name| {
            let lines = headers.get_all(&name).iter();
            lines
                .filter_map(|line| Some((name.to_string(), line.to_str().ok()?.to_owned())))
                .collect::<Vec<_>>()
        });
        Self(lines.collect())
    }

    /// Checks the size of a head with these fields and `start` bytes before them.
    pub(super) fn check(&self, start: usize) -> Result<(), InvalidReceipt> {
        let HeadLimits { fields, bytes } = HeadLimits::default();
        let lengths = self.0.iter().map(|(name, value)| name.len().saturating_add(value.len()));
        let length = lengths.fold(start, usize::saturating_add);
        if self.0.len() > fields || length > bytes {
            return Err(InvalidReceipt::HeadTooLarge { fields, bytes });
        }
        Ok(())
    }

    /// Returns the fields as a map.
    pub(super) fn header_map(&self) -> Result<HeaderMap, InvalidReceipt> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.0 {
            let name: HeaderName = name.parse().map_err(InvalidReceipt::malformed)?;
            let value: HeaderValue = value.parse().map_err(InvalidReceipt::malformed)?;
            // A map has its own maximum size, beyond which `append` panics.
            headers.try_append(name, value).map_err(InvalidReceipt::malformed)?;
        }
        Ok(headers)
    }
}

impl<'de> Deserialize<'de> for KeptFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Lines)
    }
}

/// A visitor that stops at one line too many: a line takes ten times the bytes of its JSON in
/// memory.
struct Lines;

impl<'de> Visitor<'de> for Lines {
    type Value = KeptFields;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at most {} fields", HeadLimits::default().fields)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut lines: A) -> Result<KeptFields, A::Error> {
        let limit = HeadLimits::default().fields;
        let mut kept = Vec::new();
        while let Some(line) = lines.next_element()? {
            if kept.len() == limit {
                return Err(serde::de::Error::invalid_length(limit + 1, &self));
            }
            kept.push(line);
        }
        Ok(KeptFields(kept))
    }
}
