"""What schemathesis cannot know of `/input`: for test_openapi.py, by SCHEMATHESIS_HOOKS."""

import json

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

from wire import uuid7

COUNTRIES = ("GT", "gt", "GTM", "ES", "ESP", "US", "usa", "UK", "ZW")
# Statuses of refusals; 413 is that of an array over `maxItems`.
REFUSALS = (400, 401, 405, 411, 413, 415, 422)


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Bodies that should be taken get what a pattern cannot say: countries that exist, ids of this minute."""
    if case.method.upper() != "POST" or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.media_type == "application/x-ndjson":
        tweet = {"description": str(case.body)[:100] or "x", "country": "GT", "weather": "rainy"}
        case.body = f"{json.dumps(tweet)}\n{json.dumps(tweet)}"
    for tweet in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(tweet, dict):
            tweet["country"] = COUNTRIES[len(tweet["description"]) % len(COUNTRIES)]
            if "id" in tweet:
                tweet["id"] = uuid7()
    if case.headers and "Idempotency-Key" in case.headers:
        if isinstance(case.body, dict):
            case.headers["Idempotency-Key"] = case.body.get("id", uuid7())
        else:
            del case.headers["Idempotency-Key"]


@schemathesis.check
def flaws_are_refused(context, response, case):
    """As schemathesis' own check, but that an array may have good elements: then the flawed ones are named."""
    if response.status_code in REFUSALS:
        return None
    if response.status_code == 200 and response.json().get("rejected"):
        return None
    return negative_data_rejection(context, response, case)
