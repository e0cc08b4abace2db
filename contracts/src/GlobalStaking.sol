// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "./SubnetTypes.sol";
import {TwoStepOwner} from "./TwoStepOwner.sol";
import {IDendronManager} from "./interfaces/IDendronManager.sol";
import {IGlobalStaking} from "./interfaces/IGlobalStaking.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title GlobalStaking
/// @notice Holds the stake of every account and its division among subnets.
/// @dev The stake of a dendron is its allocation here and nothing else.
contract GlobalStaking is IGlobalStaking, TwoStepOwner, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The token that is staked.
    IERC20 public immutable hetuToken;

    /// @inheritdoc IGlobalStaking
    address public treasury;

    /// @inheritdoc IGlobalStaking
    address public dendronManager;

    /// @inheritdoc IGlobalStaking
    mapping(address caller => bool authorized) public authorizedCallers;

    mapping(address user => SubnetTypes.StakeInfo stake) private _stakes;
    mapping(address user => mapping(uint16 netuid => SubnetTypes.SubnetAllocation allocation)) private
        _allocations;

    modifier onlyAuthorized() {
        require(authorizedCallers[msg.sender], "UNAUTHORIZED_CALLER");
        _;
    }

    /// @notice Creates the contract without stake.
    /// @param _hetuToken Token that is staked.
    /// @param _treasury Receiver of registration costs.
    /// @param _initialOwner Account that administers the contract.
    constructor(address _hetuToken, address _treasury, address _initialOwner) TwoStepOwner(_initialOwner) {
        if (_hetuToken == address(0) || _treasury == address(0)) revert ZeroAddress();
        hetuToken = IERC20(_hetuToken);
        treasury = _treasury;
    }

    /// @inheritdoc IGlobalStaking
    function addGlobalStake(uint256 amount) external nonReentrant {
        require(amount > 0, "ZERO_AMOUNT");
        SubnetTypes.StakeInfo storage stake = _stakes[msg.sender];
        stake.totalStaked += amount;
        stake.lastUpdateBlock = block.number;
        emit GlobalStakeAdded(msg.sender, amount);
        hetuToken.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IGlobalStaking
    function removeGlobalStake(uint256 amount) external nonReentrant {
        require(amount > 0, "ZERO_AMOUNT");
        SubnetTypes.StakeInfo storage stake = _stakes[msg.sender];
        require(stake.totalStaked >= amount, "INSUFFICIENT_STAKE");
        require(_available(stake) >= amount, "AMOUNT_NOT_AVAILABLE");
        stake.totalStaked -= amount;
        stake.lastUpdateBlock = block.number;
        emit GlobalStakeRemoved(msg.sender, amount);
        hetuToken.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IGlobalStaking
    function allocateToSubnet(uint16 netuid, uint256 amount) external nonReentrant {
        require(amount > 0, "ZERO_AMOUNT");
        _setAllocation(msg.sender, netuid, amount);
    }

    /// @inheritdoc IGlobalStaking
    function allocateToSubnetWithMinThreshold(uint16 netuid, uint256 amount, uint256 minThreshold)
        external
        onlyAuthorized
        nonReentrant
    {
        require(amount > 0, "ZERO_AMOUNT");
        if (amount < minThreshold) revert AllocationBelowThreshold(amount, minThreshold);
        _setAllocation(msg.sender, netuid, amount);
    }

    /// @inheritdoc IGlobalStaking
    function deallocateFromSubnet(uint16 netuid, uint256 amount) external nonReentrant {
        require(amount > 0, "ZERO_AMOUNT");
        uint256 allocated = _allocations[msg.sender][netuid].allocated;
        require(allocated >= amount, "INSUFFICIENT_ALLOCATION");
        emit DeallocatedFromSubnet(msg.sender, netuid, amount);
        _setAllocation(msg.sender, netuid, allocated - amount);
    }

    /// @inheritdoc IGlobalStaking
    function allocateFor(address user, uint16 netuid, uint256 amount) external onlyAuthorized nonReentrant {
        _setAllocation(user, netuid, amount);
    }

    /// @inheritdoc IGlobalStaking
    function chargeRegistrationCost(address user, uint16 netuid, uint256 cost)
        external
        onlyAuthorized
        nonReentrant
    {
        SubnetTypes.StakeInfo storage stake = _stakes[user];
        require(_available(stake) >= cost, "INSUFFICIENT_AVAILABLE_STAKE");
        stake.totalCost += cost;
        stake.lastUpdateBlock = block.number;
        SubnetTypes.SubnetAllocation storage allocation = _allocations[user][netuid];
        allocation.cost += cost;
        allocation.lastUpdateBlock = block.number;
        emit RegistrationCost(user, netuid, cost);
        hetuToken.safeTransfer(treasury, cost);
    }

    /// @inheritdoc IGlobalStaking
    function setAuthorizedCaller(address caller, bool authorized) external onlyOwner {
        authorizedCallers[caller] = authorized;
        emit AuthorizedCallerUpdated(caller, authorized);
    }

    /// @inheritdoc IGlobalStaking
    function setDendronManager(address newManager) external onlyOwner {
        emit DendronManagerUpdated(dendronManager, newManager);
        dendronManager = newManager;
    }

    /// @inheritdoc IGlobalStaking
    function setTreasury(address _treasury) external onlyOwner {
        if (_treasury == address(0)) revert ZeroAddress();
        emit TreasuryUpdated(treasury, _treasury);
        treasury = _treasury;
    }

    /// @inheritdoc IGlobalStaking
    function canAllocateToSubnet(address user, uint256 amount) external view returns (bool) {
        return _available(_stakes[user]) >= amount;
    }

    /// @inheritdoc IGlobalStaking
    function canPayRegistrationCost(address user, uint256 cost) external view returns (bool) {
        return _available(_stakes[user]) >= cost;
    }

    /// @inheritdoc IGlobalStaking
    function getAvailableStake(address user) external view returns (uint256) {
        return _available(_stakes[user]);
    }

    /// @inheritdoc IGlobalStaking
    function getStakeInfo(address user) external view returns (SubnetTypes.StakeInfo memory) {
        return _stakes[user];
    }

    /// @inheritdoc IGlobalStaking
    function getSubnetAllocation(address user, uint16 netuid)
        external
        view
        returns (SubnetTypes.SubnetAllocation memory)
    {
        return _allocations[user][netuid];
    }

    function _setAllocation(address user, uint16 netuid, uint256 newAmount) private {
        SubnetTypes.StakeInfo storage stake = _stakes[user];
        SubnetTypes.SubnetAllocation storage allocation = _allocations[user][netuid];
        uint256 oldAmount = allocation.allocated;
        require(_available(stake) + oldAmount >= newAmount, "INSUFFICIENT_AVAILABLE_STAKE");
        stake.totalAllocated = stake.totalAllocated - oldAmount + newAmount;
        stake.lastUpdateBlock = block.number;
        allocation.allocated = newAmount;
        allocation.lastUpdateBlock = block.number;
        emit SubnetAllocationChanged(user, netuid, oldAmount, newAmount);
        _notifyDendronManager(user, netuid, newAmount);
    }

    /// @dev The manager needs no notice of the changes it makes itself, and refuses to be re-entered.
    function _notifyDendronManager(address user, uint16 netuid, uint256 newAmount) private {
        IDendronManager manager = IDendronManager(dendronManager);
        if (address(manager) == address(0) || msg.sender == address(manager)) return;
        if (manager.isNeuron(netuid, user)) manager.updateStakeAllocation(netuid, user, newAmount);
    }

    function _available(SubnetTypes.StakeInfo storage stake) private view returns (uint256) {
        return stake.totalStaked - stake.totalAllocated - stake.totalCost;
    }
}
