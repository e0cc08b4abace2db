"""A miner that answers in the name of another account, whose key it does not have. For tests.

usage: impostor.py ADDRESS, and then as miner.py"""
import sys
from types import SimpleNamespace

from eth_account import Account

import miner

if __name__ == "__main__":
    address, key_file, *rest = sys.argv[1:]
    with open(key_file, encoding="ascii") as file:
        own = Account.from_key(file.read().strip())
    miner.serve(SimpleNamespace(address=address, sign_message=own.sign_message), *rest)
