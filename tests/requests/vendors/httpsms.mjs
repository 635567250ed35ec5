import { it, sdk } from "../given.mjs";

const { default: HttpSms } = sdk("httpsms");
await new HttpSms(it.api_key).messages.postSend({ content: it.text, from: it.sender, to: it.to, request_id: it.id });
