// The gateways at the top: the next response of each, and samples.

import { request } from "./api.js";
import { byId, copyFrom, element, reconcile, setText } from "./dom.js";
import { fault, words } from "./format.js";
import { currentGateway, state } from "./state.js";

// What the server does by default, so it needs no mark at the gateway's name.
const USUAL = "outcome:accepted";

let shownOptions = null;
let shownCurl = null;
let shownName = null;

export function renderGateways(choose) {
  const current = currentGateway();
  if (!current) return;
  const create = (gateway) =>
    element("button", { type: "button", class: "gateway", on: { click: () => choose(gateway.id) } },
      element("bdi"), element("span", { class: "gateway-next" }));
  const update = (button, gateway) => {
    button.setAttribute("aria-pressed", String(gateway.id === current.id));
    setText(button.firstElementChild, gateway.name);
    setText(button.lastElementChild, nextMark(gateway));
  };
  reconcile(byId("gateway-names"), state.gateways, (gateway) => gateway.id, create, update);
  showName(current.id);
  setText(byId("base-url"), current.base_url);
  setText(byId("connect-url"), current.base_url);
  renderPublicKey(current);
  renderScopes();
  renderOptions(current);
  if (shownCurl?.gateway !== current.id) showCurl(current.id, current.sample_curl);
  renderMagicNumbers();
}

// Applications verify reports with it, if the gateway signs them with a private key.
function renderPublicKey({ reports }) {
  const key = reports?.public_key;
  byId("public-key-field").hidden = !key;
  setText(byId("public-key-variable"), key?.variable ?? "");
  setText(byId("public-key"), key?.value ?? "");
}

// Scrolls the row of names to the selected one, where the row does not fit.
function showName(id) {
  if (id === shownName) return;
  shownName = id;
  const row = byId("gateway-names");
  const name = [...row.children].find((button) => button.dataset.key === id);
  const [outer, inner] = [row.getBoundingClientRect(), name.getBoundingClientRect()];
  if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right + 24;
  if (inner.left < outer.left) row.scrollLeft -= outer.left - inner.left + 24;
}

function nextMark(gateway) {
  const value = valueOf(gateway.next);
  if (value === USUAL) return "";
  return `${labelOf(gateway, value)}${gateway.times === 1 ? " once" : ""}`;
}

// An answer as the value of an option, such as "outcome:throttled".
function valueOf(answer) {
  const [kind, value] = Object.entries(answer ?? {})[0] ?? ["outcome", "accepted"];
  return `${kind}:${value}`;
}

function answerOf(value) {
  const [kind, name] = value.split(":");
  return { [kind]: kind === "example" ? Number(name) : name };
}

function labelOf(gateway, value) {
  const [kind, name] = value.split(":");
  if (kind === "fault") return fault(name);
  if (kind === "outcome") return words(name);
  return gateway.examples.find((example) => `${example.index}` === name)?.label ?? `example ${name}`;
}

function renderOptions(gateway) {
  const menu = byId("next-response");
  const groups = [
    ["Outcomes", gateway.outcomes.map((outcome) => `outcome:${outcome}`)],
    ["Examples of the spec", gateway.examples.map((example) => `example:${example.index}`)],
    ["Faults", gateway.faults.map((name) => `fault:${name}`)],
  ].filter(([, values]) => values.length > 0);
  const options = JSON.stringify([gateway.id, groups]);
  if (options !== shownOptions) {
    shownOptions = options;
    const option = (value) => element("option", { value }, labelOf(gateway, value));
    menu.replaceChildren(...groups.map(([label, values]) => element("optgroup", { label }, ...values.map(option))));
  }
  const ofNumber = state.scope === "number" ? state.answers[answerKey(gateway, state.number)] : null;
  const value = ofNumber ?? valueOf(gateway.next);
  if (menu.value !== value) menu.value = value;
}

// The API does not list the responses of single numbers, so the page keeps those that it has set.
const answerKey = (gateway, number) => `${gateway.id} ${number}`;

function renderScopes() {
  const menu = byId("applies-to");
  const scopes = [
    ["once", "the next message"],
    ["always", "all messages"],
    state.number ? ["number", `all to ${state.number}`] : null,
  ].filter((scope) => scope !== null);
  const create = ([value]) => element("option", { value });
  reconcile(menu, scopes, ([value]) => value, create, (option, [, label]) => setText(option, label));
  if (!scopes.some(([value]) => value === state.scope)) state.scope = "once";
  if (menu.value !== state.scope) menu.value = state.scope;
}

function renderMagicNumbers() {
  const place = byId("magic");
  if (state.magicNumbers.length === 0 || place.firstChild) return;
  const row = ({ ends_with: end, outcome, fault: name }) =>
    element("li", {}, element("code", {}, `…${end}`), ` ${name ? fault(name) : words(outcome)}`);
  place.append(...state.magicNumbers.map(row));
}

function showCurl(gateway, text) {
  shownCurl = { gateway, text };
  setText(byId("curl"), text);
}

// Changes are sent one after the other, so that the last one wins.
let lastChange = Promise.resolve();

// Sets the next response to what the menus show. Returns a sentence for the live region.
export function setNextResponse() {
  const { scope } = state;
  const to = scope === "number" ? state.number : null;
  const wanted = { gateway: currentGateway(), value: byId("next-response").value, scope, to };
  const change = lastChange.then(() => putAnswer(wanted));
  lastChange = change.catch(() => {});
  return change;
}

async function putAnswer({ gateway, value, scope, to }) {
  const times = scope === "once" ? 1 : null;
  await request("PUT", `api/answers/${encodeURIComponent(gateway.id)}`, { answer: answerOf(value), times, to });
  if (to === null) {
    const known = state.gateways.find(({ id }) => id === gateway.id);
    Object.assign(known ?? {}, { next: answerOf(value), times });
  } else {
    state.answers[answerKey(gateway, to)] = value;
  }
  const whom = { once: "The next message", always: "All messages", number: `All messages to ${to}` }[scope];
  return `${whom} of ${gateway.name}: ${labelOf(gateway, value)}`;
}

// Sends a sample, and shows its curl command. Returns the id of the message, or `null` if none
// arrived.
export async function sendSample() {
  const gateway = currentGateway();
  const fields = { to: byId("sample-to").value.trim(), text: byId("sample-text").value };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  const sample = await request("POST", `api/samples/${encodeURIComponent(gateway.id)}`, given);
  showCurl(gateway.id, sample.curl);
  byId("sample").open = true;
  return sample.id;
}

export function listenToCopies() {
  for (const [button, source] of [["copy-base-url", "base-url"], ["copy-connect-url", "connect-url"], ["copy-public-key", "public-key"], ["copy-curl", "curl"]]) {
    byId(button).addEventListener("click", (event) => copyFrom(event.currentTarget, byId(source).textContent));
  }
}
