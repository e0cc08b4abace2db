// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title RecordPage
/// @notice Puts packed records one after the other into memory that is set aside once, so that a large page
/// costs memory for its own bytes and not for everything that was read to make them.
library RecordPage {
    /// @notice A page was given more bytes than were set aside for it.
    error PageOverflow();

    /// @notice A page under construction.
    /// @param data The records so far.
    /// @param capacity Bytes set aside.
    struct Page {
        bytes data;
        uint256 capacity;
    }

    /// @notice Sets memory aside.
    /// @param capacity Bytes.
    /// @return page Empty page.
    function reserve(uint256 capacity) internal pure returns (Page memory page) {
        bytes memory data;
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(data, 0)
            mstore(0x40, and(add(add(data, capacity), 0x3f), not(0x1f)))
        }
        page.data = data;
        page.capacity = capacity;
    }

    /// @notice Adds a record.
    /// @param page Page.
    /// @param record Record.
    function append(Page memory page, bytes memory record) internal pure {
        bytes memory data = page.data;
        if (data.length + record.length > page.capacity) revert PageOverflow();
        assembly ("memory-safe") {
            let used := mload(data)
            let size := mload(record)
            mcopy(add(add(data, 0x20), used), add(record, 0x20), size)
            mstore(data, add(used, size))
        }
    }

    /// @notice Remembers how much memory is in use.
    /// @return mark For `forgetSince`.
    function here() internal pure returns (uint256 mark) {
        assembly ("memory-safe") {
            mark := mload(0x40)
        }
    }

    /// @notice Frees the memory taken since. What was put there must not be used any more.
    /// @param mark From `here`.
    function forgetSince(uint256 mark) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, mark)
        }
    }
}
