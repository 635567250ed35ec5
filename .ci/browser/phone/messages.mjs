// Messages on the phone and in the details.

import assert from "node:assert/strict";
import { eventually, screenshot, shell } from "../lib.mjs";
import { CREDENTIAL, TO, bubbles, details, open, post, sandbox, text, titled } from "./shared.mjs";

// A sentence of the server, whose names the page shows in another font.
const plain = (sentence) => sentence.replaceAll("`", "");

export const messages = [
  {
    name: "an empty sandbox says how to connect an application",
    async run({ page }) {
      await open(page);
      await page.getByRole("heading", { name: "Waiting for the first message" }).waitFor();
      assert.equal(await page.locator("#connect li").count(), 3);
      assert.equal(await text(page, "#connect-url"), `${sandbox.origin}/g/sample`);
      assert.equal(await page.title(), "otpost sandbox");
      assert.ok(!(await page.locator("#numbers-title").isVisible()));
      await screenshot(page, "phone-empty");
    },
  },
  {
    name: "a message by curl arrives without a reload",
    async run({ page }) {
      await open(page);
      const { sample_curl: curl } = await sandbox.gateway("sample");
      const { code, errors } = await shell(curl, { token: CREDENTIAL, TOKEN: CREDENTIAL });
      assert.equal(code, 0, errors);
      await bubbles(page).waitFor();
      const [message] = await sandbox.messages();
      assert.equal(await bubbles(page).innerText(), message.text);
      assert.equal(await text(page, "#number"), message.to);
      assert.equal(await text(page, "#number-region"), new Intl.DisplayNames("en", { type: "region" }).of(message.region));
      await titled(page, `${message.code} · ${message.sender ?? "Sample gateway"}`);
      assert.match(await page.locator("#live").textContent(), new RegExp(`Code ${[...message.code].join(" ")}`));
      await screenshot(page, "phone-message");
    },
  },
  {
    name: "a click on the code copies it",
    options: { permissions: ["clipboard-read", "clipboard-write"] },
    async run({ page }) {
      await sandbox.send("sample", { to: TO, text: "012345 is your code", code: "012345" });
      await open(page);
      await page.getByRole("button", { name: "012345 Copy" }).click();
      await page.getByRole("button", { name: "012345 Copied" }).waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "012345");
      await titled(page, `012345 · ${(await sandbox.messages())[0].sender ?? "Sample gateway"}`);
    },
  },
  {
    name: "a code is copied where the browser has no clipboard interface",
    options: { permissions: ["clipboard-read", "clipboard-write"] },
    async run({ page }) {
      await sandbox.send("sample", { to: TO, code: "543210" });
      await open(page);
      await page.evaluate(() => {
        navigator.clipboard.writeText = () => Promise.reject(new Error("not here"));
      });
      await page.locator(".chip").click();
      await page.locator(".chip", { hasText: "Copied" }).waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "543210");
    },
  },
  {
    name: "the lock screen shows whether the code can be read",
    async run({ page }) {
      await sandbox.send("sample", { to: TO, text: "012345 is your code for Acme.", code: "012345" });
      await open(page);
      await page.getByRole("button", { name: "Lock screen" }).click();
      await page.getByText("The code can be read without unlocking the phone").waitFor();
      assert.ok(!(await bubbles(page).first().isVisible()));
      await screenshot(page, "phone-lock");
      const long = `${"Never share this code with anybody, not even with our staff. ".repeat(5)}Your code is 987654`;
      await sandbox.send("sample", { to: TO, text: long, code: "987654" });
      await page.getByText("The code is hidden until the phone is unlocked").waitFor();
      await screenshot(page, "phone-lock-hidden");
    },
  },
  {
    name: "the details underline the characters that need UCS-2",
    async run({ page }) {
      await sandbox.send("sample", { to: TO, text: "Your “Acme” code is 012345 🎉", code: "012345" });
      await open(page);
      const marks = details(page).locator(".message-text .expensive");
      await marks.first().waitFor();
      assert.deepEqual(await marks.allInnerTexts(), ["“", "”", "🎉"]);
      assert.match(await marks.first().evaluate((node) => getComputedStyle(node).textDecorationLine), /underline/);
      const [message] = await sandbox.messages();
      assert.equal(message.encoding, "UCS-2");
      await details(page).getByText(`UCS-2 · ${message.parts} part · ${message.units.used} of ${message.units.capacity} units`).waitFor();
      await details(page).getByText("U+201C").waitFor();
      await screenshot(page, "phone-ucs2");
    },
  },
  {
    name: "the autofill line is shown as a browser reads it",
    async run({ page }) {
      await sandbox.send("sample", { to: TO, text: "012345 is your code.\n\n@login.acme.example #012345", code: "012345" });
      await open(page);
      assert.match(await text(page, "#autofill"), /Autofill on\s+login\.acme\.example\s+012345/);
      await screenshot(page, "phone-autofill");
      await sandbox.send("sample", { to: TO, text: "Your code: 012346", code: "012346" });
      const { autofill } = (await sandbox.messages()).at(-1);
      await page.locator("#autofill", { hasText: `Browsers do not fill in this code: ${plain(autofill.reason)}` }).waitFor();
    },
  },
  {
    name: "several senders are told apart",
    async run({ page }) {
      await open(page);
      for (const from of ["Acme", "Acme", "Beta"]) await post({ to: TO, from, text: "012345 is your code" });
      await eventually(async () => assert.equal(await bubbles(page).count(), 3));
      const names = page.locator("#thread .bubble-sender");
      assert.deepEqual(await Promise.all([0, 1, 2].map((index) => names.nth(index).isVisible())), [true, false, true]);
      assert.equal(await text(page, "#sender"), "Beta");
    },
  },
  {
    name: "retries are side by side",
    async run({ page }) {
      await open(page);
      const key = { "idempotency-key": "0190f7c4-0000-7000-8000-000000000001" };
      const send = () => post({ to: TO, text: "012345 is your code" }, key);
      await sandbox.answer("sample", { fault: "refused" });
      await send();
      await sandbox.answer("sample", { fault: "reset" });
      await send();
      // The application does not know that the second attempt was accepted.
      await send();
      const table = details(page).getByRole("table").filter({ hasText: "Attempt 3" });
      await table.waitFor();
      assert.deepEqual(await table.locator("thead th").allInnerTexts(), ["Attempt 1", "Attempt 2", "Attempt 3"]);
      const row = (name) => table.getByRole("row", { name: new RegExp(`^${name}`) }).locator("td").allTextContents();
      assert.deepEqual(await row("Result"), [
        "connection closed before a response", "connection reset after the request", "duplicate",
      ]);
      assert.deepEqual(await row("Delivered"), ["no", "yes", "no"]);
      await details(page).getByText(`Attempts with the idempotency id ${key["idempotency-key"]}`).waitFor();
      await page.locator("#thread").getByRole("button", { name: /Not delivered: connection closed/ }).waitFor();
      await page.getByRole("button", { name: /retry · Details/ }).waitFor();
      await page.locator("#thread").getByRole("button", { name: /Already delivered: duplicate/ }).waitFor();
      assert.equal(await bubbles(page).count(), 1);
      await screenshot(page, "phone-retries");
      await page.getByRole("button", { name: "Attempt 2" }).click();
      await details(page).getByText("(connection reset after the request)").waitFor();
    },
  },
  {
    name: "a request that does not match the spec is explained",
    async run({ page }) {
      await open(page);
      await post({ to: TO, text: "012345 is your code", lang: "en" });
      await details(page).getByText("Not in the spec, accepted").waitFor();
      await post({ to: TO });
      const message = (await sandbox.messages()).at(-1);
      assert.ok(message.mismatches.length > 0);
      await page.evaluate(() => document.querySelector(".number:last-child")?.scrollIntoView());
      const row = page.locator(`#thread > [data-key="${message.id}"] .to-details`);
      if (!(await row.isVisible())) await page.locator("#numbers .number", { hasText: "Calls without a number" }).click();
      await row.click();
      await details(page).getByText(plain(message.mismatches[0]), { exact: true }).waitFor();
      await screenshot(page, "phone-mismatch");
    },
  },
];
