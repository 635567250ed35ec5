import { it, sdk } from "../given.mjs";

const { MessageApiClient } = sdk("@cmdotcom/text-sdk");
await new MessageApiClient(it.token).sendTextMessage([it.zeros], it.sender, it.text, it.id);
