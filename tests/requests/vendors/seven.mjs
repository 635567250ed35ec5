import { it, sdk } from "../given.mjs";

const { Client, SmsResource } = sdk("@seven.io/client");
const message = { to: [it.to], text: it.text, from: it.sender, ttl: 5, foreign_id: it.id };
await new SmsResource(new Client({ apiKey: it.api_key })).dispatch(message);
