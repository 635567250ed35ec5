import { it, sdk } from "../given.mjs";

const Client = sdk("labsmobile-sms/src/LabsMobileClient");
const Message = sdk("labsmobile-sms/src/LabsMobileModelTextMessage");
const message = new Message([it.digits], it.text);
Object.assign(message, { tpoa: it.sender, subid: it.id, long: "1" });
await new Client(it.username, it.token).sendSms(message);
