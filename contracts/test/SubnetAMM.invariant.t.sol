// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetAMM} from "../src/SubnetAMM.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {TradeHandler} from "./utils/TradeHandler.sol";

/// @notice What holds for a pool whatever is traded.
contract SubnetAMMInvariantTest is HetuTest {
    TradeHandler private handler;
    SubnetAMM private pool;

    function setUp() public override {
        super.setUp();
        uint16 netuid = newSubnet();
        pool = poolOf(netuid);
        handler = new TradeHandler(pool, whetu, alphaOf(netuid), system);
    }

    /// @notice Tells forge to call nothing but the handler.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_tradesNeverLowerK() public view {
        vm.assertGe(pool.getK(), handler.leastK());
        vm.assertGe(pool.subnetHetu(), pool.minimumPoolLiquidity());
        vm.assertGe(pool.subnetAlphaIn(), pool.minimumPoolLiquidity());
        (bool isConsistent, string memory message) = pool.verifyReserves();
        vm.assertTrue(isConsistent, message);
    }
}
