// The servers of the cases, and the steps that many of them take.

import assert from "node:assert/strict";
import path from "node:path";
import { binary, eventually, root, start } from "../lib.mjs";
import { startSandbox } from "../sandbox.mjs";

const gateway = path.join(root, "examples/web-login/gateway.toml");

// As the README tells: the sandbox plays the gateway, and the page sends to it.
export const sandbox = await startSandbox([gateway]);
const page = await start(binary("web-login"), [], {
  ready: /Open http:\S+/,
  env: { LISTEN: "127.0.0.1:0", OTPOST_ORIGIN: sandbox.origin },
});
export const origin = /Open (http:\S+)/.exec(page.output())[1];

// The page with a clock that stands still.
async function startStates(...variant) {
  const program = await start(binary("examples/states"), variant, { ready: /control=\S+/ });
  const [, origin, control] = /page=(\S+) control=(\S+)/.exec(program.output());
  const post = async (what) => assert.ok((await fetch(`${control}/${what}`, { method: "POST" })).ok);
  const messages = async () => (await fetch(`${control}/messages`)).json();
  return {
    origin,
    stop: program.stop,
    advance: (seconds) => post(`advance/${seconds}`),
    answer: (status) => post(`gateway/${status}`),
    messages,
    code: async () => codeIn((await messages()).at(-1).text),
  };
}

export const standard = await startStates();
export const strict = await startStates("strict");
export const full = await startStates("full");

export async function stop() {
  await Promise.all([page, sandbox, standard, strict, full].map((server) => server.stop()));
}

const codeIn = (text) => /\d{6}/.exec(text)[0];

// A number that no other case uses, so that no limit of one case concerns another.
let last = 1000;
export const freshNumber = () => `+4179123${(last += 1)}`;

// The code that has arrived on the phone.
export async function codeFor(number) {
  const { code } = await sandbox.api("GET", `codes/${encodeURIComponent(number)}?wait=5s`);
  return code;
}

export const messagesTo = async (number) => (await sandbox.messages()).filter(({ to }) => to === number).length;

export const wrongCodes = (code, count) =>
  ["100001", "100002", "100003", "100004", "100005", "100006"].filter((guess) => guess !== code).slice(0, count);

// Types a number into the field in place of what is there.
export async function requestCode(page, server, number) {
  await page.goto(`${server}/login`);
  await page.locator("#number").fill(number);
  await submit(page);
  await page.locator("#code").waitFor();
}

// Posts the first form of the page by its button.
export async function submit(page) {
  await page.locator("main form button").first().click();
}

// Types a code key by key, and posts it.
export async function typeCode(page, code) {
  await page.locator("#code").pressSequentially(code);
  await submit(page);
}

export async function assertSignedIn(page, hint) {
  await page.getByRole("heading", { name: "You are signed in" }).waitFor();
  await eventually(async () => assert.equal(await page.locator(".lead .number").textContent(), hint));
}

// `+41*****1001` for `+41791231001`.
export const hintOf = (number) => `${number.slice(0, 3)}*****${number.slice(-4)}`;

export const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
