import { it, sdk } from "../given.mjs";

const client = sdk("esendex")({ username: it.username, password: it.password });
const message = { to: it.digits, body: it.text };
client.messages.send({ accountreference: it.account_reference, from: it.sender, message }, () => {});
