// The details of a message on the right.

import { byId, copyFrom, element, sentence } from "./dom.js";
import { autofillParts } from "./conversation.js";
import { call, delay, exactTime, fate, fault, regionName, result, tone, words } from "./format.js";
import { renderReports, reportSection } from "./reports.js";
import { attemptsOf, gatewayName, reportSettings, selectedMessage } from "./state.js";

let shown = null;

export function renderDetails(choose, run) {
  const pane = byId("details");
  const message = selectedMessage();
  const attempts = message ? attemptsOf(message) : [];
  // Nothing changes in a message, so its details are only built again for another one or a retry.
  const reports = message && reportSettings(message.gateway)?.origin;
  const key = message ? `${message.id} ${message.at} ${attempts.length} ${gatewayName(message.gateway)} ${reports}` : null;
  if (key === shown) return renderReports(message);
  shown = key;
  pane.replaceChildren(...(message ? sections(message, attempts, choose, run) : []));
  renderReports(message);
  pane.scrollTop = 0;
  // The last attempt is the newest.
  for (const scroll of pane.querySelectorAll(".scroll")) scroll.scrollLeft = scroll.scrollWidth;
}

function sections(message, attempts, choose, run) {
  return [
    head(message),
    problems(message),
    rule(message),
    reportSection(message, run),
    attempts.length > 1 ? retries(message, attempts, choose) : null,
    message.text === null ? null : textSection(message),
    message.autofill ? section("Autofill", element("p", { class: "autofill-detail" }, ...spaced(autofillParts(message.autofill)))) : null,
    message.variables?.length ? variables(message) : null,
    rawRequest(message.request),
    rawResponse(message.response),
  ].filter((part) => part !== null);
}

function section(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}

const spaced = (parts) => parts.flatMap((part, index) => (index === 0 ? [part] : [" ", part]));

function head(message) {
  const ids = [
    pair("Time", exactTime(message.at)),
    message.to === null ? null : pair("To", element("bdi", {}, message.to), message.region ? ` · ${regionName(message.region)}` : null),
    message.sender === null ? null : pair("Sender", element("bdi", {}, message.sender)),
    message.message_id === null ? null : pair("Gateway's id", code(message.message_id)),
    message.client_id === null ? null : pair("Idempotency id", code(message.client_id)),
  ];
  return element("div", { class: "details-head" },
    element("p", { class: "pills" },
      element("span", { class: `pill ${tone(message)}` }, result(message)),
      message.call === "message" ? null : element("span", { class: "pill plain" }, call(message.call)),
      element("span", { class: "details-id" }, message.id),
    ),
    element("h2", {}, gatewayName(message.gateway)),
    element("dl", { class: "pairs" }, ...ids),
  );
}

// A term and its description.
function pair(name, ...values) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...values));
}

const code = (text) => element("code", {}, text);

function problems({ mismatches = [], additional = [] }) {
  if (mismatches.length + additional.length === 0) return null;
  const list = (items, kind) => element("ul", { class: `problem-list ${kind}` }, ...items.map((item) => element("li", {}, ...sentence(item))));
  return element("section", {},
    mismatches.length ? [element("h3", {}, "Mismatches with the gateway's spec"), list(mismatches, "bad")] : [],
    additional.length ? [element("h3", {}, "Not in the spec, accepted"), list(additional, "warn")] : [],
  );
}

function rule({ rule }) {
  if (!rule) return null;
  return section("Result in the application",
    element("p", {}, element("strong", {}, words(rule.outcome)), `: ${fate(rule.fate)}.`),
    rule.explanation ? element("p", { class: "muted explanation" }, ...sentence(rule.explanation)) : null,
  );
}

function retries(message, attempts, choose) {
  const columns = attempts.map((attempt, index) => ({
    attempt,
    title: element("button", {
      type: "button",
      class: "link",
      "aria-current": String(attempt.id === message.id),
      on: { click: () => choose(attempt) },
    }, `Attempt ${index + 1}`),
    after: index === 0 ? exactTime(attempt.at) : delay(attempts[index - 1].at, attempt.at),
  }));
  const row = (name, value) =>
    element("tr", {}, element("th", { scope: "row" }, name), ...columns.map((column) => element("td", {}, value(column))));
  // They are retries because they have the same id.
  return section("Retries",
    element("p", { class: "muted attempts-id" }, "Attempts with the idempotency id ", code(message.client_id ?? "–")),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Attempts side by side" },
      element("table", { class: "attempts" },
        element("thead", {}, element("tr", {}, element("td"), ...columns.map(({ title }) => element("th", { scope: "col" }, title)))),
        element("tbody", {},
          row("Time", ({ after }) => after),
          row("Response", ({ attempt }) => statusOf(attempt.response)),
          row("Result", ({ attempt }) => element("span", { class: `pill ${tone(attempt)}` }, result(attempt))),
          row("Delivered", ({ attempt }) => (attempt.is_delivered ? "yes" : "no")),
          row("Gateway's id", ({ attempt }) => code(attempt.message_id ?? "–")),
        ),
      ),
    ),
  );
}

const statusOf = (response) => (response?.status ? `${response.status}` : "none");

function textSection(message) {
  const expensive = message.expensive_characters ?? [];
  const facts = [
    message.encoding,
    message.parts === null ? null : `${message.parts} ${message.parts === 1 ? "part" : "parts"}`,
    message.units === null ? null : `${message.units.used} of ${message.units.capacity} units`,
  ].filter((fact) => fact);
  return section("Text",
    element("p", { class: "message-text", dir: "auto" }, ...underlined(message.text, expensive)),
    message.units === null ? null : element("progress", {
      max: message.units.capacity,
      value: message.units.used,
      "aria-label": `${message.units.used} of ${message.units.capacity} units`,
    }),
    element("p", { class: "muted" }, facts.join(" · ")),
    expensive.length === 0 ? null : expensiveList(expensive),
  );
}

// More do not help: a text in another script consists of them.
const LISTED = 6;

function expensiveList(expensive) {
  const distinct = [...new Map(expensive.map((item) => [item.character, item])).values()];
  const items = distinct.slice(0, LISTED).map((item) =>
    element("span", { class: "expensive-item" }, element("mark", { class: "expensive" }, item.character), ` ${item.name}${advice(item)}`));
  return element("p", { class: "expensive-list" },
    "Outside of the GSM alphabet, so the whole text is sent as UCS-2: ",
    ...spaced(items),
    distinct.length > LISTED ? ` and ${distinct.length - LISTED} more` : null,
  );
}

const advice = ({ replacement }) =>
  replacement === null ? "" : replacement === "" ? ", can be left out" : `, could be ${replacement}`;

// The text as nodes, with the expensive characters marked. They are found by value, because an
// index counts differently in each language. Neighbours share a mark, so that letters stay joined.
function underlined(text, expensive) {
  const marked = new Set(expensive.map(({ character }) => character));
  const runs = [];
  for (const character of text) {
    const isMarked = marked.has(character);
    const last = runs.at(-1);
    if (last?.isMarked === isMarked) last.text += character;
    else runs.push({ isMarked, text: character });
  }
  return runs.map((run) => (run.isMarked ? element("mark", { class: "expensive" }, run.text) : run.text));
}

function variables({ variables: captured }) {
  const row = ({ name, value, is_secret: isSecret }) =>
    element("tr", {},
      element("th", { scope: "row" }, code(name)),
      element("td", { dir: "auto" }, isSecret ? element("span", { class: "secret" }, value, " ", element("span", { class: "pill plain" }, "secret")) : value));
  return section("Captured variables",
    element("table", { class: "variables" }, element("tbody", {}, ...captured.map(row))));
}

function rawRequest(request) {
  if (!request) return null;
  return raw("Request", `${request.method} ${request.target}`, request);
}

function rawResponse(response) {
  if (!response) return null;
  const line = [
    response.status ? `${response.status}` : "No response",
    response.fault ? `(${fault(response.fault)})` : null,
  ].filter((part) => part).join(" ");
  return raw("Response", line, response);
}

function raw(title, line, { headers = [], body }) {
  const text = [line, ...(headers ?? []).map(([name, value]) => `${name}: ${value}`), "", body ?? ""].join("\n").trimEnd();
  const button = element("button", { type: "button", class: "small" }, "Copy");
  button.addEventListener("click", () => copyFrom(button, text));
  return element("section", {},
    element("div", { class: "label-row" }, element("h3", {}, title), button),
    element("pre", { class: "raw", tabindex: "0", "aria-label": title }, text),
  );
}
