// Credentials and markup, and a broken page that the checks have to notice.

import assert from "node:assert/strict";
import { overflow, screenshot, violations } from "../lib.mjs";
import { CREDENTIAL, TO, details, open, post, sandbox } from "./shared.mjs";

// Without a slash, which a JSON pointer would escape.
const MARKUP = `<img src="x.png" onerror="document.title='script'"><b>654321`;

export const safety = [
  {
    name: "credentials are masked",
    async run({ page }) {
      await post({ to: TO, text: "012345 is your code" });
      await open(page);
      const request = details(page).getByLabel("Request");
      await request.waitFor();
      assert.match(await request.innerText(), /authorization: Bearer \*\*\*/i);
      await details(page).getByRole("row", { name: /^token \*\*\*/ }).waitFor();
      assert.ok(!(await page.content()).includes(CREDENTIAL));
      assert.ok(!JSON.stringify(await sandbox.messages()).includes(CREDENTIAL));
    },
  },
  {
    name: "messages cannot add elements or scripts",
    async run({ page }) {
      await open(page);
      await sendMarkup(page);
      assert.deepEqual(await markupProblems(page), []);
      await page.getByRole("button", { name: "Lock screen" }).click();
      assert.deepEqual(await markupProblems(page), []);
      await screenshot(page, "phone-markup");
    },
  },
  {
    name: "the checks find problems in a broken page",
    errors: /Content Security Policy|Content-Security-Policy|403|404/,
    async run({ page }) {
      // A page that inserts texts as HTML.
      await page.route("**/dom.js", async (route) => {
        const response = await route.fetch();
        const source = await response.text();
        const broken = source.replace("node.append(...children.flat().filter((child) => child !== null));",
          `for (const child of children.flat()) {
            if (typeof child === "string") node.insertAdjacentHTML("beforeend", child);
            else if (child !== null) node.append(child);
          }`);
        assert.notEqual(broken, source);
        await route.fulfill({ response, body: broken });
      });
      await open(page);
      await sendMarkup(page);
      assert.notDeepEqual(await markupProblems(page), []);
      // Elements without a name, with little contrast, and wider than the window.
      const before = await violations(page);
      await page.evaluate(() => {
        const main = document.querySelector("main");
        const text = main.appendChild(document.createElement("p"));
        text.textContent = "hardly legible";
        text.style.cssText = "color: #ccc; background: #fff; width: 5000px";
        main.appendChild(document.createElement("button"));
        main.style.overflow = "visible";
      });
      const found = (await violations(page)).filter((violation) => !before.includes(violation)).join("\n");
      assert.match(found, /button-name/);
      assert.match(found, /color-contrast/);
      assert.ok((await overflow(page)) > 0);
    },
  },
];

// Sends markup as the text of a message, and as the name of a field that is not in the spec.
async function sendMarkup(page) {
  await post({ to: TO, text: `${MARKUP} is your code`, [MARKUP]: MARKUP });
  await page.locator("#details .problem-list").waitFor();
}

// The places where markup of a message became elements, or is not shown as it was sent.
function markupProblems(page) {
  return page.evaluate((markup) => {
    const problems = [...document.querySelectorAll("img, b")]
      .filter((node) => node.getAttribute("src") !== "icon.svg")
      .map((node) => node.outerHTML);
    for (const selector of [".bubble-text", ".notification .bubble-text", ".message-text", ".problem-list", ".variables"]) {
      if (!document.querySelector(selector)?.textContent.includes(markup)) problems.push(`${selector} does not show the text`);
    }
    if (document.title === "script") problems.push("a script ran");
    return problems;
  }, MARKUP);
}
