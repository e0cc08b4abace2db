// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../src/SubnetTypes.sol";
import {IDendronManager} from "../src/interfaces/IDendronManager.sol";
import {IGlobalStaking} from "../src/interfaces/IGlobalStaking.sol";
import {ILens} from "../src/interfaces/ILens.sol";
import {AnswersAsTold} from "./utils/AnswersAsTold.sol";
import {HetuTest} from "./utils/HetuTest.sol";

/// @notice What the Lens makes of the answers of a dendron manager that is not ours.
contract DendronPageTest is HetuTest {
    uint256 private constant ACTIVE = 3;
    uint256 private constant VALIDATOR = 4;
    uint256 private constant REGISTRATION_BLOCK = 6;
    uint256 private constant AXON_ENDPOINT = 8;
    uint256 private constant AXON_PORT = 9;
    uint256 private constant PROMETHEUS_ENDPOINT = 10;
    uint256 private constant PROMETHEUS_PORT = 11;
    uint256 private constant AXON_LENGTH = 12;
    uint256 private constant PROMETHEUS_LENGTH = 14;
    uint256 private constant WORDS = 16;

    AnswersAsTold private network;
    address private miner;

    function setUp() public override {
        super.setUp();
        miner = account("miner");
        network = new AnswersAsTold();
        _answerWell();
    }

    function test_wellFormedAnswersAreTaken() public view {
        bytes memory head = abi.encodePacked(miner, uint8(1), uint128(7 ether), uint64(5), uint64(6));
        bytes memory services =
            abi.encodePacked(uint32(80), uint32(90), uint16(4), "axon", uint16(10), "prometheus");
        vm.assertEq(_record(), bytes.concat(head, services));
    }

    function testFuzz_everyFieldHasItsPlace(SubnetTypes.NeuronInfo memory info, uint256 stake) public {
        network.setAnswer(IDendronManager.getNeuronInfo.selector, abi.encode(info));
        network.setAnswer(IGlobalStaking.getSubnetAllocation.selector, abi.encode(stake, 0, 0));
        bytes memory axon = _cut(bytes(info.axonEndpoint));
        bytes memory prometheus = _cut(bytes(info.prometheusEndpoint));
        uint8 flags = (info.isActive ? 1 : 0) + (info.isValidator ? 2 : 0);
        flags += axon.length < bytes(info.axonEndpoint).length ? 4 : 0;
        flags += prometheus.length < bytes(info.prometheusEndpoint).length ? 8 : 0;
        flags += info.stake == stake ? 0 : 16;
        uint256 mostStake = type(uint128).max;
        uint256 latest = type(uint64).max;
        bytes memory head = abi.encodePacked(
            miner,
            flags,
            uint128(stake > mostStake ? mostStake : stake),
            info.registrationBlock,
            uint64(info.lastUpdate > latest ? latest : info.lastUpdate),
            info.axonPort,
            info.prometheusPort
        );
        bytes memory texts =
            abi.encodePacked(uint16(axon.length), axon, uint16(prometheus.length), prometheus);
        vm.assertEq(_record(), bytes.concat(head, texts));
    }

    function test_valuesOutsideOfTheirTypesAreRefused() public {
        _requireRefused(ACTIVE, 2);
        _requireRefused(ACTIVE, type(uint256).max);
        _requireRefused(VALIDATOR, 2);
        _requireRefused(REGISTRATION_BLOCK, 1 << 64);
        _requireRefused(AXON_PORT, 1 << 32);
        _requireRefused(PROMETHEUS_PORT, 1 << 32);
        _requireRefused(0, 0x40);
    }

    function test_textsOutsideOfTheAnswerAreRefused() public {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 place = i == 0 ? AXON_ENDPOINT : PROMETHEUS_ENDPOINT;
            uint256 length = i == 0 ? AXON_LENGTH : PROMETHEUS_LENGTH;
            _requireRefused(place, 32 * WORDS - 32 - 31);
            _requireRefused(place, type(uint64).max);
            _requireRefused(place, 1 << 64);
            _requireRefused(place, type(uint256).max - 0x3f);
            _requireRefused(length, 32 * (WORDS - length - 1) + 1);
            _requireRefused(length, 1 << 64);
            _requireRefused(length, type(uint256).max);
        }
    }

    function test_answersThatEndTooSoonAreRefused() public {
        bytes memory whole = abi.encode(_info());
        for (uint256 size = 0; size < 32 * WORDS - 32; size += 31) {
            _requireRefused(IDendronManager.getNeuronInfo.selector, _first(whole, size));
        }
        network.setAnswer(IDendronManager.getNeuronInfo.selector, whole);
        _requireRefused(IGlobalStaking.getSubnetAllocation.selector, new bytes(95));
        network.setAnswer(IGlobalStaking.getSubnetAllocation.selector, new bytes(96));
        _requireRefused(IDendronManager.neuronList.selector, new bytes(31));
    }

    function test_whatIsNoAddressIsRefused() public {
        _requireRefused(IDendronManager.neuronList.selector, abi.encode(uint256(1) << 160));
    }

    function test_failuresKeepTheirReasons() public {
        bytes4[3] memory selectors = [
            IDendronManager.neuronList.selector,
            IGlobalStaking.getSubnetAllocation.selector,
            IDendronManager.getNeuronInfo.selector
        ];
        for (uint256 i = 0; i < selectors.length; ++i) {
            _answerWell();
            network.setFailure(selectors[i], abi.encodeWithSignature("Error(string)", "CLOSED"));
            (bool succeeded, bytes memory output) = _dendrons();
            vm.assertFalse(succeeded);
            vm.assertEq(output, abi.encodeWithSignature("Error(string)", "CLOSED"));
        }
    }

    function _answerWell() private {
        network.setAnswer(IDendronManager.getNeuronCount.selector, abi.encode(1));
        network.setAnswer(IDendronManager.neuronList.selector, abi.encode(miner));
        network.setAnswer(IDendronManager.getNeuronInfo.selector, abi.encode(_info()));
        network.setAnswer(IGlobalStaking.getSubnetAllocation.selector, abi.encode(7 ether, 0, 0));
    }

    function _info() private view returns (SubnetTypes.NeuronInfo memory) {
        return SubnetTypes.NeuronInfo(miner, 1, true, false, 7 ether, 5, 6, "axon", 80, "prometheus", 90);
    }

    function _requireRefused(uint256 word, uint256 value) private {
        bytes memory answer = abi.encode(_info());
        assembly ("memory-safe") {
            mstore(add(add(answer, 0x20), mul(word, 0x20)), value)
        }
        _requireRefused(IDendronManager.getNeuronInfo.selector, answer);
    }

    function _requireRefused(bytes4 selector, bytes memory answer) private {
        network.setAnswer(selector, answer);
        (bool succeeded, bytes memory output) = _dendrons();
        vm.assertFalse(succeeded);
        vm.assertEq(output.length, 0);
    }

    function _record() private view returns (bytes memory records) {
        (bool succeeded, bytes memory output) = _dendrons();
        vm.assertTrue(succeeded);
        (,, records) = abi.decode(output, (ILens.Pin, uint256, bytes));
    }

    function _dendrons() private view returns (bool succeeded, bytes memory output) {
        return address(lens).staticcall{gas: 10_000_000}(
            abi.encodeCall(ILens.dendrons, (address(network), address(network), 1, 0, 1))
        );
    }

    function _cut(bytes memory text) private pure returns (bytes memory) {
        return text.length > 255 ? _first(text, 255) : text;
    }

    function _first(bytes memory data, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            part[i] = data[i];
        }
    }
}
