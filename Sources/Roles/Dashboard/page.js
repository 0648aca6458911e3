"use strict";
// The page of the dashboard. It listens to /events and shows what comes; it never asks and never guesses.
// Its words are in texts.js. Everything that came from a tweet enters the document as text (`textContent`), never as markup.

const names = { kafka: "Kafka", rabbitmq: "RabbitMQ" };
const legs = Object.keys(names);
const skies = ["rainy", "cloudy", "sunny"];
const shownFirst = 12, historyMax = 300;

// Where each country of ISO 3166-1 stands on the map of tiles: a line a row, the number is the column.
const atlas = [
  "GL8 SJ17",
  "IS13 FO15 NO17 SE18 FI19 AX20 RU23",
  "CA1 IE13 GB14 IM15 DK17 EE19 LV20",
  "PM5 GG12 JE13 BE14 NL15 DE16 PL17 LT18 BY19",
  "US1 FR13 LU14 LI15 CZ16 SK17 UA18 MD19 KZ23 MN25",
  "BM5 PT11 ES12 AD13 MC14 CH15 AT16 HU17 RO18 GE21 UZ23 KG24 KP28",
  "MX1 GI12 SM14 IT15 SI16 HR17 RS18 BG19 AM21 AZ22 TM23 TJ24 CN26 KR28 JP30",
  "GT1 BZ2 CU4 BS5 TC6 VA14 MT15 BA16 ME17 MK18 TR20 SY21 IQ22 IR23 AF24 PK25 NP26 BT27 MO28 HK29 TW31",
  "SV1 HN2 KY3 JM4 HT5 DO6 PR7 VG8 AI9 AL17 GR18 CY19 LB20 JO21 KW22 BH23 IN26 BD27 MM28 LA29 VN30 MP32 UM33",
  "NI2 VI7 SX8 MF9 EH13 MA14 DZ15 TN16 LY17 EG18 IL20 PS21 SA22 QA23 AE24 MV25 LK26 TH28 KH29 PH31 GU32",
  "CR2 KN7 BL8 AG9 CV11 MR13 ML14 BF15 NE16 TD17 SD18 ER19 YE22 OM23 MY28 BN29 PW31 FM32 MH33",
  "PA3 AW4 CW5 BQ6 MS7 GP8 DM9 SN11 GM12 GW13 GN14 CI15 BJ16 NG17 SS18 ET19 DJ20 IO25 SG28 ID29 TL30 PG31 NR32 KI33",
  "CO3 VE4 TT6 LC7 MQ8 BB9 SL13 LR14 GH15 TG16 CM17 CF18 UG19 KE20 SO21 CC27 CX28 SB32 TV33 TK34",
  "EC3 GY5 SR6 GF7 GD8 VC9 ST15 GQ16 CG17 CD18 RW19 TZ20 SC23 AU30 VU32 WF33 WS34",
  "PE3 BO4 BR5 GA16 AO17 ZM18 BI19 MW20 KM21 YT22 NC31 FJ32 TO33 AS34",
  "CL3 PY4 SH13 NA17 BW18 ZW19 MZ20 MG22 RE24 MU25 NF31 NU33 CK34",
  "AR4 UY5 ZA18 LS19 SZ20 NZ32 PF34",
  "FK5 GS7 BV15 TF23 HM26 PN34",
  "AQ17",
];

const byId = id => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
/** Touches the document only when the text is another: no work, no announcement for what stays. */
const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const make = (tag, name, ...children) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
};

let language, integers, decimals, compact, regions, clock;
let summary = null, showsAll = false, connectionState = "connecting";
const history = { kafka: [], rabbitmq: [] };
const view = { legs: {}, recents: {}, tiles: new Map() };

// --- Language ---

const say = (key, values = {}) => texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

function speak(tag) {
  language = tag;
  document.documentElement.lang = tag;
  // `always`: Spanish leaves the separator out of numbers of four digits otherwise, and columns stop lining up.
  integers = new Intl.NumberFormat(tag, { maximumFractionDigits: 0, useGrouping: "always" });
  decimals = new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  // In Spanish the short form of a thousand is the word "mil", too long for the scale.
  compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  regions = new Intl.DisplayNames([tag], { type: "region", fallback: "code" });
  clock = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  for (const element of all("[data-text]")) put(element, say(textKey(element.dataset.text)));
  for (const element of all("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of all("[data-hint]")) element.title = say(element.dataset.hint);
  for (const button of all("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === tag));
  showConnection(connectionState);
  if (summary) show(summary);
  draw();
}
const textKey = key => key === "inFlight" ? "inFlightShort" : key;

function preferredLanguage() {
  try {
    const kept = localStorage.getItem("language");
    if (kept in texts) return kept;
  } catch { /* Storage is forbidden: ask the browser each time. */ }
  return (navigator.language || "en").toLowerCase().startsWith("es") ? "es" : "en";
}

function choose(tag) {
  try { localStorage.setItem("language", tag); } catch { /* Then it lasts as long as the page. */ }
  speak(tag);
}

// --- Figures ---

const number = value => value == null ? "–" : integers.format(value);
const pace = value => value == null ? "–" : value > 0 && value < 10 ? decimals.format(value) : integers.format(value);
function latency(milliseconds) {
  if (milliseconds == null) return "–";
  if (milliseconds >= 1000) return decimals.format(milliseconds / 1000) + " s";
  return (milliseconds < 10 ? decimals : integers).format(milliseconds) + " ms";
}
function region(code) {
  try { return regions.of(code); } catch { return code; }
}
/** The next 1, 2 or 5 times a power of ten: a scale that rarely moves. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find(step => step * power >= value) * power;
}

// --- The parts of the page ---

function build() {
  for (const leg of legs) {
    const card = byId("leg-template").content.firstElementChild.cloneNode(true);
    card.classList.add(leg);
    card.id = leg;
    card.setAttribute("aria-labelledby", leg + "-title");
    const title = card.querySelector("h2");
    title.id = leg + "-title";
    title.textContent = names[leg];
    const part = { card, parts: card.querySelector(".parts"), stale: card.querySelector(".stale"), weather: {}, figures: {} };
    for (const element of all("[data-figure]", card)) part.figures[element.dataset.figure] = element;
    for (const [figure, hint] of [["p50", "latencyHint"], ["p99", "latencyHint"], ["lag", "lagHint"]]) {
      part.figures[figure].parentElement.dataset.hint = hint;
    }
    for (const sky of skies) {
      const name = make("dt");
      name.dataset.text = sky;
      const bar = make("i"), track = make("dd", "track", bar), count = make("span"), share = make("small");
      card.querySelector(".weather").append(make("div", "", name, track, make("dd", "", count, " ", share)));
      part.weather[sky] = { bar, count, share };
    }
    byId("legs").append(card);
    view.legs[leg] = part;

    const recent = byId("recent-template").content.firstElementChild.cloneNode(true);
    recent.querySelector(".name").textContent = names[leg];
    byId("recents").append(recent);
    view.recents[leg] = { list: recent.querySelector("ol"), none: recent.querySelector(".none"), shown: "" };
  }
  buildMap();
}

function buildMap() {
  const svg = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  };
  byId("map").setAttribute("viewBox", `10 0 ${35 * 18 - 10} ${atlas.length * 18}`);
  atlas.forEach((row, y) => {
    for (const place of row.split(" ")) {
      const code = place.slice(0, 2), x = Number(place.slice(2));
      const tile = svg("g", { transform: `translate(${x * 18} ${y * 18})` });
      const square = svg("rect", { width: 16, height: 16, rx: 3 }), text = svg("text", { x: 8, y: 11 }), title = svg("title", {});
      text.textContent = code;
      tile.append(title, square, text);
      byId("map").append(tile);
      view.tiles.set(code, { tile, square, title });
    }
  });
}

function show(state) {
  summary = state;
  const isEmpty = legs.every(leg => state.legs[leg].total === 0);
  byId("empty").hidden = !isEmpty;
  for (const id of ["pace", "places", "last"]) byId(id).hidden = isEmpty;
  const tweet = language === "es"
    ? '{"description":"Llueve en la ciudad","country":"GT","weather":"Lluvioso"}'
    : '{"description":"Rain in the city","country":"GT","weather":"rainy"}';
  put(byId("curl"), `curl ${state.intake} -H 'Content-Type: application/json' -d '${tweet}'`);
  showAudit(state);
  for (const leg of legs) showLeg(view.legs[leg], state.legs[leg]);
  showPlaces(state);
  for (const leg of legs) showRecent(view.recents[leg], state.legs[leg].recent);
  for (const leg of legs) put(byId("legend-" + leg), pace(state.legs[leg].rate));
}

function showAudit({ audit, legs: counts }) {
  byId("audit").dataset.verdict = audit.verdict;
  byId("audit").dataset.reason = audit.reason;
  put(byId("verdict"), say(audit.verdict));
  put(byId("verdict-detail"), audit.reason in texts.en ? say(audit.reason, {
    total: number(counts.kafka.total), count: number(audit.count), unknown: number(audit.unknown), leg: names[audit.leg],
    difference: number(Math.abs(audit.difference)), more: audit.difference >= 0 ? names.kafka : names.rabbitmq,
  }) : audit.detail);
  for (const element of all("[data-account]")) put(element, number(audit[element.dataset.account]));
}

function showLeg(part, leg) {
  put(part.parts, `${leg.broker} → ${leg.store}`);
  put(part.figures.total, number(leg.total));
  put(part.figures.rate, pace(leg.rate));
  put(part.figures.p50, latency(leg.latency.p50));
  put(part.figures.p99, latency(leg.latency.p99));
  put(part.figures.lag, number(leg.lag));
  put(part.figures.deadLetters, number(leg.deadLetters));
  part.figures.deadLetters.classList.toggle("warn", leg.deadLetters > 0);
  part.stale.hidden = leg.readable;
  for (const sky of skies) {
    const { bar, count, share } = part.weather[sky], n = leg.weather[sky];
    const percent = leg.total > 0 ? n / leg.total * 100 : 0;
    bar.style.width = percent + "%";
    put(count, number(n));
    put(share, integers.format(percent) + " %");
  }
}

function showPlaces(state) {
  const of = (leg, code) => state.legs[leg].countries[code] ?? 0;
  const codes = [...new Set(legs.flatMap(leg => Object.keys(state.legs[leg].countries)))];
  const weight = code => of("kafka", code) + of("rabbitmq", code);
  codes.sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1));
  const most = Math.max(1, ...codes.map(code => Math.max(of("kafka", code), of("rabbitmq", code))));
  put(byId("places-count"), say("places", { count: number(codes.length) }));

  const rows = byId("ranking").tBodies[0], shown = showsAll ? codes : codes.slice(0, shownFirst);
  while (rows.rows.length > shown.length) rows.deleteRow(-1);
  while (rows.rows.length < shown.length) rows.append(rankingRow());
  shown.forEach((code, index) => {
    const cells = rows.rows[index].cells;
    put(cells[0], region(code));
    legs.forEach((leg, column) => {
      const [track, count] = cells[column + 1].firstChild.children;
      track.firstChild.style.width = Math.max(of(leg, code) > 0 ? 1 : 0, of(leg, code) / most * 100) + "%";
      put(count, number(of(leg, code)));
    });
  });
  const more = byId("more");
  more.hidden = codes.length <= shownFirst;
  more.setAttribute("aria-expanded", String(showsAll));
  put(more, showsAll ? say("fewer", { count: shownFirst }) : say("more", { count: number(codes.length) }));

  for (const [code, { tile, square, title }] of view.tiles) {
    const n = Math.max(of("kafka", code), of("rabbitmq", code));
    // The root makes small counts visible beside large ones; 0.12 is the least tint that the eye tells from none.
    const tint = n > 0 ? .12 + .88 * Math.sqrt(n / most) : 0;
    square.style.fill = n > 0 ? `rgba(var(--map), ${tint.toFixed(2)})` : "";
    tile.classList.toggle("on", n > 0);
    tile.classList.toggle("full", tint > .6);
    put(title, `${region(code)}: ${number(n)}`);
  }
}

function rankingRow() {
  const head = make("th");
  head.scope = "row";
  const cell = () => make("td", "", make("div", "", make("span", "track", make("i")), make("span")));
  return make("tr", "", head, cell(), cell());
}

function showRecent(part, tweets) {
  // Under load the list would be a blur: once a second is as fast as one reads, and the first one comes at once.
  const wait = (part.next ?? 0) - performance.now();
  part.waiting = tweets;
  if (wait > 0) {
    part.timer ??= setTimeout(() => { part.timer = undefined; showRecent(part, part.waiting); }, wait);
    return;
  }
  const key = language + JSON.stringify(tweets);
  if (key === part.shown) return;
  part.shown = key;
  part.next = performance.now() + 900;
  part.none.hidden = tweets.length > 0;
  part.list.replaceChildren(...tweets.map(tweet => {
    const time = make("time"), at = new Date(tweet.accepted);
    if (!Number.isNaN(at.getTime())) {
      time.dateTime = at.toISOString();
      time.textContent = clock.format(at);
    }
    const where = make("p", "where", `${region(tweet.country)} · ${say(tweet.weather)}`);
    return make("li", "", make("p", "", tweet.description), time, where);
  }));
}

// --- The chart ---

function draw() {
  const top = roundUp(Math.max(1, ...legs.flatMap(leg => history[leg].map(value => value ?? 0))));
  for (const leg of legs) {
    const line = path(history[leg], top);
    byId("line-" + leg).setAttribute("d", line.stroke);
    if (leg === "kafka") byId("area-kafka").setAttribute("d", line.fill);
  }
  put(byId("scale-top"), compact.format(top));
  put(byId("scale-middle"), compact.format(top / 2));
}

/** The newest value stands at the right edge, a second is one unit; a missing value is a gap. */
function path(values, top) {
  let stroke = "", fill = "", start = null;
  values.forEach((value, index) => {
    const x = historyMax - values.length + index;
    if (value != null) {
      const point = `${x} ${(100 - value / top * 100).toFixed(2)}`;
      stroke += (start == null ? "M" : "L") + point;
      fill += start == null ? `M${x} 100L${point}` : `L${point}`;
      start ??= x;
    }
    if (start != null && (value == null || index === values.length - 1)) {
      fill += `L${value == null ? x - 1 : x} 100Z`;
      start = null;
    }
  });
  return { stroke, fill };
}

function keep(rates) {
  for (const leg of legs) {
    history[leg].push(rates[leg]);
    history[leg].splice(0, history[leg].length - historyMax);
  }
  if (!document.hidden) draw();
}

// --- The live stream ---

const silenceMax = 6000, pauses = [500, 1000, 2000, 4000];
let failures = 0, watchdog;

function showConnection(state) {
  connectionState = state;
  byId("connection").dataset.state = state;
  put(byId("connection").lastElementChild, say(state));
}

function connect() {
  const stream = new EventSource("events");
  const alive = () => {
    clearTimeout(watchdog);
    // A rate comes every second: silence means that the connection is dead even if nobody closed it.
    watchdog = setTimeout(again, silenceMax);
    failures = 0;
    if (connectionState !== "live") showConnection("live");
  };
  const again = () => {
    clearTimeout(watchdog);
    stream.close();
    showConnection("reconnecting");
    setTimeout(connect, pauses[Math.min(failures++, pauses.length - 1)]);
  };
  const on = (event, use) => stream.addEventListener(event, message => { alive(); use(JSON.parse(message.data)); });
  on("summary", show);
  on("history", past => { for (const leg of legs) history[leg] = past[leg].slice(-historyMax); draw(); });
  on("rate", keep);
  stream.onerror = again;
  watchdog = setTimeout(again, silenceMax);
}

build();
speak(preferredLanguage());
for (const button of all("[data-lang]")) button.addEventListener("click", () => choose(button.dataset.lang));
byId("more").addEventListener("click", () => { showsAll = !showsAll; show(summary); });
byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(byId("curl").textContent);
  put(byId("copy"), say("copied"));
  setTimeout(() => put(byId("copy"), say("copy")), 1500);
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) draw(); });
connect();
