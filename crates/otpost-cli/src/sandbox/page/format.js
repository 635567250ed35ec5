// Texts for people: times, regions, outcomes and faults.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const regions = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

export const time = (at) => clock.format(new Date(at));
export const exactTime = (at) => clockWithSeconds.format(new Date(at));
export const date = (at) => day.format(new Date(at));

// The time between two messages, such as "1.2 s later".
export function delay(from, to) {
  const milliseconds = new Date(to) - new Date(from);
  if (milliseconds < 1000) return `${milliseconds} ms later`;
  const seconds = milliseconds / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s later` : `${Math.round(seconds)} s later`;
}

export function regionName(code) {
  try {
    return regions.of(code);
  } catch {
    return code;
  }
}

// "invalid_recipient" as "invalid recipient".
export const words = (name) => name.replaceAll("_", " ");

const FATES = {
  accepted: "the message was sent",
  not_sent: "the message was not sent, and a retry is safe",
  refused: "the gateway refused the message",
  unknown: "the message may have been sent, and a retry could send it twice",
};
export const fate = (name) => FATES[name] ?? words(name);

const FAULTS = {
  error_500: "error 500",
  garbage: "body of garbage",
  refused: "connection closed before a response",
  reset: "connection reset after the request",
  same_id: "same message id twice",
  slow: "slow response",
  truncated: "truncated body",
};
export const fault = (name) => FAULTS[name] ?? words(name);

// The colour of a message by its fate.
export const tone = (message) =>
  ({ accepted: "good", unknown: "warn" })[message.rule?.fate] ?? (message.rule ? "bad" : "plain");

// A short text for what happened, such as "throttled" or "connection reset after the request".
export const result = (message) =>
  message.response?.fault ? fault(message.response.fault) : words(message.rule?.outcome ?? "unknown");

const CALLS = { account: "account call", erase: "erase call", message: "message", token: "token call" };
export const call = (name) => CALLS[name] ?? words(name);

// Why the phone does not show a message. A retry of a delivered message is not shown twice.
export const undelivered = (message) =>
  `${message.rule?.fate === "accepted" ? "Already delivered" : "Not delivered"}: ${result(message)}`;
