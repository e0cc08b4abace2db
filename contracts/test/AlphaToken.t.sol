// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../src/AlphaToken.sol";
import {IAlphaToken} from "../src/interfaces/IAlphaToken.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract AlphaTokenTest is HetuTest {
    address private immutable minter = account("minter");
    address private immutable holder = account("holder");
    AlphaToken private alpha;

    function setUp() public override {
        super.setUp();
        alpha = new AlphaToken("Sum", "SUM", minter, 3);
    }

    function test_describesItself() public view {
        (
            string memory name,
            string memory symbol,
            uint256 supply,
            uint16 netuid,
            address firstMinter,
            uint256 createdAt
        ) = alpha.getTokenInfo();
        vm.assertEq(name, "Sum");
        vm.assertEq(symbol, "SUM");
        vm.assertEq(supply, 0);
        vm.assertEq(netuid, 3);
        vm.assertEq(firstMinter, minter);
        vm.assertEq(createdAt, vm.getBlockTimestamp());
        vm.assertEq(alpha.subnetManager(), minter);
    }

    function test_mintersMintAndBurn() public {
        vm.startPrank(minter);
        vm.expectEmit(address(alpha));
        emit IAlphaToken.TokensMinted(holder, 5 ether);
        alpha.mint(holder, 5 ether);
        vm.stopPrank();
        vm.prank(holder);
        alpha.approve(minter, 3 ether);
        vm.startPrank(minter);
        vm.expectEmit(address(alpha));
        emit IAlphaToken.TokensBurned(holder, 2 ether);
        alpha.burn(holder, 2 ether);
        vm.assertEq(alpha.balanceOf(holder), 3 ether);
        vm.assertEq(alpha.allowance(holder, minter), 1 ether);
    }

    function test_othersDoNot() public {
        vm.prank(minter);
        alpha.mint(holder, 5 ether);
        bytes memory refusal = abi.encodeWithSelector(IAlphaToken.NotMinter.selector, system);
        vm.startPrank(system);
        vm.expectRevert(refusal);
        alpha.mint(system, 1);
        vm.expectRevert(refusal);
        alpha.burn(holder, 1);
    }

    function test_ownerNamesMinters() public {
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, holder));
        alpha.addMinter(holder);
        vm.startPrank(minter);
        vm.expectEmit(address(alpha));
        emit IAlphaToken.MinterAdded(holder);
        alpha.addMinter(holder);
        vm.assertTrue(alpha.authorized_minters(holder));
        vm.expectEmit(address(alpha));
        emit IAlphaToken.MinterRemoved(holder);
        alpha.removeMinter(holder);
        vm.assertFalse(alpha.authorized_minters(holder));
    }
}
