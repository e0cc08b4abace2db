// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../src/AlphaToken.sol";
import {SubnetAMM} from "../src/SubnetAMM.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {ISubnetAMM} from "../src/interfaces/ISubnetAMM.sol";
import {HetuTest} from "./utils/HetuTest.sol";

contract SubnetAMMTest is HetuTest {
    address private immutable trader = account("trader");
    SubnetAMM private pool;
    AlphaToken private alpha;
    uint16 private netuid;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        pool = poolOf(netuid);
        alpha = alphaOf(netuid);
    }

    function test_newPoolIsPricedAtOne() public view {
        vm.assertEq(pool.getAlphaPrice(), 1 ether);
        vm.assertEq(pool.getTheoreticalPrice(), 1 ether);
        vm.assertEq(pool.currentAlphaPrice(), 1 ether);
        vm.assertEq(pool.getMovingAlphaPrice(), 1 ether);
        vm.assertEq(pool.getK(), 100 ether * 100 ether);
        vm.assertEq(pool.minimumPoolLiquidity(), 10 ether);
        vm.assertEq(pool.priceUpdateBlock(), vm.getBlockNumber());
    }

    function test_purchaseFollowsTheConstantProduct() public {
        vm.assertEq(pool.simSwapHETUForAlpha(25 ether), 20 ether);
        _fundHetu(25 ether);
        vm.expectEmit(address(pool));
        emit ISubnetAMM.ReservesUpdated(125 ether, 80 ether, 20 ether);
        vm.expectEmit(address(pool));
        emit ISubnetAMM.SwapHETUForAlpha(trader, 25 ether, 20 ether, 1.5625 ether);
        vm.prank(trader);
        vm.assertEq(pool.swapHETUForAlpha(25 ether, 20 ether, trader), 20 ether);
        vm.assertEq(alpha.balanceOf(trader), 20 ether);
        vm.assertEq(pool.totalVolume(), 25 ether);
        vm.assertEq(pool.userVolume(trader), 25 ether);
        (bool isConsistent,) = pool.verifyReserves();
        vm.assertTrue(isConsistent);
    }

    function test_saleFollowsTheConstantProduct() public {
        _fundAlpha(25 ether);
        vm.expectEmit(address(pool));
        emit ISubnetAMM.SwapAlphaForHETU(trader, 25 ether, 20 ether, 0.64 ether);
        vm.prank(trader);
        vm.assertEq(pool.swapAlphaForHETU(25 ether, 0, trader), 20 ether);
        vm.assertEq(whetu.balanceOf(trader), 20 ether);
        vm.assertEq(pool.subnetAlphaOut(), 0);
        (uint256 volume, uint256 share) = pool.getUserStats(trader);
        vm.assertEq(volume, 25 ether);
        vm.assertEq(share, 10_000);
    }

    function test_previewTellsWhatTheTradeDoes() public view {
        (uint256 out, uint256 impact, uint256 newPrice, bool sufficient) = pool.getSwapPreview(25 ether, true);
        vm.assertEq(out, 20 ether);
        vm.assertEq(impact, 5625);
        vm.assertEq(newPrice, 1.5625 ether);
        vm.assertTrue(sufficient);
        (out, impact, newPrice, sufficient) = pool.getSwapPreview(25 ether, false);
        vm.assertEq(out, 20 ether);
        vm.assertEq(impact, 3600);
        vm.assertEq(newPrice, 0.64 ether);
        (out,, newPrice, sufficient) = pool.getSwapPreview(901 ether, true);
        vm.assertEq(out, 0);
        vm.assertEq(newPrice, 1 ether);
        vm.assertFalse(sufficient);
        vm.assertEq(pool.calculateSlippage(25 ether, true), 2000);
        vm.assertEq(pool.calculateSlippage(0, false), 0);
    }

    function test_largeTradesAreNamed() public view {
        _assertWarning(4.99 ether, false, 499, "Normal trade");
        _assertWarning(5 ether, true, 500, "Medium trade: 5% of the pool");
        _assertWarning(10 ether, true, 1000, "Large trade: 10% of the pool");
        _assertWarning(20 ether, true, 2000, "Very large trade: 20% of the pool");
    }

    function test_refusals() public {
        _fundHetu(1000 ether);
        vm.startPrank(trader);
        expectReason("AMM: INSUFFICIENT_INPUT_AMOUNT");
        pool.swapHETUForAlpha(0, 0, trader);
        expectReason("AMM: ZERO_ADDRESS");
        pool.swapHETUForAlpha(1 ether, 0, address(0));
        expectReason("AMM: INSUFFICIENT_OUTPUT_AMOUNT");
        pool.swapHETUForAlpha(25 ether, 20 ether + 1, trader);
        expectReason("AMM: INSUFFICIENT_LIQUIDITY");
        pool.swapHETUForAlpha(901 ether, 0, trader);
        vm.assertEq(pool.simSwapHETUForAlpha(901 ether), 0);
        pool.swapHETUForAlpha(900 ether, 90 ether, trader);
        vm.assertEq(pool.subnetAlphaIn(), 10 ether);
    }

    function test_systemAloneManagesLiquidity() public {
        vm.startPrank(trader);
        expectReason("AMM: ONLY_SYSTEM");
        pool.injectLiquidity(1, 1);
        expectReason("AMM: ONLY_SYSTEM");
        pool.withdrawLiquidity(1, 1, trader);
        vm.stopPrank();
        _fundSystem(50 ether, 30 ether);
        vm.startPrank(system);
        expectReason("AMM: ZERO_AMOUNTS");
        pool.injectLiquidity(0, 0);
        vm.expectEmit(address(pool));
        emit ISubnetAMM.LiquidityInjected(system, 50 ether, 30 ether);
        pool.injectLiquidity(50 ether, 30 ether);
        vm.assertEq(pool.subnetHetu(), 150 ether);
        vm.assertEq(pool.subnetAlphaIn(), 130 ether);
    }

    function test_withdrawalLeavesTheMinimum() public {
        vm.startPrank(system);
        expectReason("AMM: ZERO_ADDRESS");
        pool.withdrawLiquidity(1, 1, address(0));
        expectReason("AMM: ZERO_AMOUNTS");
        pool.withdrawLiquidity(0, 0, system);
        expectReason("AMM: INSUFFICIENT_HETU_RESERVE");
        pool.withdrawLiquidity(100 ether + 1, 0, system);
        expectReason("AMM: INSUFFICIENT_ALPHA_RESERVE");
        pool.withdrawLiquidity(0, 100 ether + 1, system);
        expectReason("AMM: BELOW_MIN_LIQUIDITY");
        pool.withdrawLiquidity(90 ether + 1, 0, system);
        vm.expectEmit(address(pool));
        emit ISubnetAMM.LiquidityWithdrawn(system, 90 ether, 90 ether);
        pool.withdrawLiquidity(90 ether, 90 ether, trader);
        vm.assertEq(whetu.balanceOf(trader), 90 ether);
        vm.assertEq(alpha.balanceOf(trader), 90 ether);
    }

    function test_seedIsTheSubnetContractsOnce() public {
        vm.expectRevert(abi.encodeWithSelector(ISubnetAMM.OnlySubnetContract.selector, address(this)));
        pool.seedLiquidity(1, 1);
        vm.prank(address(subnets));
        vm.expectRevert(abi.encodeWithSelector(ISubnetAMM.AlreadySeeded.selector));
        pool.seedLiquidity(1, 1);

        SubnetAMM fresh = _newPool(SubnetTypes.MechanismType.Dynamic);
        expectReason("AMM: ZERO_AMOUNTS");
        fresh.seedLiquidity(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ISubnetAMM.SeedNotPaid.selector, 0, 0));
        fresh.seedLiquidity(1, 1);
    }

    function test_movingPriceHalvesTheDistanceInAThousandBlocks() public {
        _fundAlpha(100 ether);
        vm.prank(trader);
        pool.swapAlphaForHETU(100 ether, 0, trader);
        vm.assertEq(pool.currentAlphaPrice(), 0.25 ether);
        vm.assertEq(pool.movingAlphaPrice(), 1 ether);
        skipBlocks(1000);
        vm.expectEmit(address(pool));
        emit ISubnetAMM.PriceUpdated(0.25 ether, 0.625 ether);
        pool.updateMovingPrice();
        vm.assertEq(pool.movingAlphaPrice(), 0.625 ether);
        pool.updateMovingPrice();
        vm.assertEq(pool.movingAlphaPrice(), 0.625 ether);
    }

    function test_movingPriceTakesPricesAboveOneForOne() public {
        _fundHetu(300 ether);
        vm.prank(trader);
        pool.swapHETUForAlpha(300 ether, 0, trader);
        skipBlocks(1000);
        pool.updateMovingPrice();
        vm.assertEq(pool.currentAlphaPrice(), 16 ether);
        vm.assertEq(pool.movingAlphaPrice(), 1 ether);
    }

    function test_stablePoolTradesOneForOne() public {
        SubnetAMM stable = _newPool(SubnetTypes.MechanismType.Stable);
        giveWhetu(address(stable), 100 ether);
        vm.prank(address(subnets));
        alpha.mint(address(stable), 100 ether);
        stable.seedLiquidity(100 ether, 100 ether);
        giveWhetu(trader, 90 ether);
        approveWhetu(trader, address(stable), 90 ether);
        vm.assertEq(stable.simSwapHETUForAlpha(90 ether), 90 ether);
        vm.assertEq(stable.simSwapHETUForAlpha(90 ether + 1), 0);
        vm.prank(trader);
        vm.assertEq(stable.swapHETUForAlpha(90 ether, 90 ether, trader), 90 ether);
        vm.assertEq(stable.calculateSlippage(1 ether, true), 0);
        vm.assertEq(stable.getAlphaPrice(), 19 ether);
    }

    function test_gettersTellTheState() public view {
        (
            SubnetTypes.MechanismType mechanism,
            uint256 hetu,
            uint256 alphaIn,
            uint256 alphaOut,
            uint256 price,
            uint256 movingPrice,
            uint256 volume,
            uint256 minimum
        ) = pool.getPoolInfo();
        vm.assertEq(uint8(mechanism), 1);
        vm.assertEq(hetu, 100 ether);
        vm.assertEq(alphaIn, 100 ether);
        vm.assertEq(alphaOut, 0);
        vm.assertEq(price, 1 ether);
        vm.assertEq(movingPrice, 1 ether);
        vm.assertEq(volume, 0);
        vm.assertEq(minimum, 10 ether);
        (,,, uint256 updated, uint256 liquidity) = pool.getStatistics();
        vm.assertEq(updated, pool.priceUpdateBlock());
        vm.assertEq(liquidity, 200 ether);
        (address creator, uint256 createdAt, uint256 subnet) = pool.getCreatorInfo();
        vm.assertEq(creator, address(factory));
        vm.assertEq(createdAt, pool.createdAt());
        vm.assertEq(subnet, netuid);
        (address systemAddress, address subnetContract) = pool.getSystemInfo();
        vm.assertEq(systemAddress, system);
        vm.assertEq(subnetContract, address(subnets));
        vm.assertTrue(pool.isCreator(address(factory)));
        vm.assertTrue(pool.isSystemAddress(system));
        vm.assertFalse(pool.isSystemAddress(trader));
    }

    function test_healthComparesTheSmallerReserveWithTheMinimum() public {
        _assertHealth(true, "Healthy", 100_000);
        vm.prank(system);
        pool.withdrawLiquidity(85 ether, 0, system);
        _assertHealth(false, "Low liquidity", 15_000);
    }

    function test_surplusIsReportedButNotPriced() public {
        giveWhetu(trader, 1 ether);
        vm.prank(trader);
        vm.assertTrue(whetu.transfer(address(pool), 1 ether));
        (bool isConsistent, string memory message) = pool.verifyReserves();
        vm.assertFalse(isConsistent);
        vm.assertEq(message, "The pool holds more than it booked");
        vm.assertEq(pool.getAlphaPrice(), 1 ether);
        (uint256 hetuBalance, uint256 alphaBalance) = pool.getTokenBalances();
        vm.assertEq(hetuBalance, 101 ether);
        vm.assertEq(alphaBalance, 100 ether);
    }

    function test_surplusIsSkimmedByTheSystemAlone() public {
        giveWhetu(trader, 1 ether);
        vm.startPrank(trader);
        vm.assertTrue(whetu.transfer(address(pool), 1 ether));
        expectReason("AMM: ONLY_SYSTEM");
        pool.skimSurplus(trader);
        vm.stopPrank();
        vm.startPrank(system);
        expectReason("AMM: ZERO_ADDRESS");
        pool.skimSurplus(address(0));
        vm.expectEmit(address(pool));
        emit ISubnetAMM.SurplusSkimmed(treasury, 1 ether, 0);
        pool.skimSurplus(treasury);
        vm.assertEq(whetu.balanceOf(treasury), 1 ether);
        vm.assertEq(pool.subnetHetu(), 100 ether);
        (bool isConsistent,) = pool.verifyReserves();
        vm.assertTrue(isConsistent);
    }

    function _assertWarning(uint256 amount, bool isLarge, uint256 share, string memory text) private view {
        (bool flag, uint256 percentage, string memory warning) = pool.checkLargeTradeWarning(amount, true);
        vm.assertEq(flag, isLarge);
        vm.assertEq(percentage, share);
        vm.assertEq(warning, text);
    }

    function _assertHealth(bool healthy, string memory text, uint256 ratio) private view {
        (bool isHealthy, string memory status, uint256 liquidityRatio) = pool.getPoolHealth();
        vm.assertEq(isHealthy, healthy);
        vm.assertEq(status, text);
        vm.assertEq(liquidityRatio, ratio);
    }

    function _fundHetu(uint256 amount) private {
        giveWhetu(trader, amount);
        approveWhetu(trader, address(pool), amount);
    }

    function _fundAlpha(uint256 amount) private {
        vm.prank(address(subnets));
        alpha.mint(trader, amount);
        vm.prank(trader);
        alpha.approve(address(pool), amount);
    }

    function _fundSystem(uint256 hetuAmount, uint256 alphaAmount) private {
        giveWhetu(system, hetuAmount);
        approveWhetu(system, address(pool), hetuAmount);
        vm.prank(address(subnets));
        alpha.mint(system, alphaAmount);
        vm.prank(system);
        alpha.approve(address(pool), alphaAmount);
    }

    function _newPool(SubnetTypes.MechanismType mechanism) private returns (SubnetAMM) {
        return
            new SubnetAMM(address(whetu), address(alpha), netuid, system, address(this), mechanism, 10 ether);
    }
}
