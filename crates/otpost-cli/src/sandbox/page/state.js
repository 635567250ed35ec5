// What the page knows, and what follows from it. The selection survives a reload of the page.

const KEY = "otpost-phone";
// The server keeps as many.
const MESSAGES = 10_000;
// So many reports the sandbox lists.
const REPORTS = 1_000;

export const state = {
  messages: [],
  // The delivery reports that were sent.
  reports: [],
  gateways: [],
  magicNumbers: [],
  // The id of the selected gateway.
  gateway: null,
  // The selected number. The empty string stands for calls without a number.
  number: null,
  // The id of the selected message; `null` follows the newest one of the number.
  selected: null,
  // "messages" or "lock".
  view: "messages",
  // The highest sequence number that was shown, by number.
  seen: {},
  // The response's menu applies to "once", "always" or "number".
  scope: "once",
  // The responses that were set for single numbers, by gateway and number.
  answers: {},
};

const KEPT = ["gateway", "number", "selected", "view", "seen", "scope", "answers"];

export function restore() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY)) ?? {};
    for (const name of KEPT) if (name in stored) state[name] = stored[name];
  } catch {
    // Nothing is stored, or the browser blocks storage.
  }
}

export function store() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, state[name]]))));
  } catch {
    // The selection does not survive a reload.
  }
}

export const numberOf = (message) => message.to ?? "";

// Replaces all messages, after a connection. A server that was restarted counts from the start.
export function setMessages(messages) {
  state.messages = messages;
  const last = messages.at(-1)?.seq ?? 0;
  if (messages.length > 0 && Object.values(state.seen).some((seq) => seq > last)) {
    state.seen = {};
    state.answers = {};
  }
  if (!messages.some((message) => message.id === state.selected)) state.selected = null;
  if (!messages.some((message) => numberOf(message) === state.number)) state.number = null;
  followFirst();
}

export function addMessage(message) {
  if (state.messages.some((known) => known.id === message.id)) return false;
  state.messages.push(message);
  state.messages.sort((left, right) => left.seq - right.seq);
  if (state.messages.length > MESSAGES) state.messages.shift();
  followFirst();
  return true;
}

function followFirst() {
  if (state.number !== null) return;
  const newest = state.messages.findLast((message) => message.to !== null) ?? state.messages.at(-1);
  if (newest) state.number = numberOf(newest);
}

// One row for each number, most recent first.
export function numberRows() {
  const rows = new Map();
  for (const message of state.messages) {
    const key = numberOf(message);
    const row = rows.get(key) ?? { key, to: message.to, region: null, last: message, unread: 0 };
    row.last = message;
    row.region = message.region ?? row.region;
    if (message.seq > (state.seen[key] ?? 0)) row.unread += 1;
    rows.set(key, row);
  }
  return [...rows.values()].sort((left, right) => right.last.seq - left.last.seq);
}

export const messagesOfNumber = () => state.messages.filter((message) => numberOf(message) === state.number);

export function selectedMessage() {
  const selected = state.messages.find((message) => message.id === state.selected);
  return selected ?? messagesOfNumber().at(-1) ?? null;
}

export function select(message) {
  state.number = numberOf(message);
  const isNewest = messagesOfNumber().at(-1)?.id === message.id;
  state.selected = isNewest ? null : message.id;
}

export function selectNumber(key) {
  state.number = key;
  state.selected = null;
}

// Marks the messages of the selected number as read, if the page is visible.
export function markSeen() {
  const last = messagesOfNumber().at(-1);
  if (last && !document.hidden) state.seen[state.number] = last.seq;
}

// All attempts at the same message, oldest first.
export function attemptsOf(message) {
  const byId = new Map(state.messages.map((known) => [known.id, known]));
  const firstOf = (attempt) => {
    const visited = new Set();
    let first = attempt;
    while (first.retry_of && byId.has(first.retry_of) && !visited.has(first.id)) {
      visited.add(first.id);
      first = byId.get(first.retry_of);
    }
    return first.id;
  };
  const first = firstOf(message);
  return state.messages.filter((known) => firstOf(known) === first);
}

// Each report is announced once and listed once, in any order.
export function addReport(report) {
  if (state.reports.some(({ id }) => id === report.id)) return;
  state.reports.push(report);
  if (state.reports.length > REPORTS) state.reports.shift();
}

export const reportsOf = (message) => state.reports.filter((report) => report.message === message);

// The reports of a gateway; `null` if the sandbox sends none.
export const reportSettings = (id) => state.gateways.find((gateway) => gateway.id === id)?.reports ?? null;

export const currentGateway = () =>
  state.gateways.find((gateway) => gateway.id === state.gateway) ?? state.gateways[0] ?? null;

export const senderOf = (message) => message.sender ?? gatewayName(message.gateway);

export const gatewayName = (id) => state.gateways.find((gateway) => gateway.id === id)?.name ?? id;
