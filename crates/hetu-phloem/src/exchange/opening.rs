//! The opening of sessions, in the background of calls.

use std::sync::Arc;

use hetu_cambium::{CallerSession, Service, SessionHandshake, SessionOffer, SigningError};
use tokio::time::timeout_at;

use super::exchanger::{CallTerms, Exchanger, OutgoingCall};
use super::permit::ExchangePath;
use crate::QueryError;
use crate::endpoint::{MinerEndpoint, ProvenEndpoint};
use crate::session::OpeningTurn;
use crate::trace::new_trace;
use crate::until::until;

/// Maximum bytes of a miner's grant of a session, which has four short members.
const GRANT_BYTES: usize = 16 * 1024;

impl Exchanger {
    /// Returns the session for the call, if there is one. Sessions open and renew in the
    /// background.
    pub(super) fn session(&self, path: ExchangePath<'_>) -> Option<Arc<CallerSession>> {
        if !self.0.uses_sessions || !path.proven.offers_sessions() {
            return None;
        }
        let current = path.endpoint.sessions.current();
        self.tend_session(path, current.as_deref());
        current
    }

    /// Opens the next session if it is time for it, and not too many others are being opened.
    fn tend_session(&self, path: ExchangePath<'_>, current: Option<&CallerSession>) {
        let sessions = &path.endpoint.sessions;
        if !sessions.is_due(current) {
            return;
        }
        let Ok(room) = Arc::clone(&self.0.openings).try_acquire_owned() else { return };
        let Some(turn) = sessions.turn_to_open() else { return };
        let (exchanger, endpoint) = (self.clone(), Arc::clone(path.endpoint));
        let proven = Arc::clone(path.proven);
        tokio::spawn(async move {
            exchanger.open_session(&endpoint, &proven, turn).await;
            drop(room);
        });
    }

    async fn open_session(
        &self,
        endpoint: &Arc<MinerEndpoint>,
        proven: &Arc<ProvenEndpoint>,
        turn: OpeningTurn,
    ) {
        let limit = self.0.deadline;
        let path = ExchangePath { endpoint, proven, until: until(limit) };
        let opened = timeout_at(path.until, self.new_session(path)).await;
        endpoint.sessions.settle(&turn, opened.unwrap_or(Err(QueryError::TimedOut { limit })));
    }

    async fn new_session(&self, path: ExchangePath<'_>) -> Result<CallerSession, QueryError> {
        let handshake = SessionHandshake::new().map_err(SigningError::from)?;
        let codec = self.0.codec;
        let content = codec.encode(&handshake.offer(None)).map_err(SigningError::from)?;
        let terms = CallTerms { reply_limit: Some(GRANT_BYTES), ..CallTerms::of(new_trace()) };
        let call = OutgoingCall { service: SessionOffer::NAME, codec, content, terms };
        let reply = self.ask_by_wallet(path, &call).await?;
        let (caller, clock) = (self.0.signer.account(), Arc::clone(&self.0.clock));
        handshake
            .establish(&reply.decode()?, caller, &self.envelope(path, codec), clock)
            .map_err(|error| QueryError::undecodable(&error, reply.request_id))
    }
}
