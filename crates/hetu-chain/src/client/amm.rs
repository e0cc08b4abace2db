//! Trades of a subnet's token.

use std::future::ready;

use super::error::ChainError;
use super::payment::{Payer, Payment};
use super::reader::Reader;
use super::reported::reported;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Read, Revert, Write, subnet_amm, token};
use crate::model::{
    ChainEvent, LargeTrade, PoolEvent, PoolHealth, PoolInfo, PoolStatistics, ReserveCheck, Subnet,
    TradeLimits, TradeQuote, TraderVolume, TransactionReceipt,
};
use crate::stakework::{Trade, TradeDirection};
use crate::{Address, Amount, NetUid};

/// A handle of one subnet's pool, its `SubnetAMM` contract. Prices are in WHETU for one whole
/// alpha.
#[derive(Clone, Copy, Debug)]
pub struct Amm<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
    netuid: NetUid,
    pool: Address,
    alpha_token: Address,
}

/// A completed trade.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletedTrade {
    /// The amount paid: WHETU for a purchase of alpha, alpha for a sale.
    pub paid: Amount,
    /// The amount received.
    pub received: Amount,
    /// The price after the trade.
    pub price_after: Amount,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Amm<'client> {
    pub(super) const fn new(
        reader: &'client Reader,
        settings: &'client SenderSettings,
        subnet: &Subnet,
    ) -> Self {
        let Subnet { netuid, pool, alpha_token, .. } = *subnet;
        Self { reader, settings, netuid, pool, alpha_token }
    }

    /// Returns the subnet.
    pub const fn netuid(self) -> NetUid {
        self.netuid
    }

    /// Returns the address of the pool contract, which receives the traded tokens.
    pub const fn address(self) -> Address {
        self.pool
    }

    /// Returns a summary of the pool (`getPoolInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getPoolInfo")]
    pub async fn info(self) -> Result<PoolInfo, ChainError> {
        self.read(subnet_amm::info()).await
    }

    /// Returns statistics of the pool (`getStatistics`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getStatistics")]
    pub async fn statistics(self) -> Result<PoolStatistics, ChainError> {
        self.read(subnet_amm::statistics()).await
    }

    /// Returns the price that the reserves imply (`getAlphaPrice`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getAlphaPrice")]
    pub async fn price(self) -> Result<Amount, ChainError> {
        self.read(subnet_amm::price()).await
    }

    /// Returns the moving average of the price (`getMovingAlphaPrice`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getMovingAlphaPrice")]
    pub async fn moving_price(self) -> Result<Amount, ChainError> {
        self.read(subnet_amm::moving_price()).await
    }

    /// Returns the exact result of a trade at this block, in wei (`getSwapPreview`).
    /// [`AmmPool::preview`](crate::stakework::AmmPool::preview) computes it without a call.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getSwapPreview")]
    pub async fn quote(self, trade: Trade) -> Result<TradeQuote, ChainError> {
        self.read(subnet_amm::quote(trade)).await
    }

    /// Returns the slippage of a trade, in basis points relative to the current price
    /// (`calculateSlippage`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "calculateSlippage")]
    pub async fn slippage(self, trade: Trade) -> Result<u64, ChainError> {
        self.read(subnet_amm::slippage(trade)).await
    }

    /// Returns whether a trade is large for the pool (`checkLargeTradeWarning`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "checkLargeTradeWarning")]
    pub async fn large_trade(self, trade: Trade) -> Result<LargeTrade, ChainError> {
        self.read(subnet_amm::large_trade(trade)).await
    }

    /// Returns how far the pool is above its minimum (`getPoolHealth`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getPoolHealth")]
    pub async fn health(self) -> Result<PoolHealth, ChainError> {
        self.read(subnet_amm::health()).await
    }

    /// Returns whether the pool holds the reserves that it has booked (`verifyReserves`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "verifyReserves")]
    pub async fn check_reserves(self) -> Result<ReserveCheck, ChainError> {
        self.read(subnet_amm::check_reserves()).await
    }

    /// Returns the pool's balances of WHETU and alpha, booked or not (`getTokenBalances`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getTokenBalances")]
    pub async fn token_balances(self) -> Result<(Amount, Amount), ChainError> {
        self.read(subnet_amm::token_balances()).await
    }

    /// Returns the trade volume of `account` (`getUserStats`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getUserStats")]
    pub async fn trader(self, account: Address) -> Result<TraderVolume, ChainError> {
        self.read(subnet_amm::trader(account)).await
    }

    /// Returns the account that may add and remove liquidity (`systemAddress`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "systemAddress")]
    pub async fn system_address(self) -> Result<Address, ChainError> {
        self.read(subnet_amm::system_address()).await
    }

    /// Makes a trade and sends its proceeds to `to` (`swapHETUForAlpha`, `swapAlphaForHETU`).
    /// Approves the payment, and wraps HETU if there is too little WHETU.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AMM: INSUFFICIENT_OUTPUT_AMOUNT` if the trade would return
    /// less than the limits allow, `AMM: INSUFFICIENT_LIQUIDITY`, or `ERC20InsufficientBalance` if
    /// there is too little alpha; [`ChainError::InsufficientFunds`]; [`ChainError::Unconfirmed`]
    /// after the time in the limits.
    #[doc(alias = "swapHETUForAlpha")]
    #[doc(alias = "swapAlphaForHETU")]
    pub fn trade(
        self,
        trade: Trade,
        limits: TradeLimits,
        to: Address,
    ) -> ContractCall<'client, CompletedTrade> {
        let amount = trade.amount_in;
        let payment = match trade.direction {
            TradeDirection::HetuToAlpha => Payment::Whetu(amount),
            TradeDirection::AlphaToHetu => Payment::Token { token: self.alpha_token, amount },
        };
        let payer = Payer { reader: self.reader, settings: self.settings };
        let swap = self.write(subnet_amm::swap(trade, limits.at_least, to));
        payer
            .funded(swap, self.pool, ready(Ok(payment)))
            .foreseeing(move |account| self.trade_refusal(account, trade, limits))
            .deadline(limits.within)
            .returning(move |receipt| traded(receipt, trade.direction))
    }

    /// Adds liquidity, which only the system address can do (`injectLiquidity`). WHETU and alpha
    /// have to be approved for the [pool](Amm::address).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AMM: ONLY_SYSTEM` or `AMM: ZERO_AMOUNTS`.
    #[doc(alias = "injectLiquidity")]
    pub fn add_liquidity(self, hetu: Amount, alpha: Amount) -> ContractCall<'client> {
        self.write(subnet_amm::inject(hetu, alpha))
    }

    /// Removes liquidity, which only the system address can do (`withdrawLiquidity`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AMM: ONLY_SYSTEM`, or with the reason that too little
    /// liquidity would remain.
    #[doc(alias = "withdrawLiquidity")]
    pub fn remove_liquidity(
        self,
        hetu: Amount,
        alpha: Amount,
        to: Address,
    ) -> ContractCall<'client> {
        self.write(subnet_amm::withdraw(hetu, alpha, to))
    }

    /// Removes tokens that entered the pool without a trade, which only the system address can do
    /// (`skimSurplus`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `AMM: ONLY_SYSTEM`.
    #[doc(alias = "skimSurplus")]
    pub fn skim_surplus(self, to: Address) -> ContractCall<'client> {
        self.write(subnet_amm::skim(self.netuid, to))
    }

    /// Updates the moving price to the current block (`updateMovingPrice`). Any account can do
    /// this.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`], [`ChainError::Rpc`].
    #[doc(alias = "updateMovingPrice")]
    pub fn update_moving_price(self) -> ContractCall<'client> {
        self.write(subnet_amm::update_moving_price())
    }

    /// Refuses a trade that the pool or the tokens would refuse at this block, using only reads.
    async fn trade_refusal(
        self,
        account: Address,
        trade: Trade,
        limits: TradeLimits,
    ) -> Result<(), ChainError> {
        let refused = |function: &str, reason: &str| {
            let (function, revert) = (function.to_owned(), Revert::Reason(reason.to_owned()));
            Err(ChainError::Reverted { function, revert })
        };
        let quote = self.quote(trade).await?;
        let function = subnet_amm::swap(trade, limits.at_least, account).function;
        if !quote.is_possible {
            return refused(&function, "AMM: INSUFFICIENT_LIQUIDITY");
        }
        if quote.amount_out < limits.at_least {
            return refused(&function, "AMM: INSUFFICIENT_OUTPUT_AMOUNT");
        }
        if trade.direction == TradeDirection::AlphaToHetu {
            let held = self.reader.read(self.alpha_token, token::balance_of(account)).await?;
            if held < trade.amount_in {
                return refused(&function, "ERC20InsufficientBalance");
            }
        }
        Ok(())
    }

    async fn read<T>(self, read: Read<T>) -> Result<T, ChainError> {
        self.reader.read(self.pool, read).await
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.pool, write)
    }
}

fn traded(
    receipt: TransactionReceipt,
    direction: TradeDirection,
) -> Result<CompletedTrade, ChainError> {
    let pick = |event: &ChainEvent| match (direction, event) {
        (
            TradeDirection::HetuToAlpha,
            ChainEvent::Pool(PoolEvent::AlphaBought { hetu_in, alpha_out, price, .. }),
        ) => Some((*hetu_in, *alpha_out, *price)),
        (
            TradeDirection::AlphaToHetu,
            ChainEvent::Pool(PoolEvent::AlphaSold { alpha_in, hetu_out, price, .. }),
        ) => Some((*alpha_in, *hetu_out, *price)),
        _ => None,
    };
    let (function, event) = match direction {
        TradeDirection::HetuToAlpha => ("swapHETUForAlpha", "SwapHETUForAlpha"),
        TradeDirection::AlphaToHetu => ("swapAlphaForHETU", "SwapAlphaForHETU"),
    };
    let (paid, received, price_after) = reported(&receipt, function, event, pick)?;
    Ok(CompletedTrade { paid, received, price_after, receipt })
}
