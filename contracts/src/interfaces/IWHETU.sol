// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title IWHETU
/// @notice What wrapped HETU adds to ERC-20 and ERC-2612.
interface IWHETU {
    /// @notice Native HETU was wrapped.
    /// @param user Account credited.
    /// @param amount Wei.
    event Deposit(address indexed user, uint256 amount);

    /// @notice Wrapped HETU was turned back.
    /// @param user Account paid.
    /// @param amount Wei.
    event Withdrawal(address indexed user, uint256 amount);

    /// @notice The receiver of a withdrawal refused the native HETU.
    /// @param user Account that refused.
    error NativeTransferFailed(address user);

    /// @notice Wraps the native HETU sent along. Reverts ZERO_DEPOSIT.
    function deposit() external payable;

    /// @notice Unwraps. Reverts ZERO_WITHDRAWAL, INSUFFICIENT_BALANCE.
    /// @param amount Wei.
    function withdraw(uint256 amount) external;

    /// @notice Native HETU held by the contract.
    /// @return Wei.
    function totalETH() external view returns (uint256);
}
