"""The page of the dashboard in a real browser, fed by the real program."""

import re
import sqlite3
import time

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import eventually

LEGS = ("kafka", "rabbitmq")
RAIN = {"description": "Llueve en la ciudad", "country": "GT", "weather": "Lluvioso"}


def text(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def total(browser, leg):
    return text(browser, f"#{leg} [data-figure=total]")


def open_page(browser, program):
    browser.get(program.dashboard)
    eventually(lambda: text(browser, "#connection") in ("live", "en vivo"))


def complaints(browser):
    """What the browser found wrong: errors of the script, and what the content policy stopped."""
    return [line["message"] for line in browser.get_log("browser") if line["level"] == "SEVERE"]


def test_an_empty_page_says_so_and_how_to_begin(program, browser):
    open_page(browser, program)
    assert text(browser, "#empty h2") == "No data yet"
    curl = text(browser, "#curl")
    assert curl.startswith(f"curl {program.input}/input ")
    assert not browser.find_element(By.ID, "places").is_displayed()
    assert [total(browser, leg) for leg in LEGS] == ["0", "0"]
    assert complaints(browser) == []


def test_posted_tweets_appear_within_a_second_behind_both_legs(program, browser):
    open_page(browser, program)
    assert program.post(RAIN).status_code == 200
    posted = time.monotonic()
    eventually(lambda: [total(browser, leg) for leg in LEGS] == ["1", "1"], 1.0)
    tweets = [RAIN | {"description": f"tweet {number}", "country": country} for number, country in enumerate(["ES", "gt", "USA"])]
    assert program.post(tweets).status_code == 200
    eventually(lambda: [total(browser, leg) for leg in LEGS] == ["4", "4"], 1.0)
    assert time.monotonic() - posted < 5
    assert not browser.find_element(By.ID, "empty").is_displayed()
    ranking = [row.text.split() for row in browser.find_elements(By.CSS_SELECTOR, "#ranking tbody tr")]
    assert ranking == [["Guatemala", "2", "2"], ["Spain", "1", "1"], ["United", "States", "1", "1"]]
    rainy = browser.find_element(By.CSS_SELECTOR, "#rabbitmq .weather div")
    assert rainy.text.split() == ["Rainy", "4", "100", "%"]
    eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, "#recents li")) == 8, 2.0)
    assert text(browser, "#recents section:nth-child(2) li p") == "tweet 2"
    eventually(lambda: text(browser, "#verdict") == "OK.", 5.0)
    assert complaints(browser) == []


@pytest.mark.parametrize("attack", [
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "</script><svg onload=\"document.title='owned'\">",
    "\u2028\u2029\r\n\r\nevent: summary\r\ndata: {}\r\n\r\n",
    "{{7*7}} ${document.title='owned'} \"]}} '\" \\",
])
def test_a_tweet_cannot_become_markup(program, browser, attack):
    open_page(browser, program)
    assert program.post(RAIN | {"description": attack}).status_code == 200
    texts = lambda: [p.get_attribute("textContent") for p in browser.find_elements(By.CSS_SELECTOR, "#recents li > p:first-child")]
    # The legs count at their own pace.
    eventually(lambda: len(texts()) == 2)
    shown = texts()
    assert shown == [attack, attack]
    assert browser.find_elements(By.CSS_SELECTOR, "#recents script, #recents img, #recents svg") == []
    assert browser.title == "weather-tweets"
    assert text(browser, "#connection") == "live"
    assert complaints(browser) == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(program, make_browser, width):
    browser = make_browser(width=width)
    open_page(browser, program)

    def overflow():
        return browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert browser.execute_script("return innerWidth") == width
    assert overflow() == 0
    assert program.post([RAIN | {"description": "W" * 1000}, RAIN | {"description": "http://example.org/" + "a/" * 400}]).status_code == 200
    eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "#recents li"))
    assert overflow() == 0
    columns = browser.execute_script(
        "return [...document.querySelectorAll('#legs > section')].map(leg => Math.round(leg.getBoundingClientRect().left))")
    assert (columns[0] == columns[1]) == (width < 700), "side by side where there is room, stacked on a phone"


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(program, browser):
    open_page(browser, program)
    reached = []
    for _ in range(12):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        element = browser.switch_to.active_element
        if element.tag_name == "body":
            break
        outline = browser.execute_script("return getComputedStyle(arguments[0]).outlineStyle", element)
        assert outline != "none", f"{element.get_attribute('outerHTML')} does not show that it has the focus"
        reached.append(element.get_attribute("id") or element.get_attribute("class") or element.tag_name)
    assert reached == ["skip", "lang-en", "lang-es", "pre", "copy", "a"]
    browser.find_element(By.ID, "lang-es").send_keys(Keys.ENTER)
    assert text(browser, "#empty h2") == "Aún no hay datos"
    browser.get(program.dashboard)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "main"


def test_many_countries_fold(program, browser):
    countries = "GT US ES MX BR DE FR GB IN CO AR JP IT CA NG".split()
    assert program.post([RAIN | {"country": code} for code in countries]).status_code == 200
    open_page(browser, program)
    rows = lambda: len(browser.find_elements(By.CSS_SELECTOR, "#ranking tbody tr"))
    eventually(lambda: rows() == 12)
    more = browser.find_element(By.ID, "more")
    assert (more.text, more.get_attribute("aria-expanded")) == ("Show all 15", "false")
    more.send_keys(Keys.ENTER)
    assert (rows(), more.get_attribute("aria-expanded")) == (15, "true")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#map .on")) == 15
    assert len(browser.find_elements(By.CSS_SELECTOR, "#map rect")) == 249


def luminance(colour):
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= .03928 else ((c + .055) / 1.055) ** 2.4 for c in channels]
    return .2126 * linear[0] + .7152 * linear[1] + .0722 * linear[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + .05) / (dark + .05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_dark(program, make_browser, scheme):
    browser = make_browser(scheme=scheme)
    assert program.post(RAIN).status_code == 200
    open_page(browser, program)
    eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "#recents li"))
    style = "return getComputedStyle(document.body).backgroundColor"
    assert (luminance(browser.execute_script(style)) < .05) == (scheme == "dark")
    pairs = browser.execute_script("""
        const ground = element => {
          for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (!colour.endsWith(', 0)')) return colour;
          }
        };
        return [...document.querySelectorAll('p, b, span, strong, h1, h2, h3, dt, dd, th, time, button, a, small')]
          .filter(element => element.offsetParent && element.textContent.trim() && !element.closest('svg, .hidden'))
          .map(element => [element.textContent.trim().slice(0, 40), getComputedStyle(element).color, ground(element)]);
    """)
    assert len(pairs) > 40
    poor = [(words, round(contrast(ink, paper), 2)) for words, ink, paper in pairs if contrast(ink, paper) < 4.5]
    assert poor == [], "WCAG 2 asks for 4.5 to 1"


def test_it_speaks_the_browsers_language_and_the_one_that_is_chosen(program, make_browser):
    browser = make_browser(language="es-GT")
    assert program.post([RAIN] * 3 + [RAIN | {"country": "US"}]).status_code == 200
    open_page(browser, program)
    html = browser.find_element(By.TAG_NAME, "html")
    assert (html.get_attribute("lang"), text(browser, "#places-title")) == ("es", "Países")
    eventually(lambda: "Estados Unidos" in text(browser, "#ranking"))
    browser.find_element(By.ID, "lang-en").click()
    assert (html.get_attribute("lang"), text(browser, "#places-title")) == ("en", "Countries")
    assert "United States" in text(browser, "#ranking")
    browser.refresh()
    assert text(browser, "#places-title") == "Countries", "the choice is kept"
    assert browser.find_element(By.ID, "lang-en").get_attribute("aria-pressed") == "true"
    missing = browser.execute_script("return Object.keys(texts.en).filter(key => !(key in texts.es))")
    assert missing == []


def test_it_comes_back_after_the_program_does(program, browser):
    assert program.post(RAIN).status_code == 200
    open_page(browser, program)
    eventually(lambda: total(browser, "kafka") == "1")
    program.kill()
    eventually(lambda: text(browser, "#connection") == "reconnecting…")
    program.start()
    eventually(lambda: text(browser, "#connection") == "live")
    assert program.post(RAIN).status_code == 200
    eventually(lambda: [total(browser, leg) for leg in LEGS] == ["2", "2"], 5.0)


@pytest.mark.parametrize("tampering, words", [
    (["state"], "In the store of RabbitMQ the sums by country, by weather and by minute do not agree with its total."),
    (["state", "countries", "weathers", "minutes"], "Kafka has 1 more, and nothing is on its way."),
])
def test_a_store_that_lost_a_tweet_is_called_so(program, browser, tampering, words):
    assert program.post([RAIN] * 3).status_code == 200
    eventually(lambda: program.summary()["audit"]["verdict"] == "ok")
    program.stop()
    store = sqlite3.connect(program.data / "valkey-counts.db")
    for table in tampering:
        if table == "state":
            store.execute("UPDATE state SET value = value - 1 WHERE name = 'total'")
        else:
            assert store.execute(f"UPDATE {table} SET count = count - 1").rowcount == 1
    store.commit()
    store.close()
    program.start()
    open_page(browser, program)
    eventually(lambda: text(browser, "#verdict") == "Violated.")
    assert text(browser, "#verdict-detail") == words
    audit = program.summary()["audit"]
    assert audit["verdict"] == "violated"
    assert audit["detail"].lower() == words.lower()


def test_a_page_that_comes_later_sees_the_past(program, browser):
    assert program.post([RAIN] * 50).status_code == 200
    # The rate of the tweets is known a second later; then they are the past.
    eventually(lambda: program.summary()["legs"]["kafka"]["rate"] or 0)
    open_page(browser, program)
    eventually(lambda: browser.execute_script("return Math.max(...history.kafka)") > 0)
    # A line has two points; the second one may be a second away.
    eventually(lambda: "L" in browser.find_element(By.ID, "line-rabbitmq").get_attribute("d"))


def test_the_summary_is_the_contract(program):
    answer = requests.get(f"{program.dashboard}/api/summary", timeout=5)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    empty = answer.json()
    assert set(empty["legs"]) == set(LEGS)
    for leg in empty["legs"].values():
        assert (leg["total"], leg["countries"], leg["weather"]) == (0, {}, {"rainy": 0, "cloudy": 0, "sunny": 0})
        assert (leg["lag"], leg["deadLetters"], leg["recent"]) == (0, 0, [])
        assert leg["latency"] == {"p50": None, "p99": None}
        assert leg["broker"] and leg["store"] and leg["readable"] is True
    eventually(lambda: program.summary()["audit"]["verdict"] == "ok", 5.0)

    tweets = [RAIN, RAIN | {"country": "ESP", "weather": "sunny"}, RAIN | {"weather": "Nublado", "description": "últimos \"rayos\""}]
    assert program.post(tweets).status_code == 200
    full = eventually(lambda: (now := program.summary())["audit"]["verdict"] == "ok" and now, 5.0)
    for leg in full["legs"].values():
        assert leg["total"] == 3
        assert leg["countries"] == {"GT": 2, "ES": 1}
        assert leg["weather"] == {"rainy": 1, "cloudy": 1, "sunny": 1}
        assert [tweet["description"] for tweet in leg["recent"]] == [tweet["description"] for tweet in reversed(tweets)]
        assert set(leg["recent"][0]) == {"id", "accepted", "country", "weather", "description"}
        assert leg["latency"] == {"p50": None, "p99": None} or 0 < leg["latency"]["p50"] <= leg["latency"]["p99"]
    assert full["audit"]["accepted"] == 3 and full["audit"]["inFlight"] == 0
    assert full["audit"]["detail"]
    assert full["legs"]["kafka"]["recent"] == full["legs"]["rabbitmq"]["recent"]


def test_other_paths_and_methods(program):
    assert requests.get(f"{program.dashboard}/nothing", timeout=5).status_code == 404
    assert requests.get(f"{program.dashboard}/nothing", timeout=5).headers["Content-Type"] == "application/problem+json"
    refused = requests.put(f"{program.dashboard}/api/summary", data="", timeout=5)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert requests.head(program.dashboard, timeout=5).status_code == 200
    page = requests.get(program.dashboard, timeout=5)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http://" not in re.sub(r"http://www\.w3\.org/\d+/svg", "", page.text) and "https://" not in page.text
