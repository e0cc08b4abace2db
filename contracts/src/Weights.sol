// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "./SubnetTypes.sol";
import {IDendronManager} from "./interfaces/IDendronManager.sol";
import {ISubnetManager} from "./interfaces/ISubnetManager.sol";
import {IWeights} from "./interfaces/IWeights.sol";
import {SlotDerivation} from "@openzeppelin/contracts/utils/SlotDerivation.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Weights
/// @notice How validators judge the dendrons of their subnet.
contract Weights is IWeights {
    using SlotDerivation for bytes32;
    using TransientSlot for *;

    /// @dev One slot per entry: a row of 96-bit weights costs half of what full words would.
    struct PackedWeight {
        address dest;
        uint96 weight;
    }

    struct Commitment {
        bytes32 commitment;
        uint64 revealFrom;
        uint64 revealUntil;
    }

    bytes32 private constant SEEN_DESTINATIONS = keccak256("hetu.weights.seen-destinations");

    /// @notice The register of subnets.
    ISubnetManager public immutable subnetManager;

    /// @notice The register of dendrons.
    IDendronManager public immutable dendronManager;

    /// @inheritdoc IWeights
    mapping(uint16 netuid => mapping(address validator => uint256 blockNumber)) public lastSet;

    /// @inheritdoc IWeights
    mapping(uint16 netuid => uint256 versionKey) public weightsVersionKey;

    /// @inheritdoc IWeights
    mapping(uint16 netuid => mapping(address validator => Commitment commitment)) public commitments;

    mapping(uint16 netuid => mapping(address validator => PackedWeight[] row)) private _rows;

    /// @notice Creates the contract without weights.
    /// @param _subnetManager Register of subnets.
    /// @param _dendronManager Register of dendrons.
    constructor(address _subnetManager, address _dendronManager) {
        if (_subnetManager == address(0) || _dendronManager == address(0)) revert ZeroAddress();
        subnetManager = ISubnetManager(_subnetManager);
        dendronManager = IDendronManager(_dendronManager);
    }

    /// @inheritdoc IWeights
    function setWeights(uint16 netuid, SubnetTypes.Weight[] calldata newWeights) external {
        _setPlainly(netuid, newWeights, 0);
    }

    /// @inheritdoc IWeights
    function setWeights(uint16 netuid, SubnetTypes.Weight[] calldata newWeights, uint256 versionKey)
        external
    {
        _setPlainly(netuid, newWeights, versionKey);
    }

    /// @inheritdoc IWeights
    function commitWeights(uint16 netuid, bytes32 commitment) external {
        SubnetTypes.SubnetHyperparams memory rules = subnetManager.getSubnetHyperparams(netuid);
        if (!rules.commitRevealEnabled) revert CommitRevealDisabled(netuid);
        if (commitment == bytes32(0)) revert EmptyCommitment();
        _requireActiveValidator(netuid);
        Commitment storage slot = commitments[netuid][msg.sender];
        if (slot.commitment != bytes32(0) && block.number <= slot.revealUntil) {
            revert CommitmentOpen(slot.revealUntil);
        }
        uint256 revealFrom = block.number + rules.commitRevealPeriod;
        uint256 revealUntil = revealFrom + rules.commitRevealPeriod;
        _requireRate(netuid, rules.weightsRateLimit, revealFrom);
        slot.commitment = commitment;
        slot.revealFrom = uint64(revealFrom);
        slot.revealUntil = uint64(revealUntil);
        emit WeightsCommitted(netuid, msg.sender, commitment, revealFrom, revealUntil);
    }

    /// @inheritdoc IWeights
    function revealWeights(
        uint16 netuid,
        SubnetTypes.Weight[] calldata newWeights,
        uint256 versionKey,
        bytes32 salt
    ) external {
        SubnetTypes.SubnetHyperparams memory rules = subnetManager.getSubnetHyperparams(netuid);
        bytes32 given = commitmentOf(netuid, msg.sender, newWeights, versionKey, salt);
        _useCommitment(netuid, given);
        emit WeightsRevealed(netuid, msg.sender, given, versionKey);
        _accept(netuid, newWeights, versionKey, rules);
    }

    /// @inheritdoc IWeights
    function setWeightsVersionKey(uint16 netuid, uint256 versionKey) external {
        if (msg.sender != subnetManager.getSubnetInfo(netuid).owner) {
            revert NotSubnetOwner(netuid, msg.sender);
        }
        emit WeightsVersionKeySet(netuid, weightsVersionKey[netuid], versionKey);
        weightsVersionKey[netuid] = versionKey;
    }

    /// @inheritdoc IWeights
    function weights(uint16 netuid, address validator, address dest) external view returns (uint256) {
        PackedWeight[] storage row = _rows[netuid][validator];
        uint256 length = row.length;
        for (uint256 i = 0; i < length; ++i) {
            if (row[i].dest == dest) return row[i].weight;
        }
        return 0;
    }

    /// @inheritdoc IWeights
    function getWeights(uint16 netuid, address validator)
        external
        view
        returns (SubnetTypes.Weight[] memory result)
    {
        PackedWeight[] memory row = _rows[netuid][validator];
        result = new SubnetTypes.Weight[](row.length);
        for (uint256 i = 0; i < row.length; ++i) {
            result[i] = SubnetTypes.Weight({dest: row[i].dest, weight: row[i].weight});
        }
    }

    /// @inheritdoc IWeights
    function commitmentOf(
        uint16 netuid,
        address validator,
        SubnetTypes.Weight[] calldata newWeights,
        uint256 versionKey,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(
            abi.encode(block.chainid, address(this), netuid, validator, newWeights, versionKey, salt)
        );
    }

    function _setPlainly(uint16 netuid, SubnetTypes.Weight[] calldata newWeights, uint256 versionKey)
        private
    {
        SubnetTypes.SubnetHyperparams memory rules = subnetManager.getSubnetHyperparams(netuid);
        if (rules.commitRevealEnabled) revert CommitRevealRequired(netuid);
        _accept(netuid, newWeights, versionKey, rules);
    }

    function _useCommitment(uint16 netuid, bytes32 given) private {
        Commitment memory known = commitments[netuid][msg.sender];
        if (known.commitment == bytes32(0)) revert NoCommitment(netuid, msg.sender);
        if (block.number < known.revealFrom) revert RevealTooEarly(known.revealFrom);
        if (block.number > known.revealUntil) revert RevealTooLate(known.revealUntil);
        if (given != known.commitment) revert CommitmentMismatch(given, known.commitment);
        delete commitments[netuid][msg.sender];
    }

    function _accept(
        uint16 netuid,
        SubnetTypes.Weight[] calldata newWeights,
        uint256 versionKey,
        SubnetTypes.SubnetHyperparams memory rules
    ) private {
        _requireActiveValidator(netuid);
        uint256 required = weightsVersionKey[netuid];
        if (versionKey < required) revert WeightsVersionTooOld(versionKey, required);
        _requireRate(netuid, rules.weightsRateLimit, block.number);
        _requireLength(netuid, newWeights.length, rules);
        lastSet[netuid][msg.sender] = block.number;
        _replaceRow(netuid, newWeights);
        emit WeightsSet(netuid, msg.sender, newWeights);
    }

    function _requireActiveValidator(uint16 netuid) private view {
        if (!dendronManager.isActiveValidator(netuid, msg.sender)) {
            revert NotActiveValidator(netuid, msg.sender);
        }
    }

    function _requireRate(uint16 netuid, uint256 weightsRateLimit, uint256 blockOfNextRow) private view {
        uint256 last = lastSet[netuid][msg.sender];
        if (last == 0) return;
        uint256 nextAllowedBlock = last + weightsRateLimit;
        if (blockOfNextRow < nextAllowedBlock) revert WeightsRateLimited(nextAllowedBlock);
    }

    function _requireLength(uint16 netuid, uint256 given, SubnetTypes.SubnetHyperparams memory rules)
        private
        view
    {
        uint256 required = Math.min(rules.minAllowedWeights, dendronManager.getNeuronCount(netuid));
        if (given < required) revert TooFewWeights(given, required);
        if (given > rules.maxWeightsLimit) revert TooManyWeights(given, rules.maxWeightsLimit);
    }

    function _replaceRow(uint16 netuid, SubnetTypes.Weight[] calldata newWeights) private {
        PackedWeight[] storage row = _rows[netuid][msg.sender];
        bytes32 marks = _marksOfThisRow(netuid);
        uint256 kept = Math.min(row.length, newWeights.length);
        while (row.length > kept) row.pop();
        for (uint256 i = 0; i < newWeights.length; ++i) {
            PackedWeight memory entry = _checkedEntry(netuid, newWeights[i]);
            _markOnce(marks, entry.dest);
            if (i < kept) row[i] = entry;
            else row.push(entry);
        }
    }

    function _checkedEntry(uint16 netuid, SubnetTypes.Weight calldata entry)
        private
        view
        returns (PackedWeight memory)
    {
        if (!dendronManager.isNeuron(netuid, entry.dest)) {
            revert DestinationNotRegistered(netuid, entry.dest);
        }
        if (entry.weight > type(uint96).max) revert WeightTooLarge(entry.dest, entry.weight);
        return PackedWeight({dest: entry.dest, weight: uint96(entry.weight)});
    }

    /// @dev The rate limit of at least one block leaves a validator one row per block, so subnet, validator
    /// and block name a row, and its marks need no clearing: they end with the transaction.
    function _marksOfThisRow(uint16 netuid) private view returns (bytes32) {
        return SEEN_DESTINATIONS.deriveMapping(uint256(netuid)).deriveMapping(msg.sender)
            .deriveMapping(block.number);
    }

    function _markOnce(bytes32 marks, address dest) private {
        TransientSlot.BooleanSlot seen = marks.deriveMapping(dest).asBoolean();
        if (seen.tload()) revert DuplicateDestination(dest);
        seen.tstore(true);
    }
}
