// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DendronManager} from "../src/DendronManager.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {IDendronManager} from "../src/interfaces/IDendronManager.sol";
import {IGlobalStaking} from "../src/interfaces/IGlobalStaking.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract DendronManagerTest is HetuTest {
    address private immutable miner = account("miner");
    address private immutable stranger = account("stranger");
    uint16 private netuid;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
    }

    function test_minerJoins() public {
        addStake(miner, 300 ether);
        vm.expectEmit(address(staking));
        emit IGlobalStaking.SubnetAllocationChanged(miner, netuid, 0, 250 ether);
        vm.expectEmit(address(staking));
        emit IGlobalStaking.RegistrationCost(miner, netuid, 1 ether);
        vm.expectEmit(address(dendrons));
        emit IDendronManager.NeuronRegistered(
            netuid,
            miner,
            250 ether,
            false,
            false,
            "node.example",
            8091,
            "metrics.example",
            9100,
            vm.getBlockNumber()
        );
        register(netuid, miner, 250 ether, false);

        SubnetTypes.NeuronInfo memory info = dendrons.getNeuronInfo(netuid, miner);
        vm.assertEq(info.account, miner);
        vm.assertEq(info.netuid, netuid);
        vm.assertTrue(info.isActive);
        vm.assertFalse(info.isValidator);
        vm.assertEq(info.stake, 250 ether);
        vm.assertEq(info.registrationBlock, vm.getBlockNumber());
        vm.assertEq(info.lastUpdate, vm.getBlockTimestamp());
        vm.assertEq(info.axonEndpoint, "node.example");
        vm.assertEq(info.axonPort, 8091);
        vm.assertEq(info.prometheusEndpoint, "metrics.example");
        vm.assertEq(info.prometheusPort, 9100);
        vm.assertEq(staking.getAvailableStake(miner), 49 ether);
        vm.assertEq(whetu.balanceOf(treasury), 1 ether);
    }

    function test_validatorJoins() public {
        address validator = newValidator(netuid, "validator");
        vm.assertTrue(dendrons.isNeuron(netuid, validator));
        vm.assertTrue(dendrons.isValidator(netuid, validator));
        vm.assertTrue(dendrons.isActiveValidator(netuid, validator));
        vm.assertEq(dendrons.getSubnetValidatorCount(netuid), 1);
        vm.assertEq(dendrons.getSubnetValidators(netuid)[0], validator);
    }

    function test_roleIsTheOneAskedForWhateverTheStake() public {
        address rich = newDendron(netuid, "rich miner", 1000 ether, false);
        vm.assertFalse(dendrons.isValidator(netuid, rich));
        vm.assertTrue(dendrons.isActive(netuid, rich));
        vm.assertFalse(dendrons.isActiveValidator(netuid, rich));
    }

    function test_stakeBoundBeforehandCounts() public {
        addStake(miner, 201 ether);
        allocate(miner, netuid, 200 ether);
        register(netuid, miner, 200 ether, false);
        vm.assertEq(dendrons.stakeOf(netuid, miner), 200 ether);
        vm.assertEq(staking.getAvailableStake(miner), 0);
    }

    function test_refusalsInOrder() public {
        uint16 closed = newInactiveSubnet();
        addStake(miner, 500 ether);
        _expectRefusal("STAKE_AMOUNT_ZERO", 99, 0, false);
        _expectRefusal("SUBNET_NOT_EXISTS", 99, 200 ether, false);
        _expectRefusal("SUBNET_NOT_ACTIVE", closed, 200 ether, false);
        _expectRefusal("INSUFFICIENT_AVAILABLE_STAKE", netuid, 500 ether, false);
        _expectRefusal("INSUFFICIENT_AVAILABLE_STAKE", netuid, type(uint256).max, false);
        _expectRefusal("INSUFFICIENT_NEURON_STAKE", netuid, 200 ether - 1, false);
        _expectRefusal("INSUFFICIENT_NEURON_STAKE", netuid, 200 ether - 1, true);
        _expectRefusal("INSUFFICIENT_VALIDATOR_STAKE", netuid, 499 ether, true);
        register(netuid, miner, 200 ether, false);
        _expectRefusal("ALREADY_REGISTERED", netuid, 200 ether, false);
    }

    function test_subnetFillsUp() public {
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.maxAllowedUids = 1;
        setRules(netuid, rules);
        newMiner(netuid, "first");
        addStake(miner, 201 ether);
        skipBlocks(1);
        _expectRefusal("SUBNET_NEURONS_FULL", netuid, 200 ether, false);
    }

    function test_everyRegistrationIsCharged() public {
        addStake(miner, 300 ether);
        register(netuid, miner, 200 ether, false);
        vm.prank(miner);
        dendrons.deregisterNeuron(netuid);
        skipBlocks(1);
        register(netuid, miner, 200 ether, false);
        vm.assertEq(staking.getSubnetAllocation(miner, netuid).cost, 2 ether);
        vm.assertEq(whetu.balanceOf(treasury), 2 ether);
    }

    function test_dendronLeaves() public {
        address first = newMiner(netuid, "first");
        address second = newValidator(netuid, "second");
        address third = newValidator(netuid, "third");
        vm.expectEmit(address(dendrons));
        emit IDendronManager.NeuronDeregistered(netuid, first, vm.getBlockNumber());
        vm.prank(first);
        dendrons.deregisterNeuron(netuid);
        vm.prank(second);
        dendrons.deregisterNeuron(netuid);
        vm.assertEq(dendrons.getNeuronCount(netuid), 1);
        vm.assertEq(dendrons.getSubnetNeuronCount(netuid), 1);
        vm.assertEq(dendrons.neuronList(netuid, 0), third);
        vm.assertEq(dendrons.getSubnetValidatorCount(netuid), 1);
        SubnetTypes.NeuronInfo memory nobody;
        vm.assertEq(
            keccak256(abi.encode(dendrons.getNeuronInfo(netuid, first))), keccak256(abi.encode(nobody))
        );
        vm.prank(first);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.NotRegistered.selector, netuid, first));
        dendrons.deregisterNeuron(netuid);
    }

    function test_listKeepsJoiningOrderAndFillsGapsFromTheEnd() public {
        address[] memory expected = new address[](3);
        address leaver = newMiner(netuid, "a");
        expected[1] = newMiner(netuid, "b");
        expected[2] = newMiner(netuid, "c");
        expected[0] = newMiner(netuid, "d");
        vm.prank(leaver);
        dendrons.deregisterNeuron(netuid);
        vm.assertEq(dendrons.getNeuronList(netuid), expected);
    }

    function test_endpointsMove() public {
        address mover = newMiner(netuid, "mover");
        skipBlocks(10);
        vm.expectEmit(address(dendrons));
        emit IDendronManager.ServiceUpdated(netuid, mover, "new.example", 1, "", 0, vm.getBlockNumber());
        vm.prank(mover);
        dendrons.updateNeuronService(netuid, "new.example", 1, "", 0);
        SubnetTypes.NeuronInfo memory info = dendrons.getNeuronInfo(netuid, mover);
        vm.assertEq(info.axonEndpoint, "new.example");
        vm.assertEq(info.axonPort, 1);
        vm.assertEq(info.prometheusEndpoint, "");
        vm.assertEq(info.lastUpdate, vm.getBlockTimestamp());
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.NotRegistered.selector, netuid, stranger));
        dendrons.updateNeuronService(netuid, "", 0, "", 0);
    }

    function test_movedThresholdsCountAtTheNextUpdate() public {
        address validator = newValidator(netuid, "validator");
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.validatorThreshold = 600 ether;
        setRules(netuid, rules);
        vm.assertTrue(dendrons.isActiveValidator(netuid, validator));
        vm.expectEmit(address(dendrons));
        emit IDendronManager.NeuronActivityChanged(
            netuid, validator, false, VALIDATOR_STAKE, vm.getBlockNumber()
        );
        vm.prank(stranger);
        dendrons.updateStakeAllocation(netuid, validator, VALIDATOR_STAKE);
        vm.assertFalse(dendrons.isActiveValidator(netuid, validator));
    }

    function test_inactiveDendronLosesItsSlotAfterItsImmunity() public {
        address idler = newValidator(netuid, "idler");
        uint256 inactiveSince = vm.getBlockNumber();
        deallocate(idler, netuid, 1);
        skipBlocks(7200);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.NeuronImmune.selector, inactiveSince + 7200));
        dendrons.pruneInactiveNeuron(netuid, idler);
        skipBlocks(1);
        vm.expectEmit(address(dendrons));
        emit IDendronManager.NeuronDeregistered(netuid, idler, vm.getBlockNumber());
        vm.prank(stranger);
        dendrons.pruneInactiveNeuron(netuid, idler);
        vm.assertFalse(dendrons.isNeuron(netuid, idler));
        vm.assertEq(dendrons.getSubnetValidatorCount(netuid), 0);
        vm.assertEq(dendrons.stakeOf(netuid, idler), 0);
    }

    function test_activeDendronCannotBePruned() public {
        address active = newMiner(netuid, "active");
        skipBlocks(20_000);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.NeuronActive.selector, netuid, active));
        dendrons.pruneInactiveNeuron(netuid, active);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.NotRegistered.selector, netuid, stranger));
        dendrons.pruneInactiveNeuron(netuid, stranger);
    }

    function test_rewardDistributorIsTheOwnersChoice() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        dendrons.setRewardDistributor(stranger);
        vm.assertEq(dendrons.rewardDistributor(), address(rewards));
        vm.startPrank(deployer);
        dendrons.setRewardDistributor(system);
        vm.expectEmit(address(dendrons));
        emit IDendronManager.AuthorizedCallerUpdated(system, false);
        vm.expectEmit(address(dendrons));
        emit IDendronManager.AuthorizedCallerUpdated(treasury, true);
        dendrons.setRewardDistributor(treasury);
        vm.assertEq(dendrons.rewardDistributor(), treasury);
    }

    function test_constructorRefusesMissingAddresses() public {
        bytes memory refusal = abi.encodeWithSelector(IDendronManager.ZeroAddress.selector);
        vm.expectRevert(refusal);
        new DendronManager(address(0), address(staking), deployer);
        vm.expectRevert(refusal);
        new DendronManager(address(subnets), address(0), deployer);
    }

    function _expectRefusal(string memory reason, uint16 subnet, uint256 stake, bool asValidator) private {
        vm.prank(miner);
        expectReason(reason);
        dendrons.registerNeuronWithStakeAllocation(subnet, stake, asValidator, "", 0, "", 0);
    }
}
