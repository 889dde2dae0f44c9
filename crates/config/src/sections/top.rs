//! The keys at the top, and what is known of running it but not built: `[admin]`, `[metrics]`.

use crate::declare::rows;

rows! {
    TOP: Table = "", "Callpost: mail by call, calls by mail.";

    hostname: text = "auto", now,
        "the name in Message-IDs, greetings and the server certificate; auto = this machine's";
    state: file = "auto", restart,
        "the folder of queue, keys and certificates; auto = $STATE_DIRECTORY, /var/lib/callpost (root) or ~/.local/state/callpost";
}

rows! {
    ADMIN: Table = "admin", "Console and metrics.";

    listen: listen = "127.0.0.1:8021", later, "console, /metrics, /healthz, /readyz";
    console: switch = true, later, "serve the console";
}

rows! {
    METRICS: Table = "metrics", "Metrics.";

    otlp: text = "", later, "OpenTelemetry endpoint";
}
