"""The known worst forms of requests by unauthenticated peers.

Each form is a function that sends through an `Attack`, which stops it after a mebibyte.
"""

import string as characters

import wire

CONNECTIONS = 250
STREAMS = 128
NAMES = [a + b for a in characters.ascii_lowercase for b in characters.ascii_lowercase]


def streams(attack, first, rest, settings=b""):
    """Opens HTTP/2 connections with the maximum of streams; the later ones use references."""
    while True:
        connection = attack.connect()
        attack.send(connection, wire.opening(settings))
        for number in range(STREAMS):
            attack.send(connection, first(2 * number + 1) if number == 0 else rest(2 * number + 1))
            attack.messages += 1


def requests(attack, make):
    """Sends a request on each HTTP/1.1 connection, and then more on the same connections."""
    connections = []
    while True:
        if len(connections) < CONNECTIONS:
            connections.append(attack.connect())
        for connection in connections if len(connections) == CONNECTIONS else connections[-1:]:
            attack.send(connection, make())
            attack.messages += 1


def http1_unfinished_heads(attack):
    lines = [(f"x-{name}", "v" * 28) for name in NAMES[:95]]
    head = wire.head("POST", "/MathSum", attack.authority, lines, end=False)
    requests(attack, lambda: head)


def http1_many_fields(attack):
    inputs, signatures = wire.signature_fields()
    lines = [("Signature-Input", inputs), ("Signature", signatures), ("Content-Length", "1000000")]
    lines += [(name, "") for name in NAMES[:90]]
    head = wire.head("POST", "/MathSum", attack.authority, lines)
    requests(attack, lambda: head)


def http1_unfinished_contents(attack):
    def make():
        inputs, signatures = wire.signature_fields()
        lines = [("Signature-Input", inputs), ("Signature", signatures), ("Content-Length", "1000000")]
        return wire.head("POST", "/MathSum", attack.authority, lines) + b" " * 3_000

    requests(attack, make)


def http1_long_dictionaries(attack):
    keys = [f"z{number:02}" for number in range(27)]
    inputs, signatures = wire.signature_fields([f'"x";key="{key}"' for key in keys], 8)
    fields = [("x", ",".join(NAMES[:600] + keys)), ("Signature-Input", inputs), ("Signature", signatures)]
    head = wire.head("GET", "/ping", attack.authority, fields)
    requests(attack, lambda: head)


def http1_long_queries(attack):
    names = [f"p{number:02}" for number in range(27)]
    inputs, signatures = wire.signature_fields([f'"@query-param";name="{name}"' for name in names], 4)
    query = "a&" * 3_000 + "&".join(f"{name}=1" for name in names)
    fields = [("Signature-Input", inputs), ("Signature", signatures)]
    head = wire.head("GET", f"/ping?{query}", attack.authority, fields)
    requests(attack, lambda: head)


def http1_pipelined(attack):
    request = wire.head("GET", "/openapi.json", attack.authority)
    requests(attack, lambda: request * 40)


def http1_failing_signatures(attack):
    def make():
        inputs, signatures = wire.signature_fields(signature="A" * 86 + "==")
        fields = [("Signature-Input", inputs), ("Signature", signatures), ("Content-Length", "0")]
        return wire.head("POST", "/MathSum", attack.authority, fields)

    requests(attack, make)


def http1_unknown_keyids(attack):
    def make():
        keyid = f"eip155:{wire.CHAIN}:0x{attack.messages:040x}"
        inputs, signatures = wire.signature_fields(keyid=keyid, signature="A" * 86 + "==")
        fields = [("Signature-Input", inputs), ("Signature", signatures), ("Content-Length", "1000")]
        return wire.head("POST", "/MathSum", attack.authority, fields)

    requests(attack, make)


def http1_idle_connections(attack):
    while True:
        attack.send(attack.connect(), b"GET /")


def http2_references(attack):
    """Sends a long value once and then refers to it many times with one byte each."""
    inputs, signatures = wire.signature_fields(['"x"', '"x";bs'], 8)
    value, times = "v" * 1_700, (60 * 1024 - len(inputs)) // 1_733
    first = wire.pseudo("GET", "/ping", attack.authority)
    first += wire.literal("signature-input", inputs) + wire.literal("signature", signatures)
    first += wire.literal("x", value) + wire.indexed(62) * (times - 1)
    rest = b"\x82\x86" + b"".join(map(wire.indexed, (66, 65, 64, 63))) + wire.indexed(62) * times
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, first),
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, rest),
    )


def http2_references_within_limits(attack):
    """Sends many references to a long value in a head of the maximum length."""
    inputs, signatures = wire.signature_fields(['"x"'])
    value = "v" * 3_000
    first = wire.pseudo("POST", "/MathSum", attack.authority)
    first += wire.unindexed("signature-input", inputs) + wire.unindexed("signature", signatures)
    first += wire.literal("x", value) + wire.indexed(62) * 3
    rest = b"\x83\x86" + wire.indexed(64) + wire.indexed(63)
    rest += wire.unindexed("signature-input", inputs) + wire.unindexed("signature", signatures)
    rest += wire.indexed(62) * 4
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, first),
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, rest),
    )


def small_fields(count):
    """Returns fields of one letter and no value: 33 bytes each for HPACK, one on the wire."""
    return wire.literal("x", ""), wire.indexed(62) * count


def http2_many_fields(attack):
    first_field, fields = small_fields(480)
    first = wire.pseudo("POST", "/MathSum", attack.authority) + first_field + fields
    rest = b"\x83\x86" + wire.indexed(64) + wire.indexed(63) + fields
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, first),
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, rest),
        wire.no_window(),
    )


def minimal(attack, method, path, flags, settings=b"", behind=b""):
    """Sends requests of a dozen bytes, with or without frames after each head."""
    first = wire.pseudo(method, path, attack.authority)
    again = first[: -len(wire.named(4, path) + wire.named(1, attack.authority))]
    rest = again + wire.indexed(63) + wire.indexed(62)
    flags |= wire.END_HEADERS
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, flags, stream, first) + behind_of(behind, stream),
        lambda stream: wire.frame(wire.HEADERS, flags, stream, rest) + behind_of(behind, stream),
        settings,
    )


def behind_of(behind, stream):
    return behind(stream) if callable(behind) else behind


def http2_unread_replies(attack):
    minimal(attack, "GET", "/openapi.json", wire.END_STREAM, wire.no_window())


def http2_unread_heads(attack):
    minimal(attack, "HEAD", "/ping", wire.END_STREAM, wire.no_window())


def http2_unread_refusals(attack):
    minimal(attack, "GET", "/none", wire.END_STREAM, wire.no_window())


def http2_unfinished_contents(attack):
    inputs, signatures = wire.signature_fields()
    first = wire.pseudo("POST", "/MathSum", attack.authority)
    first += wire.literal("signature-input", inputs) + wire.literal("signature", signatures)
    rest = b"\x83\x86" + b"".join(map(wire.indexed, (65, 64, 63, 62)))
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, first),
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, rest),
    )


def http2_small_frames(attack):
    inputs, signatures = wire.signature_fields()
    first = wire.pseudo("POST", "/MathSum", attack.authority)
    first += wire.literal("signature-input", inputs) + wire.literal("signature", signatures)
    rest = b"\x83\x86" + b"".join(map(wire.indexed, (65, 64, 63, 62)))
    frames = lambda stream: wire.frame(wire.DATA, 0, stream, b" ") * 60
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, first) + frames(stream),
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, rest) + frames(stream),
    )


def http2_trailers(attack):
    field, fields = small_fields(470)
    # The first trailers add the field to the table, which moves the target up by one.
    first = wire.pseudo("POST", "/none", attack.authority) + field
    rest = b"\x83\x86" + wire.indexed(64) + wire.indexed(63)
    end = wire.END_HEADERS | wire.END_STREAM
    trailers = lambda stream: wire.frame(wire.HEADERS, end, stream, fields)
    streams(
        attack,
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, first) + trailers(stream),
        lambda stream: wire.frame(wire.HEADERS, wire.END_HEADERS, stream, rest) + trailers(stream),
        wire.no_window(),
    )


def http2_continuations(attack):
    """Sends heads without end: first many small fields, then a string that is never complete."""
    field, fields = small_fields(480)
    first = wire.pseudo("GET", "/ping", attack.authority) + field + fields
    while True:
        connection = attack.connect()
        attack.send(connection, wire.opening() + wire.frame(wire.HEADERS, 0, 1, first))
        attack.messages += 1
        unfinished = b"\x00" + wire.string("y") + wire.integer(12_000, 7, 0)
        for piece in (unfinished, b"v" * 2_000, b"v" * 2_000, b"v" * 2_000):
            attack.send(connection, wire.frame(wire.CONTINUATION, 0, 1, piece))


def http2_idle_connections(attack):
    while True:
        attack.send(attack.connect(), wire.opening())


def of(prefix):
    forms = (form for name, form in sorted(globals().items()) if name.startswith(prefix))
    return [form for form in forms if callable(form)]


ALL = of("http1_") + of("http2_")
# One form for each mechanism that limits resources.
SHORT = [
    http1_unfinished_contents,
    http1_pipelined,
    http1_long_dictionaries,
    http2_references,
    http2_many_fields,
    http2_unfinished_contents,
    http2_unread_replies,
    http2_trailers,
    http2_continuations,
]
# Forms that depend on the account that a request claims.
SIGNED = [
    http1_unfinished_contents,
    http1_long_dictionaries,
    http2_references_within_limits,
    http2_small_frames,
    http2_unfinished_contents,
]
