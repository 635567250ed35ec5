// The page of `otpost sandbox`: a phone that shows the messages an application sends. It changes
// when the server reports an event and when the reader selects something, and never by a timer.

import { ApiError, listen, request } from "./api.js";
import { followThread, renderConversation, showEarlier } from "./conversation.js";
import { renderDetails } from "./details.js";
import { byId, setText } from "./dom.js";
import { listenToCopies, renderGateways, sendSample, setNextResponse } from "./gateways.js";
import { result, words } from "./format.js";
import { renderNumbers } from "./numbers.js";
import { reportText } from "./reports.js";
import {
  addMessage, addReport, gatewayName, markSeen, restore, select, selectNumber, senderOf, setMessages, state, store,
} from "./state.js";

// The id of a sample that was sent from this page. Its message is selected when it arrives.
let awaited = null;
let isScheduled = false;

start();

function start() {
  restore();
  listenToControls();
  listenToCopies();
  followThread();
  showTheme();
  connect();
}

// Several events in a row are rendered together. Not an animation frame: the title of a page in
// the background has to change, too.
function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    render();
  });
}

function render() {
  markSeen();
  document.body.dataset.state = state.messages.length === 0 ? "empty" : "messages";
  renderNumbers((key) => change(() => selectNumber(key)));
  renderConversation(choose);
  renderDetails(choose, guarded);
  renderGateways((id) => change(() => (state.gateway = id)));
  renderTitle();
  store();
}

function change(action) {
  action();
  render();
}

const choose = (message) => change(() => select(message));

function renderTitle() {
  const latest = state.messages.findLast((message) => message.is_delivered && message.code);
  document.title = latest ? `${latest.code} · ${senderOf(latest)}` : "otpost sandbox";
}

function connect() {
  let isLoaded = false;
  let early = [];
  listen({
    async opened() {
      isLoaded = false;
      early = [];
      await guarded(async () => {
        await load();
        isLoaded = true;
        early.forEach((event) => event());
        render();
        showConnection("connected", "Connected");
      });
    },
    lost() {
      showConnection("lost", "Disconnected. Reconnecting…");
    },
    denied(error) {
      showConnection("lost", "Disconnected");
      showProblem(error);
    },
    message(message) {
      after(() => arrive(message));
    },
    cleared() {
      after(() => {
        state.reports = [];
        setMessages([]);
      });
    },
    report(report) {
      after(() => {
        addReport(report);
        setText(byId("live"), `Report ${reportText(report)}`);
      });
    },
    gateway(gateway) {
      after(() => {
        state.gateways = state.gateways.map((known) => (known.id === gateway.id ? { ...known, ...gateway } : known));
      });
    },
  });

  // Events that arrive while the messages are loaded are applied afterwards.
  function after(event) {
    if (!isLoaded) {
      early.push(event);
      return;
    }
    event();
    schedule();
  }
}

async function load() {
  const [gateways, messages, { reports }] = await Promise.all([
    request("GET", "api/gateways"), allMessages(), request("GET", "api/reports"),
  ]);
  state.gateways = gateways.gateways;
  state.magicNumbers = gateways.magic_numbers ?? [];
  state.reports = reports;
  setMessages(messages);
}

// A response contains only the first thousand messages after `since`.
async function allMessages() {
  const all = [];
  for (let since = 0; ; ) {
    const { messages, last } = await request("GET", `api/messages?since=${since}`);
    if (messages.length === 0) return all;
    all.push(...messages);
    since = last;
  }
}

function arrive(message) {
  if (!addMessage(message)) return;
  if (message.id === awaited) {
    select(message);
    awaited = null;
  }
  setText(byId("live"), announcement(message));
}

function announcement(message) {
  const what = message.is_delivered
    ? `Message from ${senderOf(message)} to ${message.to}`
    : `${words(message.call)} to ${gatewayName(message.gateway)}, ${result(message)}`;
  return message.code && message.is_delivered ? `${what}. Code ${[...message.code].join(" ")}` : what;
}

function showConnection(name, text) {
  const place = byId("connection");
  place.dataset.connection = name;
  setText(place, text);
}

// Runs an action and shows its error, if the error is one of the API.
async function guarded(action) {
  try {
    await action();
    byId("problem").hidden = true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showProblem(error);
  }
}

function showProblem({ message }) {
  const place = byId("problem");
  setText(place, `${message[0].toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`);
  place.hidden = false;
}

function listenToControls() {
  const onClick = (id, action) => byId(id).addEventListener("click", action);
  onClick("view-messages", () => change(() => (state.view = "messages")));
  onClick("view-lock", () => change(() => (state.view = "lock")));
  byId("filter").addEventListener("input", render);
  onClick("earlier", () => change(showEarlier));
  onClick("clear", () => guarded(() => request("DELETE", "api/messages")));
  onClick("theme", toggleTheme);
  onClick("first-sample", sample);
  byId("gateway-panel").addEventListener("submit", (event) => {
    event.preventDefault();
    sample();
  });
  byId("next-response").addEventListener("change", setResponse);
  byId("applies-to").addEventListener("change", (event) => {
    state.scope = event.currentTarget.value;
    setResponse();
  });
  document.addEventListener("visibilitychange", schedule);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
}

async function setResponse() {
  await guarded(async () => setText(byId("live"), await setNextResponse()));
  render();
}

async function sample() {
  await guarded(async () => {
    awaited = await sendSample();
    // The event can arrive before the response.
    const message = state.messages.find(({ id }) => id === awaited);
    if (message) {
      awaited = null;
      change(() => select(message));
    }
  });
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function toggleTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("otpost-theme", theme);
  } catch {
    // The theme does not survive a reload.
  }
  showTheme();
}

function showTheme() {
  setText(byId("theme"), isDark() ? "Light theme" : "Dark theme");
}
