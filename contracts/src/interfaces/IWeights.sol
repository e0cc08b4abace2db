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

    /// @notice A validator committed to a row that it will reveal later.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @param commitment Hash of the row.
    /// @param revealFrom First block that takes the row.
    /// @param revealUntil Last block that takes it.
    event WeightsCommitted(
        uint16 indexed netuid,
        address indexed validator,
        bytes32 commitment,
        uint256 revealFrom,
        uint256 revealUntil
    );

    /// @notice A validator revealed the row it had committed to; WeightsSet follows.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @param commitment Hash of the row.
    /// @param versionKey Version of the rules by which the row was made.
    event WeightsRevealed(
        uint16 indexed netuid, address indexed validator, bytes32 commitment, uint256 versionKey
    );

    /// @notice The owner of a subnet set the least version key of weights.
    /// @param netuid Subnet.
    /// @param oldVersionKey Least key before.
    /// @param newVersionKey Least key from now on.
    event WeightsVersionKeySet(uint16 indexed netuid, uint256 oldVersionKey, uint256 newVersionKey);

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice The caller is not an active validator of the subnet.
    /// @param netuid Subnet.
    /// @param account Caller.
    error NotActiveValidator(uint16 netuid, address account);

    /// @notice The subnet takes only weights that were committed to beforehand.
    /// @param netuid Subnet.
    error CommitRevealRequired(uint16 netuid);

    /// @notice The subnet takes weights without a commitment.
    /// @param netuid Subnet.
    error CommitRevealDisabled(uint16 netuid);

    /// @notice A commitment is zero, which stands for none.
    error EmptyCommitment();

    /// @notice The caller has an open commitment already.
    /// @param revealUntil Last block in which it is open.
    error CommitmentOpen(uint256 revealUntil);

    /// @notice The caller has committed to nothing.
    /// @param netuid Subnet.
    /// @param validator Caller.
    error NoCommitment(uint16 netuid, address validator);

    /// @notice The row may not be revealed yet.
    /// @param revealFrom First block that takes it.
    error RevealTooEarly(uint256 revealFrom);

    /// @notice The commitment has expired.
    /// @param revealUntil Last block that took the row.
    error RevealTooLate(uint256 revealUntil);

    /// @notice What is revealed is not what was committed to.
    /// @param given Commitment of what is revealed.
    /// @param committed Commitment on record.
    error CommitmentMismatch(bytes32 given, bytes32 committed);

    /// @notice The row was made by rules that the subnet has replaced.
    /// @param given Version key given.
    /// @param required Least version key.
    error WeightsVersionTooOld(uint256 given, uint256 required);

    /// @notice Only the owner of the subnet may do this.
    /// @param netuid Subnet.
    /// @param caller Account that tried.
    error NotSubnetOwner(uint16 netuid, address caller);

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

    /// @notice Replaces the caller's row. Active validators only. Counts as version key 0.
    /// @dev Reverts SUBNET_NOT_EXISTS, CommitRevealRequired, NotActiveValidator, WeightsVersionTooOld,
    /// WeightsRateLimited,
    /// TooFewWeights, TooManyWeights, DestinationNotRegistered, DuplicateDestination, WeightTooLarge. A row
    /// needs the subnet's minAllowedWeights entries, or one for every dendron if there are fewer.
    /// @param netuid Subnet.
    /// @param newWeights The row. Only the proportions of the weights matter; zero is allowed.
    function setWeights(uint16 netuid, SubnetTypes.Weight[] calldata newWeights) external;

    /// @notice Replaces the caller's row and tells by which version of the subnet's rules it was made.
    /// @dev Reverts as `setWeights` without a version key.
    /// @param netuid Subnet.
    /// @param newWeights The row.
    /// @param versionKey Version; at least the one the subnet asks for.
    function setWeights(uint16 netuid, SubnetTypes.Weight[] calldata newWeights, uint256 versionKey) external;

    /// @notice Commits the caller to a row without showing it. Active validators only.
    /// @dev Reverts SUBNET_NOT_EXISTS, CommitRevealDisabled, EmptyCommitment, NotActiveValidator,
    /// CommitmentOpen, WeightsRateLimited (if the rate limit would refuse the first block of the reveal). The
    /// row can be revealed from commitRevealPeriod blocks after this one on, for as many blocks again; after
    /// that the commitment has expired and may be replaced.
    /// @param netuid Subnet.
    /// @param commitment What `commitmentOf` gives for the row.
    function commitWeights(uint16 netuid, bytes32 commitment) external;

    /// @notice Shows the row that the caller has committed to, and sets it.
    /// @dev Reverts NoCommitment, RevealTooEarly, RevealTooLate, CommitmentMismatch, and as `setWeights`
    /// except for CommitRevealRequired. A refused reveal leaves the commitment as it is.
    /// @param netuid Subnet.
    /// @param newWeights The row.
    /// @param versionKey Version of the rules by which the row was made.
    /// @param salt Random bytes that keep the row from being guessed.
    function revealWeights(
        uint16 netuid,
        SubnetTypes.Weight[] calldata newWeights,
        uint256 versionKey,
        bytes32 salt
    ) external;

    /// @notice Sets the least version key that rows need. Subnet owner only.
    /// @dev Reverts SUBNET_NOT_EXISTS, NotSubnetOwner.
    /// @param netuid Subnet.
    /// @param versionKey Least key.
    function setWeightsVersionKey(uint16 netuid, uint256 versionKey) external;

    /// @notice Least version key that rows need.
    /// @param netuid Subnet.
    /// @return The key, zero at first.
    function weightsVersionKey(uint16 netuid) external view returns (uint256);

    /// @notice What a validator has committed to.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @return commitment Hash, zero if there is none. An expired one stays until it is replaced.
    /// @return revealFrom First block that takes the row.
    /// @return revealUntil Last block that takes it.
    function commitments(uint16 netuid, address validator)
        external
        view
        returns (bytes32 commitment, uint64 revealFrom, uint64 revealUntil);

    /// @notice The commitment to a row: the hash of the ABI encoding of chain id, this contract and the
    /// arguments in this order.
    /// @param netuid Subnet.
    /// @param validator Validator.
    /// @param newWeights The row.
    /// @param versionKey Version of the rules by which the row was made.
    /// @param salt Random bytes.
    /// @return Hash.
    function commitmentOf(
        uint16 netuid,
        address validator,
        SubnetTypes.Weight[] calldata newWeights,
        uint256 versionKey,
        bytes32 salt
    ) external view returns (bytes32);

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
