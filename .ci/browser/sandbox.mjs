// Starts `otpost sandbox` and speaks its API.

import assert from "node:assert/strict";
import { binary, freePort, start } from "./lib.mjs";

export async function startSandbox(gateways, { port = null, args = [], env = {}, token = null } = {}) {
  const chosen = port ?? (await freePort());
  const origin = `http://127.0.0.1:${chosen}`;
  const program = await start(binary("otpost"), ["sandbox", ...gateways, "--listen", `127.0.0.1:${chosen}`, "--slow", "100ms", ...args], {
    ready: new RegExp(`127\\.0\\.0\\.1:${chosen}`),
    env,
  });
  const headers = token ? { authorization: `Bearer ${token}` } : {};

  async function api(method, path, body) {
    const response = await fetch(`${origin}/api/${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  return {
    origin,
    port: chosen,
    api,
    stop: program.stop,
    gateway: async (id) => (await api("GET", "gateways")).gateways.find((gateway) => gateway.id === id),
    // Sends a message through the gateway's own request. `fields` are `to`, `text` and `code`.
    send: (gateway, fields = {}) => api("POST", `samples/${gateway}`, fields),
    answer: (gateway, answer, times = 1) => api("PUT", `answers/${gateway}`, { answer, times }),
    messages: async () => (await api("GET", "messages")).messages,
    // Deletes all messages, and lets all gateways accept messages.
    async reset() {
      for (const { id } of (await api("GET", "gateways")).gateways) await this.answer(id, { outcome: "accepted" }, null);
      await api("DELETE", "messages");
    },
  };
}
