"""What Prometheus reads at /metrics. Labels are few and bounded: connections, endpoints, codes; never people."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

registry = CollectorRegistry()

scim_requests = Counter(
    "bridge_scim_requests",
    "SCIM requests answered; 499: the client left midway",
    ["connection", "method", "status"],
    registry=registry,
)
scim_seconds = Histogram(
    "bridge_scim_seconds",
    "Time to answer a SCIM request",
    ["method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=registry,
)
scim_healed = Counter(
    "bridge_scim_healed", "Shapes of a provider's dialect that were healed", ["connection", "healer"], registry=registry
)
authentication_failures = Counter(
    "bridge_authentication_failures", "Failed authentications at /scim and /oauth2/token", registry=registry
)
clerk_calls = Counter("bridge_clerk_calls", "Calls to Clerk's Backend API", ["endpoint", "status"], registry=registry)
clerk_errors = Counter("bridge_clerk_errors", "Errors of Clerk by its code", ["code"], registry=registry)
clerk_wait = Counter("bridge_clerk_wait_seconds", "Time spent waiting for Clerk's rate limit", ["lane"], registry=registry)
persons_due = Gauge("bridge_persons_due", "People to look at again", ["instance"], registry=registry)
reconciled = Counter("bridge_reconciled", "People reconciled, by outcome", ["outcome"], registry=registry)
holds_open = Gauge("bridge_holds_people", "People whose losses wait for an answer", ["connection"], registry=registry)
sweeps = Counter("bridge_sweeps", "Comparisons of Clerk with our rows", ["instance"], registry=registry)
drifted = Gauge(
    "bridge_drifted", "Memberships that the last sweep found changed by hand in Clerk", ["instance"], registry=registry
)
last_owner = Counter("bridge_last_owner_retained", "Removals refused because they were the last owner", registry=registry)
mapping_version = Gauge("bridge_mapping_version", "The mapping version in service", ["connection"], registry=registry)
mapping_refused = Gauge("bridge_mapping_refused", "1 while a mapping file is refused", ["connection"], registry=registry)
mapping_waiting = Gauge(
    "bridge_mapping_waiting", "1 while a mapping file waits to be activated", ["connection"], registry=registry
)
mapping_unusable = Gauge(
    "bridge_mapping_unusable", "1 while the mapping version in service can't decide", ["connection"], registry=registry
)
session_looks = Counter("bridge_session_looks", "Looks at a person's sessions in Clerk", registry=registry)
sessions_expired = Counter(
    "bridge_sessions_expired",
    "Sessions ended because of their age or rest, by the IdP's word, or by a logout",
    ["why"],
    registry=registry,
)
webhook_events = Counter(
    "bridge_webhook_events",
    "Events of Clerk's, by what they are about and what became of them",
    ["about", "outcome"],
    registry=registry,
)
webhooks_refused = Counter("bridge_webhooks_refused", "Webhook deliveries that were not taken", ["code"], registry=registry)
webhooks_oldest = Gauge(
    "bridge_webhooks_oldest_seconds", "Age of the oldest event of Clerk's that was not acted on yet", registry=registry
)
sign_ins = Counter("bridge_sign_ins", "Assertions by which somebody was let in", ["connection"], registry=registry)
sign_ins_refused = Counter(
    "bridge_sign_ins_refused",
    "Assertions, and messages about logouts, that were refused, by the reason",
    ["connection", "code"],
    registry=registry,
)
sign_ins_elsewhere = Counter(
    "bridge_sign_ins_elsewhere",
    "Sign-ins at Clerk that did not come through us, where that is an alarm",
    ["connection"],
    registry=registry,
)
saml_certificate_expires = Gauge(
    "bridge_saml_certificate_expires_timestamp_seconds",
    "When the first certificate of an IdP (idp), or of ours for it (ours), ends",
    ["connection", "whose"],
    registry=registry,
)
saml_metadata_problem = Gauge(
    "bridge_saml_metadata_problem", "1 while an IdP's metadata can't be had or renewed", ["connection"], registry=registry
)


def render() -> bytes:
    """The text exposition format."""
    return generate_latest(registry)
