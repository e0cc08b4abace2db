//! Verification of requests by the miner.

use std::sync::Arc;

use hetu_chain::identity::ContractSignatureVerifier;
use hetu_chain::{Address, ChainId, Clock, NetUid, SystemClock};
use http::HeaderMap;
use http::request::Parts;

use super::call_fields::{Audience, CallFields};
use super::claim::{BoundClaim, Claim, ClaimedIdentity, ClaimedSigner};
use super::kind::AcceptedKinds;
use super::outline::{ClaimedKey, Expectations, RequestOutline, sequence};
use super::verified::VerifiedRequest;
use crate::digest::verify_counted;
use crate::session::{OpenSession, SessionId, unknown_session};
use crate::signature::{Authority, InvalidAuthority, Scheme};
use crate::{
    AcceptanceWindow, AccountId, InvalidContentDigest, Reason, Refusal, ReplayGuard, Sessions,
    WorkCount,
};

/// A verifier that requests are signed by their callers and addressed to one miner (ERC-8128).
///
/// Verification has three stages, cheapest first, so that a server can refuse most unwanted
/// requests before it reads their content: [`examine`](Self::examine) reads the fields,
/// [`Claim::bind`] hashes the signature base, and [`verify`](Self::verify) checks content and
/// signature. [`RequestPipeline`](crate::server::RequestPipeline) combines them with replies and
/// sessions.
///
/// By default it accepts only the newest revision of the ERC, no sessions, and only accounts that
/// sign with their own key. It then sends no request to the chain (the ERC calls this `eoa-only`).
#[derive(Clone, Debug)]
pub struct RequestVerifier {
    chain: ChainId,
    audience: Audience,
    scheme: Scheme,
    authorities: Vec<Authority>,
    fixed_authority: Option<Authority>,
    window: AcceptanceWindow,
    accepts_earlier_revision: bool,
    sessions: Option<Arc<Sessions>>,
    contracts: Option<Arc<dyn ContractSignatureVerifier>>,
    clock: Arc<dyn Clock>,
}

impl RequestVerifier {
    /// Creates a verifier for requests to the miner at `address` on `chain`, in the subnet
    /// `netuid`.
    ///
    /// The default scheme of the miner is plain `http`.
    pub fn new(chain: ChainId, netuid: NetUid, address: Address) -> Self {
        Self {
            chain,
            audience: Audience { netuid, recipient: address },
            scheme: Scheme::Http,
            authorities: Vec::new(),
            fixed_authority: None,
            window: AcceptanceWindow::default(),
            accepts_earlier_revision: false,
            sessions: None,
            contracts: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the scheme under which callers reach the miner. It is never taken from a request:
    /// behind a proxy that ends TLS it is `https` although the proxy uses `http`.
    #[must_use]
    pub const fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Adds an authority under which the miner is advertised. Requests of plain ERC-8128 clients,
    /// which name no recipient, are accepted only if they are addressed to one of these.
    #[must_use]
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authorities.push(authority);
        self
    }

    /// Sets the only authority under which callers reach the miner, for a miner behind a proxy that
    /// replaces the field `Host`. It is advertised too.
    #[must_use]
    pub fn with_fixed_authority(mut self, authority: Authority) -> Self {
        self.fixed_authority = Some(authority.clone());
        self.with_authority(authority)
    }

    /// Sets the window in which signatures are accepted.
    #[must_use]
    pub const fn with_window(mut self, window: AcceptanceWindow) -> Self {
        self.window = window;
        self
    }

    /// Allows requests that are signed with the previous revision of ERC-8128:
    /// [`Erc8128Revision::Earlier`](crate::Erc8128Revision::Earlier).
    #[must_use]
    pub const fn with_earlier_revision(mut self) -> Self {
        self.accepts_earlier_revision = true;
        self
    }

    /// Allows requests in these sessions.
    #[must_use]
    pub fn with_sessions(mut self, sessions: Arc<Sessions>) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// Allows requests of contract accounts (ERC-1271, ERC-6492), which `contracts` checks on the
    /// chain of this verifier.
    ///
    /// Each request may then cost a request to the chain, to find out whether its account is a
    /// contract.
    #[must_use]
    pub fn with_contract_signature_verifier(
        mut self,
        contracts: Arc<dyn ContractSignatureVerifier>,
    ) -> Self {
        self.contracts = Some(contracts);
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the window in which signatures are accepted. A [`ReplayGuard`] needs the same one.
    pub const fn window(&self) -> AcceptanceWindow {
        self.window
    }

    /// Returns the scheme under which callers reach the miner.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the account of the miner.
    pub const fn account(&self) -> AccountId {
        AccountId::new(self.chain, self.audience.recipient)
    }

    /// Returns the subnet of the miner.
    pub const fn netuid(&self) -> NetUid {
        self.audience.netuid
    }

    /// Returns `true` if requests in sessions are accepted.
    pub const fn takes_sessions(&self) -> bool {
        self.sessions.is_some()
    }

    /// Returns `true` if the previous revision of ERC-8128 is accepted.
    pub const fn takes_earlier_revision(&self) -> bool {
        self.accepts_earlier_revision
    }

    /// Returns `true` if requests of contract accounts are accepted.
    pub const fn takes_contract_accounts(&self) -> bool {
        self.contracts.is_some()
    }

    pub(crate) fn sessions(&self) -> Option<&Sessions> {
        self.sessions.as_deref()
    }

    /// Runs all checks of a request that need neither its content nor cryptography: form and
    /// limits, account and chain, time, coverage, and recipient. Does not hash.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller.
    pub fn examine<'a>(&self, parts: &'a Parts) -> Result<Claim<'a>, Refusal> {
        self.examine_counted(parts, &mut WorkCount::default())
    }

    fn examine_counted<'a>(
        &self,
        parts: &'a Parts,
        work: &mut WorkCount,
    ) -> Result<Claim<'a>, Refusal> {
        let outline = self.outline(parts, work)?;
        let session = match &outline.key {
            ClaimedKey::Account(_) => None,
            ClaimedKey::Session(id) => self.sessions().and_then(|sessions| sessions.find(id)),
        };
        self.complete(outline, session)
    }

    /// Runs the checks of [`examine`](Self::examine), and calls the store of sessions, if there is
    /// one, for a session that is unknown in this process. A request with invalid fields is refused
    /// without such a call.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller: [`Reason::SignatureVerificationUnavailable`] if the
    /// store does not answer.
    pub async fn examine_with_store<'a>(&self, parts: &'a Parts) -> Result<Claim<'a>, Refusal> {
        let outline = self.outline(parts, &mut WorkCount::default())?;
        let session = match (&outline.key, self.sessions()) {
            (ClaimedKey::Session(id), Some(sessions)) => match sessions.find(id) {
                Some(session) => Some(session),
                None => sessions.fetch(id).await?,
            },
            _ => None,
        };
        self.complete(outline, session)
    }

    fn outline<'a>(
        &self,
        parts: &'a Parts,
        work: &mut WorkCount,
    ) -> Result<RequestOutline<'a>, Refusal> {
        let expected = Expectations {
            accepted: AcceptedKinds {
                earlier_revision: self.accepts_earlier_revision,
                sessions: self.sessions.is_some(),
            },
            chain: Some(self.chain),
            window: self.window,
            now: Some(self.clock.unix_seconds()),
        };
        let is_known =
            |id: &SessionId| self.sessions().is_some_and(|sessions| sessions.find(id).is_some());
        let authority = self.effective_authority(parts);
        RequestOutline::read(parts, self.scheme, authority, expected, is_known, work)
    }

    /// Checks the session and the recipient of the request.
    fn complete<'a>(
        &self,
        outline: RequestOutline<'a>,
        session: Option<Arc<OpenSession>>,
    ) -> Result<Claim<'a>, Refusal> {
        let RequestOutline { head, member, key, nonce, created, expires } = outline;
        let (account, signer) = match key {
            ClaimedKey::Account(account) => (account, ClaimedSigner::Account),
            ClaimedKey::Session(_) => {
                let session = session.filter(|session| self.is_here(session));
                let session = session.ok_or_else(unknown_session)?;
                let sequence = sequence(&nonce)?;
                (session.account(), ClaimedSigner::Session { session, sequence })
            }
        };
        let call = match signer {
            ClaimedSigner::Account => self.check_audience(head.parts, &head.authority)?,
            ClaimedSigner::Session { .. } => {
                Some(CallFields::read_in_session(&head.parts.headers, self.audience)?)
            }
        };
        let identity = ClaimedIdentity { account, nonce, created, expires, signer };
        Ok(Claim { head, member, identity, call })
    }

    fn is_here(&self, session: &OpenSession) -> bool {
        let Audience { netuid, recipient } = self.audience;
        (session.account().chain, session.netuid(), session.recipient())
            == (self.chain, netuid, recipient)
    }

    /// Verifies the received content and the signature of a claim, and records in `guard` or in the
    /// session that the signature was used.
    ///
    /// It waits only if it has to call a contract or a store outside of the process.
    ///
    /// # Cancel safety
    /// If the future is dropped, the signature may count as used or not.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller. The signature is then not recorded.
    pub async fn verify(
        &self,
        claim: BoundClaim<'_>,
        content: &[u8],
        guard: &ReplayGuard,
    ) -> Result<VerifiedRequest, Refusal> {
        self.verify_counted(claim, content, guard, &mut WorkCount::default()).await
    }

    async fn verify_counted(
        &self,
        claim: BoundClaim<'_>,
        content: &[u8],
        guard: &ReplayGuard,
        work: &mut WorkCount,
    ) -> Result<VerifiedRequest, Refusal> {
        check_content(&claim.head.parts.headers, content, work)?;
        claim.prove(self.contracts.as_deref(), self.sessions(), guard, work).await?;
        Ok(claim.into_verified())
    }

    /// Runs all stages for a request with content that has already arrived, and adds the work for
    /// it to `work`, whatever the outcome.
    ///
    /// # Cancel safety
    /// If the future is dropped, the signature may count as used or not.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller. The signature is then not recorded.
    pub async fn receive(
        &self,
        parts: &Parts,
        content: &[u8],
        guard: &ReplayGuard,
        work: &mut WorkCount,
    ) -> Result<VerifiedRequest, Refusal> {
        let claim = self.examine_counted(parts, work)?.bind_counted(work)?;
        self.verify_counted(claim, content, guard, work).await
    }

    fn effective_authority(&self, parts: &Parts) -> Result<Authority, InvalidAuthority> {
        match &self.fixed_authority {
            Some(authority) => Ok(authority.clone()),
            None => Authority::of_request(&parts.uri, &parts.headers, self.scheme),
        }
    }

    /// Checks that the request is for this miner: by its fields or, for a plain ERC-8128 client, by
    /// its authority.
    fn check_audience(
        &self,
        parts: &Parts,
        authority: &Authority,
    ) -> Result<Option<CallFields>, Refusal> {
        match CallFields::read(&parts.headers)? {
            Some(call) => call.check(self.audience).map(|()| Some(call)),
            None if self.authorities.contains(authority) => Ok(None),
            None => Err(Refusal::new(
                Reason::WrongAuthority,
                "the request names no recipient, and its host is not one this miner is known by",
            )),
        }
    }
}

fn check_content(headers: &HeaderMap, content: &[u8], work: &mut WorkCount) -> Result<(), Refusal> {
    match verify_counted(headers, content, work) {
        Ok(()) => Ok(()),
        Err(InvalidContentDigest::Missing) if content.is_empty() => Ok(()),
        Err(InvalidContentDigest::Missing) => {
            let detail = "a request with content needs a content-digest";
            Err(Refusal::new(Reason::ContentDigestRequired, detail))
        }
        Err(error) => Err(Refusal::new(Reason::BadContentDigest, error.to_string())),
    }
}
