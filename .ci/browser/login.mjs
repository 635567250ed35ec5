// The login page of examples/web-login in a browser: next to the sandbox, and in states that depend on time.

import { suite } from "./lib.mjs";
import { login } from "./login/login.mjs";
import { looks } from "./login/looks.mjs";
import { repetition } from "./login/repetition.mjs";
import { stop } from "./login/shared.mjs";
import { states } from "./login/states.mjs";

await suite("login", [...login, ...repetition, ...states, ...looks]);
await stop();
