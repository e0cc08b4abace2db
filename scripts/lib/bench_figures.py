"""Puts what scripts/bench measured into its page and into its JSON file.

The benches beside `performance` print a figure a line, and those of signing a table:

    a lookup by address in a view                             21.7 ns   (under 50 ns)
    cold sync of 4,096 dendrons from anvil               68.49ms median, 50.82ms least   (under 120 ms)
    | session: sign a request | 5.00 | bare hmac of a base | 7.27 |
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
CONTENT = re.compile(r"^(?P<bytes>\d+) bytes of content")


def lines(text):
    for match in filter(None, map(LINE.match, text.splitlines())):
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
    if not pictures or not messages:
        sys.exit("bench: a bench printed figures in another form")
    whole = json.loads(figures.read_text()) | {"picture_and_picking": pictures, "messages": messages}
    figures.write_text(json.dumps(whole, indent=2) + "\n")
    for path in page:
        write_page(path, text)


main()
