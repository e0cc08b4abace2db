// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HetuTest} from "./utils/HetuTest.sol";

/// @notice Holds DEPLOY.md to its word.
contract DeploymentTest is HetuTest {
    function test_addressesFollowFromTheDeployersNonces() public view {
        vm.assertEq(address(whetu), vm.computeCreateAddress(deployer, 0));
        vm.assertEq(address(staking), vm.computeCreateAddress(deployer, 1));
        vm.assertEq(address(factory), vm.computeCreateAddress(deployer, 2));
        vm.assertEq(address(subnets), vm.computeCreateAddress(deployer, 3));
        vm.assertEq(address(dendrons), vm.computeCreateAddress(deployer, 4));
        vm.assertEq(address(weights), vm.computeCreateAddress(deployer, 5));
        vm.assertEq(address(rewards), vm.computeCreateAddress(deployer, 6));
        vm.assertEq(address(lens), vm.computeCreateAddress(deployer, 7));
        vm.assertEq(address(subnets.alphaTokenDeployer()), vm.computeCreateAddress(address(subnets), 1));
    }

    function test_contractsKnowEachOther() public view {
        vm.assertEq(address(staking.hetuToken()), address(whetu));
        vm.assertEq(staking.treasury(), treasury);
        vm.assertEq(staking.dendronManager(), address(dendrons));
        vm.assertTrue(staking.authorizedCallers(address(dendrons)));
        vm.assertEq(factory.subnetManager(), address(subnets));
        vm.assertEq(address(subnets.hetuToken()), address(whetu));
        vm.assertEq(address(subnets.ammFactory()), address(factory));
        vm.assertEq(address(dendrons.subnetManager()), address(subnets));
        vm.assertEq(address(dendrons.globalStaking()), address(staking));
        vm.assertEq(address(weights.subnetManager()), address(subnets));
        vm.assertEq(address(weights.dendronManager()), address(dendrons));
        vm.assertEq(address(rewards.subnetManager()), address(subnets));
        vm.assertEq(dendrons.rewardDistributor(), address(rewards));
    }

    function test_deployerAdministers() public view {
        vm.assertEq(staking.owner(), deployer);
        vm.assertEq(subnets.owner(), deployer);
        vm.assertEq(dendrons.owner(), deployer);
        vm.assertEq(rewards.owner(), deployer);
        vm.assertEq(factory.creator(), deployer);
    }

    function test_codeFitsTheSizeLimit() public {
        uint16 netuid = newSubnet();
        address[10] memory all = [
            address(whetu),
            address(staking),
            address(factory),
            address(subnets),
            address(dendrons),
            address(weights),
            address(rewards),
            address(lens),
            address(poolOf(netuid)),
            address(alphaOf(netuid))
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            vm.assertLe(all[i].code.length, 24_576);
        }
    }
}
