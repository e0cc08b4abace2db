"""Tests of the runner of steps."""

import pathlib
import subprocess
import sys
import time
import unittest

LIBRARY = pathlib.Path(__file__).resolve().parent


def run_steps(first, beside="[]"):
    """Runs steps, written as Python lists, in a separate process."""
    program = f"import sys; sys.path.insert(0, {str(LIBRARY)!r}); from steps import Step, run; run({first}, {beside})"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)


class Steps(unittest.TestCase):
    def test_steps_that_succeed_exit_with_zero_and_are_in_the_table(self):
        ended = run_steps("[Step('one', 'true')]", "[Step('two', 'echo', 'quiet', after=['one'])]")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("two (beside)", ended.stdout)
        self.assertNotIn("quiet", ended.stdout)

    def test_failed_step_ends_the_other_lane_and_is_named_last(self):
        started = time.monotonic()
        ended = run_steps("[Step('long', 'sleep', '50')]",
                          "[Step('bad', 'sh', '-c', 'echo reason; exit 3'), Step('later', 'true')]")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("reason", ended.stdout)
        self.assertEqual(ended.stderr.splitlines()[-1], "failed: bad")
        self.assertLess(time.monotonic() - started, 30)

    def test_command_that_cannot_start_fails_the_run(self):
        ended = run_steps("[Step('absent', '/nonexistent/command')]", "[Step('waits', 'true', after=['absent'])]")
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stderr.splitlines()[-1], "failed: absent")

    def test_step_after_an_unknown_one_fails_the_run(self):
        ended = run_steps("[Step('one', 'true', after=['nowhere'])]")
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stderr.splitlines()[-1], "failed: one was not run")

    def test_check_and_all_shell_scripts_are_read_by_bash(self):
        top = LIBRARY.parent.parent
        scripts = [path for path in [top / ".ci/run", *(top / "scripts").iterdir()]
                   if path.is_file() and b"bash" in path.read_bytes().split(b"\n")[0]]
        self.assertIn(top / ".ci/run", scripts, "the check is started as `bash .ci/run`")
        for script in scripts:
            subprocess.run(["bash", "-n", script], check=True)


if __name__ == "__main__":
    unittest.main()
