//! Hospitals and pharmacies over HTTP, from the protocol facts alone: simulated days, retries, reversals, reconciliation.
