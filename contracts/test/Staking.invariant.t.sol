// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../src/SubnetTypes.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {StakingHandler} from "./utils/StakingHandler.sol";

/// @notice What holds whatever stakers do.
contract StakingInvariantTest is HetuTest {
    StakingHandler private handler;
    uint16 private netuid;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        handler = new StakingHandler(whetu, staking, dendrons, netuid);
    }

    /// @notice Tells forge to call nothing but the handler.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_everyStakeIsPaidUp() public view {
        address[] memory stakers = handler.stakers();
        uint256 owed = 0;
        uint256 costs = 0;
        for (uint256 i = 0; i < stakers.length; ++i) {
            SubnetTypes.StakeInfo memory info = staking.getStakeInfo(stakers[i]);
            owed += info.totalStaked - info.totalCost;
            costs += info.totalCost;
            vm.assertLe(info.totalAllocated + info.totalCost, info.totalStaked);
            vm.assertEq(info.totalAllocated, dendrons.stakeOf(netuid, stakers[i]));
        }
        vm.assertEq(whetu.balanceOf(address(staking)), owed);
        vm.assertEq(whetu.balanceOf(treasury), costs);
    }

    function invariant_listsAgreeWithTheFlags() public view {
        address[] memory stakers = handler.stakers();
        address[] memory all = dendrons.getNeuronList(netuid);
        address[] memory validators = dendrons.getSubnetValidators(netuid);
        vm.assertEq(all.length, dendrons.getNeuronCount(netuid));
        vm.assertEq(validators.length, dendrons.getSubnetValidatorCount(netuid));
        for (uint256 i = 0; i < stakers.length; ++i) {
            vm.assertEq(_occurrences(all, stakers[i]), dendrons.isNeuron(netuid, stakers[i]) ? 1 : 0);
            vm.assertEq(
                _occurrences(validators, stakers[i]), dendrons.isValidator(netuid, stakers[i]) ? 1 : 0
            );
        }
    }

    function invariant_dendronsAreActiveExactlyWhileTheirStakeSuffices() public view {
        address[] memory list = dendrons.getNeuronList(netuid);
        uint256 validators = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            SubnetTypes.NeuronInfo memory info = dendrons.getNeuronInfo(netuid, list[i]);
            uint256 threshold = info.isValidator ? VALIDATOR_STAKE : MINER_STAKE;
            vm.assertEq(info.isActive, info.stake >= threshold);
            if (info.isValidator) validators += 1;
        }
        vm.assertEq(validators, dendrons.getSubnetValidatorCount(netuid));
    }

    function _occurrences(address[] memory list, address wanted) private pure returns (uint256 count) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == wanted) count += 1;
        }
    }
}
