"""What the NetworkPolicies of a namespace let through, worked out as a cluster would: a pod that no policy of a direction
selects may everything; one that is selected may what the union of the policies allows."""


def matches(selector, labels):
    if selector is None:
        return False
    if selector.get("matchExpressions"):
        raise ValueError("matchExpressions are not used here")
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())


class Pod:
    """`namespace` is the labels of its namespace; None: the namespace of the policies."""

    def __init__(self, labels, namespace=None):
        self.labels = labels
        self.namespace = namespace


def peer_matches(peer, pod):
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        namespace = pod.namespace if pod.namespace is not None else {}
        if not matches(peer["namespaceSelector"], namespace):
            return False
    elif pod.namespace is not None:
        return False
    return matches(peer.get("podSelector", {}), pod.labels)


def one_way(policies, direction, here, there, port):
    key, side = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    selecting = [p["spec"] for p in policies
                 if direction in p["spec"]["policyTypes"] and matches(p["spec"]["podSelector"], here.labels)]
    if not selecting:
        return True
    for spec in selecting:
        for rule in spec.get(key) or []:
            ports = rule.get("ports")
            if ports and not any(entry.get("protocol", "TCP") == "TCP" and entry.get("port", port) == port
                                 for entry in ports):
                continue
            if side not in rule or any(peer_matches(peer, there) for peer in rule[side]):
                return True
    return False


def allowed(policies, source, target, port):
    leaves = source.namespace is not None or one_way(policies, "Egress", source, target, port)
    enters = target.namespace is not None or one_way(policies, "Ingress", target, source, port)
    return leaves and enters
