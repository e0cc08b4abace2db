"""Runs the forms against miners, each against one of its own, and prints what they cost.

usage: attack.py MINER [--short] [--form PREFIX]
"""

import argparse
import socket
import sys
import tempfile
import time

import forms
import wire
from measure import Miner, OtherClient

MOST_SENT = 1024 * 1024
MOST_GROWTH = 16 * 1024 * 1024
# How often another client may wait longer than it does without an attack.
TARGET_RATIO = 20


class Spent(Exception):
    """All that may be sent is sent."""


class Attack:
    """One client, at one address, that reads nothing and has a mebibyte to send."""

    def __init__(self, address):
        self.address = address
        self.authority = "{}:{}".format(*address)
        self.connections = []
        self.sent = 0
        self.messages = 0
        self.refused = 0

    def connect(self):
        if len(self.connections) >= forms.CONNECTIONS:
            raise Spent
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(self.address)
        connection.setblocking(False)
        self.connections.append(connection)
        return connection

    def send(self, connection, data):
        data = data[: MOST_SENT - self.sent]
        if not data:
            raise Spent
        try:
            self.sent += connection.send(data)
        except BlockingIOError:
            # The miner reads no more. A little later it may.
            time.sleep(0.001)
            self.refused += 1
        except OSError:
            self.refused += 1
        if self.refused > 4 * forms.CONNECTIONS:
            raise Spent

    def close(self):
        for connection in self.connections:
            connection.close()


def run(form, miner, hold):
    """Attacks `miner`, and returns what it cost."""
    other = OtherClient(miner.address)
    begun, cpu = time.monotonic(), miner.cpu()
    time.sleep(hold)
    # What the other client costs alone.
    idle_load = (miner.cpu() - cpu) / (time.monotonic() - begun)
    miner.reset_peak()
    before = miner.status("VmRSS")
    attack = Attack(miner.address)
    other.is_attacked.set()
    begun, cpu = time.monotonic(), miner.cpu()
    try:
        form(attack)
    except Spent:
        pass
    # What the miner keeps, it keeps after the last byte too.
    time.sleep(hold)
    growth = miner.status("VmHWM") - before
    cpu = max(miner.cpu() - cpu - idle_load * (time.monotonic() - begun), 0)
    idle, attacked = other.end()
    attack.close()
    return attack, growth, cpu, idle, attacked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("miner")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--form", default="")
    arguments = parser.parse_args()
    chosen = forms.SHORT if arguments.short else forms.ALL
    chosen = [form for form in chosen if form.__name__.startswith(arguments.form)]
    hold = 0.4 if arguments.short else 2
    failures = 0
    with tempfile.TemporaryFile() as log:
        miners = [Miner([arguments.miner, "0", str(wire.CHAIN), "newest"], log) for _ in chosen]
        try:
            print(f"{'form':34} {'sent':>8} {'messages':>8} {'growth':>9} {'CPU each':>9} {'p99':>16}")
            for form, miner in zip(chosen, miners):
                miner.wait()
                attack, growth, cpu, idle, attacked = run(form, miner, hold)
                is_bounded = growth < MOST_GROWTH and miner.is_alive()
                failures += not is_bounded
                each = f"{cpu * 1e3 / attack.messages:.3f} ms" if attack.messages else "-"
                print(
                    f"{form.__name__:34} {attack.sent / 1024:4.0f} KiB {attack.messages:8}"
                    f" {growth / 2**20:5.1f} MiB {each:>9}"
                    f" {attacked * 1e3:5.1f} ms ({attacked / max(idle, 1e-6):4.1f} x)"
                    f"{'' if is_bounded else '  OVER THE BOUND'}",
                    flush=True,
                )
                miner.end()
        finally:
            for miner in miners:
                miner.end()
    print(f"bounds: {MOST_GROWTH >> 20} MiB each; target for p99: {TARGET_RATIO} x idle")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
