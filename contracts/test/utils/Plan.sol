// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice Executes contracts/deployment.json, and nothing that is not in it.
contract Plan {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error UnknownVariable(string name);
    error CreationFailed(string name);
    error CallFailed(string call, bytes reason);

    struct Call {
        address target;
        bytes data;
    }

    string private _json;
    mapping(string variable => address value) private _variables;

    constructor() {
        _json = vm.readFile("deployment.json");
    }

    function set(string calldata name, address value) external {
        _variables[string.concat("$", name)] = value;
    }

    function get(string calldata name) external view returns (address) {
        return _value(string.concat("$", name));
    }

    /// @notice Creates the contracts and makes the calls, as the deployer.
    function deploy() external {
        for (uint256 i = 0; _has("contracts", i); ++i) {
            string memory name = vm.parseJsonString(_json, string.concat(_path("contracts", i), ".name"));
            bytes memory code =
                bytes.concat(vm.getCode(string.concat(name, ".sol:", name)), _words(_path("contracts", i)));
            vm.prank(_value("$deployer"));
            address created;
            assembly ("memory-safe") {
                created := create(0, add(code, 0x20), mload(code))
            }
            if (created == address(0)) revert CreationFailed(name);
            _variables[string.concat("$", name)] = created;
        }
        _execute("calls");
    }

    /// @notice Names the governor the next owner, as the deployer.
    function handOver() external {
        _execute("handover");
    }

    /// @notice What the governor has to call to become the owner.
    function acceptance() external view returns (Call[] memory) {
        return _calls("acceptance");
    }

    function _execute(string memory section) private {
        Call[] memory calls = _calls(section);
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(_value("$deployer"));
            (bool succeeded, bytes memory reason) = calls[i].target.call(calls[i].data);
            if (!succeeded) revert CallFailed(_path(section, i), reason);
        }
    }

    function _calls(string memory section) private view returns (Call[] memory calls) {
        uint256 length = 0;
        while (_has(section, length)) length += 1;
        calls = new Call[](length);
        for (uint256 i = 0; i < length; ++i) {
            string memory path = _path(section, i);
            string memory contractName = vm.parseJsonString(_json, string.concat(path, ".contract"));
            string memory signature = vm.parseJsonString(_json, string.concat(path, ".function"));
            calls[i] = Call({
                target: _value(string.concat("$", contractName)),
                data: bytes.concat(bytes4(keccak256(bytes(signature))), _words(path))
            });
        }
    }

    /// @dev Every argument of the plan is an address, a number or a flag: one word.
    function _words(string memory path) private view returns (bytes memory words) {
        string[] memory arguments = vm.parseJsonStringArray(_json, string.concat(path, ".arguments"));
        for (uint256 i = 0; i < arguments.length; ++i) {
            words = bytes.concat(words, bytes32(_word(arguments[i])));
        }
    }

    function _word(string memory argument) private view returns (uint256) {
        if (bytes(argument)[0] == "$") return uint160(_value(argument));
        if (keccak256(bytes(argument)) == keccak256("true")) return 1;
        if (keccak256(bytes(argument)) == keccak256("false")) return 0;
        return vm.parseUint(argument);
    }

    function _value(string memory variable) private view returns (address value) {
        value = _variables[variable];
        if (value == address(0)) revert UnknownVariable(variable);
    }

    function _has(string memory section, uint256 index) private view returns (bool) {
        return vm.keyExistsJson(_json, _path(section, index));
    }

    function _path(string memory section, uint256 index) private pure returns (string memory) {
        return string.concat(".", section, "[", vm.toString(index), "]");
    }
}
