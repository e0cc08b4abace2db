// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title PublishedFacade
/// @notice For tests: one of our contracts, of which outsiders see only the functions that the published
/// network has. On all others it reverts without a reason, as a contract does that lacks a function.
/// @dev The contract's creation code runs in the place of this one, so that its storage, its owner and its
/// immutable values are as if it stood here itself.
contract PublishedFacade {
    /// @dev Kept where no contract keeps anything.
    /// @param implementation Code that answers.
    /// @param creator Account that may seal.
    /// @param isSealed Whether outsiders are kept out.
    /// @param published Functions open to everybody.
    /// @param peers Contracts to which everything is open.
    struct Guard {
        address implementation;
        address creator;
        bool isSealed;
        mapping(bytes4 selector => bool isPublished) published;
        mapping(address account => bool isPeer) peers;
    }

    bytes32 private constant GUARD_SLOT = keccak256("hetu.testkit.PublishedFacade");

    /// @notice The creation code did not run.
    error CreationFailed();

    /// @notice Creates the contract. Until it is sealed everything is open to everybody.
    /// @param creationCode Creation code of the contract, with its arguments.
    /// @param selectors Functions that the published contract has.
    /// @param peers Contracts of the same network, which need more than that of each other.
    constructor(bytes memory creationCode, bytes4[] memory selectors, address[] memory peers) {
        (bool succeeded, bytes memory runtimeCode) = _store(creationCode).delegatecall("");
        if (!succeeded) revert CreationFailed();
        Guard storage guard = _guard();
        guard.implementation = _store(runtimeCode);
        guard.creator = msg.sender;
        for (uint256 i = 0; i < selectors.length; ++i) {
            guard.published[selectors[i]] = true;
        }
        for (uint256 i = 0; i < peers.length; ++i) {
            guard.peers[peers[i]] = true;
        }
    }

    receive() external payable {
        _delegate(_guard().implementation);
    }

    fallback() external payable {
        Guard storage guard = _guard();
        bool isOpen = !guard.isSealed || guard.published[msg.sig] || guard.peers[msg.sender];
        require(isOpen);
        _delegate(guard.implementation);
    }

    /// @notice Keeps outsiders out, for good. Creator only.
    function sealFacade() external {
        Guard storage guard = _guard();
        require(msg.sender == guard.creator && !guard.isSealed);
        guard.isSealed = true;
    }

    function _guard() private pure returns (Guard storage guard) {
        bytes32 slot = GUARD_SLOT;
        assembly ("memory-safe") {
            guard.slot := slot
        }
    }

    /// @dev Puts bytes where they can be run: `PUSH2 size DUP1 PUSH1 10 RETURNDATASIZE CODECOPY
    /// RETURNDATASIZE RETURN` returns what follows it.
    function _store(bytes memory code) private returns (address place) {
        bytes memory creation = abi.encodePacked(hex"61", uint16(code.length), hex"80600a3d393df3", code);
        assembly ("memory-safe") {
            place := create(0, add(creation, 0x20), mload(creation))
        }
        if (place == address(0)) revert CreationFailed();
    }

    function _delegate(address implementation) private {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let succeeded := delegatecall(gas(), implementation, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(succeeded) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
