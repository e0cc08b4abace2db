// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @notice Merkle trees of two leaves, enough to have proofs.
library RewardTree {
    function leaf(uint16 netuid, address account, uint256 amount) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(netuid, account, amount))));
    }

    function root(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return Hashes.commutativeKeccak256(left, right);
    }

    function proof(bytes32 sibling) internal pure returns (bytes32[] memory path) {
        path = new bytes32[](1);
        path[0] = sibling;
    }
}
