// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Lens} from "./Lens.sol";

/// @title LensCall
/// @notice Runs one call of a Lens that is deployed nowhere: an `eth_call` without a receiver executes this
/// creation code, followed by the ABI encoding of the Lens's calldata.
/// @dev The result comes back as revert data, because nodes cap what creation code may return at 24,576
/// bytes. Nothing is ever created.
contract LensCall {
    /// @notice What the Lens returned.
    /// @param result ABI encoding of its results.
    error LensResult(bytes result);

    /// @notice The Lens reverted.
    /// @param reason What it reverted with.
    error LensFailure(bytes reason);

    /// @notice Runs the call and always reverts, with LensResult or LensFailure.
    /// @param call Calldata for the Lens.
    constructor(bytes memory call) {
        (bool succeeded, bytes memory output) = address(new Lens()).staticcall(call);
        if (succeeded) revert LensResult(output);
        revert LensFailure(output);
    }
}
