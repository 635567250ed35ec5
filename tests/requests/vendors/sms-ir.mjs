import { it, sdk } from "../given.mjs";

const { Smsir } = sdk("sms-typescript");
const parameters = [{ name: it.parameter, value: it.code }];
await new Smsir(it.api_key, 0).sendVerifyCode(it.national, Number(it.template_id), parameters);
