// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IWHETU} from "../src/interfaces/IWHETU.sol";
import {HetuTest} from "./utils/HetuTest.sol";

contract WhetuTest is HetuTest {
    address private immutable holder = account("holder");

    function test_depositAndReceiveWrapOneToOne() public {
        vm.deal(holder, 5 ether);
        vm.expectEmit(address(whetu));
        emit IWHETU.Deposit(holder, 2 ether);
        vm.prank(holder);
        whetu.deposit{value: 2 ether}();
        vm.prank(holder);
        (bool sent,) = address(whetu).call{value: 3 ether}("");
        vm.assertTrue(sent);
        vm.assertEq(whetu.balanceOf(holder), 5 ether);
        vm.assertEq(whetu.totalETH(), 5 ether);
        vm.assertEq(whetu.totalSupply(), 5 ether);
    }

    function test_withdrawUnwraps() public {
        giveWhetu(holder, 5 ether);
        vm.expectEmit(address(whetu));
        emit IWHETU.Withdrawal(holder, 4 ether);
        vm.prank(holder);
        whetu.withdraw(4 ether);
        vm.assertEq(holder.balance, 4 ether);
        vm.assertEq(whetu.balanceOf(holder), 1 ether);
        vm.assertEq(whetu.totalETH(), 1 ether);
    }

    function test_refusesZeroAndMoreThanTheBalance() public {
        expectReason("ZERO_DEPOSIT");
        whetu.deposit();
        expectReason("ZERO_WITHDRAWAL");
        whetu.withdraw(0);
        giveWhetu(holder, 1 ether);
        vm.prank(holder);
        expectReason("INSUFFICIENT_BALANCE");
        whetu.withdraw(1 ether + 1);
    }

    function test_withdrawToAContractThatRefusesReverts() public {
        vm.deal(address(this), 1 ether);
        whetu.deposit{value: 1 ether}();
        vm.expectRevert(abi.encodeWithSelector(IWHETU.NativeTransferFailed.selector, address(this)));
        whetu.withdraw(1 ether);
        vm.assertEq(whetu.balanceOf(address(this)), 1 ether);
    }

    function test_permitDomain() public view {
        (, string memory name, string memory version, uint256 chainId, address verifier,,) =
            whetu.eip712Domain();
        vm.assertEq(name, "Wrapped HETU");
        vm.assertEq(version, "1");
        vm.assertEq(chainId, block.chainid);
        vm.assertEq(verifier, address(whetu));
        vm.assertEq(whetu.symbol(), "WHETU");
        vm.assertEq(whetu.decimals(), 18);
    }

    function test_permitSetsTheAllowance() public {
        uint256 deadline = vm.getBlockTimestamp() + 60;
        bytes32 digest = permitDigest(holder, system, 7 ether, 0, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf("holder"), digest);
        whetu.permit(holder, system, 7 ether, deadline, v, r, s);
        vm.assertEq(whetu.allowance(holder, system), 7 ether);
        vm.assertEq(whetu.nonces(holder), 1);
    }
}
