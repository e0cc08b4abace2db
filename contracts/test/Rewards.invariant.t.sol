// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../src/AlphaToken.sol";
import {IRewardDistributor} from "../src/interfaces/IRewardDistributor.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {RewardHandler} from "./utils/RewardHandler.sol";

/// @notice What holds whatever keepers publish and accounts claim.
contract RewardsInvariantTest is HetuTest {
    RewardHandler private handler;
    AlphaToken private alpha;
    uint16 private netuid;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        alpha = alphaOf(netuid);
        handler = new RewardHandler(rewards, alpha, keeper, deployer);
        handler.fund(50 ether);
        handler.publish(20 ether, 10 ether, 40 ether);
    }

    /// @notice Tells forge to call nothing but the handler.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_claimsNeverExceedTheFunds() public view {
        IRewardDistributor.SubnetRewards memory state = rewards.getRewards(netuid);
        vm.assertLe(state.claimed, state.total);
        vm.assertLe(state.total, state.funded);
        vm.assertEq(state.claimed, handler.paidOut());
        vm.assertEq(state.claimed, handler.recorded());
        vm.assertEq(alpha.balanceOf(address(rewards)), state.funded - state.claimed);
    }
}
