// Themes, widths, languages and accessibility.

import assert from "node:assert/strict";
import { assertAccessible, assertNoSideScroll, overflow, screenshot, violations } from "../lib.mjs";
import { focused, freshNumber, hintOf, messagesTo, origin, requestCode, standard, submit, typeCode } from "./shared.mjs";

// All pages with what can be on them, in each width and theme.
async function pages(page, name) {
  await page.goto(`${standard.origin}/login`);
  await check(page, `${name}-1-number`);
  await page.locator("#number").fill("12");
  await submit(page);
  await page.locator("#message").waitFor();
  await check(page, `${name}-2-number-wrong`);
  const number = freshNumber();
  await requestCode(page, standard.origin, number);
  await check(page, `${name}-3-code`);
  await typeCode(page, "12345");
  await page.locator("#message").waitFor();
  await check(page, `${name}-4-code-wrong`);
  await typeCode(page, await standard.code());
  await page.locator("main > form button.quiet").waitFor();
  await check(page, `${name}-5-signed-in`);
}

async function check(page, name) {
  await assertNoSideScroll(page);
  await assertAccessible(page);
  await screenshot(page, `login-${name}`);
}

const widths = { 320: { width: 320, height: 640 }, 390: { width: 390, height: 844 }, 1280: { width: 1280, height: 800 } };
const themes = ["light", "dark"];
const combinations = [
  ...Object.keys(widths).flatMap((width) => themes.map((theme) => [width, theme, "en-GB"])),
  [320, "light", "de-CH"],
  [320, "light", "ar-EG"],
  [1280, "dark", "ar-EG"],
];
const inAllWidths = combinations.map(([width, colorScheme, locale]) => ({
  name: `all pages at ${width} pixels, ${colorScheme}, ${locale}`,
  options: { viewport: widths[width], colorScheme, locale },
  run: ({ page }) => pages(page, `${width}-${colorScheme}-${locale.slice(0, 2)}`),
}));

export const looks = [
  ...inAllWidths,
  {
    name: "Arabic is read from right to left, and numbers from left to right",
    options: { locale: "ar-EG", viewport: widths[390] },
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, origin, number);
      const sides = await page.evaluate(() => {
        const box = (selector) => document.querySelector(selector).getBoundingClientRect();
        const card = document.querySelector("main");
        const style = getComputedStyle(card);
        const edge = card.getBoundingClientRect().right - Number.parseFloat(style.paddingRight);
        const text = document.createRange();
        text.selectNodeContents(document.querySelector("h1"));
        return { edge, heading: text.getBoundingClientRect().right, direction: getComputedStyle(document.querySelector("#code")).direction, hint: box(".lead .number").width };
      });
      assert.ok(Math.abs(sides.edge - sides.heading) < 1, JSON.stringify(sides));
      assert.equal(sides.direction, "ltr");
      assert.equal(await page.locator(".lead .number").innerText(), hintOf(number));
      assert.equal(await page.locator("html").getAttribute("lang"), "ar");
      // The focus goes in the order of reading.
      await page.locator("#code").focus();
      const order = [];
      for (let step = 0; step < 3; step += 1) {
        await page.keyboard.press("Tab");
        order.push(await focused(page));
      }
      assert.deepEqual(order, ["تسجيل الدخول", "استخدام رقم آخر", "English"]);
    },
  },
  {
    name: "the language is changed on the page of the code, and nothing is sent",
    async run({ page }) {
      const number = freshNumber();
      await requestCode(page, origin, number);
      await page.getByRole("link", { name: "Deutsch" }).click();
      await page.getByRole("heading", { name: "Code eingeben" }).waitFor();
      await page.getByRole("link", { name: "English" }).click();
      await page.getByRole("heading", { name: "Enter your code" }).waitFor();
      assert.equal(await messagesTo(number), 1);
    },
  },
  {
    name: "large text fits",
    options: { viewport: { width: 320, height: 640 } },
    async run({ page }) {
      await requestCode(page, standard.origin, freshNumber());
      await page.evaluate(() => document.documentElement.style.setProperty("font-size", "32px"));
      await assertNoSideScroll(page);
      await page.locator("#code").pressSequentially("888888");
      assert.ok(await page.locator("#code").evaluate((input) => input.scrollWidth <= input.clientWidth + 1), "the code does not fit");
      await screenshot(page, "login-large-text");
    },
  },
  {
    name: "the checks find problems in a broken page",
    async run({ page }) {
      await requestCode(page, standard.origin, freshNumber());
      await page.evaluate(() => {
        document.querySelector("label").remove();
        document.querySelector("h1").style.width = "3000px";
      });
      assert.ok((await violations(page)).some((text) => text.startsWith("label")));
      assert.ok((await overflow(page)) > 0);
    },
  },
];
