"""The process: its start, its settings, its words, its end."""

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

from conftest import LEGS, ROOT, binary, eventually, free_ports, weather_tweets
from wire import Wire, exchange, request, uuid7

RAIN = {"description": "Llueve en Xela", "country": "GT", "weather": "rainy"}
COMMANDS = ["up", "load", "audit", "reference", "completion", "version"]
USAGE = 64


# Start


def refused_start(*words, code=1, **options):
    """What a start that cannot succeed says; it says so soon."""
    ended = weather_tweets("up", *words, seconds=20, **options)
    assert ended.returncode == code, ended.stderr
    assert ended.stdout == ""
    return ended.stderr


@contextlib.contextmanager
def elsewhere(tmp_path, name="elsewhere"):
    """Flags of a program that would get in nobody's way."""
    ports = free_ports(3)
    flags = [f"--{flag}=127.0.0.1:{port}" for flag, port in zip(("listen", "dashboard", "admin"), ports)]
    yield [*flags, f"--data={tmp_path / name}"]


def test_a_second_one_on_the_same_data_is_refused_in_a_line(program, tmp_path):
    with elsewhere(tmp_path) as flags:
        words = refused_start(*flags[:3], "--data", program.data)
    assert words == f"weather-tweets up: {program.data}: in use by process {program.pid}\n"
    assert program.post(RAIN).status_code == 200


@pytest.mark.parametrize("flag", ["listen", "dashboard", "admin"])
def test_an_address_in_use_is_named_in_a_line(tmp_path, flag):
    with elsewhere(tmp_path) as flags, socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        words = refused_start(*[one for one in flags if not one.startswith(f"--{flag}=")], f"--{flag}", address)
    complaint = [line for line in words.splitlines() if not line.startswith("{")]
    assert complaint == [f"weather-tweets up: {address} is in use by another process"]


def test_an_address_of_another_machine(tmp_path):
    with elsewhere(tmp_path) as flags:
        words = refused_start(*flags[1:], "--listen=192.0.2.1:8080")
    assert "192.0.2.1:8080 is not an address of this machine" in words


def test_a_folder_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    with elsewhere(tmp_path) as flags:
        words = refused_start(*flags[:3], "--data", tmp_path / "file")
        assert words.count("\n") == 1 and str(tmp_path / "file") in words
        words = refused_start(*flags[:3], "--data", tmp_path / "file" / "below")
        assert words.count("\n") == 1 and str(tmp_path / "file") in words


@pytest.mark.parametrize("damage", ["text", "random", "newer"])
def test_a_data_file_that_is_none_is_named_in_a_line(make_program, damage):
    program = make_program().start()
    program.stop()
    path = program.data / "redis-counts.db"
    if damage == "newer":
        import sqlite3
        with contextlib.closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA user_version = 99")
    else:
        path.write_bytes(b"no database at all\n" * 1000 if damage == "text" else os.urandom(20000))
    program.log.unlink()
    program.spawn()
    assert program.process.wait(20) == 1
    words = program.words()
    assert words.count("\n") == 1 and str(path) in words
    assert ("newer version" in words) == (damage == "newer")


@pytest.mark.parametrize("content, words", [(None, "No such file"), ("", "no token"), ("# nothing\n\n", "no token")])
def test_a_file_without_tokens_lets_nobody_in(tmp_path, content, words):
    tokens = tmp_path / "tokens"
    if content is not None:
        tokens.write_text(content)
    with elsewhere(tmp_path) as flags:
        said = refused_start(*flags, "--tokens-file", tokens)
    assert said.count("\n") == 1 and said.startswith(f"weather-tweets up: --tokens-file: {tokens}: ") and words in said
    assert not (tmp_path / "elsewhere").exists(), "settings are checked before anything is made"


def test_more_connections_than_the_system_allows(tmp_path):
    with elsewhere(tmp_path) as flags:
        limited = ["bash", "-c", 'ulimit -n 512; exec "$@"', "bash", binary(), "up", *flags, "--connections", "1000"]
        ended = subprocess.run([str(word) for word in limited], capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1
    assert "--connections: 1256 open files are needed, the limit is 512" in ended.stderr and ended.stderr.count("\n") == 1


# Settings


@pytest.mark.parametrize("words, complaint", [
    (["--listen", "nowhere"], "--listen: expected "), (["--listen", "example.org:80"], "--listen: expected an IPv4"),
    (["--listen", "127.0.0.1:99999"], "--listen: expected "), (["--deadline", "3"], "--deadline: expected a duration"),
    (["--deadline=1h"], "--deadline: expected a duration"), (["--body-max", "4MB"], "--body-max: expected "),
    (["--window", "0"], "--window: expected a whole number from 1 to 8"), (["--window", "two"], "--window: expected "),
    (["--log-level", "loud"], "--log-level: expected one of debug, info, warning, error, not 'loud'"),
    (["--data", ""], "--data: expected the name of a folder"), (["--data"], "--data: needs DIR"),
    (["--dta", "x"], "--dta: no such flag; did you mean --data?"), (["-x"], "-x: no such flag"), (["word"], "word: unexpected"),
    (["--window", "1", "--window", "2"], "--window: given twice"),
    (["--admin", "127.0.0.1:8090"], "--admin: is the same address as --dashboard"),
    (["--body-max", "2MiB", "--bodies-max", "1MiB"], "--bodies-max: must not be smaller than --body-max"),
])
def test_a_wrong_setting_is_named(tmp_path, words, complaint):
    said = refused_start(*words, code=USAGE, cwd=tmp_path)
    assert said.splitlines()[0].startswith(f"weather-tweets up: {complaint}"), said
    assert said.splitlines()[-1] == "Try 'weather-tweets up --help'."
    assert list(tmp_path.iterdir()) == [], "nothing was done"


def test_all_problems_are_told_at_once(tmp_path):
    said = refused_start(
        "--window=0", "--deadline=x", "--nothing", code=USAGE, cwd=tmp_path,
        environment={"WEATHER_TWEETS_LAG_MAX": "-1", "WEATHER_TWEETS_LISTN": "x"})
    for name in ["--window", "--deadline", "--nothing", "WEATHER_TWEETS_LAG_MAX", "WEATHER_TWEETS_LISTN"]:
        assert f"weather-tweets up: {name}: " in said
    assert "did you mean WEATHER_TWEETS_LISTEN?" in said


@pytest.mark.parametrize("variable, value", [
    ("WEATHER_TWEETS_DEADLINE", "never"), ("WEATHER_TWEETS_LOG_FORMAT", "yaml"), ("WEATHER_TWEETS_DAT", "x"),
])
def test_a_wrong_variable_is_named(tmp_path, variable, value):
    said = refused_start(code=USAGE, cwd=tmp_path, environment={variable: value})
    assert said.startswith(f"weather-tweets up: {variable}: ")


def test_variables_set_what_flags_do_not(make_program):
    program = make_program(
        "--tweets-max=3", environment={"WEATHER_TWEETS_TWEETS_MAX": "2", "WEATHER_TWEETS_BODY_MAX": "1KiB", "WEATHER_TWEETS_LOAD_RATE": "5"})
    program.start()
    assert program.post([RAIN] * 3).status_code == 200
    assert program.post([RAIN] * 4).status_code == 413
    assert exchange(program.input, request(b" " * 1025)).status == 413
    program.stop()


def test_a_value_may_follow_after_a_space_or_a_sign(make_program):
    program = make_program("--tweets-max", "2", "--log-level=debug").start()
    assert program.post([RAIN] * 3).status_code == 413
    program.stop()
    assert '"level":"debug"' in program.words()


def test_unknown_commands_are_answered_with_help():
    nothing = weather_tweets()
    assert (nothing.returncode, nothing.stdout) == (USAGE, "")
    assert all(command in nothing.stderr for command in COMMANDS)
    wrong = weather_tweets("uup")
    assert wrong.returncode == USAGE
    assert wrong.stderr == "weather-tweets: uup: no such command; did you mean up?\nTry 'weather-tweets --help'.\n"


# Words


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], *([name, "--help"] for name in COMMANDS), ["help", "up"]])
def test_help_fits_a_terminal(words):
    help = weather_tweets(*words, environment={"WEATHER_TWEETS_LISTEN": "nonsense"})
    assert (help.returncode, help.stderr) == (0, "")
    assert help.stdout.startswith("usage: weather-tweets ")
    assert [line for line in help.stdout.splitlines() if len(line) > 80 or line != line.rstrip()] == []


def test_every_setting_of_the_help_is_in_the_reference():
    reference = weather_tweets("reference").stdout
    for command in ("up", "load", "audit"):
        flags = re.findall(r"^  (--[a-z-]+)", weather_tweets(command, "--help").stdout, re.MULTILINE)
        assert len(flags) >= 5
        section = reference.split(f"## `weather-tweets {command}`")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE) == flags
        assert len(set(flags)) == len(flags)


def test_the_page_about_configuration_is_the_reference():
    page = ROOT / "docs" / "configuration.md"
    if page.exists():
        assert page.read_text() == weather_tweets("reference").stdout, "make docs"


def complete(*words):
    """What bash offers behind the words."""
    script = f"""
        eval "$({binary()} completion)"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _weather_tweets
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-ec", script, "bash", *words], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_bash_completes():
    script = weather_tweets("completion").stdout
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, timeout=20)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert complete("weather-tweets", "a") == ["audit"]
    assert set(COMMANDS) <= set(complete("weather-tweets", ""))
    assert complete("weather-tweets", "up", "--dash") == ["--dashboard"]
    assert complete("weather-tweets", "up", "--log-format", "") == ["auto", "text", "json"]
    assert complete("weather-tweets", "up", "--log-level", "=", "w") == ["warning"]
    assert complete("weather-tweets", "load", "--own") == ["--own-ids"]


def test_version():
    assert re.fullmatch(r"weather-tweets \d+\.\d+\.\d+\n", weather_tweets("version").stdout)


def test_what_nobody_reads_is_no_failure():
    for words in (["--help"], ["reference"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([binary(), *words], stdout=writer, stderr=subprocess.PIPE, timeout=20)
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


def banner(program):
    return eventually(lambda: "Ctrl-C stops it" in program.words() and program.words())


def test_the_curl_line_of_the_banner_works(program):
    text = banner(program)
    for address in (f"{program.input}/input", f"{program.dashboard}/", f"{program.admin}/healthz", str(program.data)):
        assert address in text
    line = re.search(r"^  (curl (?:.*\\\n)*.*)$", text, re.MULTILINE).group(1)
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 1
    eventually(lambda: program.totals() == dict.fromkeys(LEGS, 1))


def test_the_curl_line_of_the_banner_works_with_a_token(make_program, tmp_path):
    (tmp_path / "tokens").write_text("secret\n")
    program = make_program("--tokens-file", tmp_path / "tokens").start()
    line = re.search(r"^  (curl (?:.*\\\n)*.*)$", banner(program), re.MULTILINE).group(1)
    assert "secret" not in line
    done = subprocess.run(["bash", "-c", line.replace("TOKEN", "secret")], capture_output=True, text=True, timeout=20)
    assert json.loads(done.stdout)["accepted"] == 1
    program.stop()


def test_free_ports_are_told(make_program):
    program = make_program()
    program.addresses = ["127.0.0.1:0"] * 3
    program.spawn()
    text = banner(program)
    port = re.search(r"POST http://127\.0\.0\.1:(\d+)/input", text).group(1)
    assert port != "0"
    assert exchange(f"http://127.0.0.1:{port}", request(RAIN)).status == 200
    program.stop()


# Logs


def log_lines(program):
    """What came by standard error; the banner and the farewell are not among it."""
    return [line for line in program.log.read_text().splitlines() if line.startswith("{")]


def test_logs_are_json_where_no_terminal_is(program):
    program.stop()
    lines = [json.loads(line) for line in log_lines(program)]
    assert {"listening", "draining"} <= {line["event"] for line in lines}
    for line in lines:
        assert list(line)[:4] == ["time", "level", "component", "event"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


@pytest.mark.parametrize("format, is_json", [(None, False), ("json", True), ("text", False)])
def test_logs_are_text_on_a_terminal(tmp_path, format, is_json):
    terminal, side = pty.openpty()
    with elsewhere(tmp_path) as flags:
        words = [binary(), "up", *flags] + ([f"--log-format={format}"] if format else [])
        process = subprocess.Popen([str(word) for word in words], stdin=side, stdout=side, stderr=side)
    os.close(side)
    seen = b""
    try:
        while b"Ctrl-C stops it" not in seen:
            seen += os.read(terminal, 4096)
    finally:
        process.send_signal(signal.SIGINT)
        reader = threading.Thread(target=drain_terminal, args=(terminal,))
        reader.start()
        assert process.wait(20) == 0
        reader.join()
        os.close(terminal)
    lines = [line for line in seen.decode().splitlines() if "listening" in line]
    assert len(lines) == 3
    assert all((line.startswith("{") and json.loads(line)["event"] == "listening") == is_json for line in lines)


def drain_terminal(terminal):
    with contextlib.suppress(OSError):
        while os.read(terminal, 4096):
            pass


def test_levels_leave_lines_out(make_program):
    program = make_program("--log-level", "error").start()
    program.stop()
    assert log_lines(program) == []


# Admin


def test_metrics_are_what_prometheus_reads(program):
    assert program.post([RAIN] * 3).status_code == 200
    eventually(lambda: program.counted() == dict.fromkeys(LEGS, 3))
    answer = requests.get(f"{program.admin}/metrics", timeout=5)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    checked = subprocess.run(["promtool", "check", "metrics"], input=answer.text, capture_output=True, text=True, timeout=20)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    samples = program.metrics()
    assert samples['weather_tweets_gateway_tweets_total{outcome="stored"}'] == 3
    assert samples['weather_tweets_gateway_requests_total{outcome="stored"}'] == 1
    assert samples["weather_tweets_gateway_request_seconds_count"] == 1
    assert samples['weather_tweets_counted_seconds_count{leg="kafka"}'] == 3


def not_ready(program):
    """What `/readyz` gives for a reason, as soon as it has one."""
    def unready():
        answer = requests.get(f"{program.admin}/readyz", timeout=5)
        return answer.status_code == 503 and answer.json()
    answer = eventually(unready, 20)
    assert answer["ready"] is False
    return answer["checks"]


def test_it_is_ready_until_it_stops(make_program):
    program = make_program().start()
    assert requests.get(f"{program.admin}/healthz", timeout=5).status_code == 200
    ready = requests.get(f"{program.admin}/readyz", timeout=5)
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    with program.held("redis-counts.db"):
        # A tweet that cannot be counted keeps it from ending.
        assert program.post(RAIN).status_code == 200
        program.process.send_signal(signal.SIGTERM)
        assert not_ready(program)["intake"] == "stopping"
        assert requests.get(f"{program.admin}/healthz", timeout=5).status_code == 200
    assert program.process.wait(20) == 0


def test_a_store_that_cannot_be_written_is_told(program):
    with program.held("valkey-counts.db"):
        assert program.post(RAIN).status_code == 200
        checks = not_ready(program)
        assert "locked" in checks["count-rabbitmq"]
        assert checks["count-kafka"] == "ok"
        assert program.lag() == {"kafka": 0, "rabbitmq": 1}
    eventually(program.is_ready, 20)
    eventually(lambda: program.counted() == dict.fromkeys(LEGS, 1))


# End


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_under_load_it_finishes_its_work(make_program, way):
    program = make_program().start()
    load = program.load("load.ndjson", "--connections", 32, "--batch", 20, "--duration", "10m")
    eventually(lambda: min(program.counted().values()) > 1000)
    program.process.send_signal(way)
    assert program.process.wait(20) == 0
    assert "everything is answered and counted" in program.words()
    report = load.end()
    # Every request that got through to it was answered.
    assert report["outcomes"]["unknown"]["requests"] == 0, report["reasons"]
    audit = program.audit("--json", "--wait=0s")
    assert audit.returncode == 0, audit.stdout
    assert json.loads(audit.stdout)["ledger"]["stored"] > 1000


def test_the_second_signal_ends_it_at_once(make_program):
    program = make_program().start()
    with program.held("redis-counts.db"):
        program.load("load.ndjson", "--requests", 50, "--batch", 10).finish()
        program.process.send_signal(signal.SIGTERM)
        not_ready(program)
        program.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert program.process.wait(20) == 130
        assert time.monotonic() - began < 1
    program.start()
    program.stop()
    audit = program.audit()
    assert audit.returncode == 0, audit.stdout


def test_what_is_left_when_the_drain_is_over_is_told_and_counted_later(make_program):
    program = make_program("--drain", "1s").start()
    with program.held("redis-counts.db"):
        program.load("load.ndjson", "--requests", 50, "--batch", 10).finish()
        began = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(20) == 1
        assert time.monotonic() - began < 5
        assert re.search(r"stopped after --drain with work left in: .*\bconsumers\b", program.words())
        assert "not yet counted: kafka 500, rabbitmq 0" in program.words()
        assert json.loads(program.audit("--json", "--wait=0s").stdout)["legs"]["kafka"]["pending"] == 500
    program.start()
    eventually(lambda: program.totals() == dict.fromkeys(LEGS, 500))
    program.stop()
    audit = program.audit()
    assert audit.returncode == 0, audit.stdout


def test_a_restart_remembers_everything(make_program):
    program = make_program().start()
    assert program.post([RAIN, RAIN | {"country": "ES", "weather": "sunny"}]).status_code == 200
    eventually(lambda: program.totals() == dict.fromkeys(LEGS, 2))
    before = {leg: {name: facts[name] for name in ("total", "countries", "weather", "recent")} for leg, facts in program.summary()["legs"].items()}
    program.stop()
    program.start()
    after = {leg: {name: facts[name] for name in ("total", "countries", "weather", "recent")} for leg, facts in program.summary()["legs"].items()}
    assert after == before
    program.stop()


# Bounds


def peak(program):
    """The most memory that it ever used, in bytes."""
    with open(f"/proc/{program.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))


def test_slow_uploads_do_not_fill_memory(make_program):
    size = 4 << 20
    program = make_program("--body-max", "4MiB", "--bodies-max", "32MiB").start()
    before = peak(program)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(program.input)) for _ in range(60)]
        answers = [wire.send(request(b"", "Expect: 100-continue", length=size)).answer() for wire in wires]
        assert [answer.status for answer in answers] == [100] * 8 + [503] * 52
        for answer in answers[8:]:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) >= 1
        for _ in range(4):
            for wire in wires[:8]:
                wire.send(b" " * (size // 4 - 1))
        assert exchange(program.input, request(b"", "Transfer-Encoding: chunked", length=False)).status == 503
        assert requests.get(f"{program.admin}/healthz", timeout=5).status_code == 200
        for wire in wires[:8]:
            assert wire.send(b" " * 4).answer().status == 400
    assert 24 << 20 < peak(program) - before < 60 << 20
    assert program.post(RAIN).status_code == 200
    program.stop()


def test_uploads_that_were_given_up_make_room(make_program):
    program = make_program("--body-max", "4MiB", "--bodies-max", "4MiB").start()
    with Wire(program.input) as wire:
        assert wire.send(request(b"", "Expect: 100-continue", length=4 << 20)).answer().status == 100
        assert exchange(program.input, request(RAIN)).status == 503
        # The end comes together with the last bytes.
        wire.send(b" " * (1 << 20))
    # Long before the connection has been silent for too long.
    eventually(lambda: exchange(program.input, request(RAIN)).status == 200, 5)
    with Wire(program.input) as wire:
        wire.send(request(RAIN)[:-1])
    began = time.monotonic()
    program.stop()
    assert time.monotonic() - began < 5, "it waits for nobody who has gone"


def test_a_client_that_has_said_all_gets_its_answer(program):
    for body in (RAIN, [RAIN] * 1000):
        with Wire(program.input) as wire:
            wire.send(request(body)).socket.shutdown(socket.SHUT_WR)
            assert wire.answer().status == 200
            assert wire.end() == b""


def test_a_slow_client_is_cut_and_others_are_served(make_program):
    program = make_program("--head-timeout", "1s", "--body-timeout", "1s", "--silence", "2s").start()
    with Wire(program.input) as head, Wire(program.input) as body, Wire(program.input) as silent:
        head.send(b"POST /input HTTP/1.1\r\nHost:")
        body.send(request(RAIN)[:-1])
        began = time.monotonic()
        assert program.post(RAIN).status_code == 200
        for wire in (head, body, silent):
            assert b"200" not in wire.end()
        assert time.monotonic() - began < 5
    program.stop()


def test_more_connections_than_allowed_wait_their_turn(make_program):
    program = make_program("--connections", 8, "--silence", "1s").start()
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(Wire(program.input))
        assert exchange(program.input, request(RAIN)).status == 200
    program.stop()


def test_overload_is_answered_at_once(make_program):
    program = make_program("--in-flight-tweets", 1000, "--lag-max", 1000).start()
    with program.held("redis-counts.db"):
        load = program.load("load.ndjson", "--own-ids", "--connections", 8, "--batch", 100, "--requests", 100)
        report = load.finish()
        outcomes = report["outcomes"]
        assert outcomes["unavailable"]["requests"] > 50 and outcomes["unknown"]["requests"] == 0
        assert set(report["reasons"]) == {"429 urn:weather-tweets:problem:behind"}
        began = time.monotonic()
        answer = exchange(program.input, request(RAIN | {"id": uuid7()}))
        assert time.monotonic() - began < 1
        assert answer.status == 429
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.json()["retryAfter"] == int(answer.headers["Retry-After"])
    eventually(lambda: exchange(program.input, request(RAIN)).status == 200, 20)
    program.stop()
    audit = program.audit("--exclusive=false")
    assert audit.returncode == 0, audit.stdout
