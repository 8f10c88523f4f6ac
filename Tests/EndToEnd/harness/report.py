"""Tests that are sentences, and their counting."""

import contextlib
import re
import sys
import threading
import time
import traceback

SCENARIOS = []


class Skip(Exception):
    """Raised by a test that cannot run here; the text says why. Skipped tests are named, not counted as passed."""


def scenario(sentence, each=(None,)):
    """Registers a test. `each` repeats it for every value, which the function receives and `{}` names."""

    def register(function):
        for value in each:
            name = sentence.replace("{}", str(value)) if value is not None else sentence
            SCENARIOS.append((name, function, () if value is None else (value,)))
        return function

    return register


class Report:
    """Counts and prints results. Safe to use from several threads."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.figures = 0, 0, 0, []
        self._lock = threading.Lock()

    def add(self, sentence, problem=None, seconds=None):
        with self._lock:
            self.failed += problem is not None
            self.passed += problem is None
            time_text = "" if seconds is None else f"{seconds:7.1f} s  "
            print(f"  {'ok  ' if problem is None else 'FAIL'} {time_text}{sentence}", flush=True)
            if problem:
                print("       " + str(problem).strip().replace("\n", "\n       "), flush=True)

    @contextlib.contextmanager
    def test(self, sentence):
        """Runs the body of a `with` as one test."""
        start = time.monotonic()
        try:
            yield
        except Skip as reason:
            with self._lock:
                self.skipped += 1
                print(f"  skip {sentence}: {reason}", flush=True)
        except AssertionError as problem:
            self.add(sentence, str(problem) or last_line(problem), time.monotonic() - start)
        except Exception as problem:  # a broken test is a failed test, and the others still run
            self.add(sentence, f"{type(problem).__name__}: {problem}\n{last_line(problem)}", time.monotonic() - start)
        else:
            self.add(sentence, None, time.monotonic() - start)

    def figure(self, name, value):
        """Prints a measured value; it is no verdict."""
        with self._lock:
            print(f"       {name}: {value}", flush=True)

    def close(self):
        if self.skipped:
            print(f"{self.skipped} skipped (see above)")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def last_line(problem):
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}: {frame.line}"


def chosen(pattern):
    return [entry for entry in SCENARIOS if not pattern or re.search(pattern, entry[0], re.IGNORECASE)]


def expect(condition, text):
    """An assertion that always says what is wrong."""
    if not condition:
        raise AssertionError(text)


def eventually(what, condition, seconds=10, pause=0.02):
    """Asks until `condition()` holds, and fails with `what` when it does not in so many seconds. What the server promises within
    a second gets ten: a busy machine is no defect, and what never happens is found all the same. -> what the condition gave"""
    end = time.monotonic() + seconds
    while not (found := condition()):
        expect(time.monotonic() < end, what() if callable(what) else what)
        time.sleep(pause)  # until the next look; the deadline above ends it
    return found
