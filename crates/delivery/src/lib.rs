//! What is owed and when: schedule, sites, routes, couriers, bounces. Opens the only outgoing SMTP connections.
