//! What a reply is bound to.

use http::{HeaderMap, Method, Uri};

use crate::signature::{Authority, RequestView, Scheme};
use crate::{Component, Nonce, fields};

/// The parts of a request that the signature of its reply covers.
#[derive(Clone, Debug)]
pub(crate) struct RequestBinding {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    pub(crate) headers: HeaderMap,
    pub(crate) nonce: Nonce,
}

impl RequestBinding {
    /// Keeps of `headers` what a reply covers.
    pub(crate) fn bound_fields(headers: &HeaderMap) -> HeaderMap {
        [fields::CONTENT_DIGEST, fields::HETU_RECIPIENT]
            .into_iter()
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

    /// The components of the request that every signature over its reply covers.
    pub(crate) fn covered_components(&self) -> Vec<Component> {
        let mut components = vec![
            Component::METHOD.of_request(),
            Component::AUTHORITY.of_request(),
            Component::PATH.of_request(),
            Component::QUERY.of_request(),
        ];
        // A caller that speaks plain ERC-8128 may have sent neither.
        for name in [fields::CONTENT_DIGEST, fields::HETU_RECIPIENT] {
            if self.headers.contains_key(&name) {
                components.push(Component::field(name).of_request());
            }
        }
        components
    }
}
