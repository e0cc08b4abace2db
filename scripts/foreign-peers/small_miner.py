"""The smallest miner that docs/protocol/cambium.md allows. It accepts one signature a request, in
the strict form that clients of the protocol send; miner.py reads every form. Usage:
small_miner.py KEY_FILE CHAIN_ID NETUID LISTEN_HOST:PORT URL_FOR_CALLERS CALLER..."""
import base64, hashlib, json, math, re, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eth_account import Account
from eth_account.messages import encode_defunct

SERVICE, VALIDITY, SKEW, CONTENT_BYTES, NONCES = "MathSum", 60, 30, 64 * 1024, 20_000
CALL = {"cambium-version": "[0-9]+", "hetu-netuid": "0|[1-9][0-9]{0,4}",
        "hetu-recipient": "0x[0-9a-f]{40}", "hetu-timeout-ms": "[1-9][0-9]{0,8}"}
BOUND = ["content-digest", "content-type", *CALL]
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
PARAMETER = r';([a-z]+)=("[ !#-\[\]-~]*"|-?[0-9]{1,15})'
INPUT = rf'([a-z][a-z0-9_-]*)=\(("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)\)((?:{PARAMETER})+)'
STATUS = {status: reasons.split() for status, reasons in {  # all others are 401
    400: "signature_input_invalid signature_too_large malformed_request unsupported_version",
    403: "role_not_allowed", 404: "unknown_service", 413: "content_too_large",
    415: "unsupported_codec", 422: "undecodable_content", 429: "rate_limited"}.items()}
RETRYABLE = ["nonce_reused", "rate_limited", "request_expired", "request_not_yet_valid",
             "request_predates_start"]

class Refusal(Exception): pass  # for a reason of section 9
def check(holds, reason):
    if not holds: raise Refusal(reason)

def digest_of(content):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"

def message(names, values, parameters):
    lines = [*(f"{name}: {values[name]}" for name in names), f'"@signature-params": {parameters}']
    return encode_defunct(text="\n".join(lines))

class Handler(BaseHTTPRequestHandler):
    protocol_version, timeout, lock, used = "HTTP/1.1", 30, threading.Lock(), {}

    def verify(self, fields, own):
        """Applies section 3 in its order. Returns nonce, values of all components, and content."""
        check("signature-input" in fields and "signature" in fields, "signature_missing")
        check(len(fields["signature-input"]) <= 16 * 1024, "signature_too_large")
        found = re.fullmatch(INPUT, fields["signature-input"])
        made = re.fullmatch("(.*)=:([A-Za-z0-9+/]{,200}={,2}):", fields["signature"])
        check(found and made and found[1] == made[1], "signature_input_invalid")
        names, given = found[2].split(), dict(re.findall(PARAMETER, found[3]))
        check(len(names) <= 32 and len(given) <= 16, "signature_too_large")
        check(len(set(names)) == len(names), "signature_input_invalid")
        check(given.get("tag") == '"erc8128"', "no_acceptable_signature")
        keyid = re.fullmatch('"eip155:([0-9]+):(0x[0-9a-f]{40})"', given.get("keyid", ""))
        check(keyid, "invalid_keyid")
        check(keyid[1] == self.chain, "unsupported_chain")
        check("alg" not in given, "unsupported_algorithm")
        times = [given.get(name, "-") for name in ("created", "expires")]
        check(all(map(str.isdigit, times)) and int(times[0]) < int(times[1]), "invalid_time")
        created, expires, now = *map(int, times), int(time.time())
        check(expires - created <= VALIDITY, "request_validity_too_long")
        check(created - SKEW <= now, "request_not_yet_valid")
        check(now <= expires + SKEW, "request_expired")
        check("nonce" in given, "nonce_required")
        check(re.fullmatch('".{0,128}"', given["nonce"]), "invalid_nonce")
        values = {f'"{name}"': value for name, value in {**fields, **own}.items()}
        needed = {f'"{name}"' for name in [*own, *(name for name in BOUND if name in fields)]}
        check(set(names) <= needed, "signature_input_invalid")
        check(needed <= set(names), "insufficient_coverage")
        for name, form in CALL.items():
            check(re.fullmatch(form, fields.get(name, "")), "malformed_request")
        check(fields["cambium-version"] == "1", "unsupported_version")
        check(fields["hetu-recipient"] == self.account.address.lower(), "wrong_recipient")
        check(fields["hetu-netuid"] == self.netuid, "wrong_netuid")
        check(keyid[2] in self.used, "role_not_allowed")
        check(fields.get("content-type") == "application/json", "unsupported_codec")
        length = int(fields.get("content-length", "0"))
        check(length <= CONTENT_BYTES, "content_too_large")
        content, made = self.rfile.read(length), base64.b64decode(made[2])
        check("content-digest" in fields, "content_digest_required")
        check(fields["content-digest"] == digest_of(content), "bad_content_digest")
        check(len(made) == 65 and made[64] in (27, 28), "bad_signature")
        check(int.from_bytes(made[32:64], "big") <= HALF_ORDER, "bad_signature")
        signed = message(names, values, fields["signature-input"].partition("=")[2])
        try:
            signer = Account.recover_message(signed, signature=made).lower()
        except Exception: signer = None  # libraries share no base class
        check(signer == keyid[2], "bad_signature")
        used = self.used[keyid[2]]
        with self.lock:
            check(created >= self.started, "request_predates_start")
            check(given["nonce"] not in used, "nonce_reused")
            [used.pop(old) for old, last in [*used.items()] if last < now]
            check(len(used) < NONCES, "rate_limited")
            used[given["nonce"]] = expires + SKEW
        return given["nonce"], values, content

    def sign(self, status, fields, nonce, values):
        signed = {'"@status"': str(status), **{f'"{name}"': fields[name] for name in BOUND[:2]}}
        for name in ("@method @authority @path @query content-digest hetu-recipient "
                     "signature signature-input").split():
            signed[f'"{name}";req'] = values[f'"{name}"']
        keyid, created = f"eip155:{self.chain}:{self.account.address.lower()}", int(time.time())
        parameters = (f'({" ".join(signed)});created={created};expires={created + VALIDITY}'
                      f';nonce={nonce};keyid="{keyid}";tag="hetu-cambium"')
        made = self.account.sign_message(message(signed, signed, parameters)).signature
        made = f"hetu=:{base64.b64encode(made).decode()}:"
        fields |= {"signature-input": f"hetu={parameters}", "signature": made}

    def answer(self):
        (path, _, query), nonce, kind = self.path.partition("?"), None, "application/json"
        fields = {name.lower(): ", ".join(self.headers.get_all(name)) for name in self.headers}
        own = {"@scheme": self.scheme, "@authority": fields.get("host", "").lower(),
               "@method": self.command, "@path": path, "@query": "?" + query}
        named = {"address": self.account.address, "netuid": int(self.netuid)}
        status, reply = 200, {"status": "ok", **named}  # the reply to /ping
        try:
            if path == "/.well-known/hetu":
                reply = {"protocol": "cambium", "version": 1, "chain_id": int(self.chain), **named,
                         "codecs": ["application/json"], "services": [{"name": SERVICE}]}
            elif path != "/ping":
                check(path == f"/{SERVICE}" and self.command == "POST", "unknown_service")
                nonce, values, content = self.verify(fields, own)
                call = json.loads(content)
                reply = {"result": float(call["x"]) + float(call["y"])}
        except (Refusal, ValueError, TypeError, KeyError) as error:
            reason = str(error) if isinstance(error, Refusal) else "undecodable_content"
            status = next((status for status in STATUS if reason in STATUS[status]), 401)
            reply = {"status": status, "reason": reason, "retryable": reason in RETRYABLE}
            kind = "application/problem+json"
        content = json.dumps(reply).encode()
        fields = {"content-type": kind, "content-digest": digest_of(content), "connection": "close"}
        if nonce:
            self.sign(status, fields, nonce, values)
        self.send_response(status)
        for name, value in [*fields.items(), ("content-length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

def serve(account, chain, netuid, listen, url, *callers):
    Handler.account, Handler.chain, Handler.netuid = account, chain, netuid
    Handler.scheme, Handler.started = url.partition(":")[0], math.ceil(time.time())
    Handler.used |= {caller.lower(): {} for caller in callers}
    host, port = listen.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), Handler)
    time.sleep(max(0, Handler.started - time.time()))
    print(f"{account.address} serves at {url}", flush=True)
    server.serve_forever()

if __name__ == "__main__":
    serve(Account.from_key(open(sys.argv[1]).read().strip()), *sys.argv[2:])
