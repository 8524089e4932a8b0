"""The object schemas that an API server publishes, made strict: no property that they do not know."""

import copy
import json
import os
import re

import jsonschema

from facts import ROOT

QUANTITY = {"anyOf": [{"type": "integer"},
                      {"type": "string", "pattern": r"^[+-]?(\d+|\d+\.\d*|\.\d+)(([KMGTPE]i)|[numkMGTPE]|([eE][+-]?\d+))?$"}]}
INT_OR_STRING = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
# Kinds of an operator: their schemas belong to its release, not to the cluster's.
NOT_KUBERNETES = "monitoring.coreos.com/"


def find():
    folder = os.environ.get("INSPECTORATE_DATA") or ROOT.parent / "shared" / "data"
    files = sorted((ROOT / folder / "kubernetes-openapi").glob("openapi-v2-*.json"))
    return files[-1] if files else None


class Schemas:
    def __init__(self, path):
        definitions = copy.deepcopy(json.loads(path.read_text())["definitions"])
        self.by_kind = {}
        for name, definition in definitions.items():
            for kind in definition.get("x-kubernetes-group-version-kind", []):
                version = f'{kind["group"]}/{kind["version"]}' if kind["group"] else kind["version"]
                self.by_kind[version, kind["kind"]] = name
            if definition.get("type") == "object" and "properties" in definition:
                definition.setdefault("additionalProperties", False)
        for name in definitions:
            if name.endswith(".resource.Quantity"):
                definitions[name] = QUANTITY
            if name.endswith(".intstr.IntOrString"):
                definitions[name] = INT_OR_STRING
        self.definitions = definitions

    def check(self, document):
        version, kind = document.get("apiVersion", ""), document.get("kind", "")
        if version.startswith(NOT_KUBERNETES):
            return []
        name = self.by_kind.get((version, kind))
        if name is None:
            return [f"{version} {kind}: no such kind in this cluster"]
        schema = {"$ref": f"#/definitions/{name}", "definitions": self.definitions}
        return [f'{kind} {document["metadata"]["name"]}: {"/".join(map(str, error.absolute_path))}: {error.message[:200]}'
                for error in jsonschema.Draft4Validator(schema).iter_errors(document)]
