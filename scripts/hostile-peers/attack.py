"""Attacks miners with the known worst forms of requests, and prints the cost of each."""

import argparse
import socket
import sys
import tempfile
import time

import forms
import wire
from measure import Miner, OtherClient, RunningMiner

MOST_SENT = 1024 * 1024
MOST_GROWTH = 16 * 1024 * 1024
# The highest allowed ratio of another client's waiting time under attack to its time without.
TARGET_RATIO = 20


class Spent(Exception):
    """The attack has sent as much as it may."""


class Attack:
    """A client at one address that reads no reply and sends at most a mebibyte."""

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
            # The miner reads no more for now. It may read again a little later.
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
    """Attacks `miner`, and returns the cost of the attack."""
    other = OtherClient(miner.address)
    begun, cpu = time.monotonic(), miner.cpu()
    time.sleep(hold)
    # The load of the other client alone.
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
    # The miner keeps memory after the last byte too, so the measurement continues.
    time.sleep(hold)
    growth = miner.status("VmHWM") - before
    cpu = max(miner.cpu() - cpu - idle_load * (time.monotonic() - begun), 0)
    idle, attacked = other.end()
    attack.close()
    return attack, growth, cpu, idle, attacked


def report(form, miner, hold):
    """Attacks `miner`, prints the cost, and returns True if it was within the bounds."""
    attack, growth, cpu, idle, attacked = run(form, miner, hold)
    is_bounded = growth < MOST_GROWTH and miner.is_alive()
    each = f"{cpu * 1e3 / attack.messages:.3f} ms" if attack.messages else "-"
    print(
        f"{form.__name__:34} {attack.sent / 1024:4.0f} KiB {attack.messages:8}"
        f" {growth / 2**20:5.1f} MiB {each:>9}"
        f" {attacked * 1e3:5.1f} ms ({attacked / max(idle, 1e-6):4.1f} x)"
        f"{'' if is_bounded else '  OVER THE BOUND'}",
        flush=True,
    )
    return is_bounded


def attack_new_miners(program, chosen, hold):
    """Attacks a new miner with each form, so that no form reuses memory that another one freed."""
    outcomes = []
    with tempfile.TemporaryFile() as log:
        miners = [Miner([program, "0", str(wire.CHAIN), "newest"], log) for _ in chosen]
        try:
            for form, miner in zip(chosen, miners):
                miner.wait()
                outcomes.append(report(form, miner, hold))
                miner.end()
        finally:
            for miner in miners:
                miner.end()
    return all(outcomes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--miner", help="a program that serves at a port of its choice")
    parser.add_argument("--serving", nargs=2, metavar=("PID", "PORT"), help="a miner that serves already")
    parser.add_argument("--account", default=wire.ACCOUNT, help="the account that requests claim")
    parser.add_argument("--form", default="", help="the forms whose names begin with this")
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    wire.ACCOUNT = arguments.account.lower()
    hold = 0.4 if arguments.short else 2
    print(f"requests that claim {wire.ACCOUNT}")
    print(f"{'form':34} {'sent':>8} {'messages':>8} {'growth':>9} {'CPU each':>9} {'p99':>16}")
    if arguments.serving:
        pid, port = map(int, arguments.serving)
        miner = RunningMiner(pid, ("127.0.0.1", port))
        chosen = [form for form in forms.SIGNED if form.__name__.startswith(arguments.form)]
        is_bounded = all([report(form, miner, hold) for form in chosen])
    else:
        chosen = forms.SHORT if arguments.short else forms.ALL
        chosen = [form for form in chosen if form.__name__.startswith(arguments.form)]
        is_bounded = attack_new_miners(arguments.miner, chosen, hold)
    print(f"bounds: {MOST_GROWTH >> 20} MiB each; target for p99: {TARGET_RATIO} x idle")
    return 0 if is_bounded else 1


if __name__ == "__main__":
    sys.exit(main())
