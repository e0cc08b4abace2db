//! The miner's side: from bytes to a caller.

use std::sync::Arc;

use hetu_chain::{Address, ChainId, Clock, NetUid, SystemClock};
use http::request::Parts;

use super::binding::RequestBinding;
use super::call_fields::CallFields;
use super::candidate::ClaimedSignature;
use super::claim::{Claim, UnboundRequest, VerifiedRequest, first_failure};
use crate::signature::{
    Authority, InvalidAuthority, RequestView, Scheme, SignatureFields, SignatureFieldsError,
};
use crate::{
    AcceptanceWindow, InvalidContentDigest, Reason, Refusal, ReplayGuard, verify_content_digest,
};

/// Verifies that requests are signed by their callers and meant for one miner (ERC-8128).
///
/// Verification has two stages, so that a server can turn most unwanted requests away before it
/// reads their content: [`examine`](Self::examine) looks at the fields alone and does no
/// cryptography, [`verify`](Self::verify) does the rest.
///
/// Only accounts that sign with their own key are accepted; no contract is asked (ERC-8128 calls
/// this `eoa-only`).
#[derive(Clone, Debug)]
pub struct RequestVerifier {
    chain: ChainId,
    netuid: NetUid,
    address: Address,
    scheme: Scheme,
    authorities: Vec<Authority>,
    fixed_authority: Option<Authority>,
    window: AcceptanceWindow,
    clock: Arc<dyn Clock>,
}

impl RequestVerifier {
    /// A verifier for requests to the miner at `address` on `chain`, in the subnet `netuid`.
    ///
    /// The miner is taken to be reached over plain `http`.
    pub fn new(chain: ChainId, netuid: NetUid, address: Address) -> Self {
        Self {
            chain,
            netuid,
            address,
            scheme: Scheme::Http,
            authorities: Vec::new(),
            fixed_authority: None,
            window: AcceptanceWindow::default(),
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

    /// Checks everything about a request that needs neither its content nor cryptography: shape
    /// and limits, account and chain, time, coverage, and for whom it is.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller.
    pub fn examine(&self, parts: &Parts) -> Result<Claim, Refusal> {
        let candidates = SignatureFields::parse(&parts.headers)
            .and_then(|fields| fields.candidates(super::TAG))
            .map_err(|error| match error {
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
            })?;
        let authority = self.effective_authority(parts).map_err(|_| {
            Refusal::new(Reason::MalformedRequest, "the request must name one valid host")
        })?;
        let view = RequestView {
            method: &parts.method,
            scheme: self.scheme,
            authority: &authority,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        let now = self.clock.unix_seconds();
        let attempts: Vec<_> = candidates
            .into_iter()
            .map(|candidate| ClaimedSignature::check(candidate, view, self.chain, self.window, now))
            .collect();
        if !attempts.iter().any(Result::is_ok) {
            return Err(first_failure(attempts));
        }
        let call = CallFields::read(&parts.headers)?;
        self.check_audience(call, &authority)?;

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

    /// Verifies the content, as it was received, and the signature of a claim, and takes note in
    /// `guard` that it was used.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller. Nothing is noted then.
    pub fn verify(
        &self,
        claim: Claim,
        content: &[u8],
        guard: &ReplayGuard,
    ) -> Result<VerifiedRequest, Refusal> {
        let Claim { mut attempts, call, request } = claim;
        match verify_content_digest(&request.headers, content) {
            Ok(()) => {}
            Err(InvalidContentDigest::Missing) if content.is_empty() => {}
            Err(InvalidContentDigest::Missing) => {
                let detail = "a request with content needs a content-digest";
                return Err(Refusal::new(Reason::ContentDigestRequired, detail));
            }
            Err(error) => return Err(Refusal::new(Reason::BadContentDigest, error.to_string())),
        }

        for attempt in &mut attempts {
            let Ok(signature) = attempt else { continue };
            let outcome = signature.verify_signature().and_then(|()| {
                let ClaimedSignature { account, nonce, created, expires, .. } = &*signature;
                guard.consume(*account, nonce, *created, *expires)
            });
            match outcome {
                Ok(()) => {
                    let account = signature.account;
                    let binding = request.bind(signature.nonce.clone());
                    return Ok(VerifiedRequest { account, call, binding });
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

    fn check_audience(
        &self,
        call: Option<CallFields>,
        authority: &Authority,
    ) -> Result<(), Refusal> {
        match call {
            Some(call) if call.recipient != self.address => {
                let detail = "the request is addressed to another miner";
                Err(Refusal::new(Reason::WrongRecipient, detail))
            }
            Some(call) if call.netuid != self.netuid => {
                let detail = "the request is for another subnet";
                Err(Refusal::new(Reason::WrongNetuid, detail))
            }
            None if !self.authorities.contains(authority) => Err(Refusal::new(
                Reason::WrongAuthority,
                "the request names no recipient, and its host is not one this miner is known by",
            )),
            _ => Ok(()),
        }
    }
}
