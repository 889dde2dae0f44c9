//! The keys at the top, and what is known of running it but not built: `[metrics]`.

use crate::declare::rows;

rows! {
    TOP: Table = "", "Callpost: mail by call, calls by mail.";

    hostname: text = "auto", now,
        "the name in Message-IDs, greetings and the server certificate; auto = this machine's";
    state: file = "auto", restart,
        "the folder of queue, keys and certificates; auto = $STATE_DIRECTORY, /var/lib/callpost (root) or ~/.local/state/callpost";
}

rows! {
    METRICS: Table = "metrics", "Metrics.";

    otlp: text = "", later, "OpenTelemetry endpoint";
}
