"""Jasmin with a RabbitMQ and a Redis of its own, on free ports and in a temporary folder."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import txamqp

PATIENCE = 120
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
# Jasmin locks one path for the whole machine. This one is in the folder, so that nothing else is in the way.
LAUNCHER = """
import lockfile, runpy, sys
lock = lockfile.FileLock
lockfile.FileLock = lambda _: lock(sys.argv[1])
script = sys.argv[2]
del sys.argv[:2]
runpy.run_path(script, run_name="__main__")
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        return [it.getsockname()[1] for it in sockets]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Stack:
    """The three servers, as a context manager."""

    def __init__(self, folder, smsc_port):
        self.folder = pathlib.Path(folder)
        self.smsc_port = smsc_port
        self.processes = []
        self.logs = []
        (self.epmd, self.amqp, self.dist, self.redis, self.http, self.jcli, *self.others) = free_ports(10)
        self.origin = f"http://127.0.0.1:{self.http}"

    def __enter__(self):
        try:
            self.start_rabbitmq()
            self.start_redis()
            self.start_jasmin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            # The whole session: the scripts have children.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
        for log in self.logs:
            log.close()

    def start(self, name, command, port, environment):
        log = open(self.folder / f"{name}.log", "w+b")
        self.logs.append(log)
        process = subprocess.Popen(
            command, cwd=self.folder, env=dict(os.environ, **environment), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        self.processes.append(process)
        end = time.monotonic() + PATIENCE
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} does not start:\n{self.said(name)}")
            time.sleep(0.2)

    def said(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def start_rabbitmq(self):
        # Erlang would start its name server as a daemon that stays.
        own = {"ERL_EPMD_PORT": str(self.epmd), "ERL_EPMD_ADDRESS": "127.0.0.1", "HOME": str(self.folder)}
        self.start("epmd", ["epmd"], self.epmd, own)
        self.start("rabbitmq", [RABBITMQ], self.amqp, {
            **own,
            "RABBITMQ_NODENAME": "jasmin@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.amqp),
            "RABBITMQ_DIST_PORT": str(self.dist),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "rabbitmq.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        })

    def start_redis(self):
        command = ["redis-server", "--port", str(self.redis), "--bind", "127.0.0.1", "--save", ""]
        self.start("redis", command, self.redis, {})

    def start_jasmin(self):
        for name in ("store", "logs"):
            (self.folder / name).mkdir()
        router, clients, smpp, smpp_pb = self.others
        amqp_spec = pathlib.Path(txamqp.__file__).parent / "specs/standard/amqp0-9-1.stripped.xml"
        sections = {
            "amqp-broker": {"port": self.amqp, "spec": amqp_spec},
            "redis-client": {"port": self.redis},
            "http-api": {"bind": "127.0.0.1", "port": self.http},
            "jcli": {"bind": "127.0.0.1", "port": self.jcli, "authentication": "no"},
            "router": {"bind": "127.0.0.1", "port": router},
            "client-management": {"bind": "127.0.0.1", "port": clients},
            "smpp-server": {"bind": "127.0.0.1", "port": smpp},
            "smpp-server-pb": {"bind": "127.0.0.1", "port": smpp_pb},
            # The receipt can arrive before Jasmin has stored the answer.
            "dlr": {"dlr_lookup_retry_delay": 1, "dlr_lookup_max_retries": 20},
            "dlr-thrower": {"retry_delay": 1},
        }
        config = self.folder / "jasmin.cfg"
        config.write_text("".join(
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
            for name, values in sections.items()
        ))
        script = pathlib.Path(sys.executable).parent / "jasmind.py"
        self.start("jasmin", [
            sys.executable, "-c", LAUNCHER, str(self.folder / "jasmind"), str(script), "--config", str(config),
            "--enable-dlr-thrower", "--enable-dlr-lookup",
        ], self.jcli, {
            "ROOT_PATH": str(self.folder), "CONFIG_PATH": str(self.folder), "LOG_PATH": str(self.folder / "logs"),
            "STORE_PATH": str(self.folder / "store"),
        })


class Console:
    """Jasmin's console, which is how an operator sets up users and routes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        # There is no prompt before the first command.
        self.until(b"\n", after=b"Session ref: ")

    def until(self, *prompts, after=b""):
        seen = b""
        while not (seen.endswith(prompts) and after in seen):
            more = self.socket.recv(4096)
            assert more, seen
            seen += more
        return seen.decode(errors="replace")

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.until(b"jcli : ", b"> ")

    def add(self, command, *lines):
        self.say(command)
        for line in lines:
            self.say(line)
        said = self.say("ok")
        assert "Success" in said, (command, said)
