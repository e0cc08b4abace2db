// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title SignatureCheck
/// @notice Asks an account whether it stands by a signature (ERC-1271), and creates or prepares the account
/// before, for the length of the call, if the signature says how (ERC-6492). An `eth_call` without a receiver
/// executes this creation code, followed by the ABI encoding of its arguments. Nothing is ever created for
/// good. @dev The answer is a single byte in the place of code: 0 for no, 1 for yes, 2 if the account has no
/// code.
/// Whatever account and factory do, burn all gas and return megabytes included, the byte comes back: so who
/// asked knows that an error of the node is not their doing.
contract SignatureCheck {
    uint256 private constant INVALID = 0;
    uint256 private constant VALID = 1;
    uint256 private constant NO_CODE = 2;

    /// @dev Gas that neither account nor factory get, for all that is done beside them.
    uint256 private constant RESERVE = 100_000;

    /// @notice Runs the check.
    /// @param account Account that is said to have signed.
    /// @param hash Hash that was signed.
    /// @param signature Signature for the account to judge, without any wrapper.
    /// @param factory Contract that creates or prepares the account; zero if there is none.
    /// @param factoryCalldata What to call the factory with.
    constructor(
        address account,
        bytes32 hash,
        bytes memory signature,
        address factory,
        bytes memory factoryCalldata
    ) {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (hash, signature));
        uint256 answer = _ask(account, question);
        if (answer != VALID && factory != address(0)) {
            _call(factory, factoryCalldata);
            answer = _ask(account, question);
        }
        assembly ("memory-safe") {
            mstore8(0, answer)
            return(0, 1)
        }
    }

    /// @dev Valid is the magic value in exactly one word, and nothing else.
    function _ask(address account, bytes memory question) private view returns (uint256) {
        if (account.code.length == 0) return NO_CODE;
        uint256 budget = _budget();
        uint256 size;
        bytes32 word;
        bool succeeded;
        assembly ("memory-safe") {
            succeeded := staticcall(budget, account, add(question, 0x20), mload(question), 0, 0x20)
            size := returndatasize()
            word := mload(0)
        }
        bool isValid = succeeded && size == 32 && word == bytes32(IERC1271.isValidSignature.selector);
        return isValid ? VALID : INVALID;
    }

    /// @dev What comes of it shows when the account is asked.
    function _call(address target, bytes memory data) private {
        uint256 budget = _budget();
        assembly ("memory-safe") {
            pop(call(budget, target, 0, add(data, 0x20), mload(data), 0, 0))
        }
    }

    function _budget() private view returns (uint256) {
        uint256 left = gasleft();
        return left > RESERVE ? left - RESERVE : 0;
    }
}
