//! A request before it is signed, with any kind of key.

use hetu_chain::{Address, ChainId};
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Uri};
use std::sync::Arc;

use super::binding::RequestBinding;
use super::revision::Erc8128Revision;
use crate::message_signature::{Part, SignatureDraft};
use crate::session::{SequenceTicket, SessionId, SessionKeys};
use crate::signature::{Authority, InvalidAuthority, Message, RequestView, Scheme};
use crate::{
    Codec, Envelope, Nonce, PROTOCOL_VERSION, Service, SigningError, content_digest, fields,
};

/// A request with all fields of the protocol but the signature.
#[derive(Debug)]
pub(crate) struct RequestDraft<'envelope> {
    scheme: Scheme,
    authority: Authority,
    envelope: &'envelope Envelope,
    kind: DraftKind,
}

#[derive(Clone, Copy, Debug)]
enum DraftKind {
    Wallet(Erc8128Revision),
    Session,
}

/// The key that authenticates a reply.
#[derive(Clone, Debug)]
pub(crate) enum Authenticator {
    /// The wallet of the called account on this chain.
    Wallet { chain: ChainId },
    /// The key of the session.
    Session {
        id: SessionId,
        keys: Arc<SessionKeys>,
        /// The number of the request, which is pending until this ticket is dropped.
        #[expect(dead_code, reason = "held for its end")]
        ticket: Arc<SequenceTicket>,
    },
}

/// The data to which the reply to one signed request must be bound. See [`PendingReply::verify`].
#[derive(Clone, Debug)]
pub struct PendingReply {
    pub(crate) recipient: Address,
    pub(crate) codec: Codec,
    pub(crate) binding: RequestBinding,
    pub(crate) authenticator: Authenticator,
}

impl<'envelope> RequestDraft<'envelope> {
    pub(super) fn for_wallet(
        parts: &mut Parts,
        content: &[u8],
        envelope: &'envelope Envelope,
        revision: Erc8128Revision,
    ) -> Result<Self, SigningError> {
        Self::new(parts, content, envelope, DraftKind::Wallet(revision))
    }

    /// Creates a draft in a session, for which the handshake has fixed subnet and recipient.
    pub(crate) fn in_session(
        parts: &mut Parts,
        content: &[u8],
        envelope: &'envelope Envelope,
    ) -> Result<Self, SigningError> {
        Self::new(parts, content, envelope, DraftKind::Session)
    }

    fn new(
        parts: &mut Parts,
        content: &[u8],
        envelope: &'envelope Envelope,
        kind: DraftKind,
    ) -> Result<Self, SigningError> {
        let scheme = Scheme::of_uri(&parts.uri).ok_or(SigningError::NotAbsolute)?;
        let authority = sent_authority(parts, scheme)?;
        let headers = &mut parts.headers;
        headers.insert(CONTENT_TYPE, envelope.codec.content_type());
        headers.insert(fields::CONTENT_DIGEST, content_digest(content));
        headers.insert(fields::CAMBIUM_VERSION, PROTOCOL_VERSION.into());
        headers.insert(fields::HETU_TIMEOUT_MS, envelope.timeout_milliseconds().into());
        if let DraftKind::Wallet(_) = kind {
            let recipient = envelope.recipient.to_lower_hex();
            #[expect(clippy::expect_used, reason = "hexadecimal digits are visible ASCII")]
            let recipient = HeaderValue::try_from(recipient).expect("a field value");
            headers.insert(fields::HETU_NETUID, envelope.netuid.get().into());
            headers.insert(fields::HETU_RECIPIENT, recipient);
        }
        Ok(Self { scheme, authority, envelope, kind })
    }

    /// Returns a draft of the signature without parameters.
    pub(crate) fn signature(&self, parts: &Parts) -> SignatureDraft {
        let target: &[Part] = match self.kind {
            DraftKind::Wallet(Erc8128Revision::Earlier) if parts.uri.query().is_none() => {
                &[Part::Method, Part::Authority, Part::Path]
            }
            DraftKind::Wallet(Erc8128Revision::Earlier) => {
                &[Part::Method, Part::Authority, Part::Path, Part::Query]
            }
            DraftKind::Wallet(Erc8128Revision::Newest) | DraftKind::Session => {
                &[Part::Scheme, Part::Authority, Part::Method, Part::Path, Part::Query]
            }
        };
        let fields: &[Part] = match self.kind {
            DraftKind::Wallet(_) => &[
                Part::ContentDigest,
                Part::ContentType,
                Part::CambiumVersion,
                Part::HetuNetuid,
                Part::HetuRecipient,
                Part::HetuTimeoutMs,
            ],
            DraftKind::Session => {
                &[Part::ContentDigest, Part::ContentType, Part::CambiumVersion, Part::HetuTimeoutMs]
            }
        };
        SignatureDraft::new(target.iter().chain(fields).copied().collect())
    }

    /// Returns the text to sign.
    pub(crate) fn base(
        &self,
        parts: &Parts,
        signature: &SignatureDraft,
    ) -> Result<Vec<u8>, SigningError> {
        let request = RequestView {
            method: &parts.method,
            scheme: self.scheme,
            authority: &self.authority,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        Ok(signature.base(Message::Request(request))?)
    }

    /// Adds the signature to the request.
    pub(crate) fn finish(
        self,
        parts: &mut Parts,
        draft: SignatureDraft,
        signature: &[u8],
        nonce: Nonce,
        authenticator: Authenticator,
    ) -> PendingReply {
        draft.finish(signature, &mut parts.headers);
        PendingReply {
            recipient: self.envelope.recipient,
            codec: self.envelope.codec,
            binding: RequestBinding {
                method: parts.method.clone(),
                uri: parts.uri.clone(),
                scheme: self.scheme,
                authority: self.authority,
                headers: parts.headers.clone(),
                nonce,
                is_by_wallet: matches!(authenticator, Authenticator::Wallet { .. }),
            },
            authenticator,
        }
    }
}

/// Returns the request `POST {endpoint}/{S::NAME}`, without fields.
pub(crate) fn call_parts<S: Service>(endpoint: &Uri) -> Result<Parts, SigningError> {
    named_call_parts(endpoint, S::NAME)
}

/// Returns the request `POST {endpoint}/{service}`, without fields.
pub(crate) fn named_call_parts(endpoint: &Uri, service: &str) -> Result<Parts, SigningError> {
    let base = endpoint.to_string();
    let target = format!("{}/{service}", base.trim_end_matches('/'));
    let request = Request::builder().method(Method::POST).uri(target).body(());
    Ok(request.map_err(|_| SigningError::NotAbsolute)?.into_parts().0)
}

/// Returns the authority that the miner will see. A `Host` field that differs from the target is
/// refused, because client libraries differ in which of the two they send.
fn sent_authority(parts: &Parts, scheme: Scheme) -> Result<Authority, SigningError> {
    let target = Authority::of_request(&parts.uri, &parts.headers, scheme)?;
    if let Some(host) = parts.headers.get(HOST) {
        let host = host.to_str().map_err(|_| InvalidAuthority)?;
        if Authority::parse(host, scheme)? != target {
            return Err(SigningError::ConflictingHost);
        }
    }
    Ok(target)
}
