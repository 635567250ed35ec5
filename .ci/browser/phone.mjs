// The phone of `otpost sandbox` in a browser.

import { suite } from "./lib.mjs";
import { appearance } from "./phone/appearance.mjs";
import { messages } from "./phone/messages.mjs";
import { reports } from "./phone/reports.mjs";
import { responses } from "./phone/responses.mjs";
import { safety } from "./phone/safety.mjs";
import { session } from "./phone/session.mjs";
import { sandbox } from "./phone/shared.mjs";

// Each case begins with an empty sandbox.
const cases = [...messages, ...reports, ...responses, ...appearance, ...session, ...safety].map((one) => ({
  ...one,
  async run(given) {
    await sandbox.reset();
    await one.run(given);
  },
}));

try {
  await suite("phone", cases);
} finally {
  await sandbox.stop();
}
