//! Each target for some seconds, on stable Rust. What fails once fails again: the inputs are always
//! the same.

use fuzz::short::run;

#[test]
fn channels() {
    run("channels", fuzz::channels, 300);
}

#[test]
fn configs() {
    run("configs", fuzz::configs, 20_000);
}

#[test]
fn delivery() {
    run("delivery", fuzz::delivery, 10_000);
}

#[test]
fn frames() {
    run("frames", fuzz::frames, 50_000);
}

#[test]
fn host() {
    run("host", fuzz::host, 3_000);
}

#[test]
fn origins() {
    run("origins", fuzz::origins, 50_000);
}

#[test]
fn payloads() {
    run("payloads", fuzz::payloads, 50_000);
}

#[test]
fn scheme() {
    run("scheme", fuzz::scheme, 20_000);
}

#[test]
fn socket() {
    run("socket", fuzz::socket, 10_000);
}
