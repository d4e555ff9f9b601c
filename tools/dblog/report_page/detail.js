// One crash or event with all that is known of it: what `dblog show --json` prints.

const megabytes = (bytes) => `${(bytes / 1048576).toLocaleString("en", { maximumFractionDigits: 1 })} MiB`;
const plain = (number) => number.toLocaleString("en", { maximumFractionDigits: 2 });
// Those of the process come first; the others are the machine's, whichever process looked.
const CURVES = [
  ["Memory of the process", "memory", megabytes, true],
  ["CPU of the process, percent", "cpu_usage", plain, true],
  ["Threads of the process", "threads", plain, true],
  ["Open files of the process", "open_files", plain, true],
  ["Load of the machine", "load_1", plain],
  ["Memory that is available", "memory_available", megabytes],
  ["Memory pressure, percent", "pressure_memory", plain],
];

const titled = (title, ...content) =>
  content.flat(3).some(Boolean) ? [make("h3", {}, title), ...content] : [];

function placeOf(frame) {
  const module = frame.module ? fileName(frame.module) : "";
  const name = frame.function || (module ? module + (frame.offset ? `+${frame.offset}` : "") : frame.address || "?");
  const source = frame.file ? ` (${frame.file}${frame.line ? ":" + frame.line : ""})` : frame.function && module ? ` (${module})` : "";
  return { name: name + (frame.inlined ? " [inlined]" : ""), source };
}

// Of the system's headers the name is enough.
function sourceOf(frame) {
  if (!frame.source || /^\/usr\/(lib|include)\//.test(frame.file)) return null;
  return make("pre", {}, frame.source.map((line) =>
    make(line.line === frame.line ? "b" : "span", {},
      `${line.line === frame.line ? ">" : " "} ${String(line.line).padStart(5)}  ${line.text}\n`)));
}

function framesOf(frames, label) {
  if (!frames || frames.length === 0) return null;
  return tableOf(label, [{ name: "#", number: true }, { name: "Function and source" }], frames.map((frame) => {
    const place = placeOf(frame);
    return [String(frame.depth), [make("code", {}, place.name), make("span", { class: "faint" }, place.source), sourceOf(frame)]];
  }));
}

function threadsOf(details) {
  const others = (details.threads || []).filter((thread) => thread.tid !== details.tid);
  return others.map((thread) => {
    const frames = details.frames.filter((frame) => frame.thread === thread.tid);
    const name = `Thread ${thread.tid} ${thread.name || ""}`;
    return make("details", {},
      make("summary", {}, name, thread.answered ? `: ${counted(frames.length, "frame", "frames")}` : ": did not answer"),
      framesOf(frames, name));
  });
}

function breadcrumbsOf(details) {
  if (!details.breadcrumbs?.length) return null;
  const end = millisecondsOf(details.date);
  return tableOf("Breadcrumbs", [{ name: "Before the crash", number: true }, { name: "Thread" }, { name: "What" }],
    details.breadcrumbs.map((crumb) => {
      const before = (millisecondsOf(crumb.date) - end) / 1000;
      return [Number.isNaN(before) ? crumb.date : `${before.toFixed(3)} s`, String(crumb.tid), crumb.msg];
    }));
}

function chartsOf(details, { pid, rows }) {
  const moment = millisecondsOf(details.date);
  const charts = CURVES.map(([name, column, textOf, isOfProcess]) => {
    const points = rows.filter((row) => !isOfProcess || row.pid === pid).map((row) => [millisecondsOf(row.date), row[column] === null ? NaN : Number(row[column])])
      .filter((point) => point.every((number) => !Number.isNaN(number))).sort((a, b) => a[0] - b[0]);
    return points.length > 0 && curveOf(name, points, moment, textOf);
  }).filter(Boolean);
  return charts.length === 0 ? null : make("div", { class: "charts" }, charts);
}

const valueText = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : value === null ? "" : String(value));

/** Columns with their values, except those that are shown elsewhere. */
function columnsOf(row, without = []) {
  return row && factsOf(Object.entries(row).filter(([name]) => !without.includes(name))
    .map(([name, value]) => [name.replaceAll("_", " "), valueText(value)]));
}

function outboxOf(rows) {
  return rows?.length ? tableOf("Messages about it",
    [{ name: "Channel" }, { name: "State" }, { name: "Attempts", number: true }, { name: "Next or sent" }, { name: "Last error" }],
    rows.map((row) => [row.channel, row.state, String(row.attempts), secondOf(row.sent || row.next_attempt), row.last_error])) : null;
}

function factsOfEvent(event, details) {
  const group = nameOf(event, GROUP);
  return factsOf([
    ["Date", event[DATE]], ["Kind", nameOf(event, KIND)], ["Program", nameOf(event, PROGRAM)],
    ["Release", nameOf(event, RELEASE)], ["Environment", nameOf(event, ENVIRONMENT)], ["Host", nameOf(event, HOST)],
    ["Process", details?.pid], ["Thread", details?.tid && `${details.tid} ${details.thread_name || ""}`],
    ["Signal", details?.signal_name && details.signal_name + (details.signal_code_name ? ` (${details.signal_code_name})` : "")],
    ["Address", details?.fault_address], ["Exception", details?.exception_type ?? details?.stacks?.exception_type],
    ["UUID", event[UUID]],
    ["Group", group && make("a", { href: "#events?" + new URLSearchParams({ group }) }, group)],
    ["Standing", details?.standing],
    ["In the terminal", make("code", {}, isCrash(event) ? `dblog show ${event[ID]}` : `dblog show ${nameOf(event, TABLE)}/${event[ID]}`)],
  ]);
}

function crashParts(details, around) {
  const ofCrash = details.frames.filter((frame) => frame.thread === details.tid || details.tid === null);
  const trace = framesOf(ofCrash, "Stack of the thread that crashed") ??
    (details.stack_trace ? make("pre", {}, details.stack_trace) : null);
  return [
    titled("Message", details.msg && make("pre", {}, details.msg)),
    titled("Context", factsOf(details.context.map((field) =>
      [field.name, field.type === "boolean" ? String(Boolean(field.value)) : valueText(field.value)]))),
    titled("Stack of the thread that crashed", trace),
    titled("Note", details.note && make("pre", {}, details.note.note)),
    titled("Breadcrumbs", breadcrumbsOf(details)),
    titled("Other threads", threadsOf(details)),
    titled("Hardware around the time", chartsOf(details, around)),
    titled("Registers", details.registers.length > 0 && make("details", {}, make("summary", {}, counted(details.registers.length, "register", "registers")),
      factsOf(details.registers.map((register) => [register.name, make("code", {}, register.value)])))),
  ];
}

function eventParts(event, details, around) {
  return [
    titled("Message", make("pre", {}, details?.msg || event[TEXT] || "(no message)")),
    titled("Fields and tags", event[MORE] && make("pre", {}, event[MORE])),
    titled("Where the exception was thrown", framesOf(details?.stacks?.thrown.frames, "Where the exception was thrown")),
    titled("Where it was recorded", framesOf(details?.stacks?.pushed.frames, "Where it was recorded")),
    titled("Hardware around the time", details && chartsOf(details, around)),
  ];
}

function showDetail(event) {
  const block = event[DETAILS] === undefined || event[DETAILS] === null ? null : byId(`details-${event[DETAILS]}`);
  const { details, around } = block ? JSON.parse(block.textContent) : { details: null, around: null };
  const title = make("h2", { tabindex: "-1" }, details?.what_happened || event[TEXT].split("\n", 1)[0] || "(no message)");
  const hardware = details?.hardware && { ...details.hardware, ...details.hardware.details };
  byId("detail").replaceChildren(...[
    make("p", { class: "back" }, make("a", { href: "#events?" + filterText() }, "Back to the list"), " · ",
      make("a", { href: linkOf(event) }, "Link to this")),
    title,
    factsOfEvent(event, details),
    isCrash(event) && details ? crashParts(details, around) : eventParts(event, details, around),
    titled("Hardware", hardware && make("details", {}, make("summary", {}, "The snapshot in numbers"),
      columnsOf(hardware, ["id", "hw_log_id", "details", "task"]))),
    titled("Outbox", outboxOf(details?.outbox)),
    !block && make("p", { class: "faint" }, "This page has no more of it: only the newest are whole here. The command above shows it all."),
    details?.is_truncated && make("p", { class: "faint" }, "There is more of it in the database."),
  ].flat(5).filter(Boolean));
  document.title = `${title.textContent.slice(0, 80)} - dblog report`;
  return title;
}
