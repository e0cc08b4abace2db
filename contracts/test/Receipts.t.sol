// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ReceiptVerifier} from "./utils/ReceiptVerifier.sol";
import {Vm} from "./utils/Vm.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice What a contract can conclude from a receipt, on the vector `receipt-v1.json` of hetu-cambium.
contract ReceiptsTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 private constant MINER_KEY = 2;
    uint256 private constant OTHER_CALLER_KEY = 3;

    /// @dev Gas of two recoveries and of the bases in memory; a dispute on chain pays no more for a receipt.
    uint256 private constant MOST_GAS = 200_000;

    ReceiptVerifier private verifier;

    function setUp() public {
        verifier = new ReceiptVerifier();
    }

    function test_recordedReceipt_isVerified() public view {
        verifier.requireReceipt(_request(), _reply());
    }

    function test_forgedReply_isRefused() public {
        ReceiptVerifier.Request memory request = _request();
        ReceiptVerifier.Reply memory reply = _reply();
        reply.digest = sha256('{"result":9.0}');
        vm.expectRevert(abi.encodeWithSelector(ReceiptVerifier.NotSigned.selector, request.miner));
        verifier.requireReceipt(request, reply);
    }

    function test_twoAnswersToOneRequest_areEquivocation() public view {
        ReceiptVerifier.Reply memory other = _signedReply(_request(), '{"result":9.0}', 200);
        vm.assertTrue(verifier.isEquivocation(_request(), _reply(), other));
    }

    /// @dev A copy of the request is refused with 401 nonce_reused, in a signed reply.
    function test_refusalOfACopy_isNoSecondAnswer() public view {
        ReceiptVerifier.Reply memory refusal = _signedReply(_request(), "{}", 401);
        vm.assertFalse(verifier.isEquivocation(_request(), _reply(), refusal));
    }

    function test_wrongSum_isProven() public view {
        ReceiptVerifier.Reply memory wrong = _signedReply(_request(), '{"result":9.0}', 200);
        vm.assertTrue(verifier.isWrongSum(_request(), wrong, 5, 3, 9));
        vm.assertFalse(verifier.isWrongSum(_request(), _reply(), 5, 3, 8));
    }

    function test_verification_fitsItsGas() public view {
        ReceiptVerifier.Request memory request = _request();
        ReceiptVerifier.Reply memory reply = _reply();
        uint256 before = gasleft();
        verifier.requireReceipt(request, reply);
        vm.assertLt(before - gasleft(), MOST_GAS);
    }

    /// @dev A reply covers the signature of the request: another caller who has seen a receipt cannot make
    /// one of its own of it.
    function test_seenReply_makesNoReceiptForAnotherCaller() public {
        ReceiptVerifier.Request memory request = _byAnotherCaller(_request());
        ReceiptVerifier.Reply memory seen = _reply();
        vm.expectRevert(abi.encodeWithSelector(ReceiptVerifier.NotSigned.selector, request.miner));
        verifier.requireReceipt(request, seen);
    }

    /// @dev Two callers use one nonce. Miners remember nonces by caller, so an honest one answers both, and
    /// the service may answer them differently.
    function test_answersToTwoCallersWithOneNonce_areNoEquivocation() public {
        ReceiptVerifier.Request memory first = _request();
        ReceiptVerifier.Request memory second = _byAnotherCaller(_request());
        ReceiptVerifier.Reply memory toSecond = _signedReply(second, '{"result":8.00}', 200);
        verifier.requireReceipt(second, toSecond);
        ReceiptVerifier.Reply memory toFirst = _reply();
        vm.expectRevert(abi.encodeWithSelector(ReceiptVerifier.NotSigned.selector, first.miner));
        verifier.isEquivocation(first, toFirst, toSecond);
    }

    function _request() private pure returns (ReceiptVerifier.Request memory request) {
        request.scheme = "http";
        request.authority = "miner.example:8091";
        request.path = "/math-sum";
        request.query = "?trace=no";
        request.digest = sha256('{"x":5.0,"y":3.0}');
        request.contentType = "application/json";
        request.netuid = 1;
        request.miner = 0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF;
        request.timeoutMs = 1500;
        request.created = 1700000000;
        request.expires = 1700000030;
        request.nonce = "AAECAwQFBgcICQoLDA0ODw";
        request.chainId = 560000;
        request.caller = 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf;
        request.signature = Base64.decode(
            "TkPyaOX5qj6oL9QbsHHOl3OCaYcQ9VQ7p1HdXWkX3xhxaY487UtJHj2JNYZYNEyHfH+Gs1bQkz11Q1Y/42P5bxw="
        );
    }

    function _reply() private pure returns (ReceiptVerifier.Reply memory reply) {
        reply = _unsignedReply('{"result":8.0}', 200);
        reply.signature = Base64.decode(
            "P01HJGa2C55l7mkJVmVjpzXaT+5dMfvFGmG3rnp5+jUnGz+JY46PqG41XhXf30wfFVHme7EFSjLuloxQIPKY6Rs="
        );
    }

    function _unsignedReply(string memory content, uint16 status)
        private
        pure
        returns (ReceiptVerifier.Reply memory reply)
    {
        reply.status = status;
        reply.digest = sha256(bytes(content));
        reply.contentType = "application/json";
        reply.created = 1700000000;
        reply.expires = 1700000060;
    }

    function _signedReply(ReceiptVerifier.Request memory request, string memory content, uint16 status)
        private
        view
        returns (ReceiptVerifier.Reply memory reply)
    {
        reply = _unsignedReply(content, status);
        reply.signature = _signed(MINER_KEY, verifier.replyBase(request, reply));
    }

    function _byAnotherCaller(ReceiptVerifier.Request memory request)
        private
        view
        returns (ReceiptVerifier.Request memory)
    {
        request.caller = vm.addr(OTHER_CALLER_KEY);
        request.signature = _signed(OTHER_CALLER_KEY, verifier.requestBase(request));
        return request;
    }

    function _signed(uint256 key, bytes memory base) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, MessageHashUtils.toEthSignedMessageHash(base));
        return abi.encodePacked(r, s, v);
    }
}
