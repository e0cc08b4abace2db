"""A miner that adds two numbers, according to docs/protocol/cambium.md. It does not read roles from
the chain: it serves the callers of its command line. It accepts JSON over plain HTTP.

usage: miner.py KEY_FILE CHAIN_ID NETUID LISTEN_HOST:PORT URL_FOR_CALLERS CALLER..."""
import http
import json
import logging
import math
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eth_account import Account

import cambium
from cambium import Refusal, check

SERVICE, FIELD_BYTES = "MathSum", 64 * 1024
METHODS = {"/ping": ["GET", "POST"], "/.well-known/hetu": ["GET"], f"/{SERVICE}": ["POST"]}
STATUS = {reason: status for status, reasons in {  # the status of all other reasons is 401
    400: "signature_input_invalid signature_too_large malformed_request unsupported_version",
    403: "role_not_allowed", 404: "unknown_service", 405: "method_not_allowed",
    413: "content_too_large", 415: "unsupported_codec", 422: "undecodable_content call_rejected",
    429: "rate_limited", 431: "fields_too_large"}.items() for reason in reasons.split()}
RETRYABLE = ["nonce_reused", "rate_limited", "request_expired", "request_not_yet_valid",
             "request_predates_start"]


def add(content):
    try:
        x, y = (json.loads(content)[name] for name in "xy")
        check({type(x), type(y)} <= {int, float}, "undecodable_content")
        check(math.isfinite(float(x) + float(y)), "call_rejected")
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Refusal("undecodable_content") from None
    return {"result": float(x) + float(y)}


def numbers(*names):
    members = {name: {"type": "number"} for name in names}
    return {"type": "object", "properties": members, "required": names}


def document(path, miner):
    named = {"address": miner.account.address, "netuid": miner.netuid}
    if path == "/ping":
        return {"status": "ok", **named}
    limits = {"content_bytes": cambium.CONTENT_BYTES, "field_bytes": FIELD_BYTES,
              "call_timeout_ms": 10_000, "max_validity_seconds": cambium.VALIDITY,
              "clock_skew_seconds": cambium.SKEW}
    service = {"name": SERVICE, "request": numbers("x", "y"), "reply": numbers("result")}
    return {"protocol": "cambium", "version": 1, "chain_id": miner.chain, **named,
            "codecs": ["application/json"], "services": [service], "limits": limits}


def headers_of(reason, status, path):
    fields = {"www-authenticate": f'ERC8128 error="{reason}"'} if status == 401 else {}
    if reason == "insufficient_coverage":
        covered = " ".join(f'"{name}"' for name in cambium.COVERED)
        fields["accept-signature"] = f'hetu=({covered});created;expires;nonce;tag="erc8128"'
    if reason == "method_not_allowed":
        fields["allow"] = ", ".join(METHODS[path])
    return fields | ({"retry-after": "1"} if reason == "rate_limited" else {})


def problem(reason):
    request_id, status = uuid.uuid4().hex, STATUS.get(reason, 401)
    logging.info("request %s was refused: %s", request_id, reason)
    services = {"services": [SERVICE]} if reason == "unknown_service" else {}
    return status, {"title": http.HTTPStatus(status).phrase, "status": status, "reason": reason,
                    "retryable": reason in RETRYABLE, "request_id": request_id, **services}


class Handler(BaseHTTPRequestHandler):
    protocol_version, timeout, wbufsize = "HTTP/1.1", 30, -1  # seconds; one write for a reply

    def answer(self):
        miner, path, nonce = self.server.miner, self.path.partition("?")[0], None
        lines = {name.lower(): self.headers.get_all(name) for name in self.headers.keys()}
        values = miner.values(self.command, self.path, lines)
        fields = {"content-type": "application/json", "cache-control": "no-store"}
        try:
            check(len(str(self.headers)) <= FIELD_BYTES, "fields_too_large")
            check(path in METHODS, "unknown_service")
            check(self.command in METHODS[path], "method_not_allowed")
            is_call = path == f"/{SERVICE}"
            if is_call or "signature" in lines:
                nonce, content = miner.verify(lines, values, self.content, is_call)
            status, reply = 200, add(content) if is_call else document(path, miner)
        except Refusal as refusal:
            status, reply = problem(str(refusal))
            fields["content-type"] = "application/problem+json"
            fields |= headers_of(str(refusal), status, path)
        octets = json.dumps(reply).encode()
        if nonce:
            miner.sign(status, fields, octets, nonce, values)
        else:
            fields["connection"] = "close"  # The content may be unread.
        self.send_response(status)
        for name, value in {**fields, "content-length": str(len(octets))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(octets)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def content(self):
        length = ",".join(self.headers.get_all("content-length", ["0"]))
        is_plain = length.isdecimal() and length.isascii()
        check(is_plain and "transfer-encoding" not in self.headers, "malformed_request")
        check(int(length[:20]) <= cambium.CONTENT_BYTES, "content_too_large")
        content = self.rfile.read(int(length))
        check(len(content) == int(length), "malformed_request")
        return content


def serve(account, chain, netuid, listen, url, *callers):
    host, port = listen.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.miner = cambium.Miner(account, int(chain), int(netuid), url, callers)
    logging.basicConfig(level=logging.INFO)
    time.sleep(max(0, server.miner.started - time.time()))
    logging.info("%s serves at %s", account.address, url)
    server.serve_forever()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="ascii") as key_file:
        serve(Account.from_key(key_file.read().strip()), *sys.argv[2:])
