"""Writes the results of scripts/bench into its page and into its JSON file.

The benches except `performance` print one figure a line, and those of signing a table:

    a lookup by address in a view                             21.7 ns   (under 50 ns)
    cold sync of 4,096 dendrons from anvil               68.49ms median, 50.82ms least   (under 120 ms)
    | session: sign a request | 5.00 | bare hmac of a base | 7.27 |

`scripts/hostile-peers/attack.py` prints a row for each form of request:

    http2_references      1024 KiB     1210   3.1 MiB  0.102 ms   0.9 ms ( 3.1 x)
"""

import json
import pathlib
import re
import sys

LINE = re.compile(
    r"^ *(?P<what>\S.*?) {2,}(?P<value>[\d.]+) ?(?P<unit>ns|µs|ms|s|x)\b"
    r"(?:.*?, (?P<least>[\d.]+)(?P<least_unit>ns|µs|ms|s) least)?"
    r"(?:.*\(under (?P<target>[^)]*)\))?"
)
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<us>[\d.]+) \| (?P<beside>[^|]*?) ?\| (?P<ratio>[^|]*?) ?\|$")
ATTACK = re.compile(
    r"^(?P<form>http[12]_\w+) +\d+ KiB +(?P<messages>\d+) +(?P<growth_mib>[\d.]+) MiB +"
    r"(?:(?P<cpu_ms>[\d.]+) ms|-) +(?P<p99_ms>[\d.]+) ms \( *(?P<p99_to_idle>[\d.]+) x\)"
)
CONTENT = re.compile(r"^(?P<bytes>\d+) bytes of content")


def lines(text):
    others = (line for line in text.splitlines() if not ATTACK.match(line))
    for match in filter(None, map(LINE.match, others)):
        figure = {"what": match["what"], "value": float(match["value"]), "unit": match["unit"]}
        if match["least"]:
            figure |= {"least": float(match["least"]), "least_unit": match["least_unit"]}
        if match["target"] and match["target"] != "-":
            figure["target"] = match["target"]
        yield figure


def rows(text):
    content_bytes = None
    for line in text.splitlines():
        if match := CONTENT.match(line):
            content_bytes = int(match["bytes"])
        elif match := ROW.match(line):
            figure = {"bytes": content_bytes, "what": match["what"], "us": float(match["us"])}
            if match["ratio"]:
                figure |= {"beside": match["beside"], "ratio": float(match["ratio"])}
            yield figure


def attacks(text):
    for match in filter(None, map(ATTACK.match, text.splitlines())):
        values = match.groupdict()
        form = values.pop("form")
        yield {"form": form} | {name: float(value) for name, value in values.items() if value}


def write_page(page, tables):
    begin, end = "<!-- figures -->", "<!-- end of figures -->"
    text = f"{begin}\n\n{tables.strip()}\n\n{end}"
    changed, places = re.subn(f"{begin}.*{end}", lambda _: text, page.read_text(), flags=re.DOTALL)
    if places != 1:
        sys.exit(f"bench: {page} has no place for the figures")
    page.write_text(changed)


def main():
    tables, figures, *page = (pathlib.Path(path) for path in sys.argv[1:])
    text = tables.read_text()
    pictures = list(lines(text))
    messages = list(rows(text))
    under_attack = list(attacks(text))
    if not pictures or not messages or not under_attack:
        sys.exit("bench: a bench printed figures in another form")
    whole = json.loads(figures.read_text()) | {
        "picture_and_picking": pictures, "messages": messages, "under_attack": under_attack}
    figures.write_text(json.dumps(whole, indent=2) + "\n")
    for path in page:
        write_page(path, text)


main()
