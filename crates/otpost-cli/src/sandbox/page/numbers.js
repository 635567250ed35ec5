// The list of numbers on the left.

import { byId, element, reconcile, setText } from "./dom.js";
import { call, regionName, time, undelivered } from "./format.js";
import { numberRows, senderOf, state } from "./state.js";

// A list that fits on a screen needs no filter.
const FILTERED = 8;
// Tests can use thousands of numbers.
const LISTED = 200;

export function renderNumbers(choose) {
  const rows = numberRows();
  const filter = byId("filter").value.trim();
  const found = rows.filter((row) => (row.to ?? "").includes(filter));
  byId("filter-field").hidden = rows.length <= FILTERED;
  const hidden = rows.length - Math.min(found.length, LISTED);
  byId("more-numbers").hidden = hidden === 0;
  setText(byId("more-numbers"), hidden === 1 ? "1 more number" : `${hidden} more numbers`);
  const create = ({ key }) =>
    element("li", {},
      element("button", { type: "button", class: "number", on: { click: () => choose(key) } },
        element("span", { class: "region" }),
        element("bdi", { class: "number-name" }),
        element("time", { class: "number-time" }),
        element("span", { class: "number-preview", dir: "auto" }),
        element("span", { class: "unread" }),
      ),
    );
  reconcile(byId("numbers"), found.slice(0, LISTED), (row) => row.key, create, update);
}

function update(item, row) {
  const button = item.firstElementChild;
  const [region, name, at, preview, unread] = button.children;
  button.setAttribute("aria-current", String(row.key === state.number));
  setText(region, row.to === null ? "API" : (row.region ?? "–"));
  region.title = row.region ? regionName(row.region) : "";
  setText(name, row.to ?? "Calls without a number");
  setText(at, time(row.last.at));
  at.dateTime = row.last.at;
  setText(preview, previewOf(row.last));
  setText(unread, row.unread === 0 ? "" : `${row.unread}`);
  unread.title = row.unread === 0 ? "" : `${row.unread} unread`;
}

function previewOf(message) {
  if (message.call !== "message") return call(message.call);
  if (!message.is_delivered) return undelivered(message);
  return `${senderOf(message)}: ${message.text ?? ""}`;
}
