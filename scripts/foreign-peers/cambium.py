"""The miner's side of docs/protocol/cambium.md: verifies requests (section 3) and signs replies
(section 5). Does not accept sessions, contract accounts or the earlier revision of ERC-8128."""
import base64
import hashlib
import math
import re
import threading
import time

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils import is_checksum_address

from structured_fields import count_members, read_dictionary, write

CONTENT_BYTES, BASE_BYTES, FIELD_BYTES, SIGNATURE_BYTES = (
    64 * 1024, 64 * 1024, 16 * 1024, 8 * 1024)
VALIDITY, SKEW, USES_OF_A_CALLER = 60, 30, 20_000
TARGET = ["@scheme", "@authority", "@method", "@path", "@query"]
NUMBER = "0|[1-9][0-9]{0,9}"
CALL = {"cambium-version": NUMBER, "hetu-netuid": NUMBER, "hetu-recipient": "0x[0-9a-fA-F]{40}",
        "hetu-timeout-ms": NUMBER}
COVERED = TARGET + ["content-digest", "content-type", *CALL]
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class Refusal(Exception):
    """The reason of section 9 for which a request is refused."""


def check(holds, reason):
    if not holds:
        raise Refusal(reason)


class Miner:
    """A miner that is reached at `url` and serves only `callers`, with a nonce limit for each."""

    def __init__(self, account, chain, netuid, url, callers, now=time.time):
        self.account, self.chain, self.netuid, self.now = account, chain, netuid, now
        self.scheme, authority = url.split("://")
        self.authority = self.normal([authority])
        self.uses, self.lock = {caller.lower(): {} for caller in callers}, threading.Lock()
        self.started = self.latest = math.ceil(now())

    def values(self, method, target, fields):
        """Returns the values of the components of a request."""
        stated, path, query = re.fullmatch(r"(?:https?://([^/?]*))?([^?]*)(.*)", target).groups()
        authority = self.normal(fields.get("host", []) if stated is None else [stated])
        target = self.scheme, authority, method, path or "/", query or "?"
        values = {**{name: ", ".join(fields[name]) for name in fields}, **dict(zip(TARGET, target))}
        return {f'"{name}"': value for name, value in values.items()}

    def normal(self, hosts):
        """Returns the host and any port that is not the scheme's default, or None if invalid."""
        host = r"([a-z0-9._~-]+|\[[0-9a-f:.]+\]):?([0-9]{0,5})"
        found = re.fullmatch(host, ",".join(hosts).lower())
        port = found and found[2] != {"http": "80", "https": "443"}[self.scheme] and found[2]
        return found and found[1] + (f":{port}" if port else "")

    def verify(self, fields, values, content, is_call=True):
        """Verifies a request by its fields (a list of lines for each name), by the values of its
        components, and by the result of calling `content`. Returns the nonce and the content."""
        both = [", ".join(fields.get(name, [])) for name in ("signature-input", "signature")]
        check(all(both), "signature_missing")
        check(max(map(len, both)) <= FIELD_BYTES, "signature_too_large")
        inputs, signatures = map(read_dictionary, both)
        check(inputs is not None and signatures is not None, "signature_input_invalid")
        check(max(map(count_members, both)) <= 1, "signature_too_large")
        [(label, member)] = inputs.items() or [("", ("", {}))]
        check(member[1].get("tag") == '"erc8128"', "no_acceptable_signature")
        check(values['"@authority"'], "malformed_request")
        claim = self.examine(*member, signatures.get(label, [""])[0], fields)
        self.check_call(claim, fields, values, is_call)
        self.check_base(claim, values)
        octets = content()
        self.prove(claim, fields, octets, values)
        return claim["nonce"], octets

    def examine(self, covered, given, made, fields):
        """Checks all of the signature that needs no cryptography. Builds no signature base."""
        check(isinstance(covered, list) and made[:1] == ":", "signature_input_invalid")
        names, made = [write(*item) for item in covered], base64.b64decode(made[1:-1])
        check(len(made) <= SIGNATURE_BYTES, "signature_too_large")
        check(len(names) <= 32 and len(given) <= 16, "signature_too_large")
        check(len(set(names)) == len(names), "signature_input_invalid")
        known = {f'"{name}"' for name in COVERED}
        check(known.issuperset(names), "signature_input_invalid")
        keyid = re.fullmatch('"eip155:(0|[1-9][0-9]*):(0x[0-9a-f]{40})"', given.get("keyid", ""))
        check(keyid, "invalid_keyid")
        check(keyid[1] == str(self.chain), "unsupported_chain")
        check("alg" not in given, "unsupported_algorithm")
        times = [given.get(name, "") for name in ("created", "expires")]
        check(all(each.isdigit() for each in times), "invalid_time")
        created, expires = map(int, times)
        check(created < expires, "invalid_time")
        check(expires - created <= VALIDITY, "request_validity_too_long")
        check(created - SKEW <= int(self.now()), "request_not_yet_valid")
        check(int(self.now()) <= expires + SKEW, "request_expired")
        check("nonce" in given, "nonce_required")
        check(re.fullmatch(r'"(\\.|[^\\"]){0,128}"', given["nonce"]), "invalid_nonce")
        needed = {f'"{name}"' for name in COVERED if name in TARGET or name in fields}
        check(needed <= set(names), "insufficient_coverage")
        is_there = all(name in needed for name in names)
        check(is_there, "signature_input_invalid")
        return {"caller": keyid[2], "created": created, "expires": expires, "made": made,
                "nonce": given["nonce"], "covered": names, "parameters": write(covered, given)}

    def check_call(self, claim, fields, values, is_call):
        """Checks the recipient, the role of the caller, and the content type of a request."""
        lines = {name: fields.get(name, []) for name in CALL}
        if not any(lines.values()):  # a plain ERC-8128 client
            check(values['"@authority"'] == self.authority, "wrong_authority")
        else:
            for name, form in CALL.items():
                is_well_formed = len(lines[name]) == 1 and re.fullmatch(form, lines[name][0])
                check(is_well_formed, "malformed_request")
            version, netuid, recipient, timeout = (lines[name][0] for name in CALL)
            check(int(netuid) < 2**16 and 0 < int(timeout) < 2**32, "malformed_request")
            is_address = recipient == recipient.lower() or is_checksum_address(recipient)
            check(is_address, "malformed_request")
            check(version == "1", "unsupported_version")
            check(recipient.lower() == self.account.address.lower(), "wrong_recipient")
            check(int(netuid) == self.netuid, "wrong_netuid")
        check(claim["caller"] in self.uses, "role_not_allowed")
        if is_call:
            kinds = [line.split(";")[0].strip().lower() for line in fields.get("content-type", [])]
            is_json = kinds == ["application/json"] and takes_json(fields.get("accept", ["*/*"]))
            check(is_json, "unsupported_codec")

    def check_base(self, claim, values):
        """Checks that covered values are printable, so that none adds a line, and not too long."""
        covered = [values[name] for name in claim["covered"]]
        is_printable = all(re.fullmatch(r"[\t -~]*", value) for value in covered)
        length = len(claim["parameters"]) + 64 + sum(32 + len(value) for value in covered)
        check(length <= BASE_BYTES, "signature_too_large")
        check(is_printable, "signature_input_invalid")

    def prove(self, claim, fields, content, values):
        """Checks the content and the signature, and then that the request is not a replay."""
        digest = fields.get("content-digest")
        check(digest or not content, "content_digest_required")
        check(not digest or is_digest(", ".join(digest), content), "bad_content_digest")
        check(not claim["made"].endswith(b"\x64\x92" * 16), "unsupported_account")
        signed = message(claim["covered"], claim["parameters"], values)
        check(is_signed_by(claim["caller"], signed, claim["made"]), "bad_signature")
        self.use(claim)

    def use(self, claim):
        """Records a nonce as used. Refuses a nonce that was used before."""
        uses, last = self.uses[claim["caller"]], claim["expires"] + SKEW
        with self.lock:
            self.latest = max(self.latest, int(self.now()))  # Deleted nonces stay expired.
            check(self.latest <= last, "request_expired")
            check(claim["created"] >= self.started, "request_predates_start")
            check(claim["nonce"] not in uses, "nonce_reused")
            if len(uses) >= USES_OF_A_CALLER:
                for nonce in [nonce for nonce, until in uses.items() if until < self.latest]:
                    del uses[nonce]
            check(len(uses) < USES_OF_A_CALLER, "rate_limited")
            uses[claim["nonce"]] = last

    def sign(self, status, fields, content, nonce, values):
        """Adds the signature fields of a reply to a request with this nonce and these values."""
        fields["content-digest"] = f"sha-256={encode(hashlib.sha256(content).digest())}"
        bound = [name for name in ("content-digest", "hetu-recipient") if f'"{name}"' in values]
        values = {f"{name};req": value for name, value in values.items()}
        values |= {f'"{name}"': value for name, value in {"@status": str(status), **fields}.items()}
        covered = [f'"{name}"' for name in ("@status", "content-digest", "content-type")]
        bound = ["@method", "@authority", "@path", "@query", *bound, "signature",
                 "signature-input"]
        covered += [f'"{name}";req' for name in bound]
        created, keyid = int(self.now()), f"eip155:{self.chain}:{self.account.address.lower()}"
        parameters = (f"({' '.join(covered)});created={created};expires={created + VALIDITY}"
                      f';nonce={nonce};keyid="{keyid}";tag="hetu-cambium"')
        made = self.account.sign_message(message(covered, parameters, values)).signature
        fields |= {"signature-input": f"hetu={parameters}", "signature": f"hetu={encode(made)}"}


def message(covered, parameters, values):
    """Returns the message that a wallet signs: the signature base as an ERC-191 message."""
    lines = [f"{name}: {values[name]}" for name in covered]
    return encode_defunct(text="\n".join([*lines, f'"@signature-params": {parameters}']))


def is_signed_by(address, message, made):
    is_canonical = len(made) == 65 and made[64] in (27, 28)
    if not is_canonical or int.from_bytes(made[32:64], "big") > HALF_ORDER:
        return False
    try:
        return Account.recover_message(message, signature=made).lower() == address
    except Exception:  # libraries share no base class: not a valid signature
        return False


def encode(octets):
    return f":{base64.b64encode(octets).decode()}:"


def is_digest(field, content):
    found = read_dictionary(field) or {}
    known = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
    given = {name: found[name][0] for name in known if name in found}
    return bool(given) and all(
        digest == encode(known[name](content).digest()) for name, digest in given.items())


def takes_json(accept):
    """Returns True if the caller accepts a reply in JSON. The most specific range counts."""
    ranges = re.sub(r"\s", "", ",".join(accept)).lower().split(",")
    for known in ("application/json", "application/*", "*/*"):
        for name, *parameters in (each.split(";") for each in ranges):
            if name == known:
                return not any(re.fullmatch(r"q=0(\.0*)?", each) for each in parameters)
    return False
