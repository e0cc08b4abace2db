// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaTokenDeployer} from "./AlphaTokenDeployer.sol";
import {HyperparamRules} from "./HyperparamRules.sol";
import {SubnetTypes} from "./SubnetTypes.sol";
import {TwoStepOwner} from "./TwoStepOwner.sol";
import {IAlphaToken} from "./interfaces/IAlphaToken.sol";
import {ISubnetAMM} from "./interfaces/ISubnetAMM.sol";
import {ISubnetAMMFactory} from "./interfaces/ISubnetAMMFactory.sol";
import {ISubnetManager} from "./interfaces/ISubnetManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title SubnetManager
/// @notice Registers subnets and keeps their rules.
/// @dev The factory must know this contract as its SubnetManager before the first registration.
contract SubnetManager is ISubnetManager, TwoStepOwner, ReentrancyGuardTransient {
    using HyperparamRules for SubnetTypes.SubnetHyperparams;
    using SafeERC20 for IERC20;

    struct Texts {
        string name;
        string description;
        string tokenName;
        string tokenSymbol;
    }

    struct PermitSignature {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    address private constant BURN_ADDRESS = 0x000000000000000000000000000000000000dEaD;

    /// @dev A new pool may be drained down to a tenth by trades, so that it can trade at all.
    uint256 private constant POOL_LIQUIDITY_DIVISOR = 10;

    /// @notice Wrapped HETU.
    IERC20 public immutable hetuToken;

    /// @notice Creates the pools.
    ISubnetAMMFactory public immutable ammFactory;

    /// @notice Creates the alpha tokens.
    AlphaTokenDeployer public immutable alphaTokenDeployer;

    /// @notice Smallest lock cost, in wei.
    uint256 public networkMinLock = 100 ether;

    /// @notice Last lock cost paid, in wei.
    uint256 public networkLastLock;

    /// @notice Block of the last registration.
    uint256 public networkLastLockBlock;

    /// @notice Blocks that must lie between two registrations.
    uint256 public networkRateLimit = 100;

    /// @notice Blocks in which the lock cost falls by the last one paid.
    uint256 public lockReductionInterval = 14_400;

    /// @notice Number of subnets.
    uint16 public totalNetworks;

    /// @notice Identifier of the next subnet.
    uint16 public nextNetuid = 1;

    /// @notice A subnet; all fields are zero if there is none.
    mapping(uint16 netuid => SubnetTypes.SubnetInfo info) public subnets;

    /// @notice The rules of a subnet; all fields are zero if there is none.
    mapping(uint16 netuid => SubnetTypes.SubnetHyperparams rules) public subnetHyperparams;

    /// @notice The subnets an account registered, one by one.
    mapping(address owner => uint16[] netuids) public ownerSubnets;

    /// @inheritdoc ISubnetManager
    mapping(uint16 netuid => bool exists) public subnetExists;

    modifier onlyExisting(uint16 netuid) {
        _requireExisting(netuid);
        _;
    }

    modifier onlySubnetOwner(uint16 netuid) {
        _requireExisting(netuid);
        require(msg.sender == subnets[netuid].owner, "NOT_SUBNET_OWNER");
        _;
    }

    /// @notice Creates the register without subnets; the caller becomes owner.
    /// @param _hetuToken Wrapped HETU.
    /// @param _ammFactory Creates the pools.
    constructor(address _hetuToken, address _ammFactory) TwoStepOwner(msg.sender) {
        if (_hetuToken == address(0) || _ammFactory == address(0)) revert ZeroAddress();
        hetuToken = IERC20(_hetuToken);
        ammFactory = ISubnetAMMFactory(_ammFactory);
        alphaTokenDeployer = new AlphaTokenDeployer();
        networkLastLockBlock = block.number;
    }

    /// @inheritdoc ISubnetManager
    function registerNetwork(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol
    ) external nonReentrant returns (uint16 netuid) {
        return _register(Texts(name, description, tokenName, tokenSymbol), HyperparamRules.defaults());
    }

    /// @inheritdoc ISubnetManager
    function registerNetworkWithPermit(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint16 netuid) {
        _usePermit(getNetworkLockCost(), PermitSignature(deadline, v, r, s));
        return _register(Texts(name, description, tokenName, tokenSymbol), HyperparamRules.defaults());
    }

    /// @inheritdoc ISubnetManager
    function registerNetworkWithPermit(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint16 netuid) {
        _usePermit(value, PermitSignature(deadline, v, r, s));
        return _register(Texts(name, description, tokenName, tokenSymbol), HyperparamRules.defaults());
    }

    /// @inheritdoc ISubnetManager
    function registerNetworkWithPartialCustom(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        SubnetTypes.SubnetHyperparams memory customHyperparams,
        bool[21] memory useCustomFlags
    ) external nonReentrant returns (uint16 netuid) {
        return _register(
            Texts(name, description, tokenName, tokenSymbol), _mergedRules(customHyperparams, useCustomFlags)
        );
    }

    /// @inheritdoc ISubnetManager
    function registerNetworkWithPartialCustomAndPermit(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        SubnetTypes.SubnetHyperparams memory customHyperparams,
        bool[21] memory useCustomFlags,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint16 netuid) {
        _usePermit(getNetworkLockCost(), PermitSignature(deadline, v, r, s));
        return _register(
            Texts(name, description, tokenName, tokenSymbol), _mergedRules(customHyperparams, useCustomFlags)
        );
    }

    /// @inheritdoc ISubnetManager
    function registerNetworkWithPartialCustomAndPermit(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        SubnetTypes.SubnetHyperparams memory customHyperparams,
        bool[21] memory useCustomFlags,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint16 netuid) {
        _usePermit(value, PermitSignature(deadline, v, r, s));
        return _register(
            Texts(name, description, tokenName, tokenSymbol), _mergedRules(customHyperparams, useCustomFlags)
        );
    }

    /// @inheritdoc ISubnetManager
    function activateSubnet(uint16 netuid) external onlyExisting(netuid) {
        SubnetTypes.SubnetInfo storage subnet = subnets[netuid];
        require(msg.sender == subnet.owner, "NOT_OWNER");
        require(!subnet.isActive, "SUBNET_ALREADY_ACTIVE");
        subnet.isActive = true;
        emit SubnetActivated(netuid, msg.sender, block.timestamp, block.number);
    }

    /// @inheritdoc ISubnetManager
    function updateSubnetHyperparams(uint16 netuid, SubnetTypes.SubnetHyperparams memory newHyperparams)
        external
        onlyExisting(netuid)
    {
        require(msg.sender == subnets[netuid].owner || msg.sender == owner(), "NOT_SUBNET_OWNER");
        require(newHyperparams.isValid(), "INVALID_HYPERPARAMS");
        subnetHyperparams[netuid] = newHyperparams;
        emit SubnetHyperparamsUpdated(netuid, msg.sender, newHyperparams);
    }

    /// @inheritdoc ISubnetManager
    function addSubnetMinter(uint16 netuid, address minter) external onlySubnetOwner(netuid) {
        IAlphaToken(subnets[netuid].alphaToken).addMinter(minter);
    }

    /// @inheritdoc ISubnetManager
    function removeSubnetMinter(uint16 netuid, address minter) external onlySubnetOwner(netuid) {
        IAlphaToken(subnets[netuid].alphaToken).removeMinter(minter);
    }

    /// @inheritdoc ISubnetManager
    function updateNetworkConfig(uint256 newMinLock, uint256 newRateLimit, uint256 newInterval)
        external
        onlyOwner
    {
        require(newMinLock >= 1 ether, "INVALID_MIN_LOCK");
        require(newRateLimit >= 100, "INVALID_RATE_LIMIT");
        require(newInterval >= 1000, "INVALID_INTERVAL");
        _setNetworkRules(newMinLock, newRateLimit, newInterval);
    }

    /// @inheritdoc ISubnetManager
    function updateNetworkParams(
        uint256 _networkMinLock,
        uint256 _networkRateLimit,
        uint256 _lockReductionInterval
    ) external onlyOwner {
        require(_networkMinLock > 0, "MIN_LOCK_ZERO");
        require(_networkRateLimit > 0, "RATE_LIMIT_ZERO");
        require(_lockReductionInterval > 0, "REDUCTION_INTERVAL_ZERO");
        _setNetworkRules(_networkMinLock, _networkRateLimit, _lockReductionInterval);
    }

    /// @inheritdoc ISubnetManager
    function resetNetworkLockState() external onlyOwner {
        emit NetworkLockStateReset(networkLastLock, msg.sender);
        networkLastLock = 0;
        networkLastLockBlock = block.number;
    }

    /// @inheritdoc ISubnetManager
    function getNetworkParams()
        external
        view
        returns (
            uint256 minLock,
            uint256 lastLock,
            uint256 lastLockBlock,
            uint256 rateLimit,
            uint256 reductionInterval,
            uint16 totalNets,
            uint16 nextId
        )
    {
        return (
            networkMinLock,
            networkLastLock,
            networkLastLockBlock,
            networkRateLimit,
            lockReductionInterval,
            totalNetworks,
            nextNetuid
        );
    }

    /// @inheritdoc ISubnetManager
    function getNextNetuid() external view returns (uint16) {
        return nextNetuid;
    }

    /// @inheritdoc ISubnetManager
    function getSubnetDetails(uint16 netuid)
        external
        view
        onlyExisting(netuid)
        returns (
            SubnetTypes.SubnetInfo memory subnetInfo,
            uint256 currentPrice,
            uint256 totalVolume,
            uint256 hetuReserve,
            uint256 alphaReserve
        )
    {
        subnetInfo = subnets[netuid];
        ISubnetAMM pool = ISubnetAMM(subnetInfo.ammPool);
        currentPrice = pool.currentAlphaPrice();
        totalVolume = pool.totalVolume();
        hetuReserve = pool.subnetHetu();
        alphaReserve = pool.subnetAlphaIn();
    }

    /// @inheritdoc ISubnetManager
    function getSubnetHyperparams(uint16 netuid)
        external
        view
        onlyExisting(netuid)
        returns (SubnetTypes.SubnetHyperparams memory)
    {
        return subnetHyperparams[netuid];
    }

    /// @inheritdoc ISubnetManager
    function getSubnetParams(uint16 netuid)
        external
        view
        onlyExisting(netuid)
        returns (SubnetTypes.SubnetHyperparams memory)
    {
        return subnetHyperparams[netuid];
    }

    /// @inheritdoc ISubnetManager
    function getSubnetInfo(uint16 netuid)
        external
        view
        onlyExisting(netuid)
        returns (SubnetTypes.SubnetInfo memory)
    {
        return subnets[netuid];
    }

    /// @inheritdoc ISubnetManager
    function getUserSubnets(address user) external view returns (uint16[] memory) {
        return ownerSubnets[user];
    }

    /// @inheritdoc ISubnetManager
    function isSubnetActive(uint16 netuid) external view onlyExisting(netuid) returns (bool) {
        return subnets[netuid].isActive;
    }

    /// @inheritdoc ISubnetManager
    function getNetworkLockCost() public view returns (uint256) {
        uint256 blocksPassed = block.number - networkLastLockBlock;
        uint256 reduction = Math.mulDiv(networkLastLock, blocksPassed, lockReductionInterval);
        return Math.max(networkMinLock, Math.saturatingSub(2 * networkLastLock, reduction));
    }

    function _register(Texts memory texts, SubnetTypes.SubnetHyperparams memory rules)
        private
        returns (uint16 netuid)
    {
        _requireTexts(texts);
        require(block.number - networkLastLockBlock > networkRateLimit, "RATE_LIMIT_EXCEEDED");
        uint256 lockCost = getNetworkLockCost();
        uint256 poolAmount = networkMinLock;

        netuid = nextNetuid;
        nextNetuid = netuid + 1;
        totalNetworks += 1;
        networkLastLock = lockCost;
        networkLastLockBlock = block.number;
        subnetExists[netuid] = true;
        ownerSubnets[msg.sender].push(netuid);
        subnetHyperparams[netuid] = rules;

        SubnetTypes.SubnetInfo memory subnet = _createTokenAndPool(netuid, texts, poolAmount);
        subnet.lockedAmount = lockCost;
        subnet.poolInitialTao = poolAmount;
        subnet.burnedAmount = lockCost - poolAmount;
        subnets[netuid] = subnet;
        _payLock(subnet);
        emit NetworkRegistered(
            netuid,
            msg.sender,
            subnet.alphaToken,
            subnet.ammPool,
            lockCost,
            poolAmount,
            subnet.burnedAmount,
            texts.name,
            rules
        );
    }

    function _createTokenAndPool(uint16 netuid, Texts memory texts, uint256 poolAmount)
        private
        returns (SubnetTypes.SubnetInfo memory subnet)
    {
        subnet.netuid = netuid;
        subnet.owner = msg.sender;
        subnet.createdAt = block.timestamp;
        subnet.name = texts.name;
        subnet.description = texts.description;
        subnet.alphaToken = address(alphaTokenDeployer.deploy(texts.tokenName, texts.tokenSymbol, netuid));
        subnet.ammPool = ammFactory.createPool(
            address(hetuToken),
            subnet.alphaToken,
            netuid,
            address(this),
            SubnetTypes.MechanismType.Dynamic,
            poolAmount / POOL_LIQUIDITY_DIVISOR
        );
    }

    function _payLock(SubnetTypes.SubnetInfo memory subnet) private {
        hetuToken.safeTransferFrom(msg.sender, address(this), subnet.lockedAmount);
        hetuToken.safeTransfer(subnet.ammPool, subnet.poolInitialTao);
        if (subnet.burnedAmount > 0) hetuToken.safeTransfer(BURN_ADDRESS, subnet.burnedAmount);
        IAlphaToken(subnet.alphaToken).mint(subnet.ammPool, subnet.poolInitialTao);
        ISubnetAMM(subnet.ammPool).seedLiquidity(subnet.poolInitialTao, subnet.poolInitialTao);
    }

    /// @dev Anyone can submit a permit seen in the mempool ahead of this transaction, which voids it here but
    /// leaves the allowance it was for; so a sufficient allowance makes the permit unnecessary.
    function _usePermit(uint256 value, PermitSignature memory signature) private {
        uint256 lockCost = getNetworkLockCost();
        if (value < lockCost) revert PermitBelowLockCost(value, lockCost);
        if (hetuToken.allowance(msg.sender, address(this)) >= lockCost) return;
        IERC20Permit(address(hetuToken))
            .permit(
                msg.sender, address(this), value, signature.deadline, signature.v, signature.r, signature.s
            );
    }

    /// @dev Without upper bounds one call could close the network to new subnets for good.
    function _setNetworkRules(uint256 minLock, uint256 rateLimit, uint256 interval) private {
        require(minLock <= 10_000 ether, "INVALID_MIN_LOCK");
        require(rateLimit <= 50_000, "INVALID_RATE_LIMIT");
        require(interval <= 100_000, "INVALID_INTERVAL");
        emit NetworkConfigUpdated("networkMinLock", networkMinLock, minLock, msg.sender);
        emit NetworkConfigUpdated("networkRateLimit", networkRateLimit, rateLimit, msg.sender);
        emit NetworkConfigUpdated("lockReductionInterval", lockReductionInterval, interval, msg.sender);
        networkMinLock = minLock;
        networkRateLimit = rateLimit;
        lockReductionInterval = interval;
    }

    function _requireExisting(uint16 netuid) private view {
        require(subnetExists[netuid], "SUBNET_NOT_EXISTS");
    }

    function _requireTexts(Texts memory texts) private pure {
        require(bytes(texts.name).length > 0, "EMPTY_NAME");
        require(bytes(texts.tokenName).length > 0, "EMPTY_TOKEN_NAME");
        require(bytes(texts.tokenSymbol).length > 0, "EMPTY_TOKEN_SYMBOL");
    }

    function _mergedRules(SubnetTypes.SubnetHyperparams memory custom, bool[21] memory useCustom)
        private
        pure
        returns (SubnetTypes.SubnetHyperparams memory rules)
    {
        rules = HyperparamRules.merge(custom, useCustom);
        require(rules.isValid(), "INVALID_MERGED_HYPERPARAMS");
    }
}
