// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../src/SubnetTypes.sol";
import {IWeights} from "../src/interfaces/IWeights.sol";
import {HetuTest} from "./utils/HetuTest.sol";

contract CommitRevealTest is HetuTest {
    uint256 private constant PERIOD = 10;
    bytes32 private constant SALT = "salt";

    uint16 private netuid;
    address private validator;
    address private miner;
    address private other;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        validator = newValidator(netuid, "validator");
        other = newValidator(netuid, "other");
        miner = newMiner(netuid, "miner");
        _requireCommitments(true);
    }

    function test_commitmentIsTheHashOfAllItStandsFor() public {
        SubnetTypes.Weight[] memory row = _row(7);
        bytes32 expected =
            keccak256(abi.encode(block.chainid, address(weights), netuid, validator, row, uint256(3), SALT));
        vm.assertEq(weights.commitmentOf(netuid, validator, row, 3, SALT), expected);
        vm.assertTrue(weights.commitmentOf(netuid, other, row, 3, SALT) != expected);
        vm.chainId(99);
        vm.assertTrue(weights.commitmentOf(netuid, validator, row, 3, SALT) != expected);
    }

    function test_rowIsCommittedAndRevealed() public {
        uint256 start = vm.getBlockNumber();
        bytes32 commitment = _commitment(7, 0);
        vm.prank(validator);
        vm.expectEmit(address(weights));
        emit IWeights.WeightsCommitted(netuid, validator, commitment, start + PERIOD, start + 2 * PERIOD);
        weights.commitWeights(netuid, commitment);
        (bytes32 kept, uint64 revealFrom, uint64 revealUntil) = weights.commitments(netuid, validator);
        vm.assertEq(kept, commitment);
        vm.assertEq(revealFrom, start + PERIOD);
        vm.assertEq(revealUntil, start + 2 * PERIOD);

        skipBlocks(PERIOD);
        vm.expectEmit(address(weights));
        emit IWeights.WeightsRevealed(netuid, validator, commitment, 0);
        vm.expectEmit(address(weights));
        emit IWeights.WeightsSet(netuid, validator, _row(7));
        _reveal(7, 0);
        vm.assertEq(weights.weights(netuid, validator, miner), 7);
        vm.assertEq(weights.lastSet(netuid, validator), vm.getBlockNumber());
        (kept,,) = weights.commitments(netuid, validator);
        vm.assertEq(kept, bytes32(0));
    }

    function testFuzz_windowOpensAndCloses(uint256 blocks) public {
        _commit(_commitment(7, 0));
        uint256 start = vm.getBlockNumber();
        blocks = clamp(blocks, 0, 3 * PERIOD);
        skipBlocks(blocks);
        if (blocks < PERIOD) {
            _expectReveal(abi.encodeWithSelector(IWeights.RevealTooEarly.selector, start + PERIOD), 7, 0);
        } else if (blocks > 2 * PERIOD) {
            _expectReveal(abi.encodeWithSelector(IWeights.RevealTooLate.selector, start + 2 * PERIOD), 7, 0);
        } else {
            _reveal(7, 0);
            vm.assertEq(weights.weights(netuid, validator, miner), 7);
        }
    }

    function test_anotherRowThanTheCommittedOneIsRefused() public {
        _commit(_commitment(7, 0));
        skipBlocks(PERIOD);
        _expectReveal(
            abi.encodeWithSelector(
                IWeights.CommitmentMismatch.selector, _commitment(8, 0), _commitment(7, 0)
            ),
            8,
            0
        );
        _reveal(7, 0);
    }

    function test_commitmentsOfOthersAreOfNoUse() public {
        bytes32 seen = _commitment(7, 0);
        _commit(seen);
        vm.prank(other);
        weights.commitWeights(netuid, seen);
        skipBlocks(PERIOD);
        bytes32 own = weights.commitmentOf(netuid, other, _row(7), 0, SALT);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IWeights.CommitmentMismatch.selector, own, seen));
        weights.revealWeights(netuid, _row(7), 0, SALT);
    }

    function test_oneCommitmentAtATimeUntilItExpires() public {
        _commit(_commitment(7, 0));
        uint256 revealUntil = vm.getBlockNumber() + 2 * PERIOD;
        skipBlocks(2 * PERIOD);
        bytes32 next = _commitment(8, 0);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.CommitmentOpen.selector, revealUntil));
        weights.commitWeights(netuid, next);
        skipBlocks(1);
        _commit(next);
        skipBlocks(PERIOD);
        _reveal(8, 0);
        _expectReveal(abi.encodeWithSelector(IWeights.NoCommitment.selector, netuid, validator), 8, 0);
    }

    function test_committingNeedsAnActiveValidatorACommitmentAndASubnetThatAsksForIt() public {
        bytes32 commitment = _commitment(7, 0);
        vm.prank(miner);
        vm.expectRevert(abi.encodeWithSelector(IWeights.NotActiveValidator.selector, netuid, miner));
        weights.commitWeights(netuid, commitment);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.EmptyCommitment.selector));
        weights.commitWeights(netuid, bytes32(0));
        _requireCommitments(false);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.CommitRevealDisabled.selector, netuid));
        weights.commitWeights(netuid, commitment);
    }

    function test_revealingNeedsAnActiveValidator() public {
        _commit(_commitment(7, 0));
        skipBlocks(PERIOD);
        deallocate(validator, netuid, 1);
        _expectReveal(abi.encodeWithSelector(IWeights.NotActiveValidator.selector, netuid, validator), 7, 0);
        allocate(validator, netuid, VALIDATOR_STAKE);
        _reveal(7, 0);
    }

    function test_rateLimitHoldsForReveals() public {
        _commit(_commitment(7, 0));
        skipBlocks(PERIOD);
        _reveal(7, 0);
        uint256 nextAllowedBlock = vm.getBlockNumber() + 100;
        skipBlocks(100 - PERIOD - 1);
        bytes32 next = _commitment(8, 0);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.WeightsRateLimited.selector, nextAllowedBlock));
        weights.commitWeights(netuid, next);
        skipBlocks(1);
        _commit(next);
        skipBlocks(PERIOD);
        _reveal(8, 0);
    }

    function test_windowOfACommitmentStaysWhenTheRulesChange() public {
        _commit(_commitment(7, 0));
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.commitRevealPeriod = 1000;
        rules.commitRevealEnabled = false;
        setRules(netuid, rules);
        skipBlocks(PERIOD);
        _reveal(7, 0);
        vm.assertEq(weights.weights(netuid, validator, miner), 7);
    }

    function test_versionKeyIsTheSubnetOwners() public {
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.NotSubnetOwner.selector, netuid, validator));
        weights.setWeightsVersionKey(netuid, 5);
        expectReason("SUBNET_NOT_EXISTS");
        weights.setWeightsVersionKey(99, 5);
        vm.prank(subnetOwner);
        vm.expectEmit(address(weights));
        emit IWeights.WeightsVersionKeySet(netuid, 0, 5);
        weights.setWeightsVersionKey(netuid, 5);
        vm.assertEq(weights.weightsVersionKey(netuid), 5);
    }

    function test_rowsOfOldRulesAreRefused() public {
        _requireCommitments(false);
        vm.prank(subnetOwner);
        weights.setWeightsVersionKey(netuid, 5);
        vm.startPrank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.WeightsVersionTooOld.selector, 0, 5));
        weights.setWeights(netuid, _row(7));
        vm.expectRevert(abi.encodeWithSelector(IWeights.WeightsVersionTooOld.selector, 4, 5));
        weights.setWeights(netuid, _row(7), 4);
        weights.setWeights(netuid, _row(7), 5);
        vm.assertEq(weights.weights(netuid, validator, miner), 7);
    }

    function test_revealedRowsOfOldRulesAreRefused() public {
        _commit(_commitment(7, 4));
        vm.prank(subnetOwner);
        weights.setWeightsVersionKey(netuid, 5);
        skipBlocks(PERIOD);
        _expectReveal(abi.encodeWithSelector(IWeights.WeightsVersionTooOld.selector, 4, 5), 7, 4);
    }

    function test_plainRowsAreRefusedWithAVersionKeyToo() public {
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IWeights.CommitRevealRequired.selector, netuid));
        weights.setWeights(netuid, _row(7), 1);
    }

    function _requireCommitments(bool required) private {
        SubnetTypes.SubnetHyperparams memory rules = subnets.getSubnetHyperparams(netuid);
        rules.commitRevealEnabled = required;
        rules.commitRevealPeriod = uint64(PERIOD);
        setRules(netuid, rules);
    }

    function _commitment(uint256 weight, uint256 versionKey) private view returns (bytes32) {
        return weights.commitmentOf(netuid, validator, _row(weight), versionKey, SALT);
    }

    function _commit(bytes32 commitment) private {
        vm.prank(validator);
        weights.commitWeights(netuid, commitment);
    }

    function _reveal(uint256 weight, uint256 versionKey) private {
        vm.prank(validator);
        weights.revealWeights(netuid, _row(weight), versionKey, SALT);
    }

    function _expectReveal(bytes memory refusal, uint256 weight, uint256 versionKey) private {
        vm.prank(validator);
        vm.expectRevert(refusal);
        weights.revealWeights(netuid, _row(weight), versionKey, SALT);
    }

    function _row(uint256 weight) private view returns (SubnetTypes.Weight[] memory row) {
        row = new SubnetTypes.Weight[](1);
        row[0] = SubnetTypes.Weight(miner, weight);
    }
}
