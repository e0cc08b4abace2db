//! The arithmetic of pools and of the price of subnets, compared with the contracts.

use hetu_chain::stakework::{AmmPool, LockCost, Mechanism, Trade, TradeDirection, TradeRefusal};
use hetu_chain::{Amount, Hetutensor};

use crate::contract_calls::{Contract, word};
use crate::setup::{Chain, chain, devnet_chain};

const DIRECTIONS: [TradeDirection; 2] = [TradeDirection::HetuToAlpha, TradeDirection::AlphaToHetu];

struct Market {
    chain: Chain,
    trader: Hetutensor,
    pool: Contract,
}

impl Market {
    /// Creates a new subnet's pool, and a trader with HETU.
    async fn open() -> Self {
        let chain = chain().await;
        let netuid = chain.active_subnet().await;
        let trader = chain.connect_as(2).await;
        let subnet = trader.subnets().info(netuid).await.unwrap();
        let pool = Contract::at(subnet.pool, &chain.node);
        trader.tokens().wrap(Amount::from_hetu(10_000)).await.unwrap();
        let tokens = [chain.node.contracts().whetu, subnet.alpha_token];
        for token in tokens {
            let arguments = [word(subnet.pool), Amount::MAX.to_be_bytes()];
            let token = Contract::at(token, &chain.node);
            token.write(&trader, "approve(address,uint256)", &arguments).await;
        }
        Self { chain, trader, pool }
    }

    /// Returns the pool as the contract describes it, and its moving price.
    async fn state(&self) -> (AmmPool, Amount) {
        let info = self.pool.read("getPoolInfo()", &[]).await.unwrap();
        assert_eq!(info[0], Amount::from_wei(1), "the mechanism is the dynamic one");
        let pool = AmmPool {
            mechanism: Mechanism::Dynamic,
            hetu_reserve: info[1],
            alpha_reserve: info[2],
            minimum_liquidity: info[7],
        };
        (pool, info[5])
    }

    /// Returns the contract's preview of a trade: output, impact, price and slippage. Returns
    /// `None` where the contract would refuse.
    async fn preview(&self, trade: Trade) -> Option<[Amount; 4]> {
        let is_buy = trade.direction == TradeDirection::HetuToAlpha;
        let arguments =
            [trade.amount_in.to_be_bytes(), Amount::from_wei(is_buy.into()).to_be_bytes()];
        let preview = self.pool.read("getSwapPreview(uint256,bool)", &arguments).await?;
        let slippage = self.pool.read("calculateSlippage(uint256,bool)", &arguments).await?;
        let is_sufficient = !preview[3].is_zero() && !preview[0].is_zero();
        is_sufficient.then(|| [preview[0], preview[1], preview[2], slippage[0]])
    }

    async fn swap(&self, trade: Trade) {
        let function = match trade.direction {
            TradeDirection::HetuToAlpha => "swapHETUForAlpha(uint256,uint256,address)",
            TradeDirection::AlphaToHetu => "swapAlphaForHETU(uint256,uint256,address)",
        };
        let to = word(self.trader.address().unwrap());
        let arguments = [trade.amount_in.to_be_bytes(), [0; 32], to];
        self.pool.write(&self.trader, function, &arguments).await;
    }
}

#[tokio::test]
async fn previews_are_the_contracts_to_the_last_wei() {
    let market = Market::open().await;
    let trades = [
        ("123.456789012345678901", TradeDirection::HetuToAlpha),
        ("7.000000000000000003", TradeDirection::AlphaToHetu),
        ("0.000000000000000007", TradeDirection::HetuToAlpha),
        ("31.4", TradeDirection::AlphaToHetu),
        ("150", TradeDirection::HetuToAlpha),
    ];
    for (amount, direction) in trades {
        let (before, average) = market.state().await;
        for amount_in in ["0.000000000000000001", "0.3", "17.77", "990", "123456789"] {
            for direction in DIRECTIONS {
                let trade = Trade { direction, amount_in: amount_in.parse().unwrap() };
                let ours = before.preview(trade).ok().map(|preview| {
                    [preview.amount_out, preview.price_impact, preview.new_price, preview.slippage]
                });
                assert_eq!(ours, market.preview(trade).await, "{trade:?} of {before:?}");
            }
        }
        let block = market.trader.block().await.unwrap().id.number;
        let updated = market.pool.read("priceUpdateBlock()", &[]).await.unwrap()[0];
        let trade = Trade { direction, amount_in: amount.parse().unwrap() };
        let expected = before.preview(trade).unwrap().pool;
        market.chain.node.mine(37).await;
        market.swap(trade).await;
        let blocks = block + 38 - u64::try_from(updated.to_wei().unwrap()).unwrap();
        assert_eq!(
            market.state().await,
            (expected, expected.moving_price(average, blocks)),
            "{trade:?} of {before:?}"
        );
    }
}

#[tokio::test]
async fn the_price_of_an_output_buys_it_from_the_contract_and_a_wei_less_does_not() {
    let market = Market::open().await;
    let (pool, _) = market.state().await;
    for direction in DIRECTIONS {
        for amount_out in ["0.000000000000000001", "1", "33.333333333333333333", "89"] {
            let amount_out: Amount = amount_out.parse().unwrap();
            let trade = pool.price_of(direction, amount_out).unwrap();
            assert!(market.preview(trade).await.unwrap()[0] >= amount_out);
            let amount_in = trade.amount_in.saturating_sub(Amount::from_wei(1));
            let less = market.preview(Trade { amount_in, ..trade }).await;
            assert!(less.is_none_or(|preview| preview[0] < amount_out));
        }
    }
}

#[tokio::test]
async fn trades_that_would_drain_the_pool_are_refused_here_and_there() {
    let market = Market::open().await;
    let (pool, _) = market.state().await;
    for direction in DIRECTIONS {
        let trade = Trade { direction, amount_in: Amount::from_hetu(1_000_000) };
        assert_eq!(pool.preview(trade).unwrap_err(), TradeRefusal::InsufficientLiquidity);
        assert_eq!(market.preview(trade).await, None);
    }
}

#[tokio::test]
async fn the_price_of_a_subnet_is_the_contracts_at_every_block() {
    let chain = devnet_chain().await;
    let reader = chain.connect().await;
    let manager = Contract::at(chain.node.contracts().subnet_manager, &chain.node);
    chain.active_subnet().await;
    chain.node.mine(150).await;
    chain.active_subnet().await;
    for blocks in [0, 1, 999, 7_000, 8_000] {
        chain.node.mine(blocks).await;
        let parameters = manager.read("getNetworkParams()", &[]).await.unwrap();
        let whole = |amount: Amount| u64::try_from(amount.to_wei().unwrap()).unwrap();
        let cost = LockCost {
            minimum: parameters[0],
            last: parameters[1],
            reduction_interval: whole(parameters[4]).try_into().unwrap(),
        };
        let passed = reader.block().await.unwrap().id.number - whole(parameters[2]);
        let said = manager.read("getNetworkLockCost()", &[]).await.unwrap()[0];
        assert_eq!(cost.after(passed), said, "{passed} blocks after {cost:?}");
    }
}
