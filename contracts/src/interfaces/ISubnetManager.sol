// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../SubnetTypes.sol";

/// @title ISubnetManager
/// @notice Registers subnets and keeps their rules. Amounts are in wei, spans in blocks.
interface ISubnetManager {
    /// @notice A rule of the network was set.
    /// @param paramName Name of the rule; a log holds only its hash.
    /// @param oldValue Value before.
    /// @param newValue Value after.
    /// @param updater Account that set it.
    event NetworkConfigUpdated(
        string indexed paramName, uint256 oldValue, uint256 newValue, address indexed updater
    );

    /// @notice A subnet was registered.
    /// @param netuid Subnet.
    /// @param owner Account that registered it.
    /// @param alphaToken Its token.
    /// @param ammPool Its pool.
    /// @param lockedAmount Lock cost paid.
    /// @param poolAmount Part of it that seeded the pool.
    /// @param burnedAmount Part of it that was burned.
    /// @param name Display name.
    /// @param hyperparams Its rules.
    event NetworkRegistered(
        uint16 indexed netuid,
        address indexed owner,
        address alphaToken,
        address ammPool,
        uint256 lockedAmount,
        uint256 poolAmount,
        uint256 burnedAmount,
        string name,
        SubnetTypes.SubnetHyperparams hyperparams
    );

    /// @notice A subnet was opened by its owner.
    /// @param netuid Subnet.
    /// @param owner Its owner.
    /// @param timestamp Unix time in seconds.
    /// @param blockNumber Block.
    event SubnetActivated(
        uint16 indexed netuid, address indexed owner, uint256 timestamp, uint256 blockNumber
    );

    /// @notice The last lock cost was forgotten.
    /// @param previousLock Last lock cost before.
    /// @param updater Account that did it.
    event NetworkLockStateReset(uint256 previousLock, address indexed updater);

    /// @notice The rules of a subnet were replaced.
    /// @param netuid Subnet.
    /// @param updater Account that did it.
    /// @param hyperparams The new rules.
    event SubnetHyperparamsUpdated(
        uint16 indexed netuid, address indexed updater, SubnetTypes.SubnetHyperparams hyperparams
    );

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice The value that a permit was signed for does not cover the lock cost.
    /// @param value Value signed for.
    /// @param lockCost Lock cost in this block.
    error PermitBelowLockCost(uint256 value, uint256 lockCost);

    /// @notice Registers a subnet with the default rules; the lock cost must be approved.
    /// @dev Reverts EMPTY_NAME, EMPTY_TOKEN_NAME, EMPTY_TOKEN_SYMBOL, RATE_LIMIT_EXCEEDED.
    /// @param name Display name.
    /// @param description Free text.
    /// @param tokenName Name of the alpha token.
    /// @param tokenSymbol Symbol of the alpha token.
    /// @return netuid Identifier of the subnet.
    function registerNetwork(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol
    ) external returns (uint16 netuid);

    /// @notice Registers a subnet with the default rules and a permit for exactly the lock cost of the block
    /// that includes the transaction.
    /// @param name Display name.
    /// @param description Free text.
    /// @param tokenName Name of the alpha token.
    /// @param tokenSymbol Symbol of the alpha token.
    /// @param deadline Unix time after which the permit is void, in seconds.
    /// @param v Signature.
    /// @param r Signature.
    /// @param s Signature.
    /// @return netuid Identifier of the subnet.
    function registerNetworkWithPermit(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint16 netuid);

    /// @notice Registers a subnet with the default rules and a permit for the lock cost or more, which stays
    /// valid while the cost moves from block to block.
    /// @dev Reverts PermitBelowLockCost. Only the lock cost is taken.
    /// @param name Display name.
    /// @param description Free text.
    /// @param tokenName Name of the alpha token.
    /// @param tokenSymbol Symbol of the alpha token.
    /// @param value Value that the permit was signed for.
    /// @param deadline Unix time after which the permit is void, in seconds.
    /// @param v Signature.
    /// @param r Signature.
    /// @param s Signature.
    /// @return netuid Identifier of the subnet.
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
    ) external returns (uint16 netuid);

    /// @notice Registers a subnet with some rules of its own; the lock cost must be approved.
    /// @dev Reverts INVALID_MERGED_HYPERPARAMS and as `registerNetwork`.
    /// @param name Display name.
    /// @param description Free text.
    /// @param tokenName Name of the alpha token.
    /// @param tokenSymbol Symbol of the alpha token.
    /// @param customHyperparams Rules, of which only the flagged ones count.
    /// @param useCustomFlags One flag per rule, in the order of the struct.
    /// @return netuid Identifier of the subnet.
    function registerNetworkWithPartialCustom(
        string memory name,
        string memory description,
        string memory tokenName,
        string memory tokenSymbol,
        SubnetTypes.SubnetHyperparams memory customHyperparams,
        bool[21] memory useCustomFlags
    ) external returns (uint16 netuid);

    /// @notice Registers a subnet with some rules of its own and a permit for exactly the lock cost of the
    /// block that includes the transaction.
    /// @param name Display name.
    /// @param description Free text.
    /// @param tokenName Name of the alpha token.
    /// @param tokenSymbol Symbol of the alpha token.
    /// @param customHyperparams Rules, of which only the flagged ones count.
    /// @param useCustomFlags One flag per rule, in the order of the struct.
    /// @param deadline Unix time after which the permit is void, in seconds.
    /// @param v Signature.
    /// @param r Signature.
    /// @param s Signature.
    /// @return netuid Identifier of the subnet.
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
    ) external returns (uint16 netuid);

    /// @notice Registers a subnet with some rules of its own and a permit for the lock cost or more.
    /// @dev Reverts PermitBelowLockCost. Only the lock cost is taken.
    /// @param name Display name.
    /// @param description Free text.
    /// @param tokenName Name of the alpha token.
    /// @param tokenSymbol Symbol of the alpha token.
    /// @param customHyperparams Rules, of which only the flagged ones count.
    /// @param useCustomFlags One flag per rule, in the order of the struct.
    /// @param value Value that the permit was signed for.
    /// @param deadline Unix time after which the permit is void, in seconds.
    /// @param v Signature.
    /// @param r Signature.
    /// @param s Signature.
    /// @return netuid Identifier of the subnet.
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
    ) external returns (uint16 netuid);

    /// @notice Opens a subnet for dendrons. Subnet owner only, once.
    /// @dev Reverts SUBNET_NOT_EXISTS, NOT_OWNER, SUBNET_ALREADY_ACTIVE.
    /// @param netuid Subnet.
    function activateSubnet(uint16 netuid) external;

    /// @notice Replaces the rules of a subnet. Subnet owner or contract owner only.
    /// @dev Reverts SUBNET_NOT_EXISTS, NOT_SUBNET_OWNER, INVALID_HYPERPARAMS. Dendrons that new thresholds
    /// affect change their activity at their next `updateStakeAllocation`.
    /// @param netuid Subnet.
    /// @param newHyperparams All rules.
    function updateSubnetHyperparams(uint16 netuid, SubnetTypes.SubnetHyperparams memory newHyperparams)
        external;

    /// @notice Lets an account mint and burn the subnet's token. Subnet owner only.
    /// @dev Reverts SUBNET_NOT_EXISTS, NOT_SUBNET_OWNER.
    /// @param netuid Subnet.
    /// @param minter Account.
    function addSubnetMinter(uint16 netuid, address minter) external;

    /// @notice Ends what `addSubnetMinter` began. Subnet owner only.
    /// @dev Reverts SUBNET_NOT_EXISTS, NOT_SUBNET_OWNER.
    /// @param netuid Subnet.
    /// @param minter Account.
    function removeSubnetMinter(uint16 netuid, address minter) external;

    /// @notice Sets the rules of registration within bounds. Owner only.
    /// @dev Reverts INVALID_MIN_LOCK (1 to 10000 HETU), INVALID_RATE_LIMIT (100 to 50000 blocks),
    /// INVALID_INTERVAL (1000 to 100000 blocks).
    /// @param newMinLock Smallest lock cost.
    /// @param newRateLimit Blocks that must lie between two registrations.
    /// @param newInterval Blocks in which the lock cost falls by the last one paid.
    function updateNetworkConfig(uint256 newMinLock, uint256 newRateLimit, uint256 newInterval) external;

    /// @notice Sets the rules of registration, with the upper bounds of `updateNetworkConfig` and no lower
    /// ones but one. Owner only.
    /// @dev Reverts MIN_LOCK_ZERO, RATE_LIMIT_ZERO, REDUCTION_INTERVAL_ZERO, INVALID_MIN_LOCK,
    /// INVALID_RATE_LIMIT, INVALID_INTERVAL.
    /// @param _networkMinLock Smallest lock cost.
    /// @param _networkRateLimit Blocks that must lie between two registrations.
    /// @param _lockReductionInterval Blocks in which the lock cost falls by the last one paid.
    function updateNetworkParams(
        uint256 _networkMinLock,
        uint256 _networkRateLimit,
        uint256 _lockReductionInterval
    ) external;

    /// @notice Forgets the last lock cost, so that the next one is the smallest. Owner only.
    function resetNetworkLockState() external;

    /// @notice Price of a subnet in this block.
    /// @return Lock cost.
    function getNetworkLockCost() external view returns (uint256);

    /// @notice The rules of registration.
    /// @return minLock Smallest lock cost.
    /// @return lastLock Last lock cost paid.
    /// @return lastLockBlock Block in which it was paid.
    /// @return rateLimit Blocks that must lie between two registrations.
    /// @return reductionInterval Blocks in which the lock cost falls by the last one paid.
    /// @return totalNets Number of subnets.
    /// @return nextId Identifier of the next subnet.
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
        );

    /// @notice Identifier of the next subnet.
    /// @return Identifier.
    function getNextNetuid() external view returns (uint16);

    /// @notice A subnet and the state of its pool. Reverts SUBNET_NOT_EXISTS.
    /// @param netuid Subnet.
    /// @return subnetInfo The subnet.
    /// @return currentPrice HETU per alpha after the last change of the pool, times 1e18.
    /// @return totalVolume Volume traded.
    /// @return hetuReserve HETU in the pool.
    /// @return alphaReserve Alpha in the pool.
    function getSubnetDetails(uint16 netuid)
        external
        view
        returns (
            SubnetTypes.SubnetInfo memory subnetInfo,
            uint256 currentPrice,
            uint256 totalVolume,
            uint256 hetuReserve,
            uint256 alphaReserve
        );

    /// @notice The rules of a subnet. Reverts SUBNET_NOT_EXISTS.
    /// @param netuid Subnet.
    /// @return Its rules.
    function getSubnetHyperparams(uint16 netuid) external view returns (SubnetTypes.SubnetHyperparams memory);

    /// @notice The same as `getSubnetHyperparams`.
    /// @param netuid Subnet.
    /// @return Its rules.
    function getSubnetParams(uint16 netuid) external view returns (SubnetTypes.SubnetHyperparams memory);

    /// @notice A subnet. Reverts SUBNET_NOT_EXISTS.
    /// @param netuid Subnet.
    /// @return The subnet.
    function getSubnetInfo(uint16 netuid) external view returns (SubnetTypes.SubnetInfo memory);

    /// @notice The subnets an account registered.
    /// @param user Account.
    /// @return Identifiers.
    function getUserSubnets(address user) external view returns (uint16[] memory);

    /// @notice Whether a subnet is open for dendrons. Reverts SUBNET_NOT_EXISTS.
    /// @param netuid Subnet.
    /// @return True if it is.
    function isSubnetActive(uint16 netuid) external view returns (bool);

    /// @notice Whether a subnet was registered.
    /// @param netuid Subnet.
    /// @return True if it was.
    function subnetExists(uint16 netuid) external view returns (bool);
}
