//! Memory in use by peers without a verified signature.
//!
//! Connections, decoded heads and contents are charged to one budget before the first wait, by
//! source address and in total. A charge covers the memory that the peer can make the server keep,
//! not the bytes it sent: a decoded HTTP/2 head can be a hundred times as long as on the wire.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::quota::{NetworkQuota, QuotaExceeded, QuotaUse};
use crate::limits::ServerLimits;

/// Buffers and state of a connection with a protocol that is not known yet, in bytes.
const CONNECTION_BYTES: usize = 16 * 1024;
/// Additional session and record buffers of a TLS connection, in bytes.
const TLS_BYTES: usize = 8 * 1024;
/// Additional frame buffers, the HPACK table and one unfinished head of an HTTP/2 connection, in
/// bytes.
const HTTP2_BYTES: usize = 96 * 1024;
/// Number of simultaneous requests on one HTTP/2 connection.
pub(super) const MAX_STREAMS: u32 = 128;
/// Bytes that h2 keeps for a stream until its reply is written, apart from the request.
const STREAM_BYTES: usize = 512;
/// Bytes of the task that answers a request.
const REQUEST_BYTES: usize = 8 * 1024;
/// Bytes of an entry of a header map. The maps grow by doubling.
const FIELD_BYTES: usize = 160;
/// Minimum room in addition to the longest content, in bytes.
const LEAST_ROOM: usize = 512 * 1024;

/// The budget of all peers. One source address (IPv6: one /64) may use an eighth of it.
#[derive(Clone, Debug)]
pub(crate) struct UnverifiedBudget(Arc<NetworkQuota>);

impl UnverifiedBudget {
    /// Creates the budget. With `is_behind_proxy`, all connections come from one address, which may
    /// use the whole budget.
    pub(crate) fn new(limits: &ServerLimits, is_behind_proxy: bool) -> Self {
        let least = limits.content_bytes.saturating_add(LEAST_ROOM);
        let total = limits.unverified_bytes.max(least);
        let share = if is_behind_proxy { total } else { (total / 8).max(least) };
        Self(NetworkQuota::new(total, share))
    }

    /// Charges a connection.
    pub(super) fn connection(
        &self,
        remote: IpAddr,
        is_secure: bool,
    ) -> Result<Arc<ConnectionCharge>, QuotaExceeded> {
        let mut memory = self.0.empty(remote);
        memory.grow(CONNECTION_BYTES + if is_secure { TLS_BYTES } else { 0 })?;
        let (budget, is_verified) = (self.clone(), AtomicBool::new(false));
        Ok(Arc::new(ConnectionCharge { budget, remote, memory: Mutex::new(memory), is_verified }))
    }

    /// Returns an empty charge for a content, which grows as the content arrives.
    pub(super) fn content(&self, remote: IpAddr) -> QuotaUse {
        self.0.empty(remote)
    }
}

/// The charge of one connection. It lasts until a request on the connection is verified or the
/// connection ends.
#[derive(Debug)]
pub(super) struct ConnectionCharge {
    budget: UnverifiedBudget,
    remote: IpAddr,
    memory: Mutex<QuotaUse>,
    is_verified: AtomicBool,
}

impl ConnectionCharge {
    /// Adds the additional cost of an HTTP/2 connection.
    pub(super) fn charge_http2(&self) -> Result<(), QuotaExceeded> {
        self.memory.lock().grow(HTTP2_BYTES + MAX_STREAMS as usize * STREAM_BYTES)
    }

    /// Charges a request with `bytes` bytes in `fields` fields.
    pub(super) fn request(
        self: &Arc<Self>,
        bytes: usize,
        fields: usize,
    ) -> Result<RequestCharge, QuotaExceeded> {
        let mut memory = self.budget.0.empty(self.remote);
        let head = bytes.saturating_add(fields.saturating_mul(FIELD_BYTES));
        memory.grow(head.saturating_add(REQUEST_BYTES))?;
        Ok(RequestCharge(Arc::new(ChargedRequest {
            memory: Mutex::new(memory),
            connection: Arc::clone(self),
        })))
    }
}

/// The charge of one request, until the request is in the queue or its reply is written.
#[derive(Clone, Debug)]
pub(crate) struct RequestCharge(Arc<ChargedRequest>);

#[derive(Debug)]
struct ChargedRequest {
    memory: Mutex<QuotaUse>,
    connection: Arc<ConnectionCharge>,
}

impl RequestCharge {
    /// Returns `true` if a request on the same connection was verified before.
    pub(super) fn is_of_verified_peer(&self) -> bool {
        self.0.connection.is_verified.load(Ordering::Acquire)
    }

    /// Records that the signature of the request is verified. The connection is no longer charged
    /// to the budget.
    pub(super) fn mark_verified(&self) {
        let connection = &self.0.connection;
        if !connection.is_verified.swap(true, Ordering::AcqRel) {
            connection.memory.lock().release();
        }
    }

    /// Frees the charge, once another bound covers the request.
    pub(super) fn release(&self) {
        self.0.memory.lock().release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn budget(bytes: usize) -> UnverifiedBudget {
        let limits = ServerLimits::default().with_content_bytes(0).with_unverified_bytes(bytes);
        UnverifiedBudget::new(&limits, false)
    }

    #[test]
    fn budget_of_one_address_is_an_eighth_in_connections_heads_and_contents() {
        let budget = budget(16 << 20);
        let connection = budget.connection(REMOTE, false).unwrap();
        let mut content = budget.content(REMOTE);
        content.grow(1 << 20).unwrap();
        let mut requests = Vec::new();
        while let Ok(request) = connection.request(16 * 1024, 100) {
            requests.push(request);
        }
        let head = 16 * 1024 + 100 * FIELD_BYTES + REQUEST_BYTES;
        assert_eq!(requests.len(), ((1 << 20) - CONNECTION_BYTES) / head);
        drop(content);
        assert!(connection.request(16 * 1024, 100).is_ok());
    }

    #[test]
    fn connection_charge_ends_with_the_first_verified_request() {
        let budget = budget(4 << 20);
        let mut idle = Vec::new();
        while let Ok(connection) = budget.connection(REMOTE, true) {
            idle.push(connection);
        }
        assert_eq!(idle.len(), LEAST_ROOM / (CONNECTION_BYTES + TLS_BYTES));
        idle.pop();
        let request = idle[0].request(100, 5).unwrap();
        assert!(!request.is_of_verified_peer());
        request.mark_verified();
        request.release();
        assert!(request.is_of_verified_peer());
        drop(request);
        assert!(budget.connection(REMOTE, true).is_ok());
    }

    #[test]
    fn http2_connections_of_one_address_are_few_until_verified() {
        let budget = budget(64 << 20);
        let mut connections = Vec::new();
        while let Ok(connection) = budget.connection(REMOTE, false) {
            if connection.charge_http2().is_err() {
                break;
            }
            connections.push(connection);
        }
        assert!((32..64).contains(&connections.len()), "{}", connections.len());
    }
}
