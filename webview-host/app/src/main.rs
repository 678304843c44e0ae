//! Runs a Deno app with its windows.

fn main() {}
