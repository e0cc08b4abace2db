// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title OddWallet
/// @notice For tests: a contract account that answers every question in one odd way.
contract OddWallet {
    /// @notice What it does when it is asked.
    enum Oddity {
        // Returns the magic value as it should.
        None,
        // Stands by no signature before somebody has called `prepare`, and by all afterwards.
        Unprepared,
        // Reverts without a reason.
        Revert,
        // Reverts with the magic value.
        RevertWithMagic,
        // Stops at an invalid instruction.
        InvalidInstruction,
        // Uses up all gas.
        BurnGas,
        // Returns as many bytes as it can pay for, the magic value first.
        ReturnBomb,
        // Reverts with as many bytes as it can pay for.
        RevertBomb,
        // Returns nothing.
        Nothing,
        // Returns four bytes only.
        ShortMagic,
        // Returns the magic value followed by another word.
        LongMagic,
        // Returns the magic value as a number.
        RightAlignedMagic,
        // Returns the magic value with something behind it in the same word.
        DirtyMagic,
        // Returns `true`.
        True,
        // Writes to its storage before it returns the magic value.
        Write
    }

    Oddity private immutable ODDITY;

    bool private _isPrepared;

    /// @notice Creates the account.
    /// @param oddity What it does when it is asked.
    constructor(Oddity oddity) {
        ODDITY = oddity;
    }

    /// @notice Makes an unprepared account stand by all signatures.
    function prepare() external {
        _isPrepared = true;
    }

    /// @notice Answers `isValidSignature`, and everything else.
    fallback() external {
        Oddity oddity = ODDITY;
        bytes32 magic = bytes32(IERC1271.isValidSignature.selector);
        if (oddity == Oddity.None) _return(magic, 32);
        if (oddity == Oddity.Unprepared) _return(_isPrepared ? magic : bytes32(0), 32);
        if (oddity == Oddity.Revert) _revert(0, 0);
        if (oddity == Oddity.RevertWithMagic) _revert(magic, 32);
        if (oddity == Oddity.InvalidInstruction) _stop();
        if (oddity == Oddity.BurnGas) while (true) {}
        if (oddity == Oddity.ReturnBomb) _return(magic, _affordable());
        if (oddity == Oddity.RevertBomb) _revert(magic, _affordable());
        if (oddity == Oddity.ShortMagic) _return(magic, 4);
        if (oddity == Oddity.LongMagic) _return(magic, 64);
        if (oddity == Oddity.RightAlignedMagic) _return(magic >> 224, 32);
        if (oddity == Oddity.DirtyMagic) _return(magic | bytes32(uint256(1)), 32);
        if (oddity == Oddity.True) _return(bytes32(uint256(1)), 32);
        if (oddity == Oddity.Write) _write(magic);
    }

    function _write(bytes32 magic) private {
        _isPrepared = true;
        _return(magic, 32);
    }

    /// @dev Bytes of memory that nine tenths of the gas pay for: 3 gas a word and its square over 512.
    function _affordable() private view returns (uint256) {
        uint256 gas = gasleft() / 10 * 9;
        uint256 words = 1;
        while (words * 2 * 3 + (words * 2) ** 2 / 512 < gas) words *= 2;
        return words * 32;
    }

    function _return(bytes32 word, uint256 size) private pure {
        assembly {
            mstore(0, word)
            return(0, size)
        }
    }

    function _revert(bytes32 word, uint256 size) private pure {
        assembly {
            mstore(0, word)
            revert(0, size)
        }
    }

    function _stop() private pure {
        assembly {
            invalid()
        }
    }
}
