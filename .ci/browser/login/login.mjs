// The way of a person who makes few mistakes, next to the sandbox.

import assert from "node:assert/strict";
import { assertAccessible, eventually, screenshot } from "../lib.mjs";
import {
  assertSignedIn, codeFor, focused, freshNumber, hintOf, messagesTo, origin, requestCode, submit, typeCode, wrongCodes,
} from "./shared.mjs";

export const login = [
  {
    name: "a person signs in with the code of the sandbox, and signs out",
    async run({ page }) {
      const number = freshNumber();
      await page.goto(origin);
      assert.match(page.url(), /\/login$/);
      assert.equal(await page.title(), "Sign in · Acme");
      // The person can type at once, behind the suggested country code.
      assert.equal(await focused(page), "number");
      assert.equal(await page.locator("#number").inputValue(), "+44 ");
      await screenshot(page, "login-number");
      await page.locator("#number").fill(number);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Enter your code" }).waitFor();
      assert.equal(await focused(page), "code");
      assert.equal(await page.locator(".lead .number").textContent(), hintOf(number));
      await screenshot(page, "login-code");
      await page.locator("#code").pressSequentially(await codeFor(number));
      // Typing does not send by itself; the person presses Enter.
      assert.match(page.url(), /\/login\/[\w-]{22}$/);
      await page.keyboard.press("Enter");
      await assertSignedIn(page, hintOf(number));
      await screenshot(page, "login-welcome");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.locator("#number").waitFor();
      assert.equal(await messagesTo(number), 1);
    },
  },
  {
    name: "a code that is pasted or filled in signs in without a click",
    options: { permissions: ["clipboard-read", "clipboard-write"] },
    async run({ page }) {
      const pasted = freshNumber();
      await requestCode(page, origin, pasted);
      const code = await codeFor(pasted);
      await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)}`);
      await page.locator("#code").focus();
      await page.keyboard.press("Control+V");
      await assertSignedIn(page, hintOf(pasted));
      await page.getByRole("button", { name: "Sign out" }).click();

      const filled = freshNumber();
      await requestCode(page, origin, filled);
      await page.locator("#code").fill(await codeFor(filled));
      await assertSignedIn(page, hintOf(filled));
    },
  },
  {
    name: "five wrong codes end the code, and the number is kept",
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, origin, number);
      const guesses = wrongCodes(await codeFor(number), 5);
      for (const [at, guess] of guesses.slice(0, 4).entries()) {
        await typeCode(page, guess);
        const left = 4 - at;
        await page.locator("#message", { hasText: `You have ${left} attempt${left === 1 ? "" : "s"} left.` }).waitFor();
        // The focus is on the field, whose description begins with the error.
        assert.equal(await focused(page), "code");
        assert.equal(await page.locator("#code").getAttribute("aria-invalid"), "true");
        assert.equal(await page.locator("#code").getAttribute("aria-describedby"), "message");
        assert.match(await page.title(), /^Error: /);
      }
      await assertAccessible(page);
      await screenshot(page, "login-wrong");
      await typeCode(page, guesses[4]);
      await page.getByRole("alert").filter({ hasText: "Too many wrong codes. Please request a new code." }).waitFor();
      assert.equal(await page.locator("#number").inputValue(), number);
      await assertAccessible(page);
      await screenshot(page, "login-exhausted");
    },
  },
  {
    name: "without scripts each step is a plain form",
    options: { javaScriptEnabled: false },
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, origin, number);
      const resend = page.getByRole("button", { name: "Send the code again" });
      assert.ok(await resend.isEnabled());
      await resend.click();
      await page.locator("#wait", { hasText: "You can have it sent again in 0:" }).waitFor();
      await screenshot(page, "login-no-scripts");
      assert.equal(await messagesTo(number), 1);
      const code = await codeFor(number);
      await typeCode(page, wrongCodes(code, 1)[0]);
      await page.locator("#message", { hasText: "You have 4 attempts left." }).waitFor();
      await typeCode(page, code);
      await assertSignedIn(page, hintOf(number));
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.locator("#number").waitFor();
    },
  },
  {
    name: "a national number is completed, and sent after a look at it",
    options: { locale: "de-CH" },
    async run({ page }) {
      const number = freshNumber();
      await page.goto(origin);
      await page.locator("#number").fill(`0${number.slice(3)}`);
      await submit(page);
      await page.locator("#message", { hasText: "Wir haben +41 ergänzt." }).waitFor();
      assert.equal(await messagesTo(number), 0);
      await assertAccessible(page);
      await screenshot(page, "login-completed");
      await submit(page);
      await page.locator("#code").waitFor();
      await eventually(async () => assert.equal(await messagesTo(number), 1));
    },
  },
  {
    name: "the keyboard is enough",
    async run({ page }) {
      const number = freshNumber();
      await page.goto(origin);
      await page.keyboard.press("Control+A");
      await page.keyboard.type(number);
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "Send code");
      await page.keyboard.press("Enter");
      await page.locator("#code").waitFor();
      // In the order in which they are read; the button that cannot be used yet is left out.
      const order = [];
      for (let step = 0; step < 5; step += 1) {
        await page.keyboard.press("Tab");
        order.push(await focused(page));
      }
      assert.deepEqual(order, ["Sign in", "Use another number", "English", "Deutsch", "العربية"]);
    },
  },
];
