// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LensCall} from "../src/LensCall.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {ILens} from "../src/interfaces/ILens.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {PublishedNetworkMock} from "./utils/PublishedNetworkMock.sol";

contract LensTest is HetuTest {
    uint16 private netuid;
    address private validator;
    address private miner;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        validator = newValidator(netuid, "validator");
        miner = newMiner(netuid, "miner");
    }

    function test_dendronsArePackedByteByByte() public view {
        (ILens.Pin memory pin, uint256 total, bytes memory records) = _dendrons(0, 100);
        vm.assertEq(pin.blockNumber, vm.getBlockNumber());
        vm.assertEq(pin.timestamp, vm.getBlockTimestamp());
        vm.assertEq(total, 2);
        uint256 minerSince = vm.getBlockNumber();
        bytes memory endpoints = abi.encodePacked(
            uint32(8091), uint32(9100), uint16(12), "node.example", uint16(15), "metrics.example"
        );
        vm.assertEq(
            records,
            bytes.concat(
                abi.encodePacked(
                    validator,
                    uint8(3),
                    uint128(VALIDATOR_STAKE),
                    uint64(minerSince - 1),
                    uint64(vm.getBlockTimestamp() - 12)
                ),
                endpoints,
                abi.encodePacked(
                    miner, uint8(1), uint128(MINER_STAKE), uint64(minerSince), uint64(vm.getBlockTimestamp())
                ),
                endpoints
            )
        );
    }

    function test_pinNamesTheParentBlock() public {
        bytes32 parent = keccak256("parent");
        vm.setBlockhash(vm.getBlockNumber() - 1, parent);
        (ILens.Pin memory pin,,) = _dendrons(0, 0);
        vm.assertEq(pin.parentHash, parent);
    }

    function test_inactiveDendronsSaySo() public {
        deallocate(miner, netuid, 1);
        (,, bytes memory records) = _dendrons(1, 1);
        vm.assertEq(uint8(records[20]), 0);
        vm.assertEq(_number(records, 21, 16), MINER_STAKE - 1);
    }

    function testFuzz_pagesMakeUpTheWhole(uint256 size) public {
        for (uint256 i = 0; i < 5; ++i) {
            newMiner(netuid, string.concat("miner ", vm.toString(i)));
        }
        size = clamp(size, 1, 8);
        (,, bytes memory whole) = _dendrons(0, 100);
        bytes memory pages;
        for (uint256 start = 0; start < 7; start += size) {
            (, uint256 total, bytes memory page) = _dendrons(start, size);
            vm.assertEq(total, 7);
            pages = bytes.concat(pages, page);
        }
        vm.assertEq(pages, whole);
    }

    function test_placesBeyondTheEndAreLeftOut() public view {
        (,, bytes memory beyond) = _dendrons(2, 1);
        vm.assertEq(beyond.length, 0);
        (,, beyond) = _dendrons(type(uint256).max, type(uint256).max);
        vm.assertEq(beyond.length, 0);
    }

    function testFuzz_endpointsOfAnyLength(uint8 axonLength, uint8 prometheusLength) public {
        string memory axon = string(_filled(axonLength));
        string memory prometheus = string(_filled(prometheusLength));
        vm.prank(miner);
        dendrons.updateNeuronService(netuid, axon, 1, prometheus, 2);
        (,, bytes memory records) = _dendrons(1, 1);
        vm.assertEq(records.length, 65 + uint256(axonLength) + prometheusLength);
        vm.assertEq(_number(records, 61, 2), axonLength);
        vm.assertEq(_number(records, 63 + uint256(axonLength), 2), prometheusLength);
        vm.assertEq(
            keccak256(_slice(records, 65 + uint256(axonLength), prometheusLength)),
            keccak256(bytes(prometheus))
        );
    }

    function test_stakesArePacked() public {
        addStake(miner, 50 ether);
        address[] memory accounts = new address[](2);
        accounts[0] = miner;
        accounts[1] = account("nobody");
        (ILens.Pin memory pin, bytes memory records) = lens.stakes(address(staking), netuid, accounts);
        vm.assertEq(pin.blockNumber, vm.getBlockNumber());
        vm.assertEq(
            records,
            bytes.concat(
                abi.encodePacked(
                    uint128(251 ether), uint128(200 ether), uint128(1 ether), uint128(200 ether)
                ),
                new bytes(64)
            )
        );
    }

    function test_subnetsArePacked() public {
        uint16 second = newInactiveSubnet();
        SubnetTypes.SubnetInfo memory info = subnets.getSubnetInfo(second);
        (, uint256 total, bytes memory records) = lens.subnets(address(subnets), 1, 10);
        vm.assertEq(total, 2);
        vm.assertEq(
            records,
            bytes.concat(
                abi.encodePacked(second, uint8(0), subnetOwner, info.alphaToken, info.ammPool),
                abi.encodePacked(
                    uint128(info.lockedAmount),
                    uint128(100 ether),
                    uint128(info.lockedAmount - 100 ether),
                    uint64(info.createdAt)
                ),
                abi.encodePacked(uint128(1 ether), uint128(0), uint128(100 ether), uint128(100 ether)),
                abi.encodePacked(uint16(4), "Sums", uint16(12), "Adds numbers")
            )
        );
        (,, records) = lens.subnets(address(subnets), 0, 1);
        vm.assertEq(uint8(records[2]), 1);
    }

    function test_longTextsAreCut() public {
        payForSubnet();
        vm.prank(subnetOwner);
        subnets.registerNetwork(string(_filled(300)), string(_filled(2000)), "T", "T");
        (,, bytes memory records) = lens.subnets(address(subnets), 1, 1);
        vm.assertEq(records.length, 187 + 255 + 1024);
        vm.assertEq(uint8(records[2]), 2 + 4);
        vm.assertEq(_number(records, 183, 2), 255);
        vm.assertEq(_number(records, 185 + 255, 2), 1024);
    }

    function test_hyperparamsArePacked() public view {
        (, uint256 total, bytes memory records) = lens.hyperparams(address(subnets), 0, 10);
        vm.assertEq(total, 1);
        vm.assertEq(
            records,
            bytes.concat(
                abi.encodePacked(netuid, uint16(10), uint16(32767), uint16(7200), uint16(99), uint16(64)),
                abi.encodePacked(uint16(5000), uint16(4096), uint16(128), uint16(1), uint16(1000)),
                abi.encodePacked(uint128(1 ether), uint64(10_000_000), uint16(2), uint16(1), uint64(100)),
                abi.encodePacked(true, false, uint64(1000), uint64(50)),
                abi.encodePacked(uint128(500 ether), uint128(200 ether))
            )
        );
        vm.assertEq(records.length, 108);
    }

    function test_weightRowsArePacked() public {
        address silent = newValidator(netuid, "silent");
        SubnetTypes.Weight[] memory row = new SubnetTypes.Weight[](2);
        row[0] = SubnetTypes.Weight(miner, 7);
        row[1] = SubnetTypes.Weight(validator, 0);
        vm.prank(validator);
        weights.setWeights(netuid, row);
        (, uint256 total, bytes memory records) =
            lens.weightRows(address(weights), address(dendrons), netuid, 0, 10);
        vm.assertEq(total, 2);
        vm.assertEq(
            records,
            bytes.concat(
                abi.encodePacked(validator, uint64(vm.getBlockNumber()), uint16(2)),
                abi.encodePacked(miner, uint128(7), validator, uint128(0)),
                abi.encodePacked(silent, uint64(0), uint16(0))
            )
        );
        (,, records) = lens.weightRows(address(weights), address(dendrons), netuid, 1, 10);
        vm.assertEq(records, abi.encodePacked(silent, uint64(0), uint16(0)));
    }

    function test_publishedNetworkIsRead() public {
        PublishedNetworkMock network = _publishedNetwork();
        (, uint256 total, bytes memory records) = lens.dendrons(address(network), address(network), 1, 0, 10);
        vm.assertEq(total, 2);
        vm.assertEq(_slice(records, 0, 20), abi.encodePacked(validator));
        // Active, validator, endpoint cut, stake forged in the register.
        vm.assertEq(uint8(records[20]), 1 + 2 + 4 + 16);
        vm.assertEq(_number(records, 21, 16), 600 ether);
        vm.assertEq(_number(records, 61, 2), 255);
        vm.assertEq(_slice(records, 65 + 255, 20), abi.encodePacked(miner));
        vm.assertEq(uint8(records[65 + 255 + 20]), 0);

        (, total, records) = lens.subnets(address(network), 0, 10);
        vm.assertEq(total, 2);
        vm.assertEq(_number(records, 0, 2), 1);
        vm.assertEq(_number(records, 167, 16), type(uint128).max);
        (, total, records) = lens.hyperparams(address(network), 0, 10);
        vm.assertEq(records.length, 2 * 108);
        vm.assertEq(_number(records, 108 + 2, 2), 10);

        address[] memory accounts = new address[](1);
        accounts[0] = miner;
        (, records) = lens.stakes(address(network), 1, accounts);
        vm.assertEq(_number(records, 0, 16), type(uint128).max);
        vm.assertEq(_number(records, 48, 16), 300 ether);
    }

    function test_publishedWeightsAreReadOneByOne() public {
        PublishedNetworkMock network = _publishedNetwork();
        network.setWeight(1, validator, miner, 65535);
        (, uint256 total, bytes memory records) =
            lens.weightRows(address(network), address(network), 1, 0, 10);
        vm.assertEq(total, 1);
        vm.assertEq(records, abi.encodePacked(validator, uint64(0), uint16(1), miner, uint128(65535)));
    }

    function test_runsWithoutDeployment() public {
        bytes memory call =
            abi.encodeCall(ILens.dendrons, (address(dendrons), address(staking), netuid, 0, 100));
        bytes memory output = _runAsCreationCode(call);
        vm.assertEq(
            output, abi.encodeWithSelector(LensCall.LensResult.selector, _returnOf(address(lens), call))
        );
    }

    function test_failureWithoutDeploymentKeepsItsReason() public {
        bytes memory call =
            abi.encodeCall(ILens.weightRows, (address(weights), address(this), netuid, 0, 100));
        bytes memory output = _runAsCreationCode(call);
        vm.assertEq(output, abi.encodeWithSelector(LensCall.LensFailure.selector, bytes("")));
    }

    function test_resultWithoutDeploymentIsNotCapped() public {
        for (uint256 i = 0; i < 50; ++i) {
            address user = newMiner(netuid, string.concat("miner ", vm.toString(i)));
            vm.prank(user);
            dendrons.updateNeuronService(netuid, string(_filled(255)), 1, string(_filled(255)), 2);
        }
        bytes memory output = _runAsCreationCode(
            abi.encodeCall(ILens.dendrons, (address(dendrons), address(staking), netuid, 0, 100))
        );
        vm.assertGt(output.length, 24_576);
    }

    function test_runsWhereItsRuntimeCodeIsPlaced() public {
        address anywhere = account("state override");
        vm.etch(anywhere, address(lens).code);
        bytes memory call = abi.encodeCall(ILens.hyperparams, (address(subnets), 0, 10));
        vm.assertEq(_returnOf(anywhere, call), _returnOf(address(lens), call));
    }

    function _dendrons(uint256 start, uint256 count)
        private
        view
        returns (ILens.Pin memory, uint256, bytes memory)
    {
        return lens.dendrons(address(dendrons), address(staking), netuid, start, count);
    }

    function _runAsCreationCode(bytes memory call) private returns (bytes memory output) {
        bytes memory code = bytes.concat(vm.getCode("LensCall.sol:LensCall"), abi.encode(call));
        address created;
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
            output := mload(0x40)
            mstore(output, returndatasize())
            returndatacopy(add(output, 0x20), 0, returndatasize())
            mstore(0x40, and(add(add(output, returndatasize()), 0x3f), not(0x1f)))
        }
        vm.assertEq(created, address(0));
    }

    function _returnOf(address target, bytes memory call) private view returns (bytes memory) {
        (bool succeeded, bytes memory output) = target.staticcall(call);
        vm.assertTrue(succeeded);
        return output;
    }

    function _publishedNetwork() private returns (PublishedNetworkMock network) {
        network = new PublishedNetworkMock();
        SubnetTypes.NeuronInfo memory info;
        info.account = validator;
        info.netuid = 1;
        info.isActive = true;
        info.isValidator = true;
        info.stake = 1_000_000_000 ether;
        info.axonEndpoint = string(_filled(5000));
        network.addNeuron(info, 600 ether);
        SubnetTypes.NeuronInfo memory other;
        other.account = miner;
        other.netuid = 1;
        other.stake = 300 ether;
        network.addNeuron(other, 300 ether);
        SubnetTypes.SubnetInfo memory subnet;
        subnet.netuid = 1;
        network.addSubnet(subnet);
        subnet.netuid = 2;
        network.addSubnet(subnet);
        network.setRules(subnets.getSubnetHyperparams(netuid));
        network.setStake(miner, SubnetTypes.StakeInfo(type(uint256).max, 300 ether, 0, 0));
    }

    function _filled(uint256 length) private pure returns (bytes memory text) {
        text = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            text[i] = bytes1(uint8(97 + i % 26));
        }
    }

    function _slice(bytes memory data, uint256 start, uint256 length)
        private
        pure
        returns (bytes memory part)
    {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[start + i];
        }
    }

    function _number(bytes memory data, uint256 start, uint256 length) private pure returns (uint256 value) {
        for (uint256 i = 0; i < length; ++i) {
            value = value << 8 | uint8(data[start + i]);
        }
    }
}
