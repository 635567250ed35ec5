import { it, sdk } from "../given.mjs";

const websms = sdk("websmscom");
const client = new websms.Client("https://api.websms.com", it.username, it.password);
const message = new websms.TextMessage([it.digits], it.text);
message.setSenderAddress(it.sender);
message.setSenderAddressType("alphanumeric");
message.setClientMessageId(it.id);
client.send(message, undefined, false, () => {});
