//! Events of `WHETU` and of the `AlphaToken` of each subnet.

use super::ownership;
use crate::NetUid;
use crate::abi::bindings::alpha_token::AlphaTokenEvents;
use crate::abi::bindings::whetu::WhetuEvents;
use crate::abi::convert::{address, amount};
use crate::model::{ChainEvent, Contract, Token, TokenEvent};

pub(super) fn convert_whetu(event: WhetuEvents) -> ChainEvent {
    use WhetuEvents as Event;
    let token = Token::Whetu;
    ChainEvent::Token(match event {
        Event::TransferFilter(event) => TokenEvent::Transferred {
            token,
            from: address(event.from),
            to: address(event.to),
            amount: amount(event.value),
        },
        Event::ApprovalFilter(event) => TokenEvent::Approved {
            token,
            owner: address(event.owner),
            spender: address(event.spender),
            amount: amount(event.value),
        },
        Event::DepositFilter(event) => {
            TokenEvent::Wrapped { account: address(event.user), amount: amount(event.amount) }
        }
        Event::WithdrawalFilter(event) => {
            TokenEvent::Unwrapped { account: address(event.user), amount: amount(event.amount) }
        }
        Event::Eip712DomainChangedFilter(_) => TokenEvent::PermitDomainChanged,
    })
}

pub(super) fn convert_alpha(netuid: NetUid, event: AlphaTokenEvents) -> ChainEvent {
    use AlphaTokenEvents as Event;
    let token = Token::Alpha(netuid);
    ChainEvent::Token(match event {
        Event::TransferFilter(event) => TokenEvent::Transferred {
            token,
            from: address(event.from),
            to: address(event.to),
            amount: amount(event.value),
        },
        Event::ApprovalFilter(event) => TokenEvent::Approved {
            token,
            owner: address(event.owner),
            spender: address(event.spender),
            amount: amount(event.value),
        },
        Event::TokensMintedFilter(event) => {
            TokenEvent::Minted { netuid, to: address(event.to), amount: amount(event.amount) }
        }
        Event::TokensBurnedFilter(event) => {
            TokenEvent::Burned { netuid, from: address(event.from), amount: amount(event.amount) }
        }
        Event::MinterAddedFilter(event) => {
            TokenEvent::MinterAdded { netuid, minter: address(event.minter) }
        }
        Event::MinterRemovedFilter(event) => {
            TokenEvent::MinterRemoved { netuid, minter: address(event.minter) }
        }
        Event::MinterChangedFilter(event) => TokenEvent::MinterReplaced {
            netuid,
            previous: address(event.old_minter),
            current: address(event.new_minter),
        },
        Event::OwnershipTransferredFilter(event) => {
            let (previous, current) = (event.previous_owner, event.new_owner);
            return ownership::transferred(Contract::AlphaToken(netuid), previous, current);
        }
    })
}
