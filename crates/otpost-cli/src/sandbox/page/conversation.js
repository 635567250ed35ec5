// The phone in the middle: the messages of a number, and its lock screen.

import { byId, copyFrom, element, reconcile, sentence, setText } from "./dom.js";
import { call, date, regionName, result, time, tone, undelivered } from "./format.js";
import { messagesOfNumber, selectedMessage, senderOf, state } from "./state.js";

// More are shown on request, so that a number with thousands of messages stays fast.
const PAGE = 200;
const NOTIFICATIONS = 3;

let shownNumber = null;
let limit = PAGE;
// Whether the end of the thread is in view. It then stays in view.
let isAtEnd = true;

export function renderConversation(choose) {
  const messages = messagesOfNumber();
  const delivered = messages.filter((message) => message.is_delivered);
  const selected = selectedMessage();
  const face = selected?.is_delivered ? selected : delivered.at(-1);
  if (shownNumber !== state.number) limit = PAGE;

  renderHead(messages.at(-1), face);
  renderThread(messages, selected, choose);
  renderAutofill(selected);
  renderLockScreen(delivered);
  shownNumber = state.number;
}

export function showEarlier() {
  limit += PAGE;
}

function renderHead(last, face) {
  setText(byId("number"), last ? (last.to ?? "Calls without a number") : "No messages yet");
  setText(byId("number-region"), last?.region ? regionName(last.region) : "");
  const sender = face ? senderOf(face) : "";
  setText(byId("sender"), sender);
  setText(byId("avatar"), [...sender][0]?.toUpperCase() ?? "");
  setText(byId("phone-time"), last ? time(last.at) : "");
  byId("screen").dataset.view = state.view;
  byId("view-messages").setAttribute("aria-pressed", String(state.view === "messages"));
  byId("view-lock").setAttribute("aria-pressed", String(state.view === "lock"));
}

function renderThread(messages, selected, choose) {
  const thread = byId("thread");
  const shown = messages.slice(-limit);
  byId("earlier").hidden = shown.length === messages.length;
  const begins = new Set(senderChanges(shown));
  const update = (item, message) => {
    item.classList.toggle("new-sender", begins.has(message.id));
    item.classList.toggle("selected", message.id === selected?.id);
    item.querySelector(".to-details").setAttribute("aria-current", String(message.id === selected?.id));
  };
  const create = (message) => (message.is_delivered && message.call === "message" ? bubble : note)(message, choose);
  reconcile(thread, shown, (message) => message.id, create, update);
  if (shownNumber !== state.number) isAtEnd = true;
  scrollToEnd();
}

// Follows the newest message, unless the reader has scrolled up.
export function followThread() {
  const scroll = byId("thread-scroll");
  scroll.addEventListener("scroll", () => {
    isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
  });
  new ResizeObserver(scrollToEnd).observe(scroll);
}

function scrollToEnd() {
  const scroll = byId("thread-scroll");
  if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
}

// The ids of the messages whose sender differs from that of the message before, if there are
// several senders. A phone has a conversation for each; here they share one.
function senderChanges(messages) {
  const shown = messages.filter((message) => message.is_delivered);
  if (new Set(shown.map(senderOf)).size < 2) return [];
  return shown.filter((message, index) => index === 0 || senderOf(shown[index - 1]) !== senderOf(message)).map(({ id }) => id);
}

// A message as it arrives on the phone.
function bubble(message, choose) {
  return element("li", { class: "bubble-row" },
    element("p", { class: "bubble-sender" }, element("bdi", {}, senderOf(message))),
    element("div", { class: "bubble", on: { click: () => choose(message) } }, messageText(message)),
    element("div", { class: "bubble-foot" },
      message.code ? codeChip(message.code) : null,
      toDetails(message, `${time(message.at)}${message.retry_of ? " · retry" : ""} · Details`, choose),
    ),
  );
}

// The text with its code emphasized. `dir="auto"` sets the direction by the first letter.
function messageText(message) {
  const text = message.text ?? "";
  const at = message.code ? text.indexOf(message.code) : -1;
  const parts = at < 0
    ? [text]
    : [text.slice(0, at), element("strong", { class: "code-in-text" }, message.code), text.slice(at + message.code.length)];
  return element("p", { class: "bubble-text", dir: "auto" }, ...parts);
}

function codeChip(code) {
  const chip = element("button", { type: "button", class: "chip", title: "Copy the code" },
    element("span", { class: "chip-code", dir: "ltr" }, code),
    " ",
    element("span", { class: "chip-copy", "data-copy-label": true }, "Copy"),
  );
  chip.addEventListener("click", () => copyFrom(chip, code));
  return chip;
}

// A call that the phone does not show: a refused message, or a call without a message.
function note(message, choose) {
  const what = message.call === "message" ? undelivered(message) : `${call(message.call)}: ${result(message)}`;
  return element("li", { class: `note ${tone(message)}` },
    toDetails(message, `${what} · ${time(message.at)}`, choose));
}

function toDetails(message, text, choose) {
  return element("button", {
    type: "button",
    class: "to-details",
    title: "Show the details of this message",
    on: { click: () => choose(message) },
  }, text);
}

// The line above a phone's keyboard.
function renderAutofill(message) {
  const line = byId("autofill");
  const autofill = message?.is_delivered ? message.autofill : null;
  line.hidden = !autofill;
  line.replaceChildren(...(autofill ? autofillParts(autofill) : []));
  line.classList.toggle("works", Boolean(autofill?.host));
}

export function autofillParts(autofill) {
  if (!autofill.host) return [element("span", {}, "Browsers do not fill in this code: ", ...sentence(autofill.reason))];
  return [
    element("span", { class: "autofill-label" }, "Autofill on"),
    element("bdi", { class: "autofill-host" }, autofill.host),
    element("span", { class: "autofill-code", dir: "ltr" }, autofill.code),
  ];
}

function renderLockScreen(delivered) {
  const last = delivered.at(-1);
  setText(byId("lock-time"), last ? time(last.at) : "");
  setText(byId("lock-date"), last ? date(last.at) : "");
  const create = (message) =>
    element("li", { class: "notification" },
      element("p", { class: "notification-head" },
        element("bdi", {}, senderOf(message)),
        element("time", { datetime: message.at }, time(message.at)),
      ),
      messageText(message),
    );
  const shown = delivered.slice(-NOTIFICATIONS).reverse();
  reconcile(byId("notifications"), shown, (message) => message.id, create, () => {});
  setText(byId("lock-verdict"), lockVerdict(last));
}

// Whether the code of the newest message can be read on the locked phone, by what is on screen.
function lockVerdict(message) {
  if (!message) return "No notifications";
  if (!message.code) return "This message has no code";
  const preview = byId("notifications").querySelector(".bubble-text");
  const code = preview?.querySelector(".code-in-text");
  if (state.view !== "lock" || !code) return "";
  const isVisible = code.getBoundingClientRect().bottom <= preview.getBoundingClientRect().bottom + 1;
  return isVisible
    ? "The code can be read without unlocking the phone"
    : "The code is hidden until the phone is unlocked";
}
