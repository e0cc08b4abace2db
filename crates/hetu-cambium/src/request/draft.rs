//! A request on its way to being signed, by whatever kind of key.

use hetu_chain::{Address, ChainId};
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use std::sync::Arc;

use super::binding::RequestBinding;
use super::revision::Erc8128Revision;
use crate::session::{SequenceTicket, SessionId, SessionKeys};
use crate::signature::{
    Authority, InvalidAuthority, Message, RequestView, Scheme, SignatureInput, signature_base,
    signature_fields,
};
use crate::{
    Codec, Component, Envelope, Nonce, PROTOCOL_VERSION, Service, SigningError, content_digest,
    fields,
};

/// A request with all fields of the protocol but the signature.
#[derive(Debug)]
pub(crate) struct Draft<'envelope> {
    scheme: Scheme,
    authority: Authority,
    envelope: &'envelope Envelope,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Wallet(Erc8128Revision),
    Session,
}

/// By whose word a reply counts.
#[derive(Clone, Debug)]
pub(crate) enum Authenticator {
    /// That of the account which was called, on this chain.
    Wallet { chain: ChainId },
    /// That of the session.
    Session {
        id: SessionId,
        keys: Arc<SessionKeys>,
        /// Holds the number of the request, which is under way until this is dropped.
        #[expect(dead_code, reason = "held for its end")]
        ticket: Arc<SequenceTicket>,
    },
}

/// What the reply to one signed request must be bound to. See [`PendingReply::verify`].
#[derive(Clone, Debug)]
pub struct PendingReply {
    pub(crate) recipient: Address,
    pub(crate) codec: Codec,
    pub(crate) binding: RequestBinding,
    pub(crate) authenticator: Authenticator,
}

impl<'envelope> Draft<'envelope> {
    pub(super) fn for_wallet(
        parts: &mut Parts,
        content: &[u8],
        envelope: &'envelope Envelope,
        revision: Erc8128Revision,
    ) -> Result<Self, SigningError> {
        Self::new(parts, content, envelope, Kind::Wallet(revision))
    }

    /// In a session, subnet and recipient are known from the handshake.
    pub(crate) fn in_session(
        parts: &mut Parts,
        content: &[u8],
        envelope: &'envelope Envelope,
    ) -> Result<Self, SigningError> {
        Self::new(parts, content, envelope, Kind::Session)
    }

    fn new(
        parts: &mut Parts,
        content: &[u8],
        envelope: &'envelope Envelope,
        kind: Kind,
    ) -> Result<Self, SigningError> {
        let scheme = Scheme::of_uri(&parts.uri).ok_or(SigningError::NotAbsolute)?;
        let authority = sent_authority(parts, scheme)?;
        let headers = &mut parts.headers;
        headers.insert(CONTENT_TYPE, envelope.codec.content_type());
        headers.insert(fields::CONTENT_DIGEST, content_digest(content));
        headers.insert(fields::CAMBIUM_VERSION, PROTOCOL_VERSION.into());
        headers.insert(fields::HETU_TIMEOUT_MS, envelope.timeout_milliseconds().into());
        if let Kind::Wallet(_) = kind {
            let recipient = envelope.recipient.to_lower_hex();
            #[expect(clippy::expect_used, reason = "hexadecimal digits are visible ASCII")]
            let recipient = HeaderValue::try_from(recipient).expect("a field value");
            headers.insert(fields::HETU_NETUID, envelope.netuid.get().into());
            headers.insert(fields::HETU_RECIPIENT, recipient);
        }
        Ok(Self { scheme, authority, envelope, kind })
    }

    /// What the signature covers, without parameters yet.
    pub(crate) fn input(&self, parts: &Parts) -> SignatureInput {
        let target: &[Component] = match self.kind {
            Kind::Wallet(Erc8128Revision::Earlier) if parts.uri.query().is_none() => {
                &[Component::METHOD, Component::AUTHORITY, Component::PATH]
            }
            Kind::Wallet(Erc8128Revision::Earlier) => {
                &[Component::METHOD, Component::AUTHORITY, Component::PATH, Component::QUERY]
            }
            Kind::Wallet(Erc8128Revision::Newest) | Kind::Session => &[
                Component::SCHEME,
                Component::AUTHORITY,
                Component::METHOD,
                Component::PATH,
                Component::QUERY,
            ],
        };
        let names: &[HeaderName] = match self.kind {
            Kind::Wallet(_) => &fields::CALL_FIELDS,
            Kind::Session => &[fields::CAMBIUM_VERSION, fields::HETU_TIMEOUT_MS],
        };
        let content = [fields::CONTENT_DIGEST, CONTENT_TYPE];
        let covered = content.iter().chain(names).cloned().map(Component::field);
        SignatureInput::new(target.iter().cloned().chain(covered))
    }

    /// The text to sign.
    pub(crate) fn base(
        &self,
        parts: &Parts,
        input: &SignatureInput,
    ) -> Result<String, SigningError> {
        let request = RequestView {
            method: &parts.method,
            scheme: self.scheme,
            authority: &self.authority,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        Ok(signature_base(input, &Message::Request(request))?)
    }

    /// Puts the signature into the request.
    pub(crate) fn finish(
        self,
        parts: &mut Parts,
        base: &str,
        signature: &[u8],
        nonce: Nonce,
        authenticator: Authenticator,
    ) -> PendingReply {
        let (input, signature) = signature_fields(base, signature);
        parts.headers.insert(fields::SIGNATURE_INPUT, input);
        parts.headers.insert(fields::SIGNATURE, signature);
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
            },
            authenticator,
        }
    }
}

/// The request `POST {endpoint}/{S::NAME}`, without fields.
pub(crate) fn call_parts<S: Service>(endpoint: &Uri) -> Result<Parts, SigningError> {
    named_call_parts(endpoint, S::NAME)
}

/// The request `POST {endpoint}/{service}`, without fields.
pub(crate) fn named_call_parts(endpoint: &Uri, service: &str) -> Result<Parts, SigningError> {
    let base = endpoint.to_string();
    let target = format!("{}/{service}", base.trim_end_matches('/'));
    let request = Request::builder().method(Method::POST).uri(target).body(());
    Ok(request.map_err(|_| SigningError::NotAbsolute)?.into_parts().0)
}

/// The authority that the miner will see. A field `Host` that says something else than the target
/// would make the miner see another one than some client libraries send.
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
