// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../SubnetTypes.sol";

/// @title IDendronManager
/// @notice The register of dendrons: the miners and validators of every subnet. Amounts are in wei.
interface IDendronManager {
    /// @notice The account in the role of reward distributor was set or replaced.
    /// @param caller Account.
    /// @param authorized True for the new one, false for the one it replaces.
    event AuthorizedCallerUpdated(address indexed caller, bool authorized);

    /// @notice A dendron left, or was removed after its immunity ended.
    /// @param netuid Subnet.
    /// @param account Dendron.
    /// @param blockNumber Block.
    event NeuronDeregistered(uint16 indexed netuid, address indexed account, uint256 blockNumber);

    /// @notice A dendron joined.
    /// @param netuid Subnet.
    /// @param account Dendron.
    /// @param stake Stake bound to the subnet.
    /// @param isValidator Role granted.
    /// @param requestedValidatorRole Role asked for; always the one granted.
    /// @param axonEndpoint Host of the server.
    /// @param axonPort Port of the server.
    /// @param prometheusEndpoint Host of the metrics.
    /// @param prometheusPort Port of the metrics.
    /// @param blockNumber Block.
    event NeuronRegistered(
        uint16 indexed netuid,
        address indexed account,
        uint256 stake,
        bool isValidator,
        bool requestedValidatorRole,
        string axonEndpoint,
        uint32 axonPort,
        string prometheusEndpoint,
        uint32 prometheusPort,
        uint256 blockNumber
    );

    /// @notice A dendron moved.
    /// @param netuid Subnet.
    /// @param account Dendron.
    /// @param axonEndpoint Host of the server.
    /// @param axonPort Port of the server.
    /// @param prometheusEndpoint Host of the metrics.
    /// @param prometheusPort Port of the metrics.
    /// @param blockNumber Block.
    event ServiceUpdated(
        uint16 indexed netuid,
        address indexed account,
        string axonEndpoint,
        uint32 axonPort,
        string prometheusEndpoint,
        uint32 prometheusPort,
        uint256 blockNumber
    );

    /// @notice The stake of a dendron changed.
    /// @param netuid Subnet.
    /// @param account Dendron.
    /// @param oldStake Stake before.
    /// @param newStake Stake after.
    /// @param blockNumber Block.
    event StakeAllocationChanged(
        uint16 indexed netuid,
        address indexed account,
        uint256 oldStake,
        uint256 newStake,
        uint256 blockNumber
    );

    /// @notice A dendron's stake fell below the threshold of its role, or reached it again.
    /// @param netuid Subnet.
    /// @param account Dendron.
    /// @param isActive True if it reached it.
    /// @param stake Stake now.
    /// @param blockNumber Block.
    event NeuronActivityChanged(
        uint16 indexed netuid, address indexed account, bool isActive, uint256 stake, uint256 blockNumber
    );

    /// @notice An address that must be set is zero.
    error ZeroAddress();

    /// @notice The subnet takes no new dendrons.
    /// @param netuid Subnet.
    error RegistrationClosed(uint16 netuid);

    /// @notice This block already holds as many registrations as the subnet allows; the next one may do.
    /// @param netuid Subnet.
    /// @param maxRegsPerBlock Registrations allowed per block.
    error RegistrationsPerBlockExceeded(uint16 netuid, uint16 maxRegsPerBlock);

    /// @notice The endpoint was updated too recently.
    /// @param nextAllowedBlock First block that takes the update.
    error ServingRateLimited(uint256 nextAllowedBlock);

    /// @notice There is no such dendron.
    /// @param netuid Subnet.
    /// @param account Account.
    error NotRegistered(uint16 netuid, address account);

    /// @notice The stake given is not the one GlobalStaking holds.
    /// @param given Stake given.
    /// @param allocated Stake held.
    error AllocationMismatch(uint256 given, uint256 allocated);

    /// @notice An active dendron cannot be removed by others.
    /// @param netuid Subnet.
    /// @param account Dendron.
    error NeuronActive(uint16 netuid, address account);

    /// @notice An inactive dendron cannot be removed by others yet.
    /// @param lastImmuneBlock Last block in which it is protected.
    error NeuronImmune(uint256 lastImmuneBlock);

    /// @notice A registration costs more than the caller accepts.
    /// @param cost Cost now.
    /// @param maxCost Highest cost accepted.
    error RegistrationCostTooHigh(uint256 cost, uint256 maxCost);

    /// @notice An endpoint is too long, so that reading it would cost others too much.
    /// @param length Bytes given.
    /// @param allowed Most bytes.
    error EndpointTooLong(uint256 length, uint256 allowed);

    /// @notice Registers the caller, binds its stake to the subnet and charges the registration.
    /// @dev Reverts, in this order: STAKE_AMOUNT_ZERO, SUBNET_NOT_EXISTS, SUBNET_NOT_ACTIVE,
    /// ALREADY_REGISTERED, RegistrationClosed, INSUFFICIENT_AVAILABLE_STAKE, INSUFFICIENT_NEURON_STAKE,
    /// INSUFFICIENT_VALIDATOR_STAKE, SUBNET_NEURONS_FULL, SUBNET_VALIDATORS_FULL,
    /// RegistrationsPerBlockExceeded, EndpointTooLong. Stake that the caller has bound to the subnet already
    /// counts as available.
    /// @param netuid Subnet.
    /// @param stakeAmount Stake the subnet shall have.
    /// @param isValidatorRole True to become a validator, false to become a miner.
    /// @param axonEndpoint Host of the server.
    /// @param axonPort Port of the server.
    /// @param prometheusEndpoint Host of the metrics.
    /// @param prometheusPort Port of the metrics.
    function registerNeuronWithStakeAllocation(
        uint16 netuid,
        uint256 stakeAmount,
        bool isValidatorRole,
        string calldata axonEndpoint,
        uint32 axonPort,
        string calldata prometheusEndpoint,
        uint32 prometheusPort
    ) external;

    /// @notice Registers the caller unless that costs more than it expects: the owner of a subnet can raise
    /// the cost at any time, also just ahead of a registration.
    /// @dev Reverts RegistrationCostTooHigh after RegistrationClosed, and as the registration without a
    /// highest cost.
    /// @param netuid Subnet.
    /// @param stakeAmount Stake the subnet shall have.
    /// @param isValidatorRole True to become a validator, false to become a miner.
    /// @param axonEndpoint Host of the server.
    /// @param axonPort Port of the server.
    /// @param prometheusEndpoint Host of the metrics.
    /// @param prometheusPort Port of the metrics.
    /// @param maxCost Highest registration cost accepted.
    function registerNeuronWithStakeAllocation(
        uint16 netuid,
        uint256 stakeAmount,
        bool isValidatorRole,
        string calldata axonEndpoint,
        uint32 axonPort,
        string calldata prometheusEndpoint,
        uint32 prometheusPort,
        uint256 maxCost
    ) external;

    /// @notice Removes the caller and releases its stake. The registration cost is not refunded.
    /// @dev Reverts NotRegistered.
    /// @param netuid Subnet.
    function deregisterNeuron(uint16 netuid) external;

    /// @notice Removes a dendron that has been inactive for longer than the immunity period, so that its
    /// slot becomes free, and releases its stake. Open to anyone.
    /// @dev Reverts NotRegistered, NeuronActive, NeuronImmune.
    /// @param netuid Subnet.
    /// @param account Dendron.
    function pruneInactiveNeuron(uint16 netuid, address account) external;

    /// @notice Changes the caller's endpoints. The first change after a registration is never limited.
    /// @dev Reverts NotRegistered, ServingRateLimited, EndpointTooLong.
    /// @param netuid Subnet.
    /// @param axonEndpoint Host of the server.
    /// @param axonPort Port of the server.
    /// @param prometheusEndpoint Host of the metrics.
    /// @param prometheusPort Port of the metrics.
    function updateNeuronService(
        uint16 netuid,
        string calldata axonEndpoint,
        uint32 axonPort,
        string calldata prometheusEndpoint,
        uint32 prometheusPort
    ) external;

    /// @notice Brings a dendron's activity in line with its stake and the present thresholds.
    /// @dev GlobalStaking calls it whenever a dendron's allocation changes. Anyone may call it, for example
    /// after a subnet moved its thresholds, but only with the stake that GlobalStaking holds.
    /// Reverts NotRegistered, AllocationMismatch.
    /// @param netuid Subnet.
    /// @param account Dendron.
    /// @param newStake Stake that GlobalStaking holds for it.
    function updateStakeAllocation(uint16 netuid, address account, uint256 newStake) external;

    /// @notice Names the reward distributor. Owner only.
    /// @param _rewardDistributor Account, or the zero address for none.
    function setRewardDistributor(address _rewardDistributor) external;

    /// @notice Number of dendrons.
    /// @param netuid Subnet.
    /// @return Count.
    function getNeuronCount(uint16 netuid) external view returns (uint256);

    /// @notice Number of dendrons; the same as `getNeuronCount`.
    /// @param netuid Subnet.
    /// @return Count.
    function getSubnetNeuronCount(uint16 netuid) external view returns (uint256);

    /// @notice Number of validators, inactive ones included.
    /// @param netuid Subnet.
    /// @return Count.
    function getSubnetValidatorCount(uint16 netuid) external view returns (uint256);

    /// @notice One dendron; all fields are zero if there is none.
    /// @param netuid Subnet.
    /// @param account Account.
    /// @return The dendron.
    function getNeuronInfo(uint16 netuid, address account)
        external
        view
        returns (SubnetTypes.NeuronInfo memory);

    /// @notice All dendrons. A removal moves the last one into the gap.
    /// @param netuid Subnet.
    /// @return Accounts.
    function getNeuronList(uint16 netuid) external view returns (address[] memory);

    /// @notice All validators, inactive ones included. A removal moves the last one into the gap.
    /// @param netuid Subnet.
    /// @return Accounts.
    function getSubnetValidators(uint16 netuid) external view returns (address[] memory);

    /// @notice One place of `getNeuronList`.
    /// @param netuid Subnet.
    /// @param index Place, from 0.
    /// @return Account.
    function neuronList(uint16 netuid, uint256 index) external view returns (address);

    /// @notice Whether an account is a dendron, active or not.
    /// @param netuid Subnet.
    /// @param account Account.
    /// @return True if it is.
    function isNeuron(uint16 netuid, address account) external view returns (bool);

    /// @notice Whether an account has the role of validator, active or not.
    /// @param netuid Subnet.
    /// @param account Account.
    /// @return True if it has.
    function isValidator(uint16 netuid, address account) external view returns (bool);

    /// @notice Whether an account is a dendron whose stake reaches the threshold of its role.
    /// @param netuid Subnet.
    /// @param account Account.
    /// @return True if it is.
    function isActive(uint16 netuid, address account) external view returns (bool);

    /// @notice Whether an account is an active validator.
    /// @param netuid Subnet.
    /// @param account Account.
    /// @return True if it is.
    function isActiveValidator(uint16 netuid, address account) external view returns (bool);

    /// @notice Stake that GlobalStaking holds for an account on a subnet, dendron or not.
    /// @param netuid Subnet.
    /// @param account Account.
    /// @return Stake.
    function stakeOf(uint16 netuid, address account) external view returns (uint256);

    /// @notice The reward distributor.
    /// @return Its address, zero if none.
    function rewardDistributor() external view returns (address);
}
