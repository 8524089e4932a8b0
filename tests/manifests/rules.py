"""Our own rules for what is rendered. Each takes the rendered objects and the facts, and yields complaints."""

import re

from facts import SERVICES
from network import Pod, allowed, matches, one_way

HEALTH = "INSPECTORATE_HEALTH_LISTEN"
METRICS = "INSPECTORATE_METRICS_LISTEN"
LISTEN = "INSPECTORATE_LISTEN"


def of_kind(objects, *kinds):
    return [o for o in objects if o["kind"] in kinds]


def name_of(o):
    return f'{o["kind"]} {o["metadata"]["name"]}'


def template_of(o):
    return o["spec"]["template"]


def workloads(objects):
    return of_kind(objects, "Deployment", "StatefulSet", "Job")


def containers(objects):
    for o in workloads(objects):
        spec = template_of(o)["spec"]
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            yield o, spec, container


def service_of(o):
    return o["metadata"].get("labels", {}).get("app.kubernetes.io/name")


def servers(objects):
    """name → (Deployment, its pod's spec, its one container)."""
    found = {}
    for o, spec, container in containers(objects):
        if o["kind"] == "Deployment" and service_of(o) in SERVICES:
            found[service_of(o)] = (o, spec, container)
    return found


def ours(objects):
    for o, spec, container in containers(objects):
        if container.get("command", [""])[0] in SERVICES:
            yield o, spec, container


def environment(container):
    return {entry["name"]: entry.get("value") for entry in container.get("env", [])}


def port_in(address):
    return int(address.rsplit(":", 1)[1])


def the_four_services_are_there(objects, facts):
    for service in SERVICES:
        if service not in servers(objects):
            yield f"{service} has no Deployment"
        elif servers(objects)[service][2]["command"] != [service]:
            yield f"{service}: another program's command"


def images_have_a_release(objects, facts):
    for o, _, container in containers(objects):
        image = container["image"]
        tag = image.rsplit("/", 1)[-1].partition("@")[0].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"{name_of(o)}: image {image} has no fixed release"


def containers_have_limits(objects, facts):
    for o, _, container in containers(objects):
        for side in ("requests", "limits"):
            given = container.get("resources", {}).get(side, {})
            for what in ("cpu", "memory"):
                if what not in given:
                    yield f'{name_of(o)}: {container["name"]} has no {side} of {what}'


def containers_are_restricted(objects, facts):
    for o, spec, container in containers(objects):
        pod, own = spec.get("securityContext", {}), container.get("securityContext", {})
        wanted = {
            "runAsNonRoot": pod.get("runAsNonRoot") is True,
            "runAsUser": isinstance(pod.get("runAsUser"), int) and pod["runAsUser"] > 0,
            "seccompProfile": pod.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "readOnlyRootFilesystem": own.get("readOnlyRootFilesystem") is True,
            "capabilities": own.get("capabilities") == {"drop": ["ALL"]},
            "privileged": not own.get("privileged"),
            "host": not any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
            "hostPath": not any("hostPath" in volume for volume in spec.get("volumes", [])),
        }
        for what, holds in wanted.items():
            if not holds:
                yield f"{name_of(o)}: {what}"


def no_token_of_the_cluster(objects, facts):
    for o in workloads(objects):
        if template_of(o)["spec"].get("automountServiceAccountToken") is not False:
            yield f"{name_of(o)}: the pod mounts a service account's token"
    for o in of_kind(objects, "ServiceAccount"):
        if o.get("automountServiceAccountToken") is not False:
            yield f"{name_of(o)}: pods mount its token"


def namespaces_are_restricted(objects, facts):
    for o in of_kind(objects, "Namespace"):
        if o["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{name_of(o)}: pod security is not `restricted`"


def probes_ask_the_right_thing(objects, facts):
    for service, (_, _, container) in servers(objects).items():
        port = port_in(environment(container)[HEALTH])
        for kind, asked in (("startupProbe", "live"), ("livenessProbe", "live"), ("readinessProbe", None)):
            grpc = container.get(kind, {}).get("grpc")
            if grpc is None:
                yield f"{service}: no {kind} over gRPC"
                continue
            if grpc["port"] != port:
                yield f"{service}: {kind} asks port {grpc['port']}, health is on {port}"
            if grpc.get("service") != asked:
                yield f"{service}: {kind} asks {grpc.get('service')!r}, not {asked!r}"
    for o, _, container in containers(objects):
        if o["kind"] == "StatefulSet":
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                if kind not in container:
                    yield f"{name_of(o)}: no {kind}"


def ports_are_those_of_the_code(objects, facts):
    for service, (_, _, container) in servers(objects).items():
        listening = {key: port_in(environment(container)[key]) for key in (LISTEN, HEALTH, METRICS)}
        if listening[LISTEN] != facts.ports[service]:
            yield f"{service} listens on {listening[LISTEN]}, everywhere else on {facts.ports[service]}"
        declared = {entry["name"]: entry["containerPort"] for entry in container.get("ports", [])}
        expected = {"grpc": listening[LISTEN], "health": listening[HEALTH], "metrics": listening[METRICS]}
        if declared != expected:
            yield f"{service}: container ports {declared}, it listens on {expected}"


def services_lead_to_pods(objects, facts):
    for service, (deployment, _, container) in servers(objects).items():
        labels = template_of(deployment)["metadata"]["labels"]
        named = {entry["name"]: entry["containerPort"] for entry in container["ports"]}
        of_this = [o for o in of_kind(objects, "Service") if service_of(o) == service]
        if {o["spec"].get("clusterIP") == "None" for o in of_this} != {True, False}:
            yield f"{service}: wants a headless Service and one with an address"
        for o in of_this:
            if not matches({"matchLabels": o["spec"]["selector"]}, labels):
                yield f"{name_of(o)}: selects no pod"
            for entry in o["spec"]["ports"]:
                if named.get(entry["targetPort"]) != entry["port"]:
                    yield f'{name_of(o)}: port {entry["port"]} leads to {named.get(entry["targetPort"])}'
        for other in of_kind(objects, "Deployment", "Job"):
            if other is deployment:
                continue
            for o in of_this:
                if matches({"matchLabels": o["spec"]["selector"]}, template_of(other)["metadata"]["labels"]):
                    yield f"{name_of(o)}: selects {name_of(other)} too"


def replicas_outlive_a_node(objects, facts):
    budgets = of_kind(objects, "PodDisruptionBudget")
    scalers = of_kind(objects, "HorizontalPodAutoscaler")
    for service, (o, spec, _) in servers(objects).items():
        labels = template_of(o)["metadata"]["labels"]
        if o["spec"].get("replicas", 1) < 2:
            yield f"{service}: fewer than two replicas"
        if o["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{service}: a rollout takes replicas away (maxUnavailable)"
        if o["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxSurge") in (None, 0):
            yield f"{service}: a rollout cannot begin (maxSurge)"
        if o["spec"].get("minReadySeconds", 0) < 30:
            yield f"{service}: a rollout goes on before caches of names have learnt of a new pod (minReadySeconds)"
        covering = [b for b in budgets if matches(b["spec"]["selector"], labels)]
        if [b["spec"].get("maxUnavailable") for b in covering] != [1]:
            yield f"{service}: wants one PodDisruptionBudget that lets one pod go"
        spread = spec.get("topologySpreadConstraints", [])
        if not any(s["topologyKey"] == "kubernetes.io/hostname" for s in spread):
            yield f"{service}: not spread over nodes"
        for s in spread:
            selector = s.get("labelSelector")
            if selector is None or not matches(selector, labels):
                yield f'{service}: the spread over {s["topologyKey"]} counts no pod of it'
            elif selector["matchLabels"].get("app.kubernetes.io/name") != service:
                yield f'{service}: the spread over {s["topologyKey"]} counts pods of others'
        scaling = [h for h in scalers if h["spec"]["scaleTargetRef"]["name"] == o["metadata"]["name"]]
        if len(scaling) != 1 or scaling[0]["spec"]["minReplicas"] < 2:
            yield f"{service}: wants one HorizontalPodAutoscaler with a minimum of two"
        elif scaling[0]["spec"]["minReplicas"] > o["spec"]["replicas"]:
            yield f"{service}: fewer replicas than its autoscaler's minimum"


def grace_is_longer_than_the_drain(objects, facts):
    for service, (_, spec, container) in servers(objects).items():
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if sleep < 1:
            yield f"{service}: no preStop sleep"
        ending = dict(facts.ending[service])
        for argument in container.get("args", []):
            flag, _, seconds = argument.partition("=")
            if flag in ending:
                ending[flag] = int(seconds)
        needed = sleep + sum(ending.values()) + facts.overdue
        if spec.get("terminationGracePeriodSeconds", 30) < needed + 10:
            yield (f"{service}: {spec.get('terminationGracePeriodSeconds')} s of grace for {needed} s of preStop, notice, "
                   f"drain and its end by force, and 10 s to spare")


def every_setting_exists(objects, facts):
    for o, _, container in ours(objects):
        service = container["command"][0]
        for name in environment(container):
            if name not in facts.variables[service]:
                yield f"{name_of(o)}: {service} knows no {name}"
        for argument in container.get("args", []):
            flag = argument.partition("=")[0]
            if argument not in ("serve", "migrate", "check") and flag not in facts.flags[service]:
                yield f"{name_of(o)}: {service} knows no {flag}"


def settings_name_mounted_files(objects, facts):
    for o, spec, container in ours(objects):
        mounts = {mount["mountPath"]: mount for mount in container.get("volumeMounts", [])}
        volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
        for name, value in environment(container).items():
            if value and value.startswith("/") and value.rpartition("/")[0] not in mounts:
                yield f"{name_of(o)}: {name} names {value}, and nothing is mounted there"
        for path, mount in mounts.items():
            if mount["name"] not in volumes:
                yield f"{name_of(o)}: {path} is of no volume"
            if "subPath" in mount:
                yield f"{name_of(o)}: {path} is a subPath, which stays as it was when the Secret changes"


def secrets_are_files(objects, facts):
    for o, spec, container in containers(objects):
        for entry in container.get("env", []):
            if "secretKeyRef" in entry.get("valueFrom", {}):
                yield f'{name_of(o)}: {entry["name"]} is a secret in the environment'
            if re.search("PASSWORD|SECRET|TOKEN|KEY", entry["name"]) and not (entry.get("value") or "").startswith("/"):
                yield f'{name_of(o)}: {entry["name"]} is not the name of a file'
        if "envFrom" in container:
            yield f"{name_of(o)}: envFrom"
        for volume in spec.get("volumes", []):
            if "secret" in volume and volume["secret"].get("defaultMode", 0o644) & 0o007:
                yield f'{name_of(o)}: everybody can read {volume["secret"]["secretName"]}'


def nothing_is_written_to_disk(objects, facts):
    for o, spec, _ in ours(objects):
        for volume in spec.get("volumes", []):
            writable = not {"secret", "configMap", "projected"} & set(volume)
            if writable and volume.get("emptyDir", {}).get("medium") != "Memory":
                yield f'{name_of(o)}: volume {volume["name"]} is on disk'


def references_exist(objects, facts):
    there = {(o["kind"], o["metadata"]["name"]): o for o in objects}

    def missing(kind, name, key=None):
        found = there.get((kind, name))
        if found is None:
            return f"there is no {kind} {name}"
        if key is not None and key not in {**(found.get("data") or {}), **(found.get("binaryData") or {})}:
            return f"{kind} {name} has no {key}"
        return None

    for o, spec, container in containers(objects):
        wanted = [missing("ServiceAccount", spec["serviceAccountName"])] if "serviceAccountName" in spec else []
        for volume in spec.get("volumes", []):
            if "secret" in volume:
                wanted.append(missing("Secret", volume["secret"]["secretName"]))
            if "configMap" in volume:
                wanted.append(missing("ConfigMap", volume["configMap"]["name"]))
            for mount in container.get("volumeMounts", []):
                if mount["name"] == volume["name"] and ("secret" in volume or "configMap" in volume):
                    kind = "Secret" if "secret" in volume else "ConfigMap"
                    name = volume["secret"]["secretName"] if "secret" in volume else volume["configMap"]["name"]
                    for value in environment(container).values():
                        if value and value.rpartition("/")[0] == mount["mountPath"]:
                            wanted.append(missing(kind, name, value.rpartition("/")[2]))
        for entry in container.get("env", []):
            reference = entry.get("valueFrom", {}).get("configMapKeyRef")
            if reference:
                wanted.append(missing("ConfigMap", reference["name"], reference["key"]))
        for complaint in filter(None, wanted):
            yield f"{name_of(o)}: {complaint}"


def each_schema_is_migrated(objects, facts):
    for service, (o, spec, container) in servers(objects).items():
        jobs = [(job, s, c) for job, s, c in containers(objects)
                if job["kind"] == "Job" and c.get("command") == [service]]
        if len(jobs) != 1 or jobs[0][2]["args"] != ["migrate"]:
            yield f"{service}: wants one Job that migrates"
            continue
        _, job_spec, job_container = jobs[0]
        if job_container["image"] != container["image"]:
            yield f"{service}: migrates by another build than it serves"
        if not environment(job_container).get("INSPECTORATE_DATABASE_USER", "").endswith("_ddl"):
            yield f"{service}: migrates under the user that serves"
        used = {v["secret"]["secretName"] for v in spec["volumes"] if "secret" in v}
        if used & {v["secret"]["secretName"] for v in job_spec["volumes"] if v["name"] == "database"}:
            yield f"{service}: serves with the password of the user that may change the schema"


def peers_are_the_declared_ones(objects, facts):
    headless = {o["metadata"]["name"]: o for o in of_kind(objects, "Service") if o["spec"].get("clusterIP") == "None"}
    for service, (_, _, container) in servers(objects).items():
        given = dict(peer.split("=", 1) for peer in filter(None, (environment(container).get("INSPECTORATE_PEERS") or "").split(",")))
        if set(given) != facts.peers[service]:
            yield f"{service} is given the peers {sorted(given)}, it calls {sorted(facts.peers[service])}"
        for peer, target in given.items():
            host, _, port = target.removeprefix("dns:///").partition(":")
            leads = headless.get(host)
            if not target.startswith("dns:///") or leads is None or service_of(leads) != peer:
                yield f"{service}: {target} is no headless Service of {peer}"
            elif int(port) not in [entry["port"] for entry in leads["spec"]["ports"]]:
                yield f"{service}: {target}: no such port"


def the_network_lets_through_what_is_declared(objects, facts):
    policies = of_kind(objects, "NetworkPolicy")
    pods = {s: Pod(template_of(o)["metadata"]["labels"]) for s, (o, _, _) in servers(objects).items()}
    jobs = [Pod(template_of(o)["metadata"]["labels"]) for o in of_kind(objects, "Job")]
    stranger = Pod({"app.kubernetes.io/name": "stranger"})
    outside = Pod({"app.kubernetes.io/name": "gateway"}, namespace={"kubernetes.io/metadata.name": "elsewhere"})
    integrator = Pod({"inspectorate/client": "true"}, namespace={"kubernetes.io/metadata.name": "elsewhere"})
    prometheus = Pod({"app.kubernetes.io/name": "prometheus"}, namespace={"kubernetes.io/metadata.name": "monitoring"})
    scraped = bool(of_kind(objects, "ServiceMonitor"))
    if any(one_way(policies, direction, stranger, outside, 80) for direction in ("Ingress", "Egress")):
        yield "what no policy names is open"
    for target, pod in pods.items():
        ports = {entry["name"]: entry["containerPort"] for entry in servers(objects)[target][2]["ports"]}
        for source, caller in pods.items():
            if source == target:
                continue
            declared = target in facts.peers[source]
            if allowed(policies, caller, pod, ports["grpc"]) != declared:
                yield f"{source} → {target}: {'declared and closed' if declared else 'open and not declared'}"
            for other in ("health", "metrics"):
                if allowed(policies, caller, pod, ports[other]):
                    yield f"{source} → {target}: its {other} port is open"
        for caller in (stranger, outside, *jobs):
            if any(allowed(policies, caller, pod, port) for port in ports.values()):
                yield f"{target} is open to {caller.labels}"
            # Also where the caller's own namespace or a policy of its own lets it out.
            if any(one_way(policies, "Ingress", pod, caller, port) for port in ports.values()):
                yield f"{target} takes calls of {caller.labels}"
            if allowed(policies, pod, caller, 443):
                yield f"{target} may call {caller.labels}"
        if not allowed(policies, integrator, pod, ports["grpc"]):
            yield f"{target} is closed to callers that carry the label for it"
        if allowed(policies, integrator, pod, ports["health"]) or allowed(policies, integrator, pod, ports["metrics"]):
            yield f"{target}: more than its gRPC port is open to callers"
        if allowed(policies, prometheus, pod, ports["metrics"]) != scraped:
            yield f"{target}: Prometheus {'cannot' if scraped else 'can'} scrape"


def egress_has_a_destination(objects, facts):
    for o in of_kind(objects, "NetworkPolicy"):
        for direction, side in (("egress", "to"), ("ingress", "from")):
            for rule in o["spec"].get(direction) or []:
                if not rule.get(side) or not rule.get("ports"):
                    yield f"{name_of(o)}: a rule of {direction} without {side} or ports"
                for peer in rule.get(side) or []:
                    if peer == {"namespaceSelector": {}}:
                        yield f"{name_of(o)}: every pod of the cluster"
                    if peer.get("ipBlock", {}).get("cidr", "").endswith("/0"):
                        yield f"{name_of(o)}: every address"


def the_database_and_names_are_reached(objects, facts):
    policies = of_kind(objects, "NetworkPolicy")
    dns = Pod({"k8s-app": "kube-dns"}, namespace={"kubernetes.io/metadata.name": "kube-system"})
    mysql = [Pod(template_of(o)["metadata"]["labels"]) for o in of_kind(objects, "StatefulSet")]
    for o, _, _ in ours(objects):
        pod = Pod(template_of(o)["metadata"]["labels"])
        if not allowed(policies, pod, dns, 53):
            yield f"{name_of(o)}: cannot ask for names"
        to_database = [peer for p in policies if matches(p["spec"]["podSelector"], pod.labels)
                       for rule in p["spec"].get("egress") or [] for peer in rule.get("to") or []
                       if [entry["port"] for entry in rule["ports"]] == [3306]]
        if not to_database or any(not allowed(policies, pod, database, 3306) for database in mysql):
            yield f"{name_of(o)}: cannot reach the database"


def tls_is_whole(objects, facts):
    """Where one service speaks TLS, all do, with their own certificate, and the database too."""
    keys = ("INSPECTORATE_TLS_CERTIFICATE", "INSPECTORATE_TLS_KEY", "INSPECTORATE_TLS_CLIENT_CA",
            "INSPECTORATE_PEER_TLS_CA", "INSPECTORATE_DATABASE_TLS_CA")
    given = {s: set(keys) & set(environment(c)) for s, (_, _, c) in servers(objects).items()}
    if not any(given.values()):
        return
    for service, (_, spec, _) in servers(objects).items():
        if given[service] != set(keys):
            yield f"{service}: no {sorted(set(keys) - given[service])}"
        if not any(v.get("secret", {}).get("secretName") == f"{service}-tls" for v in spec["volumes"]):
            yield f"{service}: does not show its own certificate"
    for o, _, container in ours(objects):
        if "INSPECTORATE_DATABASE_TLS_CA" not in environment(container):
            yield f"{name_of(o)}: plain text to the database"


def alerts_ask_for_metrics_that_exist(objects, facts):
    # What Prometheus and its operator put on every series.
    always = {"job", "pod", "service", "namespace", "instance", "le"}
    for o in of_kind(objects, "PrometheusRule"):
        for group in o["spec"]["groups"]:
            for rule in group["rules"]:
                for name, selector in re.findall(r"(inspectorate_\w+)(?:\{([^}]*)\})?", rule["expr"]):
                    if name not in facts.metrics:
                        yield f'{rule["alert"]}: there is no metric {name}'
                        continue
                    asked = set(re.findall(r"(\w+)\s*(?:=|!)", selector))
                    for by in re.findall(r"by \(([^)]*)\)", rule["expr"]):
                        asked |= set(re.findall(r"\w+", by))
                    for label in asked - facts.metrics[name] - always:
                        yield f'{rule["alert"]}: {name} has no label {label}'
                if f'`{rule["alert"]}`' not in facts.operate:
                    yield f'{rule["alert"]}: docs/operate.md does not say what to do'


RULES = [
    the_four_services_are_there, images_have_a_release, containers_have_limits, containers_are_restricted,
    no_token_of_the_cluster, namespaces_are_restricted, probes_ask_the_right_thing, ports_are_those_of_the_code,
    services_lead_to_pods, replicas_outlive_a_node, grace_is_longer_than_the_drain, every_setting_exists,
    settings_name_mounted_files, secrets_are_files, nothing_is_written_to_disk, references_exist,
    each_schema_is_migrated, peers_are_the_declared_ones, the_network_lets_through_what_is_declared,
    egress_has_a_destination, the_database_and_names_are_reached, tls_is_whole, alerts_ask_for_metrics_that_exist,
]


def sources_hold_no_secret(tree, ignored):
    """For the files themselves: `ignored(path)` says whether the repository leaves a path out."""
    for path in sorted(tree.rglob("*.yaml")):
        text = path.read_text()
        if "secrets" in path.relative_to(tree).parts:
            continue
        if re.search(r"^kind: Secret$", text, re.MULTILINE):
            yield f"{path.name}: a Secret in the repository"
        for entry in re.findall(r"secretGenerator:\n(.*?)(?=^\w|\Z)", text, re.MULTILINE | re.DOTALL):
            if re.search(r"\b(literals|envs)\b", entry):
                yield f"{path.name}: a secret as a literal"
    for overlay in sorted((tree / "overlays").iterdir()):
        if not ignored(overlay / "secrets" / "x"):
            yield f"{overlay.name}: its secrets would be committed"
