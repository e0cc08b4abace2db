"""Signs the requests of schemathesis as section 2 of docs/protocol/cambium.md requires, with the
key in the file HETU_SIGNING_KEY. Without this variable, requests stay unchanged."""
import hashlib
import os
import pathlib
import secrets
import sys
import time
import urllib.parse

import schemathesis
from eth_account import Account
from requests.auth import AuthBase

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "foreign-peers"))
import cambium  # noqa: E402

CALL = ["cambium-version", "hetu-netuid", "hetu-recipient", "hetu-timeout-ms"]
PATIENCE = "20000"


class Signing(AuthBase):
    def __init__(self):
        path = os.environ.get("HETU_SIGNING_KEY")
        self.account = path and Account.from_key(pathlib.Path(path).read_text().strip())
        self.recipient = os.environ["HETU_RECIPIENT"].lower()

    def __call__(self, request):
        fields = request.headers
        if fields.get("hetu-timeout-ms", "").isdecimal():
            # A timeout of one millisecond is valid, but too short for any answer.
            fields["hetu-timeout-ms"] = PATIENCE
        if self.account:
            self.sign(request, fields)
        return request

    def sign(self, request, fields):
        content = request.body or b""
        content = content.encode() if isinstance(content, str) else content
        # The document cannot express that a call has either all four fields or none.
        for name, value in zip(CALL, ["1", "1", self.recipient, PATIENCE]):
            fields.setdefault(name, value)
        if content:
            digest = cambium.encode(hashlib.sha256(content).digest())
            fields["content-digest"] = f"sha-256={digest}"
        url = urllib.parse.urlsplit(request.url)
        path, _, query = request.path_url.partition("?")
        target = [url.scheme, url.netloc, request.method, path, f"?{query}"]
        covered = [name for name in ["content-digest", "content-type", *CALL] if name in fields]
        values = {f'"{name}"': value for name, value in
                  [*zip(cambium.TARGET, target), *((name, fields[name]) for name in covered)]}
        created = int(time.time())
        parameters = (f"({' '.join(values)});created={created};expires={created + 30}"
                      f';nonce="{secrets.token_urlsafe(16)}"'
                      f';keyid="eip155:31337:{self.account.address.lower()}";tag="erc8128"')
        made = self.account.sign_message(cambium.message(list(values), parameters, values))
        fields["signature-input"] = f"a={parameters}"
        fields["signature"] = f"a={cambium.encode(made.signature)}"


schemathesis.auth.set_from_requests(Signing())
