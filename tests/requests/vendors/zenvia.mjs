import { it, sdk } from "../given.mjs";

const { Client, TextContent } = sdk("@zenvia/sdk");
await new Client(it.token).getChannel("sms").sendMessage(it.sender, it.digits, new TextContent(it.text));
