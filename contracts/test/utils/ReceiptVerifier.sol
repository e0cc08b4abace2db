// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice Verifies receipts of Cambium, version 1. It rebuilds the signature bases from fields in the form
/// that the SDK writes, so nothing is parsed and a receipt of another form is refused.
contract ReceiptVerifier {
    using Strings for uint256;
    using Strings for address;

    struct Request {
        string scheme;
        string authority;
        string path;
        string query;
        bytes32 digest;
        string contentType;
        uint16 netuid;
        address miner;
        uint256 timeoutMs;
        uint256 created;
        uint256 expires;
        string nonce;
        uint256 chainId;
        address caller;
        bytes signature;
    }

    struct Reply {
        uint16 status;
        bytes32 digest;
        string contentType;
        uint256 created;
        uint256 expires;
        bytes signature;
    }

    error NotSigned(address by);
    error OtherContents();

    string private constant REQUEST_COVERS =
        '("@scheme" "@authority" "@method" "@path" "@query" "content-digest" "content-type" "cambium-version" "hetu-netuid" "hetu-recipient" "hetu-timeout-ms")';
    string private constant REPLY_COVERS =
        '("@status" "content-digest" "content-type" "@method";req "@authority";req "@path";req "@query";req "content-digest";req "hetu-recipient";req "signature";req "signature-input";req)';

    /// @notice Reverts unless the caller signed the request, and the miner its answer to this very signature.
    function requireReceipt(Request calldata request, Reply calldata reply) public pure {
        _requireSigned(request.caller, requestBase(request), request.signature);
        _requireSigned(request.miner, replyBase(request, reply), reply.signature);
    }

    /// @notice Whether the miner gave two answers of success to one signed request.
    function isEquivocation(Request calldata request, Reply calldata one, Reply calldata other)
        external
        pure
        returns (bool)
    {
        requireReceipt(request, one);
        _requireSigned(request.miner, replyBase(request, other), other.signature);
        return one.status == 200 && other.status == 200 && one.digest != other.digest;
    }

    /// @notice Whether the miner answered a wrong sum, for MathSum on whole numbers in JSON.
    function isWrongSum(Request calldata request, Reply calldata reply, uint256 x, uint256 y, uint256 answer)
        external
        pure
        returns (bool)
    {
        requireReceipt(request, reply);
        string memory asked = string.concat('{"x":', x.toString(), '.0,"y":', y.toString(), ".0}");
        string memory answered = string.concat('{"result":', answer.toString(), ".0}");
        if (sha256(bytes(asked)) != request.digest || sha256(bytes(answered)) != reply.digest) {
            revert OtherContents();
        }
        return x + y != answer;
    }

    function requestBase(Request calldata request) public pure returns (bytes memory) {
        bytes memory head = bytes.concat(
            '"@scheme": ',
            bytes(request.scheme),
            '\n"@authority": ',
            bytes(request.authority),
            '\n"@method": POST\n"@path": ',
            bytes(request.path),
            '\n"@query": ',
            bytes(request.query),
            '\n"content-digest": ',
            _digest(request.digest),
            '\n"content-type": ',
            bytes(request.contentType)
        );
        bytes memory call = bytes.concat(
            '\n"cambium-version": 1\n"hetu-netuid": ',
            bytes(uint256(request.netuid).toString()),
            '\n"hetu-recipient": ',
            bytes(request.miner.toHexString()),
            '\n"hetu-timeout-ms": ',
            bytes(request.timeoutMs.toString())
        );
        return bytes.concat(head, call, '\n"@signature-params": ', _requestParameters(request));
    }

    function replyBase(Request calldata request, Reply calldata reply) public pure returns (bytes memory) {
        bytes memory parameters = _parameters(
            REPLY_COVERS,
            reply.created,
            reply.expires,
            request.nonce,
            request.chainId,
            request.miner,
            "hetu-cambium"
        );
        return
            bytes.concat(_replyHead(reply), _answeredRequest(request), '\n"@signature-params": ', parameters);
    }

    function _replyHead(Reply calldata reply) private pure returns (bytes memory) {
        return bytes.concat(
            '"@status": ',
            bytes(uint256(reply.status).toString()),
            '\n"content-digest": ',
            _digest(reply.digest),
            '\n"content-type": ',
            bytes(reply.contentType)
        );
    }

    /// @dev The signature of the request names its caller: a nonce is unique for each caller alone.
    function _answeredRequest(Request calldata request) private pure returns (bytes memory) {
        bytes memory target = bytes.concat(
            '\n"@method";req: POST\n"@authority";req: ',
            bytes(request.authority),
            '\n"@path";req: ',
            bytes(request.path),
            '\n"@query";req: ',
            bytes(request.query),
            '\n"content-digest";req: ',
            _digest(request.digest),
            '\n"hetu-recipient";req: ',
            bytes(request.miner.toHexString())
        );
        return bytes.concat(
            target,
            '\n"signature";req: hetu=:',
            bytes(Base64.encode(request.signature)),
            ':\n"signature-input";req: hetu=',
            _requestParameters(request)
        );
    }

    function _requestParameters(Request calldata request) private pure returns (bytes memory) {
        return _parameters(
            REQUEST_COVERS,
            request.created,
            request.expires,
            request.nonce,
            request.chainId,
            request.caller,
            "erc8128"
        );
    }

    function _parameters(
        string memory covers,
        uint256 created,
        uint256 expires,
        string memory nonce,
        uint256 chainId,
        address account,
        string memory tag
    ) private pure returns (bytes memory) {
        bytes memory head = bytes.concat(
            bytes(covers),
            ";created=",
            bytes(created.toString()),
            ";expires=",
            bytes(expires.toString()),
            ';nonce="',
            bytes(nonce)
        );
        return bytes.concat(
            head,
            '";keyid="eip155:',
            bytes(chainId.toString()),
            ":",
            bytes(account.toHexString()),
            '";tag="',
            bytes(tag),
            '"'
        );
    }

    function _digest(bytes32 digest) private pure returns (bytes memory) {
        return bytes.concat("sha-256=:", bytes(Base64.encode(bytes.concat(digest))), ":");
    }

    function _requireSigned(address by, bytes memory base, bytes calldata signature) private pure {
        if (ECDSA.recover(MessageHashUtils.toEthSignedMessageHash(base), signature) != by) {
            revert NotSigned(by);
        }
    }
}
