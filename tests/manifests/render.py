"""Renders overlays with `kubectl kustomize`, in a copy of the tree that has made-up secrets."""

import pathlib
import re
import shutil
import subprocess

import yaml

from facts import ROOT

OVERLAYS = ("dev", "prod")


class NoKustomize(Exception):
    pass


def copy_tree(folder):
    tree = pathlib.Path(folder) / "kubernetes"
    shutil.copytree(ROOT / "deploy/kubernetes", tree, ignore=shutil.ignore_patterns("secrets"))
    for overlay in OVERLAYS:
        here = tree / "overlays" / overlay
        (here / "secrets").mkdir()
        for name in re.findall(r"secrets/([\w.-]+)", (here / "kustomization.yaml").read_text()):
            (here / "secrets" / name).write_text("made up for a test\n")
    return tree


def render(folder):
    if shutil.which("kubectl") is None:
        raise NoKustomize("kubectl is not installed")
    version = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True).stdout
    minor = re.search(r"v1\.(\d+)", version)
    if minor is None or int(minor.group(1)) < 21:
        raise NoKustomize("kubectl is older than 1.21 (Debian 12 has 1.20): its kustomize knows no components")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [document for document in yaml.safe_load_all(done.stdout) if document]
