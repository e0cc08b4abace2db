// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "./AlphaToken.sol";

/// @title AlphaTokenDeployer
/// @notice Creates alpha tokens on behalf of the SubnetManager, which would exceed the code size limit if it
/// carried their creation code itself.
contract AlphaTokenDeployer {
    /// @notice Creates a token that belongs to the caller.
    /// @param name Name.
    /// @param symbol Symbol.
    /// @param netuid Subnet.
    /// @return The token.
    function deploy(string calldata name, string calldata symbol, uint16 netuid)
        external
        returns (AlphaToken)
    {
        return new AlphaToken(name, symbol, msg.sender, netuid);
    }
}
