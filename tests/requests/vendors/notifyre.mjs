import { it, sdk } from "../given.mjs";

const { NotifyreAPI } = sdk("notifyre-nodejs-sdk");
await new NotifyreAPI(it.token).getSmsService().submitSms({
    body: it.text,
    recipients: [{ type: "mobile_number", value: it.to }],
    from: it.sender,
    addUnsubscribeLink: false,
    metadata: { reference: it.id },
});
