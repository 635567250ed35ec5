import { it, sdk } from "../given.mjs";

const { createSMSModule, sipgateIO } = sdk("sipgateio");
const client = sipgateIO({ tokenId: it.token_id, token: it.token });
await createSMSModule(client).send({ to: it.to, message: it.text, smsId: it.sms_id });
