import { it, sdk } from "../given.mjs";

const msg91 = sdk("msg91").default;
msg91.initialize({ authKey: it.api_key });
await msg91.getOTP(it.template_id, { length: 6 }).send(it.digits, { expiry: 5 });
