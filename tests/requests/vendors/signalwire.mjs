import { it, sdk } from "../given.mjs";

const { RestClient } = sdk("@signalwire/compatibility-api");
const client = RestClient(it.project_id, it.token, { signalwireSpaceUrl: `${it.space}.signalwire.com` });
await client.messages.create({ to: it.to, from: it.sender, body: it.text, validityPeriod: 300 });
