//! Policies as an app writes them.

#![allow(clippy::unwrap_used)]

use ipc_protocol::{Code, Overflow, Policy};

#[test]
fn a_policy_is_what_was_written_and_the_defaults() {
    assert_eq!(Policy::from_json("{}").unwrap(), Policy::default());
    let json = r#"{"overflow":"drop-oldest","capacity":3,"maxBytes":100,"ttlMs":50,"sticky":true}"#;
    let policy = Policy::from_json(json).unwrap();
    assert_eq!(policy.overflow, Overflow::DropOldest);
    assert_eq!((policy.capacity, policy.max_bytes), (3, 100));
    assert_eq!((policy.ttl_ms, policy.sticky), (Some(50), true));
    assert_eq!(serde_json::to_string(&policy).unwrap(), json);
    for (name, overflow) in [
        ("wait", Overflow::Wait),
        ("keep-latest", Overflow::KeepLatest),
        ("fail", Overflow::Fail),
    ] {
        let policy = Policy::from_json(&format!(r#"{{"overflow":"{name}"}}"#)).unwrap();
        assert_eq!(policy.overflow, overflow);
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (json, named) in [
        (r#"{"overflow":"block"}"#, "overflow"),
        (r#"{"overflow":null}"#, "overflow"),
        (r#"{"capacity":0}"#, "capacity"),
        (r#"{"capacity":-1}"#, "capacity"),
        (r#"{"capacity":1.5}"#, "capacity"),
        (r#"{"maxBytes":0}"#, "maxBytes"),
        (r#"{"ttlMs":"1s"}"#, "ttlMs"),
        (r#"{"sticky":1}"#, "sticky"),
        (r#"{"max_bytes":1}"#, "max_bytes"),
        (r#"["wait"]"#, "object"),
        ("", ""),
    ] {
        let error = Policy::from_json(json).unwrap_err();
        assert_eq!(error.code(), Code::BadPolicy, "{json}");
        assert!(error.to_string().contains(named), "{json}: {error}");
    }
}

#[test]
fn what_is_built_in_rust_can_be_checked_as_json_is() {
    let mut policy = Policy::default();
    policy.check().unwrap();
    policy.max_bytes = 0;
    let error = policy.check().unwrap_err();
    assert_eq!(Err(error), Policy::from_json(r#"{"maxBytes":0}"#));
}
