"""What the manifests are compared with, read from where it is decided: the programs' own help, the launcher's table of
ports, the metrics in the sources."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("INSPECTORATE_BIN", ROOT / "build" / "bin"))
SERVICES = ("registry", "visits", "issues", "reporting")


def helps(program):
    def ask(*arguments):
        return subprocess.run([PROGRAMS / program, *arguments], check=True, capture_output=True, text=True).stdout

    return ask("--help") + ask("serve", "--help")


class Facts:
    def __init__(self):
        self.flags = {}
        self.variables = {}
        self.peers = {}
        self.ending = {}
        for service in SERVICES:
            text = helps(service)
            self.flags[service] = set(re.findall(r"--[a-z][a-z-]*", text))
            self.variables[service] = set(re.findall(r"INSPECTORATE_[A-Z_]+", text))
            peers = re.search(r"^Peers: (.*)$", text, re.MULTILINE).group(1)
            self.peers[service] = set() if peers == "none" else set(peers.split())
            self.ending[service] = {flag: self.default_of(flag, text) for flag in ("--notice-seconds", "--drain-seconds")}
        # What is left to a drain that takes too long before it is ended by force.
        main = (ROOT / "common/service/main.cc").read_text()
        self.overdue = int(re.search(r"seconds kOverdue\{(\d+)\}", main).group(1))
        table = (ROOT / "deploy/local/launcher/platform.cc").read_text()
        self.ports = {name: int(port) for name, port in re.findall(r'\{"([a-z]+)", (\d+), \d+\}', table)}
        self.metrics = self.read_metrics()
        self.operate = (ROOT / "docs/operate.md").read_text()

    @staticmethod
    def default_of(flag, text):
        """It stands behind the type: "[5]", or "=5" in an older CLI11."""
        return int(re.search(flag + r" .*?(?:\[|=)(\d+)(?:\]|\s)", text).group(1))

    @staticmethod
    def read_metrics():
        """name → labels, from the declarations `Metric{kind, name, help, {labels}}`."""
        metrics = {}
        declaration = re.compile(
            r'MetricKind::k(\w+),\s*"(inspectorate_\w+)",\s*(?:"[^"]*"\s*)+,\s*\{((?:"\w+",?\s*)*)\}', re.DOTALL)
        for path in [*ROOT.glob("common/**/*.h"), *ROOT.glob("common/**/*.cc"), *ROOT.glob("services/**/*.cc")]:
            for kind, name, labels in declaration.findall(path.read_text()):
                labels = set(re.findall(r"\w+", labels))
                if kind == "Seconds":
                    for suffix in ("_bucket", "_sum", "_count"):
                        metrics[name + suffix] = labels | {"le"}
                else:
                    metrics[name] = labels
        return metrics
