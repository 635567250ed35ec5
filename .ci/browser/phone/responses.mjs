// The menu of responses, and samples.

import assert from "node:assert/strict";
import { assertAccessible, eventually, screenshot, shell } from "../lib.mjs";
import { CREDENTIAL, OTHER, TO, bubbles, details, open, sandbox, text } from "./shared.mjs";

export const responses = [
  {
    name: "the menu sets the next response",
    async run({ page }) {
      await sandbox.send("sample", { to: TO });
      await open(page);
      await page.getByLabel("Next response").selectOption({ label: "throttled" });
      await page.locator(".gateway-next", { hasText: "throttled once" }).waitFor();
      assert.deepEqual((await sandbox.gateway("sample")).next, { outcome: "throttled" });
      await screenshot(page, "phone-next-response");
      await sandbox.send("sample", { to: TO });
      await page.locator(".note", { hasText: "Not delivered: throttled" }).waitFor();
      assert.equal(await bubbles(page).count(), 1);
      await details(page).getByText("the message was not sent, and a retry is safe").waitFor();
      await details(page).getByText("429").first().waitFor();
      // It applied to one message.
      await eventually(async () => assert.equal(await page.getByLabel("Next response").inputValue(), "outcome:accepted"));
      await screenshot(page, "phone-throttled");
      await sandbox.send("sample", { to: TO });
      await eventually(async () => assert.equal(await bubbles(page).count(), 2));
    },
  },
  {
    name: "a response can apply to all messages, or to those of one number",
    async run({ page }) {
      // The response of a number stays for later cases.
      const recipient = "+393471234567";
      await sandbox.send("sample", { to: recipient });
      await open(page);
      await page.getByLabel("Applies to").selectOption({ label: `all to ${recipient}` });
      await page.getByLabel("Next response").selectOption({ label: "no credit" });
      await page.locator("#live", { hasText: `All messages to ${recipient} of Sample gateway: no credit` }).waitFor({ state: "attached" });
      assert.equal((await sandbox.send("sample", { to: OTHER })).result, "accepted");
      assert.notEqual((await sandbox.send("sample", { to: recipient })).result, "accepted");
      await page.locator(".note", { hasText: "Not delivered: no credit" }).waitFor();
      assert.equal(await page.getByLabel("Next response").inputValue(), "outcome:no_credit");
      await page.getByLabel("Next response").selectOption({ label: "accepted" });
      await eventually(async () => assert.equal((await sandbox.send("sample", { to: recipient })).result, "accepted"));
      await page.getByLabel("Applies to").selectOption({ label: "all messages" });
      await page.getByLabel("Next response").selectOption({ label: "unavailable" });
      await page.locator(".gateway-next", { hasText: /^unavailable$/ }).waitFor();
      for (const to of [recipient, OTHER]) assert.equal((await sandbox.send("sample", { to })).result, to === recipient ? "accepted" : "not_sent");
    },
  },
  {
    name: "each fault shows what the application sees",
    async run({ page }) {
      await open(page);
      const { faults } = await sandbox.gateway("sample");
      assert.ok(faults.length >= 6);
      for (const fault of faults) {
        await page.getByLabel("Next response").selectOption(`fault:${fault}`);
        await eventually(async () => assert.deepEqual((await sandbox.gateway("sample")).next, { fault }));
        await sandbox.send("sample", { to: TO });
        const message = (await sandbox.messages()).at(-1);
        assert.equal(message.response.fault, fault);
        const row = page.locator(`#thread > [data-key="${message.id}"]`);
        await row.waitFor();
        assert.equal(await row.locator(".bubble").count(), message.is_delivered ? 1 : 0, fault);
        const label = await page.locator(`option[value="fault:${fault}"]`).innerText();
        await details(page).locator(".details-head .pill", { hasText: label }).waitFor();
      }
      await screenshot(page, "phone-faults");
    },
  },
  {
    name: "a sample is sent, and its curl command sends the same message",
    async run({ page }) {
      await open(page);
      await page.getByRole("button", { name: "Send a sample" }).last().click();
      await bubbles(page).waitFor();
      const curl = page.getByLabel("curl command");
      await eventually(async () => assert.match(await curl.innerText(), /curl/));
      const first = (await sandbox.messages())[0];
      const { code, errors } = await shell(await curl.innerText(), { token: CREDENTIAL, TOKEN: CREDENTIAL });
      assert.equal(code, 0, errors);
      const second = (await sandbox.messages())[1];
      assert.deepEqual([second.text, second.to], [first.text, first.to]);
      await screenshot(page, "phone-sample");
      await page.getByLabel("Number", { exact: true }).fill(OTHER);
      await page.getByLabel("Text", { exact: true }).fill("Hello 777888");
      await page.getByRole("button", { name: "Send a sample" }).first().click();
      await eventually(async () => assert.equal(await text(page, "#number"), OTHER));
      assert.equal(await bubbles(page).innerText(), "Hello 777888");
    },
  },
  {
    name: "an error of the API is shown",
    errors: /400/,
    async run({ page }) {
      await open(page);
      await page.getByText("Sample message and curl command").click();
      await page.getByLabel("Number", { exact: true }).fill("+4");
      await page.getByRole("button", { name: "Send a sample" }).first().click();
      await page.getByRole("alert").filter({ hasText: /number/i }).waitFor();
      await assertAccessible(page);
      await page.getByLabel("Number", { exact: true }).fill(TO);
      await page.getByRole("button", { name: "Send a sample" }).first().click();
      await bubbles(page).waitFor();
      await page.locator("#problem").waitFor({ state: "hidden" });
    },
  },
];
