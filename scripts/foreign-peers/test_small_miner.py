"""Tests the smallest miner over sockets, with the recorded call of the vectors."""
import base64
import json
import pathlib
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import ThreadingHTTPServer
from unittest import mock

from eth_account import Account

import small_miner

VECTORS = pathlib.Path(__file__).parents[2] / "crates/hetu-cambium/vectors/cambium-v1.json"


class SmallMiner(unittest.TestCase):
    def setUp(self):
        recorded = json.loads(VECTORS.read_text(encoding="utf-8"))
        setting, self.exchange = recorded["setting"], recorded["exchanges"][0]
        handler = small_miner.Handler
        handler.account = Account.from_key("0x" + setting["miner_private_key"])
        handler.chain, handler.netuid = str(setting["chain_id"]), str(setting["netuid"])
        handler.scheme, handler.started = "http", setting["now"]
        handler.used = {setting["caller"]: {}}
        self.clock = mock.patch.object(time, "time", return_value=setting["now"])
        self.clock.start()
        path = mock.patch.object(small_miner, "SERVICE", "math-sum")
        path.start()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        for ends in (self.clock.stop, path.stop, self.server.server_close, self.server.shutdown):
            self.addCleanup(ends)

    def send(self, content=None, query="?trace=no", **changes):
        request = self.exchange["request"]
        fields = {**request["headers"], "host": "miner.example:8091"}
        fields |= {name.replace("_", "-"): value for name, value in changes.items()}
        content = base64.b64decode(request["content_base64"]) if content is None else content
        url = f"http://127.0.0.1:{self.server.server_port}/math-sum{query}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, content, fields)) as reply:
                return reply.status, json.load(reply), reply.headers
        except urllib.error.HTTPError as error:
            return error.code, json.load(error).get("reason"), error.headers

    def test_the_recorded_call_is_answered_once(self):
        status, reply, headers = self.send()
        self.assertEqual((status, reply), (200, {"result": 8.0}))
        recorded = self.exchange["reply"]["headers"]["signature-input"]
        self.assertEqual(headers["signature-input"], recorded)
        self.assertEqual(self.send()[:2], (401, "nonce_reused"))

    def test_changes_are_refused(self):
        signed = self.exchange["request"]["headers"]["signature-input"]
        other = "0x" + "1" * 40
        for changes, outcome in [
            ({"content": b"{}"}, (401, "bad_content_digest")),
            ({"query": "?trace=yes"}, (401, "bad_signature")),
            ({"host": "other.example"}, (401, "bad_signature")),
            ({"hetu_timeout_ms": "1501"}, (401, "bad_signature")),
            ({"hetu_netuid": "2"}, (401, "wrong_netuid")),
            ({"hetu_recipient": other}, (401, "wrong_recipient")),
            ({"cambium_version": "2"}, (400, "unsupported_version")),
            ({"content_type": "text/plain"}, (415, "unsupported_codec")),
            ({"signature": "hetu=:AAAA:"}, (401, "bad_signature")),
            ({"signature": "x"}, (400, "signature_input_invalid")),
            ({"signature_input": signed.replace("560000", "1")}, (401, "unsupported_chain")),
            ({"signature_input": signed.replace(' "@query"', "")}, (401, "insufficient_coverage")),
            ({"signature_input": signed.replace(";tag", ";alg=\"x\";tag")},
             (401, "unsupported_algorithm")),
            ({"signature_input": signed.replace("0x7e5f", "0x7e5e")}, (403, "role_not_allowed")),
        ]:
            with self.subTest(changes=changes):
                self.assertEqual(self.send(**changes)[:2], outcome)
        self.assertEqual(self.send()[0], 200)

    def test_times_are_kept(self):
        for seconds, reason in [(-31, "request_not_yet_valid"), (61, "request_expired")]:
            time.time.return_value += seconds
            self.assertEqual(self.send()[:2], (401, reason))
            time.time.return_value -= seconds
        small_miner.Handler.started += 1
        self.assertEqual(self.send()[:2], (401, "request_predates_start"))


if __name__ == "__main__":
    unittest.main()
