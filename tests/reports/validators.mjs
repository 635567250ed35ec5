// Verifies delivery reports with the vendors' own validators, from lines of JSON. Prints `1` or `0` for each.
//
// The first argument is the folder in which `@seven.io/client` and `messagebird` are installed.

import { createSecretKey } from "node:crypto";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(resolve(process.argv[2], "package.json"));
const { WebhookVerifier } = require("@seven.io/client");
const messagebird = require("messagebird/lib/webhook-signature-jwt");

const seven = new WebhookVerifier({ signingSecret: "seven-secret" });
const key = createSecretKey(Buffer.from("PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd", "utf8"));

const verify = {
    // Its bundle does not recognize the buffers of Node, so it gets a text.
    seven: async ({ url, method, headers, body }) =>
        (await seven.verify({ headers, body: body.toString(), url, method })).valid,
    messagebird: async ({ url, headers, body }) => {
        await messagebird.verify(url, body, headers["MessageBird-Signature-JWT"], key);
        return true;
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    request.body = Buffer.from(request.body, "base64");
    const valid = await verify[request.scheme](request).catch(() => false);
    process.stdout.write(valid ? "1\n" : "0\n");
}
