import { it, sdk } from "../given.mjs";

const { Netgsm } = sdk("@netgsm/sms");
const client = new Netgsm({ username: it.username, password: it.password, appname: it.app_name });
await client.sendOtpSms({ msgheader: it.sender, msg: it.text, no: it.national, appname: it.app_name });
