// One script with the official SDK of Twilio, run against `emulate` and against the sandbox:
// `node emulate.mjs NODE_MODULES PATH_TO_OTPOST`. The results must be the same, apart from ids, times
// and the differences that are listed below.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import path from "node:path";
import readline from "node:readline";

const [modules, otpost] = process.argv.slice(2);
const twilio = createRequire(path.resolve(modules, "index.js"))("twilio");

// The account, the token and the number that `emulate` has without a configuration.
const ACCOUNT = `AC${"0".repeat(32)}`;
const TOKEN = "twilio_test_auth_token";
const FROM = "+15551234567";
const TO = "+14155554567";
const TEXT = "012345 is your code";

const EXAMPLE = "the response is an example of the spec, and only the id is new";

/**
 * The differences that are accepted, by step and field: the value of `emulate`, that of the sandbox, and
 * the reason. A difference that has gone fails too, until it is removed here.
 */
const KNOWN = {
  "send.accountSid": [ACCOUNT, `AC${"a".repeat(32)}`, EXAMPLE],
  "send.body": [TEXT, "..", EXAMPLE],
  "send.from": [FROM, "+14155552344", EXAMPLE],
  "send.to": [TO, "+14155552345", EXAMPLE],
  "send.priceUnit": ["USD", null, "in the vendor's example, a message without a price has no unit"],
  fetch: ["a result", "error 400 21606", "the spec has no call that reads a message"],
  "noRecipient.code": [21201, 21211, "21201 is for calls; 21211 is for messages"],
  "noRecipient.moreInfo": [errorPage(21201), errorPage(21211), "as the code"],
  "badRecipient.code": [21201, 21211, "emulate takes a short number for a missing one"],
  "badRecipient.moreInfo": [errorPage(21201), errorPage(21211), "as the code"],
  foreignSender: ["error 400 21606", "a result", "the sandbox knows no numbers of an account"],
  noSender: ["error 400 21603", "a result", "a spec does not say that one of two senders is needed"],
};

const FIELDS = [
  "accountSid", "apiVersion", "body", "direction", "errorCode", "errorMessage", "from", "messagingServiceSid",
  "numMedia", "numSegments", "price", "priceUnit", "status", "to",
];

function errorPage(code) {
  return `https://www.twilio.com/docs/errors/${code}`;
}

/** A connection of the SDK that sends requests for Twilio's host to another origin. */
class Rerouting extends twilio.RequestClient {
  constructor(origin) {
    super({ autoRetry: false });
    this.origin = origin;
  }

  request(options) {
    return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", this.origin) });
  }
}

/** The script. It knows nothing about the server except its origin. */
async function run(origin) {
  const client = (token) => twilio(ACCOUNT, token, { httpClient: new Rerouting(origin) });
  const messages = client(TOKEN).messages;
  // The spec sends the remaining lifetime of the code, so a message has one here.
  const message = { from: FROM, to: TO, body: TEXT, validityPeriod: 300 };
  const ids = [];
  const results = {};
  results.send = await outcome(async () => {
    const sent = await messages.create(message);
    ids.push(sent.sid);
    return described(sent);
  });
  results.again = await outcome(async () => {
    const again = await messages.create(message);
    return { isOther: again.sid !== ids[0] };
  });
  // After a refusal, there is no message to fetch.
  const id = ids[0] ?? `SM${"0".repeat(32)}`;
  results.fetch = await outcome(async () => described(await client(TOKEN).messages(id).fetch()));
  const refused = async (call) => outcome(async () => ({ status: (await call()).status }));
  results.wrongToken = await refused(() => client("wrong").messages.create(message));
  results.noRecipient = await refused(() => messages.create({ ...message, to: "" }));
  results.badRecipient = await refused(() => messages.create({ ...message, to: "12" }));
  results.foreignSender = await refused(() => messages.create({ ...message, from: "+15557654321" }));
  results.noSender = await refused(() => messages.create({ ...message, from: undefined }));
  return results;
}

/** Returns the fields of a message, with ids and times replaced by their forms. */
function described(message) {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, message[name] ?? null]));
  const hasId = /^SM[0-9a-f]{32}$/.test(message.sid);
  const hasTimes = message.dateCreated instanceof Date && !Number.isNaN(message.dateCreated.getTime());
  const isLinked = message.uri.endsWith(`/Messages/${message.sid}.json`);
  return { ...fields, hasId, hasTimes, isLinked };
}

/** Runs a call, and returns its result or the error of the SDK. */
async function outcome(call) {
  try {
    return { result: await call() };
  } catch (error) {
    if (error.constructor.name !== "RestException") throw error;
    const { status, code, moreInfo } = error;
    return { error: { status, code, moreInfo } };
  }
}

/** Returns the differences between two runs, as `KNOWN` has them, without the reasons. */
function differences(first, second) {
  const found = {};
  const kind = (it) => (it.error ? `error ${it.error.status} ${it.error.code}` : "a result");
  for (const [step, one] of Object.entries(first)) {
    const other = second[step];
    if (Boolean(one.error) !== Boolean(other.error)) {
      found[step] = [kind(one), kind(other)];
      continue;
    }
    const [a, b] = [one.error ?? one.result, other.error ?? other.result];
    for (const name of Object.keys({ ...a, ...b })) {
      if (a[name] !== b[name]) found[`${step}.${name}`] = [a[name], b[name]];
    }
  }
  return found;
}

/** Returns a line for each difference that is not as `KNOWN` has it. */
function complaints(found) {
  const names = new Set([...Object.keys(found), ...Object.keys(KNOWN)]);
  const text = (values) => JSON.stringify(values?.slice(0, 2));
  return [...names]
    .filter((name) => text(found[name]) !== text(KNOWN[name]))
    .map((name) => `${name}: expected ${text(KNOWN[name])}, found ${text(found[name])}`);
}

/** Runs a task while a program runs that prints a line with its origin. */
async function serving([command, ...options], environment, task) {
  const child = spawn(command, options, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const stopped = once(child, "exit");
  try {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const origin = line.match(/http:\/\/(localhost|127\.0\.0\.1):\d+/)?.[0];
      if (!origin) continue;
      await listening(new URL(origin));
      return await task(origin);
    }
    throw new Error(`${command} stopped before it listened`);
  } finally {
    child.kill();
    await stopped;
  }
}

/** Waits until a server accepts connections, which can be after the line with its origin. */
async function listening({ hostname, port }) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const socket = connect(port, hostname);
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nothing listens at ${hostname}:${port}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

const program = path.join(modules, "emulate/dist/index.js");
const emulate = [process.execPath, program, "start", "-s", "twilio", "-p", `${await freePort()}`];
const compared = ["--var", "auth_token=env:SANDBOX_TOKEN"];
const sandbox = [otpost, "sandbox", "twilio", "--listen", "127.0.0.1:0", ...compared];
const expected = await serving(emulate, {}, run);
const lines = await serving(sandbox, { SANDBOX_TOKEN: TOKEN }, async (origin) => {
  const base = `${origin}/g/twilio`;
  const found = complaints(differences(expected, await run(base)));
  // A changed response must be seen.
  await fetch(`${origin}/api/answers/twilio`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ answer: { outcome: "throttled" }, times: 1 }),
  });
  const changed = complaints(differences(expected, await run(base)));
  if (!changed.some((line) => line.startsWith("send:"))) found.push("a changed response is not seen");
  return found;
});
if (lines.length > 0) {
  console.error(lines.join("\n"));
  process.exit(1);
}
console.log(`twilio: emulate and the sandbox agree, apart from ${Object.keys(KNOWN).length} listed differences`);
