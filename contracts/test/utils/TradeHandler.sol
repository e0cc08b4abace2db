// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AlphaToken} from "../../src/AlphaToken.sol";
import {SubnetAMM} from "../../src/SubnetAMM.sol";
import {WHETU} from "../../src/WHETU.sol";
import {Vm} from "./Vm.sol";

/// @notice A trader and the system address, who do to a pool whatever they may.
contract TradeHandler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    SubnetAMM private immutable pool;
    WHETU private immutable whetu;
    AlphaToken private immutable alpha;
    address private immutable system;

    /// @notice Product of the reserves that no trade may go below.
    uint256 public leastK;

    constructor(SubnetAMM _pool, WHETU _whetu, AlphaToken _alpha, address _system) {
        pool = _pool;
        whetu = _whetu;
        alpha = _alpha;
        system = _system;
        leastK = _pool.getK();
        _equip(address(this));
        _equip(_system);
    }

    function buy(uint256 seed) external {
        uint256 amount = _anySize(seed);
        if (pool.simSwapHETUForAlpha(amount) > 0) pool.swapHETUForAlpha(amount, 0, address(this));
        _ratchet();
    }

    function sell(uint256 seed) external {
        uint256 amount = _anySize(seed);
        if (pool.simSwapAlphaForHETU(amount) > 0) pool.swapAlphaForHETU(amount, 0, address(this));
        _ratchet();
    }

    function inject(uint256 hetuAmount, uint256 alphaAmount) external {
        vm.prank(system);
        pool.injectLiquidity(1 + hetuAmount % 100 ether, alphaAmount % 100 ether);
        leastK = pool.getK();
    }

    function withdraw(uint256 hetuAmount, uint256 alphaAmount) external {
        uint256 hetuSpare = pool.subnetHetu() - pool.minimumPoolLiquidity();
        uint256 alphaSpare = pool.subnetAlphaIn() - pool.minimumPoolLiquidity();
        if (hetuSpare == 0) return;
        vm.prank(system);
        pool.withdrawLiquidity(1 + hetuAmount % hetuSpare, alphaAmount % (alphaSpare + 1), system);
        leastK = pool.getK();
    }

    function refreshPrice(uint256 blocks) external {
        vm.roll(vm.getBlockNumber() + blocks % 2000);
        pool.updateMovingPrice();
    }

    // A product that fell leaves the mark where it was, for the invariant to find.
    function _ratchet() private {
        uint256 k = pool.getK();
        if (k > leastK) leastK = k;
    }

    function _equip(address holder) private {
        vm.deal(holder, 1_000_000 ether);
        vm.prank(alpha.owner());
        alpha.mint(holder, 1_000_000 ether);
        vm.startPrank(holder);
        whetu.deposit{value: 1_000_000 ether}();
        whetu.approve(address(pool), type(uint256).max);
        alpha.approve(address(pool), type(uint256).max);
        vm.stopPrank();
    }

    // Uniform amounts would hardly ever be small enough for rounding to matter.
    function _anySize(uint256 seed) private pure returns (uint256) {
        return (((seed >> 8) % 500 ether) >> (seed % 67)) + 1;
    }
}
