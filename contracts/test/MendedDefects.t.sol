// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetAMM} from "../src/SubnetAMM.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {IDendronManager} from "../src/interfaces/IDendronManager.sol";
import {ISubnetAMMFactory} from "../src/interfaces/ISubnetAMMFactory.sol";
import {ISubnetManager} from "../src/interfaces/ISubnetManager.sol";
import {IWeights} from "../src/interfaces/IWeights.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice One test for each defect of the published contracts that these contracts do not have.
contract MendedDefectsTest is HetuTest {
    address private immutable stranger = account("stranger");

    function test_nobodySetsTheStakeOfADendronAtWill() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDendronManager.AllocationMismatch.selector, 1_000_000_000 ether, MINER_STAKE
            )
        );
        dendrons.updateStakeAllocation(netuid, miner, 1_000_000_000 ether);
        vm.assertEq(dendrons.getNeuronInfo(netuid, miner).stake, MINER_STAKE);
    }

    function test_stakeOfADendronIsItsAllocation() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        addStake(miner, 100 ether);
        vm.expectEmit(address(dendrons));
        emit IDendronManager.StakeAllocationChanged(
            netuid, miner, MINER_STAKE, 300 ether, vm.getBlockNumber()
        );
        allocate(miner, netuid, 300 ether);
        vm.assertEq(dendrons.getNeuronInfo(netuid, miner).stake, 300 ether);
        vm.assertEq(staking.getSubnetAllocation(miner, netuid).allocated, 300 ether);
    }

    function test_stakeBelowTheThresholdDeactivates() public {
        uint16 netuid = newSubnet();
        address validator = newValidator(netuid, "validator");
        vm.expectEmit(address(dendrons));
        emit IDendronManager.StakeAllocationChanged(
            netuid, validator, VALIDATOR_STAKE, VALIDATOR_STAKE - 1, vm.getBlockNumber()
        );
        vm.expectEmit(address(dendrons));
        emit IDendronManager.NeuronActivityChanged(
            netuid, validator, false, VALIDATOR_STAKE - 1, vm.getBlockNumber()
        );
        deallocate(validator, netuid, 1);
        SubnetTypes.NeuronInfo memory info = dendrons.getNeuronInfo(netuid, validator);
        vm.assertFalse(info.isActive);
        vm.assertTrue(info.isValidator);
        vm.assertEq(dendrons.getNeuronList(netuid)[0], validator);

        vm.expectEmit(address(dendrons));
        emit IDendronManager.NeuronActivityChanged(
            netuid, validator, true, VALIDATOR_STAKE, vm.getBlockNumber()
        );
        allocate(validator, netuid, VALIDATOR_STAKE);
        vm.assertTrue(dendrons.getNeuronInfo(netuid, validator).isActive);
    }

    function test_emptiedAllocationDeactivates() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        deallocate(miner, netuid, MINER_STAKE);
        vm.prank(miner);
        staking.removeGlobalStake(MINER_STAKE);
        vm.assertFalse(dendrons.isActive(netuid, miner));
        vm.assertTrue(dendrons.isNeuron(netuid, miner));
        vm.assertEq(dendrons.getNeuronInfo(netuid, miner).stake, 0);
    }

    function test_deregistrationReleasesTheAllocation() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        vm.assertEq(staking.getAvailableStake(miner), 0);
        vm.startPrank(miner);
        dendrons.deregisterNeuron(netuid);
        vm.assertEq(staking.getSubnetAllocation(miner, netuid).allocated, 0);
        staking.removeGlobalStake(MINER_STAKE);
        vm.assertEq(whetu.balanceOf(miner), MINER_STAKE);
    }

    function test_registrationAllowedIsEnforced() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.registrationAllowed = false;
        setRules(netuid, rules);
        addStake(stranger, 201 ether);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.RegistrationClosed.selector, netuid));
        dendrons.registerNeuronWithStakeAllocation(netuid, 200 ether, false, "", 0, "", 0);
    }

    function test_maxValidatorsIsEnforced() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.maxValidators = 1;
        setRules(netuid, rules);
        newValidator(netuid, "validator");
        addStake(stranger, 501 ether);
        skipBlocks(1);
        vm.prank(stranger);
        expectReason("SUBNET_VALIDATORS_FULL");
        dendrons.registerNeuronWithStakeAllocation(netuid, 500 ether, true, "", 0, "", 0);
        register(netuid, stranger, 500 ether, false);
    }

    function test_maxRegsPerBlockIsEnforced() public {
        uint16 netuid = newSubnet();
        newMiner(netuid, "miner");
        addStake(stranger, 201 ether);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IDendronManager.RegistrationsPerBlockExceeded.selector, netuid, 1)
        );
        dendrons.registerNeuronWithStakeAllocation(netuid, 200 ether, false, "", 0, "", 0);
        skipBlocks(1);
        register(netuid, stranger, 200 ether, false);
    }

    function test_servingRateLimitIsEnforced() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        vm.prank(miner);
        dendrons.updateNeuronService(netuid, "first.example", 1, "", 0);
        uint256 nextAllowedBlock = vm.getBlockNumber() + 50;
        skipBlocks(49);
        vm.prank(miner);
        vm.expectRevert(abi.encodeWithSelector(IDendronManager.ServingRateLimited.selector, nextAllowedBlock));
        dendrons.updateNeuronService(netuid, "second.example", 1, "", 0);
        skipBlocks(1);
        vm.prank(miner);
        dendrons.updateNeuronService(netuid, "second.example", 1, "", 0);
        vm.assertEq(dendrons.getNeuronInfo(netuid, miner).axonEndpoint, "second.example");
    }

    function test_strangersCannotBlockTheNextSubnetWithAPool() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISubnetAMMFactory.OnlySubnetManager.selector, stranger));
        factory.createPool(address(whetu), address(1), 1, stranger, SubnetTypes.MechanismType.Dynamic, 0);
        vm.assertEq(newSubnet(), 1);
    }

    function test_newPoolTrades() public {
        SubnetAMM pool = poolOf(newSubnet());
        giveWhetu(stranger, 1 ether);
        approveWhetu(stranger, address(pool), 1 ether);
        vm.prank(stranger);
        uint256 bought = pool.swapHETUForAlpha(1 ether, 0, stranger);
        vm.assertEq(bought, uint256(100 ether) / 101);
    }

    function test_tradesAreRoundedInFavourOfThePool() public {
        SubnetAMM pool = poolOf(newSubnet());
        vm.assertEq(pool.simSwapHETUForAlpha(1), 0);
        giveWhetu(stranger, 1);
        approveWhetu(stranger, address(pool), 1);
        vm.prank(stranger);
        expectReason("AMM: INSUFFICIENT_OUTPUT_AMOUNT");
        pool.swapHETUForAlpha(1, 0, stranger);
    }

    function test_permitMayCoverMoreThanTheLockCost() public {
        newInactiveSubnet();
        skipBlocks(101);
        uint256 value = subnets.getNetworkLockCost();
        (uint256 deadline, uint8 v, bytes32 r, bytes32 s) = _signPermit(value);
        skipBlocks(7);
        uint256 cost = subnets.getNetworkLockCost();
        vm.assertLt(cost, value);
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetworkWithPermit("Two", "", "Two", "TWO", value, deadline, v, r, s);
        vm.assertEq(subnets.getSubnetInfo(netuid).lockedAmount, cost);
        vm.assertEq(whetu.balanceOf(subnetOwner), value - cost);
    }

    function test_permitMayCoverMoreThanTheLockCostWithRulesOfItsOwn() public {
        skipBlocks(101);
        (uint256 deadline, uint8 v, bytes32 r, bytes32 s) = _signPermit(150 ether);
        SubnetTypes.SubnetHyperparams memory custom;
        custom.tempo = 20;
        bool[21] memory flags;
        flags[3] = true;
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetworkWithPartialCustomAndPermit(
            "Own", "", "Own", "OWN", custom, flags, 150 ether, deadline, v, r, s
        );
        vm.assertEq(subnets.getSubnetHyperparams(netuid).tempo, 20);
        vm.assertEq(whetu.balanceOf(subnetOwner), 50 ether);
    }

    function test_publishedPermitTakesTheExactLockCost() public {
        skipBlocks(101);
        (uint256 deadline, uint8 v, bytes32 r, bytes32 s) = _signPermit(100 ether);
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetworkWithPermit("One", "", "One", "ONE", deadline, v, r, s);
        vm.assertTrue(subnets.subnetExists(netuid));
    }

    function test_publishedPermitWithRulesOfItsOwn() public {
        skipBlocks(101);
        (uint256 deadline, uint8 v, bytes32 r, bytes32 s) = _signPermit(100 ether);
        SubnetTypes.SubnetHyperparams memory custom;
        bool[21] memory flags;
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetworkWithPartialCustomAndPermit(
            "One", "", "One", "ONE", custom, flags, deadline, v, r, s
        );
        vm.assertTrue(subnets.subnetExists(netuid));
    }

    function test_permitBelowTheLockCostIsRefused() public {
        skipBlocks(101);
        (uint256 deadline, uint8 v, bytes32 r, bytes32 s) = _signPermit(99 ether);
        vm.prank(subnetOwner);
        vm.expectRevert(
            abi.encodeWithSelector(ISubnetManager.PermitBelowLockCost.selector, 99 ether, 100 ether)
        );
        subnets.registerNetworkWithPermit("One", "", "One", "ONE", 99 ether, deadline, v, r, s);
    }

    function test_permitSubmittedByAStrangerDoesNotBlockTheRegistration() public {
        skipBlocks(101);
        (uint256 deadline, uint8 v, bytes32 r, bytes32 s) = _signPermit(100 ether);
        vm.prank(stranger);
        IERC20Permit(address(whetu)).permit(subnetOwner, address(subnets), 100 ether, deadline, v, r, s);
        vm.prank(subnetOwner);
        subnets.registerNetworkWithPermit("One", "", "One", "ONE", deadline, v, r, s);
        vm.assertTrue(subnets.subnetExists(1));
    }

    function test_subnetOwnerChangesTheRulesWithAnEvent() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.tempo = 42;
        vm.expectEmit(address(subnets));
        emit ISubnetManager.SubnetHyperparamsUpdated(netuid, subnetOwner, rules);
        setRules(netuid, rules);
        vm.assertEq(subnets.getSubnetHyperparams(netuid).tempo, 42);
    }

    function test_defaultRulesPassTheirOwnCheck() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        vm.assertEq(rules.weightsRateLimit, 100);
        vm.assertEq(rules.minAllowedWeights, 1);
        setRules(netuid, rules);

        payForSubnet();
        bool[21] memory noFlags;
        vm.prank(subnetOwner);
        subnets.registerNetworkWithPartialCustom("Own", "", "Own", "OWN", rules, noFlags);
    }

    function test_nextNetuidIsRightEverywhere() public {
        for (uint16 expected = 1; expected <= 3; ++expected) {
            vm.assertEq(subnets.nextNetuid(), expected);
            vm.assertEq(subnets.getNextNetuid(), expected);
            (,,,,,, uint16 nextId) = subnets.getNetworkParams();
            vm.assertEq(nextId, expected);
            vm.assertEq(newInactiveSubnet(), expected);
        }
    }

    function test_weightsAreNotForEverybody() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        SubnetTypes.Weight[] memory row = new SubnetTypes.Weight[](1);
        row[0] = SubnetTypes.Weight(miner, 1);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IWeights.NotActiveValidator.selector, netuid, stranger));
        weights.setWeights(netuid, row);
    }

    function _signPermit(uint256 value) private returns (uint256 deadline, uint8 v, bytes32 r, bytes32 s) {
        giveWhetu(subnetOwner, value);
        deadline = vm.getBlockTimestamp() + 3600;
        uint256 nonce = whetu.nonces(subnetOwner);
        (v, r, s) = vm.sign(
            keyOf("subnet owner"), permitDigest(subnetOwner, address(subnets), value, nonce, deadline)
        );
    }
}
