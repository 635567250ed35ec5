// The inputs of a script: the message, and the credentials of the vendor.
import { createRequire } from "node:module";

export const it = JSON.parse(process.env.OTPOST_INPUTS);
// SDKs are loaded from the folder where the gate installed them.
export const sdk = createRequire(`${process.env.OTPOST_MODULES}/node_modules/`);
