"""Dictionaries of structured fields (RFC 9651), without dates, display strings, and numbers with
unnecessary zeros. An item keeps its original text; an inner list is a list of pairs."""
import re

KEY, B64 = r"[a-z*][a-z0-9_.*-]*", "[A-Za-z0-9+/]"
BARE = (
    rf':(?:{B64}{{4}})*(?:{B64}{{2}}==|{B64}{{3}}=)?:|"(?:[ !#-\[\]-~]|\\["\\])*"|\?[01]'
    r"|-?(?:0|[1-9]\d{0,14})(?:\.(?:0|\d{0,2}[1-9]))?|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*"
)
PARAMETERS = f"(?:; *{KEY}(?:=(?:{BARE}))?)*"
ITEM = f"({BARE})({PARAMETERS})"
MEMBER = rf"({KEY})(?:=(\( *(?:{ITEM}(?: +{ITEM})*)? *\)|{BARE}))?({PARAMETERS})"


def read_dictionary(text):
    """Returns {key: (item or list, parameters)}, or None if the text is not a dictionary."""
    if not re.fullmatch(rf"(?:{MEMBER}(?:[ \t]*,[ \t]*{MEMBER})*)?", text, re.A):
        return None
    members = {}
    for key, value, *_, parameters in re.findall(MEMBER, text, re.A):
        items = re.findall(ITEM, value, re.A)
        pairs = [(item, read_parameters(its)) for item, its in items]
        value = pairs if value.startswith("(") else value or "?1"
        members[key] = value, read_parameters(parameters)
    return members


def count_members(text):
    """Counts the members of a dictionary, including those that a later duplicate replaces."""
    return len(re.findall(MEMBER, text, re.A))


def read_parameters(text):
    found = re.findall(f"; *({KEY})(?:=({BARE}))?", text, re.A)
    return {key: item or "?1" for key, item in found}


def write(value, parameters):
    """Serializes a pair in the strict form."""
    if isinstance(value, list):
        value = f"({' '.join(write(*pair) for pair in value)})"
    written = (f";{key}" if item == "?1" else f";{key}={item}" for key, item in parameters.items())
    return value + "".join(written)
