//! HTTP around the gateway and the store: routes, jobs, metrics, health, the demo world.
