// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetAMMFactory} from "../src/SubnetAMMFactory.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {ISubnetAMMFactory} from "../src/interfaces/ISubnetAMMFactory.sol";
import {HetuTest} from "./utils/HetuTest.sol";

contract SubnetAMMFactoryTest is HetuTest {
    address private immutable stranger = account("stranger");

    function test_subnetManagerIsNamedByTheCreatorOnce() public {
        vm.startPrank(deployer);
        SubnetAMMFactory fresh = new SubnetAMMFactory(system);
        vm.stopPrank();
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISubnetAMMFactory.OnlyCreator.selector, stranger));
        fresh.setSubnetManager(stranger);
        vm.startPrank(deployer);
        vm.expectRevert(abi.encodeWithSelector(ISubnetAMMFactory.ZeroAddress.selector));
        fresh.setSubnetManager(address(0));
        vm.expectEmit(address(fresh));
        emit ISubnetAMMFactory.SubnetManagerSet(address(subnets));
        fresh.setSubnetManager(address(subnets));
        vm.expectRevert(
            abi.encodeWithSelector(ISubnetAMMFactory.SubnetManagerAlreadySet.selector, address(subnets))
        );
        fresh.setSubnetManager(stranger);
    }

    function test_aPoolPerSubnet() public {
        uint16 netuid = newInactiveSubnet();
        vm.prank(address(subnets));
        expectReason("Factory: POOL_EXISTS");
        factory.createPool(
            address(whetu), address(1), netuid, address(subnets), SubnetTypes.MechanismType.Dynamic, 0
        );
    }

    function test_poolsAreListed() public {
        uint16 first = newInactiveSubnet();
        uint16 second = newInactiveSubnet();
        (address creator, address systemAddress, uint256 createdAt, uint256 total) = factory.getFactoryInfo();
        vm.assertEq(creator, deployer);
        vm.assertEq(systemAddress, system);
        vm.assertEq(createdAt, 1_700_000_000);
        vm.assertEq(total, 2);
        vm.assertEq(factory.allPoolsLength(), 2);
        vm.assertEq(factory.allPools(0), address(poolOf(first)));
        vm.assertTrue(factory.isPool(address(poolOf(second))));
        vm.assertFalse(factory.isPool(stranger));

        (address[] memory pools, uint16[] memory netuids,, uint256[] memory volumes) =
            factory.getPoolsInfo(1, 10);
        vm.assertEq(pools.length, 1);
        vm.assertEq(pools[0], address(poolOf(second)));
        vm.assertEq(netuids[0], second);
        vm.assertEq(volumes[0], 0);
        (pools,,,) = factory.getPoolsInfo(5, 10);
        vm.assertEq(pools.length, 0);
        expectReason("Factory: INVALID_RANGE");
        factory.getPoolsInfo(2, 1);
    }
}
