// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../src/SubnetTypes.sol";
import {Weights} from "../src/Weights.sol";
import {IWeights} from "../src/interfaces/IWeights.sol";
import {HetuTest} from "./utils/HetuTest.sol";

contract WeightsTest is HetuTest {
    uint16 private netuid;
    address private validator;
    address private first;
    address private second;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        validator = newValidator(netuid, "validator");
        first = newMiner(netuid, "first");
        second = newMiner(netuid, "second");
    }

    function test_rowIsKeptAndAnnounced() public {
        SubnetTypes.Weight[] memory row = _row(first, 3, second, 0);
        vm.expectEmit(address(weights));
        emit IWeights.WeightsSet(netuid, validator, row);
        _set(row);
        vm.assertEq(weights.weights(netuid, validator, first), 3);
        vm.assertEq(weights.weights(netuid, validator, second), 0);
        vm.assertEq(weights.lastSet(netuid, validator), vm.getBlockNumber());
        vm.assertEq(keccak256(abi.encode(weights.getWeights(netuid, validator))), keccak256(abi.encode(row)));
    }

    function test_newRowReplacesTheOldOne() public {
        _set(_row(first, 3, second, 4));
        skipBlocks(100);
        _set(_row(second, 9));
        vm.assertEq(weights.weights(netuid, validator, first), 0);
        vm.assertEq(weights.weights(netuid, validator, second), 9);
        vm.assertEq(weights.getWeights(netuid, validator).length, 1);
        skipBlocks(100);
        _set(_row(validator, 1, first, 2));
        vm.assertEq(weights.weights(netuid, validator, second), 0);
        vm.assertEq(weights.getWeights(netuid, validator).length, 2);
    }

    function testFuzz_rowIsReadBackAsSet(uint96 firstWeight, uint96 secondWeight) public {
        _set(_row(first, firstWeight, second, secondWeight));
        vm.assertEq(weights.weights(netuid, validator, first), firstWeight);
        vm.assertEq(weights.weights(netuid, validator, second), secondWeight);
    }

    function test_rateLimitIsPerValidator() public {
        address other = newValidator(netuid, "other");
        _set(_row(first, 1));
        uint256 nextAllowedBlock = vm.getBlockNumber() + 100;
        skipBlocks(99);
        _expectRefusal(
            abi.encodeWithSelector(IWeights.WeightsRateLimited.selector, nextAllowedBlock), _row(first, 1)
        );
        vm.prank(other);
        weights.setWeights(netuid, _row(first, 1));
        skipBlocks(1);
        _set(_row(first, 2));
    }

    function test_onlyActiveValidatorsSetWeights() public {
        bytes4 refusal = IWeights.NotActiveValidator.selector;
        vm.prank(first);
        vm.expectRevert(abi.encodeWithSelector(refusal, netuid, first));
        weights.setWeights(netuid, _row(second, 1));
        deallocate(validator, netuid, 1);
        _expectRefusal(abi.encodeWithSelector(refusal, netuid, validator), _row(first, 1));
        allocate(validator, netuid, VALIDATOR_STAKE);
        _set(_row(first, 1));
    }

    function test_unknownSubnetIsRefused() public {
        expectReason("SUBNET_NOT_EXISTS");
        weights.setWeights(99, _row(first, 1));
    }

    function test_onlyDendronsAreJudged() public {
        address stranger = account("stranger");
        _expectRefusal(
            abi.encodeWithSelector(IWeights.DestinationNotRegistered.selector, netuid, stranger),
            _row(first, 1, stranger, 1)
        );
    }

    function test_nobodyIsJudgedTwice() public {
        bytes memory refusal = abi.encodeWithSelector(IWeights.DuplicateDestination.selector, first);
        _expectRefusal(refusal, _row(first, 1, first, 1));
        _expectRefusal(refusal, _row(first, 0, first, 0));
    }

    function test_twoValidatorsJudgeTheSameDendronInOneBlock() public {
        address other = newValidator(netuid, "other");
        _set(_row(first, 1));
        vm.prank(other);
        weights.setWeights(netuid, _row(first, 2));
        vm.assertEq(weights.weights(netuid, validator, first), 1);
        vm.assertEq(weights.weights(netuid, other, first), 2);
    }

    function test_weightsFit96Bits() public {
        uint256 tooLarge = uint256(type(uint96).max) + 1;
        _expectRefusal(
            abi.encodeWithSelector(IWeights.WeightTooLarge.selector, first, tooLarge), _row(first, tooLarge)
        );
    }

    function test_rowLengthHasBounds() public {
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.minAllowedWeights = 2;
        rules.maxWeightsLimit = 2;
        setRules(netuid, rules);
        _expectRefusal(abi.encodeWithSelector(IWeights.TooFewWeights.selector, 1, 2), _row(first, 1));
        SubnetTypes.Weight[] memory three = new SubnetTypes.Weight[](3);
        _expectRefusal(abi.encodeWithSelector(IWeights.TooManyWeights.selector, 3, 2), three);
        _set(_row(first, 1, second, 1));
    }

    function test_smallSubnetNeedsNoMoreWeightsThanItHasDendrons() public {
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.minAllowedWeights = 8;
        setRules(netuid, rules);
        _expectRefusal(
            abi.encodeWithSelector(IWeights.TooFewWeights.selector, 2, 3), _row(first, 1, second, 1)
        );
        SubnetTypes.Weight[] memory everyone = new SubnetTypes.Weight[](3);
        everyone[0] = SubnetTypes.Weight(first, 1);
        everyone[1] = SubnetTypes.Weight(second, 1);
        everyone[2] = SubnetTypes.Weight(validator, 1);
        _set(everyone);
    }

    function test_plainWeightsAreRefusedWhereCommitmentsAreRequired() public {
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.commitRevealEnabled = true;
        setRules(netuid, rules);
        _expectRefusal(abi.encodeWithSelector(IWeights.CommitRevealRequired.selector, netuid), _row(first, 1));
    }

    function test_constructorRefusesMissingAddresses() public {
        bytes memory refusal = abi.encodeWithSelector(IWeights.ZeroAddress.selector);
        vm.expectRevert(refusal);
        new Weights(address(0), address(dendrons));
        vm.expectRevert(refusal);
        new Weights(address(subnets), address(0));
    }

    function _set(SubnetTypes.Weight[] memory row) private {
        vm.prank(validator);
        weights.setWeights(netuid, row);
    }

    function _expectRefusal(bytes memory refusal, SubnetTypes.Weight[] memory row) private {
        vm.prank(validator);
        vm.expectRevert(refusal);
        weights.setWeights(netuid, row);
    }

    function _row(address dest, uint256 weight) private pure returns (SubnetTypes.Weight[] memory row) {
        row = new SubnetTypes.Weight[](1);
        row[0] = SubnetTypes.Weight(dest, weight);
    }

    function _row(address dest, uint256 weight, address otherDest, uint256 otherWeight)
        private
        pure
        returns (SubnetTypes.Weight[] memory row)
    {
        row = new SubnetTypes.Weight[](2);
        row[0] = SubnetTypes.Weight(dest, weight);
        row[1] = SubnetTypes.Weight(otherDest, otherWeight);
    }
}
