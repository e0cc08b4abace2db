// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title TwoStepOwner
/// @notice An owner that is replaced only by an account which says that it is there, and never by nobody.
/// @dev `transferOwnership` names the next owner, `acceptOwnership` makes it the owner.
abstract contract TwoStepOwner is Ownable2Step {
    /// @notice A contract without an owner could never be put right again. An owner that wants to bind its
    /// own hands passes the contract on to a timelock instead.
    error OwnershipCannotBeRenounced();

    /// @notice Names the first owner.
    /// @param initialOwner Account that administers the contract.
    constructor(address initialOwner) Ownable(initialOwner) {}

    /// @notice Part of the published interface. Always reverts OwnershipCannotBeRenounced for the owner.
    function renounceOwnership() public virtual override onlyOwner {
        revert OwnershipCannotBeRenounced();
    }
}
