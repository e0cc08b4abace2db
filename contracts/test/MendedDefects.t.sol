// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../src/AlphaToken.sol";
import {SubnetAMM} from "../src/SubnetAMM.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {TwoStepOwner} from "../src/TwoStepOwner.sol";
import {IDendronManager} from "../src/interfaces/IDendronManager.sol";
import {ISubnetAMMFactory} from "../src/interfaces/ISubnetAMMFactory.sol";
import {ISubnetManager} from "../src/interfaces/ISubnetManager.sol";
import {IWeights} from "../src/interfaces/IWeights.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
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

    function test_mintersBurnOnlyWhatTheHolderApproved() public {
        uint16 netuid = newSubnet();
        AlphaToken alpha = alphaOf(netuid);
        address minter = account("minter");
        vm.prank(subnetOwner);
        subnets.addSubnetMinter(netuid, minter);
        address pool = address(poolOf(netuid));
        giveAlpha(netuid, stranger, 5 ether);
        vm.prank(minter);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, minter, 0, 5 ether)
        );
        alpha.burn(stranger, 5 ether);
        vm.prank(minter);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, minter, 0, 1)
        );
        alpha.burn(pool, 1);
        vm.prank(stranger);
        alpha.approve(minter, 2 ether);
        vm.prank(minter);
        alpha.burn(stranger, 2 ether);
        vm.assertEq(alpha.balanceOf(stranger), 3 ether);
    }

    function test_holdersBurnTheirOwn() public {
        uint16 netuid = newSubnet();
        giveAlpha(netuid, stranger, 5 ether);
        AlphaToken alpha = alphaOf(netuid);
        vm.prank(stranger);
        alpha.burn(stranger, 5 ether);
        vm.assertEq(alpha.balanceOf(stranger), 0);
    }

    function test_networkParamsHaveUpperBoundsAndEvents() public {
        vm.startPrank(deployer);
        expectReason("INVALID_RATE_LIMIT");
        subnets.updateNetworkParams(100 ether, type(uint256).max, 14_400);
        vm.expectEmit(address(subnets));
        emit ISubnetManager.NetworkConfigUpdated("networkMinLock", 100 ether, 50 ether, deployer);
        subnets.updateNetworkParams(50 ether, 10, 14_400);
    }

    function test_priceOfANewSubnetIsKnown() public {
        (, uint256 currentPrice,, uint256 hetuReserve, uint256 alphaReserve) =
            subnets.getSubnetDetails(newSubnet());
        vm.assertEq(currentPrice, 1 ether);
        vm.assertEq(hetuReserve, 100 ether);
        vm.assertEq(alphaReserve, 100 ether);
    }

    function test_strangersCannotUpsetTheReservesForGood() public {
        SubnetAMM pool = poolOf(newSubnet());
        giveWhetu(stranger, 1);
        vm.prank(stranger);
        vm.assertTrue(whetu.transfer(address(pool), 1));
        vm.prank(system);
        pool.skimSurplus(system);
        (bool isConsistent,) = pool.verifyReserves();
        vm.assertTrue(isConsistent);
    }

    function test_endpointsAreBounded() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        string memory longest = string(new bytes(255));
        string memory tooLong = string(new bytes(256));
        bytes memory refusal = abi.encodeWithSelector(IDendronManager.EndpointTooLong.selector, 256, 255);
        vm.prank(miner);
        vm.expectRevert(refusal);
        dendrons.updateNeuronService(netuid, tooLong, 1, "", 0);
        vm.prank(miner);
        vm.expectRevert(refusal);
        dendrons.updateNeuronService(netuid, "", 1, tooLong, 0);
        vm.prank(miner);
        dendrons.updateNeuronService(netuid, longest, 1, longest, 0);
        addStake(stranger, 201 ether);
        skipBlocks(1);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        dendrons.registerNeuronWithStakeAllocation(netuid, 200 ether, false, tooLong, 1, "", 0);
    }

    function test_raisedRegistrationCostIsNotPaidUnawares() public {
        uint16 netuid = newSubnet();
        addStake(stranger, 1000 ether);
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.baseNeuronCost = 800 ether;
        setRules(netuid, rules);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IDendronManager.RegistrationCostTooHigh.selector, 800 ether, 1 ether)
        );
        dendrons.registerNeuronWithStakeAllocation(netuid, 200 ether, false, "", 0, "", 0, 1 ether);
        rules.baseNeuronCost = 1 ether;
        setRules(netuid, rules);
        vm.prank(stranger);
        dendrons.registerNeuronWithStakeAllocation(netuid, 200 ether, false, "", 0, "", 0, 1 ether);
        vm.assertEq(whetu.balanceOf(treasury), 1 ether);
    }

    function test_weightsRateLimitIsEnforced() public {
        uint16 netuid = newSubnet();
        address validator = newValidator(netuid, "validator");
        SubnetTypes.Weight[] memory row = _rowFor(validator);
        vm.prank(validator);
        weights.setWeights(netuid, row);
        uint256 nextAllowedBlock = vm.getBlockNumber() + 100;
        skipBlocks(99);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.WeightsRateLimited.selector, nextAllowedBlock));
        weights.setWeights(netuid, row);
    }

    function test_weightRowsAreBoundedAndListed() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.maxWeightsLimit = 1;
        setRules(netuid, rules);
        address validator = newValidator(netuid, "validator");
        vm.startPrank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.TooManyWeights.selector, 2, 1));
        weights.setWeights(netuid, new SubnetTypes.Weight[](2));
        weights.setWeights(netuid, _rowFor(validator));
        vm.assertEq(weights.getWeights(netuid, validator)[0].dest, validator);
    }

    function test_commitRevealIsEnforced() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.commitRevealEnabled = true;
        setRules(netuid, rules);
        address validator = newValidator(netuid, "validator");
        SubnetTypes.Weight[] memory row = _rowFor(validator);
        bytes32 commitment = weights.commitmentOf(netuid, validator, row, 0, "salt");
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.CommitRevealRequired.selector, netuid));
        weights.setWeights(netuid, row);
        vm.prank(validator);
        weights.commitWeights(netuid, commitment);
        skipBlocks(rules.commitRevealPeriod);
        vm.prank(validator);
        weights.revealWeights(netuid, row, 0, "salt");
        vm.assertEq(weights.weights(netuid, validator, validator), 1);
    }

    function test_weightsVersionKeyIsEnforced() public {
        uint16 netuid = newSubnet();
        address validator = newValidator(netuid, "validator");
        vm.prank(subnetOwner);
        weights.setWeightsVersionKey(netuid, 2);
        SubnetTypes.Weight[] memory row = _rowFor(validator);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.WeightsVersionTooOld.selector, 0, 2));
        weights.setWeights(netuid, row);
        vm.prank(validator);
        weights.setWeights(netuid, row, 2);
    }

    function test_rewardsAreClaimableByTheirOwners() public {
        uint16 netuid = newSubnet();
        address miner = newMiner(netuid, "miner");
        AlphaToken alpha = alphaOf(netuid);
        giveAlpha(netuid, keeper, 5 ether);
        bytes32 root = rewards.leafOf(netuid, miner, 5 ether);
        vm.startPrank(keeper);
        alpha.approve(address(rewards), 5 ether);
        rewards.fund(netuid, 5 ether);
        rewards.setRoot(netuid, root, 5 ether, 1);
        skipBlocks(ROOT_DELAY);
        rewards.claim(netuid, miner, 5 ether, new bytes32[](0));
        vm.assertEq(alpha.balanceOf(miner), 5 ether);
    }

    function test_ownershipIsNotLostByAWrongAddress() public {
        Ownable2Step[4] memory owned = _owned();
        for (uint256 i = 0; i < owned.length; ++i) {
            vm.prank(deployer);
            owned[i].transferOwnership(stranger);
            vm.assertEq(owned[i].owner(), deployer);
            vm.assertEq(owned[i].pendingOwner(), stranger);
            vm.prank(stranger);
            owned[i].acceptOwnership();
            vm.assertEq(owned[i].owner(), stranger);
        }
    }

    function test_ownershipIsNotRenounced() public {
        Ownable2Step[4] memory owned = _owned();
        for (uint256 i = 0; i < owned.length; ++i) {
            vm.prank(stranger);
            vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
            owned[i].renounceOwnership();
            vm.prank(deployer);
            vm.expectRevert(abi.encodeWithSelector(TwoStepOwner.OwnershipCannotBeRenounced.selector));
            owned[i].renounceOwnership();
            vm.assertEq(owned[i].owner(), deployer);
        }
    }

    function _owned() private view returns (Ownable2Step[4] memory) {
        return [Ownable2Step(staking), Ownable2Step(subnets), Ownable2Step(dendrons), Ownable2Step(rewards)];
    }

    function _rowFor(address dest) private pure returns (SubnetTypes.Weight[] memory row) {
        row = new SubnetTypes.Weight[](1);
        row[0] = SubnetTypes.Weight(dest, 1);
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
