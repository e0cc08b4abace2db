//! The miner's side: from bytes to a caller.

use std::sync::Arc;

use hetu_chain::{Address, ChainId, Clock, ContractSigner, NetUid, SystemClock};
use http::HeaderMap;
use http::request::Parts;

use super::binding::RequestBinding;
use super::call_fields::{Audience, CallFields};
use super::candidate::{ClaimedSignature, Expectations};
use super::claim::{Claim, UnboundRequest, VerifiedRequest, first_failure};
use super::kind::{AcceptedKinds, SignatureKind};
use crate::session::{Session, SessionId};
use crate::signature::{
    Authority, Candidate, CandidateError, InvalidAuthority, RequestView, Scheme, SignatureFields,
    SignatureFieldsError,
};
use crate::{
    AcceptanceWindow, AccountId, InvalidContentDigest, Reason, Refusal, ReplayGuard, Sessions,
    verify_content_digest,
};

type Candidates = Vec<(SignatureKind, Result<Candidate, CandidateError>)>;

/// Verifies that requests are signed by their callers and meant for one miner (ERC-8128).
///
/// Verification has two stages, so that a server can turn most unwanted requests away before it
/// reads their content: [`examine`](Self::examine) looks at the fields alone and does no
/// cryptography, [`verify`](Self::verify) does the rest.
///
/// Unless told otherwise it takes the newest revision of the ERC alone, no sessions, and only
/// accounts that sign with their own key: no contract is asked (the ERC calls this `eoa-only`).
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
    contracts: Option<Arc<dyn ContractSigner>>,
    clock: Arc<dyn Clock>,
}

impl RequestVerifier {
    /// A verifier for requests to the miner at `address` on `chain`, in the subnet `netuid`.
    ///
    /// The miner is taken to be reached over plain `http`.
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

    /// The scheme under which callers reach the miner. It is never taken from a request: behind a
    /// proxy that ends TLS it is `https` although the proxy speaks `http`.
    #[must_use]
    pub const fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// An authority under which the miner is advertised. Requests of plain ERC-8128 clients, which
    /// name no recipient, are accepted only if they are addressed to one of these.
    #[must_use]
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authorities.push(authority);
        self
    }

    /// The one authority under which callers reach the miner, for a miner behind a proxy that
    /// replaces the field `Host`. It is advertised too.
    #[must_use]
    pub fn with_fixed_authority(mut self, authority: Authority) -> Self {
        self.fixed_authority = Some(authority.clone());
        self.with_authority(authority)
    }

    /// The window in which signatures are accepted.
    #[must_use]
    pub const fn with_window(mut self, window: AcceptanceWindow) -> Self {
        self.window = window;
        self
    }

    /// Takes requests that are signed by the revision before the newest one of ERC-8128 too:
    /// [`Erc8128Revision::Earlier`](crate::Erc8128Revision::Earlier).
    #[must_use]
    pub const fn with_earlier_revision(mut self) -> Self {
        self.accepts_earlier_revision = true;
        self
    }

    /// Takes requests in these sessions too.
    #[must_use]
    pub fn with_sessions(mut self, sessions: Arc<Sessions>) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// Takes requests of contract accounts too (ERC-1271, ERC-6492), about which `contracts` asks
    /// the chain of this verifier.
    ///
    /// Each request may then cost a look at the chain, to learn whether its account is a contract.
    #[must_use]
    pub fn with_contract_signer(mut self, contracts: Arc<dyn ContractSigner>) -> Self {
        self.contracts = Some(contracts);
        self
    }

    /// The clock that says what time it is.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The window in which signatures are accepted. A [`ReplayGuard`] is made for the same one.
    pub const fn window(&self) -> AcceptanceWindow {
        self.window
    }

    /// The scheme under which callers reach the miner.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The account of the miner.
    pub const fn account(&self) -> AccountId {
        AccountId::new(self.chain, self.audience.recipient)
    }

    /// The subnet of the miner.
    pub const fn netuid(&self) -> NetUid {
        self.audience.netuid
    }

    /// Whether requests in sessions are taken.
    pub const fn takes_sessions(&self) -> bool {
        self.sessions.is_some()
    }

    /// Whether the revision of ERC-8128 before the newest is taken.
    pub const fn takes_earlier_revision(&self) -> bool {
        self.accepts_earlier_revision
    }

    /// Whether requests of contract accounts are taken.
    pub const fn takes_contract_accounts(&self) -> bool {
        self.contracts.is_some()
    }

    pub(crate) fn sessions(&self) -> Option<&Sessions> {
        self.sessions.as_deref()
    }

    /// Checks everything about a request that needs neither its content nor cryptography: shape
    /// and limits, account and chain, time, coverage, and for whom it is.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller.
    pub fn examine(&self, parts: &Parts) -> Result<Claim, Refusal> {
        self.examine_knowing(parts, None)
    }

    /// As [`examine`](Self::examine), and asks the store of sessions, where there is one, about a
    /// session that is not known in this process. A request whose fields are wrong anyhow is
    /// refused without asking.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller: [`Reason::SignatureVerificationUnavailable`] if the
    /// store does not answer.
    pub async fn examine_with_store(&self, parts: &Parts) -> Result<Claim, Refusal> {
        let outcome = self.examine(parts);
        match &self.sessions {
            Some(sessions) if outcome.is_err() && sessions.are_in_store() => {
                let Some(id) = self.missing_session(parts) else { return outcome };
                match sessions.fetch(&id).await? {
                    Some(session) => self.examine_knowing(parts, Some(&session)),
                    None => outcome,
                }
            }
            _ => outcome,
        }
    }

    fn missing_session(&self, parts: &Parts) -> Option<SessionId> {
        let authority = self.effective_authority(parts).ok()?;
        let view = self.view(parts, &authority);
        let expected = self.expectations(None);
        self.candidates(parts).ok()?.into_iter().find_map(|(kind, candidate)| match kind {
            SignatureKind::Session => {
                ClaimedSignature::missing_session(&candidate.ok()?, view, expected)
            }
            SignatureKind::Wallet(_) => None,
        })
    }

    fn candidates(&self, parts: &Parts) -> Result<Candidates, Refusal> {
        let accepted = AcceptedKinds {
            earlier_revision: self.accepts_earlier_revision,
            sessions: self.sessions.is_some(),
        };
        SignatureFields::parse(&parts.headers)
            .and_then(|fields| fields.candidates(|labels| accepted.kind(labels)))
            .map_err(unusable_fields)
    }

    fn view<'a>(&self, parts: &'a Parts, authority: &'a Authority) -> RequestView<'a> {
        RequestView {
            method: &parts.method,
            scheme: self.scheme,
            authority,
            uri: &parts.uri,
            headers: &parts.headers,
        }
    }

    fn expectations<'a>(&'a self, fetched: Option<&'a Arc<Session>>) -> Expectations<'a> {
        Expectations {
            chain: Some(self.chain),
            audience: self.audience,
            window: self.window,
            sessions: self.sessions.as_deref(),
            fetched,
            now: Some(self.clock.unix_seconds()),
        }
    }

    fn examine_knowing(
        &self,
        parts: &Parts,
        fetched: Option<&Arc<Session>>,
    ) -> Result<Claim, Refusal> {
        let candidates = self.candidates(parts)?;
        let authority = self.effective_authority(parts).map_err(|_| {
            Refusal::new(Reason::MalformedRequest, "the request must name one valid host")
        })?;
        let view = self.view(parts, &authority);
        let expected = self.expectations(fetched);
        let check = |(kind, candidate)| ClaimedSignature::check(kind, candidate, view, expected);
        let attempts: Vec<_> = candidates.into_iter().map(check).collect();
        if !attempts.iter().any(Result::is_ok) {
            return Err(first_failure(attempts));
        }
        let call = self.check_audience(&attempts, parts, &authority)?;

        Ok(Claim {
            attempts,
            call,
            request: UnboundRequest {
                method: parts.method.clone(),
                uri: parts.uri.clone(),
                scheme: self.scheme,
                headers: RequestBinding::bound_fields(&parts.headers),
                authority,
            },
        })
    }

    /// Verifies the content, as it was received, and the signature of a claim, and takes note that
    /// it was used, in `guard` or in its session.
    ///
    /// It waits for nothing unless a contract or a store outside of the process has to be asked.
    ///
    /// Cancel safety: if the future is dropped, the signature may count as used or not.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller. Nothing is noted then.
    pub async fn verify(
        &self,
        claim: Claim,
        content: &[u8],
        guard: &ReplayGuard,
    ) -> Result<VerifiedRequest, Refusal> {
        let Claim { mut attempts, call, request } = claim;
        check_content(&request.headers, content)?;
        for attempt in &mut attempts {
            let Ok(signature) = attempt else { continue };
            match signature.prove(self.contracts.as_deref(), self.sessions(), guard).await {
                Ok(()) => {
                    let account = signature.account;
                    let session = signature.session().cloned();
                    let binding = request.bind(signature.nonce.clone());
                    return Ok(VerifiedRequest { account, call, session, binding });
                }
                Err(refusal) => *attempt = Err(refusal),
            }
        }
        Err(first_failure(attempts))
    }

    fn effective_authority(&self, parts: &Parts) -> Result<Authority, InvalidAuthority> {
        match &self.fixed_authority {
            Some(authority) => Ok(authority.clone()),
            None => Authority::of_request(&parts.uri, &parts.headers, self.scheme),
        }
    }

    /// Checks that the request is for this miner: by its fields, by its session, or, of a plain
    /// ERC-8128 client, by its authority.
    fn check_audience(
        &self,
        attempts: &[Result<ClaimedSignature, Refusal>],
        parts: &Parts,
        authority: &Authority,
    ) -> Result<Option<CallFields>, Refusal> {
        let mut sessions = attempts.iter().flatten().map(ClaimedSignature::session);
        if sessions.all(|session| session.is_some()) {
            return CallFields::read_in_session(&parts.headers, self.audience).map(Some);
        }
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

fn check_content(headers: &HeaderMap, content: &[u8]) -> Result<(), Refusal> {
    match verify_content_digest(headers, content) {
        Ok(()) => Ok(()),
        Err(InvalidContentDigest::Missing) if content.is_empty() => Ok(()),
        Err(InvalidContentDigest::Missing) => {
            let detail = "a request with content needs a content-digest";
            Err(Refusal::new(Reason::ContentDigestRequired, detail))
        }
        Err(error) => Err(Refusal::new(Reason::BadContentDigest, error.to_string())),
    }
}

pub(super) fn unusable_fields(error: SignatureFieldsError) -> Refusal {
    match error {
        SignatureFieldsError::Missing => Refusal::new(
            Reason::SignatureMissing,
            "the request must be signed: signature or signature-input is missing",
        ),
        SignatureFieldsError::Malformed => Refusal::new(
            Reason::SignatureInputInvalid,
            "signature or signature-input is not a structured dictionary",
        ),
        SignatureFieldsError::TooLarge => Refusal::new(
            Reason::SignatureTooLarge,
            "there are more or larger signatures than accepted",
        ),
    }
}
