// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title OwnerWallet
/// @notice For tests: a contract account that stands by what the key of its owner signed (ERC-1271).
contract OwnerWallet is IERC1271 {
    /// @notice Whose key signs. Part of the code, so it holds where an account delegates to it (EIP-7702).
    address public immutable owner;

    /// @notice Creates the account.
    /// @param owner_ Whose key signs.
    constructor(address owner_) {
        owner = owner_;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == owner ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
