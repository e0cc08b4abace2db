// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../SubnetTypes.sol";

/// @title IGlobalStaking
/// @notice Holds the stake of every account and its division among subnets. All amounts are in wei.
interface IGlobalStaking {
    /// @notice An account may, or may no longer, bind and charge the stake of others.
    /// @param caller Account.
    /// @param authorized True if it may.
    event AuthorizedCallerUpdated(address indexed caller, bool authorized);

    /// @notice Stake on a subnet was lowered by `deallocateFromSubnet`.
    /// @param user Staker.
    /// @param netuid Subnet.
    /// @param amount Reduction.
    event DeallocatedFromSubnet(address indexed user, uint16 indexed netuid, uint256 amount);

    /// @notice Stake was deposited.
    /// @param user Staker.
    /// @param amount Deposit.
    event GlobalStakeAdded(address indexed user, uint256 amount);

    /// @notice Stake was withdrawn.
    /// @param user Staker.
    /// @param amount Withdrawal.
    event GlobalStakeRemoved(address indexed user, uint256 amount);

    /// @notice A registration was paid for from the stake.
    /// @param user Staker.
    /// @param netuid Subnet.
    /// @param cost Price.
    event RegistrationCost(address indexed user, uint16 indexed netuid, uint256 cost);

    /// @notice The stake bound to a subnet changed.
    /// @param user Staker.
    /// @param netuid Subnet.
    /// @param oldAmount Stake before.
    /// @param newAmount Stake after.
    event SubnetAllocationChanged(
        address indexed user, uint16 indexed netuid, uint256 oldAmount, uint256 newAmount
    );

    /// @notice The contract that is told of changed allocations was replaced.
    /// @param previousManager Contract before.
    /// @param newManager Contract after; the zero address switches the notice off.
    event DendronManagerUpdated(address indexed previousManager, address indexed newManager);

    /// @notice The receiver of registration costs was replaced.
    /// @param previousTreasury Account before.
    /// @param newTreasury Account after.
    event TreasuryUpdated(address indexed previousTreasury, address indexed newTreasury);

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice An allocation is below the minimum that the caller gave.
    /// @param amount Allocation asked for.
    /// @param minThreshold Minimum.
    error AllocationBelowThreshold(uint256 amount, uint256 minThreshold);

    /// @notice Deposits stake; the token must be approved. Reverts ZERO_AMOUNT.
    /// @param amount Deposit.
    function addGlobalStake(uint256 amount) external;

    /// @notice Withdraws stake that is bound to no subnet.
    /// @dev Reverts ZERO_AMOUNT, INSUFFICIENT_STAKE, AMOUNT_NOT_AVAILABLE.
    /// @param amount Withdrawal.
    function removeGlobalStake(uint256 amount) external;

    /// @notice Sets (does not add to) the caller's stake on a subnet.
    /// @dev Reverts ZERO_AMOUNT, INSUFFICIENT_AVAILABLE_STAKE.
    /// @param netuid Subnet.
    /// @param amount Stake the subnet shall have.
    function allocateToSubnet(uint16 netuid, uint256 amount) external;

    /// @notice Like `allocateToSubnet` for the caller's own stake, refusing amounts below a minimum.
    /// @dev Authorized callers only: UNAUTHORIZED_CALLER, AllocationBelowThreshold.
    /// @param netuid Subnet.
    /// @param amount Stake the subnet shall have.
    /// @param minThreshold Smallest amount that is accepted.
    function allocateToSubnetWithMinThreshold(uint16 netuid, uint256 amount, uint256 minThreshold) external;

    /// @notice Lowers the caller's stake on a subnet.
    /// @dev Reverts ZERO_AMOUNT, INSUFFICIENT_ALLOCATION.
    /// @param netuid Subnet.
    /// @param amount Reduction.
    function deallocateFromSubnet(uint16 netuid, uint256 amount) external;

    /// @notice Sets another account's stake on a subnet; zero releases it.
    /// @dev Authorized callers only: UNAUTHORIZED_CALLER. Reverts INSUFFICIENT_AVAILABLE_STAKE.
    /// @param user Staker.
    /// @param netuid Subnet.
    /// @param amount Stake the subnet shall have.
    function allocateFor(address user, uint16 netuid, uint256 amount) external;

    /// @notice Pays a registration from an account's available stake to the treasury.
    /// @dev Authorized callers only: UNAUTHORIZED_CALLER. Reverts INSUFFICIENT_AVAILABLE_STAKE.
    /// @param user Staker.
    /// @param netuid Subnet.
    /// @param cost Price.
    function chargeRegistrationCost(address user, uint16 netuid, uint256 cost) external;

    /// @notice Lets an account bind and charge the stake of others, or stops it. Owner only.
    /// @param caller Account.
    /// @param authorized True if it may.
    function setAuthorizedCaller(address caller, bool authorized) external;

    /// @notice Names the contract that is told when the stake of a dendron changes. Owner only.
    /// @param newManager Contract, or the zero address for none.
    function setDendronManager(address newManager) external;

    /// @notice Replaces the receiver of registration costs. Owner only.
    /// @param _treasury New receiver.
    function setTreasury(address _treasury) external;

    /// @notice Whether an account has this much stake bound to no subnet.
    /// @param user Staker.
    /// @param amount Stake wanted.
    /// @return True if it has.
    function canAllocateToSubnet(address user, uint256 amount) external view returns (bool);

    /// @notice Whether an account can pay for a registration.
    /// @param user Staker.
    /// @param cost Price.
    /// @return True if it can.
    function canPayRegistrationCost(address user, uint256 cost) external view returns (bool);

    /// @notice Stake bound to no subnet: staked minus allocated minus costs.
    /// @param user Staker.
    /// @return Available stake.
    function getAvailableStake(address user) external view returns (uint256);

    /// @notice The stake of an account over all subnets.
    /// @param user Staker.
    /// @return The totals.
    function getStakeInfo(address user) external view returns (SubnetTypes.StakeInfo memory);

    /// @notice The stake of an account on one subnet.
    /// @param user Staker.
    /// @param netuid Subnet.
    /// @return The allocation.
    function getSubnetAllocation(address user, uint16 netuid)
        external
        view
        returns (SubnetTypes.SubnetAllocation memory);

    /// @notice Whether an account may bind and charge the stake of others.
    /// @param caller Account.
    /// @return True if it may.
    function authorizedCallers(address caller) external view returns (bool);

    /// @notice The contract that is told when the stake of a dendron changes.
    /// @return Its address, zero if none.
    function dendronManager() external view returns (address);

    /// @notice The receiver of registration costs.
    /// @return Its address.
    function treasury() external view returns (address);
}
