// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetAMM} from "./SubnetAMM.sol";
import {SubnetTypes} from "./SubnetTypes.sol";
import {ISubnetAMMFactory} from "./interfaces/ISubnetAMMFactory.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title SubnetAMMFactory
/// @notice Creates the pool of every subnet and remembers it.
contract SubnetAMMFactory is ISubnetAMMFactory {
    /// @notice Account that created the factory.
    address public immutable creator;

    /// @notice Account that manages the liquidity of the pools.
    address public immutable systemAddress;

    /// @notice Unix time of the creation, in seconds.
    uint256 public immutable createdAt;

    /// @notice The contract that may create pools, zero until it is named.
    address public subnetManager;

    /// @notice Pools in the order of their creation.
    address[] public allPools;

    /// @notice The pool of a subnet.
    mapping(uint16 netuid => address pool) public getPool;

    /// @notice Whether an address is a pool of this factory.
    mapping(address pool => bool known) public isPool;

    /// @notice Creates a factory without pools.
    /// @param _systemAddress Account that manages the liquidity of the pools.
    constructor(address _systemAddress) {
        if (_systemAddress == address(0)) revert ZeroAddress();
        creator = msg.sender;
        systemAddress = _systemAddress;
        createdAt = block.timestamp;
    }

    /// @inheritdoc ISubnetAMMFactory
    function setSubnetManager(address newSubnetManager) external {
        if (msg.sender != creator) revert OnlyCreator(msg.sender);
        if (subnetManager != address(0)) revert SubnetManagerAlreadySet(subnetManager);
        if (newSubnetManager == address(0)) revert ZeroAddress();
        subnetManager = newSubnetManager;
        emit SubnetManagerSet(newSubnetManager);
    }

    /// @inheritdoc ISubnetAMMFactory
    function createPool(
        address hetuToken,
        address alphaToken,
        uint16 netuid,
        address subnetContract,
        SubnetTypes.MechanismType mechanism,
        uint256 minimumPoolLiquidity
    ) external returns (address pool) {
        if (msg.sender != subnetManager) revert OnlySubnetManager(msg.sender);
        require(getPool[netuid] == address(0), "Factory: POOL_EXISTS");
        pool = address(
            new SubnetAMM(
                hetuToken, alphaToken, netuid, systemAddress, subnetContract, mechanism, minimumPoolLiquidity
            )
        );
        getPool[netuid] = pool;
        isPool[pool] = true;
        allPools.push(pool);
        emit PoolCreated(netuid, hetuToken, alphaToken, pool, allPools.length);
    }

    /// @inheritdoc ISubnetAMMFactory
    function allPoolsLength() external view returns (uint256) {
        return allPools.length;
    }

    /// @inheritdoc ISubnetAMMFactory
    function getFactoryInfo()
        external
        view
        returns (address _creator, address _systemAddress, uint256 _createdAt, uint256 _totalPools)
    {
        return (creator, systemAddress, createdAt, allPools.length);
    }

    /// @inheritdoc ISubnetAMMFactory
    function getPoolsInfo(uint256 start, uint256 end)
        external
        view
        returns (
            address[] memory pools,
            uint16[] memory netuids,
            SubnetTypes.MechanismType[] memory mechanisms,
            uint256[] memory totalVolumes
        )
    {
        require(start <= end, "Factory: INVALID_RANGE");
        uint256 stop = Math.min(end, allPools.length);
        uint256 count = Math.saturatingSub(stop, start);
        pools = new address[](count);
        netuids = new uint16[](count);
        mechanisms = new SubnetTypes.MechanismType[](count);
        totalVolumes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            SubnetAMM pool = SubnetAMM(allPools[start + i]);
            pools[i] = address(pool);
            netuids[i] = pool.netuid();
            mechanisms[i] = pool.mechanism();
            totalVolumes[i] = pool.totalVolume();
        }
    }
}
