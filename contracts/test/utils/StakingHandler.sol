// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DendronManager} from "../../src/DendronManager.sol";
import {GlobalStaking} from "../../src/GlobalStaking.sol";
import {WHETU} from "../../src/WHETU.sol";
import {Vm} from "./Vm.sol";

/// @notice A few stakers that do whatever they may, in any order.
contract StakingHandler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant STAKERS = 4;

    WHETU private immutable whetu;
    GlobalStaking private immutable staking;
    DendronManager private immutable dendrons;
    uint16 private immutable netuid;

    constructor(WHETU _whetu, GlobalStaking _staking, DendronManager _dendrons, uint16 _netuid) {
        whetu = _whetu;
        staking = _staking;
        dendrons = _dendrons;
        netuid = _netuid;
        for (uint256 i = 0; i < STAKERS; ++i) {
            address staker = stakerAt(i);
            vm.deal(staker, 10_000 ether);
            vm.startPrank(staker);
            whetu.deposit{value: 10_000 ether}();
            whetu.approve(address(staking), type(uint256).max);
            staking.addGlobalStake(5000 ether);
            vm.stopPrank();
        }
    }

    function addStake(uint256 who, uint256 amount) external {
        address staker = stakerAt(who);
        uint256 balance = whetu.balanceOf(staker);
        if (balance == 0) return;
        vm.prank(staker);
        staking.addGlobalStake(1 + amount % balance);
    }

    function removeStake(uint256 who, uint256 amount) external {
        address staker = stakerAt(who);
        uint256 available = staking.getAvailableStake(staker);
        if (available == 0) return;
        vm.prank(staker);
        staking.removeGlobalStake(1 + amount % available);
    }

    function allocate(uint256 who, uint256 amount) external {
        address staker = stakerAt(who);
        uint256 usable = staking.getAvailableStake(staker) + dendrons.stakeOf(netuid, staker);
        if (usable == 0) return;
        vm.prank(staker);
        staking.allocateToSubnet(netuid, 1 + amount % usable);
    }

    function deallocate(uint256 who, uint256 amount) external {
        address staker = stakerAt(who);
        uint256 allocated = dendrons.stakeOf(netuid, staker);
        if (allocated == 0) return;
        vm.prank(staker);
        staking.deallocateFromSubnet(netuid, 1 + amount % allocated);
    }

    function register(uint256 who, uint256 amount, bool asValidator) external {
        address staker = stakerAt(who);
        uint256 lowest = asValidator ? 500 ether : 200 ether;
        uint256 usable = staking.getAvailableStake(staker) + dendrons.stakeOf(netuid, staker);
        if (dendrons.isNeuron(netuid, staker) || usable < lowest + 1 ether) return;
        uint256 stake = lowest + amount % (usable - lowest - 1 ether + 1);
        vm.roll(vm.getBlockNumber() + 1);
        vm.prank(staker);
        dendrons.registerNeuronWithStakeAllocation(netuid, stake, asValidator, "", 0, "", 0);
    }

    function deregister(uint256 who) external {
        address staker = stakerAt(who);
        if (!dendrons.isNeuron(netuid, staker)) return;
        vm.prank(staker);
        dendrons.deregisterNeuron(netuid);
    }

    function prune(uint256 who) external {
        address staker = stakerAt(who);
        if (!dendrons.isNeuron(netuid, staker) || dendrons.isActive(netuid, staker)) return;
        vm.roll(vm.getBlockNumber() + 7201);
        dendrons.pruneInactiveNeuron(netuid, staker);
    }

    function stakers() external pure returns (address[] memory all) {
        all = new address[](STAKERS);
        for (uint256 i = 0; i < STAKERS; ++i) {
            all[i] = stakerAt(i);
        }
    }

    function stakerAt(uint256 who) private pure returns (address) {
        return vm.addr(0x57a4e000 + who % STAKERS);
    }
}
