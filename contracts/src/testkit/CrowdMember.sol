// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDendronManager} from "../interfaces/IDendronManager.sol";
import {IGlobalStaking} from "../interfaces/IGlobalStaking.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title CrowdMember
/// @notice For tests: an account that joins a subnet as a miner with the WHETU that it was given.
contract CrowdMember {
    /// @notice Stakes and registers.
    /// @param whetu Wrapped HETU.
    /// @param staking GlobalStaking.
    /// @param manager DendronManager.
    /// @param netuid Subnet.
    /// @param stake Stake to allocate; the rest of the WHETU pays for the registration.
    /// @param host Host of the server.
    /// @param port Port of the server.
    function join(
        IERC20 whetu,
        IGlobalStaking staking,
        IDendronManager manager,
        uint16 netuid,
        uint256 stake,
        string calldata host,
        uint32 port
    ) external {
        uint256 balance = whetu.balanceOf(address(this));
        whetu.approve(address(staking), balance);
        staking.addGlobalStake(balance);
        manager.registerNeuronWithStakeAllocation(netuid, stake, false, host, port, "", 0);
    }
}
