//! Parts of a request to which a reply is bound.

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
    /// `true` if a wallet signed the request. Its reply then covers the signature too and so proves
    /// the caller, because nonces are unique only for each caller. Both sides of a session share
    /// its key, so a reply in it is no evidence for others.
    pub(crate) is_by_wallet: bool,
}

impl RequestBinding {
    /// Returns the fields of `headers` that a reply covers.
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

    /// Returns the absolute target, in one form for all targets that the signature does not
    /// distinguish.
    pub(crate) fn target(&self) -> String {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        // An empty query is signed as a missing one.
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

    /// Returns the parts of the request that every signature over its reply covers.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        let target =
            [Part::RequestMethod, Part::RequestAuthority, Part::RequestPath, Part::RequestQuery];
        // A plain ERC-8128 client may have sent neither.
        let sent = [
            (Part::RequestContentDigest, self.headers.contains_key(fields::CONTENT_DIGEST)),
            (Part::RequestHetuRecipient, self.headers.contains_key(fields::HETU_RECIPIENT)),
            (Part::RequestSignature, self.is_by_wallet),
            (Part::RequestSignatureInput, self.is_by_wallet),
        ];
        target.into_iter().chain(sent.into_iter().filter_map(|(part, is_in)| is_in.then_some(part)))
    }
}
