// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SubnetTypes} from "./SubnetTypes.sol";

/// @title HyperparamRules
/// @notice Default values and bounds of the rules of a subnet.
library HyperparamRules {
    /// @notice The rules of a subnet that asks for none of its own.
    /// @return rules The defaults; `isValid` holds for them.
    function defaults() internal pure returns (SubnetTypes.SubnetHyperparams memory rules) {
        rules.rho = 10;
        rules.kappa = 32767;
        rules.immunityPeriod = 7200;
        rules.tempo = 99;
        rules.maxValidators = 64;
        rules.activityCutoff = 5000;
        rules.maxAllowedUids = 4096;
        rules.maxAllowedValidators = 128;
        rules.minAllowedWeights = 1;
        rules.maxWeightsLimit = 1000;
        rules.baseNeuronCost = 1 ether;
        rules.currentDifficulty = 10_000_000;
        rules.targetRegsPerInterval = 2;
        rules.maxRegsPerBlock = 1;
        rules.weightsRateLimit = 100;
        rules.registrationAllowed = true;
        rules.commitRevealEnabled = false;
        rules.commitRevealPeriod = 1000;
        rules.servingRateLimit = 50;
        rules.validatorThreshold = 500 ether;
        rules.neuronThreshold = 200 ether;
    }

    /// @notice Replaces the flagged defaults.
    /// @param custom Rules, of which only the flagged ones count.
    /// @param useCustom One flag per rule, in the order of the struct.
    /// @return rules The defaults with the flagged rules replaced; they may be invalid.
    function merge(SubnetTypes.SubnetHyperparams memory custom, bool[21] memory useCustom)
        internal
        pure
        returns (SubnetTypes.SubnetHyperparams memory rules)
    {
        rules = defaults();
        if (useCustom[0]) rules.rho = custom.rho;
        if (useCustom[1]) rules.kappa = custom.kappa;
        if (useCustom[2]) rules.immunityPeriod = custom.immunityPeriod;
        if (useCustom[3]) rules.tempo = custom.tempo;
        if (useCustom[4]) rules.maxValidators = custom.maxValidators;
        if (useCustom[5]) rules.activityCutoff = custom.activityCutoff;
        if (useCustom[6]) rules.maxAllowedUids = custom.maxAllowedUids;
        if (useCustom[7]) rules.maxAllowedValidators = custom.maxAllowedValidators;
        if (useCustom[8]) rules.minAllowedWeights = custom.minAllowedWeights;
        if (useCustom[9]) rules.maxWeightsLimit = custom.maxWeightsLimit;
        if (useCustom[10]) rules.baseNeuronCost = custom.baseNeuronCost;
        if (useCustom[11]) rules.currentDifficulty = custom.currentDifficulty;
        if (useCustom[12]) rules.targetRegsPerInterval = custom.targetRegsPerInterval;
        if (useCustom[13]) rules.maxRegsPerBlock = custom.maxRegsPerBlock;
        if (useCustom[14]) rules.weightsRateLimit = custom.weightsRateLimit;
        if (useCustom[15]) rules.registrationAllowed = custom.registrationAllowed;
        if (useCustom[16]) rules.commitRevealEnabled = custom.commitRevealEnabled;
        if (useCustom[17]) rules.commitRevealPeriod = custom.commitRevealPeriod;
        if (useCustom[18]) rules.servingRateLimit = custom.servingRateLimit;
        if (useCustom[19]) rules.validatorThreshold = custom.validatorThreshold;
        if (useCustom[20]) rules.neuronThreshold = custom.neuronThreshold;
    }

    /// @notice Whether every rule lies within its bounds.
    /// @param rules Rules.
    /// @return True if all do.
    function isValid(SubnetTypes.SubnetHyperparams memory rules) internal pure returns (bool) {
        return _consensusIsValid(rules) && _capacityIsValid(rules) && _registrationIsValid(rules)
            && _ratesAreValid(rules);
    }

    function _consensusIsValid(SubnetTypes.SubnetHyperparams memory rules) private pure returns (bool) {
        return _within(rules.rho, 1, 1000) && rules.kappa >= 1 && _within(rules.tempo, 1, 10_000)
            && _within(rules.activityCutoff, 1, 50_000) && rules.minAllowedWeights >= 1
            && _within(rules.maxWeightsLimit, rules.minAllowedWeights, 10_000);
    }

    function _capacityIsValid(SubnetTypes.SubnetHyperparams memory rules) private pure returns (bool) {
        return rules.maxAllowedUids >= 1 && rules.maxValidators >= 1
            && _within(rules.maxAllowedValidators, rules.maxValidators, 1000);
    }

    function _registrationIsValid(SubnetTypes.SubnetHyperparams memory rules) private pure returns (bool) {
        return rules.baseNeuronCost >= 1 && rules.currentDifficulty >= 1
            && _within(rules.targetRegsPerInterval, 1, 100) && _within(rules.maxRegsPerBlock, 1, 10)
            && rules.neuronThreshold >= 1 && rules.validatorThreshold >= rules.neuronThreshold;
    }

    function _ratesAreValid(SubnetTypes.SubnetHyperparams memory rules) private pure returns (bool) {
        return _within(rules.immunityPeriod, 1, 10_000) && _within(rules.weightsRateLimit, 1, 10_000)
            && _within(rules.commitRevealPeriod, 1, 10_000) && _within(rules.servingRateLimit, 1, 1000);
    }

    function _within(uint256 value, uint256 lowest, uint256 highest) private pure returns (bool) {
        return value >= lowest && value <= highest;
    }
}
