"""The HTTP contract of `POST /input`, byte for byte, against the running program; and nothing that was refused is counted."""

import contextlib
import json
import re
import uuid

import pytest
import requests

from conftest import LEGS, Program, eventually
from wire import Wire, exchange, request, uuid7

RAIN = {"description": "Llueve en Xela", "country": "GT", "weather": "rainy"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Program(tmp_path_factory.mktemp("contract") / "data", "--tweets-max", 100, "--body-max", "64KiB").start()
    yield one
    assert one.totals() == one.counted(), "the page and the metrics tell the same"
    one.stop()


@contextlib.contextmanager
def counts(server, expected):
    """What happens inside adds `expected` tweets behind each leg, no more and no less."""
    before = server.counted()
    yield
    # Both legs count in order: when the tweet that comes last is there, so is everything before it.
    assert server.post(RAIN).status_code == 200
    eventually(lambda: min(server.counted()[leg] - before[leg] for leg in LEGS) >= expected + 1)
    assert {leg: count - before[leg] for leg, count in server.counted().items()} == dict.fromkeys(LEGS, expected + 1)


def accepted(server, body, *headers, tweets=1, **options):
    with counts(server, tweets):
        answer = exchange(server.input, request(body, *headers, **options))
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["accepted"] == tweets
    return answer.json()


def refused(server, status, kind, body, *headers, field=None, position=None, **options):
    """The problem document, whole; nothing is counted."""
    with counts(server, 0):
        answer = exchange(server.input, request(body, *headers, **options), to=options.get("method", "POST"))
        assert answer.status == status, answer
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == f"urn:weather-tweets:problem:{kind}"
        assert problem["status"] == status
        assert problem["title"] and problem["detail"]
        assert (problem.get("field"), problem.get("position")) == (field, position)
    return problem


def recent(server):
    """The last ten tweets, oldest first, as both legs show them."""
    legs = [server.summary()["legs"][leg]["recent"][::-1] for leg in LEGS]
    assert legs[0] == legs[1]
    return legs[0]


def stored(server, member, values, escaped=True):
    """What becomes of the values of a member that were sent."""
    found = []
    for start in range(0, len(values), 9):
        some = values[start:start + 9]
        body = json.dumps([RAIN | {member: value} for value in some], ensure_ascii=escaped)
        accepted(server, body.encode(), tweets=len(some))
        # The last one is the one by which it is known that all are counted.
        found += [tweet[member] for tweet in recent(server)[-1 - len(some):-1]]
    return found


# What is sent


def test_one_tweet_gets_an_id(server):
    answer = accepted(server, RAIN)
    assert set(answer) == {"accepted", "id"}
    assert uuid.UUID(answer["id"]).version == 8


def test_an_array_gets_a_range_of_ids(server):
    answer = accepted(server, [RAIN] * 7, tweets=7)
    assert answer["rejected"] == []
    assert uuid.UUID(answer["ids"]["first"]).version == 8
    assert answer["ids"]["count"] == 7


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("type", ["application/x-ndjson", "application/ndjson", "application/json"])
def test_lines_are_an_array(server, newline, end, type):
    lines = newline.join(json.dumps(RAIN | {"description": text}) for text in ("one", "two", "three"))
    answer = accepted(server, (lines + end.replace("\n", newline)).encode(), tweets=3, type=type)
    assert answer["rejected"] == []
    assert [tweet["description"] for tweet in recent(server)[-4:-1]] == ["one", "two", "three"]


def test_the_good_elements_of_an_array_are_kept(server):
    flawed = [
        RAIN, RAIN | {"country": "XX"}, RAIN | {"weather": 1}, [], RAIN | {"description": ""}, {"country": "GT"}, None, RAIN,
    ]
    answer = accepted(server, flawed, tweets=2)
    assert answer["ids"]["count"] == 2
    assert [element["index"] for element in answer["rejected"]] == [1, 2, 3, 4, 5, 6]
    assert [element.get("field") for element in answer["rejected"]] == [
        "country", "weather", None, "description", "description", None]
    text = json.dumps(flawed)
    for element in answer["rejected"]:
        assert element["error"]
        assert 0 < element["position"] < len(text)
    assert text[answer["rejected"][0]["position"]:].startswith('"XX"')


def test_lines_are_refused_by_index_too(server):
    lines = "\n".join(json.dumps(tweet) for tweet in [RAIN, RAIN | {"country": "XX"}, RAIN])
    answer = accepted(server, lines.encode(), tweets=2, type="application/x-ndjson")
    assert [element["index"] for element in answer["rejected"]] == [1]


def test_an_array_without_a_good_element_is_refused(server):
    body = json.dumps([RAIN | {"country": "XX"}, 7])
    problem = refused(server, 422, "invalid", body, field="country", position=body.index('"XX"'))
    assert "element 0" in problem["detail"] and "none of the 2" in problem["detail"]


def test_unknown_members_are_ignored(server):
    accepted(server, RAIN | {"lang": "es", "user": {"name": ["x", {"y": None}]}, "n": 1e-7})


def test_a_country_has_many_spellings_and_one_form(server):
    forms = {
        "GT": "GT", "gt": "GT", "gT": "GT", "GTM": "GT", "gtm": "GT", "USA": "US", "usa": "US", "ESP": "ES", "UK": "GB",
        "GBR": "GB", "EL": "GR", "GER": "DE", "DEU": "DE", "ZW": "ZW", "AD": "AD",
    }
    assert stored(server, "country", list(forms)) == list(forms.values())


@pytest.mark.parametrize("country", ["", "G", "XX", "QQQ", "Guatemala", "GT ", " GT", "G\u0000", "ＧＴ", "ǰ"])
def test_what_is_no_country(server, country):
    body = json.dumps(RAIN | {"country": country})
    refused(server, 422, "invalid", body, field="country", position=body.index('"country"') + len('"country": '))


def test_weather_has_many_spellings_and_one_form(server):
    forms = {
        "rainy": "rainy", "Rainy": "rainy", "LLUVIOSO": "rainy", "Lluvioso": "rainy", "cloudy": "cloudy", "Nubloso": "cloudy",
        "Nublado": "cloudy", "nubladO": "cloudy", "sunny": "sunny", "Soleado": "sunny",
    }
    assert stored(server, "weather", list(forms)) == list(forms.values())


@pytest.mark.parametrize("weather", ["", "rain", "snowy", "rainy ", "Łluvioso", "soleado soleado"])
def test_what_is_no_weather(server, weather):
    body = json.dumps(RAIN | {"weather": weather})
    refused(server, 422, "invalid", body, field="weather", position=body.index('"weather"') + len('"weather": '))


@pytest.mark.parametrize("escaped", [True, False])
def test_a_description_has_up_to_1024_scalars_and_comes_back_as_it_was(server, escaped):
    texts = [
        "a", "x" * 1024, "é" * 1024, "\U0001f327" * 1024, "line\nbreak", "\u0000", "\"\\/\b\f\n\r\t", "\u2028", "e\u0301", "\ufeff",
    ]
    assert stored(server, "description", texts, escaped) == texts


@pytest.mark.parametrize("description", ["", "x" * 1025, "\U0001f327" * 1025, None, 7, ["x"], {}, True])
def test_what_is_no_description(server, description):
    body = json.dumps(RAIN | {"description": description})
    refused(server, 422, "invalid", body, field="description", position=body.index('"description"') + len('"description": '))


@pytest.mark.parametrize("member", ["description", "country", "weather"])
def test_a_member_that_is_missing_or_given_twice(server, member):
    refused(server, 422, "invalid", {name: text for name, text in RAIN.items() if name != member}, field=member, position=0)
    twice = json.dumps(RAIN)[:-1] + f', "{member}": "{RAIN[member]}"' + "}"
    problem = exchange(server.input, request(twice)).json()
    assert (problem["status"], problem["field"]) == (422, member)


# What is malformed


@pytest.mark.parametrize("body, position", [
    (b"", 0), (b" ", 1), (b"{", 1), (b"[", 1), (b"nonsense", 0), (b'{"description":"a"', 18), (b"\xff", 0),
    (b'{"description":"\xff"}', 16), (b'{"description":"\xed\xa0\x80"}', 16), (b'{"description":"\\ud800"}', 16),
    (b"{'description':'a'}", 1), (b'{"description":"a",}', 19), (b"[1,]", 3), (b'{"a":01}', 6), (b'{"a":NaN}', 5),
    (b"[" * 100, 64), (b'{"a":"\x01"}', 6), (b"\x00", 0),
    (json.dumps(RAIN).encode() + b"x", len(json.dumps(RAIN))),
    (json.dumps([RAIN]).encode() + b",", len(json.dumps([RAIN]))),
])
def test_malformed_bodies_are_refused_at_their_position(server, body, position):
    refused(server, 400, "malformed", body, position=position)


def test_an_array_that_breaks_off_is_refused_whole(server):
    body = json.dumps([RAIN] * 5)[:-1].encode()
    refused(server, 400, "malformed", body, position=len(body))


def test_lines_that_break_off_are_refused_whole(server):
    body = "\n".join([json.dumps(RAIN)] * 3 + ['{"description":']).encode()
    refused(server, 400, "malformed", body, position=len(body), type="application/x-ndjson")


def test_a_newline_inside_a_tweet_is_no_end(server):
    accepted(server, json.dumps(RAIN, indent=2).encode())


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "null", "true"])
def test_json_that_is_no_tweet(server, body):
    refused(server, 422, "invalid", body, position=0)


# Ids


def test_an_own_id_is_kept(server):
    own = uuid7()
    assert accepted(server, RAIN | {"id": own})["id"] == own
    assert recent(server)[-2]["id"] == own


@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_an_idempotency_key_is_an_id(server, form):
    own = uuid7()
    assert accepted(server, RAIN, f"Idempotency-Key: {form.format(own)}")["id"] == own


def test_letters_of_an_id_may_be_upper_case(server):
    own = uuid7().upper()
    assert accepted(server, RAIN | {"id": own})["id"] == own.lower()


def test_the_same_id_is_counted_once(server):
    own = uuid7()
    with counts(server, 1):
        for body, header in [
            (RAIN | {"id": own}, "X-Retry: 1"), (RAIN | {"id": own}, "X-Retry: 2"), (RAIN, f"Idempotency-Key: {own}"),
            ([RAIN | {"id": own}] * 3, "X-Retry: 3"), (RAIN | {"id": own.upper()}, f"Idempotency-Key: {own}"),
        ]:
            answer = exchange(server.input, request(body, header))
            assert answer.status == 200, answer


def test_retries_at_the_same_moment_are_counted_once(server):
    own = uuid7()
    with counts(server, 1):
        with contextlib.ExitStack() as stack:
            wires = [stack.enter_context(Wire(server.input)).send(request(RAIN | {"id": own})) for _ in range(16)]
            assert {wire.answer().json()["id"] for wire in wires} == {own}


def test_a_retry_is_counted_once_across_a_restart(make_program):
    program = make_program().start()
    own = uuid7()
    assert program.post(RAIN | {"id": own}).status_code == 200
    program.kill()
    program.start()
    assert program.post(RAIN | {"id": own}).status_code == 200
    program.stop()
    program.start()
    with counts(program, 0):
        assert program.post(RAIN | {"id": own}).status_code == 200
    assert program.totals() == dict.fromkeys(LEGS, 2)


def test_key_and_id_must_agree(server):
    own = uuid7()
    accepted(server, RAIN | {"id": own}, f"Idempotency-Key: {own}")
    body = json.dumps({"id": own} | RAIN)
    refused(server, 422, "invalid", body, f"Idempotency-Key: {uuid7()}", field="id", position=body.index(f'"{own}'))


def test_a_key_is_for_one_tweet(server):
    refused(server, 422, "invalid", [RAIN, RAIN], f"Idempotency-Key: {uuid7()}", field="id", position=0)


@pytest.mark.parametrize("key", ["", "x", "1", str(uuid.uuid4()), "00000000-0000-8000-8000-000000000000"])
def test_a_key_that_is_no_uuid7(server, key):
    problem = exchange(server.input, request(RAIN, f"Idempotency-Key: {key}"))
    assert problem.status == 422, problem
    assert problem.json()["field"] == "Idempotency-Key"


@pytest.mark.parametrize("seconds, words", [(-16 * 60, "too long ago"), (70, "future"), (-1e9, "too long ago")])
def test_ids_outside_of_the_window_are_refused(server, seconds, words):
    body = json.dumps({"id": uuid7(seconds)} | RAIN)
    assert words in refused(server, 422, "invalid", body, field="id", position=7)["detail"]
    exact = exchange(server.input, request(RAIN, f"Idempotency-Key: {uuid7(seconds)}"))
    assert exact.status == 422, exact


@pytest.mark.parametrize("seconds", [-14 * 60, 50])
def test_ids_within_the_window_are_taken(server, seconds):
    accepted(server, RAIN | {"id": uuid7(seconds)})


@pytest.mark.parametrize("own", [
    str(uuid.uuid4()), "x", "", 7, None, "00000000-0000-8000-8000-000000000000", uuid7().replace("-", ""), uuid7()[:-1] + "g",
    "{" + uuid7() + "}", uuid7()[:19] + "c" + uuid7()[20:],
])
def test_what_is_no_own_id(server, own):
    body = json.dumps({"id": own} | RAIN)
    refused(server, 422, "invalid", body, field="id", position=7)


# Sizes and framing


def test_a_body_over_the_limit_is_refused_before_it_is_sent(server):
    with counts(server, 0), Wire(server.input) as wire:
        answer = wire.send(request(length=64 * 1024 + 1)).answer()
        assert answer.status == 413, answer
        assert answer.headers["Connection"] == "close"
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert wire.end() == b""


def test_a_body_of_the_limit_is_read(server):
    body = json.dumps(RAIN).encode()
    accepted(server, body + b" " * (64 * 1024 - len(body)))


def test_a_chunked_body_over_the_limit_is_cut(server):
    with counts(server, 0), Wire(server.input) as wire:
        wire.send(request("", "Transfer-Encoding: chunked", length=False))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(20):
                wire.send(b"1000\r\n" + b" " * 4096 + b"\r\n")
            wire.send(b"0\r\n\r\n")
        answer = wire.answer()
        assert answer is None or answer.status == 413, answer


def test_too_many_tweets(server):
    accepted(server, [RAIN] * 100, tweets=100)
    body = json.dumps([RAIN] * 101)
    refused(server, 413, "too-large", body, position=body.rindex("{"))
    lines = "\n".join([json.dumps(RAIN)] * 101).encode()
    refused(server, 413, "too-large", lines, position=lines.rindex(b"{"), type="application/x-ndjson")


def test_a_chunked_body(server):
    body = json.dumps(RAIN).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:1], body[1:20], body[20:]))
    with counts(server, 1), Wire(server.input) as wire:
        head = request("", "Transfer-Encoding: chunked", length=False)
        assert wire.send(head, chunks[:9], chunks[9:], b"0\r\n\r\n").answer().status == 200


def test_a_body_that_is_never_finished_is_not_counted(server):
    body = request(RAIN)
    with counts(server, 0), Wire(server.input) as wire:
        wire.send(body[:-1])
    with counts(server, 0), Wire(server.input) as wire:
        wire.send(request("", "Transfer-Encoding: chunked", length=False), b"41\r\n" + json.dumps(RAIN).encode())


def test_expect_is_answered_before_the_body(server):
    body = json.dumps(RAIN).encode()
    head = request(b"", "Expect: 100-continue", length=len(body))
    with counts(server, 1), Wire(server.input) as wire:
        assert wire.send(head).answer().status == 100
        assert wire.send(body).answer().status == 200


@pytest.mark.parametrize("headers, status", [
    (["Expect: 100-continue", "Content-Length: 999999"], 413),
    (["Expect: 100-continue", "Content-Length: 10", "Content-Type: text/plain"], 415),
])
def test_a_refused_body_is_not_asked_for(server, headers, status):
    assert exchange(server.input, request(b"", *headers, type=None, length=False)).status == status


def test_a_connection_carries_many_requests_at_once(server):
    with counts(server, 40), Wire(server.input) as wire:
        wire.send(b"".join(request(RAIN | {"description": f"tweet {number}"}) for number in range(20)))
        assert [wire.answer().status for _ in range(20)] == [200] * 20
        for _ in range(20):
            assert wire.send(request(RAIN)).answer().status == 200


def test_a_refusal_keeps_the_connection(server):
    with counts(server, 1), Wire(server.input) as wire:
        wire.send(request(b"{"), request(RAIN | {"country": "XX"}), request(RAIN))
        assert [wire.answer().status for _ in range(3)] == [400, 422, 200]


@pytest.mark.parametrize("head", [
    "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Content-Length : 5", "Content-Length: +5",
    "Content-Length: -1", "Content-Length: 0x5", "Content-Length: 5, 5",
])
def test_a_request_without_a_certain_end_is_refused_and_closed(server, head):
    with counts(server, 0), Wire(server.input) as wire:
        smuggled = request(RAIN)
        wire.send(f"POST /input HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{head}\r\n\r\n".encode() + smuggled)
        answer = wire.answer()
        assert answer.status == 400, answer
        # libmicrohttpd 0.9.75 writes the head of its answer to a wrong length twice.
        assert b"200" not in wire.end()


def test_a_body_without_a_length(server):
    answer = exchange(server.input, request("", length=False))
    assert answer.status == 411, answer
    assert answer.headers["Content-Type"] == "application/problem+json"


# Types, methods, paths


@pytest.mark.parametrize("type", [
    None, "application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json; charset="UTF-8"',
    "application/x-ndjson", "application/problem+json", "text/json",
])
def test_types_that_are_json(server, type):
    accepted(server, RAIN, type=type)


@pytest.mark.parametrize("type", [
    "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application",
    "application/json; charset=latin-1", "application/json; charset=utf-16", "json",
])
def test_types_that_are_not(server, type):
    refused(server, 415, "unsupported-media-type", RAIN, type=type)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, identity"])
def test_compressed_bodies_are_not_read(server, coding):
    refused(server, 415, "unsupported-media-type", RAIN, f"Content-Encoding: {coding}")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "WEATHER"])
def test_other_methods(server, method):
    answer = exchange(server.input, request(b"", method=method), to=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST"), answer
    if method != "HEAD":
        assert answer.json()["type"] == "urn:weather-tweets:problem:method-not-allowed"


@pytest.mark.parametrize("path", ["/inputs", "/input/", "/INPUT", "//input", "/input%2f", "/../input", "/api/summary", "/metrics"])
def test_other_paths(server, path):
    refused(server, 404, "not-found", b"", path=path)


def test_a_query_changes_nothing(server):
    accepted(server, RAIN, path="/input?country=ES&retry")


def test_other_protocols_are_refused(server):
    for bytes in [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n", b"GET\r\n\r\n", b"\r\n\r\n\r\n\r\nx\r\n\r\n"]:
        with Wire(server.input) as wire:
            wire.socket.sendall(bytes)
            wire.socket.shutdown(1)
            answer = wire.answer()
            assert answer is None or answer.status == 400, answer
    accepted(server, RAIN)


# Tokens


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    tokens = folder / "tokens"
    tokens.write_text("# the first client\nfirst-secret-6b1f\n\n  second-secret-a907  \n")
    one = Program(folder / "data", "--tokens-file", tokens, "--log-level", "debug").start()
    one.post = lambda body, **options: requests.post(
        f"{one.input}/input", json=body, timeout=10, headers={"Authorization": "Bearer first-secret-6b1f"})
    yield one
    one.stop()


@pytest.mark.parametrize("authorization", [
    None, "Bearer", "Bearer ", "Bearer first-secret-6b1", "Bearer first-secret-6b1fx", "Bearer FIRST-SECRET-6B1F",
    "Basic first-secret-6b1f", "first-secret-6b1f", "Bearer #", "Bearer # the first client", "Bearer the",
    "Bearer first-secret-6b1f second-secret-a907", "Bearer wrong-secret-5d33",
])
def test_without_a_token_of_the_file_nothing_is_taken(guarded, authorization):
    headers = [] if authorization is None else [f"Authorization: {authorization}"]
    refused(guarded, 401, "unauthorized", RAIN, *headers)
    answer = exchange(guarded.input, request(RAIN, *headers))
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_client_sends_no_body(guarded):
    with Wire(guarded.input) as wire:
        assert wire.send(request(b"", length=1000)).answer().status == 401
        assert wire.end() == b""


@pytest.mark.parametrize("authorization", [
    "Bearer first-secret-6b1f", "bearer first-secret-6b1f", "Bearer second-secret-a907", "BEARER  second-secret-a907",
])
def test_each_token_opens(guarded, authorization):
    accepted(guarded, RAIN, f"Authorization: {authorization}")


def test_the_load_generator_shows_a_token(guarded, tmp_path):
    (tmp_path / "token").write_text("second-secret-a907\n")
    report = guarded.load("load.ndjson", "--requests", 20, "--batch", 3, "--token-file", tmp_path / "token").finish()
    assert report["outcomes"]["accepted"]["tweets"] == 60


def test_no_token_is_ever_written_down(guarded):
    for secret in ("first-secret-6b1f", "wrong-secret-5d33"):
        exchange(guarded.input, request(RAIN, f"Authorization: Bearer {secret}"))
    pages = [requests.get(f"{guarded.admin}/metrics", timeout=5).text, requests.get(guarded.dashboard, timeout=5).text]
    for text in [guarded.log.read_text(), *pages]:
        assert text and not re.search(r"secret-(6b1f|a907|5d33)", text)


# The document


def test_the_document_is_served_and_its_examples_are_taken(server):
    answer = requests.get(f"{server.input}/openapi.json", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    content = document["paths"]["/input"]["post"]["requestBody"]["content"]
    for example in content["application/json"]["examples"].values():
        tweets = len(example["value"]) if isinstance(example["value"], list) else 1
        accepted(server, example["value"], tweets=tweets)
    accepted(server, content["application/x-ndjson"]["example"].encode(), type="application/x-ndjson")


def test_the_root_says_where_to_begin(server):
    text = requests.get(server.input, timeout=5).text
    assert "/input" in text and "/openapi.json" in text
    example = re.search(r"\{.*\}", text).group()
    accepted(server, example.encode())
