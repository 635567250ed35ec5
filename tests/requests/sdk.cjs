// All connections of a vendor's script go to the capturing server. The SDK is not changed and not told:
// `node --require sdk.cjs SCRIPT`, with CAPTURE_PORT and NODE_EXTRA_CA_CERTS in the environment.
const { Socket } = require("node:net");

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...all) {
    // Internal calls pass one list, whose first item has the options.
    const list = Array.isArray(all[0]) ? all[0] : all;
    if (list[0] !== null && typeof list[0] === "object") {
        list[0] = { ...list[0], host: "127.0.0.1", port: Number(process.env.CAPTURE_PORT) };
    }
    return connect.apply(this, all);
};
