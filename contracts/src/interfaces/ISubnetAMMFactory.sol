// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../SubnetTypes.sol";

/// @title ISubnetAMMFactory
/// @notice Creates the pool of every subnet and remembers it.
interface ISubnetAMMFactory {
    /// @notice A pool was created.
    /// @param netuid Subnet.
    /// @param hetuToken Wrapped HETU.
    /// @param alphaToken Token of the subnet.
    /// @param pool The pool.
    /// @param poolsLength Number of pools, this one included.
    event PoolCreated(
        uint16 indexed netuid,
        address indexed hetuToken,
        address indexed alphaToken,
        address pool,
        uint256 poolsLength
    );

    /// @notice The SubnetManager was named.
    /// @param subnetManager Its address.
    event SubnetManagerSet(address indexed subnetManager);

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice Only the creator of the factory may do this.
    /// @param caller Account that tried.
    error OnlyCreator(address caller);

    /// @notice Only the SubnetManager may do this.
    /// @param caller Account that tried.
    error OnlySubnetManager(address caller);

    /// @notice The SubnetManager was named before and stays.
    /// @param subnetManager Its address.
    error SubnetManagerAlreadySet(address subnetManager);

    /// @notice Names the SubnetManager. Creator only, once.
    /// @dev Reverts OnlyCreator, SubnetManagerAlreadySet, ZeroAddress.
    /// @param newSubnetManager Its address.
    function setSubnetManager(address newSubnetManager) external;

    /// @notice Creates an empty pool. SubnetManager only.
    /// @dev Reverts OnlySubnetManager, "Factory: POOL_EXISTS".
    /// @param hetuToken Wrapped HETU.
    /// @param alphaToken Token of the subnet.
    /// @param netuid Subnet.
    /// @param subnetContract Contract that may seed the pool.
    /// @param mechanism How the pool prices a trade.
    /// @param minimumPoolLiquidity Reserve that trades must leave, in wei.
    /// @return pool The pool.
    function createPool(
        address hetuToken,
        address alphaToken,
        uint16 netuid,
        address subnetContract,
        SubnetTypes.MechanismType mechanism,
        uint256 minimumPoolLiquidity
    ) external returns (address pool);

    /// @notice Number of pools.
    /// @return Count.
    function allPoolsLength() external view returns (uint256);

    /// @notice The factory at a glance.
    /// @return _creator Account that created it.
    /// @return _systemAddress Account that manages the liquidity of the pools.
    /// @return _createdAt Unix time of the creation, in seconds.
    /// @return _totalPools Number of pools.
    function getFactoryInfo()
        external
        view
        returns (address _creator, address _systemAddress, uint256 _createdAt, uint256 _totalPools);

    /// @notice A page of the pools.
    /// @dev Reverts "Factory: INVALID_RANGE".
    /// @param start First place, from 0.
    /// @param end Place after the last; places beyond the end are left out.
    /// @return pools Pools.
    /// @return netuids Their subnets.
    /// @return mechanisms How they price a trade.
    /// @return totalVolumes Their volumes in wei.
    function getPoolsInfo(uint256 start, uint256 end)
        external
        view
        returns (
            address[] memory pools,
            uint16[] memory netuids,
            SubnetTypes.MechanismType[] memory mechanisms,
            uint256[] memory totalVolumes
        );
}
