// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DendronManager} from "../src/DendronManager.sol";
import {GlobalStaking} from "../src/GlobalStaking.sol";
import {HetuTimelock} from "../src/HetuTimelock.sol";
import {Lens} from "../src/Lens.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {SubnetAMMFactory} from "../src/SubnetAMMFactory.sol";
import {SubnetManager} from "../src/SubnetManager.sol";
import {WHETU} from "../src/WHETU.sol";
import {Weights} from "../src/Weights.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {Plan} from "./utils/Plan.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @notice Deploys a network by deployment.json, by the plan alone, and lets a timelock govern it.
contract DeploymentPlanTest is HetuTest {
    uint256 private constant DELAY = 2 days;

    address private immutable planner = account("planner");
    address private immutable proposer = account("proposer");
    string[8] private names = [
        "WHETU",
        "GlobalStaking",
        "SubnetAMMFactory",
        "SubnetManager",
        "DendronManager",
        "Weights",
        "RewardDistributor",
        "Lens"
    ];
    Plan private plan;

    function setUp() public override {
        super.setUp();
        plan = new Plan();
        plan.set("deployer", planner);
        plan.set("treasury", treasury);
        plan.set("system", system);
        plan.set("keeper", keeper);
        plan.deploy();
    }

    function test_addressesFollowFromTheOrder() public view {
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertEq(plan.get(names[i]), vm.computeCreateAddress(planner, i));
        }
    }

    function test_planGivesTheCodeThatTheTestsRunOn() public view {
        address[8] memory tested = [
            address(whetu),
            address(staking),
            address(factory),
            address(subnets),
            address(dendrons),
            address(weights),
            address(rewards),
            address(lens)
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertEq(plan.get(names[i]).code.length, tested[i].code.length);
            vm.assertTrue(tested[i].code.length > 0);
        }
    }

    function test_deployedNetworkWorks() public {
        _usePlannedNetwork();
        uint16 netuid = newSubnet();
        address validator = newValidator(netuid, "validator");
        vm.assertEq(whetu.balanceOf(treasury), REGISTRATION_COST);
        deallocate(validator, netuid, 1);
        vm.assertFalse(dendrons.isActive(netuid, validator));
        vm.assertEq(dendrons.rewardDistributor(), address(rewards));
        vm.assertTrue(rewards.isKeeper(keeper));
        vm.assertEq(rewards.rootDelay(), ROOT_DELAY);
    }

    function test_timelockBecomesOwnerOfEverythingAndChangesParameters() public {
        _usePlannedNetwork();
        HetuTimelock timelock = _timelock();
        plan.set("governor", address(timelock));
        plan.handOver();
        _throughTimelock(timelock, plan.acceptance());
        Ownable2Step[4] memory owned =
            [Ownable2Step(staking), Ownable2Step(subnets), Ownable2Step(dendrons), Ownable2Step(rewards)];
        for (uint256 i = 0; i < owned.length; ++i) {
            vm.assertEq(owned[i].owner(), address(timelock));
            vm.assertEq(owned[i].pendingOwner(), address(0));
        }

        Plan.Call[] memory changes = new Plan.Call[](3);
        changes[0] = Plan.Call(
            address(subnets), abi.encodeCall(subnets.updateNetworkConfig, (150 ether, 200, 20_000))
        );
        changes[1] = Plan.Call(address(staking), abi.encodeCall(staking.setTreasury, (system)));
        changes[2] = Plan.Call(address(rewards), abi.encodeCall(rewards.setRootDelay, (50)));
        _throughTimelock(timelock, changes);
        vm.assertEq(subnets.networkMinLock(), 150 ether);
        vm.assertEq(staking.treasury(), system);
        vm.assertEq(rewards.rootDelay(), 50);
    }

    function test_timelockDoesNothingBeforeItsTime() public {
        HetuTimelock timelock = _timelock();
        plan.set("governor", address(timelock));
        plan.handOver();
        Plan.Call memory first = plan.acceptance()[0];
        vm.prank(proposer);
        timelock.schedule(first.target, 0, first.data, bytes32(0), "salt", DELAY);
        vm.warp(vm.getBlockTimestamp() + DELAY - 1);
        bytes32 id = timelock.hashOperation(first.target, 0, first.data, bytes32(0), "salt");
        vm.prank(proposer);
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockUnexpectedOperationState.selector,
                id,
                bytes32(1 << uint8(TimelockController.OperationState.Ready))
            )
        );
        timelock.execute(first.target, 0, first.data, bytes32(0), "salt");
        vm.assertEq(Ownable2Step(first.target).owner(), planner);
    }

    function test_nobodyAdministersTheTimelockButItself() public {
        HetuTimelock timelock = _timelock();
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        vm.assertTrue(timelock.hasRole(admin, address(timelock)));
        vm.assertFalse(timelock.hasRole(admin, planner));
        vm.assertFalse(timelock.hasRole(admin, proposer));
        vm.assertFalse(timelock.hasRole(admin, address(this)));
        vm.assertEq(timelock.getMinDelay(), DELAY);
    }

    function _timelock() private returns (HetuTimelock) {
        address[] memory proposers = new address[](1);
        proposers[0] = proposer;
        return new HetuTimelock(DELAY, proposers, proposers);
    }

    function _throughTimelock(HetuTimelock timelock, Plan.Call[] memory calls) private {
        address[] memory targets = new address[](calls.length);
        uint256[] memory values = new uint256[](calls.length);
        bytes[] memory data = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            (targets[i], data[i]) = (calls[i].target, calls[i].data);
        }
        vm.prank(proposer);
        timelock.scheduleBatch(targets, values, data, bytes32(0), "salt", DELAY);
        vm.warp(vm.getBlockTimestamp() + DELAY);
        vm.prank(proposer);
        timelock.executeBatch(targets, values, data, bytes32(0), "salt");
    }

    // From here on the words of HetuTest speak of the network that the plan deployed.
    function _usePlannedNetwork() private {
        whetu = WHETU(payable(plan.get("WHETU")));
        staking = GlobalStaking(plan.get("GlobalStaking"));
        factory = SubnetAMMFactory(plan.get("SubnetAMMFactory"));
        subnets = SubnetManager(plan.get("SubnetManager"));
        dendrons = DendronManager(plan.get("DendronManager"));
        weights = Weights(plan.get("Weights"));
        rewards = RewardDistributor(plan.get("RewardDistributor"));
        lens = Lens(plan.get("Lens"));
    }
}
