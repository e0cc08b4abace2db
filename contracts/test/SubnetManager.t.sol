// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../src/AlphaToken.sol";
import {SubnetAMM} from "../src/SubnetAMM.sol";
import {SubnetTypes} from "../src/SubnetTypes.sol";
import {ISubnetManager} from "../src/interfaces/ISubnetManager.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {Vm} from "./utils/Vm.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

contract SubnetManagerTest is HetuTest {
    address private immutable stranger = account("stranger");

    function test_stateAfterDeployment() public view {
        (
            uint256 minLock,
            uint256 lastLock,
            uint256 lastLockBlock,
            uint256 rateLimit,
            uint256 interval,
            uint16 totalNets,
            uint16 nextId
        ) = subnets.getNetworkParams();
        vm.assertEq(minLock, 100 ether);
        vm.assertEq(lastLock, 0);
        vm.assertEq(lastLockBlock, 1000);
        vm.assertEq(rateLimit, 100);
        vm.assertEq(interval, 14_400);
        vm.assertEq(totalNets, 0);
        vm.assertEq(nextId, 1);
        vm.assertEq(subnets.getNetworkLockCost(), 100 ether);
        vm.assertEq(subnets.owner(), deployer);
        vm.assertFalse(subnets.subnetExists(0));
    }

    function test_registrationFillsTheRegister() public {
        uint16 netuid = newInactiveSubnet();
        SubnetTypes.SubnetInfo memory info = subnets.getSubnetInfo(netuid);
        vm.assertEq(netuid, 1);
        vm.assertEq(info.netuid, 1);
        vm.assertEq(info.owner, subnetOwner);
        vm.assertEq(info.name, "Sums");
        vm.assertEq(info.description, "Adds numbers");
        vm.assertEq(info.lockedAmount, 100 ether);
        vm.assertEq(info.poolInitialTao, 100 ether);
        vm.assertEq(info.burnedAmount, 0);
        vm.assertEq(info.createdAt, vm.getBlockTimestamp());
        vm.assertFalse(info.isActive);
        vm.assertTrue(subnets.subnetExists(netuid));
        vm.assertEq(subnets.totalNetworks(), 1);
        vm.assertEq(subnets.ownerSubnets(subnetOwner, 0), 1);
        vm.assertEq(subnets.getUserSubnets(subnetOwner).length, 1);
    }

    function test_registrationCreatesTokenAndPool() public {
        uint16 netuid = newInactiveSubnet();
        AlphaToken alpha = alphaOf(netuid);
        SubnetAMM pool = poolOf(netuid);
        vm.assertEq(alpha.name(), "Sum");
        vm.assertEq(alpha.symbol(), "SUM");
        vm.assertEq(alpha.netuid(), netuid);
        vm.assertEq(alpha.owner(), address(subnets));
        vm.assertEq(alpha.balanceOf(address(pool)), 100 ether);
        vm.assertEq(whetu.balanceOf(address(pool)), 100 ether);
        vm.assertEq(pool.subnetHetu(), 100 ether);
        vm.assertEq(pool.subnetAlphaIn(), 100 ether);
        vm.assertEq(uint8(pool.mechanism()), uint8(SubnetTypes.MechanismType.Dynamic));
        vm.assertEq(pool.subnetContract(), address(subnets));
        vm.assertEq(factory.getPool(netuid), address(pool));
    }

    function test_registrationIsAnnounced() public {
        payForSubnet();
        vm.recordLogs();
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetwork("Sums", "", "Sum", "SUM");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.topics[0], ISubnetManager.NetworkRegistered.selector);
        vm.assertEq(last.topics[1], bytes32(uint256(netuid)));
        vm.assertEq(last.topics[2], bytes32(uint256(uint160(subnetOwner))));
        (address alpha, address pool, uint256 locked, uint256 pooled, uint256 burned, string memory name,) = abi.decode(
            last.data, (address, address, uint256, uint256, uint256, string, SubnetTypes.SubnetHyperparams)
        );
        vm.assertEq(alpha, address(alphaOf(netuid)));
        vm.assertEq(pool, address(poolOf(netuid)));
        vm.assertEq(locked, 100 ether);
        vm.assertEq(pooled, 100 ether);
        vm.assertEq(burned, 0);
        vm.assertEq(name, "Sums");
    }

    function test_costAboveTheMinimumIsBurned() public {
        newInactiveSubnet();
        payForSubnet();
        uint256 cost = subnets.getNetworkLockCost();
        vm.assertGt(cost, 100 ether);
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetwork("Second", "", "Two", "TWO");
        vm.assertEq(subnets.getSubnetInfo(netuid).burnedAmount, cost - 100 ether);
        vm.assertEq(whetu.balanceOf(BURN_ADDRESS), cost - 100 ether);
        vm.assertEq(whetu.balanceOf(subnetOwner), 0);
    }

    function testFuzz_lockCostFollowsTheFormula(uint256 blocksPassed) public {
        newInactiveSubnet();
        blocksPassed = clamp(blocksPassed, 0, 60_000);
        skipBlocks(blocksPassed);
        uint256 reduction = uint256(100 ether) * blocksPassed / 14_400;
        uint256 falling = reduction >= 200 ether ? 0 : 200 ether - reduction;
        vm.assertEq(subnets.getNetworkLockCost(), falling > 100 ether ? falling : 100 ether);
    }

    function test_registrationIsRateLimited() public {
        giveWhetu(stranger, 100 ether);
        approveWhetu(stranger, address(subnets), 100 ether);
        skipBlocks(100);
        vm.prank(stranger);
        expectReason("RATE_LIMIT_EXCEEDED");
        subnets.registerNetwork("Sums", "", "Sum", "SUM");
        skipBlocks(1);
        vm.prank(stranger);
        subnets.registerNetwork("Sums", "", "Sum", "SUM");
    }

    function test_registrationNeedsTexts() public {
        payForSubnet();
        vm.startPrank(subnetOwner);
        expectReason("EMPTY_NAME");
        subnets.registerNetwork("", "", "Sum", "SUM");
        expectReason("EMPTY_TOKEN_NAME");
        subnets.registerNetwork("Sums", "", "", "SUM");
        expectReason("EMPTY_TOKEN_SYMBOL");
        subnets.registerNetwork("Sums", "", "Sum", "");
    }

    function test_registrationNeedsTheWholeLockCostApproved() public {
        skipBlocks(101);
        giveWhetu(stranger, 100 ether);
        approveWhetu(stranger, address(subnets), 99 ether);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(subnets), 99 ether, 100 ether
            )
        );
        subnets.registerNetwork("Sums", "", "Sum", "SUM");
    }

    function test_activationIsTheSubnetOwnersOnce() public {
        uint16 netuid = newInactiveSubnet();
        vm.prank(stranger);
        expectReason("NOT_OWNER");
        subnets.activateSubnet(netuid);
        vm.assertFalse(subnets.isSubnetActive(netuid));
        vm.startPrank(subnetOwner);
        vm.expectEmit(address(subnets));
        emit ISubnetManager.SubnetActivated(netuid, subnetOwner, vm.getBlockTimestamp(), vm.getBlockNumber());
        subnets.activateSubnet(netuid);
        vm.assertTrue(subnets.isSubnetActive(netuid));
        expectReason("SUBNET_ALREADY_ACTIVE");
        subnets.activateSubnet(netuid);
    }

    function test_unknownSubnetsAreRefused() public {
        expectReason("SUBNET_NOT_EXISTS");
        subnets.getSubnetInfo(9);
        expectReason("SUBNET_NOT_EXISTS");
        subnets.getSubnetHyperparams(9);
        expectReason("SUBNET_NOT_EXISTS");
        subnets.getSubnetParams(9);
        expectReason("SUBNET_NOT_EXISTS");
        subnets.getSubnetDetails(9);
        expectReason("SUBNET_NOT_EXISTS");
        subnets.isSubnetActive(9);
        expectReason("SUBNET_NOT_EXISTS");
        subnets.activateSubnet(9);
        expectReason("SUBNET_NOT_EXISTS");
        subnets.addSubnetMinter(9, stranger);
    }

    function test_detailsShowThePool() public {
        uint16 netuid = newInactiveSubnet();
        (SubnetTypes.SubnetInfo memory info, uint256 price, uint256 volume, uint256 hetu, uint256 alpha) =
            subnets.getSubnetDetails(netuid);
        vm.assertEq(info.netuid, netuid);
        vm.assertEq(price, 1 ether);
        vm.assertEq(volume, 0);
        vm.assertEq(hetu, 100 ether);
        vm.assertEq(alpha, 100 ether);
    }

    function test_flaggedRulesReplaceDefaults() public {
        payForSubnet();
        SubnetTypes.SubnetHyperparams memory custom;
        custom.tempo = 20;
        custom.neuronThreshold = 10 ether;
        custom.rho = 999;
        bool[21] memory flags;
        flags[3] = true;
        flags[20] = true;
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetworkWithPartialCustom("Sums", "", "Sum", "SUM", custom, flags);
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        vm.assertEq(rules.tempo, 20);
        vm.assertEq(rules.neuronThreshold, 10 ether);
        vm.assertEq(rules.rho, 10);
        vm.assertEq(rules.validatorThreshold, 500 ether);
    }

    function test_everyFlagSelectsItsOwnRule() public {
        SubnetTypes.SubnetHyperparams memory custom = _unusualRules();
        bytes32 defaults = keccak256(abi.encode(_storedRules(new bool[](21), custom)));
        for (uint256 i = 0; i < 21; ++i) {
            bool[] memory chosen = new bool[](21);
            chosen[i] = true;
            SubnetTypes.SubnetHyperparams memory rules = _storedRules(chosen, custom);
            vm.assertTrue(keccak256(abi.encode(rules)) != defaults);
            vm.assertEq(_word(rules, i), _word(custom, i));
        }
    }

    function test_invalidMergedRulesAreRefused() public {
        payForSubnet();
        SubnetTypes.SubnetHyperparams memory custom;
        bool[21] memory flags;
        flags[3] = true;
        vm.prank(subnetOwner);
        expectReason("INVALID_MERGED_HYPERPARAMS");
        subnets.registerNetworkWithPartialCustom("Sums", "", "Sum", "SUM", custom, flags);
    }

    function test_rulesOutOfBoundsAreRefused() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory defaults = subnets.getSubnetHyperparams(netuid);
        uint256[2][18] memory outside = [
            [uint256(0), 1001],
            [uint256(0), 0],
            [uint256(0), 10_001],
            [uint256(0), 10_001],
            [uint256(0), 129],
            [uint256(0), 50_001],
            [uint256(0), 0],
            [uint256(63), 1001],
            [uint256(0), 1001],
            [uint256(0), 10_001],
            [uint256(0), 0],
            [uint256(0), 0],
            [uint256(0), 101],
            [uint256(0), 11],
            [uint256(0), 10_001],
            [uint256(0), 10_001],
            [uint256(0), 1001],
            [uint256(200 ether - 1), 0]
        ];
        for (uint256 i = 0; i < outside.length; ++i) {
            // The two flags at 15 and 16 take any value.
            uint256 field = i < 15 ? i : i + 2;
            for (uint256 side = 0; side < 2; ++side) {
                SubnetTypes.SubnetHyperparams memory rules = _with(defaults, field, outside[i][side]);
                vm.prank(subnetOwner);
                expectReason("INVALID_HYPERPARAMS");
                subnets.updateSubnetHyperparams(netuid, rules);
            }
        }
        vm.prank(subnetOwner);
        expectReason("INVALID_HYPERPARAMS");
        subnets.updateSubnetHyperparams(netuid, _with(defaults, 20, 0));
    }

    function test_rulesAreNotForStrangers() public {
        uint16 netuid = newSubnet();
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        vm.prank(stranger);
        expectReason("NOT_SUBNET_OWNER");
        subnets.updateSubnetHyperparams(netuid, rules);
        vm.prank(deployer);
        subnets.updateSubnetHyperparams(netuid, rules);
    }

    function test_mintersAreTheSubnetOwners() public {
        uint16 netuid = newSubnet();
        AlphaToken alpha = alphaOf(netuid);
        vm.prank(stranger);
        expectReason("NOT_SUBNET_OWNER");
        subnets.addSubnetMinter(netuid, stranger);
        vm.prank(deployer);
        expectReason("NOT_SUBNET_OWNER");
        subnets.removeSubnetMinter(netuid, stranger);
        vm.startPrank(subnetOwner);
        subnets.addSubnetMinter(netuid, stranger);
        vm.assertTrue(alpha.authorized_minters(stranger));
        subnets.removeSubnetMinter(netuid, stranger);
        vm.assertFalse(alpha.authorized_minters(stranger));
    }

    function test_networkConfigHasBounds() public {
        vm.startPrank(deployer);
        expectReason("INVALID_MIN_LOCK");
        subnets.updateNetworkConfig(1 ether - 1, 100, 1000);
        expectReason("INVALID_MIN_LOCK");
        subnets.updateNetworkConfig(10_000 ether + 1, 100, 1000);
        expectReason("INVALID_RATE_LIMIT");
        subnets.updateNetworkConfig(1 ether, 99, 1000);
        expectReason("INVALID_RATE_LIMIT");
        subnets.updateNetworkConfig(1 ether, 50_001, 1000);
        expectReason("INVALID_INTERVAL");
        subnets.updateNetworkConfig(1 ether, 100, 999);
        expectReason("INVALID_INTERVAL");
        subnets.updateNetworkConfig(1 ether, 100, 100_001);
        vm.expectEmit(address(subnets));
        emit ISubnetManager.NetworkConfigUpdated("networkMinLock", 100 ether, 1 ether, deployer);
        vm.expectEmit(address(subnets));
        emit ISubnetManager.NetworkConfigUpdated("networkRateLimit", 100, 200, deployer);
        vm.expectEmit(address(subnets));
        emit ISubnetManager.NetworkConfigUpdated("lockReductionInterval", 14_400, 1000, deployer);
        subnets.updateNetworkConfig(1 ether, 200, 1000);
        vm.assertEq(subnets.networkMinLock(), 1 ether);
    }

    function test_networkParamsHaveBounds() public {
        vm.startPrank(deployer);
        expectReason("MIN_LOCK_ZERO");
        subnets.updateNetworkParams(0, 1, 1);
        expectReason("RATE_LIMIT_ZERO");
        subnets.updateNetworkParams(1, 0, 1);
        expectReason("REDUCTION_INTERVAL_ZERO");
        subnets.updateNetworkParams(1, 1, 0);
        expectReason("INVALID_MIN_LOCK");
        subnets.updateNetworkParams(10_000 ether + 1, 1, 1);
        expectReason("INVALID_RATE_LIMIT");
        subnets.updateNetworkParams(1, 50_001, 1);
        expectReason("INVALID_INTERVAL");
        subnets.updateNetworkParams(1, 1, 100_001);
        subnets.updateNetworkParams(3, 1, 2);
        vm.assertEq(subnets.networkMinLock(), 3);
        vm.assertEq(subnets.networkRateLimit(), 1);
        vm.assertEq(subnets.lockReductionInterval(), 2);
    }

    function test_resetForgetsTheLastLock() public {
        newInactiveSubnet();
        vm.assertEq(subnets.getNetworkLockCost(), 200 ether);
        vm.prank(deployer);
        vm.expectEmit(address(subnets));
        emit ISubnetManager.NetworkLockStateReset(100 ether, deployer);
        subnets.resetNetworkLockState();
        vm.assertEq(subnets.getNetworkLockCost(), 100 ether);
        vm.assertEq(subnets.networkLastLockBlock(), vm.getBlockNumber());
    }

    function test_networkAdministrationIsTheOwnersAlone() public {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        subnets.updateNetworkConfig(1 ether, 100, 1000);
        vm.expectRevert(refusal);
        subnets.updateNetworkParams(1, 1, 1);
        vm.expectRevert(refusal);
        subnets.resetNetworkLockState();
    }

    function test_publicGettersMatchTheStructs() public {
        uint16 netuid = newSubnet();
        (uint16 id, address owner, address alphaToken, address ammPool,,,,, bool isActive,,) =
            subnets.subnets(netuid);
        vm.assertEq(id, netuid);
        vm.assertEq(owner, subnetOwner);
        vm.assertEq(alphaToken, address(alphaOf(netuid)));
        vm.assertEq(ammPool, address(poolOf(netuid)));
        vm.assertTrue(isActive);
        (bool answered, bytes memory flat) =
            address(subnets).staticcall(abi.encodeWithSelector(subnets.subnetHyperparams.selector, netuid));
        vm.assertTrue(answered);
        vm.assertEq(keccak256(flat), keccak256(abi.encode(subnets.getSubnetHyperparams(netuid))));
    }

    function _storedRules(bool[] memory chosen, SubnetTypes.SubnetHyperparams memory custom)
        private
        returns (SubnetTypes.SubnetHyperparams memory)
    {
        bool[21] memory flags;
        for (uint256 i = 0; i < 21; ++i) {
            flags[i] = chosen[i];
        }
        payForSubnet();
        vm.prank(subnetOwner);
        uint16 netuid = subnets.registerNetworkWithPartialCustom("Sums", "", "Sum", "SUM", custom, flags);
        return subnets.getSubnetHyperparams(netuid);
    }

    // Valid rules that differ from the default in every field, also when only one of them is used.
    function _unusualRules() private pure returns (SubnetTypes.SubnetHyperparams memory) {
        return SubnetTypes.SubnetHyperparams({
            rho: 11,
            kappa: 32_768,
            immunityPeriod: 7201,
            tempo: 100,
            maxValidators: 65,
            activityCutoff: 5001,
            maxAllowedUids: 4097,
            maxAllowedValidators: 129,
            minAllowedWeights: 2,
            maxWeightsLimit: 1001,
            baseNeuronCost: 2 ether,
            currentDifficulty: 10_000_001,
            targetRegsPerInterval: 3,
            maxRegsPerBlock: 2,
            weightsRateLimit: 101,
            registrationAllowed: false,
            commitRevealEnabled: true,
            commitRevealPeriod: 1001,
            servingRateLimit: 51,
            validatorThreshold: 501 ether,
            neuronThreshold: 201 ether
        });
    }

    // Without dynamic members the encoding of the struct is one word for each field.
    function _word(SubnetTypes.SubnetHyperparams memory rules, uint256 field) private pure returns (uint256) {
        uint256[21] memory words = abi.decode(abi.encode(rules), (uint256[21]));
        return words[field];
    }

    function _with(SubnetTypes.SubnetHyperparams memory rules, uint256 field, uint256 value)
        private
        pure
        returns (SubnetTypes.SubnetHyperparams memory)
    {
        uint256[21] memory words = abi.decode(abi.encode(rules), (uint256[21]));
        words[field] = value;
        return abi.decode(abi.encode(words), (SubnetTypes.SubnetHyperparams));
    }
}
