// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title SubnetTypes
/// @notice The structs that the contracts exchange with each other and with their clients.
/// @dev Field order and types are part of the published interface: selectors and topics depend on them.
library SubnetTypes {
    /// @notice How a pool prices a trade.
    enum MechanismType {
        /// One HETU for one alpha.
        Stable,
        /// Constant product.
        Dynamic
    }

    /// @notice A registered subnet.
    /// @param netuid Identifier, counted from 1.
    /// @param owner Account that registered the subnet.
    /// @param alphaToken The subnet's own token.
    /// @param ammPool Pool that trades HETU against the alpha token.
    /// @param lockedAmount Lock cost paid at registration, in wei.
    /// @param poolInitialTao Part of the lock cost that seeded the pool, in wei.
    /// @param burnedAmount Part of the lock cost that was burned, in wei.
    /// @param createdAt Unix time of the registration, in seconds.
    /// @param isActive True once the owner has opened the subnet.
    /// @param name Display name.
    /// @param description Free text.
    struct SubnetInfo {
        uint16 netuid;
        address owner;
        address alphaToken;
        address ammPool;
        uint256 lockedAmount;
        uint256 poolInitialTao;
        uint256 burnedAmount;
        uint256 createdAt;
        bool isActive;
        string name;
        string description;
    }

    /// @notice The rules of one subnet. The order is also the order of the `useCustomFlags` at registration.
    /// @param rho Exponent of the incentive, 1..1000.
    /// @param kappa Majority threshold as a fraction of 65535, at least 1.
    /// @param immunityPeriod Blocks an inactive dendron keeps its slot, 1..10000.
    /// @param tempo An epoch lasts tempo + 1 blocks, 1..10000.
    /// @param maxValidators Validators that may be registered at once, 1..maxAllowedValidators.
    /// @param activityCutoff Blocks without a weight update after which a validator is ignored, 1..50000.
    /// @param maxAllowedUids Dendrons that may be registered at once, at least 1.
    /// @param maxAllowedValidators Upper bound of maxValidators, at most 1000.
    /// @param minAllowedWeights Fewest entries of a weight row, 1..maxWeightsLimit.
    /// @param maxWeightsLimit Most entries of a weight row, at most 10000.
    /// @param baseNeuronCost Price of a registration in wei, at least 1.
    /// @param currentDifficulty Kept for clients, at least 1.
    /// @param targetRegsPerInterval Kept for clients, 1..100.
    /// @param maxRegsPerBlock Registrations one block may hold, 1..10.
    /// @param weightsRateLimit Blocks between two weight rows of a validator, 1..10000.
    /// @param registrationAllowed False closes the subnet to new dendrons.
    /// @param commitRevealEnabled True refuses weights that were not committed to beforehand.
    /// @param commitRevealPeriod Blocks between commit and reveal, 1..10000.
    /// @param servingRateLimit Blocks between two endpoint updates of a dendron, 1..1000.
    /// @param validatorThreshold Stake a validator needs, in wei, at least neuronThreshold.
    /// @param neuronThreshold Stake a miner needs, in wei, at least 1.
    struct SubnetHyperparams {
        uint16 rho;
        uint16 kappa;
        uint16 immunityPeriod;
        uint16 tempo;
        uint16 maxValidators;
        uint16 activityCutoff;
        uint16 maxAllowedUids;
        uint16 maxAllowedValidators;
        uint16 minAllowedWeights;
        uint16 maxWeightsLimit;
        uint256 baseNeuronCost;
        uint64 currentDifficulty;
        uint16 targetRegsPerInterval;
        uint16 maxRegsPerBlock;
        uint64 weightsRateLimit;
        bool registrationAllowed;
        bool commitRevealEnabled;
        uint64 commitRevealPeriod;
        uint64 servingRateLimit;
        uint256 validatorThreshold;
        uint256 neuronThreshold;
    }

    /// @notice A dendron: a registered miner or validator of a subnet.
    /// @param account Account that registered; the zero address if there is no such dendron.
    /// @param netuid Subnet.
    /// @param isActive True while the stake reaches the threshold of the role.
    /// @param isValidator The role asked for at registration.
    /// @param stake Stake that GlobalStaking holds for the account on this subnet, in wei.
    /// @param registrationBlock Block of the registration.
    /// @param lastUpdate Unix time of the last registration or endpoint update, in seconds.
    /// @param axonEndpoint Host of the server.
    /// @param axonPort Port of the server.
    /// @param prometheusEndpoint Host of the metrics.
    /// @param prometheusPort Port of the metrics.
    struct NeuronInfo {
        address account;
        uint16 netuid;
        bool isActive;
        bool isValidator;
        uint256 stake;
        uint64 registrationBlock;
        uint256 lastUpdate;
        string axonEndpoint;
        uint32 axonPort;
        string prometheusEndpoint;
        uint32 prometheusPort;
    }

    /// @notice The stake of one account over all subnets. Amounts are in wei.
    /// @param totalStaked Deposits minus withdrawals.
    /// @param totalAllocated Part bound to subnets.
    /// @param totalCost Registration costs paid so far; they stay deducted for good.
    /// @param lastUpdateBlock Block of the last change.
    struct StakeInfo {
        uint256 totalStaked;
        uint256 totalAllocated;
        uint256 totalCost;
        uint256 lastUpdateBlock;
    }

    /// @notice The stake of one account on one subnet. Amounts are in wei.
    /// @param allocated Stake bound to the subnet.
    /// @param cost Registration costs paid on this subnet so far.
    /// @param lastUpdateBlock Block of the last change.
    struct SubnetAllocation {
        uint256 allocated;
        uint256 cost;
        uint256 lastUpdateBlock;
    }

    /// @notice One entry of a validator's weight row.
    /// @param dest Dendron that is judged.
    /// @param weight Relative weight; only the proportions within a row matter.
    struct Weight {
        address dest;
        uint256 weight;
    }
}
