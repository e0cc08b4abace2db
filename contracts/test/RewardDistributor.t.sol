// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {RewardDistributor} from "../src/RewardDistributor.sol";
import {IRewardDistributor} from "../src/interfaces/IRewardDistributor.sol";
import {HetuTest} from "./utils/HetuTest.sol";
import {RewardTree} from "./utils/RewardTree.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

contract RewardDistributorTest is HetuTest {
    uint256 private constant FUNDED = 100 ether;

    address private immutable first = account("first");
    address private immutable second = account("second");
    address private immutable stranger = account("stranger");
    address private immutable guardian = account("guardian");
    uint16 private netuid;
    IERC20 private alpha;

    function setUp() public override {
        super.setUp();
        netuid = newSubnet();
        alpha = IERC20(alphaOf(netuid));
        vm.prank(deployer);
        rewards.setGuardian(guardian, true);
        _fund(netuid, FUNDED);
    }

    function test_leafIsTheOneOfStandardMerkleTrees() public view {
        bytes32 inner = keccak256(abi.encode(netuid, first, uint256(5)));
        vm.assertEq(rewards.leafOf(netuid, first, 5), keccak256(abi.encodePacked(inner)));
    }

    function test_fundingIsCounted() public {
        giveAlpha(netuid, stranger, 3 ether);
        vm.startPrank(stranger);
        alpha.approve(address(rewards), 3 ether);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.ZeroAmount.selector));
        rewards.fund(netuid, 0);
        vm.expectEmit(address(rewards));
        emit IRewardDistributor.RewardsFunded(netuid, stranger, 3 ether, FUNDED + 3 ether);
        rewards.fund(netuid, 3 ether);
        expectReason("SUBNET_NOT_EXISTS");
        rewards.fund(99, 1);
        vm.assertEq(rewards.getRewards(netuid).funded, FUNDED + 3 ether);
        vm.assertEq(address(rewards.rewardToken(netuid)), address(alpha));
    }

    function test_rewardsAreClaimedOnceTheWaitIsOver() public {
        uint256 claimableFrom = vm.getBlockNumber() + ROOT_DELAY;
        bytes32 root = _root(30 ether, 20 ether);
        vm.prank(keeper);
        vm.expectEmit(address(rewards));
        emit IRewardDistributor.RootPublished(netuid, 1, root, 50 ether, claimableFrom);
        rewards.setRoot(netuid, root, 50 ether, 1);
        vm.assertEq(rewards.getRewards(netuid).pendingRoot, root);
        skipBlocks(ROOT_DELAY - 1);
        _expectClaim(
            abi.encodeWithSelector(IRewardDistributor.InvalidProof.selector, netuid, first), 30 ether
        );
        skipBlocks(1);
        vm.assertEq(rewards.getRewards(netuid).root, root);
        vm.assertEq(rewards.getRewards(netuid).pendingRoot, bytes32(0));
        vm.assertEq(rewards.claimable(netuid, first, 30 ether, _proofOfFirst(20 ether)), 30 ether);

        vm.prank(stranger);
        vm.expectEmit(address(rewards));
        emit IRewardDistributor.RewardClaimed(netuid, first, 30 ether, 30 ether);
        vm.assertEq(rewards.claim(netuid, first, 30 ether, _proofOfFirst(20 ether)), 30 ether);
        vm.assertEq(alpha.balanceOf(first), 30 ether);
        vm.assertEq(rewards.claimed(netuid, first), 30 ether);
        vm.assertEq(rewards.getRewards(netuid).claimed, 30 ether);
        vm.assertEq(rewards.claimable(netuid, first, 30 ether, _proofOfFirst(20 ether)), 0);
        _expectClaim(
            abi.encodeWithSelector(IRewardDistributor.NothingToClaim.selector, netuid, first), 30 ether
        );
    }

    function test_laterRootsPayTheDifferenceAndNothingExpires() public {
        _publish(_root(30 ether, 20 ether), 50 ether, 1);
        rewards.claim(netuid, first, 30 ether, _proofOfFirst(20 ether));
        skipBlocks(1_000_000);
        _publish(_root(45 ether, 25 ether), 70 ether, 2);
        rewards.claim(netuid, first, 45 ether, _proofOfFirst(25 ether));
        rewards.claim(netuid, second, 25 ether, _proofOfSecond(45 ether));
        vm.assertEq(alpha.balanceOf(first), 45 ether);
        vm.assertEq(alpha.balanceOf(second), 25 ether);
    }

    function test_claimManyPassesOverWhatIsPaid() public {
        _publish(_root(30 ether, 20 ether), 50 ether, 1);
        rewards.claim(netuid, first, 30 ether, _proofOfFirst(20 ether));
        IRewardDistributor.Claim[] memory claims = new IRewardDistributor.Claim[](2);
        claims[0] = IRewardDistributor.Claim(netuid, first, 30 ether, _proofOfFirst(20 ether));
        claims[1] = IRewardDistributor.Claim(netuid, second, 20 ether, _proofOfSecond(30 ether));
        uint256[] memory paid = rewards.claimMany(claims);
        vm.assertEq(paid[0], 0);
        vm.assertEq(paid[1], 20 ether);
        vm.assertEq(alpha.balanceOf(second), 20 ether);
        claims[0].cumulativeAmount = 31 ether;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.InvalidProof.selector, netuid, first));
        rewards.claimMany(claims);
    }

    function test_proofsAreForOneSubnetAccountAndAmount() public {
        _publish(_root(30 ether, 20 ether), 50 ether, 1);
        bytes memory refusal = abi.encodeWithSelector(IRewardDistributor.InvalidProof.selector, netuid, first);
        _expectClaim(refusal, 31 ether);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.InvalidProof.selector, netuid, stranger));
        rewards.claim(netuid, stranger, 30 ether, _proofOfFirst(20 ether));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.InvalidProof.selector, 2, first));
        rewards.claim(2, first, 30 ether, _proofOfFirst(20 ether));
        vm.assertEq(rewards.claimable(netuid, first, 31 ether, _proofOfFirst(20 ether)), 0);
    }

    function test_noRootMeansNoClaim() public {
        bytes32[] memory none = new bytes32[](0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.InvalidProof.selector, netuid, first));
        rewards.claim(netuid, first, 1, none);
    }

    function test_rootsAreTheKeepers() public {
        vm.prank(deployer);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotKeeper.selector, deployer));
        rewards.setRoot(netuid, "root", 1, 1);
        vm.prank(deployer);
        vm.expectEmit(address(rewards));
        emit IRewardDistributor.KeeperUpdated(keeper, false);
        rewards.setKeeper(keeper, false);
        _expectRoot(abi.encodeWithSelector(IRewardDistributor.NotKeeper.selector, keeper), "root", 1, 1);
    }

    function test_rootsOnlyGrowWithinTheFunds() public {
        _expectRoot(abi.encodeWithSelector(IRewardDistributor.EmptyRoot.selector), bytes32(0), 1, 1);
        _expectRoot(
            abi.encodeWithSelector(IRewardDistributor.TotalNotFunded.selector, FUNDED + 1, FUNDED),
            "root",
            FUNDED + 1,
            1
        );
        _publish("one", 50 ether, 7);
        _expectRoot(abi.encodeWithSelector(IRewardDistributor.EpochNotNew.selector, 7, 7), "two", 50 ether, 7);
        _expectRoot(
            abi.encodeWithSelector(IRewardDistributor.TotalFell.selector, 50 ether - 1, 50 ether),
            "two",
            50 ether - 1,
            8
        );
        uint256 claimableFrom = vm.getBlockNumber() + ROOT_DELAY;
        vm.prank(keeper);
        rewards.setRoot(netuid, "two", 50 ether, 8);
        _expectRoot(
            abi.encodeWithSelector(IRewardDistributor.RootPending.selector, claimableFrom),
            "three",
            50 ether,
            9
        );
    }

    function test_rootWithLeavesBeyondItsTotalPaysNoMoreThanTheTotal() public {
        _publish(_root(60 ether, 60 ether), 100 ether, 1);
        rewards.claim(netuid, first, 60 ether, _proofOfFirst(60 ether));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.TotalExceeded.selector, 60 ether, 40 ether));
        rewards.claim(netuid, second, 60 ether, _proofOfSecond(60 ether));
        vm.assertEq(rewards.claimable(netuid, second, 60 ether, _proofOfSecond(60 ether)), 0);
    }

    function test_badRootIsVetoedWhileItWaits() public {
        _publish(_root(30 ether, 20 ether), 50 ether, 1);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NoPendingRoot.selector, netuid));
        rewards.vetoRoot(netuid);
        vm.prank(keeper);
        rewards.setRoot(netuid, "bad", 100 ether, 2);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotGuardian.selector, stranger));
        rewards.vetoRoot(netuid);
        vm.prank(guardian);
        vm.expectEmit(address(rewards));
        emit IRewardDistributor.RootVetoed(netuid, 2, "bad", guardian);
        rewards.vetoRoot(netuid);
        skipBlocks(ROOT_DELAY);
        vm.assertEq(rewards.getRewards(netuid).epoch, 1);
        rewards.claim(netuid, first, 30 ether, _proofOfFirst(20 ether));
        _publish(_root(31 ether, 20 ether), 51 ether, 2);
        vm.assertEq(rewards.getRewards(netuid).total, 51 ether);
    }

    function test_pauseStopsClaimsAlone() public {
        _publish(_root(30 ether, 20 ether), 50 ether, 1);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotGuardian.selector, stranger));
        rewards.pause();
        vm.prank(guardian);
        rewards.pause();
        _expectClaim(abi.encodeWithSelector(Pausable.EnforcedPause.selector), 30 ether);
        vm.expectRevert(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        rewards.claimMany(new IRewardDistributor.Claim[](0));
        vm.assertEq(rewards.claimable(netuid, first, 30 ether, _proofOfFirst(20 ether)), 0);
        _fund(netuid, 1 ether);
        _publish(_root(30 ether, 21 ether), 51 ether, 2);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        rewards.unpause();
        vm.prank(deployer);
        rewards.unpause();
        rewards.claim(netuid, first, 30 ether, _proofOfFirst(21 ether));
    }

    function test_delayIsTheOwnersWithinBounds() public {
        vm.startPrank(deployer);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.DelayTooLong.selector, 50_401, 50_400));
        rewards.setRootDelay(50_401);
        vm.expectEmit(address(rewards));
        emit IRewardDistributor.RootDelayUpdated(ROOT_DELAY, 0);
        rewards.setRootDelay(0);
        vm.stopPrank();
        vm.prank(keeper);
        rewards.setRoot(netuid, _root(30 ether, 20 ether), 50 ether, 1);
        rewards.claim(netuid, first, 30 ether, _proofOfFirst(20 ether));
        vm.assertEq(rewards.rootDelay(), 0);
    }

    function test_administrationIsTheOwnersAlone() public {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        rewards.setKeeper(stranger, true);
        vm.expectRevert(refusal);
        rewards.setGuardian(stranger, true);
        vm.expectRevert(refusal);
        rewards.setRootDelay(1);
    }

    function test_subnetsDoNotPayForEachOther() public {
        uint16 poor = newSubnet();
        bytes32 root = RewardTree.leaf(poor, first, 10 ether);
        _expectRootOf(
            poor, abi.encodeWithSelector(IRewardDistributor.TotalNotFunded.selector, 10 ether, 0), root
        );
        _fund(poor, 10 ether);
        vm.prank(keeper);
        rewards.setRoot(poor, root, 10 ether, 1);
        skipBlocks(ROOT_DELAY);
        rewards.claim(poor, first, 10 ether, new bytes32[](0));
        vm.assertEq(alphaOf(poor).balanceOf(first), 10 ether);
        vm.assertEq(alpha.balanceOf(first), 0);
    }

    function testFuzz_claimsNeverExceedTheTotal(uint256 a, uint256 b, uint256 total) public {
        a = clamp(a, 0, 200 ether);
        b = clamp(b, 0, 200 ether);
        total = clamp(total, 0, FUNDED);
        _publish(_root(a, b), total, 1);
        uint256 payable1 = rewards.claimable(netuid, first, a, _proofOfFirst(b));
        vm.assertEq(payable1, a > total ? 0 : a);
        if (payable1 > 0) rewards.claim(netuid, first, a, _proofOfFirst(b));
        uint256 payable2 = rewards.claimable(netuid, second, b, _proofOfSecond(a));
        vm.assertEq(payable2, b > total - payable1 ? 0 : b);
        if (payable2 > 0) rewards.claim(netuid, second, b, _proofOfSecond(a));
        vm.assertEq(alpha.balanceOf(address(rewards)), FUNDED - payable1 - payable2);
    }

    function test_constructorRefusesMissingAddresses() public {
        bytes memory refusal = abi.encodeWithSelector(IRewardDistributor.ZeroAddress.selector);
        vm.expectRevert(refusal);
        new RewardDistributor(address(0), deployer, keeper, 0);
        vm.expectRevert(refusal);
        new RewardDistributor(address(subnets), deployer, address(0), 0);
    }

    function _fund(uint16 subnet, uint256 amount) private {
        giveAlpha(subnet, deployer, amount);
        IERC20 token = IERC20(alphaOf(subnet));
        vm.startPrank(deployer);
        token.approve(address(rewards), amount);
        rewards.fund(subnet, amount);
        vm.stopPrank();
    }

    function _publish(bytes32 root, uint256 total, uint64 epoch) private {
        vm.prank(keeper);
        rewards.setRoot(netuid, root, total, epoch);
        skipBlocks(ROOT_DELAY);
    }

    function _expectRoot(bytes memory refusal, bytes32 root, uint256 total, uint64 epoch) private {
        vm.prank(keeper);
        vm.expectRevert(refusal);
        rewards.setRoot(netuid, root, total, epoch);
    }

    function _expectRootOf(uint16 subnet, bytes memory refusal, bytes32 root) private {
        vm.prank(keeper);
        vm.expectRevert(refusal);
        rewards.setRoot(subnet, root, 10 ether, 1);
    }

    function _expectClaim(bytes memory refusal, uint256 amount) private {
        vm.expectRevert(refusal);
        rewards.claim(netuid, first, amount, _proofOfFirst(20 ether));
    }

    function _root(uint256 ofFirst, uint256 ofSecond) private view returns (bytes32) {
        return
            RewardTree.root(
                RewardTree.leaf(netuid, first, ofFirst), RewardTree.leaf(netuid, second, ofSecond)
            );
    }

    function _proofOfFirst(uint256 ofSecond) private view returns (bytes32[] memory) {
        return RewardTree.proof(RewardTree.leaf(netuid, second, ofSecond));
    }

    function _proofOfSecond(uint256 ofFirst) private view returns (bytes32[] memory) {
        return RewardTree.proof(RewardTree.leaf(netuid, first, ofFirst));
    }
}
