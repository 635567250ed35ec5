import { it, sdk } from "../given.mjs";

const client = sdk("messagebird").initClient(it.access_key);
const message = { originator: it.sender, recipients: [it.digits], body: it.text, datacoding: "auto" };
client.messages.create({ ...message, reference: it.id, validity: 300 }, () => {});
