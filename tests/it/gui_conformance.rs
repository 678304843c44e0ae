//! The wry backend keeps the rules that every backend has to.

use std::process::Command;

use tests::Display;

#[test]
fn the_wry_backend_does_what_backends_must() {
    let display = Display::start();
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .env("DISPLAY", display.name())
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed.trim(), "0 violations", "{output:?}");
}
