// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GlobalStaking} from "../src/GlobalStaking.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {IGlobalStaking} from "../src/interfaces/IGlobalStaking.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract GlobalStakingTest is HetuTest {
    uint16 private constant NETUID = 7;
    address private immutable staker = account("staker");
    address private immutable stranger = account("stranger");

    function test_addAndRemoveStake() public {
        addStake(staker, 100 ether);
        vm.assertEq(whetu.balanceOf(address(staking)), 100 ether);
        vm.expectEmit(address(staking));
        emit IGlobalStaking.GlobalStakeRemoved(staker, 40 ether);
        vm.prank(staker);
        staking.removeGlobalStake(40 ether);
        vm.assertEq(staking.getStakeInfo(staker).totalStaked, 60 ether);
        vm.assertEq(staking.getStakeInfo(staker).lastUpdateBlock, vm.getBlockNumber());
        vm.assertEq(whetu.balanceOf(staker), 40 ether);
    }

    function test_allocationIsSetNotAdded() public {
        addStake(staker, 100 ether);
        allocate(staker, NETUID, 70 ether);
        vm.expectEmit(address(staking));
        emit IGlobalStaking.SubnetAllocationChanged(staker, NETUID, 70 ether, 90 ether);
        allocate(staker, NETUID, 90 ether);
        allocate(staker, NETUID, 20 ether);
        vm.assertEq(staking.getSubnetAllocation(staker, NETUID).allocated, 20 ether);
        vm.assertEq(staking.getStakeInfo(staker).totalAllocated, 20 ether);
        vm.assertEq(staking.getAvailableStake(staker), 80 ether);
        vm.assertTrue(staking.canAllocateToSubnet(staker, 80 ether));
        vm.assertFalse(staking.canAllocateToSubnet(staker, 80 ether + 1));
    }

    function test_deallocateSubtracts() public {
        addStake(staker, 100 ether);
        allocate(staker, NETUID, 70 ether);
        vm.expectEmit(address(staking));
        emit IGlobalStaking.DeallocatedFromSubnet(staker, NETUID, 30 ether);
        vm.expectEmit(address(staking));
        emit IGlobalStaking.SubnetAllocationChanged(staker, NETUID, 70 ether, 40 ether);
        deallocate(staker, NETUID, 30 ether);
        vm.assertEq(staking.getSubnetAllocation(staker, NETUID).allocated, 40 ether);
    }

    function test_refusesZeroAmounts() public {
        vm.startPrank(staker);
        expectReason("ZERO_AMOUNT");
        staking.addGlobalStake(0);
        expectReason("ZERO_AMOUNT");
        staking.removeGlobalStake(0);
        expectReason("ZERO_AMOUNT");
        staking.allocateToSubnet(NETUID, 0);
        expectReason("ZERO_AMOUNT");
        staking.deallocateFromSubnet(NETUID, 0);
    }

    function test_refusesMoreThanThereIs() public {
        addStake(staker, 100 ether);
        allocate(staker, NETUID, 70 ether);
        vm.startPrank(staker);
        expectReason("INSUFFICIENT_STAKE");
        staking.removeGlobalStake(100 ether + 1);
        expectReason("AMOUNT_NOT_AVAILABLE");
        staking.removeGlobalStake(30 ether + 1);
        expectReason("INSUFFICIENT_AVAILABLE_STAKE");
        staking.allocateToSubnet(NETUID, 100 ether + 1);
        expectReason("INSUFFICIENT_AVAILABLE_STAKE");
        staking.allocateToSubnet(NETUID + 1, 30 ether + 1);
        expectReason("INSUFFICIENT_ALLOCATION");
        staking.deallocateFromSubnet(NETUID, 70 ether + 1);
    }

    function test_onlyAuthorizedCallersTouchTheStakeOfOthers() public {
        addStake(staker, 100 ether);
        vm.startPrank(stranger);
        expectReason("UNAUTHORIZED_CALLER");
        staking.allocateFor(staker, NETUID, 1 ether);
        expectReason("UNAUTHORIZED_CALLER");
        staking.chargeRegistrationCost(staker, NETUID, 1 ether);
        expectReason("UNAUTHORIZED_CALLER");
        staking.allocateToSubnetWithMinThreshold(NETUID, 1 ether, 0);
    }

    function test_allocationWithMinimumIsForTheCallersOwnStake() public {
        addStake(staker, 100 ether);
        vm.prank(deployer);
        staking.setAuthorizedCaller(staker, true);
        vm.startPrank(staker);
        vm.expectRevert(
            abi.encodeWithSelector(IGlobalStaking.AllocationBelowThreshold.selector, 49 ether, 50 ether)
        );
        staking.allocateToSubnetWithMinThreshold(NETUID, 49 ether, 50 ether);
        staking.allocateToSubnetWithMinThreshold(NETUID, 50 ether, 50 ether);
        vm.assertEq(staking.getSubnetAllocation(staker, NETUID).allocated, 50 ether);
    }

    function test_chargeGoesToTheTreasuryAndStaysDeducted() public {
        addStake(staker, 100 ether);
        vm.prank(deployer);
        staking.setAuthorizedCaller(stranger, true);
        vm.assertTrue(staking.canPayRegistrationCost(staker, 100 ether));
        vm.expectEmit(address(staking));
        emit IGlobalStaking.RegistrationCost(staker, NETUID, 30 ether);
        vm.prank(stranger);
        staking.chargeRegistrationCost(staker, NETUID, 30 ether);
        SubnetTypes.StakeInfo memory info = staking.getStakeInfo(staker);
        vm.assertEq(info.totalStaked, 100 ether);
        vm.assertEq(info.totalCost, 30 ether);
        vm.assertEq(staking.getSubnetAllocation(staker, NETUID).cost, 30 ether);
        vm.assertEq(staking.getAvailableStake(staker), 70 ether);
        vm.assertFalse(staking.canPayRegistrationCost(staker, 70 ether + 1));
        vm.assertEq(whetu.balanceOf(treasury), 30 ether);
        vm.prank(stranger);
        expectReason("INSUFFICIENT_AVAILABLE_STAKE");
        staking.chargeRegistrationCost(staker, NETUID, 70 ether + 1);
    }

    function test_administrationIsTheOwnersAlone() public {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        staking.setTreasury(stranger);
        vm.expectRevert(refusal);
        staking.setAuthorizedCaller(stranger, true);
        vm.expectRevert(refusal);
        staking.setDendronManager(stranger);
        vm.stopPrank();
        vm.startPrank(deployer);
        vm.expectRevert(abi.encodeWithSelector(IGlobalStaking.ZeroAddress.selector));
        staking.setTreasury(address(0));
        vm.expectEmit(address(staking));
        emit IGlobalStaking.TreasuryUpdated(treasury, stranger);
        staking.setTreasury(stranger);
        vm.assertEq(staking.treasury(), stranger);
    }

    function test_constructorRefusesMissingAddresses() public {
        bytes memory refusal = abi.encodeWithSelector(IGlobalStaking.ZeroAddress.selector);
        vm.expectRevert(refusal);
        new GlobalStaking(address(0), treasury, deployer);
        vm.expectRevert(refusal);
        new GlobalStaking(address(whetu), address(0), deployer);
    }
}
