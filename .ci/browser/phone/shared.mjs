// The sandbox of all cases, and steps that several of them take.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { eventually } from "../lib.mjs";
import { startSandbox } from "../sandbox.mjs";

export const sandbox = await startSandbox(["sample", "clickatell", "messagebird"]);

export const TO = "+41791234567";
export const OTHER = "+447700900123";
// An access token as an application sends it. It must not appear on the page.
export const CREDENTIAL = "credential-9d4e1c";

export const open = async (page, path = "/") => {
  await page.goto(`${sandbox.origin}${path}`);
  await page.locator("#connection", { hasText: /^Connected$/ }).waitFor();
};
export const bubbles = (page) => page.locator("#thread .bubble-text");
export const details = (page) => page.locator("#details");
export const titled = (page, title) => eventually(async () => assert.equal(await page.title(), title));
export const text = (page, selector) => page.locator(selector).innerText();

// Sends a message as an application does that does not use otpost.
export async function post(body, headers = {}) {
  const { base_url: base } = await sandbox.gateway("sample");
  return fetch(`${base}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${CREDENTIAL}`, "idempotency-key": randomUUID(), ...headers },
    body: JSON.stringify(body),
  }).catch((error) => error);
}
