// Starts servers and a browser, and runs cases on their pages.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

// The root of the repository.
export const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = process.env.OTPOST_BROWSER ?? path.join(root, "target/browser");
const require = createRequire(path.join(folder, "package.json"));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const START_MILLISECONDS = 30_000;
const CASE_MILLISECONDS = 60_000;

// The path of a binary that cargo has built.
export const binary = (name) => path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug", name);

// A port that was free a moment ago, for a server that has to start twice on the same one.
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Starts a program and waits until its output contains `ready`. Returns `{ output(), stop() }`.
export async function start(command, args, { ready, env = {}, signal = "SIGINT" }) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  await new Promise((resolve, reject) => {
    const fail = (problem) => reject(new Error(`${command} ${problem}:\n${output}`));
    const timer = setTimeout(() => fail("does not start"), START_MILLISECONDS);
    const read = (data) => {
      output += data;
      if (!ready.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${code}`));
  });
  return {
    output: () => output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      process.off("exit", kill);
    },
  };
}

// Runs a shell script, as a reader who pastes a command does. Returns its standard output.
export async function shell(script, env = {}) {
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (errors += data));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output, errors };
}

// Runs cases one after the other, each in a browser context of its own, and ends the process with
// an error if one fails. A case is `{ name, run({ page, context }), options, errors }`: `options`
// are those of the context, and `errors` matches errors in the browser's console that are expected.
export async function suite(title, cases) {
  const only = process.env.OTPOST_CASE;
  const browser = await chromium.launch({
    executablePath: process.env.OTPOST_CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
  const failures = [];
  let count = 0;
  try {
    for (const { name, run, options = {}, errors = null } of cases) {
      if (only && !name.includes(only)) continue;
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        locale: "en-GB",
        timezoneId: "Europe/Zurich",
        reducedMotion: "reduce",
        ...options,
      });
      count += 1;
      try {
        await bounded(runCase(context, run, errors));
        console.log(`ok   ${title}: ${name}`);
      } catch (error) {
        failures.push(name);
        console.log(`FAIL ${title}: ${name}\n${indented(error.stack ?? error)}`);
        for (const page of context.pages()) await screenshot(page, `failed-${title}-${name.replaceAll(/\W+/g, "-")}`).catch(() => {});
      } finally {
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
  console.log(`${title}: ${count - failures.length} of ${count} cases passed`);
  if (failures.length > 0 || count === 0) process.exitCode = 1;
}

async function runCase(context, run, allowed) {
  const problems = [];
  const note = (text) => {
    if (!allowed?.test(text)) problems.push(text);
  };
  // The browser reports violations of the Content-Security-Policy and failed loads in its console.
  context.on("console", (message) => {
    if (message.type() === "error") note(`console: ${message.text()} ${message.location().url}`);
  });
  context.on("weberror", (error) => note(`script: ${error.error()}`));
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await run({ page, context });
  assert.deepEqual(problems, [], "errors in the browser");
}

function bounded(promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("the case takes too long")), CASE_MILLISECONDS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

const indented = (text) => `${text}`.replaceAll(/^/gm, "     ");

// Writes a screenshot to target/browser.
export async function screenshot(page, name, options = {}) {
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: "disabled", ...options });
}

// The violations of accessibility rules that axe-core finds (WCAG A and AA, and best practices).
export async function violations(page) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  assert.ok(result.passes.length > 0, "axe-core has checked nothing");
  return result.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

export async function assertAccessible(page) {
  assert.deepEqual(await violations(page), []);
}

// The width by which the page is wider than its window, in CSS pixels.
export const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export async function assertNoSideScroll(page) {
  assert.equal(await overflow(page), 0, "the page scrolls sideways");
}

// Waits until a function returns without an error, and returns its value.
export async function eventually(check, milliseconds = 8000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
