// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IWHETU} from "./interfaces/IWHETU.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title WHETU
/// @notice Native HETU as an ERC-20 token with ERC-2612 permits, one to one.
contract WHETU is IWHETU, ERC20Permit, ReentrancyGuardTransient {
    /// @notice Creates the token without supply.
    constructor() ERC20("Wrapped HETU", "WHETU") ERC20Permit("Wrapped HETU") {}

    /// @notice Wraps native HETU that is sent without a call.
    receive() external payable {
        _wrap();
    }

    /// @inheritdoc IWHETU
    function deposit() external payable {
        _wrap();
    }

    /// @inheritdoc IWHETU
    function withdraw(uint256 amount) external nonReentrant {
        require(amount > 0, "ZERO_WITHDRAWAL");
        require(balanceOf(msg.sender) >= amount, "INSUFFICIENT_BALANCE");
        _burn(msg.sender, amount);
        emit Withdrawal(msg.sender, amount);
        (bool paid,) = msg.sender.call{value: amount}("");
        if (!paid) revert NativeTransferFailed(msg.sender);
    }

    /// @inheritdoc IWHETU
    function totalETH() external view returns (uint256) {
        return address(this).balance;
    }

    function _wrap() private {
        require(msg.value > 0, "ZERO_DEPOSIT");
        _mint(msg.sender, msg.value);
        emit Deposit(msg.sender, msg.value);
    }
}
