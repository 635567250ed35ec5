// States that depend on time, on the gateway or on the store.

import assert from "node:assert/strict";
import { assertAccessible, eventually, screenshot } from "../lib.mjs";
import { assertSignedIn, freshNumber, full, hintOf, requestCode, standard, strict, submit, typeCode, wrongCodes } from "./shared.mjs";

async function see(page, name) {
  await assertAccessible(page);
  await screenshot(page, `login-${name}`);
}

export const states = [
  {
    name: "the button says that the message is being sent, and posts once",
    async run({ page }) {
      await page.goto(`${standard.origin}/login`);
      await page.locator("#number").fill(freshNumber());
      // The form stays on the page, so that the page can be looked at. Posts that the page's own script has stopped
      // are not counted.
      await page.evaluate(() => {
        globalThis.posts = 0;
        addEventListener("submit", (event) => {
          if (!event.defaultPrevented) globalThis.posts += 1;
          event.preventDefault();
        });
      });
      const button = page.locator("main form button");
      await button.click();
      assert.equal(await button.textContent(), "Sending…");
      assert.equal(await button.getAttribute("aria-disabled"), "true");
      assert.equal(await page.getByRole("status").textContent(), "Sending…");
      await see(page, "sending");
      await button.click({ force: true });
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => globalThis.posts), 1);
    },
  },
  {
    name: "the code is sent again when the waiting time is over",
    async run({ page }) {
      const number = freshNumber();
      // The browser's clock stands still.
      const start = Date.now();
      await page.clock.setFixedTime(start);
      await requestCode(page, standard.origin, number);
      const before = (await standard.messages()).length;
      const resend = page.getByRole("button", { name: "Send the code again" });
      assert.ok(await resend.isDisabled());
      assert.equal(await page.locator("#wait").textContent(), "You can have it sent again in 0:30.");
      await see(page, "waiting");
      await page.clock.setFixedTime(start + 25_000);
      await page.locator("#wait", { hasText: "You can have it sent again in 0:05." }).waitFor();
      assert.ok(await resend.isDisabled());
      await page.clock.setFixedTime(start + 30_000);
      await eventually(async () => assert.ok(await resend.isEnabled()));
      assert.ok(await page.locator("#wait").isHidden());
      await see(page, "late");
      await standard.advance(30);
      await resend.click();
      await page.getByRole("status").filter({ hasText: "We have sent the code again." }).waitFor();
      assert.equal((await standard.messages()).length, before + 1);
      await see(page, "sent-again");
      await typeCode(page, await standard.code());
      await assertSignedIn(page, hintOf(number));
      await see(page, "signed-in");
    },
  },
  {
    name: "an expired code is replaced, and the number is kept",
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, standard.origin, number);
      const old = await standard.code();
      await standard.advance(300);
      await typeCode(page, old);
      await page.getByRole("alert").filter({ hasText: "This code has expired" }).waitFor();
      assert.equal(await page.locator("#number").inputValue(), number);
      await see(page, "expired");
      await submit(page);
      await page.locator("#code").waitFor();
      await typeCode(page, await standard.code());
      await assertSignedIn(page, hintOf(number));
    },
  },
  {
    name: "a message that was not sent is requested again",
    async run({ page }) {
      const number = freshNumber();
      await standard.answer(429);
      await page.goto(`${standard.origin}/login`);
      await page.locator("#number").fill(number);
      await submit(page);
      await page.getByRole("alert").filter({ hasText: "The code was not sent. Nothing is lost" }).waitFor();
      await see(page, "not-sent");
      await submit(page);
      await page.getByText("We have sent a code to").waitFor();
    },
  },
  {
    name: "a message that was possibly sent may be late",
    async run({ page }) {
      await standard.answer(0);
      await requestCode(page, standard.origin, freshNumber());
      await page.getByText("may arrive late").waitFor();
      await see(page, "unknown");
    },
  },
  {
    name: "a store that fails loses nothing",
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, full.origin, number);
      await full.advance(60);
      await page.goto(`${full.origin}/login`);
      await page.locator("#number").fill(number);
      await submit(page);
      await page.getByRole("alert").filter({ hasText: "This does not work at the moment." }).waitFor();
      assert.equal(await page.locator("#number").inputValue(), number);
      await see(page, "unavailable");
    },
  },
  {
    name: "wrong codes lock a number for strangers, and then for humans",
    async run({ page, context }) {
      const number = freshNumber();
      await requestCode(page, strict.origin, number);
      await strict.advance(60);
      const other = await context.newPage();
      await requestCode(other, strict.origin, number);
      const code = await strict.code();
      for (const [at, guess] of wrongCodes(code, 5).entries()) {
        await typeCode(page, guess);
        const left = 4 - at;
        const message = left === 0 ? "Too many wrong codes" : `You have ${left} attempt${left === 1 ? "" : "s"} left.`;
        await page.getByText(message).first().waitFor();
      }
      await typeCode(other, code);
      await other.getByRole("alert").filter({ hasText: /You can try again in 1[45]:\d\d\./ }).waitFor();
      await see(other, "locked");
      await submit(page);
      await page.getByText("Placeholder: your CAPTCHA belongs here.").waitFor();
      await see(page, "contested");
      await page.getByRole("button", { name: "I am a person" }).click();
      await page.locator("#code").waitFor();
      await typeCode(page, await strict.code());
      await assertSignedIn(page, hintOf(number));
    },
  },
];
