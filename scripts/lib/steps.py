"""Runs the steps of a check in two lanes, measures each, and stops at the first failure.

The steps of the first lane print as they run. The steps of the second lane run at the same time,
and their output is printed only when they fail. The lanes share two cores well because one lane
compiles and the other mostly waits for programs.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

# The time in which a step must end its own programs before it is killed.
GRACE_SECONDS = 10


class Step:
    """A command with a name that starts after the steps in `after` have ended."""

    def __init__(self, name, *command, after=()):
        self.name, self.command, self.after = name, command, after
        self.process = None
        self.seconds = None
        self.ended = threading.Event()


class Run:
    """One run of all steps."""

    def __init__(self, first, beside):
        self.lanes = (first, beside)
        self.steps = {step.name: step for step in [*first, *beside]}
        self.lock = threading.Lock()
        self.failed = None
        self.output = None

    def run_lane(self, steps, output):
        for step in steps:
            for name in step.after:
                self.steps[name].ended.wait()
            if not self.run_step(step, output):
                return

    def run_step(self, step, output):
        started = time.monotonic()
        with self.lock:
            if self.failed:
                return False
            if output is None:
                print(f"\n== {step.name}", flush=True)
            else:
                output.seek(0)
                output.truncate()
            try:
                # A separate process group, so that all processes of the step can be ended with it.
                step.process = subprocess.Popen(step.command, stdout=output, stderr=output, start_new_session=True)
            except OSError as error:
                print(f"{step.name}: {error}", flush=True)
                self.failed = step
                self.terminate()
                return False
        status = step.process.wait()
        with self.lock:
            step.seconds = time.monotonic() - started
            if status != 0 and not self.failed:
                self.failed, self.output = step, output
                self.terminate()
            step.ended.set()
            return not self.failed

    def terminate(self):
        """Ends all running steps, and releases the lanes that wait for them."""
        running = [step.process for step in self.steps.values() if step.process and step.process.poll() is None]
        for process in running:
            signal_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                signal_group(process, signal.SIGKILL)
        for step in self.steps.values():
            step.ended.set()

    def print_table(self):
        beside = {step.name for step in self.lanes[1]}
        print("\n seconds  step")
        for step in self.steps.values():
            if step.seconds is not None:
                print(f"{step.seconds:8.0f}  {step.name}{' (beside)' if step.name in beside else ''}")


def signal_group(process, number):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def run(first, beside=()):
    """Runs the steps, prints a table of their seconds, and exits with 1 if one failed."""
    started = time.monotonic()
    os.chdir(pathlib.Path(__file__).resolve().parent.parent.parent)
    run = Run(list(first), list(beside))
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        lanes = [threading.Thread(target=run.run_lane, args=(run.lanes[0], None)),
                 threading.Thread(target=run.run_lane, args=(run.lanes[1], output))]
        for lane in lanes:
            lane.start()
        try:
            for lane in lanes:
                lane.join()
        except KeyboardInterrupt:
            run.failed = run.failed or Step("interrupted")
            run.terminate()
        if run.output:
            run.output.seek(0)
            print(f"\n== {run.failed.name}\n{run.output.read()}")
    run.print_table()
    print(f"{time.monotonic() - started:8.0f}  in all", flush=True)
    if run.failed:
        sys.exit(f"failed: {run.failed.name}")
    # A lane that ended early for another reason must not count as a success.
    for step in run.steps.values():
        if step.seconds is None:
            sys.exit(f"failed: {step.name} was not run")
