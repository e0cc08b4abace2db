"""Tests of the functions that read rustdoc's documents."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

LIBRARY = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(LIBRARY))
import api_snapshots  # noqa: E402


def script(name):
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(LIBRARY.parent / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


errors = script("errors-reference")
functions = script("functions-reference")


class Names(unittest.TestCase):
    def test_names_are_listed_by_module_without_members(self):
        lines = ["pub mod a", "pub mod a::b", "pub struct a::One", "pub fn a::One::method(&self)",
                 "pub a::One::field: u8", "#[non_exhaustive] pub enum a::b::Two", "pub const a::b::N: u8 = 1",
                 "pub const fn a::three() -> u8", "impl a::One"]
        self.assertEqual(api_snapshots.names_by_module(lines), {"a": ["One", "three"], "a::b": ["N", "Two"]})


class Errors(unittest.TestCase):
    def test_message_is_the_literal_of_the_attribute(self):
        broken = '#[error("cannot read {path:?}: \\\n         \\"{reason}\\"", path = self.path)]'
        item = {"attrs": ["non_exhaustive", {"other": broken}]}
        self.assertEqual(errors.message(item), 'cannot read {path:?}: "{reason}"')
        self.assertIsNone(errors.message({"attrs": [{"other": "#[error(transparent)]"}]}))

    def test_links_in_the_text_are_only_their_words(self):
        item = {"docs": "As [`Node`] says, see [there](crate::There).", "links": {"`Node`": 1, "crate::There": 2}}
        self.assertEqual(errors.prose(item), "As `Node` says, see there.")

    def test_mark_is_the_answer_for_the_variant_or_for_the_others(self):
        known = {"Busy": "retryable", "*": "final"}
        self.assertEqual(errors.mark(known, "Busy"), " (retryable)")
        self.assertEqual(errors.mark(known, "Lost"), " (final)")
        self.assertEqual(errors.mark(None, "Lost"), "")
        self.assertRaises(SystemExit, errors.mark, {"Busy": "retryable"}, "Lost")


class Functions(unittest.TestCase):
    def test_aliases_are_those_of_documentation_attributes(self):
        item = {"attrs": ["must_use", {"other": '#[doc(alias = "getInfo")]'}, {"other": "#[doc(hidden)]"}]}
        self.assertEqual(functions.aliases(item), ["getInfo"])


if __name__ == "__main__":
    unittest.main()
