"""Tests the miner with the vectors of hetu-cambium, and with replayed, modified and late requests
over a socket."""
import base64
import hashlib
import http.client
import json
import pathlib
import re
import secrets
import socket
import threading
import time
import unittest
from http.server import ThreadingHTTPServer

from eth_account import Account

import cambium
import miner
import structured_fields

VECTORS = pathlib.Path(__file__).parents[2] / "crates/hetu-cambium/vectors"
CALLER, STRANGER, OWN = (Account.from_key(bytes(31) + bytes([number])) for number in (1, 3, 2))


def vectors(name):
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def lines(headers):
    return {name: [value] for name, value in headers.items()}


class TestVectors(unittest.TestCase):
    """Recorded requests, verified at the time of their recording."""

    def setUp(self):
        self.given = vectors("erc8128.json")

    def verify(self, change):
        first = self.given["positive"][0]
        fields = lines(first["headers"])
        for name, value in change.get("set", {}).items():
            fields[name] = [value]
            if value is None:
                del fields[name]
        for name, value in change.get("headers_added", {}).items():
            fields.setdefault(name, []).append(value)
        method = change.get("method", first["method"])
        target = change.get("target", first["target"])
        content = change.get("content", first["content"]).encode()
        url = f"{self.given['scheme']}://{self.given['authority']}"
        # One vector names another account, with an unknown key.
        callers = [CALLER.address, "0x7e5e4552091a69125d5dfcb7b8c2659029395bdf"]
        now = [self.given["now"] - 1_000]
        verifier = cambium.Miner(OWN, 1, 1, url, callers, lambda: now[0])
        now[0] = change.get("now", self.given["now"])
        values = verifier.values(method, target, fields)
        try:
            return verifier.verify(fields, values, lambda: content, is_call=False), verifier
        except cambium.Refusal as refusal:
            return str(refusal), verifier

    def test_positive(self):
        for change in self.given["positive"]:
            found, _ = self.verify({**change, "set": {
                **dict.fromkeys(self.given["positive"][0]["headers"]), **change["headers"]}})
            self.assertEqual(found, ('"EjRWeJCrze8BI0VniavN7w"', change["content"].encode()))

    def test_accepted(self):
        for change in self.given["accepted"]:
            with self.subTest(change["name"]):
                self.assertIsInstance(self.verify(change)[0], tuple)

    def test_refused(self):
        for change in self.given["refused"]:
            with self.subTest(change["name"]):
                found, verifier = self.verify(change)
                self.assertEqual(found, change["reason"])
                self.assertEqual(miner.STATUS.get(found, 401), change["status"])
                self.assertFalse(any(verifier.uses.values()))

    def test_calls_and_replies(self):
        """The call in JSON is verified, and its reply is signed bit for bit. The call in another
        codec and the call by the earlier revision are refused with a reason, as unsupported."""
        given = vectors("cambium-v1.json")
        expected = {"in JSON": None, "in bincode": "unsupported_codec",
                    "in the earlier revision of the ERC": "no_acceptable_signature"}
        outcomes = {each["name"]: self.exchange(given["setting"], **each)
                    for each in given["exchanges"]}
        self.assertEqual(outcomes, expected)

    def exchange(self, setting, name, request, reply):
        now = [setting["now"] - 1_000]
        own = cambium.Miner(OWN, setting["chain_id"], setting["netuid"],
                            "http://miner.example:8091", [setting["caller"]], lambda: now[0])
        now[0] = setting["now"]
        fields = lines(request["headers"])
        values = own.values(request["method"], request["target"], fields)
        sent, answer = (base64.b64decode(each["content_base64"]) for each in (request, reply))
        try:
            nonce, content = own.verify(fields, values, lambda: sent)
        except cambium.Refusal as refusal:
            return str(refusal)
        self.assertEqual(miner.add(content), json.loads(answer), name)
        signed = {"content-type": "application/json"}
        own.sign(reply["status"], signed, answer, nonce, values)
        self.assertEqual(signed, reply["headers"], name)
        return None

    def test_reasons(self):
        """Each reason that the miner returns has the status of the specification."""
        given = {each["reason"]: each for each in vectors("reasons-v1.json")}
        written = (pathlib.Path(miner.__file__).with_name(name) for name in
                   ("miner.py", "cambium.py"))
        told = set(re.findall(r'"([a-z_]+)"\)', "".join(
            file.read_text(encoding="utf-8") for file in written))) & set(given)
        self.assertGreater(len(told), 30)
        for reason in told | set(miner.STATUS) | set(miner.RETRYABLE):
            self.assertEqual(miner.STATUS.get(reason, 401), given[reason]["status"], reason)
            self.assertEqual(reason in miner.RETRYABLE, given[reason]["retryable"], reason)


class TestOverSocket(unittest.TestCase):
    """Requests over a socket: newly signed, replayed, modified and late."""

    @classmethod
    def setUpClass(cls):
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), miner.Handler)
        cls.authority = f"127.0.0.1:{cls.server.server_port}"
        cls.server.miner = cambium.Miner(
            OWN, 31_337, 1, f"http://{cls.authority}", [CALLER.address])
        cls.server.miner.started -= 1
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def signed(self, account=CALLER, path="/MathSum", created=None, content=b'{"x":5.0,"y":3.0}',
               **changes):
        """Returns a signed request in the form of section 2."""
        fields = {
            "content-type": "application/json",
            "content-digest": f"sha-256={cambium.encode(hashlib.sha256(content).digest())}",
            "cambium-version": "1",
            "hetu-netuid": "1",
            "hetu-recipient": OWN.address.lower(),
            "hetu-timeout-ms": "1500",
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        method = "POST" if content else "GET"
        route, _, query = path.partition("?")
        target = ["http", self.authority, method, route, f"?{query}"]
        values = {f'"{name}"': value for name, value in
                  {**dict(zip(cambium.TARGET, target)), **fields}.items()
                  if name in cambium.COVERED}
        created = int(time.time()) if created is None else created
        parameters = (f"({' '.join(values)});created={created};expires={created + 30}"
                      f';nonce="{secrets.token_urlsafe(16)}"'
                      f';keyid="eip155:31337:{account.address.lower()}";tag="erc8128"')
        made = account.sign_message(cambium.message(list(values), parameters, values)).signature
        fields["signature-input"] = f"a={parameters}"
        fields["signature"] = f"a={cambium.encode(made)}"
        return [method, path, content, fields]

    def send(self, method, path, content, fields):
        connection = http.client.HTTPConnection(self.authority, timeout=10)
        connection.request(method, path, content or None, fields)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply, content

    def refused(self, request, reason, status, is_signed=False):
        reply, content = self.send(*request)
        told = json.loads(content)
        self.assertEqual((told["reason"], told["status"], reply.status), (reason, status, status))
        self.assertEqual(reply.getheader("content-type"), "application/problem+json")
        challenge = f'ERC8128 error="{reason}"' if status == 401 else None
        self.assertEqual(reply.getheader("www-authenticate"), challenge)
        self.assertEqual(reply.getheader("signature") is not None, is_signed)

    def holds(self, request, reply, content):
        """Checks a reply as section 5 requires of a caller."""
        member = structured_fields.read_dictionary(reply.getheader("signature-input"))["hetu"]
        covered, given = member
        names = [structured_fields.write(*item) for item in covered]
        sent = self.server.miner.values(request[0], request[1], lines(
            {**request[3], "host": self.authority}))
        values = {f"{name};req": value for name, value in sent.items()}
        values |= {f'"{name.lower()}"': value for name, value in reply.getheaders()}
        values['"@status"'] = str(reply.status)
        self.assertLessEqual({'"@status"', '"content-digest"', '"content-type"', '"@method";req',
                              '"@authority";req', '"@path";req', '"@query";req',
                              '"content-digest";req', '"hetu-recipient";req',
                              '"signature";req', '"signature-input";req'}, set(names))
        self.assertTrue(cambium.is_digest(reply.getheader("content-digest"), content))
        _, sent = structured_fields.read_dictionary(request[3]["signature-input"])["a"]
        self.assertEqual(given["nonce"], sent["nonce"])
        self.assertEqual(given["keyid"], f'"eip155:31337:{OWN.address.lower()}"')
        made = structured_fields.read_dictionary(reply.getheader("signature"))["hetu"][0]
        message = cambium.message(names, structured_fields.write(covered, given), values)
        return cambium.is_signed_by(
            OWN.address.lower(), message, base64.b64decode(made[1:-1]))

    def test_served(self):
        request = self.signed(path="/MathSum?trace=no")
        reply, content = self.send(*request)
        self.assertEqual((reply.status, json.loads(content)), (200, {"result": 8.0}))
        self.assertTrue(self.holds(request, reply, content))
        # The same check fails for the reply to another request or to another caller.
        signature = request[3]["signature"]
        other = {**request[3], "signature": self.signed(path="/MathSum?trace=no")[3]["signature"]}
        self.assertNotEqual(signature, other["signature"])
        self.assertFalse(self.holds([*request[:3], other], reply, content))
        self.assertFalse(self.holds(["POST", "/MathSum?trace=yes", *request[2:]], reply, content))

    def test_replayed(self):
        request = self.signed()
        self.assertEqual(self.send(*request)[0].status, 200)
        self.refused(request, "nonce_reused", 401)

    def test_tampered(self):
        def changed(**fields):
            request = self.signed()
            request[3] |= {name.replace("_", "-"): value for name, value in fields.items()}
            return request
        content = self.signed()
        content[2] = b'{"x":5.0,"y":4.0}'
        self.refused(content, "bad_content_digest", 401)
        for target in ("/MathSum?x", "/MathSum?"):
            request = self.signed()
            request[1] = target
            if target.endswith("x"):
                self.refused(request, "bad_signature", 401)
            else:  # the base is the same for an empty and a missing query
                self.assertEqual(self.send(*request)[0].status, 200)
        self.refused(changed(hetu_timeout_ms="1501"), "bad_signature", 401)
        self.refused(changed(content_type="application/json; v=1"), "bad_signature", 401)
        self.refused(changed(hetu_netuid="2"), "wrong_netuid", 401)
        self.refused(changed(hetu_recipient=CALLER.address.lower()), "wrong_recipient", 401)
        for recipient in (OWN.address.swapcase(), OWN.address.upper()):
            self.refused(changed(hetu_recipient=recipient.replace("X", "x")),
                         "malformed_request", 400)
        self.refused(changed(cambium_version="2"), "unsupported_version", 400)
        made = changed()[3]["signature"]
        self.refused(changed(signature=made), "bad_signature", 401)
        request = self.signed()
        request[3]["signature-input"] = request[3]["signature-input"].replace("31337", "1")
        self.refused(request, "unsupported_chain", 401)
        for name in cambium.CALL:
            request = self.signed()
            del request[3][name]
            self.refused(request, "signature_input_invalid", 400)

    def test_shape(self):
        """Malformed or too large fields are refused before any later check."""
        def changed(name, change):
            request = self.signed()
            request[3][name] = change(request[3].get(name, ""))
            return request
        padding = f', pad={cambium.encode(b"x" * 13_000)}'
        large = ("signature_too_large", 400)
        self.refused(changed("signature-input", lambda field: field + padding), *large)
        self.refused(changed("signature", lambda field: field + padding), *large)
        self.refused(changed("signature", lambda _: f"a={cambium.encode(bytes(8_193))}"), *large)
        late = self.signed(created=int(time.time()) - 70)
        late[2] = b"{}"
        self.refused(late, "request_expired", 401)
        # An unknown component is refused before the checks of the account and of the coverage.
        unknown = changed("signature-input", lambda field: field.replace(
            '"@path"', '"@galaxy"').replace("eip155", "bip122"))
        self.refused(unknown, "signature_input_invalid", 400)
        for host in ("", "a b", "user@host"):
            self.refused(self.signed(host=host), "malformed_request", 400)
        for name, value in (("hetu-netuid", "65536"), ("hetu-netuid", "01"), ("hetu-netuid", ""),
                            ("hetu-timeout-ms", "0"), ("hetu-timeout-ms", "4294967296"),
                            ("cambium-version", "x"), ("hetu-recipient", "0x12")):
            self.refused(self.signed(**{name.replace("-", "_"): value}), "malformed_request", 400)
        self.refused(self.signed(x_long="x" * 65_000), "fields_too_large", 431)
        # A second signature is refused, valid or not.
        for name, member in (("signature-input", "b=()"), ("signature-input", 'a=();tag="proxy"'),
                             ("signature", "b=:AAAA:")):
            self.refused(changed(name, lambda field: f"{field}, {member}"), *large)

    def test_framing(self):
        """Content that is incomplete, or framed in another way than by its length, is refused."""
        _, path, content, fields = self.signed()
        head = f"POST {path} HTTP/1.1\r\nhost: {self.authority}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in fields.items())
        for more in ("transfer-encoding: chunked\r\n\r\n0\r\n\r\n", "content-length: -1\r\n\r\n",
                     f"content-length: {len(content) + 1}\r\n\r\n{content.decode()}",
                     "content-length: 1\r\ncontent-length: 2\r\n\r\n{}"):
            with socket.create_connection(self.server.server_address, timeout=10) as connection:
                connection.sendall((head + more).encode())
                connection.shutdown(socket.SHUT_WR)
                reply = connection.makefile("rb").read()
            self.assertIn(b" 400 ", reply.partition(b"\r\n")[0], more)
            self.assertIn(b'"malformed_request"', reply)

    def test_times(self):
        now = int(time.time())
        self.refused(self.signed(created=now - 70), "request_expired", 401)
        self.refused(self.signed(created=now + 40), "request_not_yet_valid", 401)
        self.refused(self.signed(created=now - 20), "request_predates_start", 401)

    def test_callers(self):
        self.refused(self.signed(account=STRANGER), "role_not_allowed", 403)
        forged = self.signed(account=STRANGER)
        forged[3]["signature-input"] = forged[3]["signature-input"].replace(
            STRANGER.address.lower(), CALLER.address.lower())
        self.refused(forged, "bad_signature", 401)

    def test_services(self):
        self.refused(self.signed(path="/Other"), "unknown_service", 404)
        self.refused(["GET", "/MathSum", b"", {}], "method_not_allowed", 405)
        self.refused(["POST", "/MathSum", b"{}", {}], "signature_missing", 401)
        self.refused(self.signed(content_type="text/plain"), "unsupported_codec", 415)
        self.refused(self.signed(accept="text/html, */*;q=0"), "unsupported_codec", 415)
        self.refused(self.signed(content=b" " * 70_000), "content_too_large", 413)
        for text in (b'{"x":true,"y":1}', b'{"x":"1","y":1}', b"[]", b"{"):
            call = self.signed(content=text)
            self.refused(call, "undecodable_content", 422, is_signed=True)
        half, huge = b'{"x":5.0}', b'{"x":1e308,"y":1e308}'
        self.refused(self.signed(content=half), "undecodable_content", 422, is_signed=True)
        self.refused(self.signed(content=huge), "call_rejected", 422, is_signed=True)

    def test_open_resources(self):
        for path in ("/ping", "/.well-known/hetu"):
            reply, content = self.send("GET", path, b"", {})
            self.assertEqual((reply.status, json.loads(content)["address"]), (200, OWN.address))
            self.assertIsNone(reply.getheader("signature"))
            request = self.signed(path=path, content=b"")
            reply, content = self.send(*request)
            self.assertEqual(reply.status, 200)
            self.assertTrue(self.holds(request, reply, content))
            self.refused(request, "nonce_reused", 401)


class TestMemory(unittest.TestCase):
    """The number of stored nonces is bounded, and each is stored as long as it is valid."""

    def test_bounds(self):
        now = [1_000]
        own = cambium.Miner(OWN, 1, 1, "http://a", [CALLER.address], lambda: now[0])
        caller = CALLER.address.lower()
        own.uses[caller] = {str(n): 1_090 for n in range(cambium.USES_OF_A_CALLER)}
        claim = {"caller": caller, "created": 1_000, "expires": 1_060, "nonce": "new"}
        with self.assertRaisesRegex(cambium.Refusal, "rate_limited"):
            own.use(claim)
        now[0] = 1_090
        with self.assertRaisesRegex(cambium.Refusal, "nonce_reused"):
            own.use({**claim, "nonce": "7"})
        with self.assertRaisesRegex(cambium.Refusal, "rate_limited"):
            own.use(claim)
        claim |= {"created": 1_090, "expires": 1_150}
        now[0] = 1_091
        own.use(claim)
        self.assertEqual(own.uses[caller], {"new": 1_180})
        now[0] = 1_000  # Setting the clock back revives no nonce.
        with self.assertRaisesRegex(cambium.Refusal, "request_expired"):
            own.use({**claim, "created": 1_000, "expires": 1_060, "nonce": "7"})


if __name__ == "__main__":
    unittest.main()
