import { it, sdk } from "../given.mjs";

const client = sdk("node-mailjet").Client.smsConnect(it.token);
await client.post("sms-send", { version: "v4" }).request({ From: it.sender, To: it.to, Text: it.text });
