// Pages from the history, forms that are posted twice, and several tabs.

import assert from "node:assert/strict";
import { assertSignedIn, codeFor, freshNumber, hintOf, messagesTo, origin, requestCode, submit, typeCode } from "./shared.mjs";

export const repetition = [
  {
    name: "going back, forward and reloading send nothing",
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, origin, number);
      const code = page.url();
      await page.goBack();
      await page.locator("#number").waitFor();
      await page.reload();
      await page.goForward();
      await page.locator("#code").waitFor();
      assert.equal(page.url(), code);
      await page.reload();
      await page.locator("#code").waitFor();
      assert.equal(await messagesTo(number), 1);
      await typeCode(page, await codeFor(number));
      await assertSignedIn(page, hintOf(number));
      // Back at the page of a code that was used.
      await page.goBack();
      await assertSignedIn(page, hintOf(number));
      assert.equal(await messagesTo(number), 1);
    },
  },
  {
    name: "the same number again leads to its code",
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, origin, number);
      await page.goBack();
      await page.locator("#number").fill(number);
      await submit(page);
      await page.getByRole("alert").filter({ hasText: "A code was sent to this number a moment ago." }).waitFor();
      await page.getByRole("link", { name: "Enter the code that you received" }).click();
      await typeCode(page, await codeFor(number));
      await assertSignedIn(page, hintOf(number));
      assert.equal(await messagesTo(number), 1);
    },
  },
  {
    name: "a double click sends one message",
    async run({ page }) {
      const number = freshNumber();
      await page.goto(`${origin}/login`);
      await page.locator("#number").fill(number);
      await page.locator("main form button").dblclick();
      await page.locator("#code").waitFor();
      assert.equal(await messagesTo(number), 1);
    },
  },
  {
    name: "a double click without scripts sends one message",
    options: { javaScriptEnabled: false },
    async run({ page }) {
      const number = freshNumber();
      await page.goto(`${origin}/login`);
      await page.locator("#number").fill(number);
      await page.locator("main form button").dblclick();
      await page.locator("#code").waitFor();
      await page.getByText("We have sent a code to").waitFor();
      assert.equal(await messagesTo(number), 1);
      await typeCode(page, await codeFor(number));
      await assertSignedIn(page, hintOf(number));
    },
  },
  {
    name: "two tabs do not interfere",
    async run({ page, context }) {
      const [first, second] = [freshNumber(), freshNumber()];
      const tab = await context.newPage();
      await page.goto(`${origin}/login`);
      await tab.goto(`${origin}/login`);
      for (const [of, number] of [[page, first], [tab, second]]) {
        await of.locator("#number").fill(number);
        await submit(of);
        await of.locator("#code").waitFor();
      }
      await page.reload();
      assert.equal(await page.locator(".lead .number").textContent(), hintOf(first));
      await typeCode(page, await codeFor(second));
      await page.locator("#message", { hasText: "You have 4 attempts left." }).waitFor();
      await tab.reload();
      assert.equal(await tab.locator("#message").count(), 0);
      await typeCode(tab, await codeFor(second));
      await assertSignedIn(tab, hintOf(second));
      await typeCode(page, await codeFor(first));
      await assertSignedIn(page, hintOf(first));
    },
  },
];
