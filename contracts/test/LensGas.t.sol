// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../src/SubnetTypes.sol";
import {ILens} from "../src/interfaces/ILens.sol";
import {HetuTest} from "./utils/HetuTest.sol";

/// @notice Measures what a page of dendrons costs. The figures are kept in contracts/snapshots.
contract LensGasTest is HetuTest {
    uint16 private netuid;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.maxRegsPerBlock = 10;
        setRules(netuid, rules);
        for (uint256 i = 0; i < 1024; ++i) {
            address user = address(uint160(0x10000 + i));
            addStake(user, MINER_STAKE + REGISTRATION_COST);
            if (i % 10 == 0) skipBlocks(1);
            vm.prank(user);
            dendrons.registerNeuronWithStakeAllocation(
                netuid, MINER_STAKE, false, "miner.example.org", 8091, "", 0
            );
        }
    }

    function test_pageOf64Dendrons() public {
        _measure(64);
    }

    function test_pageOf256Dendrons() public {
        _measure(256);
    }

    function test_pageOf1024Dendrons() public {
        _measure(1024);
    }

    function test_pageOf256DendronsWithoutDeployment() public {
        bytes memory call =
            abi.encodeCall(ILens.dendrons, (address(dendrons), address(staking), netuid, 0, 256));
        bytes memory code = bytes.concat(vm.getCode("LensCall.sol:LensCall"), abi.encode(call));
        uint256 before = gasleft();
        assembly ("memory-safe") {
            pop(create(0, add(code, 0x20), mload(code)))
        }
        uint256 used = before - gasleft();
        vm.assertLt(used, 50_000_000);
        vm.snapshotValue("Lens", "gas of a page of 256 dendrons through LensCall", used);
    }

    function _measure(uint256 count) private {
        uint256 before = gasleft();
        (,, bytes memory records) = lens.dendrons(address(dendrons), address(staking), netuid, 0, count);
        uint256 used = before - gasleft();
        vm.assertEq(records.length, count * 82);
        vm.assertLt(used / count, 50_000);
        string memory page = string.concat("of a page of ", vm.toString(count), " dendrons");
        vm.snapshotValue("Lens", string.concat("gas ", page), used);
        vm.snapshotValue("Lens", string.concat("gas per record ", page), used / count);
    }
}
