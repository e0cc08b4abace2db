// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title HetuTimelock
/// @notice An owner for the contracts that announces every change a while before it takes effect.
/// @dev It administers itself: roles and delay change only by a proposal that waited like any other.
contract HetuTimelock is TimelockController {
    /// @notice Creates the timelock.
    /// @param minDelay Seconds between proposal and execution.
    /// @param proposers Accounts that may propose and cancel.
    /// @param executors Accounts that may execute what has waited long enough; the zero address lets anyone.
    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors)
        TimelockController(minDelay, proposers, executors, address(0))
    {}
}
