// Delivery reports, by buttons in the details of a message.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { assertAccessible, assertNoSideScroll, eventually, screenshot } from "../lib.mjs";
import { startSandbox } from "../sandbox.mjs";
import { details } from "./shared.mjs";

// An application that refuses what has no genuine signature is tested in Rust. This one counts.
async function application() {
  const bodies = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(bodies.length === 1 ? 204 : 503).end();
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { bodies, url: `http://127.0.0.1:${server.address().port}/sms/reports`, stop: () => server.close() };
}

export const reports = [
  {
    name: "buttons send reports, and their responses are listed",
    async run({ page }) {
      const app = await application();
      const reporting = await startSandbox(["twilio"], { args: ["--reports", app.url] });
      try {
        await reporting.send("twilio", {});
        await page.goto(reporting.origin);
        const button = details(page).getByRole("group", { name: "Send a report" }).getByRole("button", { name: "delivered", exact: true });
        await button.focus();
        await page.keyboard.press("Enter");
        const sent = details(page).getByRole("list", { name: "Sent reports" }).getByRole("listitem");
        await sent.filter({ hasText: "delivered: the application responded with 204" }).waitFor();
        assert.match(app.bodies[0], /MessageStatus=delivered/);
        // A list that grows leaves the focus where it is.
        assert.ok(await button.evaluate((node) => node === document.activeElement));
        await page.locator("#live", { hasText: "Report delivered: the application responded with 204" }).waitFor({ state: "attached" });
        await details(page).getByLabel("Twice").check();
        await details(page).getByRole("button", { name: "undeliverable", exact: true }).click();
        await eventually(async () => assert.equal(await sent.count(), 3));
        assert.equal(app.bodies[1], app.bodies[2]);
        await sent.filter({ hasText: "undeliverable (duplicated): the application responded with 503" }).first().waitFor();
        await assertAccessible(page);
        await assertNoSideScroll(page);
        await screenshot(page, "phone-reports");
        await page.reload();
        await eventually(async () => assert.equal(await sent.count(), 3));
      } finally {
        // The page would report the end of its server as an error.
        await page.goto("about:blank");
        await reporting.stop();
        app.stop();
      }
    },
  },
  {
    name: "the public key is shown for a gateway that signs with a private key",
    async run({ page }) {
      const app = await application();
      const reporting = await startSandbox(["telnyx", "twilio"], { args: ["--reports", app.url] });
      try {
        const { gateways } = await reporting.api("GET", "gateways");
        await page.goto(reporting.origin);
        const key = page.locator("#public-key");
        await key.filter({ hasText: gateways[0].reports.public_key.value }).waitFor();
        assert.equal(await page.locator("#public-key-variable").textContent(), "report_public_key");
        await assertAccessible(page);
        await assertNoSideScroll(page);
        await screenshot(page, "phone-public-key");
        await page.getByRole("button", { name: gateways[1].name }).click();
        await key.waitFor({ state: "hidden" });
      } finally {
        await page.goto("about:blank");
        await reporting.stop();
        app.stop();
      }
    },
  },
];
