// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../SubnetTypes.sol";

/// @title IWeights
/// @notice How validators judge the dendrons of their subnet.
interface IWeights {
    /// @notice A validator replaced its row.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @param weights The new row.
    event WeightsSet(uint16 indexed netuid, address indexed validator, SubnetTypes.Weight[] weights);

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice The caller is not an active validator of the subnet.
    /// @param netuid Subnet.
    /// @param account Caller.
    error NotActiveValidator(uint16 netuid, address account);

    /// @notice The subnet takes only weights that were committed to beforehand.
    /// @param netuid Subnet.
    error CommitRevealRequired(uint16 netuid);

    /// @notice The caller replaced its row too recently.
    /// @param nextAllowedBlock First block that takes the next row.
    error WeightsRateLimited(uint256 nextAllowedBlock);

    /// @notice The row is too short.
    /// @param given Entries given.
    /// @param required Fewest entries.
    error TooFewWeights(uint256 given, uint256 required);

    /// @notice The row is too long.
    /// @param given Entries given.
    /// @param allowed Most entries.
    error TooManyWeights(uint256 given, uint256 allowed);

    /// @notice An entry judges an account that is no dendron of the subnet.
    /// @param netuid Subnet.
    /// @param dest Account.
    error DestinationNotRegistered(uint16 netuid, address dest);

    /// @notice The row judges a dendron twice.
    /// @param dest Dendron.
    error DuplicateDestination(address dest);

    /// @notice A weight does not fit 96 bits.
    /// @param dest Dendron.
    /// @param weight Weight.
    error WeightTooLarge(address dest, uint256 weight);

    /// @notice Replaces the caller's row. Active validators only.
    /// @dev Reverts SUBNET_NOT_EXISTS, CommitRevealRequired, NotActiveValidator, WeightsRateLimited,
    /// TooFewWeights, TooManyWeights, DestinationNotRegistered, DuplicateDestination, WeightTooLarge. A row
    /// needs the subnet's minAllowedWeights entries, or one for every dendron if there are fewer.
    /// @param netuid Subnet.
    /// @param newWeights The row. Only the proportions of the weights matter; zero is allowed.
    function setWeights(uint16 netuid, SubnetTypes.Weight[] calldata newWeights) external;

    /// @notice One weight of a row.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @param dest Dendron.
    /// @return The weight, zero if the row does not name the dendron.
    function weights(uint16 netuid, address validator, address dest) external view returns (uint256);

    /// @notice The row of a validator as it was set, dendrons that have left since included.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @return The row.
    function getWeights(uint16 netuid, address validator) external view returns (SubnetTypes.Weight[] memory);

    /// @notice When a validator set its row.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @return Block, zero if never.
    function lastSet(uint16 netuid, address validator) external view returns (uint256);
}
