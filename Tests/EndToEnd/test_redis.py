"""`up --redis` and `--valkey`: the counts are in a real server, and stay exact whatever happens to it."""

import json
import shutil
import signal
import subprocess
import time

import pytest
import requests

from conftest import LEGS, ROOT, eventually, free_ports, weather_tweets

PATH = f"{ROOT}/.tools/usr/bin"


def find(name):
    path = shutil.which(name) or shutil.which(name, path=PATH)
    if not path:
        pytest.skip(f"no {name}: dev/setup --tests")
    return path


class Server:
    """A redis-server or valkey-server on a port and in a folder of its own."""

    def __init__(self, product, folder, *arguments):
        self.binary, self.client = find(f"{product}-server"), find("redis-cli")
        self.port, = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}"
        self.folder = folder
        self.arguments = arguments
        self.process = None
        folder.mkdir()

    def start(self):
        command = [self.binary, "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
                   "--appendonly", "yes", "--appendfsync", "always", "--logfile", self.folder / "log", *self.arguments]
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL)
        eventually(lambda: self.cli("PING") in ("PONG", "NOAUTH Authentication required."))
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def cli(self, *words):
        command = [self.client, "-h", "127.0.0.1", "-p", self.port, "--no-auth-warning", *words]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=10).stdout.strip()

    def hash(self, name):
        lines = self.cli("HGETALL", f"{{tweets}}:{name}").splitlines()
        return {name: int(count) for name, count in zip(lines[::2], lines[1::2])}


@pytest.fixture
def make_server(tmp_path):
    made = []

    def make(product="redis", *arguments):
        made.append(Server(product, tmp_path / f"{product}{len(made)}", *arguments))
        return made[-1]

    yield make
    for server in made:
        if server.process and server.process.poll() is None:
            server.kill()


def is_counted(program, count):
    """Both sides have counted so many tweets, the same ones; what the store says is the page's word."""
    summary = program.summary()
    legs = [summary["legs"][name] for name in LEGS]
    return (
        [leg["total"] for leg in legs] == [count, count] and [leg["lag"] for leg in legs] == [0, 0]
        and summary["audit"]["verdict"] == "ok" and summary["audit"]["reason"] == "agree")


def test_counts_are_in_redis(make_program, make_server):
    server = make_server().start()
    program = make_program("--redis", server.url).start()
    tweets = [{"description": f"tweet {n}", "country": country, "weather": weather}
              for n, (country, weather) in enumerate([("GT", "rainy"), ("GT", "sunny"), ("ESP", "Nublado")] * 50)]
    assert program.post(tweets).status_code == 200
    eventually(lambda: is_counted(program, 150))
    assert server.cli("GET", "{tweets}:total") == "150"
    assert server.hash("countries") == {"GT": 100, "ES": 50}
    assert server.hash("weather") == {"rainy": 50, "cloudy": 50, "sunny": 50}
    assert sum(server.hash("minutes").values()) == 150
    assert len(server.cli("LRANGE", "{tweets}:recent", 0, -1).splitlines()) == 20
    legs = program.summary()["legs"]
    assert legs["kafka"]["store"].startswith("redis 7") or legs["kafka"]["store"].startswith("redis ")
    assert f"127.0.0.1:{server.port}/0" in legs["kafka"]["store"] and legs["rabbitmq"]["store"] == "embedded counts"
    assert legs["kafka"]["countries"] == legs["rabbitmq"]["countries"]
    assert str(server.port) in program.words(), "the banner names the store"
    program.stop()


def test_both_stores_are_servers(make_program, make_server):
    redis, valkey = make_server("redis").start(), make_server("valkey").start()
    program = make_program("--redis", redis.url, environment={"VALKEY_URL": f"{valkey.url}/3"}).start()
    load = program.load("load.ndjson", "--requests", 100, "--batch", 50, "--own-ids", "--connections", 4)
    assert load.finish()["outcomes"]["accepted"]["tweets"] == 5000
    eventually(lambda: is_counted(program, 5000))
    assert redis.cli("GET", "{tweets}:fingerprint") == valkey.cli("-n", 3, "GET", "{tweets}:fingerprint") != ""
    assert program.summary()["legs"]["rabbitmq"]["store"].startswith("valkey ")
    program.stop()


def test_killed_and_stopped_under_load(make_program, make_server):
    """The other side is embedded and untouched: equal totals and fingerprints mean that nothing was lost or doubled."""
    server = make_server().start()
    program = make_program("--redis", server.url).start()
    load = program.load(
        "load.ndjson", "--own-ids", "--retries", 100, "--rate", 4000, "--batch", 20, "--connections", 8, "--duration", "10m")
    once = program.load("once.ndjson", "--rate", 4000, "--batch", 20, "--connections", 8, "--duration", "10m")
    for _ in range(5):
        before = program.counted()["kafka"]
        eventually(lambda: program.counted()["kafka"] > before + 1000, 20)
        server.kill()
        # The side without a server goes on, and nobody is refused.
        before = program.counted()["rabbitmq"]
        eventually(lambda: program.counted()["rabbitmq"] > before)
        eventually(lambda: requests.get(f"{program.admin}/readyz", timeout=2).status_code == 503)
        assert program.post({"description": "d", "country": "GT", "weather": "sunny"}).status_code == 200
        server.start()
    before = program.counted()["kafka"]
    eventually(lambda: program.counted()["kafka"] > before, 20)
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    server.process.send_signal(signal.SIGCONT)
    accepted = 5 + sum(report["outcomes"]["accepted"]["tweets"] for report in (load.end(), once.end()))
    assert accepted > 10_000
    eventually(lambda: max(program.lag().values()) == 0, 20)
    # Who was told nothing when the load ended may have been counted, too; but then on both sides.
    eventually(lambda: is_counted(program, program.totals()["rabbitmq"]), 20)
    assert program.totals()["rabbitmq"] >= accepted
    summary = program.summary()
    assert server.cli("GET", "{tweets}:total") == str(summary["legs"]["rabbitmq"]["total"])
    assert sum(server.hash("countries").values()) == summary["legs"]["rabbitmq"]["total"]
    program.stop()


def test_the_program_is_killed_too(make_program, make_server):
    server = make_server().start()
    program = make_program("--redis", server.url).start()
    load = program.load(
        "load.ndjson", "--own-ids", "--retries", 100, "--rate", 4000, "--batch", 20, "--connections", 8, "--duration", "10m")
    for round in range(4):
        before = program.counted()["kafka"]
        eventually(lambda: program.counted()["kafka"] > before + 500, 20)
        program.kill()
        if round % 2:
            server.kill()
            server.start()
        program.start()
    load.end()
    eventually(lambda: max(program.lag().values()) == 0, 20)
    eventually(lambda: is_counted(program, program.totals()["rabbitmq"]), 20)
    program.stop()


def test_starts_before_its_store(make_program, make_server):
    server = make_server()
    program = make_program("--redis", server.url).spawn()
    eventually(lambda: (program.data / "kafka-log.db").exists())
    eventually(lambda: b"refused" in program.log.read_bytes())
    server.start()
    eventually(program.is_ready)
    assert program.post({"description": "d", "country": "GT", "weather": "sunny"}).status_code == 200
    eventually(lambda: is_counted(program, 1))
    program.stop()


def refused(program, seconds=20):
    """What it said when it did not start."""
    program.spawn()
    assert program.process.wait(seconds) != 0
    words = program.words()
    assert len(words.splitlines()) <= 2, words
    return words


def test_what_will_never_do_is_refused_at_the_start(make_program, make_server):
    server = make_server("redis", "--requirepass", "pa55word").start()
    assert "--redis: " in (words := refused(make_program("--redis", server.url))) and "NOAUTH" in words
    words = refused(make_program("--redis", server.url, environment={"REDIS_PASSWORD": "wr0ng"}))
    assert "WRONGPASS" in words and "wr0ng" not in words
    program = make_program("--redis", server.url, environment={"REDIS_PASSWORD": "pa55word"}).start()
    assert "pa55word" not in program.words() + program.summary()["legs"]["kafka"]["store"]
    program.stop()
    # Another data folder has another log, whose offsets begin at 0.
    words = refused(make_program("--redis", f"redis://:pa55word@127.0.0.1:{server.port}"))
    assert "another pipeline" in words and "pa55word" not in words
    make_program("--redis", f"redis://:pa55word@127.0.0.1:{server.port}/1").start().stop()

    volatile = make_server("redis", "--appendonly", "no").start()
    assert "append-only file" in refused(make_program("--redis", volatile.url))
    make_program("--redis", volatile.url, "--allow-volatile-store").start().stop()


def test_addresses_are_checked(make_program):
    for words, expected in [
        (["--redis", "rediss://:pa55word@h"], "--redis: TLS"), (["--redis", "h:6379"], "--redis: expected redis://"),
        (["--redis", "redis://h/1", "--valkey", "redis://h:6379/1"], "--valkey: is the same database"),
    ]:
        answer = weather_tweets("up", *words)
        assert answer.returncode == 64 and expected in answer.stderr and "pa55word" not in answer.stderr, answer


def test_audit_says_that_it_cannot_read_it(make_program, make_server):
    server = make_server().start()
    program = make_program().start()
    program.load("load.ndjson", "--requests", 10).finish()
    program.stop()
    assert json.loads(program.audit("--json").stdout)["verdict"] == "holds"
    program.arguments += ["--redis", server.url]
    program.start().stop()
    # An old file of counts lies there, and must not be judged.
    answer = program.audit()
    assert answer.returncode == 2 and "cannot read yet" in answer.stderr and str(server.port) in answer.stderr
    del program.arguments[-2:]
    program.start().stop()
    assert program.audit().returncode == 0
