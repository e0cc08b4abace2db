// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Answers every function with the bytes that the test told it, or reverts with them.
contract AnswersAsTold {
    mapping(bytes4 selector => bytes answer) private _answers;
    mapping(bytes4 selector => bool fails) private _fails;

    function setAnswer(bytes4 selector, bytes calldata answer) external {
        _answers[selector] = answer;
        _fails[selector] = false;
    }

    function setFailure(bytes4 selector, bytes calldata reason) external {
        _answers[selector] = reason;
        _fails[selector] = true;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        bytes memory answer = _answers[msg.sig];
        if (_fails[msg.sig]) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        return answer;
    }
}
