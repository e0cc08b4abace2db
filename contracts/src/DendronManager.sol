// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "./SubnetTypes.sol";
import {TwoStepOwner} from "./TwoStepOwner.sol";
import {IDendronManager} from "./interfaces/IDendronManager.sol";
import {IGlobalStaking} from "./interfaces/IGlobalStaking.sol";
import {ISubnetManager} from "./interfaces/ISubnetManager.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

/// @title DendronManager
/// @notice The register of dendrons: the miners and validators of every subnet.
/// @dev GlobalStaking must have authorized this contract and must know it as its dendron manager.
contract DendronManager is IDendronManager, TwoStepOwner, ReentrancyGuardTransient {
    using EnumerableSet for EnumerableSet.AddressSet;
    using SafeCast for uint256;

    /// @dev `knownStake` is only the last stake seen, so that events can tell what changed; the stake itself
    /// is always read from GlobalStaking. `inactiveSince` is zero while the dendron is active.
    struct Dendron {
        uint64 registrationBlock;
        uint64 lastUpdate;
        uint64 inactiveSince;
        bool isValidator;
        uint32 axonPort;
        uint128 knownStake;
        uint64 lastServingBlock;
        uint32 prometheusPort;
        string axonEndpoint;
        string prometheusEndpoint;
    }

    struct Service {
        string axonEndpoint;
        uint32 axonPort;
        string prometheusEndpoint;
        uint32 prometheusPort;
    }

    struct RegistrationCounter {
        uint64 blockNumber;
        uint16 count;
    }

    /// @dev The longest name of a host has 253 characters.
    uint256 private constant MAX_ENDPOINT_BYTES = 255;

    /// @notice The register of subnets.
    ISubnetManager public immutable subnetManager;

    /// @notice The contract that holds the stakes.
    IGlobalStaking public immutable globalStaking;

    /// @inheritdoc IDendronManager
    address public rewardDistributor;

    mapping(uint16 netuid => mapping(address account => Dendron dendron)) private _dendrons;
    mapping(uint16 netuid => EnumerableSet.AddressSet accounts) private _members;
    mapping(uint16 netuid => EnumerableSet.AddressSet accounts) private _validators;
    mapping(uint16 netuid => RegistrationCounter counter) private _registrations;

    modifier onlyRegistered(uint16 netuid, address account) {
        if (!isNeuron(netuid, account)) revert NotRegistered(netuid, account);
        _;
    }

    /// @notice Creates an empty register.
    /// @param _subnetManager Register of subnets.
    /// @param _globalStaking Contract that holds the stakes.
    /// @param _initialOwner Account that administers the contract.
    constructor(address _subnetManager, address _globalStaking, address _initialOwner)
        TwoStepOwner(_initialOwner)
    {
        if (_subnetManager == address(0) || _globalStaking == address(0)) {
            revert ZeroAddress();
        }
        subnetManager = ISubnetManager(_subnetManager);
        globalStaking = IGlobalStaking(_globalStaking);
    }

    /// @inheritdoc IDendronManager
    function registerNeuronWithStakeAllocation(
        uint16 netuid,
        uint256 stakeAmount,
        bool isValidatorRole,
        string calldata axonEndpoint,
        uint32 axonPort,
        string calldata prometheusEndpoint,
        uint32 prometheusPort
    ) external nonReentrant {
        Service memory service = Service(axonEndpoint, axonPort, prometheusEndpoint, prometheusPort);
        _register(netuid, stakeAmount, isValidatorRole, service, type(uint256).max);
    }

    /// @inheritdoc IDendronManager
    function registerNeuronWithStakeAllocation(
        uint16 netuid,
        uint256 stakeAmount,
        bool isValidatorRole,
        string calldata axonEndpoint,
        uint32 axonPort,
        string calldata prometheusEndpoint,
        uint32 prometheusPort,
        uint256 maxCost
    ) external nonReentrant {
        Service memory service = Service(axonEndpoint, axonPort, prometheusEndpoint, prometheusPort);
        _register(netuid, stakeAmount, isValidatorRole, service, maxCost);
    }

    /// @inheritdoc IDendronManager
    function deregisterNeuron(uint16 netuid) external nonReentrant onlyRegistered(netuid, msg.sender) {
        _remove(netuid, msg.sender);
    }

    /// @inheritdoc IDendronManager
    function pruneInactiveNeuron(uint16 netuid, address account)
        external
        nonReentrant
        onlyRegistered(netuid, account)
    {
        _reconcile(netuid, account, stakeOf(netuid, account));
        uint256 inactiveSince = _dendrons[netuid][account].inactiveSince;
        if (inactiveSince == 0) revert NeuronActive(netuid, account);
        uint256 lastImmuneBlock = inactiveSince + subnetManager.getSubnetHyperparams(netuid).immunityPeriod;
        if (block.number <= lastImmuneBlock) revert NeuronImmune(lastImmuneBlock);
        _remove(netuid, account);
    }

    /// @inheritdoc IDendronManager
    function updateNeuronService(
        uint16 netuid,
        string calldata axonEndpoint,
        uint32 axonPort,
        string calldata prometheusEndpoint,
        uint32 prometheusPort
    ) external nonReentrant onlyRegistered(netuid, msg.sender) {
        Dendron storage dendron = _dendrons[netuid][msg.sender];
        _requireServingAllowed(netuid, dendron.lastServingBlock);
        dendron.lastServingBlock = uint64(block.number);
        _setService(dendron, Service(axonEndpoint, axonPort, prometheusEndpoint, prometheusPort));
        emit ServiceUpdated(
            netuid, msg.sender, axonEndpoint, axonPort, prometheusEndpoint, prometheusPort, block.number
        );
    }

    /// @inheritdoc IDendronManager
    function updateStakeAllocation(uint16 netuid, address account, uint256 newStake)
        external
        nonReentrant
        onlyRegistered(netuid, account)
    {
        uint256 allocated = stakeOf(netuid, account);
        if (newStake != allocated) revert AllocationMismatch(newStake, allocated);
        _reconcile(netuid, account, newStake);
    }

    /// @inheritdoc IDendronManager
    function setRewardDistributor(address _rewardDistributor) external onlyOwner {
        if (rewardDistributor != address(0)) emit AuthorizedCallerUpdated(rewardDistributor, false);
        if (_rewardDistributor != address(0)) emit AuthorizedCallerUpdated(_rewardDistributor, true);
        rewardDistributor = _rewardDistributor;
    }

    /// @inheritdoc IDendronManager
    function getNeuronCount(uint16 netuid) external view returns (uint256) {
        return _members[netuid].length();
    }

    /// @inheritdoc IDendronManager
    function getSubnetNeuronCount(uint16 netuid) external view returns (uint256) {
        return _members[netuid].length();
    }

    /// @inheritdoc IDendronManager
    function getSubnetValidatorCount(uint16 netuid) external view returns (uint256) {
        return _validators[netuid].length();
    }

    /// @inheritdoc IDendronManager
    function getNeuronInfo(uint16 netuid, address account)
        external
        view
        returns (SubnetTypes.NeuronInfo memory info)
    {
        if (!isNeuron(netuid, account)) return info;
        Dendron storage dendron = _dendrons[netuid][account];
        info.account = account;
        info.netuid = netuid;
        info.isActive = dendron.inactiveSince == 0;
        info.isValidator = dendron.isValidator;
        info.stake = stakeOf(netuid, account);
        info.registrationBlock = dendron.registrationBlock;
        info.lastUpdate = dendron.lastUpdate;
        info.axonEndpoint = dendron.axonEndpoint;
        info.axonPort = dendron.axonPort;
        info.prometheusEndpoint = dendron.prometheusEndpoint;
        info.prometheusPort = dendron.prometheusPort;
    }

    /// @inheritdoc IDendronManager
    function getNeuronList(uint16 netuid) external view returns (address[] memory) {
        return _members[netuid].values();
    }

    /// @inheritdoc IDendronManager
    function getSubnetValidators(uint16 netuid) external view returns (address[] memory) {
        return _validators[netuid].values();
    }

    /// @inheritdoc IDendronManager
    function neuronList(uint16 netuid, uint256 index) external view returns (address) {
        return _members[netuid].at(index);
    }

    /// @inheritdoc IDendronManager
    function isActiveValidator(uint16 netuid, address account) external view returns (bool) {
        return isValidator(netuid, account) && isActive(netuid, account);
    }

    /// @inheritdoc IDendronManager
    function isNeuron(uint16 netuid, address account) public view returns (bool) {
        return _dendrons[netuid][account].registrationBlock != 0;
    }

    /// @inheritdoc IDendronManager
    function isValidator(uint16 netuid, address account) public view returns (bool) {
        return _dendrons[netuid][account].isValidator;
    }

    /// @inheritdoc IDendronManager
    function isActive(uint16 netuid, address account) public view returns (bool) {
        return isNeuron(netuid, account) && _dendrons[netuid][account].inactiveSince == 0;
    }

    /// @inheritdoc IDendronManager
    function stakeOf(uint16 netuid, address account) public view returns (uint256) {
        return globalStaking.getSubnetAllocation(account, netuid).allocated;
    }

    function _register(
        uint16 netuid,
        uint256 stakeAmount,
        bool isValidatorRole,
        Service memory service,
        uint256 maxCost
    ) private {
        require(stakeAmount > 0, "STAKE_AMOUNT_ZERO");
        require(subnetManager.subnetExists(netuid), "SUBNET_NOT_EXISTS");
        require(subnetManager.isSubnetActive(netuid), "SUBNET_NOT_ACTIVE");
        require(!isNeuron(netuid, msg.sender), "ALREADY_REGISTERED");
        SubnetTypes.SubnetHyperparams memory rules = subnetManager.getSubnetHyperparams(netuid);
        if (!rules.registrationAllowed) revert RegistrationClosed(netuid);
        if (rules.baseNeuronCost > maxCost) revert RegistrationCostTooHigh(rules.baseNeuronCost, maxCost);
        _requireStake(netuid, stakeAmount, isValidatorRole, rules);
        _requireRoom(netuid, isValidatorRole, rules);
        _countRegistration(netuid, rules.maxRegsPerBlock);

        _members[netuid].add(msg.sender);
        if (isValidatorRole) _validators[netuid].add(msg.sender);
        Dendron storage dendron = _dendrons[netuid][msg.sender];
        dendron.registrationBlock = uint64(block.number);
        dendron.isValidator = isValidatorRole;
        dendron.knownStake = stakeAmount.toUint128();
        _setService(dendron, service);

        globalStaking.allocateFor(msg.sender, netuid, stakeAmount);
        globalStaking.chargeRegistrationCost(msg.sender, netuid, rules.baseNeuronCost);
        emit NeuronRegistered(
            netuid,
            msg.sender,
            stakeAmount,
            isValidatorRole,
            isValidatorRole,
            service.axonEndpoint,
            service.axonPort,
            service.prometheusEndpoint,
            service.prometheusPort,
            block.number
        );
    }

    /// @dev Stake already bound to the subnet counts, because a registration sets it rather than adds to it.
    function _requireStake(
        uint16 netuid,
        uint256 stakeAmount,
        bool isValidatorRole,
        SubnetTypes.SubnetHyperparams memory rules
    ) private view {
        uint256 usable =
            globalStaking.getAvailableStake(msg.sender) + stakeOf(netuid, msg.sender);
        require(
            usable >= rules.baseNeuronCost && usable - rules.baseNeuronCost >= stakeAmount,
            "INSUFFICIENT_AVAILABLE_STAKE"
        );
        require(stakeAmount >= rules.neuronThreshold, "INSUFFICIENT_NEURON_STAKE");
        if (isValidatorRole) {
            require(stakeAmount >= rules.validatorThreshold, "INSUFFICIENT_VALIDATOR_STAKE");
        }
    }

    function _requireRoom(uint16 netuid, bool isValidatorRole, SubnetTypes.SubnetHyperparams memory rules)
        private
        view
    {
        require(_members[netuid].length() < rules.maxAllowedUids, "SUBNET_NEURONS_FULL");
        if (isValidatorRole) {
            require(_validators[netuid].length() < rules.maxValidators, "SUBNET_VALIDATORS_FULL");
        }
    }

    function _countRegistration(uint16 netuid, uint16 maxRegsPerBlock) private {
        RegistrationCounter storage counter = _registrations[netuid];
        uint16 earlier = counter.blockNumber == block.number ? counter.count : 0;
        if (earlier >= maxRegsPerBlock) revert RegistrationsPerBlockExceeded(netuid, maxRegsPerBlock);
        counter.blockNumber = uint64(block.number);
        counter.count = earlier + 1;
    }

    function _requireServingAllowed(uint16 netuid, uint256 lastServingBlock) private view {
        if (lastServingBlock == 0) return;
        uint256 nextAllowedBlock =
            lastServingBlock + subnetManager.getSubnetHyperparams(netuid).servingRateLimit;
        if (block.number < nextAllowedBlock) revert ServingRateLimited(nextAllowedBlock);
    }

    function _setService(Dendron storage dendron, Service memory service) private {
        _requireShort(service.axonEndpoint);
        _requireShort(service.prometheusEndpoint);
        dendron.lastUpdate = uint64(block.timestamp);
        dendron.axonEndpoint = service.axonEndpoint;
        dendron.axonPort = service.axonPort;
        dendron.prometheusEndpoint = service.prometheusEndpoint;
        dendron.prometheusPort = service.prometheusPort;
    }

    function _requireShort(string memory endpoint) private pure {
        uint256 length = bytes(endpoint).length;
        if (length > MAX_ENDPOINT_BYTES) revert EndpointTooLong(length, MAX_ENDPOINT_BYTES);
    }

    function _reconcile(uint16 netuid, address account, uint256 stake) private {
        Dendron storage dendron = _dendrons[netuid][account];
        uint256 knownStake = dendron.knownStake;
        if (knownStake != stake) {
            dendron.knownStake = stake.toUint128();
            emit StakeAllocationChanged(netuid, account, knownStake, stake, block.number);
        }
        SubnetTypes.SubnetHyperparams memory rules = subnetManager.getSubnetHyperparams(netuid);
        bool shallBeActive = stake >= (dendron.isValidator ? rules.validatorThreshold : rules.neuronThreshold);
        if (shallBeActive == (dendron.inactiveSince == 0)) return;
        dendron.inactiveSince = shallBeActive ? 0 : uint64(block.number);
        emit NeuronActivityChanged(netuid, account, shallBeActive, stake, block.number);
    }

    function _remove(uint16 netuid, address account) private {
        _members[netuid].remove(account);
        _validators[netuid].remove(account);
        delete _dendrons[netuid][account];
        emit NeuronDeregistered(netuid, account, block.number);
        globalStaking.allocateFor(account, netuid, 0);
    }
}
