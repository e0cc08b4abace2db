// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDendronManager} from "../interfaces/IDendronManager.sol";
import {IGlobalStaking} from "../interfaces/IGlobalStaking.sol";
import {CrowdMember} from "./CrowdMember.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title DendronCrowd
/// @notice For tests: fills a subnet with miners, several in one transaction, by the rules that hold for
/// everybody.
contract DendronCrowd {
    /// @notice Wrapped HETU; the crowd has to hold what its members stake and pay.
    IERC20 public immutable whetu;

    /// @notice GlobalStaking.
    IGlobalStaking public immutable staking;

    /// @notice DendronManager.
    IDendronManager public immutable manager;

    /// @notice What the members are clones of.
    address public immutable member;

    /// @notice Creates a crowd.
    /// @param whetu_ Wrapped HETU.
    /// @param staking_ GlobalStaking.
    /// @param manager_ DendronManager.
    constructor(IERC20 whetu_, IGlobalStaking staking_, IDendronManager manager_) {
        whetu = whetu_;
        staking = staking_;
        manager = manager_;
        member = address(new CrowdMember());
    }

    /// @notice Lets new accounts join a subnet as miners.
    /// @param netuid Subnet.
    /// @param count Number of accounts.
    /// @param stake Stake of each.
    /// @param cost What each pays for its registration.
    /// @param firstPort Port of the first one's server; the others follow.
    function join(uint16 netuid, uint256 count, uint256 stake, uint256 cost, uint32 firstPort) external {
        for (uint32 i = 0; i < count; ++i) {
            CrowdMember newcomer = CrowdMember(Clones.clone(member));
            whetu.transfer(address(newcomer), stake + cost);
            newcomer.join(whetu, staking, manager, netuid, stake, "127.0.0.1", firstPort + i);
        }
    }
}
