"""A miner for tests that answers in the name of another account without its key.

usage: impostor.py ADDRESS, followed by the arguments of miner.py"""
import sys
from types import SimpleNamespace

from eth_account import Account

import miner

if __name__ == "__main__":
    address, key_file, *rest = sys.argv[1:]
    with open(key_file, encoding="ascii") as file:
        own = Account.from_key(file.read().strip())
    miner.serve(SimpleNamespace(address=address, sign_message=own.sign_message), *rest)
