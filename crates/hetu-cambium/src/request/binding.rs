//! What a reply is bound to.

use http::{HeaderMap, Method, Uri};

use crate::message_signature::Part;
use crate::signature::{Authority, RequestView, Scheme};
use crate::{Nonce, fields};

/// The parts of a request that the signature of its reply covers.
#[derive(Clone, Debug)]
pub(crate) struct RequestBinding {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    pub(crate) headers: HeaderMap,
    pub(crate) nonce: Nonce,
    /// `true` if a wallet signed the request. Its reply then covers the signature too, so that it
    /// proves which caller asked: nonces are unique for each caller alone. Both sides of a session
    /// share its key, so a reply in it proves nothing to others.
    pub(crate) is_by_wallet: bool,
}

impl RequestBinding {
    /// The fields of `headers` that a reply covers.
    pub(crate) fn bound_fields(headers: &HeaderMap, is_by_wallet: bool) -> HeaderMap {
        let signature = [fields::SIGNATURE, fields::SIGNATURE_INPUT];
        [fields::CONTENT_DIGEST, fields::HETU_RECIPIENT]
            .into_iter()
            .chain(signature.into_iter().filter(|_| is_by_wallet))
            .flat_map(|name| {
                headers.get_all(&name).iter().map(move |value| (name.clone(), value.clone()))
            })
            .collect()
    }

    /// The absolute target, in one form for all that the signature cannot tell apart.
    pub(crate) fn target(&self) -> String {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        // An empty query is signed as none.
        let path = if self.uri.query() == Some("") { path.trim_end_matches('?') } else { path };
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    pub(crate) fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            scheme: self.scheme,
            authority: &self.authority,
            uri: &self.uri,
            headers: &self.headers,
        }
    }

    /// The parts of the request that every signature over its reply covers.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        let target =
            [Part::RequestMethod, Part::RequestAuthority, Part::RequestPath, Part::RequestQuery];
        // A caller that speaks plain ERC-8128 may have sent neither.
        let sent = [
            (Part::RequestContentDigest, self.headers.contains_key(fields::CONTENT_DIGEST)),
            (Part::RequestHetuRecipient, self.headers.contains_key(fields::HETU_RECIPIENT)),
            (Part::RequestSignature, self.is_by_wallet),
            (Part::RequestSignatureInput, self.is_by_wallet),
        ];
        target.into_iter().chain(sent.into_iter().filter_map(|(part, is_in)| is_in.then_some(part)))
    }
}
