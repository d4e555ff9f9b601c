// The list of events: filters, search, the timeline above it, and only those rows in the page that
// are seen.

const DATA = JSON.parse(byId("data").textContent);
const [DATE, KIND, TABLE, ID, PROGRAM, RELEASE, ENVIRONMENT, HOST, GROUP, TEXT, MORE, UUID, DETAILS] = Array(13).keys();
const CRASHES = new Set(["crash", "killed", "ended"]);
const ERRORS = new Set(["error", "critical", "fatal"]);
const EVENTS = DATA.events;
const CRASH_TABLE = DATA.names.indexOf("crashes");
const nameOf = (event, column) => DATA.names[event[column]];
const kindClass = (kind) => (CRASHES.has(kind) ? "crash" : ERRORS.has(kind) ? "error" : "other");
const isCrash = (event) => event[TABLE] === CRASH_TABLE;
const keyOf = (event) => (isCrash(event) && event[UUID] ? `crash-${event[UUID]}` : `event-${nameOf(event, TABLE)}/${event[ID]}`);
const linkOf = (event) => "#" + encodeURIComponent(keyOf(event));
const fileName = (path) => String(path).split("/").at(-1);

const SEARCHED = EVENTS.map((event) =>
  [event[TEXT], event[MORE], event[UUID], nameOf(event, PROGRAM), nameOf(event, RELEASE), nameOf(event, HOST), nameOf(event, TABLE)]
    .join("\n").toLowerCase());
const TIMES = EVENTS.map((event) => millisecondsOf(event[DATE]));

const CHOICES = { kind: KIND, program: PROGRAM, release: RELEASE, environment: ENVIRONMENT, host: HOST, group: GROUP };
const FIELDS = ["q", ...Object.keys(CHOICES), "from", "to"];
const ROW = 32; // pixels, as in page.css
const AROUND = 20;
let found = []; // positions in EVENTS
let printed = false;

function fillChoices() {
  for (const [id, column] of Object.entries(CHOICES)) {
    const counts = new Map();
    for (const event of EVENTS) counts.set(event[column], (counts.get(event[column]) || 0) + 1);
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

function applyFilters() {
  const filters = readFilters();
  const words = filters.q.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = Object.entries(CHOICES).filter(([id]) => filters[id] !== "")
    .map(([id, column]) => [column, DATA.names.indexOf(filters[id])]);
  const from = filters.from.replace("T", " ");
  const to = filters.to && filters.to.replace("T", " ") + "~"; // the whole second
  found = [];
  for (let i = 0; i < EVENTS.length; i++) {
    const event = EVENTS[i];
    if (wanted.every(([column, name]) => event[column] === name) && (!from || event[DATE] >= from) &&
        (!to || event[DATE] <= to) && words.every((word) => SEARCHED[i].includes(word))) {
      found.push(i);
    }
  }
  const crashes = found.reduce((count, i) => count + isCrash(EVENTS[i]), 0);
  byId("count").textContent = `${found.length.toLocaleString("en")} of ${counted(EVENTS.length, "event", "events")}, ` +
    `${counted(crashes, "of them a crash", "of them crashes")}`;
  showTimeline();
  byId("scroller").scrollTop = 0;
  showRows();
}

function bucketsOf(positions, most) {
  const times = positions.map((i) => TIMES[i]).filter((t) => !Number.isNaN(t));
  if (times.length === 0) return [];
  let [first, last] = [Infinity, -Infinity];
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const step = Math.max(1000, Math.ceil((last - first + 1) / most / 1000) * 1000);
  first = Math.floor(first / 1000) * 1000;
  const buckets = Array.from({ length: Math.floor((last - first) / step) + 1 },
    (_, i) => ({ from: first + i * step, to: first + (i + 1) * step - 1000, crash: 0, error: 0, other: 0 }));
  for (const i of positions) {
    if (!Number.isNaN(TIMES[i])) buckets[Math.floor((TIMES[i] - first) / step)][kindClass(nameOf(EVENTS[i], KIND))]++;
  }
  return buckets;
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
  const first = printed ? 0 : Math.max(0, Math.floor(scroller.scrollTop / ROW) - AROUND);
  const end = printed ? most : Math.min(most, first + seen + 2 * AROUND);
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
