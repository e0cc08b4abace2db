// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TwoStepOwner} from "./TwoStepOwner.sol";
import {IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {ISubnetManager} from "./interfaces/ISubnetManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title RewardDistributor
/// @notice Pays the rewards of every subnet in its alpha token, by cumulative Merkle roots.
/// @dev Whatever a keeper publishes, claims on a subnet never exceed what was paid in for that subnet.
contract RewardDistributor is IRewardDistributor, TwoStepOwner, Pausable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Longest wait before a root becomes claimable, in blocks.
    uint64 public constant MAX_ROOT_DELAY = 50_400;

    /// @notice The register of subnets, which knows their tokens.
    ISubnetManager public immutable subnetManager;

    /// @inheritdoc IRewardDistributor
    uint64 public rootDelay;

    /// @inheritdoc IRewardDistributor
    mapping(address account => bool allowed) public isKeeper;

    /// @inheritdoc IRewardDistributor
    mapping(address account => bool allowed) public isGuardian;

    /// @inheritdoc IRewardDistributor
    mapping(uint16 netuid => mapping(address account => uint256 amount)) public claimed;

    mapping(uint16 netuid => SubnetRewards rewards) private _rewards;

    modifier onlyKeeper() {
        if (!isKeeper[msg.sender]) revert NotKeeper(msg.sender);
        _;
    }

    modifier onlyGuardian() {
        if (!isGuardian[msg.sender] && msg.sender != owner()) revert NotGuardian(msg.sender);
        _;
    }

    /// @notice Creates the contract without rewards.
    /// @param _subnetManager Register of subnets.
    /// @param _initialOwner Account that administers the contract.
    /// @param _keeper First keeper.
    /// @param _rootDelay Blocks before a root becomes claimable.
    constructor(address _subnetManager, address _initialOwner, address _keeper, uint64 _rootDelay)
        TwoStepOwner(_initialOwner)
    {
        if (_subnetManager == address(0) || _keeper == address(0)) revert ZeroAddress();
        subnetManager = ISubnetManager(_subnetManager);
        _setKeeper(_keeper, true);
        _setRootDelay(_rootDelay);
    }

    /// @inheritdoc IRewardDistributor
    function fund(uint16 netuid, uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        IERC20 token = rewardToken(netuid);
        uint256 totalFunded = _rewards[netuid].funded + amount;
        _rewards[netuid].funded = totalFunded;
        emit RewardsFunded(netuid, msg.sender, amount, totalFunded);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IRewardDistributor
    function setRoot(uint16 netuid, bytes32 root, uint256 totalCumulative, uint64 epoch) external onlyKeeper {
        SubnetRewards memory rewards = _settled(netuid);
        if (root == bytes32(0)) revert EmptyRoot();
        if (rewards.pendingRoot != bytes32(0)) revert RootPending(rewards.claimableFrom);
        if (rewards.root != bytes32(0) && epoch <= rewards.epoch) revert EpochNotNew(epoch, rewards.epoch);
        if (totalCumulative < rewards.total) revert TotalFell(totalCumulative, rewards.total);
        if (totalCumulative > rewards.funded) revert TotalNotFunded(totalCumulative, rewards.funded);
        rewards.pendingRoot = root;
        rewards.pendingTotal = totalCumulative;
        rewards.pendingEpoch = epoch;
        rewards.claimableFrom = uint64(block.number) + rootDelay;
        _rewards[netuid] = rewards;
        emit RootPublished(netuid, epoch, root, totalCumulative, rewards.claimableFrom);
    }

    /// @inheritdoc IRewardDistributor
    function vetoRoot(uint16 netuid) external onlyGuardian {
        SubnetRewards memory rewards = _settled(netuid);
        if (rewards.pendingRoot == bytes32(0)) revert NoPendingRoot(netuid);
        emit RootVetoed(netuid, rewards.pendingEpoch, rewards.pendingRoot, msg.sender);
        _dropPending(rewards);
        _rewards[netuid] = rewards;
    }

    /// @inheritdoc IRewardDistributor
    function claim(uint16 netuid, address account, uint256 cumulativeAmount, bytes32[] calldata proof)
        external
        whenNotPaused
        nonReentrant
        returns (uint256 paid)
    {
        paid = _claim(netuid, account, cumulativeAmount, proof);
        if (paid == 0) revert NothingToClaim(netuid, account);
    }

    /// @inheritdoc IRewardDistributor
    function claimMany(Claim[] calldata claims)
        external
        whenNotPaused
        nonReentrant
        returns (uint256[] memory paid)
    {
        paid = new uint256[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata entry = claims[i];
            paid[i] = _claim(entry.netuid, entry.account, entry.cumulativeAmount, entry.proof);
        }
    }

    /// @inheritdoc IRewardDistributor
    function setKeeper(address keeper, bool allowed) external onlyOwner {
        _setKeeper(keeper, allowed);
    }

    /// @inheritdoc IRewardDistributor
    function setGuardian(address guardian, bool allowed) external onlyOwner {
        isGuardian[guardian] = allowed;
        emit GuardianUpdated(guardian, allowed);
    }

    /// @inheritdoc IRewardDistributor
    function setRootDelay(uint64 newDelay) external onlyOwner {
        _setRootDelay(newDelay);
    }

    /// @inheritdoc IRewardDistributor
    function pause() external onlyGuardian {
        _pause();
    }

    /// @inheritdoc IRewardDistributor
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @inheritdoc IRewardDistributor
    function getRewards(uint16 netuid) external view returns (SubnetRewards memory) {
        return _settled(netuid);
    }

    /// @inheritdoc IRewardDistributor
    function claimable(uint16 netuid, address account, uint256 cumulativeAmount, bytes32[] calldata proof)
        external
        view
        returns (uint256)
    {
        SubnetRewards memory rewards = _settled(netuid);
        if (paused() || !_proves(rewards.root, netuid, account, cumulativeAmount, proof)) return 0;
        uint256 due = Math.saturatingSub(cumulativeAmount, claimed[netuid][account]);
        return due > rewards.total - rewards.claimed ? 0 : due;
    }

    /// @notice The token that a subnet's rewards are paid in. Reverts SUBNET_NOT_EXISTS.
    /// @param netuid Subnet.
    /// @return Its alpha token.
    function rewardToken(uint16 netuid) public view returns (IERC20) {
        return IERC20(subnetManager.getSubnetInfo(netuid).alphaToken);
    }

    /// @inheritdoc IRewardDistributor
    function leafOf(uint16 netuid, address account, uint256 cumulativeAmount) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(netuid, account, cumulativeAmount))));
    }

    function _claim(uint16 netuid, address account, uint256 cumulativeAmount, bytes32[] calldata proof)
        private
        returns (uint256 paid)
    {
        SubnetRewards memory rewards = _settled(netuid);
        if (!_proves(rewards.root, netuid, account, cumulativeAmount, proof)) {
            revert InvalidProof(netuid, account);
        }
        paid = Math.saturatingSub(cumulativeAmount, claimed[netuid][account]);
        if (paid == 0) return 0;
        uint256 left = rewards.total - rewards.claimed;
        if (paid > left) revert TotalExceeded(paid, left);
        claimed[netuid][account] = cumulativeAmount;
        _rewards[netuid].claimed += paid;
        emit RewardClaimed(netuid, account, paid, cumulativeAmount);
        rewardToken(netuid).safeTransfer(account, paid);
    }

    function _setKeeper(address keeper, bool allowed) private {
        isKeeper[keeper] = allowed;
        emit KeeperUpdated(keeper, allowed);
    }

    function _setRootDelay(uint64 newDelay) private {
        if (newDelay > MAX_ROOT_DELAY) revert DelayTooLong(newDelay, MAX_ROOT_DELAY);
        emit RootDelayUpdated(rootDelay, newDelay);
        rootDelay = newDelay;
    }

    /// @dev What is stored, except that a root whose wait is over has taken the place of the one before.
    function _settled(uint16 netuid) private view returns (SubnetRewards memory rewards) {
        rewards = _rewards[netuid];
        if (rewards.pendingRoot == bytes32(0) || block.number < rewards.claimableFrom) return rewards;
        rewards.root = rewards.pendingRoot;
        rewards.total = rewards.pendingTotal;
        rewards.epoch = rewards.pendingEpoch;
        _dropPending(rewards);
    }

    function _dropPending(SubnetRewards memory rewards) private pure {
        rewards.pendingRoot = bytes32(0);
        rewards.pendingTotal = 0;
        rewards.pendingEpoch = 0;
        rewards.claimableFrom = 0;
    }

    function _proves(
        bytes32 root,
        uint16 netuid,
        address account,
        uint256 cumulativeAmount,
        bytes32[] calldata proof
    ) private pure returns (bool) {
        return root != bytes32(0)
            && MerkleProof.verifyCalldata(proof, root, leafOf(netuid, account, cumulativeAmount));
    }
}
