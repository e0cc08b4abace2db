//! The receipt document.

use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use serde::{Deserialize, Serialize};

use super::InvalidReceipt;
use super::messages::{KeptContent, KeptReply, KeptRequest};
use crate::request::Authenticator;
use crate::{Authority, InvalidAuthority, PendingReply, Scheme};

/// The version of the document.
const VERSION: u16 = 1;

/// Maximum bytes of a receipt that is read, with room for contents of 64 MiB each.
const LONGEST: usize = 192 << 20;

/// A request that its caller signed, and the reply to it that its miner signed. It is evidence that
/// any program can verify, offline and at any later time, without trust in the presenter.
///
/// Contents may be left out; the signatures then prove only their digests. A call in a session
/// makes no receipt, because each side could have made both halves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    receipt_version: u16,
    pub(super) request: KeptRequest,
    pub(super) reply: KeptReply,
}

impl Receipt {
    /// Creates the receipt of a miner for a request that it received under `scheme` and
    /// `authority`, and the reply that it signed.
    ///
    /// This function verifies no signature: see [`verify`](Self::verify).
    ///
    /// # Errors
    /// [`InvalidReceipt::Malformed`] if the target of the request is invalid.
    pub fn new(
        request: &Parts,
        scheme: Scheme,
        authority: &Authority,
        status: StatusCode,
        reply: &HeaderMap,
    ) -> Result<Self, InvalidReceipt> {
        let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
        let target: Uri =
            format!("{scheme}://{authority}{path}").parse().map_err(InvalidReceipt::malformed)?;
        Ok(Self {
            receipt_version: VERSION,
            request: KeptRequest::new(&request.method, target.to_string(), &request.headers),
            reply: KeptReply::new(status, reply),
        })
    }

    /// Adds the contents.
    #[must_use]
    pub fn with_contents(mut self, request: &[u8], reply: &[u8]) -> Self {
        self.request.content = Some(KeptContent(request.to_vec()));
        self.reply.content = Some(KeptContent(reply.to_vec()));
        self
    }

    /// Parses a receipt from JSON.
    ///
    /// # Errors
    /// [`InvalidReceipt`] if it is not a receipt. Its signatures are not verified yet.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidReceipt> {
        if json.len() > LONGEST {
            return Err(InvalidReceipt::TooLarge { limit: LONGEST });
        }
        let receipt: Self = serde_json::from_slice(json).map_err(InvalidReceipt::malformed)?;
        if receipt.receipt_version != VERSION {
            let reason = format!("version {} is not known", receipt.receipt_version);
            return Err(InvalidReceipt::malformed(reason));
        }
        Ok(receipt)
    }

    /// Serialises the receipt as JSON.
    pub fn to_json(&self) -> String {
        #[expect(clippy::expect_used, reason = "strings and numbers under fixed names")]
        serde_json::to_string(self).expect("JSON")
    }

    pub(super) fn target(&self) -> Result<(Scheme, Authority), InvalidReceipt> {
        let uri: Uri = self.request.target.parse().map_err(InvalidReceipt::malformed)?;
        let scheme = Scheme::of_uri(&uri)
            .ok_or_else(|| InvalidReceipt::malformed("the target is not absolute"))?;
        let authority = uri
            .authority()
            .ok_or(InvalidAuthority)
            .and_then(|authority| Authority::parse(authority.as_str(), scheme));
        Ok((scheme, authority.map_err(InvalidReceipt::malformed)?))
    }
}

impl PendingReply {
    /// Creates the receipt of a caller for the reply to its request, or returns `None` in a
    /// session.
    ///
    /// This function verifies no signature: see [`PendingReply::verify`] and [`Receipt::verify`].
    pub fn receipt(&self, status: StatusCode, reply: &HeaderMap) -> Option<Receipt> {
        matches!(self.authenticator, Authenticator::Wallet { .. }).then(|| Receipt {
            receipt_version: VERSION,
            request: KeptRequest::new(
                &self.binding.method,
                self.binding.target(),
                &self.binding.headers,
            ),
            reply: KeptReply::new(status, reply),
        })
    }
}
