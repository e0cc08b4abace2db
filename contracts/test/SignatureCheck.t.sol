// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {OddWallet} from "../src/testkit/OddWallet.sol";
import {OwnerWallet} from "../src/testkit/OwnerWallet.sol";
import {OwnerWalletFactory} from "../src/testkit/OwnerWalletFactory.sol";
import {Vm} from "./utils/Vm.sol";

contract SignatureCheckTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 private constant KEY = 7;
    uint256 private constant OTHER_KEY = 8;
    bytes32 private constant HASH = keccak256("what is signed");
    bytes32 private constant SALT = keccak256("salt");

    bytes1 private constant INVALID = 0x00;
    bytes1 private constant VALID = 0x01;
    bytes1 private constant NO_CODE = 0x02;

    /// @dev As much as a client gives to the whole call.
    uint256 private constant GAS = 10_000_000;

    address private owner;
    OwnerWalletFactory private factory;
    bytes private _creationCode;

    function setUp() public {
        owner = vm.addr(KEY);
        factory = new OwnerWalletFactory();
        _creationCode = vm.getCode("SignatureCheck.sol:SignatureCheck");
    }

    function test_anOwnersSignatureIsValid() public {
        OwnerWallet wallet = new OwnerWallet(owner);
        vm.assertEq(_ask(address(wallet), _signed(KEY, HASH)), VALID);
    }

    function test_anotherSignatureIsInvalid() public {
        OwnerWallet wallet = new OwnerWallet(owner);
        vm.assertEq(_ask(address(wallet), _signed(OTHER_KEY, HASH)), INVALID);
        vm.assertEq(_ask(address(wallet), _signed(KEY, keccak256("something else"))), INVALID);
        vm.assertEq(_ask(address(wallet), ""), INVALID);
    }

    function test_anAccountWithoutCodeIsSaidToBeOne() public {
        vm.assertEq(_ask(owner, _signed(KEY, HASH)), NO_CODE);
        vm.assertEq(_ask(address(1), _signed(KEY, HASH)), NO_CODE);
    }

    function test_onlyTheMagicWordIsValid() public {
        vm.assertEq(_askOdd(OddWallet.Oddity.None), VALID);
        for (uint256 i = 1; i <= uint256(type(OddWallet.Oddity).max); ++i) {
            vm.assertEq(uint8(_askOdd(OddWallet.Oddity(i))), uint8(INVALID), vm.toString(i));
        }
    }

    function test_anAccountThatIsNotThereIsCreatedFirst() public {
        address wallet = factory.addressOf(owner, SALT);
        bytes memory creation = abi.encodeCall(factory.create, (owner, SALT));
        vm.assertEq(_ask(wallet, _signed(KEY, HASH), address(factory), creation), VALID);
    }

    function test_anAccountThatWasCreatedStillJudges() public {
        address wallet = factory.addressOf(owner, SALT);
        bytes memory creation = abi.encodeCall(factory.create, (owner, SALT));
        vm.assertEq(_ask(wallet, _signed(OTHER_KEY, HASH), address(factory), creation), INVALID);
    }

    function test_aFactoryThatCreatesAnotherAccountHelpsNobody() public {
        address wallet = factory.addressOf(owner, SALT);
        bytes memory creation = abi.encodeCall(factory.create, (vm.addr(OTHER_KEY), SALT));
        vm.assertEq(_ask(wallet, _signed(OTHER_KEY, HASH), address(factory), creation), NO_CODE);
    }

    function test_aFactoryThatFailsOrIsNoneCreatesNothing() public {
        address wallet = factory.addressOf(owner, SALT);
        bytes memory signature = _signed(KEY, HASH);
        vm.assertEq(_ask(wallet, signature, address(factory), "burns all gas"), NO_CODE);
        vm.assertEq(_ask(wallet, signature, owner, "has no code"), NO_CODE);
        vm.assertEq(_ask(wallet, signature, address(2), "is precompiled"), NO_CODE);
    }

    function test_anAccountThatIsThereIsAskedBeforeTheFactoryIsCalled() public {
        address wallet = factory.create(owner, SALT);
        vm.assertEq(_ask(wallet, _signed(KEY, HASH), address(factory), "burns all gas"), VALID);
    }

    function test_anAccountThatSaysNoIsPreparedAndAskedAgain() public {
        address wallet = address(new OddWallet(OddWallet.Oddity.Unprepared));
        bytes memory preparation = abi.encodeCall(OddWallet.prepare, ());
        vm.assertEq(_ask(wallet, ""), INVALID);
        vm.assertEq(_ask(wallet, "", wallet, preparation), VALID);
    }

    function test_theAnswerComesWhoeverBurnsTheGas() public {
        address wallet = address(new OddWallet(OddWallet.Oddity.BurnGas));
        vm.assertEq(_ask(wallet, "", address(factory), "burns all gas"), INVALID);
    }

    function testFuzz_noSignatureButTheOwnersIsValid(bytes calldata signature, bytes32 hash) public {
        OwnerWallet wallet = new OwnerWallet(owner);
        vm.assertEq(_ask(address(wallet), signature), INVALID);
        bytes1 answer = _run(address(wallet), hash, _signed(KEY, HASH), address(0), "");
        vm.assertEq(answer, hash == HASH ? VALID : INVALID);
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_theAnswerComesHoweverLongTheSignature(uint16 length) public {
        address wallet = address(new OddWallet(OddWallet.Oddity.BurnGas));
        bytes memory bytes_ = new bytes(length % 32_768);
        vm.assertEq(_ask(wallet, bytes_, address(factory), ""), INVALID);
    }

    function _askOdd(OddWallet.Oddity oddity) private returns (bytes1) {
        return _ask(address(new OddWallet(oddity)), "");
    }

    function _ask(address wallet, bytes memory signature) private returns (bytes1) {
        return _ask(wallet, signature, address(0), "");
    }

    function _ask(address wallet, bytes memory signature, address maker, bytes memory data)
        private
        returns (bytes1)
    {
        return _run(wallet, HASH, signature, maker, data);
    }

    /// @dev Creation with as much gas as a client gives it; what it returns stands as code.
    function _run(address wallet, bytes32 hash, bytes memory signature, address maker, bytes memory data)
        private
        returns (bytes1)
    {
        bytes memory arguments = abi.encode(wallet, hash, signature, maker, data);
        return this.create{gas: GAS}(bytes.concat(_creationCode, arguments));
    }

    /// @dev By the instruction itself: `new` would be a cheatcode here, which pays no gas.
    function create(bytes memory creationCode) external returns (bytes1) {
        address place;
        assembly ("memory-safe") {
            place := create(0, add(creationCode, 0x20), mload(creationCode))
        }
        vm.assertTrue(place != address(0));
        vm.assertEq(place.code.length, 1);
        return place.code[0];
    }

    function _signed(uint256 key, bytes32 hash) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }
}
