// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../../src/AlphaToken.sol";
import {DendronManager} from "../../src/DendronManager.sol";
import {GlobalStaking} from "../../src/GlobalStaking.sol";
import {Lens} from "../../src/Lens.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {SubnetAMM} from "../../src/SubnetAMM.sol";
import {SubnetAMMFactory} from "../../src/SubnetAMMFactory.sol";
import {SubnetManager} from "../../src/SubnetManager.sol";
import {SubnetTypes} from "../../src/SubnetTypes.sol";
import {WHETU} from "../../src/WHETU.sol";
import {Weights} from "../../src/Weights.sol";
import {Vm} from "./Vm.sol";

/// @notice A freshly deployed network, as DEPLOY.md describes it, and short words for what tests do with it.
abstract contract HetuTest {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant BURN_ADDRESS = 0x000000000000000000000000000000000000dEaD;
    uint256 internal constant MINER_STAKE = 200 ether;
    uint256 internal constant VALIDATOR_STAKE = 500 ether;
    uint256 internal constant REGISTRATION_COST = 1 ether;
    uint64 internal constant ROOT_DELAY = 100;

    address internal immutable deployer = account("deployer");
    address internal immutable treasury = account("treasury");
    address internal immutable system = account("system");
    address internal immutable keeper = account("keeper");
    address internal immutable subnetOwner = account("subnet owner");

    WHETU internal whetu;
    GlobalStaking internal staking;
    SubnetAMMFactory internal factory;
    SubnetManager internal subnets;
    DendronManager internal dendrons;
    Weights internal weights;
    RewardDistributor internal rewards;
    Lens internal lens;

    function setUp() public virtual {
        vm.roll(1000);
        vm.warp(1_700_000_000);
        vm.startPrank(deployer);
        whetu = new WHETU();
        staking = new GlobalStaking(address(whetu), treasury, deployer);
        factory = new SubnetAMMFactory(system);
        subnets = new SubnetManager(address(whetu), address(factory));
        dendrons = new DendronManager(address(subnets), address(staking), deployer);
        weights = new Weights(address(subnets), address(dendrons));
        rewards = new RewardDistributor(address(subnets), deployer, keeper, ROOT_DELAY);
        lens = new Lens();
        factory.setSubnetManager(address(subnets));
        staking.setAuthorizedCaller(address(dendrons), true);
        staking.setDendronManager(address(dendrons));
        dendrons.setRewardDistributor(address(rewards));
        vm.stopPrank();
    }

    function account(string memory name) internal returns (address result) {
        result = vm.addr(keyOf(name));
        vm.label(result, name);
    }

    function keyOf(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) >> 8;
    }

    // The optimizer takes block.number for constant within a function, so blocks are counted by cheatcode.
    function skipBlocks(uint256 count) internal {
        vm.roll(vm.getBlockNumber() + count);
        vm.warp(vm.getBlockTimestamp() + 12 * count);
    }

    function clamp(uint256 value, uint256 lowest, uint256 highest) internal pure returns (uint256) {
        return lowest + value % (highest - lowest + 1);
    }

    function expectReason(string memory reason) internal {
        vm.expectRevert(bytes(reason));
    }

    function giveWhetu(address receiver, uint256 amount) internal {
        vm.deal(receiver, receiver.balance + amount);
        vm.prank(receiver);
        whetu.deposit{value: amount}();
    }

    function approveWhetu(address holder, address spender, uint256 amount) internal {
        vm.prank(holder);
        whetu.approve(spender, amount);
    }

    function addStake(address user, uint256 amount) internal {
        giveWhetu(user, amount);
        approveWhetu(user, address(staking), amount);
        vm.prank(user);
        staking.addGlobalStake(amount);
    }

    function allocate(address user, uint16 netuid, uint256 amount) internal {
        vm.prank(user);
        staking.allocateToSubnet(netuid, amount);
    }

    function deallocate(address user, uint16 netuid, uint256 amount) internal {
        vm.prank(user);
        staking.deallocateFromSubnet(netuid, amount);
    }

    function payForSubnet() internal {
        skipBlocks(subnets.networkRateLimit() + 1);
        uint256 cost = subnets.getNetworkLockCost();
        giveWhetu(subnetOwner, cost);
        approveWhetu(subnetOwner, address(subnets), cost);
    }

    function newInactiveSubnet() internal returns (uint16 netuid) {
        payForSubnet();
        vm.prank(subnetOwner);
        netuid = subnets.registerNetwork("Sums", "Adds numbers", "Sum", "SUM");
    }

    function newSubnet() internal returns (uint16 netuid) {
        netuid = newInactiveSubnet();
        vm.prank(subnetOwner);
        subnets.activateSubnet(netuid);
    }

    function setRules(uint16 netuid, SubnetTypes.SubnetHyperparams memory rules) internal {
        vm.prank(subnetOwner);
        subnets.updateSubnetHyperparams(netuid, rules);
    }

    function register(uint16 netuid, address user, uint256 stake, bool asValidator) internal {
        vm.prank(user);
        dendrons.registerNeuronWithStakeAllocation(
            netuid, stake, asValidator, "node.example", 8091, "metrics.example", 9100
        );
    }

    // One registration a block is what a subnet allows by default.
    function newDendron(uint16 netuid, string memory name, uint256 stake, bool asValidator)
        internal
        returns (address user)
    {
        user = account(name);
        addStake(user, stake + REGISTRATION_COST);
        skipBlocks(1);
        register(netuid, user, stake, asValidator);
    }

    function newMiner(uint16 netuid, string memory name) internal returns (address) {
        return newDendron(netuid, name, MINER_STAKE, false);
    }

    function newValidator(uint16 netuid, string memory name) internal returns (address) {
        return newDendron(netuid, name, VALIDATOR_STAKE, true);
    }

    function giveAlpha(uint16 netuid, address receiver, uint256 amount) internal {
        AlphaToken alpha = alphaOf(netuid);
        vm.prank(address(subnets));
        alpha.mint(receiver, amount);
    }

    function poolOf(uint16 netuid) internal view returns (SubnetAMM) {
        return SubnetAMM(subnets.getSubnetInfo(netuid).ammPool);
    }

    function alphaOf(uint16 netuid) internal view returns (AlphaToken) {
        return AlphaToken(subnets.getSubnetInfo(netuid).alphaToken);
    }

    function permitDigest(address holder, address spender, uint256 value, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 permitType =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(permitType, holder, spender, value, nonce, deadline));
        return keccak256(abi.encodePacked("\x19\x01", whetu.DOMAIN_SEPARATOR(), structHash));
    }
}
