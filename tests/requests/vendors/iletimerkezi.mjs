import { it, sdk } from "../given.mjs";

const { IletiMerkeziClient } = sdk("@iletimerkezi/iletimerkezi-node");
const client = new IletiMerkeziClient(it.api_key, it.api_hash, it.sender);
await client.sms().disableIysConsent().send(it.digits, it.text);
