"""The audit as one who trusts nobody uses it: true stores pass, and every way of tampering with them is found and named."""

import contextlib
import json
import os
import shutil
import sqlite3
import uuid

import pytest

from conftest import LEGS, Program, eventually, weather_tweets

STORES = {"kafka": "redis-counts.db", "rabbitmq": "valkey-counts.db"}
BACKLOGS = {"kafka": "kafka-log.db", "rabbitmq": "rabbitmq-queue.db"}
HOLDS, VIOLATED, UNCHECKED = 0, 1, 2


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with ids of both kinds, over and counted: its data folder and its ledgers, never changed."""
    folder = tmp_path_factory.mktemp("run")
    program = Program(folder / "data").start()
    try:
        program.load("made.ndjson", "--requests", 30, "--batch", 40, "--connections", 4).finish()
        program.load("own.ndjson", "--requests", 30, "--batch", 4, "--connections", 4, "--own-ids").finish()
        program.stop()
    finally:
        program.close()
    return folder


@pytest.fixture
def evidence(run, tmp_path):
    """A copy of it, to be tampered with."""
    copy = tmp_path / "evidence"
    shutil.copytree(run, copy)
    return copy


def audit(folder, code, *words):
    """The report, as it is told to machines; people are told the same."""
    ledgers = ",".join(str(path) for path in sorted(folder.glob("*.ndjson")))
    words = ["audit", "--data", folder / "data", "--ledger", ledgers, "--wait", "0s", *words]
    done = weather_tweets(*words, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    report = json.loads(done.stdout)
    text = weather_tweets(*words)
    assert text.returncode == code
    for finding in report["findings"]:
        assert finding["kind"] in text.stdout
        assert all(example in text.stdout for example in finding["examples"])
    return report


def finding(report, kind, leg):
    """The one finding of its kind and leg."""
    found = [one for one in report["findings"] if (one["kind"], one.get("leg")) == (kind, leg)]
    assert len(found) == 1, report["findings"]
    return found[0]


@contextlib.contextmanager
def opened(path):
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        yield store


def store_of(folder, leg):
    return opened(folder / "data" / STORES[leg])


def made_id(session, sequence):
    """The text of an id of ours: docs/embedded-storage.md and the design say where the numbers stand."""
    return str(uuid.UUID(int=((sequence >> 12) << 80) | (8 << 76) | ((sequence & 0xfff) << 64) | (2 << 62) | session))


def unmark(store, session, sequence):
    """Takes one id of ours out of its bitmap."""
    block, bit = divmod(sequence, 1 << 17)
    (bits,) = store.execute("SELECT bits FROM seen WHERE session = ? AND block = ?", (session, block)).fetchone()
    bits = bytearray(bits)
    assert bits[bit // 8] & 0x80 >> bit % 8
    bits[bit // 8] &= ~(0x80 >> bit % 8)
    assert store.execute(
        "UPDATE seen SET bits = ? WHERE session = ? AND block = ?", (bytes(bits), session, block)).rowcount == 1


def mark(store, session, sequences):
    """Makes a bitmap of a session, all of whose numbers lie in the first block."""
    bits = bytearray(1 << 14)
    for sequence in sequences:
        bits[sequence // 8] |= 0x80 >> sequence % 8
    store.execute("INSERT INTO seen(session, block, used, bits) VALUES(?, 0, 0, ?)", (session, bytes(bits)))


def recount(store, difference):
    """The sums as a thief would mend them: one country, one weather, one minute, and the total."""
    store.execute("UPDATE state SET value = value + ? WHERE name = 'total'", (difference,))
    for table, key in (("countries", "country"), ("weathers", "weather"), ("minutes", "minute")):
        assert store.execute(
            f"UPDATE {table} SET count = count + ? WHERE {key} = (SELECT {key} FROM {table} ORDER BY count DESC LIMIT 1)",
            (difference,)).rowcount == 1


def last_own(store):
    """The last tweet of the journal, which is a client's own."""
    position, id = store.execute("SELECT position, id FROM counted_ids ORDER BY position DESC LIMIT 1").fetchone()
    (total,) = store.execute("SELECT value FROM state WHERE name = 'total'").fetchone()
    assert position == total - 1
    return position, id


def test_a_good_run_holds(run):
    report = audit(run, HOLDS)
    assert report["verdict"] == "holds"
    assert report["ledger"] == {"runs": 2, "requests": 60, "stored": 1320, "refused": 0, "unknown": 0}
    for leg in LEGS:
        assert report["legs"][leg] == {
            "total": 1320, "counted": 1320, "pending": 0, "dead_letters": 0, "unknown_counted": 0}
    assert report["findings"] == report["unchecked"] == []


def test_it_may_look_while_others_write(make_program):
    program = make_program().start()
    program.load("load.ndjson", "--requests", 100, "--batch", 10).finish()
    look = ["audit", "--data", program.data, "--ledger", program.loads[0].ledger, "--exclusive=false", "--wait=1s", "--json"]
    other = program.load("other.ndjson", "--own-ids", "--rate", 3000, "--batch", 10, "--duration", "10m")
    eventually(lambda: min(program.counted().values()) > 2000)
    for _ in range(5):
        # Tweets that are on their way to one of the stores are no broken promise.
        done = weather_tweets(*look)
        assert done.returncode in (HOLDS, UNCHECKED), done.stdout
        report = json.loads(done.stdout)
        assert report["findings"] == []
        assert [leg["counted"] for leg in report["legs"].values()] == [1000, 1000]
    other.end()
    assert weather_tweets(*look).returncode == HOLDS
    assert program.audit().returncode == HOLDS
    program.stop()


@pytest.mark.parametrize("leg", LEGS)
def test_a_tweet_that_a_store_lost_is_named(evidence, leg):
    with store_of(evidence, leg) as store:
        position, id = last_own(store)
        assert store.execute("DELETE FROM counted_ids WHERE position = ?", (position,)).rowcount == 1
        assert store.execute("DELETE FROM ids WHERE id = ?", (id,)).rowcount == 1
        recount(store, -1)
    lost = finding(audit(evidence, VIOLATED), "lost", leg)
    assert (lost["count"], lost["examples"]) == (1, [str(uuid.UUID(bytes=id))])


@pytest.mark.parametrize("leg", LEGS)
def test_a_made_id_that_a_store_lost_is_named(evidence, leg):
    with store_of(evidence, leg) as store:
        position, session, first, count = store.execute(
            "SELECT position, session, first, count FROM counted ORDER BY position LIMIT 1").fetchone()
        # The first tweet of all: the journal begins one later, as if it were an old one that expired.
        store.execute("UPDATE counted SET position = position + 1, first = first + 1, count = count - 1 WHERE position = ?", (position,))
        unmark(store, session, first)
    report = audit(evidence, VIOLATED)
    named = [example for one in report["findings"] for example in one["examples"]]
    assert any(made_id(session, first) in example for example in named), report


def test_a_tweet_that_both_stores_lost_is_named(evidence):
    for leg in LEGS:
        with store_of(evidence, leg) as store:
            position, session, first, count = store.execute(
                "SELECT position, session, first, count FROM counted ORDER BY position LIMIT 1").fetchone()
            store.execute("DELETE FROM counted WHERE position = ?", (position,))
            for sequence in range(first, first + count):
                unmark(store, session, sequence)
            # Everything behind it moves up.
            for table in ("counted", "counted_ids"):
                store.execute(f"UPDATE {table} SET position = -position")
                store.execute(f"UPDATE {table} SET position = -position - ?", (count,))
            recount(store, -count)
    report = audit(evidence, VIOLATED)
    for leg in LEGS:
        lost = finding(report, "lost", leg)
        assert lost["count"] == count
        assert lost["examples"][0] == made_id(session, first)


@pytest.mark.parametrize("leg", LEGS)
def test_a_tweet_that_was_counted_twice_is_named(evidence, leg):
    with store_of(evidence, leg) as store:
        position, id = last_own(store)
        store.execute("INSERT INTO counted_ids SELECT position + 1, id, minute FROM counted_ids WHERE position = ?", (position,))
        recount(store, 1)
    doubled = finding(audit(evidence, VIOLATED), "doubled", leg)
    assert (doubled["count"], doubled["examples"]) == (1, [str(uuid.UUID(bytes=id))])


@pytest.mark.parametrize("leg", LEGS)
def test_a_count_too_many_is_found(evidence, leg):
    with store_of(evidence, leg) as store:
        recount(store, 1)
    assert finding(audit(evidence, VIOLATED), "doubled", leg)["count"] == 1


@pytest.mark.parametrize("leg", LEGS)
def test_tweets_that_nobody_sent_are_named(evidence, leg):
    session, first, count = 4711, 500, 3
    with store_of(evidence, leg) as store:
        position, _ = last_own(store)
        store.execute(
            "INSERT INTO counted(position, session, first, count, minute) VALUES(?, ?, ?, ?, 0)",
            (position + 1, session, first, count))
        mark(store, session, range(first, first + count))
        recount(store, count)
    phantom = finding(audit(evidence, VIOLATED), "phantom", leg)
    assert phantom["count"] == count
    assert phantom["examples"] == [made_id(session, first + number) for number in range(count)]


def test_others_may_write_when_one_says_so(evidence, make_program):
    program = make_program()
    program.data = evidence / "data"
    program.start()
    assert program.post({"description": "not in the ledger", "country": "GT", "weather": "rainy"}).status_code == 200
    program.stop()
    assert {one["kind"] for one in audit(evidence, VIOLATED)["findings"]} == {"phantom"}
    assert audit(evidence, HOLDS, "--exclusive=false")["exclusive"] is False


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("table", ["countries", "weathers", "minutes"])
def test_sums_that_do_not_add_up_are_found(evidence, leg, table):
    with store_of(evidence, leg) as store:
        store.execute(f"UPDATE {table} SET count = count + 1 WHERE rowid = (SELECT min(rowid) FROM {table})")
    found = audit(evidence, VIOLATED)["findings"]
    assert {one["kind"] for one in found} == {"sums"}
    assert {one.get("leg") for one in found} <= {leg, None} and found[0]["leg"] == leg
    assert "is 1321, the total is 1320" in found[0]["examples"][0]


@pytest.mark.parametrize("leg", LEGS)
def test_a_tweet_counted_for_another_country_is_found(evidence, leg):
    with store_of(evidence, leg) as store:
        (one,), (other,) = store.execute("SELECT country FROM countries ORDER BY count DESC LIMIT 2").fetchall()
        store.execute("UPDATE countries SET count = count - 1 WHERE country = ?", (one,))
        store.execute("UPDATE countries SET count = count + 1 WHERE country = ?", (other,))
    assert {one["kind"] for one in audit(evidence, VIOLATED)["findings"]} == {"sums"}


@pytest.mark.parametrize("leg", LEGS)
def test_a_bitmap_and_a_journal_that_differ_are_found(evidence, leg):
    with store_of(evidence, leg) as store:
        session, first = store.execute("SELECT session, first FROM counted ORDER BY position LIMIT 1").fetchone()
        unmark(store, session, first)
    torn = finding(audit(evidence, VIOLATED), "torn", leg)
    assert made_id(session, first) in torn["examples"][0]


def test_a_refused_tweet_that_was_counted_is_named(evidence):
    ledger = evidence / "own.ndjson"
    lines = ledger.read_text().splitlines()
    record = json.loads(lines[1])
    assert record["outcome"] == "accepted"
    lines[1] = json.dumps(record | {"outcome": "rejected", "status": 422}, separators=(",", ":"))
    ledger.write_text("\n".join(lines) + "\n")
    report = audit(evidence, VIOLATED)
    for leg in LEGS:
        refused = finding(report, "refused", leg)
        assert sorted(refused["examples"]) == sorted(record["ids"])


def test_a_tweet_that_waits_is_not_lost(make_program):
    program = make_program("--drain", "1s").start()
    with program.held("redis-counts.db"):
        program.load("load.ndjson", "--requests", 5, "--batch", 10).finish()
        done = program.audit("--json", "--wait=0s")
        assert done.returncode == UNCHECKED, done.stdout
        assert json.loads(done.stdout)["legs"]["kafka"]["pending"] == 50
    # It waits until they are counted.
    assert program.audit("--wait=30s").returncode == HOLDS
    program.stop()


@pytest.mark.parametrize("leg", LEGS)
def test_a_tweet_that_waited_and_is_gone_is_lost(make_program, leg):
    program = make_program().start()
    with program.held(STORES[leg]):
        program.load("load.ndjson", "--own-ids", "--requests", 5, "--batch", 10).finish()
        program.kill()
    with opened(program.data / BACKLOGS[leg]) as backlog:
        backlog.execute("DELETE FROM batches")
        if leg == "rabbitmq":
            backlog.execute("DELETE FROM unsettled")
    done = program.audit("--json", "--wait=0s")
    assert done.returncode == VIOLATED, done.stdout
    assert finding(json.loads(done.stdout), "lost", leg)["count"] == 50


# What cannot be checked


def said(code, *words):
    done = weather_tweets("audit", *words)
    assert (done.returncode, done.stdout) == (code, ""), done.stdout
    assert done.stderr.startswith(("audit: ", "weather-tweets audit: "))
    return done.stderr


def test_without_a_ledger_there_is_nothing_to_prove(run):
    assert "--ledger: is needed" in said(64, "--data", run / "data")
    assert str(run / "nothing") in said(UNCHECKED, "--data", run / "data", "--ledger", run / "nothing")


def test_without_stores_there_is_nothing_to_look_at(run, evidence):
    assert "No such file" in said(UNCHECKED, "--data", run / "nowhere", "--ledger", run / "own.ndjson")
    (evidence / "data" / "valkey-counts.db").unlink()
    assert "valkey-counts.db" in said(UNCHECKED, "--data", evidence / "data", "--ledger", evidence / "own.ndjson")


@pytest.mark.parametrize("content", ["", "\n", "not JSON\n", '{"outcome":"accepted"}\n', "\x00" * 100, '{"run":"begin","version":99}\n'])
def test_a_ledger_that_is_none(run, tmp_path, content):
    (tmp_path / "ledger").write_text(content)
    assert str(tmp_path / "ledger") in said(UNCHECKED, "--data", run / "data", "--ledger", tmp_path / "ledger")


def test_a_ledger_of_another_run_proves_loss(run, make_program):
    program = make_program().start()
    program.load("other.ndjson", "--requests", 1, "--batch", 10).finish()
    program.stop()
    done = weather_tweets("audit", "--json", "--data", program.data, "--ledger", run / "own.ndjson")
    assert done.returncode == VIOLATED
    kinds = {(one["kind"], one.get("leg")) for one in json.loads(done.stdout)["findings"]}
    assert kinds >= {("lost", "kafka"), ("lost", "rabbitmq"), ("phantom", "kafka"), ("phantom", "rabbitmq")}


def test_a_ledger_that_broke_off_proves_no_phantoms(evidence):
    ledger = evidence / "own.ndjson"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(lines[:-2]))
    report = audit(evidence, UNCHECKED)
    assert report["findings"] == [] and report["unchecked"]
    ledger.write_text("".join(lines[:-2])[:-20])
    words = said(UNCHECKED, "--data", evidence / "data", "--ledger", ledger)
    assert f"{ledger}:{len(lines) - 2}" in words


@pytest.mark.parametrize("damage", ["text", "random", "newer"])
def test_a_store_that_cannot_be_read(evidence, damage):
    path = evidence / "data" / "redis-counts.db"
    if damage == "newer":
        with opened(path) as store:
            store.execute("PRAGMA user_version = 99")
    else:
        path.write_bytes(b"no database at all\n" * 1000 if damage == "text" else os.urandom(20000))
    assert str(path) in said(UNCHECKED, "--data", evidence / "data", "--ledger", evidence / "own.ndjson", "--wait", "0s")
