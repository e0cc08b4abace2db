// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDendronManager} from "./interfaces/IDendronManager.sol";
import {IGlobalStaking} from "./interfaces/IGlobalStaking.sol";

/// @title DendronPage
/// @notice Reads dendrons and packs them one after the other, as `ILens.dendrons` describes.
/// @dev A page holds hundreds of them, so what the contracts answer is taken apart where it lies: turning
/// each answer into structs and texts first costs more than all the rest. An answer that is not as its ABI
/// says makes a page revert without a reason, as it does where the compiler reads the answer.
library DendronPage {
    /// @dev Bytes of an answer of `getNeuronInfo`: where its struct begins, then the fields of the struct.
    uint256 private constant INFO_HEAD = 12 * 32;
    /// @dev The lengths of the two texts come on top.
    uint256 private constant SHORTEST_INFO = INFO_HEAD + 2 * 32;
    /// @dev Bytes of a record before its texts.
    uint256 private constant RECORD_HEAD = 61;

    /// @notice Reads the dendrons at some places of a subnet, which have to be there.
    /// @param dendronManager DendronManager or NeuronManager.
    /// @param globalStaking GlobalStaking.
    /// @param netuid Subnet.
    /// @param start First place.
    /// @param length Number of places.
    /// @param textLimit Most bytes of an endpoint.
    /// @return records Records.
    function read(
        address dendronManager,
        address globalStaking,
        uint16 netuid,
        uint256 start,
        uint256 length,
        uint256 textLimit
    ) internal view returns (bytes memory records) {
        bytes memory accountCall = abi.encodeCall(IDendronManager.neuronList, (netuid, 0));
        bytes memory stakeCall = abi.encodeCall(IGlobalStaking.getSubnetAllocation, (address(0), netuid));
        bytes memory infoCall = abi.encodeCall(IDendronManager.getNeuronInfo, (netuid, address(0)));
        bytes memory head = new bytes(INFO_HEAD);
        records = _open();
        for (uint256 i = 0; i < length; ++i) {
            _setArgument(accountCall, 1, start + i);
            uint256 account = _firstWord(dendronManager, accountCall, 32);
            if (account > type(uint160).max) _revertWithoutReason();
            _setArgument(stakeCall, 0, account);
            uint256 stake = _firstWord(globalStaking, stakeCall, 96);
            _setArgument(infoCall, 1, account);
            _call(dendronManager, infoCall, SHORTEST_INFO);
            _append(account, stake, head, textLimit);
        }
        _close(records);
    }

    /// @dev Packs a dendron, of which `getNeuronInfo` was the last to answer.
    function _append(uint256 account, uint256 stake, bytes memory head, uint256 textLimit) private pure {
        uint256 record;
        uint256 flags;
        uint256 axonEndpoint;
        uint256 prometheusEndpoint;
        assembly ("memory-safe") {
            let words := add(head, 0x20)
            returndatacopy(words, 0, INFO_HEAD)
            let isActive := mload(add(words, 0x60))
            let isValidator := mload(add(words, 0x80))
            let registrationBlock := mload(add(words, 0xc0))
            let lastUpdate := mload(add(words, 0xe0))
            let axonPort := mload(add(words, 0x120))
            let prometheusPort := mload(add(words, 0x160))
            let excess := or(shr(1, or(isActive, isValidator)), shr(32, or(axonPort, prometheusPort)))
            excess := or(or(excess, shr(64, registrationBlock)), xor(mload(words), 0x20))
            if excess { revert(0, 0) }

            flags := or(isActive, shl(1, isValidator))
            flags := or(flags, shl(4, iszero(eq(stake, mload(add(words, 0xa0))))))
            axonEndpoint := mload(add(words, 0x100))
            prometheusEndpoint := mload(add(words, 0x140))
            if shr(128, stake) { stake := shr(128, not(0)) }
            if shr(64, lastUpdate) { lastUpdate := shr(192, not(0)) }

            record := mload(0x40)
            mstore(record, shl(96, account))
            mstore(add(record, 21), shl(128, stake))
            let times := or(shl(192, registrationBlock), shl(128, lastUpdate))
            mstore(add(record, 37), or(times, or(shl(96, axonPort), shl(64, prometheusPort))))
            mstore(0x40, add(record, RECORD_HEAD))
        }
        flags |= _appendText(axonEndpoint, textLimit) << 2;
        flags |= _appendText(prometheusEndpoint, textLimit) << 3;
        assembly ("memory-safe") {
            mstore8(add(record, 20), flags)
        }
    }

    /// @dev Packs the text that stands at `place` of the struct that was the last answer.
    /// @return isCut 1 if it was longer than `limit`, else 0.
    function _appendText(uint256 place, uint256 limit) private pure returns (uint256 isCut) {
        assembly ("memory-safe") {
            // The struct begins behind the word that says so.
            let content := add(place, 0x40)
            if or(shr(64, place), gt(content, returndatasize())) { revert(0, 0) }
            returndatacopy(0, add(place, 0x20), 0x20)
            let size := mload(0)
            if or(shr(64, size), gt(add(content, size), returndatasize())) { revert(0, 0) }
            if gt(size, limit) {
                isCut := 1
                size := limit
            }
            let at := mload(0x40)
            mstore(at, shl(240, size))
            returndatacopy(add(at, 2), content, size)
            mstore(0x40, add(add(at, 2), size))
        }
    }

    function _firstWord(address target, bytes memory question, uint256 shortest)
        private
        view
        returns (uint256 word)
    {
        _call(target, question, shortest);
        assembly ("memory-safe") {
            returndatacopy(0, 0, 0x20)
            word := mload(0)
        }
    }

    /// @dev Fails as the called contract does, and if it answers with fewer bytes than `shortest`.
    function _call(address target, bytes memory question, uint256 shortest) private view {
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), target, add(question, 0x20), mload(question), 0, 0)) {
                let reason := mload(0x40)
                returndatacopy(reason, 0, returndatasize())
                revert(reason, returndatasize())
            }
            if lt(returndatasize(), shortest) { revert(0, 0) }
        }
    }

    function _setArgument(bytes memory question, uint256 position, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(question, 0x24), shl(5, position)), value)
        }
    }

    function _revertWithoutReason() private pure {
        assembly ("memory-safe") {
            revert(0, 0)
        }
    }

    /// @dev From here to `_close` all memory taken belongs to the records.
    function _open() private pure returns (bytes memory records) {
        assembly ("memory-safe") {
            records := mload(0x40)
            mstore(0x40, add(records, 0x20))
        }
    }

    function _close(bytes memory records) private pure {
        assembly ("memory-safe") {
            let end := mload(0x40)
            mstore(records, sub(end, add(records, 0x20)))
            mstore(0x40, and(add(end, 0x1f), not(0x1f)))
        }
    }
}
