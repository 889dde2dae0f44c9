//! The doors for people and programs of today: who gets in over HTTP, and from which web page; REST and its description; MCP.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

#[path = "doors/house.rs"]
mod house;
#[path = "doors/mcp.rs"]
mod mcp;
#[path = "doors/mcp_clients.rs"]
mod mcp_clients;
#[path = "doors/openapi.rs"]
mod openapi;
#[path = "doors/pages.rs"]
mod pages;
#[path = "doors/proxies.rs"]
mod proxies;
#[path = "doors/rest.rs"]
mod rest;
