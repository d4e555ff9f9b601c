// Views and links: what stands after # names a view, a crash or an event, and the filters.

/** Silence would look as if that were all. */
const noteOfMore = (view, shown) => DATA.more[view] &&
  make("p", { class: "faint" }, `Only the newest ${shown.toLocaleString("en")} are here; the database has more.`);

function showGroups() {
  const all = bucketsOf(ALL, 24);
  const crashesOf = new Map();
  EVENTS.forEach((event, i) => {
    if (!isCrash(event) || Number.isNaN(TIMES[i]) || all.length === 0) return;
    const counts = crashesOf.get(event[GROUP]) || all.map(() => 0);
    counts[Math.min(all.length - 1, Math.floor((TIMES[i] - all[0].from) / (all[0].to - all[0].from + 1000)))]++;
    crashesOf.set(event[GROUP], counts);
  });
  const newest = new Map();
  EVENTS.forEach((event) => isCrash(event) && !newest.has(event[GROUP]) && newest.set(event[GROUP], event));
  const columns = [{ name: "Group" }, { name: "Crashes", number: true }, { name: "Trend" }, { name: "First seen" }, { name: "Last seen" }, { name: "Releases" }, { name: "State" }, { name: "Newest" }];
  byId("groups").append(tableOf("Groups of crashes", columns, DATA.groups.groups.map((group) => {
    const name = DATA.names.indexOf(group.fingerprint);
    const counts = crashesOf.get(name);
    const crash = newest.get(name);
    return [
      make("a", { href: "#events?" + new URLSearchParams({ group: group.fingerprint }) }, group.title || group.fingerprint),
      group.count.toLocaleString("en"),
      counts ? sparkline(counts, `Trend: ${counts.join(", ")}`) : "",
      secondOf(group.state?.first_seen || group.first_seen), secondOf(group.last_seen), group.releases, group.state?.state || "open",
      crash ? make("a", { href: linkOf(crash) }, "crash " + crash[ID]) : "",
    ];
  })));
  byId("groups").append(noteOfMore("groups", DATA.groups.groups.length) || "");
  const without = DATA.groups.without_group;
  if (without > 0) byId("groups").append(make("p", { class: "faint" }, `${counted(without, "crash has", "crashes have")} no group yet: dblog symbolize`));
}

function showReleases() {
  const columns = [{ name: "Program" }, { name: "Release" }, { name: "Environment" }, { name: "First seen" }, { name: "Last seen" },
    { name: "Processes", number: true }, { name: "Crashed", number: true }, { name: "Killed", number: true }, { name: "Without a crash", number: true }];
  byId("releases").append(tableOf("Releases", columns, DATA.releases.map((row) => [
    row.executable && fileName(row.executable),
    row.release && make("a", { href: "#events?" + new URLSearchParams({ release: row.release }) }, row.release),
    row.environment, secondOf(row.first_seen), secondOf(row.last_seen), String(row.processes), String(row.crashed), String(row.killed),
    row.processes ? `${(100 * (1 - row.crashed / row.processes)).toFixed(2)} %` : "",
  ])), noteOfMore("releases", DATA.releases.length) || "");
}

function showOutbox() {
  const counts = new Map();
  for (const row of DATA.outbox) counts.set(row.state, (counts.get(row.state) || 0) + 1);
  const state = [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "no messages";
  const about = new Map(EVENTS.map((event) => [`${nameOf(event, TABLE)}/${event[ID]}`, event]));
  const columns = [{ name: "Message", number: true }, { name: "Created" }, { name: "Channel" }, { name: "State" },
    { name: "Failures", number: true }, { name: "Next or sent" }, { name: "About" }, { name: "Subject" }, { name: "Last error" }];
  byId("outbox").append(make("p", {}, DATA.more.outbox ? `Of the newest: ${state}` : state), tableOf("Messages", columns, DATA.outbox.map((row) => {
    const source = row.source_table ? `${row.source_table}/${row.source_id}` : "";
    return [String(row.id), secondOf(row.created), row.channel, row.state, String(row.attempts), secondOf(row.sent || row.next_attempt),
      about.has(source) ? make("a", { href: linkOf(about.get(source)) }, source) : source, row.subject, row.last_error];
  })), noteOfMore("outbox", DATA.outbox.length) || "");
}

const VIEWS = { events: null, groups: showGroups, releases: showReleases, outbox: showOutbox };
const made = new Set(["events"]);
let isFirst = true;

const filterText = () =>
  new URLSearchParams(Object.entries(readFilters()).filter(([, value]) => value !== "")).toString();

/** The filters become the page's link, unless the browser finds that it changes too often. */
function keepFilters() {
  applyFilters();
  const text = filterText();
  try {
    history.replaceState(null, "", text ? `#events?${text}` : "#events");
  } catch { /* the list is right all the same */ }
}

function show(name) {
  for (const id of [...Object.keys(VIEWS), "detail"]) byId(id).hidden = id !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function follow() {
  const [name, query] = location.hash.slice(1).split("?", 2);
  const key = decoded(name);
  const event = /^(crash|event)-/.test(key) ? EVENTS.find((one) => keyOf(one) === key) : undefined;
  let focus;
  if (event) {
    show("detail");
    focus = showDetail(event);
  } else if (/^(crash|event)-/.test(key)) {
    show("detail");
    focus = make("h2", { tabindex: "-1" }, `This page does not hold ${key}`);
    byId("detail").replaceChildren(focus, make("p", {}, make("a", { href: "#events" }, "To the list")));
  } else {
    const view = Object.hasOwn(VIEWS, key) ? key : "events";
    show(view);
    document.title = `${byId(`${view}-title`).textContent} - dblog report`;
    if (!made.has(view)) VIEWS[view]();
    made.add(view);
    if (view === "events") {
      writeFilters(new URLSearchParams(query || ""));
      applyFilters();
    }
    focus = byId("view");
  }
  if (!isFirst || event) {
    focus.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  isFirst = false;
}

function start() {
  fillChoices();
  byId("about").textContent = visible(`${DATA.database}, as of ${DATA.made}: ${DATA.holds}`);
  addEventListener("hashchange", follow);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the link stays that of what is shown
    byId("view").focus();
  });
  byId("filters").addEventListener("input", keepFilters);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(keepFilters));
  let asked = false;
  byId("scroller").addEventListener("scroll", () => {
    if (!asked) requestAnimationFrame(() => { asked = false; showRows(); });
    asked = true;
  });
  byId("scroller").addEventListener("keydown", moveFocus);
  addEventListener("resize", showRows);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !byId("events").hidden) {
      event.preventDefault();
      byId("q").focus();
    } else if (event.key === "Escape" && !byId("detail").hidden) {
      location.hash = "#events?" + filterText();
    }
  });
  addEventListener("beforeprint", () => {
    printed = true;
    showRows();
    for (const part of document.querySelectorAll("#detail details")) part.open = true;
  });
  addEventListener("afterprint", () => { printed = false; showRows(); });
  follow();
}
start();
