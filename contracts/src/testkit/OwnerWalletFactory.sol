// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {OwnerWallet} from "./OwnerWallet.sol";

/// @title OwnerWalletFactory
/// @notice For tests: creates accounts at addresses that are known before (CREATE2).
contract OwnerWalletFactory {
    /// @notice Creates the account of an owner.
    /// @param owner Whose key signs.
    /// @param salt Tells accounts of one owner apart.
    /// @return Where it is.
    function create(address owner, bytes32 salt) external returns (address) {
        return address(new OwnerWallet{salt: salt}(owner));
    }

    /// @notice Where the account of an owner is or will be.
    /// @param owner Whose key signs.
    /// @param salt Tells accounts of one owner apart.
    /// @return Its address.
    function addressOf(address owner, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(OwnerWallet).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), this, salt, code)))));
    }

    /// @notice Uses up all gas that it is given.
    fallback() external {
        while (true) {}
    }
}
