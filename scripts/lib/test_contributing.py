"""Tests of the lists in CONTRIBUTING.md that follow one operation through the code."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^### Follow .* \(at most (\d+) files\)$", re.MULTILINE)
ENTRY = re.compile(r"^\d+\. \[`([^`]+)`\]\(([^)]+)\)", re.MULTILINE)


def lists():
    """Returns the limit and the entries of each list."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = text[:text.index("## Changing the contracts")]
    pieces = SECTION.split(text)[1:]
    return [(int(bound), ENTRY.findall(body)) for bound, body in zip(pieces[::2], pieces[1::2])]


class ListsOfFiles(unittest.TestCase):
    def test_four_operations_are_followed(self):
        self.assertEqual([bound for bound, _ in lists()], [14, 16, 18, 10])

    def test_list_is_within_its_bound(self):
        for bound, entries in lists():
            self.assertTrue(0 < len(entries) <= bound, f"{len(entries)} files of at most {bound}")

    def test_named_file_exists(self):
        for _, entries in lists():
            for name, link in entries:
                self.assertEqual(name, link)
                self.assertTrue((ROOT / link).is_file(), f"{link} does not exist")


if __name__ == "__main__":
    unittest.main()
