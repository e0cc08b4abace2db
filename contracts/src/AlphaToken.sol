// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAlphaToken} from "./interfaces/IAlphaToken.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title AlphaToken
/// @notice The token of one subnet.
contract AlphaToken is IAlphaToken, ERC20, Ownable {
    /// @notice The contract that registered the subnet.
    address public immutable subnetManager;

    /// @notice Subnet the token belongs to.
    uint16 public immutable netuid;

    /// @notice Unix time of the creation, in seconds.
    uint256 public immutable createdAt;

    // The published interface spells this getter so.
    // forge-lint: disable-next-line(mixed-case-variable)
    /// @notice Whether an account may mint and burn.
    mapping(address minter => bool authorized) public authorized_minters;

    /// @notice Creates the token without supply.
    /// @param name Name.
    /// @param symbol Symbol.
    /// @param _minter SubnetManager; becomes owner and first minter.
    /// @param _netuid Subnet.
    constructor(string memory name, string memory symbol, address _minter, uint16 _netuid)
        ERC20(name, symbol)
        Ownable(_minter)
    {
        subnetManager = _minter;
        netuid = _netuid;
        createdAt = block.timestamp;
        authorized_minters[_minter] = true;
        emit MinterChanged(address(0), _minter);
    }

    /// @inheritdoc IAlphaToken
    function addMinter(address minter) external onlyOwner {
        authorized_minters[minter] = true;
        emit MinterAdded(minter);
    }

    /// @inheritdoc IAlphaToken
    function removeMinter(address minter) external onlyOwner {
        authorized_minters[minter] = false;
        emit MinterRemoved(minter);
    }

    /// @inheritdoc IAlphaToken
    function mint(address to, uint256 amount) external {
        if (!authorized_minters[msg.sender]) revert NotMinter(msg.sender);
        _mint(to, amount);
        emit TokensMinted(to, amount);
    }

    /// @inheritdoc IAlphaToken
    function burn(address from, uint256 amount) external {
        if (msg.sender != from) {
            if (!authorized_minters[msg.sender]) revert NotMinter(msg.sender);
            _spendAllowance(from, msg.sender, amount);
        }
        _burn(from, amount);
        emit TokensBurned(from, amount);
    }

    /// @inheritdoc IAlphaToken
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
        )
    {
        return (name(), symbol(), totalSupply(), netuid, subnetManager, createdAt);
    }
}
