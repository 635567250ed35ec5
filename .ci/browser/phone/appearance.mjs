// Themes, widths, directions, keyboard and accessibility.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { assertAccessible, assertNoSideScroll, eventually, screenshot } from "../lib.mjs";
import { OTHER, TO, bubbles, details, open, post, sandbox, text } from "./shared.mjs";

export const appearance = [
  {
    name: "Arabic text runs from right to left",
    async run({ page }) {
      await sandbox.send("sample", { to: "+971501234567", text: "رمز التحقق الخاص بك هو 012345. لا تشاركه مع أحد.", code: "012345" });
      await open(page);
      await bubbles(page).waitFor();
      const direction = (selector) => page.locator(selector).first().evaluate((node) => getComputedStyle(node).direction);
      assert.equal(await direction("#thread .bubble-text"), "rtl");
      assert.equal(await direction("#details .message-text"), "rtl");
      assert.equal(await direction("#thread .chip-code"), "ltr");
      assert.equal(await page.locator("#thread .code-in-text").innerText(), "012345");
      await screenshot(page, "phone-arabic");
    },
  },
  {
    name: "the theme follows the system and can be changed",
    options: { colorScheme: "dark" },
    async run({ page }) {
      await sandbox.send("sample", { to: TO });
      await open(page);
      const lightness = () => page.evaluate(() => {
        const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number);
        return (red + green + blue) / 3;
      });
      assert.ok((await lightness()) < 60);
      await screenshot(page, "phone-dark");
      await page.getByRole("button", { name: "Light theme" }).click();
      assert.ok((await lightness()) > 200);
      await page.reload();
      await page.getByRole("button", { name: "Dark theme" }).waitFor();
      assert.ok((await lightness()) > 200);
    },
  },
  {
    name: "the page fits into 320 pixels",
    options: { viewport: { width: 320, height: 640 } },
    async run({ page }) {
      await open(page);
      await assertNoSideScroll(page);
      await screenshot(page, "phone-320-empty", { fullPage: true });
      const word = "W".repeat(90);
      await sandbox.send("sample", { to: TO, text: `012345 https://acme.example/${word} “quoted”`, code: "012345" });
      await sandbox.answer("sample", { fault: "reset" });
      const key = { "idempotency-key": "0190f7c4-0000-7000-8000-000000000002" };
      await post({ to: TO, text: "012345 is your code", [word]: "1" }, key);
      await post({ to: TO, text: "012345 is your code" }, key);
      await bubbles(page).first().waitFor();
      await details(page).getByText("Attempt 2").waitFor();
      await assertNoSideScroll(page);
      await page.getByText("Sample message and curl command").click();
      await assertNoSideScroll(page);
      await screenshot(page, "phone-320", { fullPage: true });
      await page.getByRole("button", { name: "Lock screen" }).click();
      await assertNoSideScroll(page);
    },
  },
  {
    name: "on a low screen a sample is in view next to its curl command",
    options: { viewport: { width: 1366, height: 680 } },
    async run({ page }) {
      await open(page);
      await page.getByRole("button", { name: "Send a sample" }).first().click();
      await bubbles(page).waitFor();
      for (const selector of ["#curl", ".bubble", ".chip", "#details .details-head"]) {
        const box = await page.locator(selector).boundingBox();
        assert.ok(box.y >= 0 && box.y + box.height <= 680, `${selector} is not in view`);
      }
      await screenshot(page, "phone-low");
      // The row of gateways scrolls to the selected one.
      await page.setViewportSize({ width: 330, height: 680 });
      await page.getByRole("button", { name: "MessageBird" }).click();
      await page.reload();
      await page.locator("#connection", { hasText: /^Connected$/ }).waitFor();
      const name = await page.getByRole("button", { name: "MessageBird" }).boundingBox();
      assert.ok(name.x >= 0 && name.x + name.width <= 330);
    },
  },
  {
    name: "everything works by keyboard",
    options: { permissions: ["clipboard-read", "clipboard-write"] },
    async run({ page }) {
      await sandbox.send("sample", { to: OTHER, code: "111222" });
      await sandbox.send("sample", { to: TO, code: "012345" });
      await open(page);
      const focused = () => page.evaluate(() => (document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText).trim());
      // Presses Tab until an element with this name has the focus, which must be visible.
      const tabTo = async (name, key = "Tab") => {
        for (let presses = 0; presses < 60; presses += 1) {
          await page.keyboard.press(key);
          if (!name.test(await focused())) continue;
          const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
          assert.notEqual(outline, "none", `no visible focus on ${name}`);
          return;
        }
        assert.fail(`no element ${name} by keyboard`);
      };
      await page.keyboard.press("Tab");
      assert.equal(await focused(), "Skip to the phone");
      await page.keyboard.press("Enter");
      await tabTo(/^012345\s+Copy$/);
      await page.keyboard.press("Enter");
      await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "012345"));
      await tabTo(/447700900123/, "Shift+Tab");
      await page.keyboard.press("Enter");
      await eventually(async () => assert.equal(await text(page, "#number"), OTHER));
      // The chosen number keeps the focus, also when a message moves it to the top.
      await sandbox.send("sample", { to: OTHER, code: "333444" });
      await eventually(async () => assert.match(await page.title(), /^333444 · /));
      assert.match(await focused(), /447700900123/);
      await tabTo(/^Lock screen$/);
      await page.keyboard.press("Space");
      await page.getByText("The code can be read without unlocking the phone").waitFor();
      await tabTo(/^Messages$/, "Shift+Tab");
      await page.keyboard.press("Enter");
      await tabTo(/Details$/);
      await page.keyboard.press("Enter");
      await tabTo(/^Request$/);
    },
  },
  ...["light", "dark"].flatMap((colorScheme) => [320, 820, 1440].map((width) => ({
    name: `axe finds nothing at ${width} pixels in the ${colorScheme} theme`,
    options: { colorScheme, viewport: { width, height: 900 } },
    async run({ page }) {
      await open(page);
      await assertAccessible(page);
      await screenshot(page, `phone-axe-empty-${colorScheme}-${width}`, { fullPage: true });
      await fill();
      await details(page).getByText("Attempt 2").waitFor();
      await page.getByText("Sample message and curl command").click();
      await assertAccessible(page);
      await assertNoSideScroll(page);
      await screenshot(page, `phone-axe-${colorScheme}-${width}`, { fullPage: true });
      await page.getByRole("button", { name: "Lock screen" }).click();
      await assertAccessible(page);
      await page.getByRole("button", { name: "Messages", exact: true }).click();
      for (const note of await page.locator("#thread .to-details").all()) {
        await note.click();
        await assertAccessible(page);
      }
    },
  }))),
];

// Messages of all kinds: refused, of an unknown fate and retried, with UCS-2 and without autofill.
async function fill() {
  await sandbox.send("sample", { to: TO, text: "Your code is 012344.\n\n@login.acme.example #012344", code: "012344" });
  await sandbox.send("sample", { to: OTHER, text: "Your “Acme” code is 222333", code: "222333" });
  await sandbox.answer("sample", { outcome: "throttled" });
  await sandbox.send("sample", { to: TO });
  await post({ to: TO, text: "Your “Acme” code is 012345", lang: "en" });
  const key = { "idempotency-key": randomUUID() };
  await sandbox.answer("sample", { fault: "refused" });
  await post({ to: TO, text: "Your code is 012346" }, key);
  await post({ to: TO, text: "Your code is 012346" }, key);
}
