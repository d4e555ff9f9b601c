"use strict";
// Pieces that the page is made of. Every text from the database becomes a text node here, nothing
// is ever parsed as HTML.

// What is not seen, or turns what is around it, is shown as its number.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const visible = (text) =>
  String(text).replace(HIDDEN, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");

const byId = (id) => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
  return node;
}
const make = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** A table of rows that are arrays of cells; a column is {name, number}. */
function tableOf(label, columns, rows) {
  const style = (column) => (column.number ? { class: "number" } : {});
  return make("div", { class: "wrap", role: "region", "aria-label": label, tabindex: 0 },
    make("table", {},
      make("thead", {}, make("tr", {}, columns.map((c) => make("th", { scope: "col", ...style(c) }, c.name)))),
      make("tbody", {}, rows.map((row) =>
        make("tr", {}, row.map((cell, i) => make("td", style(columns[i]), cell ?? "")))))));
}

/** Names and values; what is not known is left out. */
function factsOf(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return known.length === 0 ? null
    : make("dl", {}, known.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

/** Milliseconds of a date as it is stored, as if it were UTC; NaN for what is no date. */
function millisecondsOf(date) {
  const m = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d{1,6})?/.exec(date || "");
  return m ? Date.UTC(+m[1], m[2] - 1, +m[3], +m[4], +m[5], +m[6]) + 1000 * +(m[7] || 0) : NaN;
}
const dateOf = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 19);

const secondOf = (date) => (date === null || date === undefined ? date : String(date).slice(0, 19).replace("T", " "));

const grouped = new Intl.NumberFormat("en"); // toLocaleString() makes one each time
const counted = (count, one, many) => `${grouped.format(count)} ${count === 1 ? one : many}`;

/** Counts as small bars: the trend of a group. */
function sparkline(counts, label) {
  const most = Math.max(1, ...counts);
  return draw("svg", { width: counts.length * 5, height: 20, role: "img", "aria-label": label },
    counts.map((count, i) => count > 0 && draw("rect", {
      class: "crash-bar", x: i * 5, width: 4, y: 20 - Math.max(2, (20 * count) / most), height: Math.max(2, (20 * count) / most),
    })));
}

/** The bars of the timeline; a click narrows the time. Buckets: {from, to, crash, error, other}. */
function timelineOf(buckets, onPick) {
  const [width, height] = [1000, 70];
  const most = Math.max(1, ...buckets.map((b) => b.crash + b.error + b.other));
  const step = width / buckets.length;
  const outlines = { crash: "", error: "", other: "" };
  const hits = buckets.map((bucket, i) => {
    let y = height;
    for (const kind of Object.keys(outlines)) {
      if (bucket[kind] === 0) continue;
      const size = Math.max(2, (bucket[kind] / most) * (height - 4));
      y -= size;
      outlines[kind] += `M${i * step + 0.5} ${y}h${Math.max(1, step - 1)}v${size}H${i * step + 0.5}z`;
    }
    const title = `${dateOf(bucket.from).replace("T", " ")}: ${counted(bucket.crash, "crash", "crashes")}, ` +
      `${counted(bucket.error, "error", "errors")}, ${bucket.other} others`;
    const hit = draw("rect", { class: "hit", x: i * step, width: step, y: 0, height }, draw("title", {}, title));
    hit.addEventListener("click", () => onPick(bucket));
    return hit;
  });
  const bars = Object.entries(outlines).map(([kind, d]) => d && draw("path", { class: `${kind}-bar`, d }));
  const sum = (kind) => buckets.reduce((all, b) => all + b[kind], 0);
  const label = `Timeline: ${counted(sum("crash"), "crash", "crashes")}, ${counted(sum("error"), "error", "errors")}, ` +
    `${sum("other")} others in ${buckets.length} steps of time`;
  return draw("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%", height, preserveAspectRatio: "none", role: "img", "aria-label": label },
    draw("line", { class: "axis", x1: 0, x2: width, y1: height, y2: height }), bars, hits);
}

/** One quantity over time, with the moment of the crash. Points: [milliseconds, number]. */
function curveOf(name, points, moment, textOf) {
  const [width, height] = [260, 60];
  const times = points.map((p) => p[0]).concat(Number.isNaN(moment) ? [] : [moment]);
  const values = points.map((p) => p[1]);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (t) => (last === first ? width / 2 : 4 + ((t - first) / (last - first)) * (width - 8));
  const y = (v) => (high === low ? height / 2 : height - 4 - ((v - low) / (high - low)) * (height - 8));
  const path = points.map((p, i) => `${i ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("");
  const range = low === high ? textOf(low) : `${textOf(low)} to ${textOf(high)}`;
  return make("figure", {},
    draw("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%", height, role: "img", "aria-label": `${name}: ${range}, ${counted(points.length, "snapshot", "snapshots")}` },
      draw("line", { class: "axis", x1: 0, x2: width, y1: height, y2: height }),
      Number.isNaN(moment) ? null : draw("line", { class: "moment", x1: x(moment), x2: x(moment), y1: 0, y2: height }),
      draw("path", { class: "curve", d: path }),
      points.map((p) => draw("circle", { class: "dot", cx: x(p[0]), cy: y(p[1]), r: 2 }))),
    make("figcaption", {}, `${name}: ${range}`));
}
