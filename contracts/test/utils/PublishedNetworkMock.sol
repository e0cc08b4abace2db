// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "../../src/SubnetTypes.sol";

/// @notice A stand-in for the published network: it answers the functions of the published interfaces that a
/// Lens needs and no others, with what the test told it, and reverts on anything else.
contract PublishedNetworkMock {
    mapping(uint16 netuid => address[] accounts) private _neurons;
    mapping(uint16 netuid => mapping(address account => SubnetTypes.NeuronInfo info)) private _infos;
    mapping(address user => mapping(uint16 netuid => SubnetTypes.SubnetAllocation allocation)) private
        _allocations;
    mapping(address user => SubnetTypes.StakeInfo stake) private _stakes;
    SubnetTypes.SubnetInfo[] private _subnets;
    SubnetTypes.SubnetHyperparams private _rules;

    /// @notice The one function of the published Weights that tells anything.
    mapping(uint16 netuid => mapping(address validator => mapping(address dest => uint256 weight))) public
        weights;

    function addNeuron(SubnetTypes.NeuronInfo calldata info, uint256 allocated) external {
        _neurons[info.netuid].push(info.account);
        _infos[info.netuid][info.account] = info;
        _allocations[info.account][info.netuid].allocated = allocated;
    }

    function addSubnet(SubnetTypes.SubnetInfo calldata info) external {
        _subnets.push(info);
    }

    function setRules(SubnetTypes.SubnetHyperparams calldata rules) external {
        _rules = rules;
    }

    function setStake(address user, SubnetTypes.StakeInfo calldata stake) external {
        _stakes[user] = stake;
    }

    function setWeight(uint16 netuid, address validator, address dest, uint256 weight) external {
        weights[netuid][validator][dest] = weight;
    }

    function getNeuronCount(uint16 netuid) external view returns (uint256) {
        return _neurons[netuid].length;
    }

    function neuronList(uint16 netuid, uint256 index) external view returns (address) {
        return _neurons[netuid][index];
    }

    function getNeuronList(uint16 netuid) external view returns (address[] memory) {
        return _neurons[netuid];
    }

    function getNeuronInfo(uint16 netuid, address account)
        external
        view
        returns (SubnetTypes.NeuronInfo memory)
    {
        return _infos[netuid][account];
    }

    function getSubnetValidators(uint16 netuid) external view returns (address[] memory validators) {
        address[] memory all = _neurons[netuid];
        validators = new address[](all.length);
        uint256 count = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            if (_infos[netuid][all[i]].isValidator) validators[count++] = all[i];
        }
        assembly ("memory-safe") {
            mstore(validators, count)
        }
    }

    function getSubnetAllocation(address user, uint16 netuid)
        external
        view
        returns (SubnetTypes.SubnetAllocation memory)
    {
        return _allocations[user][netuid];
    }

    function getStakeInfo(address user) external view returns (SubnetTypes.StakeInfo memory) {
        return _stakes[user];
    }

    /// @notice Stays 1 on the published network, however many subnets there are.
    function nextNetuid() external pure returns (uint16) {
        return 1;
    }

    function getNextNetuid() external view returns (uint16) {
        return uint16(_subnets.length + 1);
    }

    function getSubnetDetails(uint16 netuid)
        external
        view
        returns (SubnetTypes.SubnetInfo memory, uint256, uint256, uint256, uint256)
    {
        return (_subnets[netuid - 1], 11, 12, 13, type(uint256).max);
    }

    function getSubnetHyperparams(uint16 netuid)
        external
        view
        returns (SubnetTypes.SubnetHyperparams memory)
    {
        require(netuid <= _subnets.length, "SUBNET_NOT_EXISTS");
        return _rules;
    }
}
