// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DendronPage} from "./DendronPage.sol";
import {RecordPage} from "./RecordPage.sol";
import {SubnetTypes} from "./SubnetTypes.sol";
import {IDendronManager} from "./interfaces/IDendronManager.sol";
import {IGlobalStaking} from "./interfaces/IGlobalStaking.sol";
import {ILens} from "./interfaces/ILens.sol";
import {ISubnetManager} from "./interfaces/ISubnetManager.sol";
import {IWeights} from "./interfaces/IWeights.sol";
import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Lens
/// @notice Reads much at once, from any deployment of the contracts, the published one included.
/// @dev It has no state and no constructor arguments, so its runtime code can also be placed at any address
/// by a state override, and `LensCall` runs it without any deployment.
contract Lens is ILens {
    using RecordPage for RecordPage.Page;

    /// @notice Most records of a page.
    uint256 public constant MAX_PAGE = 4096;

    uint256 private constant ENDPOINT_LIMIT = 255;
    uint256 private constant NAME_LIMIT = 255;
    uint256 private constant DESCRIPTION_LIMIT = 1024;

    uint256 private constant LARGEST_SUBNET = 187 + NAME_LIMIT + DESCRIPTION_LIMIT;
    uint256 private constant HYPERPARAMS_SIZE = 108;
    uint256 private constant STAKE_SIZE = 64;

    /// @inheritdoc ILens
    function dendrons(
        address dendronManager,
        address globalStaking,
        uint16 netuid,
        uint256 start,
        uint256 count
    ) external view returns (Pin memory pin, uint256 total, bytes memory records) {
        pin = _pin();
        total = IDendronManager(dendronManager).getNeuronCount(netuid);
        uint256 length = _pageLength(total, start, count);
        records = DendronPage.read(dendronManager, globalStaking, netuid, start, length, ENDPOINT_LIMIT);
    }

    /// @inheritdoc ILens
    function stakes(address globalStaking, uint16 netuid, address[] calldata accounts)
        external
        view
        returns (Pin memory pin, bytes memory records)
    {
        uint256 length = Math.min(accounts.length, MAX_PAGE);
        pin = _pin();
        RecordPage.Page memory page = RecordPage.reserve(length * STAKE_SIZE);
        uint256 mark = RecordPage.here();
        for (uint256 i = 0; i < length; ++i) {
            SubnetTypes.StakeInfo memory stake = IGlobalStaking(globalStaking).getStakeInfo(accounts[i]);
            page.append(
                abi.encodePacked(
                    _narrow(stake.totalStaked),
                    _narrow(stake.totalAllocated),
                    _narrow(stake.totalCost),
                    _narrow(_allocation(globalStaking, netuid, accounts[i]))
                )
            );
            RecordPage.forgetSince(mark);
        }
        return (pin, page.data);
    }

    /// @inheritdoc ILens
    function subnets(address subnetManager, uint256 start, uint256 count)
        external
        view
        returns (Pin memory pin, uint256 total, bytes memory records)
    {
        ISubnetManager manager = ISubnetManager(subnetManager);
        pin = _pin();
        total = _subnetCount(manager);
        uint256 length = _pageLength(total, start, count);
        RecordPage.Page memory page = RecordPage.reserve(length * LARGEST_SUBNET);
        uint256 mark = RecordPage.here();
        for (uint256 i = 0; i < length; ++i) {
            page.append(_subnet(manager, uint16(start + i + 1)));
            RecordPage.forgetSince(mark);
        }
        return (pin, total, page.data);
    }

    /// @inheritdoc ILens
    function hyperparams(address subnetManager, uint256 start, uint256 count)
        external
        view
        returns (Pin memory pin, uint256 total, bytes memory records)
    {
        ISubnetManager manager = ISubnetManager(subnetManager);
        pin = _pin();
        total = _subnetCount(manager);
        uint256 length = _pageLength(total, start, count);
        RecordPage.Page memory page = RecordPage.reserve(length * HYPERPARAMS_SIZE);
        uint256 mark = RecordPage.here();
        for (uint256 i = 0; i < length; ++i) {
            uint16 netuid = uint16(start + i + 1);
            SubnetTypes.SubnetHyperparams memory rules = manager.getSubnetHyperparams(netuid);
            page.append(bytes.concat(bytes2(netuid), _consensusRules(rules), _registrationRules(rules)));
            RecordPage.forgetSince(mark);
        }
        return (pin, total, page.data);
    }

    /// @inheritdoc ILens
    function weightRows(address weights, address dendronManager, uint16 netuid, uint256 start, uint256 count)
        external
        view
        returns (Pin memory pin, uint256 total, bytes memory records)
    {
        IDendronManager manager = IDendronManager(dendronManager);
        address[] memory validators = manager.getSubnetValidators(netuid);
        pin = _pin();
        total = validators.length;
        bytes[] memory rows = new bytes[](_pageLength(total, start, count));
        for (uint256 i = 0; i < rows.length; ++i) {
            rows[i] = _row(IWeights(weights), manager, netuid, validators[start + i]);
        }
        return (pin, total, Bytes.concat(rows));
    }

    function _row(IWeights weights, IDendronManager manager, uint16 netuid, address validator)
        private
        view
        returns (bytes memory)
    {
        try weights.getWeights(netuid, validator) returns (SubnetTypes.Weight[] memory row) {
            uint64 lastSet = _narrow64(weights.lastSet(netuid, validator));
            return abi.encodePacked(validator, lastSet, uint16(row.length), _entries(row));
        } catch {
            SubnetTypes.Weight[] memory found = _nonzeroWeights(weights, manager, netuid, validator);
            return abi.encodePacked(validator, uint64(0), uint16(found.length), _entries(found));
        }
    }

    /// @dev All that the published contract can answer: what a validator gave one dendron.
    function _nonzeroWeights(IWeights weights, IDendronManager manager, uint16 netuid, address validator)
        private
        view
        returns (SubnetTypes.Weight[] memory found)
    {
        address[] memory dests = manager.getNeuronList(netuid);
        found = new SubnetTypes.Weight[](dests.length);
        uint256 length = 0;
        for (uint256 i = 0; i < dests.length; ++i) {
            uint256 weight = weights.weights(netuid, validator, dests[i]);
            if (weight > 0) found[length++] = SubnetTypes.Weight({dest: dests[i], weight: weight});
        }
        assembly ("memory-safe") {
            mstore(found, length)
        }
    }

    function _entries(SubnetTypes.Weight[] memory row) private pure returns (bytes memory) {
        RecordPage.Page memory page = RecordPage.reserve(row.length * 36);
        uint256 mark = RecordPage.here();
        for (uint256 i = 0; i < row.length; ++i) {
            page.append(abi.encodePacked(row[i].dest, _narrow(row[i].weight)));
            RecordPage.forgetSince(mark);
        }
        return page.data;
    }

    function _subnet(ISubnetManager manager, uint16 netuid) private view returns (bytes memory) {
        (
            SubnetTypes.SubnetInfo memory info,
            uint256 currentPrice,
            uint256 totalVolume,
            uint256 hetuReserve,
            uint256 alphaReserve
        ) = manager.getSubnetDetails(netuid);
        bytes memory market = abi.encodePacked(
            _narrow(currentPrice), _narrow(totalVolume), _narrow(hetuReserve), _narrow(alphaReserve)
        );
        return bytes.concat(
            _subnetHead(netuid, info),
            market,
            _text(info.name, NAME_LIMIT),
            _text(info.description, DESCRIPTION_LIMIT)
        );
    }

    function _subnetHead(uint16 netuid, SubnetTypes.SubnetInfo memory info)
        private
        pure
        returns (bytes memory)
    {
        uint8 flags = _flag(info.isActive, 1) | _flag(bytes(info.name).length > NAME_LIMIT, 2)
            | _flag(bytes(info.description).length > DESCRIPTION_LIMIT, 4);
        return abi.encodePacked(
            netuid,
            flags,
            info.owner,
            info.alphaToken,
            info.ammPool,
            _narrow(info.lockedAmount),
            _narrow(info.poolInitialTao),
            _narrow(info.burnedAmount),
            _narrow64(info.createdAt)
        );
    }

    function _consensusRules(SubnetTypes.SubnetHyperparams memory rules) private pure returns (bytes memory) {
        return abi.encodePacked(
            rules.rho,
            rules.kappa,
            rules.immunityPeriod,
            rules.tempo,
            rules.maxValidators,
            rules.activityCutoff,
            rules.maxAllowedUids,
            rules.maxAllowedValidators,
            rules.minAllowedWeights,
            rules.maxWeightsLimit
        );
    }

    function _registrationRules(SubnetTypes.SubnetHyperparams memory rules)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(
            _narrow(rules.baseNeuronCost),
            rules.currentDifficulty,
            rules.targetRegsPerInterval,
            rules.maxRegsPerBlock,
            rules.weightsRateLimit,
            rules.registrationAllowed,
            rules.commitRevealEnabled,
            rules.commitRevealPeriod,
            rules.servingRateLimit,
            _narrow(rules.validatorThreshold),
            _narrow(rules.neuronThreshold)
        );
    }

    function _allocation(address globalStaking, uint16 netuid, address account)
        private
        view
        returns (uint256)
    {
        return IGlobalStaking(globalStaking).getSubnetAllocation(account, netuid).allocated;
    }

    /// @dev `getNextNetuid` is right on the published network too, `nextNetuid` and `nextId` are not.
    function _subnetCount(ISubnetManager manager) private view returns (uint256) {
        return manager.getNextNetuid() - 1;
    }

    function _pin() private view returns (Pin memory) {
        return Pin(block.number, blockhash(block.number - 1), block.timestamp);
    }

    function _pageLength(uint256 total, uint256 start, uint256 count) private pure returns (uint256) {
        return Math.min(Math.saturatingSub(total, start), Math.min(count, MAX_PAGE));
    }

    function _text(string memory text, uint256 limit) private pure returns (bytes memory) {
        bytes memory content = bytes(text);
        if (content.length > limit) {
            assembly ("memory-safe") {
                mstore(content, limit)
            }
        }
        return abi.encodePacked(uint16(content.length), content);
    }

    function _flag(bool isSet, uint8 value) private pure returns (uint8) {
        return isSet ? value : 0;
    }

    function _narrow(uint256 value) private pure returns (uint128) {
        return uint128(Math.min(value, type(uint128).max));
    }

    function _narrow64(uint256 value) private pure returns (uint64) {
        return uint64(Math.min(value, type(uint64).max));
    }
}
