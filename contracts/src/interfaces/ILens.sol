// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title ILens
/// @notice Reads much at once. Every function takes the addresses of the contracts it reads and uses only
/// what the published contracts have as well, so one Lens serves any deployment.
/// @dev Records are packed: numbers big-endian and without gaps, one record after the other. Amounts that do
/// not fit their field are given as its greatest value. A text is two bytes of length and as many bytes; what
/// exceeds its limit is cut off. A page holds at most `MAX_PAGE` records; places beyond the end are left out.
interface ILens {
    /// @notice The state that a result describes.
    /// @param blockNumber Block in which the call ran.
    /// @param parentHash Hash of the block before it.
    /// @param timestamp Unix time of the block, in seconds.
    struct Pin {
        uint256 blockNumber;
        bytes32 parentHash;
        uint256 timestamp;
    }

    /// @notice A page of the dendrons of a subnet, in the order of `getNeuronList`.
    /// @dev A record:
    /// account 20 bytes, flags 1, stake 16, registrationBlock 8, lastUpdate 8, axonPort 4, prometheusPort 4,
    /// axonEndpoint text up to 255, prometheusEndpoint text up to 255.
    /// Stake is what GlobalStaking holds for the account on the subnet. Flags: 1 active, 2 validator, 4 axon
    /// endpoint cut, 8 prometheus endpoint cut, 16 the register names another stake than GlobalStaking.
    /// @param dendronManager DendronManager or NeuronManager.
    /// @param globalStaking GlobalStaking.
    /// @param netuid Subnet.
    /// @param start First place, from 0.
    /// @param count Most records.
    /// @return pin State described.
    /// @return total Dendrons of the subnet.
    /// @return records Records.
    function dendrons(
        address dendronManager,
        address globalStaking,
        uint16 netuid,
        uint256 start,
        uint256 count
    ) external view returns (Pin memory pin, uint256 total, bytes memory records);

    /// @notice The stakes of some accounts, in the order given.
    /// @dev A record: totalStaked 16 bytes, totalAllocated 16, totalCost 16, allocation to the subnet 16. The
    /// first `MAX_PAGE` accounts are read.
    /// @param globalStaking GlobalStaking.
    /// @param netuid Subnet.
    /// @param accounts Accounts.
    /// @return pin State described.
    /// @return records Records.
    function stakes(address globalStaking, uint16 netuid, address[] calldata accounts)
        external
        view
        returns (Pin memory pin, bytes memory records);

    /// @notice A page of the subnets, by netuid; place 0 is netuid 1.
    /// @dev A record:
    /// netuid 2 bytes, flags 1, owner 20, alphaToken 20, ammPool 20, lockedAmount 16, poolInitialTao 16,
    /// burnedAmount 16, createdAt 8, currentPrice 16, totalVolume 16, hetuReserve 16, alphaReserve 16,
    /// name text up to 255, description text up to 1024.
    /// Flags: 1 active, 2 name cut, 4 description cut.
    /// @param subnetManager SubnetManager.
    /// @param start First place, from 0.
    /// @param count Most records.
    /// @return pin State described.
    /// @return total Subnets of the network.
    /// @return records Records.
    function subnets(address subnetManager, uint256 start, uint256 count)
        external
        view
        returns (Pin memory pin, uint256 total, bytes memory records);

    /// @notice A page of the rules of the subnets, by netuid; place 0 is netuid 1.
    /// @dev A record of 108 bytes: netuid 2, then the rules in the order of the struct, each as wide as its
    /// type but amounts 16: rho 2, kappa 2, immunityPeriod 2, tempo 2, maxValidators 2, activityCutoff 2,
    /// maxAllowedUids 2, maxAllowedValidators 2, minAllowedWeights 2, maxWeightsLimit 2, baseNeuronCost 16,
    /// currentDifficulty 8, targetRegsPerInterval 2, maxRegsPerBlock 2, weightsRateLimit 8,
    /// registrationAllowed 1, commitRevealEnabled 1, commitRevealPeriod 8, servingRateLimit 8,
    /// validatorThreshold 16, neuronThreshold 16.
    /// @param subnetManager SubnetManager.
    /// @param start First place, from 0.
    /// @param count Most records.
    /// @return pin State described.
    /// @return total Subnets of the network.
    /// @return records Records.
    function hyperparams(address subnetManager, uint256 start, uint256 count)
        external
        view
        returns (Pin memory pin, uint256 total, bytes memory records);

    /// @notice A page of the weight rows of a subnet, in the order of `getSubnetValidators`.
    /// @dev A record: validator 20 bytes, block of the last change 8, number of entries 2, then the entries:
    /// dest 20 and weight 16 each. From a published Weights contract, which lists nothing, the row is put
    /// together from the weights of all dendrons that are not zero, and the block is 0.
    /// @param weights Weights.
    /// @param dendronManager DendronManager or NeuronManager.
    /// @param netuid Subnet.
    /// @param start First place, from 0.
    /// @param count Most records.
    /// @return pin State described.
    /// @return total Validators of the subnet.
    /// @return records Records.
    function weightRows(address weights, address dendronManager, uint16 netuid, uint256 start, uint256 count)
        external
        view
        returns (Pin memory pin, uint256 total, bytes memory records);
}
