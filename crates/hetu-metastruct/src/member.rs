//! A dendron and its endpoint.

use std::cmp::Reverse;

use hetu_chain::model::{Dendron, RawEndpoint, Role};
use hetu_chain::{Address, Amount};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::{Endpoint, EndpointRefusal};

/// Maximum bytes of a host. The longest host name has 253 characters, and longer texts are cut, as
/// the Lens does.
const ENDPOINT_BYTES: usize = 255;

/// A dendron of the subnet and its endpoint.
///
/// The serialised form is flat: the fields of the chain, then `url` and `refusal`, one of which is
/// null. Stake is in wei.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The record of the dendron on the chain. Hosts are cut after 255 bytes.
    pub dendron: Dendron,
    /// The endpoint, or the reason why the registered text is not usable.
    pub endpoint: Result<Endpoint, EndpointRefusal>,
}

impl Member {
    pub(crate) fn new(mut dendron: Dendron, allows_private_addresses: bool) -> Self {
        cut(&mut dendron.endpoint);
        cut(&mut dendron.metrics_endpoint);
        let endpoint = Endpoint::parse(&dendron.endpoint, allows_private_addresses);
        Self { dendron, endpoint }
    }

    /// Returns the account that signs for the dendron.
    pub const fn address(&self) -> Address {
        self.dendron.address
    }

    /// Returns `true` if the dendron takes part in `role` now: it is registered and its stake is
    /// above the threshold.
    pub fn is_active(&self, role: Role) -> bool {
        self.dendron.is_active && self.dendron.role == role
    }

    /// Returns the sort key of lists: stake in descending order, then the address.
    pub(crate) const fn rank(&self) -> (Reverse<Amount>, Address) {
        (Reverse(self.dendron.stake), self.dendron.address)
    }
}

fn cut(endpoint: &mut RawEndpoint) {
    if endpoint.host.len() > ENDPOINT_BYTES {
        let kept = String::from_utf8_lossy(&endpoint.host.as_bytes()[..ENDPOINT_BYTES]);
        endpoint.host = kept.into_owned();
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Dendron {
            address,
            role,
            is_active,
            stake,
            registered_at,
            last_update,
            endpoint,
            metrics_endpoint,
            ..
        } = &self.dendron;
        let mut fields = serializer.serialize_struct("Member", 10)?;
        fields.serialize_field("address", address)?;
        fields.serialize_field("role", role)?;
        fields.serialize_field("is_active", is_active)?;
        fields.serialize_field("stake", stake)?;
        fields.serialize_field("registered_at", registered_at)?;
        fields.serialize_field("last_update", last_update)?;
        fields.serialize_field("endpoint", endpoint)?;
        fields.serialize_field("metrics_endpoint", metrics_endpoint)?;
        fields.serialize_field("url", &self.endpoint.as_ref().ok().map(ToString::to_string))?;
        fields
            .serialize_field("refusal", &self.endpoint.as_ref().err().map(ToString::to_string))?;
        fields.end()
    }
}
