//! What a receipt proves.

use hetu_chain::NetUid;
use http::{HeaderMap, Method, StatusCode};

use super::messages::KeptContent;
use super::{InvalidReceipt, Receipt};
use crate::request::{Authenticator, RequestBinding, RequestEvidence};
use crate::{
    AcceptanceWindow, AccountId, Codec, InvalidContentDigest, PendingReply, verify_content_digest,
};

/// What a valid receipt proves: that this caller sent this request, and that this miner answered
/// it so.
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
    /// The absolute target, in the one form that stands for what was signed.
    pub target: String,
    /// The status of the reply.
    pub status: StatusCode,
    /// When the caller signed, by its own clock, in seconds since 1970.
    pub requested_at: u64,
    /// When the miner signed, by its own clock, in seconds since 1970.
    pub replied_at: u64,
    /// The content of the request, if the receipt holds it.
    pub request_content: Option<Vec<u8>>,
    /// The content of the reply, if the receipt holds it.
    pub reply_content: Option<Vec<u8>>,
}

impl Receipt {
    /// Verifies both signatures and what ties them together. Needs neither a network nor the
    /// present time.
    ///
    /// It proves which caller asked and which miner answered: the reply covers the signature of the
    /// request. Roles at that time are in the chain.
    ///
    /// # Errors
    /// [`InvalidReceipt`] says what is wrong.
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
