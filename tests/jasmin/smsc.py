"""A small SMPP 3.4 server: the provider on the far side of Jasmin. It records messages, and reports about them."""

import socket
import struct
import threading

BINDS = (0x01, 0x02, 0x09)
SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x04, 0x05, 0x06, 0x15
RESPONSE = 0x80000000
INVALID_DESTINATION = 0x0B
HAS_HEADER, IS_RECEIPT = 0x40, 0x04

# What becomes of a message, by the last digit of the number: the state and the error of the receipt.
STATES = {
    "1": ("UNDELIV", "011"), "2": ("EXPIRED", "002"), "3": ("REJECTD", "003"), "4": ("ACCEPTD", "000"),
}
# Numbers that end with this digit are refused at once.
REFUSED = "9"


class Message:
    """One submit_sm, with the parts of the PDU that carry the text."""

    def __init__(self, body):
        self.fields = fields = {}
        at = 0

        def text(name):
            nonlocal at
            end = body.index(b"\0", at)
            fields[name] = body[at:end].decode("ascii")
            at = end + 1

        def octets(*names):
            nonlocal at
            for name in names:
                fields[name] = body[at]
                at += 1

        text("service_type")
        octets("source_ton", "source_npi")
        text("source")
        octets("dest_ton", "dest_npi")
        text("to")
        octets("esm_class", "protocol_id", "priority")
        text("schedule")
        text("validity")
        octets("registered", "replace", "coding", "default_message", "length")
        self.text = body[at:at + fields["length"]]
        self.part = None
        if fields["esm_class"] & HAS_HEADER:
            size = self.text[0] + 1
            # 05 00 03 reference total number
            assert self.text[:3] == b"\x05\x00\x03", self.text[:size]
            self.part = tuple(self.text[3:size])
            self.text = self.text[size:]


class Smsc:
    """Accepts any user, as a thread."""

    def __init__(self, port):
        self.messages = []
        self.changed = threading.Condition()
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=[connection], daemon=True).start()

    def talk(self, connection):
        sequence = 0
        with connection, connection.makefile("rb") as stream:
            while head := stream.read(16):
                length, command, _, number = struct.unpack(">IIII", head)
                body = stream.read(length - 16)
                if command in BINDS:
                    answer(connection, command, 0, number, b"smsc\0")
                elif command in (ENQUIRE, UNBIND):
                    answer(connection, command, 0, number, b"")
                elif command == SUBMIT:
                    message = Message(body)
                    if message.fields["to"].endswith(REFUSED):
                        answer(connection, command, INVALID_DESTINATION, number, b"")
                        continue
                    with self.changed:
                        self.messages.append(message)
                        name = f"{len(self.messages):010}"
                        self.changed.notify_all()
                    answer(connection, command, 0, number, name.encode() + b"\0")
                    if message.fields["registered"] & 1:
                        sequence += 1
                        send(connection, DELIVER, 0, sequence, receipt(message, name))

    def wait(self, count):
        """Returns the messages once there are `count`."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.messages) >= count, timeout=60)
            assert arrived, f"{len(self.messages)} of {count} messages have arrived"
            return list(self.messages)


def send(connection, command, status, number, body):
    connection.sendall(struct.pack(">IIII", 16 + len(body), command, status, number) + body)


def answer(connection, command, status, number, body):
    send(connection, command | RESPONSE, status, number, body)


def receipt(message, name):
    """Returns the body of a deliver_sm. Its text has the form of the appendix B of SMPP 3.4."""
    state, error = STATES.get(message.fields["to"][-1], ("DELIVRD", "000"))
    text = (
        f"id:{name} sub:001 dlvrd:001 submit date:2611281809 done date:2611281810 stat:{state} err:{error} text:"
    ).encode()
    source, to = message.fields["to"].encode(), message.fields["source"].encode()
    return b"".join([
        b"\0", b"\x01\x01", source, b"\0", b"\0\0", to, b"\0",
        bytes([IS_RECEIPT, 0, 0]), b"\0\0", bytes([0, 0, 0, 0, len(text)]), text,
    ])
