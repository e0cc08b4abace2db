// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../SubnetTypes.sol";

/// @title ISubnetAMM
/// @notice The pool of a subnet: trades HETU against the alpha token. Amounts are in wei, prices are HETU per
/// alpha times 1e18, shares are in basis points.
interface ISubnetAMM {
    /// @notice Liquidity was added.
    /// @param injector Account that added it.
    /// @param hetuAmount HETU.
    /// @param alphaAmount Alpha.
    event LiquidityInjected(address indexed injector, uint256 hetuAmount, uint256 alphaAmount);

    /// @notice Liquidity was taken out.
    /// @param withdrawer Account that took it.
    /// @param hetuAmount HETU.
    /// @param alphaAmount Alpha.
    event LiquidityWithdrawn(address indexed withdrawer, uint256 hetuAmount, uint256 alphaAmount);

    /// @notice The prices were brought up to date.
    /// @param currentPrice Price.
    /// @param movingPrice Moving average.
    event PriceUpdated(uint256 currentPrice, uint256 movingPrice);

    /// @notice The reserves changed.
    /// @param subnetHetu HETU in the pool.
    /// @param subnetAlphaIn Alpha in the pool.
    /// @param subnetAlphaOut Alpha that traders took out and did not bring back.
    event ReservesUpdated(uint256 subnetHetu, uint256 subnetAlphaIn, uint256 subnetAlphaOut);

    /// @notice Alpha was sold.
    /// @param user Trader.
    /// @param alphaAmountIn Alpha paid.
    /// @param hetuAmountOut HETU received.
    /// @param newPrice Price after the trade.
    event SwapAlphaForHETU(
        address indexed user, uint256 alphaAmountIn, uint256 hetuAmountOut, uint256 newPrice
    );

    /// @notice Alpha was bought.
    /// @param user Trader.
    /// @param hetuAmountIn HETU paid.
    /// @param alphaAmountOut Alpha received.
    /// @param newPrice Price after the trade.
    event SwapHETUForAlpha(
        address indexed user, uint256 hetuAmountIn, uint256 alphaAmountOut, uint256 newPrice
    );

    /// @notice Tokens that somebody sent to the pool without a trade were taken out.
    /// @param to Receiver.
    /// @param hetuAmount HETU.
    /// @param alphaAmount Alpha.
    event SurplusSkimmed(address indexed to, uint256 hetuAmount, uint256 alphaAmount);

    /// @notice Only the contract that registered the subnet may do this.
    /// @param caller Account that tried.
    error OnlySubnetContract(address caller);

    /// @notice The pool has its first liquidity already.
    error AlreadySeeded();

    /// @notice The pool was not paid what it is told to book.
    /// @param hetuBalance HETU it holds.
    /// @param alphaBalance Alpha it holds.
    error SeedNotPaid(uint256 hetuBalance, uint256 alphaBalance);

    /// @notice Books the first liquidity, which must have been paid in. Subnet contract only, once.
    /// @dev Reverts OnlySubnetContract, AlreadySeeded, "AMM: ZERO_AMOUNTS", SeedNotPaid.
    /// @param hetuAmount HETU.
    /// @param alphaAmount Alpha.
    function seedLiquidity(uint256 hetuAmount, uint256 alphaAmount) external;

    /// @notice Adds liquidity; the tokens must be approved. System address only.
    /// @dev Reverts "AMM: ONLY_SYSTEM", "AMM: ZERO_AMOUNTS".
    /// @param hetuAmount HETU.
    /// @param alphaAmount Alpha.
    function injectLiquidity(uint256 hetuAmount, uint256 alphaAmount) external;

    /// @notice Takes liquidity out. System address only.
    /// @dev Reverts "AMM: ONLY_SYSTEM", "AMM: ZERO_ADDRESS", "AMM: ZERO_AMOUNTS",
    /// "AMM: INSUFFICIENT_HETU_RESERVE", "AMM: INSUFFICIENT_ALPHA_RESERVE", "AMM: BELOW_MIN_LIQUIDITY".
    /// @param hetuAmount HETU.
    /// @param alphaAmount Alpha.
    /// @param to Receiver.
    function withdrawLiquidity(uint256 hetuAmount, uint256 alphaAmount, address to) external;

    /// @notice Takes out what the pool holds beyond its reserves, which stay as they are. System address
    /// only. @dev Reverts "AMM: ONLY_SYSTEM", "AMM: ZERO_ADDRESS".
    /// @param to Receiver.
    function skimSurplus(address to) external;

    /// @notice Buys alpha; the HETU must be approved.
    /// @dev Reverts "AMM: INSUFFICIENT_INPUT_AMOUNT", "AMM: ZERO_ADDRESS", "AMM: INSUFFICIENT_LIQUIDITY",
    /// "AMM: INSUFFICIENT_OUTPUT_AMOUNT".
    /// @param hetuAmountIn HETU paid.
    /// @param alphaAmountOutMin Least alpha accepted.
    /// @param to Receiver.
    /// @return alphaAmountOut Alpha received.
    function swapHETUForAlpha(uint256 hetuAmountIn, uint256 alphaAmountOutMin, address to)
        external
        returns (uint256 alphaAmountOut);

    /// @notice Sells alpha; the alpha must be approved. Reverts as `swapHETUForAlpha`.
    /// @param alphaAmountIn Alpha paid.
    /// @param hetuAmountOutMin Least HETU accepted.
    /// @param to Receiver.
    /// @return hetuAmountOut HETU received.
    function swapAlphaForHETU(uint256 alphaAmountIn, uint256 hetuAmountOutMin, address to)
        external
        returns (uint256 hetuAmountOut);

    /// @notice Brings the stored price and the moving average up to date. Open to anyone.
    function updateMovingPrice() external;

    /// @notice Alpha that a purchase would yield.
    /// @param hetuAmount HETU paid.
    /// @return alphaAmount Alpha, zero if the trade would be refused.
    function simSwapHETUForAlpha(uint256 hetuAmount) external view returns (uint256 alphaAmount);

    /// @notice HETU that a sale would yield.
    /// @param alphaAmount Alpha paid.
    /// @return hetuAmount HETU, zero if the trade would be refused.
    function simSwapAlphaForHETU(uint256 alphaAmount) external view returns (uint256 hetuAmount);

    /// @notice What a trade would do.
    /// @param amountIn Amount paid.
    /// @param isHETUToAlpha True for a purchase of alpha, false for a sale.
    /// @return amountOut Amount received, zero if the trade would be refused.
    /// @return priceImpact Change of the price in basis points, rounded down.
    /// @return newPrice Price after the trade.
    /// @return isLiquiditySufficient False if the trade would leave too little in the pool.
    function getSwapPreview(uint256 amountIn, bool isHETUToAlpha)
        external
        view
        returns (uint256 amountOut, uint256 priceImpact, uint256 newPrice, bool isLiquiditySufficient);

    /// @notice By how much a trade falls short of the present price.
    /// @param amountIn Amount paid.
    /// @param isHETUToAlpha True for a purchase of alpha, false for a sale.
    /// @return slippageRate Basis points; zero for a stable pool.
    function calculateSlippage(uint256 amountIn, bool isHETUToAlpha)
        external
        view
        returns (uint256 slippageRate);

    /// @notice Whether a trade is large for the pool.
    /// @param amountIn Amount paid.
    /// @param isHETUToAlpha True for a purchase of alpha, false for a sale.
    /// @return isLargeTrade True from 500 basis points of the reserve paid into.
    /// @return percentageOfPool Share of that reserve in basis points.
    /// @return warning Text.
    function checkLargeTradeWarning(uint256 amountIn, bool isHETUToAlpha)
        external
        view
        returns (bool isLargeTrade, uint256 percentageOfPool, string memory warning);

    /// @notice Price now.
    /// @return price Price.
    function getAlphaPrice() external view returns (uint256 price);

    /// @notice Price that the reserves imply; the same as `getAlphaPrice`.
    /// @return Price.
    function getTheoreticalPrice() external view returns (uint256);

    /// @notice Moving average of the price.
    /// @return Price.
    function getMovingAlphaPrice() external view returns (uint256);

    /// @notice Product of the reserves.
    /// @return Product.
    function getK() external view returns (uint256);

    /// @notice Where the pool comes from.
    /// @return _creator Factory.
    /// @return _createdAt Unix time of the creation, in seconds.
    /// @return _netuid Subnet.
    function getCreatorInfo() external view returns (address _creator, uint256 _createdAt, uint256 _netuid);

    /// @notice How far the smaller reserve lies above the minimum.
    /// @return isHealthy True if it is at least twice the minimum.
    /// @return status Text.
    /// @return liquidityRatio Smaller reserve in basis points of the minimum.
    function getPoolHealth()
        external
        view
        returns (bool isHealthy, string memory status, uint256 liquidityRatio);

    /// @notice The pool at a glance.
    /// @return _mechanism How it prices a trade.
    /// @return _subnetHetu HETU in the pool.
    /// @return _subnetAlphaIn Alpha in the pool.
    /// @return _subnetAlphaOut Alpha that traders took out and did not bring back.
    /// @return _currentPrice Stored price.
    /// @return _movingPrice Moving average.
    /// @return _totalVolume Volume.
    /// @return _minimumLiquidity Reserve that trades must leave.
    function getPoolInfo()
        external
        view
        returns (
            SubnetTypes.MechanismType _mechanism,
            uint256 _subnetHetu,
            uint256 _subnetAlphaIn,
            uint256 _subnetAlphaOut,
            uint256 _currentPrice,
            uint256 _movingPrice,
            uint256 _totalVolume,
            uint256 _minimumLiquidity
        );

    /// @notice Figures of the pool.
    /// @return _totalVolume Volume.
    /// @return _currentPrice Stored price.
    /// @return _movingPrice Moving average.
    /// @return _priceUpdateBlock Block of the last price update.
    /// @return _totalLiquidity Both reserves in HETU at the present price.
    function getStatistics()
        external
        view
        returns (
            uint256 _totalVolume,
            uint256 _currentPrice,
            uint256 _movingPrice,
            uint256 _priceUpdateBlock,
            uint256 _totalLiquidity
        );

    /// @notice Who may do what.
    /// @return _systemAddress Account that manages the liquidity.
    /// @return _subnetContract Contract that registered the subnet.
    function getSystemInfo() external view returns (address _systemAddress, address _subnetContract);

    /// @notice Tokens the pool holds, booked or not.
    /// @return hetuBalance HETU.
    /// @return alphaBalance Alpha.
    function getTokenBalances() external view returns (uint256 hetuBalance, uint256 alphaBalance);

    /// @notice What an account traded.
    /// @param user Trader.
    /// @return _userVolume Volume.
    /// @return _userVolumePercentage Share of the whole volume in basis points.
    function getUserStats(address user)
        external
        view
        returns (uint256 _userVolume, uint256 _userVolumePercentage);

    /// @notice Whether the pool holds exactly what it booked.
    /// @dev Tokens that someone sent to the pool without a trade are a surplus; `skimSurplus` takes it out.
    /// @return isConsistent True if it does.
    /// @return message Text.
    function verifyReserves() external view returns (bool isConsistent, string memory message);

    /// @notice Whether an account is the factory.
    /// @param addr Account.
    /// @return True if it is.
    function isCreator(address addr) external view returns (bool);

    /// @notice Whether an account is the one that manages the liquidity.
    /// @param addr Account.
    /// @return True if it is.
    function isSystemAddress(address addr) external view returns (bool);

    /// @notice The stored price.
    /// @return Price.
    function currentAlphaPrice() external view returns (uint256);

    /// @notice HETU in the pool.
    /// @return Reserve.
    function subnetHetu() external view returns (uint256);

    /// @notice Alpha in the pool.
    /// @return Reserve.
    function subnetAlphaIn() external view returns (uint256);

    /// @notice Volume traded, in HETU.
    /// @return Volume.
    function totalVolume() external view returns (uint256);
}
