//! What the environment of the host asks of WebKit.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use tests::{AppDir, Display, wait_for};

/// What the page of WebKit's inspector server lists; `None` while it is not there.
fn inspectable(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET / HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// The port that this opens is for every user of the machine. Only windows that may have developer
/// tools are there.
#[test]
fn an_inspector_for_windows_without_devtools() {
    // Free for now: WebKit opens none of its own choice.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let address = address.expect("a port");
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        let loaded = 0;
        onChannel("loaded", () => { if (++loaded === 3) console.log("loaded"); });
        // One before the other, and one after it.
        await createWindow({ url: "closed.html" });
        await createWindow({ url: "open.html", devtools: true });
        await createWindow({ url: "closed.html?2" });
        "#,
        "",
    )
    .file("closed.html", "<script>host.send('loaded')</script>")
    .file("open.html", "<script>host.send('loaded')</script>");
    let display = Display::start();
    let server = address.to_string();
    let mut app = display.run_in(dir.main(), &[("WEBKIT_INSPECTOR_HTTP_SERVER", &server)]);
    app.expect_line("loaded");
    let listed = wait_for("the window with developer tools", || {
        inspectable(address).filter(|list| list.contains("open.html"))
    });
    assert!(!listed.contains("closed"), "{listed}");
    app.signal("TERM");
    app.expect_exit(128 + 15);
}
