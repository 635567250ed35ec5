// What stays over time: reloads, restarts, many messages, and silence.

import assert from "node:assert/strict";
import { assertAccessible, eventually, screenshot } from "../lib.mjs";
import { startSandbox } from "../sandbox.mjs";
import { OTHER, TO, bubbles, details, open, post, sandbox, text, titled } from "./shared.mjs";

const TOKEN = "a-token-of-a-sandbox-for-tests-0123456789";

export const session = [
  {
    name: "a reload keeps the selection",
    async run({ page }) {
      for (const code of ["100001", "100002", "100003"]) await sandbox.send("sample", { to: TO, code });
      await sandbox.send("sample", { to: OTHER, code: "200001" });
      await open(page);
      assert.equal(await text(page, "#number"), OTHER);
      assert.equal(await text(page, "#numbers .unread >> nth=1"), "3");
      await page.locator("#numbers .number", { hasText: TO }).click();
      await eventually(async () => assert.equal(await text(page, "#numbers .unread >> nth=1"), ""));
      const second = (await sandbox.messages())[1];
      await page.locator(`[data-key="${second.id}"] .to-details`).click();
      await page.getByRole("button", { name: "Lock screen" }).click();
      await page.reload();
      await page.locator("#connection", { hasText: /^Connected$/ }).waitFor();
      assert.equal(await text(page, "#number"), TO);
      assert.equal(await text(page, "#details .details-id"), second.id);
      assert.equal(await page.locator("#screen").getAttribute("data-view"), "lock");
      assert.equal(await text(page, "#numbers .unread >> nth=1"), "");
      // Older messages stay selected when a new one arrives, which counts as unread elsewhere.
      await sandbox.send("sample", { to: TO, code: "100004" });
      await sandbox.send("sample", { to: OTHER, code: "200002" });
      await page.locator("#numbers .unread", { hasText: /^1$/ }).waitFor();
      assert.equal(await text(page, "#details .details-id"), second.id);
    },
  },
  {
    name: "205 messages are shown, the newest in view",
    async run({ page }) {
      await open(page);
      for (let count = 0; count < 205; count += 1) await post({ to: TO, text: `Your code is ${100000 + count}` });
      await page.locator("#thread", { hasText: "Your code is 100204" }).waitFor();
      await eventually(async () => assert.equal(await bubbles(page).count(), 200));
      await eventually(async () => assert.ok(await bubbles(page).last().isVisible()));
      const isInView = (locator) => locator.evaluate((node) => {
        const { top, bottom } = node.getBoundingClientRect();
        const view = document.getElementById("thread-scroll").getBoundingClientRect();
        return top >= view.top && bottom <= view.bottom;
      });
      await eventually(async () => assert.ok(await isInView(bubbles(page).last())));
      await page.getByRole("button", { name: "Show earlier messages" }).click();
      await eventually(async () => assert.equal(await bubbles(page).count(), 205));
      // A reader who has scrolled up stays there.
      await page.locator("#thread-scroll").evaluate((node) => new Promise((resolve) => {
        if (node.scrollTop === 0) resolve();
        node.addEventListener("scroll", () => setTimeout(resolve), { once: true });
        node.scrollTop = 0;
      }));
      await post({ to: TO, text: "Your code is 999999" });
      await eventually(async () => assert.equal(await bubbles(page).count(), 206));
      assert.ok(await isInView(bubbles(page).first()));
    },
  },
  {
    name: "the page connects again after a restart of the server",
    errors: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/,
    async run({ page }) {
      const options = { port: null };
      let own = await startSandbox(["sample"], options);
      try {
        await page.goto(own.origin);
        await own.send("sample", { to: TO, code: "012345" });
        await titled(page, `012345 · ${(await own.messages())[0].sender ?? "Sample gateway"}`);
        await own.stop();
        await page.locator("#connection", { hasText: "Reconnecting" }).waitFor();
        await assertAccessible(page);
        await screenshot(page, "phone-disconnected");
        own = await startSandbox(["sample"], { port: own.port });
        await page.locator("#connection", { hasText: /^Connected$/ }).waitFor();
        await page.getByRole("heading", { name: "Waiting for the first message" }).waitFor();
        await own.send("sample", { to: OTHER, code: "654321" });
        await eventually(async () => assert.match(await page.title(), /^654321 · /));
        assert.equal(await page.locator("#numbers .number").count(), 1);
      } finally {
        await own.stop();
      }
    },
  },
  {
    name: "a sandbox with a token opens with it only",
    errors: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|401/,
    async run({ page, context }) {
      const options = { args: ["--token", "env:SANDBOX_TOKEN"], env: { SANDBOX_TOKEN: TOKEN }, token: TOKEN };
      let own = await startSandbox(["sample"], options);
      try {
        assert.equal((await page.goto(own.origin)).status(), 401);
        await page.goto(`${own.origin}/?token=${TOKEN}`);
        assert.equal(new URL(page.url()).search, "");
        await own.send("sample", { to: TO, code: "012345" });
        await titled(page, "012345 · Acme");
        assert.equal(await page.evaluate(() => document.cookie), "");
        // The session ends, for example because the browser has deleted its cookies.
        await context.clearCookies();
        await own.stop();
        own = await startSandbox(["sample"], { ...options, port: own.port });
        await page.getByRole("alert").filter({ hasText: "The sandbox requires its token: open this page with ?token=TOKEN." }).waitFor();
        await page.locator("#connection", { hasText: /^Disconnected$/ }).waitFor();
      } finally {
        await own.stop();
      }
    },
  },
  {
    name: "many numbers can be filtered",
    async run({ page }) {
      await open(page);
      for (let count = 10; count < 22; count += 1) await post({ to: `+417912345${count}`, text: "Your code is 012345" });
      await eventually(async () => assert.equal(await page.locator("#numbers .number").count(), 12));
      await page.getByLabel("Filter the numbers").fill("517");
      await eventually(async () => assert.deepEqual(await page.locator("#numbers .number-name").allInnerTexts(), ["+41791234517"]));
      await page.getByText("11 more numbers").waitFor();
    },
  },
  {
    name: "the messages can be cleared",
    async run({ page }) {
      await sandbox.send("sample", { to: TO });
      await open(page);
      await bubbles(page).waitFor();
      await page.getByRole("button", { name: "Clear messages" }).click();
      await page.getByRole("heading", { name: "Waiting for the first message" }).waitFor();
      assert.equal(await page.title(), "otpost sandbox");
      assert.deepEqual(await sandbox.messages(), []);
    },
  },
  {
    name: "the page stays still without events",
    async run({ page }) {
      await page.clock.install();
      await sandbox.send("sample", { to: TO });
      await open(page);
      await bubbles(page).waitFor();
      const requests = [];
      page.on("request", (request) => requests.push(request.url()));
      await page.evaluate(() => {
        globalThis.changes = 0;
        new MutationObserver((records) => (globalThis.changes += records.length))
          .observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
      });
      await page.clock.fastForward("30:00");
      await page.clock.runFor("10:00");
      assert.deepEqual(requests, []);
      assert.equal(await page.evaluate(() => globalThis.changes), 0);
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
      // The observer and the list of requests do see a change.
      await page.getByRole("button", { name: "Send a sample" }).first().click();
      await eventually(async () => assert.ok(requests.length > 0 && (await page.evaluate(() => globalThis.changes)) > 0));
    },
  },
];
