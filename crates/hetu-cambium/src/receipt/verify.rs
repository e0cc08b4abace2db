//! Verification of receipts.

use hetu_chain::NetUid;
use http::{HeaderMap, Method, StatusCode};

use super::messages::KeptContent;
use super::{InvalidReceipt, Receipt};
use crate::request::{Authenticator, RequestBinding, RequestEvidence};
use crate::{
    AcceptanceWindow, AccountId, Codec, InvalidContentDigest, PendingReply, verify_content_digest,
};

/// The facts that a valid receipt proves: this caller sent this request, and this miner sent this
/// reply to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedReceipt {
    /// The account that signed the request.
    pub caller: AccountId,
    /// The account that signed the reply.
    pub miner: AccountId,
    /// The subnet that the caller named.
    pub netuid: NetUid,
    /// The method of the request.
    pub method: Method,
    /// The absolute target, in one form for all targets that the signature does not distinguish.
    pub target: String,
    /// The status of the reply.
    pub status: StatusCode,
    /// The time of the caller's signature, by its own clock, in seconds since 1970.
    pub requested_at: u64,
    /// The time of the miner's signature, by its own clock, in seconds since 1970.
    pub replied_at: u64,
    /// The content of the request, if the receipt holds it.
    pub request_content: Option<Vec<u8>>,
    /// The content of the reply, if the receipt holds it.
    pub reply_content: Option<Vec<u8>>,
}

impl Receipt {
    /// Verifies both signatures and the link between them. Needs neither a network nor the current
    /// time.
    ///
    /// The receipt proves the caller and the miner, because the reply covers the signature of the
    /// request. Roles at that time are on the chain.
    ///
    /// # Errors
    /// [`InvalidReceipt`] names the fault.
    pub fn verify(&self) -> Result<VerifiedReceipt, InvalidReceipt> {
        let parts = self.request.parts()?;
        let (scheme, authority) = self.target()?;
        let request =
            RequestEvidence::of(&parts, scheme, &authority).map_err(InvalidReceipt::Request)?;
        let (status, headers) = self.reply.parts()?;
        check_content(&parts.headers, self.request.content.as_ref())
            .map_err(InvalidReceipt::RequestContent)?;
        check_content(&headers, self.reply.content.as_ref())
            .map_err(|error| InvalidReceipt::Reply(error.into()))?;

        let RequestEvidence { account: caller, audience, created, expires, nonce } = request;
        let binding = RequestBinding {
            method: parts.method.clone(),
            uri: parts.uri,
            scheme,
            authority,
            headers: parts.headers,
            nonce,
            is_by_wallet: true,
        };
        let target = binding.target();
        let pending = PendingReply {
            recipient: audience.recipient,
            codec: Codec::default(),
            binding,
            authenticator: Authenticator::Wallet { chain: caller.chain },
        };
        let replied_at =
            pending.verify_evidence(status, &headers).map_err(InvalidReceipt::Reply)?;
        AcceptanceWindow::default()
            .check(created, expires, replied_at)
            .map_err(|_| InvalidReceipt::WrongTime)?;
        let bytes =
            |content: &Option<KeptContent>| content.as_ref().map(|content| content.0.clone());
        Ok(VerifiedReceipt {
            caller,
            miner: AccountId::new(caller.chain, audience.recipient),
            netuid: audience.netuid,
            method: parts.method,
            target,
            status,
            requested_at: created,
            replied_at,
            request_content: bytes(&self.request.content),
            reply_content: bytes(&self.reply.content),
        })
    }
}

fn check_content(
    headers: &HeaderMap,
    content: Option<&KeptContent>,
) -> Result<(), InvalidContentDigest> {
    content.map_or(Ok(()), |content| verify_content_digest(headers, &content.0))
}
