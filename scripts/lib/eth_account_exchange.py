"""Exchanges wallets between the command hetu and eth_account; fails at the first difference."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from eth_account import Account
from eth_account.messages import encode_defunct

PHRASE = "test test test test test test test test test test test junk"
PASSWORDS = ["correct horse battery staple", "pässwörd 鍵", " leading and trailing "]


class Hetu:
    """The command hetu with a separate home folder."""

    def __init__(self, binary, home):
        self.binary = binary
        self.home = home

    def __call__(self, *arguments, password="", text=""):
        environment = {**os.environ, "HETU_HOME": str(self.home), "HETU_PASSWORD": password}
        ended = subprocess.run(
            [self.binary, "wallet", *arguments, "--json"], input=text.encode(), env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if ended.returncode:
            sys.exit(f"hetu wallet {' '.join(arguments)}: {ended.stderr.decode()}")
        return json.loads(ended.stdout)


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: {found} is not {expected}")


def theirs_to_ours(hetu, folder):
    for number, password in enumerate(PASSWORDS):
        for kdf in ("scrypt", "pbkdf2"):
            account = Account.create()
            file = folder / f"{kdf}{number}.json"
            file.write_text(json.dumps(account.encrypt(password, kdf=kdf)), encoding="utf-8")
            name = file.stem
            imported = hetu("import", name, "--keystore", str(file), password=password)
            expect(imported["address"], account.address, f"{kdf} file")
            signed = hetu("sign", name, "--message", "hello", password=password)
            expect(signed["signature"], sign(account, b"hello"), f"signature by the {kdf} file")


def ours_to_theirs(hetu, folder):
    for number, password in enumerate(PASSWORDS):
        name = f"ours{number}"
        address = hetu("create", name, password=password)["address"]
        file = folder / f"{name}.json"
        hetu("export", name, "--out", str(file))
        key = Account.decrypt(file.read_text(encoding="utf-8"), password)
        expect(Account.from_key(key).address, address, "our file")
        raw = folder / f"{name}.key"
        hetu("export", name, "--secret-key", "--yes", "--out", str(raw), password=password)
        expect(raw.read_text(encoding="utf-8").strip(), "0x" + key.hex().removeprefix("0x"), "our key")


def hetucli_to_ours(hetu, folder):
    """Imports files of hetucli: those of eth_account with a checksummed address and a name."""
    theirs = folder / "hetucli"
    theirs.mkdir()
    accounts = {name: Account.create() for name in ("alice", "bob")}
    for name, account in accounts.items():
        keystore = {**account.encrypt("hetucli"), "address": account.address, "name": name}
        (theirs / f"{name}.json").write_text(json.dumps(keystore), encoding="utf-8")
    result = hetu("import", "--from-hetucli", str(theirs))
    expect([wallet["name"] for wallet in result["imported"]], ["alice", "bob"], "hetucli's names")
    for name, account in accounts.items():
        unlocked = hetu("unlock", name, password="hetucli")
        expect(unlocked["address"], account.address, f"hetucli's {name}")


def phrases(hetu):
    Account.enable_unaudited_hdwallet_features()
    cases = [
        (PHRASE, "", "m/44'/60'/0'/0/7", ["--index", "7"]),
        (PHRASE, "TREZOR", "m/44'/60'/1'/0/2", ["--derivation-path", "m/44'/60'/1'/0/2"]),
        ("abandon " * 23 + "art", "fünf", "m/44'/60'/0'/0/0", []),
    ]
    for number, (words, passphrase, path, options) in enumerate(cases):
        account = Account.from_mnemonic(words, passphrase=passphrase, account_path=path)
        imported = hetu("import", f"phrase{number}", "--passphrase", *options, password="x",
                        text=f"{words}\n{passphrase}\n")
        expect(imported["address"], account.address, f"phrase at {path}")


def signatures(hetu):
    account = Account.create()
    for message in (b"", b"hello", "鍵\n".encode(), b"x" * 100_000):
        verified = hetu("verify", sign(account, message), text=message.decode())
        expect(verified["address"], account.address, f"signature of {len(message)} bytes")


def sign(account, message):
    signature = account.sign_message(encode_defunct(message)).signature.hex()
    return "0x" + signature.removeprefix("0x")


def main():
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        hetu = Hetu(binary, folder / "home")
        theirs_to_ours(hetu, folder)
        ours_to_theirs(hetu, folder)
        hetucli_to_ours(hetu, folder)
        phrases(hetu)
        signatures(hetu)


if __name__ == "__main__":
    main()
