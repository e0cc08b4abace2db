// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "./SubnetTypes.sol";
import {ISubnetAMM} from "./interfaces/ISubnetAMM.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title SubnetAMM
/// @notice The pool of a subnet: trades HETU against the alpha token.
/// @dev Trades are priced by the booked reserves, so tokens sent to the pool do not move the price. Every
/// division is rounded in the pool's favour.
contract SubnetAMM is ISubnetAMM, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Blocks after which a new price makes up half of the moving average.
    uint256 public constant HALVING_TIME = 1000;

    uint256 private constant ONE = 1e18;
    uint256 private constant BASIS_POINTS = 10_000;

    /// @notice Wrapped HETU.
    IERC20 public immutable hetuToken;

    /// @notice Token of the subnet.
    IERC20 public immutable alphaToken;

    /// @notice Subnet.
    uint16 public immutable netuid;

    /// @notice Factory that created the pool.
    address public immutable creator;

    /// @notice Account that manages the liquidity.
    address public immutable systemAddress;

    /// @notice Contract that registered the subnet.
    address public immutable subnetContract;

    /// @notice How the pool prices a trade.
    SubnetTypes.MechanismType public immutable mechanism;

    /// @notice Reserve that trades and withdrawals must leave, in wei.
    uint256 public immutable minimumPoolLiquidity;

    /// @notice Unix time of the creation, in seconds.
    uint256 public immutable createdAt;

    /// @inheritdoc ISubnetAMM
    uint256 public subnetHetu;

    /// @inheritdoc ISubnetAMM
    uint256 public subnetAlphaIn;

    /// @notice Alpha that traders took out and did not bring back, in wei.
    uint256 public subnetAlphaOut;

    /// @inheritdoc ISubnetAMM
    uint256 public currentAlphaPrice;

    /// @notice Moving average of the price.
    uint256 public movingAlphaPrice;

    /// @notice Block of the last price update.
    uint256 public priceUpdateBlock;

    /// @inheritdoc ISubnetAMM
    uint256 public totalVolume;

    /// @notice Volume an account traded, in HETU.
    mapping(address user => uint256 volume) public userVolume;

    modifier onlySystem() {
        require(msg.sender == systemAddress, "AMM: ONLY_SYSTEM");
        _;
    }

    /// @notice Creates an empty pool.
    /// @param _hetuToken Wrapped HETU.
    /// @param _alphaToken Token of the subnet.
    /// @param _netuid Subnet.
    /// @param _systemAddress Account that manages the liquidity.
    /// @param _subnetContract Contract that registered the subnet.
    /// @param _mechanism How the pool prices a trade.
    /// @param _minimumPoolLiquidity Reserve that trades and withdrawals must leave, in wei.
    constructor(
        address _hetuToken,
        address _alphaToken,
        uint16 _netuid,
        address _systemAddress,
        address _subnetContract,
        SubnetTypes.MechanismType _mechanism,
        uint256 _minimumPoolLiquidity
    ) {
        hetuToken = IERC20(_hetuToken);
        alphaToken = IERC20(_alphaToken);
        netuid = _netuid;
        creator = msg.sender;
        systemAddress = _systemAddress;
        subnetContract = _subnetContract;
        mechanism = _mechanism;
        minimumPoolLiquidity = _minimumPoolLiquidity;
        createdAt = block.timestamp;
    }

    /// @inheritdoc ISubnetAMM
    function seedLiquidity(uint256 hetuAmount, uint256 alphaAmount) external nonReentrant {
        if (msg.sender != subnetContract) revert OnlySubnetContract(msg.sender);
        if (priceUpdateBlock != 0) revert AlreadySeeded();
        require(hetuAmount > 0 && alphaAmount > 0, "AMM: ZERO_AMOUNTS");
        (uint256 hetuBalance, uint256 alphaBalance) = getTokenBalances();
        if (hetuBalance < hetuAmount || alphaBalance < alphaAmount) {
            revert SeedNotPaid(hetuBalance, alphaBalance);
        }
        _addReserves(hetuAmount, alphaAmount);
    }

    /// @inheritdoc ISubnetAMM
    function injectLiquidity(uint256 hetuAmount, uint256 alphaAmount) external onlySystem nonReentrant {
        require(hetuAmount > 0 || alphaAmount > 0, "AMM: ZERO_AMOUNTS");
        _addReserves(hetuAmount, alphaAmount);
        hetuToken.safeTransferFrom(msg.sender, address(this), hetuAmount);
        alphaToken.safeTransferFrom(msg.sender, address(this), alphaAmount);
    }

    /// @inheritdoc ISubnetAMM
    function withdrawLiquidity(uint256 hetuAmount, uint256 alphaAmount, address to)
        external
        onlySystem
        nonReentrant
    {
        require(to != address(0), "AMM: ZERO_ADDRESS");
        require(hetuAmount > 0 || alphaAmount > 0, "AMM: ZERO_AMOUNTS");
        require(subnetHetu >= hetuAmount, "AMM: INSUFFICIENT_HETU_RESERVE");
        require(subnetAlphaIn >= alphaAmount, "AMM: INSUFFICIENT_ALPHA_RESERVE");
        subnetHetu -= hetuAmount;
        subnetAlphaIn -= alphaAmount;
        require(
            subnetHetu >= minimumPoolLiquidity && subnetAlphaIn >= minimumPoolLiquidity,
            "AMM: BELOW_MIN_LIQUIDITY"
        );
        emit LiquidityWithdrawn(msg.sender, hetuAmount, alphaAmount);
        _reservesChanged();
        hetuToken.safeTransfer(to, hetuAmount);
        alphaToken.safeTransfer(to, alphaAmount);
    }

    /// @inheritdoc ISubnetAMM
    function skimSurplus(address to) external onlySystem nonReentrant {
        require(to != address(0), "AMM: ZERO_ADDRESS");
        (uint256 hetuBalance, uint256 alphaBalance) = getTokenBalances();
        uint256 hetuSurplus = hetuBalance - subnetHetu;
        uint256 alphaSurplus = alphaBalance - subnetAlphaIn;
        emit SurplusSkimmed(to, hetuSurplus, alphaSurplus);
        hetuToken.safeTransfer(to, hetuSurplus);
        alphaToken.safeTransfer(to, alphaSurplus);
    }

    /// @inheritdoc ISubnetAMM
    function swapHETUForAlpha(uint256 hetuAmountIn, uint256 alphaAmountOutMin, address to)
        external
        nonReentrant
        returns (uint256 alphaAmountOut)
    {
        alphaAmountOut = _quote(hetuAmountIn, alphaAmountOutMin, to, true);
        _countVolume(hetuAmountIn);
        subnetHetu += hetuAmountIn;
        subnetAlphaIn -= alphaAmountOut;
        subnetAlphaOut += alphaAmountOut;
        _reservesChanged();
        emit SwapHETUForAlpha(msg.sender, hetuAmountIn, alphaAmountOut, currentAlphaPrice);
        hetuToken.safeTransferFrom(msg.sender, address(this), hetuAmountIn);
        alphaToken.safeTransfer(to, alphaAmountOut);
    }

    /// @inheritdoc ISubnetAMM
    function swapAlphaForHETU(uint256 alphaAmountIn, uint256 hetuAmountOutMin, address to)
        external
        nonReentrant
        returns (uint256 hetuAmountOut)
    {
        hetuAmountOut = _quote(alphaAmountIn, hetuAmountOutMin, to, false);
        _countVolume(Math.mulDiv(alphaAmountIn, getAlphaPrice(), ONE));
        subnetAlphaIn += alphaAmountIn;
        subnetHetu -= hetuAmountOut;
        // Minters can create alpha that never left the pool, so more may come in than went out.
        subnetAlphaOut = Math.saturatingSub(subnetAlphaOut, alphaAmountIn);
        _reservesChanged();
        emit SwapAlphaForHETU(msg.sender, alphaAmountIn, hetuAmountOut, currentAlphaPrice);
        alphaToken.safeTransferFrom(msg.sender, address(this), alphaAmountIn);
        hetuToken.safeTransfer(to, hetuAmountOut);
    }

    /// @inheritdoc ISubnetAMM
    function updateMovingPrice() external nonReentrant {
        _updatePrices();
    }

    /// @inheritdoc ISubnetAMM
    function simSwapHETUForAlpha(uint256 hetuAmount) external view returns (uint256 alphaAmount) {
        return _permittedOutput(hetuAmount, true);
    }

    /// @inheritdoc ISubnetAMM
    function simSwapAlphaForHETU(uint256 alphaAmount) external view returns (uint256 hetuAmount) {
        return _permittedOutput(alphaAmount, false);
    }

    /// @inheritdoc ISubnetAMM
    function getSwapPreview(uint256 amountIn, bool isHETUToAlpha)
        external
        view
        returns (uint256 amountOut, uint256 priceImpact, uint256 newPrice, bool isLiquiditySufficient)
    {
        uint256 price = getAlphaPrice();
        uint256 output = _output(amountIn, isHETUToAlpha);
        if (!_leavesMinimum(output, isHETUToAlpha)) return (0, 0, price, false);
        newPrice = isHETUToAlpha
            ? _price(subnetHetu + amountIn, subnetAlphaIn - output)
            : _price(subnetHetu - output, subnetAlphaIn + amountIn);
        uint256 change = newPrice > price ? newPrice - price : price - newPrice;
        priceImpact = price == 0 ? 0 : Math.mulDiv(change, BASIS_POINTS, price);
        return (output, priceImpact, newPrice, true);
    }

    /// @inheritdoc ISubnetAMM
    function calculateSlippage(uint256 amountIn, bool isHETUToAlpha)
        external
        view
        returns (uint256 slippageRate)
    {
        (uint256 reserveIn, uint256 reserveOut) = _reserves(isHETUToAlpha);
        if (mechanism == SubnetTypes.MechanismType.Stable || reserveIn == 0) return 0;
        uint256 theoretical = Math.mulDiv(amountIn, reserveOut, reserveIn);
        if (theoretical == 0) return 0;
        return Math.mulDiv(theoretical - _output(amountIn, isHETUToAlpha), BASIS_POINTS, theoretical);
    }

    /// @inheritdoc ISubnetAMM
    function checkLargeTradeWarning(uint256 amountIn, bool isHETUToAlpha)
        external
        view
        returns (bool isLargeTrade, uint256 percentageOfPool, string memory warning)
    {
        (uint256 reserveIn,) = _reserves(isHETUToAlpha);
        percentageOfPool = reserveIn == 0 ? type(uint256).max : Math.mulDiv(amountIn, BASIS_POINTS, reserveIn);
        if (percentageOfPool >= 2000) return (true, percentageOfPool, "Very large trade: 20% of the pool");
        if (percentageOfPool >= 1000) return (true, percentageOfPool, "Large trade: 10% of the pool");
        if (percentageOfPool >= 500) return (true, percentageOfPool, "Medium trade: 5% of the pool");
        return (false, percentageOfPool, "Normal trade");
    }

    /// @inheritdoc ISubnetAMM
    function getTheoreticalPrice() external view returns (uint256) {
        return getAlphaPrice();
    }

    /// @inheritdoc ISubnetAMM
    function getMovingAlphaPrice() external view returns (uint256) {
        return movingAlphaPrice;
    }

    /// @inheritdoc ISubnetAMM
    function getK() external view returns (uint256) {
        return subnetHetu * subnetAlphaIn;
    }

    /// @inheritdoc ISubnetAMM
    function getCreatorInfo() external view returns (address _creator, uint256 _createdAt, uint256 _netuid) {
        return (creator, createdAt, netuid);
    }

    /// @inheritdoc ISubnetAMM
    function getPoolHealth()
        external
        view
        returns (bool isHealthy, string memory status, uint256 liquidityRatio)
    {
        uint256 smaller = Math.min(subnetHetu, subnetAlphaIn);
        liquidityRatio = minimumPoolLiquidity == 0
            ? type(uint256).max
            : Math.mulDiv(smaller, BASIS_POINTS, minimumPoolLiquidity);
        if (liquidityRatio >= 2 * BASIS_POINTS) return (true, "Healthy", liquidityRatio);
        if (liquidityRatio >= BASIS_POINTS) return (false, "Low liquidity", liquidityRatio);
        return (false, "Below minimum liquidity", liquidityRatio);
    }

    /// @inheritdoc ISubnetAMM
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
        )
    {
        return (
            mechanism,
            subnetHetu,
            subnetAlphaIn,
            subnetAlphaOut,
            currentAlphaPrice,
            movingAlphaPrice,
            totalVolume,
            minimumPoolLiquidity
        );
    }

    /// @inheritdoc ISubnetAMM
    function getStatistics()
        external
        view
        returns (
            uint256 _totalVolume,
            uint256 _currentPrice,
            uint256 _movingPrice,
            uint256 _priceUpdateBlock,
            uint256 _totalLiquidity
        )
    {
        uint256 liquidity =
            subnetHetu + Math.mulDiv(subnetAlphaIn, getAlphaPrice(), ONE);
        return (totalVolume, currentAlphaPrice, movingAlphaPrice, priceUpdateBlock, liquidity);
    }

    /// @inheritdoc ISubnetAMM
    function getSystemInfo() external view returns (address _systemAddress, address _subnetContract) {
        return (systemAddress, subnetContract);
    }

    /// @inheritdoc ISubnetAMM
    function getUserStats(address user)
        external
        view
        returns (uint256 _userVolume, uint256 _userVolumePercentage)
    {
        _userVolume = userVolume[user];
        _userVolumePercentage = totalVolume == 0 ? 0 : Math.mulDiv(_userVolume, BASIS_POINTS, totalVolume);
    }

    /// @inheritdoc ISubnetAMM
    function verifyReserves() external view returns (bool isConsistent, string memory message) {
        (uint256 hetuBalance, uint256 alphaBalance) = getTokenBalances();
        if (hetuBalance < subnetHetu || alphaBalance < subnetAlphaIn) {
            return (false, "The pool holds less than it booked");
        }
        if (hetuBalance > subnetHetu || alphaBalance > subnetAlphaIn) {
            return (false, "The pool holds more than it booked");
        }
        return (true, "The pool holds what it booked");
    }

    /// @inheritdoc ISubnetAMM
    function isCreator(address addr) external view returns (bool) {
        return addr == creator;
    }

    /// @inheritdoc ISubnetAMM
    function isSystemAddress(address addr) external view returns (bool) {
        return addr == systemAddress;
    }

    /// @inheritdoc ISubnetAMM
    function getAlphaPrice() public view returns (uint256 price) {
        return _price(subnetHetu, subnetAlphaIn);
    }

    /// @inheritdoc ISubnetAMM
    function getTokenBalances() public view returns (uint256 hetuBalance, uint256 alphaBalance) {
        return (hetuToken.balanceOf(address(this)), alphaToken.balanceOf(address(this)));
    }

    function _quote(uint256 amountIn, uint256 amountOutMin, address to, bool isHETUToAlpha)
        private
        view
        returns (uint256 amountOut)
    {
        require(amountIn > 0, "AMM: INSUFFICIENT_INPUT_AMOUNT");
        require(to != address(0), "AMM: ZERO_ADDRESS");
        amountOut = _output(amountIn, isHETUToAlpha);
        require(_leavesMinimum(amountOut, isHETUToAlpha), "AMM: INSUFFICIENT_LIQUIDITY");
        // A trade too small to yield one wei would take the payment for nothing.
        require(amountOut > 0 && amountOut >= amountOutMin, "AMM: INSUFFICIENT_OUTPUT_AMOUNT");
    }

    function _addReserves(uint256 hetuAmount, uint256 alphaAmount) private {
        subnetHetu += hetuAmount;
        subnetAlphaIn += alphaAmount;
        emit LiquidityInjected(msg.sender, hetuAmount, alphaAmount);
        _reservesChanged();
    }

    function _reservesChanged() private {
        _updatePrices();
        emit ReservesUpdated(subnetHetu, subnetAlphaIn, subnetAlphaOut);
    }

    function _updatePrices() private {
        uint256 price = getAlphaPrice();
        currentAlphaPrice = price;
        movingAlphaPrice = priceUpdateBlock == 0 ? price : _nextMovingPrice(price);
        priceUpdateBlock = block.number;
        emit PriceUpdated(price, movingAlphaPrice);
    }

    /// @dev The longer ago the last update, the more a new price counts. Prices above one HETU count as one,
    /// so that a single trade cannot lift the average at will.
    function _nextMovingPrice(uint256 price) private view returns (uint256) {
        uint256 blocksPassed = block.number - priceUpdateBlock;
        uint256 share = blocksPassed * ONE / (blocksPassed + HALVING_TIME);
        return (share * Math.min(price, ONE) + (ONE - share) * movingAlphaPrice) / ONE;
    }

    function _countVolume(uint256 hetuValue) private {
        totalVolume += hetuValue;
        userVolume[msg.sender] += hetuValue;
    }

    function _permittedOutput(uint256 amountIn, bool isHETUToAlpha) private view returns (uint256) {
        uint256 amountOut = _output(amountIn, isHETUToAlpha);
        return _leavesMinimum(amountOut, isHETUToAlpha) ? amountOut : 0;
    }

    /// @dev Rounded down: the trader never gets more than the constant product leaves over.
    function _output(uint256 amountIn, bool isHETUToAlpha) private view returns (uint256) {
        if (mechanism == SubnetTypes.MechanismType.Stable) return amountIn;
        (uint256 reserveIn, uint256 reserveOut) = _reserves(isHETUToAlpha);
        if (amountIn == 0) return 0;
        return Math.mulDiv(amountIn, reserveOut, reserveIn + amountIn);
    }

    function _leavesMinimum(uint256 amountOut, bool isHETUToAlpha) private view returns (bool) {
        (, uint256 reserveOut) = _reserves(isHETUToAlpha);
        return reserveOut >= amountOut && reserveOut - amountOut >= minimumPoolLiquidity;
    }

    function _reserves(bool isHETUToAlpha) private view returns (uint256 reserveIn, uint256 reserveOut) {
        return isHETUToAlpha ? (subnetHetu, subnetAlphaIn) : (subnetAlphaIn, subnetHetu);
    }

    function _price(uint256 hetuReserve, uint256 alphaReserve) private pure returns (uint256) {
        return alphaReserve == 0 ? 0 : Math.mulDiv(hetuReserve, ONE, alphaReserve);
    }
}
