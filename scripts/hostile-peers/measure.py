"""Measures a miner by the operating system and by the waiting times of another client."""

import multiprocessing
import os
import re
import socket
import subprocess
import time
from pathlib import Path

# The other client uses another address than the attack.
OTHER_ADDRESS = "127.0.0.2"
PAUSE = 0.002
TICKS = os.sysconf("SC_CLK_TCK")


class RunningMiner:
    """A miner process that serves requests."""

    def __init__(self, pid, address):
        self.pid = pid
        self.address = address

    def status(self, name):
        """Returns the value of a line of /proc/PID/status, in bytes."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024

    def reset_peak(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def cpu(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def is_alive(self):
        return Path(f"/proc/{self.pid}/stat").exists() and "Z" not in self.state()

    def state(self):
        return Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


class Miner(RunningMiner):
    """A miner process that this program starts, without earlier requests."""

    def __init__(self, command, log):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        super().__init__(self.process.pid, None)

    def wait(self):
        """Waits until the miner serves."""
        line = self.process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)", line)
        if not found:
            raise RuntimeError(f"the miner does not serve: {line!r}")
        self.address = (found[1], int(found[2]))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class OtherClient:
    """An honest client in a separate process that sends one request after the other."""

    def __init__(self, address):
        self.results, results = multiprocessing.Pipe(duplex=False)
        self.is_attacked = multiprocessing.Event()
        self.is_over = multiprocessing.Event()
        events = (self.is_attacked, self.is_over)
        self.process = multiprocessing.Process(target=ask, args=(address, *events, results))
        self.process.start()

    def end(self):
        """Returns the 99th percentiles of the times without and with the attack, in seconds."""
        self.is_over.set()
        percentiles = self.results.recv()
        self.process.join()
        return percentiles


def ask(address, is_attacked, is_over, results):
    request = b"GET /ping HTTP/1.1\r\nHost: miner\r\n\r\n"
    connection = socket.create_connection(address, timeout=10, source_address=(OTHER_ADDRESS, 0))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = {False: [], True: []}
    while not is_over.is_set():
        phase, begun = is_attacked.is_set(), time.perf_counter()
        is_served = exchange(connection, request)
        times[phase].append(time.perf_counter() - begun if is_served else float("inf"))
        if not is_served:
            break
        # Without the pause, this client would be an attack itself.
        time.sleep(PAUSE)
    results.send([percentile(times[phase]) for phase in (False, True)])


def exchange(connection, request):
    """Returns True if the request is answered with success."""
    reply = b""
    try:
        connection.sendall(request)
        while not reply.endswith(b"}"):
            piece = connection.recv(4_096)
            if not piece:
                return False
            reply += piece
    except OSError:
        return False
    return reply.startswith(b"HTTP/1.1 200")


def percentile(times):
    return sorted(times)[len(times) * 99 // 100] if times else 0.0
