// The list of events: filters, search, the timeline above it, and only those rows in the page that
// are seen.

const DATA = JSON.parse(byId("data").textContent);
const [DATE, KIND, TABLE, ID, PROGRAM, RELEASE, ENVIRONMENT, HOST, GROUP, TEXT, MORE, UUID, DETAILS] = Array(13).keys();
const CRASHES = new Set(["crash", "killed", "ended"]);
const ERRORS = new Set(["error", "critical", "fatal"]);
const EVENTS = DATA.events;
const CRASH_TABLE = DATA.names.indexOf("crashes");
const nameOf = (event, column) => DATA.names[event[column]];
const CLASSES = ["crash", "error", "other"];
const kindClass = (kind) => (CRASHES.has(kind) ? "crash" : ERRORS.has(kind) ? "error" : "other");
const isCrash = (event) => event[TABLE] === CRASH_TABLE;
const keyOf = (event) => (isCrash(event) && event[UUID] ? `crash-${event[UUID]}` : `event-${nameOf(event, TABLE)}/${event[ID]}`);
const linkOf = (event) => "#" + encodeURIComponent(keyOf(event));
const fileName = (path) => String(path).split("/").at(-1);

const SEARCHED = EVENTS.map((event) =>
  [event[TEXT], event[MORE], event[UUID], nameOf(event, PROGRAM), nameOf(event, RELEASE), nameOf(event, HOST), nameOf(event, TABLE)]
    .join("\n").toLowerCase());
// What each change of a filter asks of the events also stands in columns, by their positions in EVENTS: such
// numbers are gone through many times faster than rows.
const ALL = new Uint32Array(EVENTS.length).map((_, i) => i);
const COLUMNS = [];
for (const column of [KIND, TABLE, PROGRAM, RELEASE, ENVIRONMENT, HOST, GROUP]) {
  COLUMNS[column] = ALL.map((i) => EVENTS[i][column]);
}
const TIMES = new Float64Array(ALL).map((i) => millisecondsOf(EVENTS[i][DATE]));
const CLASS_OF = new Uint8Array(EVENTS.length).map((_, i) => CLASSES.indexOf(kindClass(nameOf(EVENTS[i], KIND))));

const CHOICES = { kind: KIND, program: PROGRAM, release: RELEASE, environment: ENVIRONMENT, host: HOST, group: GROUP };
const FIELDS = ["q", ...Object.keys(CHOICES), "from", "to"];
const ROW = 32; // pixels, as in page.css
const AROUND = 20;
let found = ALL;
let foundBy = criteriaOf({}); // what `found` answers
let printed = false;

function fillChoices() {
  for (const [id, column] of Object.entries(CHOICES)) {
    const counts = new Map();
    for (const name of COLUMNS[column]) counts.set(name, (counts.get(name) || 0) + 1);
    const select = byId(id);
    select.append(make("option", { value: "" }, "all"));
    const titles = id === "group" ? new Map(DATA.groups.groups.map((g) => [g.fingerprint, g.title])) : new Map();
    for (const [name, count] of [...counts].sort((a, b) => b[1] - a[1])) {
      const value = DATA.names[name];
      if (value === "") continue;
      select.append(make("option", { value }, `${String(titles.get(value) || value).slice(0, 90)} (${count.toLocaleString("en")})`));
    }
    select.parentNode.classList.toggle("unused", select.length < 2);
  }
}

// Of 10:00:00 a field says 10:00, and shows :00.
const withSeconds = (time) => (/T\d\d:\d\d$/.test(time) ? time + ":00" : time);

/** As it stands in the fields. */
function readFilters() {
  const filters = Object.fromEntries(FIELDS.map((id) => [id, byId(id).value]));
  return { ...filters, from: withSeconds(filters.from), to: withSeconds(filters.to) };
}

function writeFilters(filters) {
  for (const id of FIELDS) {
    const field = byId(id);
    const value = filters.get(id) || "";
    if (field.tagName === "SELECT" && value && ![...field.options].some((o) => o.value === value)) {
      field.append(make("option", { value }, `${value} (0)`));
    }
    field.value = value;
  }
}

/** What the fields ask for, as events have it. */
function criteriaOf({ q = "", from = "", to = "", ...names }) {
  return {
    words: q.toLowerCase().split(/\s+/).filter(Boolean),
    wanted: Object.entries(CHOICES).filter(([id]) => names[id])
      .map(([id, column]) => ({ numbers: COLUMNS[column], number: DATA.names.indexOf(names[id]) })),
    from: from.replace("T", " "),
    to: to && to.replace("T", " ") + "~", // the whole second
  };
}

/** Whether all that answers `now` answers `before`, too: a word became longer, or one more thing was chosen. */
const narrows = (now, before) =>
  before.words.every((old) => now.words.some((word) => word.includes(old))) &&
  before.wanted.every((old) => now.wanted.some((one) => one.numbers === old.numbers && one.number === old.number)) &&
  before.from <= now.from && (!before.to || (now.to && now.to <= before.to));

/** Those of `positions` that answer. */
function search(positions, { words, wanted, from, to }) {
  const answers = new Uint32Array(positions.length);
  let count = 0;
  for (let at = 0; at < positions.length; at++) {
    const i = positions[at];
    if (wanted.every((one) => one.numbers[i] === one.number) && (!from || EVENTS[i][DATE] >= from) &&
        (!to || EVENTS[i][DATE] <= to) && words.every((word) => SEARCHED[i].includes(word))) {
      answers[count++] = i;
    }
  }
  return answers.subarray(0, count);
}

function applyFilters() {
  const criteria = criteriaOf(readFilters());
  found = search(narrows(criteria, foundBy) ? found : ALL, criteria);
  foundBy = criteria;
  let crashes = 0;
  for (let at = 0; at < found.length; at++) crashes += COLUMNS[TABLE][found[at]] === CRASH_TABLE;
  byId("count").textContent = `${found.length.toLocaleString("en")} of ${counted(EVENTS.length, "event", "events")}, ` +
    `${counted(crashes, "of them a crash", "of them crashes")}`;
  showTimeline();
  byId("scroller").scrollTop = 0;
  showRows();
}

function bucketsOf(positions, most) {
  let [first, last] = [Infinity, -Infinity];
  for (let at = 0; at < positions.length; at++) {
    const time = TIMES[positions[at]]; // what is no time is neither less nor more
    if (time < first) first = time;
    if (time > last) last = time;
  }
  if (first > last) return [];
  const step = Math.max(1000, Math.ceil((last - first + 1) / most / 1000) * 1000);
  first = Math.floor(first / 1000) * 1000;
  const steps = Math.floor((last - first) / step) + 1;
  const counts = new Uint32Array(steps * CLASSES.length);
  for (let at = 0; at < positions.length; at++) {
    const i = positions[at];
    if (TIMES[i] >= first) counts[Math.floor((TIMES[i] - first) / step) * CLASSES.length + CLASS_OF[i]]++;
  }
  return Array.from({ length: steps }, (_, i) => ({
    from: first + i * step, to: first + (i + 1) * step - 1000,
    ...Object.fromEntries(CLASSES.map((name, at) => [name, counts[i * CLASSES.length + at]])),
  }));
}

function showTimeline() {
  const buckets = bucketsOf(found, 80);
  if (buckets.length === 0) return byId("timeline").replaceChildren();
  const pick = (bucket) => {
    byId("from").value = dateOf(bucket.from);
    byId("to").value = dateOf(bucket.to);
    keepFilters();
  };
  const ends = [buckets[0].from, buckets.at(-1).to].map((t) => dateOf(t).replace("T", " "));
  byId("timeline").replaceChildren(timelineOf(buckets, pick),
    make("figcaption", {}, ends[0] === ends[1] ? ends[0] : `${ends[0]} to ${ends[1]}`, ": ",
      make("span", { class: "crash" }, "crashes"), ", ", make("span", { class: "error" }, "errors"), ", others"));
}

function rowOf(at) {
  const event = EVENTS[found[at]];
  const kind = nameOf(event, KIND);
  const text = event[TEXT].split("\n", 1)[0] || "(no message)";
  const date = event[DATE] || "-";
  return make("tr", { class: "row", "aria-rowindex": at + 2 },
    make("td", { class: "faint" }, make("span", { class: "desk" }, date.slice(0, 5)), date.slice(5, 16),
      make("span", { class: "desk" }, date.slice(16, 19))),
    make("td", { class: kindClass(kind) }, kind),
    make("td", { title: visible(text) }, make("a", { href: linkOf(event), "data-at": at }, text),
      event[MORE] && make("span", { class: "faint" }, "  " + event[MORE].replaceAll("\n", "  "))),
    make("td", { title: visible(nameOf(event, PROGRAM)) }, fileName(nameOf(event, PROGRAM))),
    make("td", {}, nameOf(event, RELEASE)));
}

function showRows() {
  const scroller = byId("scroller");
  const seen = Math.ceil(scroller.clientHeight / ROW);
  const most = printed ? Math.min(found.length, 1000) : found.length;
  const top = Math.floor(scroller.scrollTop / ROW);
  const first = printed ? 0 : Math.max(0, top - AROUND);
  const end = printed ? most : Math.min(most, top + seen + AROUND);
  const focused = document.activeElement?.dataset?.at;
  const gap = (rows) => {
    const cell = make("td");
    cell.style.height = `${rows * ROW}px`;
    return make("tr", { class: "gap", "aria-hidden": "true" }, cell);
  };
  const rows = [];
  if (first > 0) rows.push(gap(first));
  for (let at = first; at < end; at++) rows.push(rowOf(at));
  if (end < most) rows.push(gap(most - end));
  byId("list").setAttribute("aria-rowcount", found.length + 1);
  byId("list").tBodies[0].replaceChildren(...rows);
  if (focused !== undefined) focusRow(Number(focused), true);
}

/** Puts the focus on the link of a row that is in the page. */
function focusRow(at, stays) {
  const link = byId("list").querySelector(`a[data-at="${at}"]`);
  if (link) link.focus({ preventScroll: stays });
}

function moveFocus(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
  const at = event.target.dataset?.at;
  if (!(event.key in steps) || at === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = Math.min(found.length - 1, Math.max(0, Number(at) + steps[event.key]));
  const scroller = byId("scroller");
  const top = next * ROW;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  const bottom = top + 2 * ROW + byId("list").tHead.offsetHeight - scroller.clientHeight;
  if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
  showRows();
  focusRow(next, true);
}
