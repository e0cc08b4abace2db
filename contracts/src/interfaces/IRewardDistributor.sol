// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title IRewardDistributor
/// @notice Pays the rewards of every subnet in its alpha token. A keeper publishes Merkle roots of cumulative
/// rewards; whoever is named in a leaf can be paid at any time, for there is no expiry. Amounts are in wei.
interface IRewardDistributor {
    /// @notice The rewards of one subnet.
    /// @param funded Sum paid in so far.
    /// @param claimed Sum paid out so far.
    /// @param root Claimable root, zero before the first.
    /// @param total Sum that all claims under the root may reach.
    /// @param epoch Epoch that the root closes.
    /// @param pendingRoot Root that is not claimable yet, zero if there is none.
    /// @param pendingTotal Its total.
    /// @param pendingEpoch Its epoch.
    /// @param claimableFrom First block in which it is claimable.
    struct SubnetRewards {
        uint256 funded;
        uint256 claimed;
        bytes32 root;
        uint256 total;
        bytes32 pendingRoot;
        uint256 pendingTotal;
        uint64 epoch;
        uint64 pendingEpoch;
        uint64 claimableFrom;
    }

    /// @notice One entry of `claimMany`.
    /// @param netuid Subnet.
    /// @param account Receiver.
    /// @param cumulativeAmount All that the account has earned on the subnet so far.
    /// @param proof Path from the leaf to the root.
    struct Claim {
        uint16 netuid;
        address account;
        uint256 cumulativeAmount;
        bytes32[] proof;
    }

    /// @notice Rewards were paid in.
    /// @param netuid Subnet.
    /// @param funder Account that paid.
    /// @param amount Payment.
    /// @param totalFunded Sum paid in so far, this payment included.
    event RewardsFunded(uint16 indexed netuid, address indexed funder, uint256 amount, uint256 totalFunded);

    /// @notice A root was published.
    /// @param netuid Subnet.
    /// @param epoch Epoch that it closes.
    /// @param root Root.
    /// @param totalCumulative Sum of all leaves.
    /// @param claimableFrom First block in which it is claimable.
    event RootPublished(
        uint16 indexed netuid,
        uint64 indexed epoch,
        bytes32 root,
        uint256 totalCumulative,
        uint256 claimableFrom
    );

    /// @notice A root was withdrawn before it became claimable.
    /// @param netuid Subnet.
    /// @param epoch Epoch that it was to close.
    /// @param root Root.
    /// @param guardian Account that did it.
    event RootVetoed(uint16 indexed netuid, uint64 indexed epoch, bytes32 root, address indexed guardian);

    /// @notice Rewards were paid out.
    /// @param netuid Subnet.
    /// @param account Receiver.
    /// @param amount Payment.
    /// @param cumulativeAmount Sum the account has been paid so far, this payment included.
    event RewardClaimed(
        uint16 indexed netuid, address indexed account, uint256 amount, uint256 cumulativeAmount
    );

    /// @notice An account may, or may no longer, publish roots.
    /// @param keeper Account.
    /// @param allowed True if it may.
    event KeeperUpdated(address indexed keeper, bool allowed);

    /// @notice An account may, or may no longer, withdraw roots and pause claims.
    /// @param guardian Account.
    /// @param allowed True if it may.
    event GuardianUpdated(address indexed guardian, bool allowed);

    /// @notice The wait before a root becomes claimable was changed.
    /// @param oldDelay Blocks before.
    /// @param newDelay Blocks from now on.
    event RootDelayUpdated(uint64 oldDelay, uint64 newDelay);

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice An amount is zero.
    error ZeroAmount();

    /// @notice Only a keeper may do this.
    /// @param caller Account that tried.
    error NotKeeper(address caller);

    /// @notice Only a guardian or the owner may do this.
    /// @param caller Account that tried.
    error NotGuardian(address caller);

    /// @notice A delay is longer than the longest.
    /// @param delay Blocks given.
    /// @param longest Most blocks.
    error DelayTooLong(uint64 delay, uint64 longest);

    /// @notice A root is zero, which stands for none.
    error EmptyRoot();

    /// @notice The root before this one is not claimable yet.
    /// @param claimableFrom First block in which it is, and in which the next one can be published.
    error RootPending(uint256 claimableFrom);

    /// @notice There is no root that could be withdrawn.
    /// @param netuid Subnet.
    error NoPendingRoot(uint16 netuid);

    /// @notice An epoch is not later than the one before.
    /// @param epoch Epoch given.
    /// @param latest Epoch of the claimable root.
    error EpochNotNew(uint64 epoch, uint64 latest);

    /// @notice A total is lower than the one before, though rewards only grow.
    /// @param total Total given.
    /// @param previous Total of the claimable root.
    error TotalFell(uint256 total, uint256 previous);

    /// @notice A total is higher than what was paid in.
    /// @param total Total given.
    /// @param funded Sum paid in so far.
    error TotalNotFunded(uint256 total, uint256 funded);

    /// @notice A proof does not lead to the claimable root of the subnet.
    /// @param netuid Subnet.
    /// @param account Receiver.
    error InvalidProof(uint16 netuid, address account);

    /// @notice The account has been paid all of it before.
    /// @param netuid Subnet.
    /// @param account Receiver.
    error NothingToClaim(uint16 netuid, address account);

    /// @notice A payment would exceed the total that the root was published with: its leaves sum to more.
    /// @param amount Payment.
    /// @param left Remainder of the total.
    error TotalExceeded(uint256 amount, uint256 left);

    /// @notice Pays rewards in; the alpha token must be approved. Open to anyone. There is no way back.
    /// @dev Reverts SUBNET_NOT_EXISTS, ZeroAmount.
    /// @param netuid Subnet.
    /// @param amount Payment.
    function fund(uint16 netuid, uint256 amount) external;

    /// @notice Publishes a root. Keepers only.
    /// @dev Reverts NotKeeper, EmptyRoot, RootPending, EpochNotNew, TotalFell, TotalNotFunded.
    /// @param netuid Subnet.
    /// @param root Root over the leaves that `leafOf` gives, with sorted pairs.
    /// @param totalCumulative Sum of all leaves.
    /// @param epoch Epoch that it closes; later than the one before.
    function setRoot(uint16 netuid, bytes32 root, uint256 totalCumulative, uint64 epoch) external;

    /// @notice Withdraws the root that is not claimable yet. Guardians and owner only.
    /// @dev Reverts NotGuardian, NoPendingRoot.
    /// @param netuid Subnet.
    function vetoRoot(uint16 netuid) external;

    /// @notice Pays an account what it has earned and not been paid yet. Open to anyone.
    /// @dev Reverts EnforcedPause, InvalidProof, NothingToClaim, TotalExceeded.
    /// @param netuid Subnet.
    /// @param account Receiver.
    /// @param cumulativeAmount All that the account has earned on the subnet so far.
    /// @param proof Path from the leaf to the root.
    /// @return paid Payment.
    function claim(uint16 netuid, address account, uint256 cumulativeAmount, bytes32[] calldata proof)
        external
        returns (uint256 paid);

    /// @notice Pays many at once. Entries with nothing left to pay are passed over, so that a claim which
    /// somebody else triggered first does not stop the others.
    /// @dev Reverts EnforcedPause, InvalidProof, TotalExceeded.
    /// @param claims Entries.
    /// @return paid Payments, in the same order.
    function claimMany(Claim[] calldata claims) external returns (uint256[] memory paid);

    /// @notice Lets an account publish roots, or stops it. Owner only.
    /// @param keeper Account.
    /// @param allowed True if it may.
    function setKeeper(address keeper, bool allowed) external;

    /// @notice Lets an account withdraw roots and pause claims, or stops it. Owner only.
    /// @param guardian Account.
    /// @param allowed True if it may.
    function setGuardian(address guardian, bool allowed) external;

    /// @notice Changes the wait before a root becomes claimable; roots already published keep theirs. Owner
    /// only.
    /// @dev Reverts DelayTooLong.
    /// @param newDelay Blocks.
    function setRootDelay(uint64 newDelay) external;

    /// @notice Stops claims, and nothing else. Guardians and owner only.
    /// @dev Reverts NotGuardian, EnforcedPause.
    function pause() external;

    /// @notice Lets claims go on. Owner only.
    /// @dev Reverts ExpectedPause.
    function unpause() external;

    /// @notice The rewards of a subnet. A root whose wait is over shows as the claimable one.
    /// @param netuid Subnet.
    /// @return The rewards.
    function getRewards(uint16 netuid) external view returns (SubnetRewards memory);

    /// @notice What a claim would pay in this block.
    /// @param netuid Subnet.
    /// @param account Receiver.
    /// @param cumulativeAmount All that the account has earned on the subnet so far.
    /// @param proof Path from the leaf to the root.
    /// @return Payment, zero if the claim would be refused.
    function claimable(uint16 netuid, address account, uint256 cumulativeAmount, bytes32[] calldata proof)
        external
        view
        returns (uint256);

    /// @notice Sum an account has been paid on a subnet.
    /// @param netuid Subnet.
    /// @param account Receiver.
    /// @return Sum.
    function claimed(uint16 netuid, address account) external view returns (uint256);

    /// @notice Whether an account may publish roots.
    /// @param account Account.
    /// @return True if it may.
    function isKeeper(address account) external view returns (bool);

    /// @notice Whether an account may withdraw roots and pause claims. The owner may, listed or not.
    /// @param account Account.
    /// @return True if it is listed.
    function isGuardian(address account) external view returns (bool);

    /// @notice Blocks before a root becomes claimable.
    /// @return Blocks.
    function rootDelay() external view returns (uint64);

    /// @notice The leaf of an account: its fields' ABI encoding, hashed twice.
    /// @param netuid Subnet.
    /// @param account Receiver.
    /// @param cumulativeAmount All that the account has earned on the subnet so far.
    /// @return Hash.
    function leafOf(uint16 netuid, address account, uint256 cumulativeAmount) external pure returns (bytes32);
}
