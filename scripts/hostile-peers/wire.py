"""Bytes of hostile requests: heads of HTTP/1.1, frames of HTTP/2 and a small HPACK writer."""

import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, CONTINUATION = 0, 1, 4, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INITIAL_WINDOW_SIZE = 4

CHAIN = 31337
# The first key of every test. Any account is suitable.
ACCOUNT = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
REQUIRED = ["@authority", "@method", "@path", "@query", "@scheme"]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def opening(settings=b""):
    """Returns a preface, settings, and an early acknowledgement of the peer's settings."""
    return PREFACE + frame(SETTINGS, 0, 0, settings) + frame(SETTINGS, ACK, 0)


def no_window():
    """Returns the settings of a peer that accepts no byte of any reply."""
    return struct.pack(">HI", INITIAL_WINDOW_SIZE, 0)


def integer(value, prefix, first):
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def string(text):
    return integer(len(text), 7, 0) + text.encode()


def literal(name, value):
    """Returns a field that enters the table at index 62 and moves all others up by one."""
    return b"\x40" + string(name) + string(value)


def named(index, value):
    """Returns a field that enters the table, with a name of the static table."""
    return integer(index, 6, 0x40) + string(value)


def unindexed(name, value):
    """Returns a field that does not enter the table."""
    return b"\x00" + string(name) + string(value)


def indexed(index):
    return integer(index, 7, 0x80)


def pseudo(method, path, authority):
    """Returns the pseudo-header fields. Authority enters the table at 62 and path at 63."""
    first = b"\x82" if method == "GET" else b"\x83" if method == "POST" else b""
    head = first or unindexed(":method", method)
    return head + b"\x86" + named(4, path) + named(1, authority)


def signature_fields(components=(), labels=1, keyid=None, signature="AA=="):
    """Returns `Signature-Input` and `Signature` that claim a caller, without a valid signature."""
    covered = " ".join([*(f'"{name}"' for name in REQUIRED), *components])
    now = int(time.time())
    keyid = keyid or f"eip155:{CHAIN}:{ACCOUNT}"
    inputs = (
        f's{label}=({covered});created={now};expires={now + 60};nonce="n{label}.{time.time_ns()}";'
        f'keyid="{keyid}";tag="erc8128"'
        for label in range(labels)
    )
    return ", ".join(inputs), ", ".join(f"s{label}=:{signature}:" for label in range(labels))


def head(method, target, authority, fields=(), end=True):
    """Returns the head of a request in HTTP/1.1."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}", *(f"{n}: {v}" for n, v in fields)]
    return ("\r\n".join(lines) + "\r\n" + ("\r\n" if end else "")).encode()
