// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../src/AlphaToken.sol";
import {SubnetAMM} from "../src/SubnetAMM.sol";
import {HetuTest} from "./utils/HetuTest.sol";

contract SubnetAMMFuzzTest is HetuTest {
    address private immutable trader = account("trader");
    SubnetAMM private pool;
    AlphaToken private alpha;

    function setUp() public override {
        super.setUp();
        uint16 netuid = newSubnet();
        pool = poolOf(netuid);
        alpha = alphaOf(netuid);
        giveWhetu(trader, 1_000_000 ether);
        vm.prank(address(subnets));
        alpha.mint(trader, 1_000_000 ether);
        vm.startPrank(trader);
        whetu.approve(address(pool), type(uint256).max);
        alpha.approve(address(pool), type(uint256).max);
        vm.stopPrank();
    }

    function testFuzz_kNeverFalls(uint256[16] memory seeds) public {
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 before = pool.getK();
            _trade(seeds[i]);
            vm.assertGe(pool.getK(), before);
        }
    }

    function testFuzz_poolHoldsWhatItBooked(uint256[16] memory seeds) public {
        for (uint256 i = 0; i < seeds.length; ++i) {
            _trade(seeds[i]);
            (bool isConsistent, string memory message) = pool.verifyReserves();
            vm.assertTrue(isConsistent, message);
            vm.assertGe(pool.subnetHetu(), pool.minimumPoolLiquidity());
            vm.assertGe(pool.subnetAlphaIn(), pool.minimumPoolLiquidity());
        }
    }

    function testFuzz_roundTripNeverPays(uint256 seed) public {
        uint256 amount = _anySize(seed);
        uint256 bought = pool.simSwapHETUForAlpha(amount);
        if (bought == 0) return;
        vm.startPrank(trader);
        pool.swapHETUForAlpha(amount, bought, trader);
        if (pool.simSwapAlphaForHETU(bought) == 0) return;
        vm.assertLe(pool.swapAlphaForHETU(bought, 0, trader), amount);
    }

    function testFuzz_previewAndSimulationAgreeWithTheTrade(uint256 seed, bool isPurchase) public {
        uint256 amount = _anySize(seed);
        (uint256 out,, uint256 newPrice, bool sufficient) = pool.getSwapPreview(amount, isPurchase);
        vm.assertEq(isPurchase ? pool.simSwapHETUForAlpha(amount) : pool.simSwapAlphaForHETU(amount), out);
        if (!sufficient || out == 0) return;
        vm.prank(trader);
        uint256 received = isPurchase
            ? pool.swapHETUForAlpha(amount, out, trader)
            : pool.swapAlphaForHETU(amount, out, trader);
        vm.assertEq(received, out);
        vm.assertEq(pool.getAlphaPrice(), newPrice);
    }

    function _trade(uint256 seed) private {
        uint256 amount = _anySize(seed);
        vm.startPrank(trader);
        if (seed & 1 == 0) {
            if (pool.simSwapHETUForAlpha(amount) > 0) pool.swapHETUForAlpha(amount, 0, trader);
        } else {
            if (pool.simSwapAlphaForHETU(amount) > 0) pool.swapAlphaForHETU(amount, 0, trader);
        }
        vm.stopPrank();
    }

    // Uniform amounts would hardly ever be small enough for rounding to matter.
    function _anySize(uint256 seed) private pure returns (uint256) {
        return (clamp(seed >> 8, 1, 500 ether) >> ((seed >> 1) % 67)) + 1;
    }
}
