"""`kill -9` at any moment, under load, again and again on one data folder: nothing is lost, nothing is doubled.

The moments are random; KILL_SEED=n repeats them, as far as a machine does the same twice.
"""

import json
import os
import random
import signal
import time

import pytest

from conftest import LEGS, eventually

SEED = int(os.environ.get("KILL_SEED", random.randrange(1 << 32)))
# Far above what a start takes on a busy machine, and below what a person would call lost.
RESTART_SECONDS = 10


@pytest.fixture
def moments():
    print(f"KILL_SEED={SEED}")
    return random.Random(SEED)


def restart(program):
    began = time.monotonic()
    program.start()
    assert time.monotonic() - began < RESTART_SECONDS


def check(program, stored_at_least):
    """The end of a test: a restart, a drain, and the proof."""
    program.stop()
    audit = program.audit("--json")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    verdict = json.loads(audit.stdout)
    assert verdict["verdict"] == "holds" and verdict["exclusive"]
    # Else the test would prove nothing.
    assert verdict["ledger"]["stored"] >= stored_at_least
    for leg in verdict["legs"].values():
        assert leg["counted"] == verdict["ledger"]["stored"]
        assert (leg["pending"], leg["dead_letters"]) == (0, 0)
    return verdict


def test_killed_under_load_twenty_times(make_program, moments):
    program = make_program().start()
    retrying = program.load(
        "own.ndjson", "--own-ids", "--retries", 100, "--rate", 4000, "--batch", 20, "--connections", 16, "--duration", "10m")
    once = program.load("made.ndjson", "--rate", 4000, "--batch", 20, "--connections", 16, "--duration", "10m")
    for _ in range(20):
        # At least one tweet of each kind between two kills.
        before = program.counted()
        eventually(lambda: all(program.counted()[leg] > before[leg] for leg in LEGS), 10)
        time.sleep(moments.uniform(0, 0.5))
        program.kill()
        restart(program)
    eventually(lambda: min(program.counted().values()) > 0, 10)
    reports = retrying.end(), once.end()
    for report in reports:
        assert report["outcomes"]["accepted"]["tweets"] > 2000, "it was killed under load"
    # Who retries with the same ids learns what became of everything but what was under way when the load ended.
    assert reports[0]["outcomes"]["unknown"]["requests"] <= 16
    assert reports[0]["retries"] > 0
    assert reports[1]["outcomes"]["unknown"]["tweets"] > 0
    check(program, 4000)


def test_killed_while_it_starts(make_program, moments):
    program = make_program().start()
    load = program.load("load.ndjson", "--own-ids", "--retries", 100, "--rate", 3000, "--batch", 10, "--duration", "10m")
    for _ in range(3):
        before = program.counted()
        eventually(lambda: all(program.counted()[leg] > before[leg] for leg in LEGS), 10)
        program.kill()
        for _ in range(5):
            program.spawn()
            time.sleep(moments.uniform(0, 0.15))
            program.kill()
        restart(program)
    load.end()
    check(program, 100)


def test_killed_while_it_drains(make_program, moments):
    program = make_program().start()
    for _ in range(5):
        # A store that cannot be written to leaves something to drain.
        with program.held(moments.choice(["redis-counts.db", "valkey-counts.db"])):
            program.load("load.ndjson", "--own-ids", "--requests", 100, "--batch", 5, "--connections", 8).finish()
            assert max(program.lag().values()) > 0
            program.process.send_signal(signal.SIGTERM)
            time.sleep(moments.uniform(0, 0.3))
            assert program.process.poll() is None, "it ended with work left"
            program.kill()
        restart(program)
    check(program, 2500)


def test_killed_before_the_first_tweet_and_right_after_it(make_program):
    program = make_program()
    program.spawn()
    eventually(lambda: (program.data / "lock").exists(), every=0.001)
    program.kill()
    for _ in range(3):
        restart(program)
        program.load("load.ndjson", "--requests", 1).finish()
        program.kill()
    restart(program)
    eventually(lambda: program.totals() == dict.fromkeys(LEGS, 3))
    check(program, 3)
