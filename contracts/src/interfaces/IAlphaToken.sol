// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title IAlphaToken
/// @notice What the token of a subnet adds to ERC-20.
interface IAlphaToken {
    /// @notice An account may mint and burn from now on.
    /// @param minter Account.
    event MinterAdded(address indexed minter);

    /// @notice The token's first minter was set at its creation.
    /// @param oldMinter The zero address.
    /// @param newMinter First minter.
    event MinterChanged(address indexed oldMinter, address indexed newMinter);

    /// @notice An account may no longer mint and burn.
    /// @param minter Account.
    event MinterRemoved(address indexed minter);

    /// @notice Tokens were destroyed.
    /// @param from Holder.
    /// @param amount Wei.
    event TokensBurned(address indexed from, uint256 amount);

    /// @notice Tokens were created.
    /// @param to Holder.
    /// @param amount Wei.
    event TokensMinted(address indexed to, uint256 amount);

    /// @notice The caller is not a minter.
    /// @param caller Account.
    error NotMinter(address caller);

    /// @notice Lets an account mint, and burn what it has an allowance for. Owner only.
    /// @param minter Account.
    function addMinter(address minter) external;

    /// @notice Stops an account from minting and burning. Owner only.
    /// @param minter Account.
    function removeMinter(address minter) external;

    /// @notice Creates tokens. Minters only: NotMinter.
    /// @param to Holder.
    /// @param amount Wei.
    function mint(address to, uint256 amount) external;

    /// @notice Destroys tokens. Holders may burn their own, minters those that the holder has approved to
    /// them.
    /// @dev Reverts NotMinter, ERC20InsufficientAllowance, ERC20InsufficientBalance.
    /// @param from Holder.
    /// @param amount Wei.
    function burn(address from, uint256 amount) external;

    /// @notice The token at a glance.
    /// @return _name Name.
    /// @return _symbol Symbol.
    /// @return _totalSupply Supply in wei.
    /// @return _netuid Subnet.
    /// @return _minter First minter: the SubnetManager.
    /// @return _createdAt Unix time of the creation, in seconds.
    function getTokenInfo()
        external
        view
        returns (
            string memory _name,
            string memory _symbol,
            uint256 _totalSupply,
            uint16 _netuid,
            address _minter,
            uint256 _createdAt
        );
}
