// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../../src/AlphaToken.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";
import {RewardTree} from "./RewardTree.sol";
import {Vm} from "./Vm.sol";

/// @notice A keeper that publishes roots of any leaves, honest or not, and accounts that claim what they can.
contract RewardHandler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant FIRST = address(0xa1);
    address private constant SECOND = address(0xa2);

    RewardDistributor private immutable rewards;
    AlphaToken private immutable alpha;
    uint16 private immutable netuid;
    address private immutable keeper;
    address private immutable guardian;
    uint256 private published = 1;
    uint256[2] private leavesNow;
    uint256[2] private leavesNext;

    constructor(RewardDistributor _rewards, AlphaToken _alpha, address _keeper, address _guardian) {
        rewards = _rewards;
        alpha = _alpha;
        netuid = _alpha.netuid();
        keeper = _keeper;
        guardian = _guardian;
    }

    function fund(uint256 amount) external {
        amount = 1 + amount % 100 ether;
        vm.prank(alpha.owner());
        alpha.mint(address(this), amount);
        alpha.approve(address(rewards), amount);
        rewards.fund(netuid, amount);
    }

    function publish(uint256 a, uint256 b, uint256 total) external {
        IRewardDistributor.SubnetRewards memory state = rewards.getRewards(netuid);
        if (state.pendingRoot != bytes32(0)) return;
        leavesNow = leavesNext;
        uint256[2] memory leaves = [a % (2 * state.funded + 1), b % (2 * state.funded + 1)];
        vm.prank(keeper);
        rewards.setRoot(
            netuid,
            RewardTree.root(_leaf(FIRST, leaves[0]), _leaf(SECOND, leaves[1])),
            state.total + total % (state.funded - state.total + 1),
            uint64(++published)
        );
        leavesNext = leaves;
    }

    function veto() external {
        if (rewards.getRewards(netuid).pendingRoot == bytes32(0)) return;
        vm.prank(guardian);
        rewards.vetoRoot(netuid);
        leavesNext = leavesNow;
    }

    function wait(uint256 blocks) external {
        vm.roll(vm.getBlockNumber() + blocks % 200);
    }

    function claim(bool ofFirst) external {
        (address account, address other) = ofFirst ? (FIRST, SECOND) : (SECOND, FIRST);
        uint256[2] memory leaves =
            rewards.getRewards(netuid).pendingRoot == bytes32(0) ? leavesNext : leavesNow;
        (uint256 own, uint256 others) = ofFirst ? (leaves[0], leaves[1]) : (leaves[1], leaves[0]);
        bytes32[] memory proof = RewardTree.proof(_leaf(other, others));
        uint256 expected = rewards.claimable(netuid, account, own, proof);
        // Refused claims are tried as well: it is the refusal that keeps the books in order.
        try rewards.claim(netuid, account, own, proof) returns (uint256 paid) {
            require(paid == expected, "a claim paid other than foretold");
        } catch {
            require(expected == 0, "a claim was refused that was foretold");
        }
    }

    function paidOut() external view returns (uint256) {
        return alpha.balanceOf(FIRST) + alpha.balanceOf(SECOND);
    }

    function recorded() external view returns (uint256) {
        return rewards.claimed(netuid, FIRST) + rewards.claimed(netuid, SECOND);
    }

    function _leaf(address account, uint256 amount) private view returns (bytes32) {
        return RewardTree.leaf(netuid, account, amount);
    }
}
